import { assert, it } from "@effect/vitest"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

/** the code under test: records the elements that a bot would act on */
const bot = (seen: Ref.Ref<ReadonlyArray<string>>) =>
  MarketData.trades("tBTCUSD").pipe(
    Stream.filter((event) => event._tag !== "Update"),
    Stream.runForEach((event) => Ref.update(seen, (all) => [...all, `${event._tag} ${event.epoch}`]))
  )

const Test = MarketData.layer.pipe(
  Layer.provide(RateLimiter.layerMemory),
  Layer.provideMerge(FakeExchange.layerMemory({ seed: 7 }))
)

it.scoped("goes on after a lost connection", () =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    const seen = yield* Ref.make<ReadonlyArray<string>>([])
    yield* Effect.fork(bot(seen))
    yield* TestClock.adjust("5 seconds")
    yield* exchange.inject(Fault.Drop.make({ code: 1006 }))
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(yield* Ref.get(seen), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
  }).pipe(Effect.provide(Test)))
