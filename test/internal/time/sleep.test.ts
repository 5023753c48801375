import { assert, describe, it } from "@effect/vitest"
import * as Sleep from "../../../src/internal/time/sleep.ts"

const before: Sleep.Reading = { steady: 1000, wall: 1_000_000 }

describe("sleep of the process", () => {
  it("is seen when the time of day runs ahead of the steady clock", () => {
    const after = { steady: 1500, wall: 1_000_500 + 3_600_000 }
    assert.strictEqual(Sleep.between(before, after, 2000), 3_600_000)
  })

  it("is seen when a timer is seconds late, although both clocks agree", () => {
    const after = { steady: 9000, wall: 1_008_000 }
    assert.strictEqual(Sleep.between(before, after, 2000), 7000)
  })

  it("is not seen in a short delay, a small correction of the clock, or one that sets it back", () => {
    assert.strictEqual(Sleep.between(before, { steady: 3900, wall: 1_002_900 }, 2000), 0)
    assert.strictEqual(Sleep.between(before, { steady: 1100, wall: 1_002_000 }, 2000), 0)
    assert.strictEqual(Sleep.between(before, { steady: 1100, wall: 1000 }, 2000), 0)
  })

  it("is reported once, by the first check after it", () => {
    const clock = { steady: 0, wall: 0 }
    const detector = new Sleep.SleepDetector(() => clock.steady, () => clock.wall)
    const look = (steady: number, wall = steady) => {
      clock.wall = wall
      return detector.look(steady)
    }
    detector.expect(1000)
    assert.strictEqual(look(900), 0)
    assert.strictEqual(look(8000), 7000)
    assert.strictEqual(look(8001), 0)
    detector.expect(9000)
    assert.strictEqual(look(9000, 69_000), 60_000)
    assert.strictEqual(look(9001, 69_001), 0)
  })
})
