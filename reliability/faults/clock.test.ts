import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Matrix from "./matrix.ts"
import type { Entry, WorkloadName } from "./model.ts"

const hour = 3_600_000

const back = (after: number): Entry => ({ after, act: { _tag: "ClockStep", millis: -hour } })

const cases: ReadonlyArray<readonly [name: string, workload: WorkloadName, script: ReadonlyArray<Entry>]> = [
  ["a silent channel is noticed", "books", [
    { after: 5000, fault: Fault.Mute.make({ channel: "book:tBTCUSD:P0" }) },
    back(6000)
  ]],
  ["a dead socket is noticed", "channels", [{ after: 5000, fault: Fault.HalfOpen.make({}) }, back(6000)]],
  ["what the venue put off is asked for again", "books", [
    { after: 4000, fault: Fault.RejectSubscribe.make({ times: 5, code: 11000 }) },
    { after: 4000, fault: Fault.Drop.make({ code: 1006 }) },
    back(7000)
  ]],
  ["a command without an answer ends in time", "account", [
    { after: 1000, fault: Fault.HalfOpen.make({}) },
    back(3000)
  ]]
]

describe("faults: setting the clock back by an hour delays nothing", () => {
  for (const [name, workload, script] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        for (const seed of [1, 2, 3]) {
          const plan = { scenario: "clock", second: undefined, workload, seed, latency: 5, script, permits: [] }
          const outcome = yield* Matrix.play(plan)
          if (outcome.breaches.length > 0) assert.fail(Matrix.describe(outcome))
        }
      }), 60_000)
  }

  it.effect("a book that is emitted every second continues", () =>
    Effect.gen(function*() {
      const given: Array<number> = []
      const plan = {
        scenario: "clock",
        second: undefined,
        workload: "books",
        seed: 1,
        latency: 0,
        permits: []
      } as const
      const script = [back(6000)]
      yield* Matrix.play({ ...plan, script }, {
        market: (market, world) =>
          OrderBook.live({ symbol: "tBTCUSD" }, { every: "1 second" }).pipe(
            Stream.runForEach(() => Effect.sync(() => given.push(world.passed()))),
            Effect.provideService(MarketData.MarketData, market),
            Effect.forkScoped,
            Effect.asVoid
          )
      })
      assert.isAbove(given.filter((at) => at > 8000 && at < 20_000).length, 4)
    }), 60_000)
})
