import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as MarketData from "../../src/MarketData.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Env from "../../test/support/env.ts"
import * as Markets from "./markets.ts"
import * as Time from "./time.ts"

const seeds = Env.whole("RECOVERY_SEEDS", 20)

/** ms from a reset of all sockets until each of thirty channels has a new snapshot */
const recovery = (seed: number): Effect.Effect<number> => {
  const time = Time.make(1_704_067_200_000, 120_000)
  const client = Layer.provide(MarketData.layer, RateLimiter.layerMemory)
  const exchange = FakeExchange.layerMemory({
    seed,
    symbols: Markets.symbols,
    history: 60_000,
    step: 1000,
    tick: 1000,
    // a round trip of 100 ms
    latency: 50
  })
  const program = Effect.gen(function*() {
    const { inject } = yield* FakeExchange.FakeExchange
    const market = yield* MarketData.MarketData
    let waiting = Markets.channels.length
    let last = 0
    for (const { open } of Markets.channels) {
      yield* Effect.forkScoped(Stream.runForEach(open(market), ({ _tag, epoch }) =>
        Effect.sync(() => {
          if (_tag !== "Snapshot" || epoch !== 2) return
          waiting--
          last = time.passed()
        })))
    }
    yield* Effect.sleep(8000 + 37 * seed)
    const lost = time.passed()
    yield* inject(Fault.Drop.make({ code: 1006 }))
    yield* Effect.sleep("30 seconds")
    return waiting === 0 ? last - lost : Infinity
  }).pipe(
    Effect.scoped,
    Effect.provide(Layer.provideMerge(client, exchange)),
    Effect.provide(Logger.remove(Logger.defaultLogger)),
    Effect.withRandom(Random.make(`recovery ${seed}`))
  )
  return Effect.flatten(time.run(Effect.orDie(program)))
}

describe("faults: recovery", () => {
  it.effect(
    `thirty channels are live again within 3 s of a reset, in each of ${seeds} runs`,
    () =>
      Effect.gen(function*() {
        const times: Array<number> = []
        for (let seed = 1; seed <= seeds; seed++) times.push(yield* recovery(seed))
        const sorted = times.sort((a, b) => a - b)
        assert.isAtMost(sorted.at(-1)!, 3000, `the longest took ${sorted.slice(-5).join(", ")} ms`)
      }),
    120_000
  )
})
