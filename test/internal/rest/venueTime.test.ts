import { assert, describe, it } from "@effect/vitest"
import * as VenueTime from "../../../src/internal/rest/venueTime.ts"

const date = "Wed, 10 Jun 2026 12:00:00 GMT"
const noon = Date.UTC(2026, 5, 10, 12)

describe("VenueTime", () => {
  it("is unknown before the first reply, and after one without a date", () => {
    const time = VenueTime.make()
    assert.deepStrictEqual([time.heard(), time.at(5)], [undefined, undefined])
    time.hear(undefined, 1000)
    assert.deepStrictEqual([time.heard(), time.at(2000)], [undefined, undefined])
  })

  it("advances with the steady clock, and keeps the reported times", () => {
    const time = VenueTime.make()
    time.hear(date, 1000)
    time.hear(undefined, 4000)
    assert.strictEqual(time.heard(), noon)
    assert.strictEqual(time.at(61_000), noon + 60_000)
    assert.strictEqual(time.at(0), noon)
  })

  it("is unknown if the date is invalid", () => {
    const time = VenueTime.make()
    time.hear("soon", 1000)
    assert.deepStrictEqual([time.heard(), time.at(2000)], [undefined, undefined])
  })

  it("a later date takes the place of an earlier one", () => {
    const time = VenueTime.make()
    time.hear(date, 1000)
    time.hear("Wed, 10 Jun 2026 12:05:00 GMT", 2000)
    assert.strictEqual(time.heard(), noon + 300_000)
    assert.strictEqual(time.at(2000), noon + 300_000)
  })

  it("the time of a notification counts in place of a date, also of a later one", () => {
    const time = VenueTime.make()
    time.hear(date, 1000)
    time.stamp(noon - 360_000, 2000)
    time.hear(date, 3000)
    assert.strictEqual(time.heard(), noon - 360_000)
    assert.strictEqual(time.at(62_000), noon - 300_000)
  })
})
