import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Time from "./time.ts"

const start = 1_704_067_200_000

const streams: ReadonlyArray<Stream.Stream<{ readonly _tag: string }, unknown, MarketData.MarketData>> = [
  MarketData.ticker("tBTCUSD"),
  MarketData.trades("tBTCUSD"),
  MarketData.book({ symbol: "tBTCUSD" }),
  MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }),
  MarketData.ticker("fUSD")
]

/** the elements of each stream with their times, across a lost connection */
const watched = (pass: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const seen = streams.map((): Array<readonly [at: number, event: unknown]> => [])
    yield* Effect.forEach(streams, (stream, k) =>
      Effect.forkScoped(
        Stream.runForEach(stream, (event) => Effect.map(Clock.currentTimeMillis, (at) => seen[k]!.push([at, event])))
      ))
    yield* pass
    return seen
  }).pipe(
    Effect.scoped,
    Effect.provide(MarketData.layer.pipe(
      Layer.provide(RateLimiter.layerMemory),
      Layer.provide(FakeExchange.layerMemory({
        seed: 5,
        history: 60_000,
        latency: 40,
        step: 1000,
        tick: 1000,
        script: [{ after: 6000, fault: Fault.Drop.make({ code: 1006 }) }]
      })),
      // chance is drawn in the order of the fibers, which is not promised within a moment
      Layer.provide(BitfinexConfig.layer({ socket: { reconnect: Schedule.exponential("500 millis") } }))
    ))
  )

describe("faults: the clock of the runs", () => {
  it.effect("gives a program the same times as TestClock", () =>
    Effect.gen(function*() {
      const ours = yield* Effect.flatten(Time.make(start, 60_000).run(watched(Effect.sleep("15 seconds"))))
      yield* TestClock.setTime(start)
      const theirs = yield* watched(TestClock.adjust("15 seconds"))
      for (const [k, events] of theirs.entries()) assert.isAbove(events.length, 5, `stream ${k}`)
      assert.deepStrictEqual(ours, theirs)
    }))

  for (
    const [clocks, timer, wall, steady] of [
      // a timer of 10 s, set 2 s before a sleep of a minute
      ["both", 62_000, 62_000, 62_000],
      ["wall", 70_000, 70_000, 10_000],
      ["neither", 70_000, 10_000, 10_000]
    ] as const
  ) {
    it.effect(`a process sleeps for a minute, and ${clocks} of its clocks advances`, () =>
      Effect.gen(function*() {
        const time = Time.make(start, 200_000)
        const seen: Array<string> = []
        const client = Effect.gen(function*() {
          yield* Effect.sleep("10 seconds")
          seen.push("timer")
          const [millis, nanos] = [yield* Clock.currentTimeMillis, yield* Clock.currentTimeNanos]
          assert.strictEqual(time.passed(), timer)
          assert.strictEqual(millis - start, wall)
          assert.strictEqual(Number(nanos / 1_000_000n) - start, steady)
        })
        const program = Effect.gen(function*() {
          const fiber = yield* Effect.fork(Effect.withClock(client, time.clock))
          yield* Effect.sleep("2 seconds")
          time.sleep(60_000, clocks, "timers", () => seen.push("frames"))
          // time outside the process advances
          yield* Effect.sleep("30 seconds")
          assert.strictEqual(time.passed(), 32_000)
          yield* Effect.fromFiber(fiber)
          yield* Effect.sleep("1 seconds")
        })
        yield* Effect.flatten(time.run(program))
        assert.deepStrictEqual(seen, clocks === "both" ? ["timer", "frames"] : ["frames", "timer"])
      }))
  }

  it.effect("input that waited while the process slept comes before the due timers, if so configured", () =>
    Effect.gen(function*() {
      const time = Time.make(start, 200_000)
      const seen: Array<string> = []
      const program = Effect.gen(function*() {
        yield* Effect.fork(
          Effect.withClock(Effect.zipRight(Effect.sleep(1000), Effect.sync(() => seen.push("timer"))), time.clock)
        )
        yield* Effect.yieldNow()
        time.sleep(60_000, "both", "frames", () => seen.push("frames"))
        yield* Effect.sleep("61 seconds")
      })
      yield* Effect.flatten(time.run(program))
      assert.deepStrictEqual(seen, ["frames", "timer"])
    }))

  it.effect("ends a world that stands still, that spins, and that takes too long", () =>
    Effect.gen(function*() {
      const ends = (program: Effect.Effect<unknown>) =>
        Effect.map(Effect.exit(Effect.flatten(Time.make(start, 1000).run(program))), String)
      assert.include(yield* ends(Effect.never), "stands still at 0 ms")
      assert.include(yield* ends(Effect.forever(Effect.yieldNow())), "spins")
      assert.include(yield* ends(Effect.sleep("2 seconds")), "within 1000 ms")
    }))
})
