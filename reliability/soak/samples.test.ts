import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Activities from "./activities.ts"
import * as Samples from "./samples.ts"

describe("soak: samples", () => {
  it("are given back as they were added, however many, without gauges that were not read", () => {
    const samples = Samples.make(["heap", "descriptors"])
    const added = Array.from({ length: 600 }, (_, k) => ({
      at: k * 2000,
      frames: k * 10,
      losses: k,
      values: k % 2 === 0 ? { heap: 40e6 + k, descriptors: 28 } : { heap: 40e6 + k }
    }))
    for (const each of added) samples.add(each)
    assert.deepStrictEqual(samples.all(), added)
  })
})

describe("soak: activities", () => {
  it.effect("that are in flight end while they are held, and none begins", () =>
    Effect.gen(function*() {
      const activities = yield* Activities.make
      const done: Array<string> = []
      const act = (name: string) =>
        Effect.fork(activities.run(Effect.delay(Effect.sync(() => void done.push(name)), "1 second")))
      yield* act("first")
      yield* Effect.yieldNow()
      yield* activities.hold
      const second = yield* act("second")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([done, activities.inFlight()], [["first"], 0])
      yield* activities.release
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.deepStrictEqual([done, activities.inFlight()], [["first", "second"], 0])
    }))
})
