import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Simulated from "./simulated.ts"

/** ten minutes of simulated time */
const soak = (plant: string | undefined) =>
  Simulated.soak({ seed: 3, millis: 600_000, reconnects: 36, plant, print: () => {} })

/** the test runner changes the heap of this process, so memory gauges do not measure the client */
const counted = (faults: ReadonlyArray<string>) => faults.filter((line) => !/^(heap|code|external|rss) /.test(line))

describe("soak: ten simulated minutes", () => {
  it.effect("no counted gauge grows, all return to their start, and no invariant breaks", () =>
    Effect.gen(function*() {
      const { outcome, verdict } = yield* soak(undefined)
      assert.deepStrictEqual(counted(verdict.faults), [])
      assert.isAtLeast(outcome.losses, 30)
      assert.isAtLeast(outcome.tally.booksChecked, 100)
      assert.isAtLeast(verdict.trends.length, 10)
    }), 120_000)

  it.effect(
    "a leak of one fiber per lost connection is detected, both as growth and at the end",
    () =>
      Effect.gen(function*() {
        const { outcome, verdict } = yield* soak("fiber")
        const found = counted(verdict.faults)
        // and the timer of a fiber that waits forever
        for (const line of [/^fibers grows: by /, /^fibers not back in the end: /, /^timers grows: /]) {
          assert.isTrue(found.some((each) => line.test(each)), `${line} in ${found.join("; ")}`)
        }
        assert.isAtLeast(outcome.losses, 30)
      }),
    120_000
  )
})
