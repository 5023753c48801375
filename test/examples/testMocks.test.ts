import { assert, it } from "@effect/vitest"
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import * as MarketData from "effect-bitfinex/MarketData"
import * as Mock from "effect-bitfinex/testing/Mock"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

/** the code under test: buys when the ask is below 100, and cancels the order if it is open a minute later */
const dip = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  yield* MarketData.ticker("tBTCUSD").pipe(
    ChannelEvent.rows,
    Stream.filter(({ ask }) => ask !== null && ask < 100),
    Stream.runHead
  )
  const outcome = yield* trading.submitOrderResolved({
    type: "EXCHANGE LIMIT",
    symbol: "tBTCUSD",
    amount: 1,
    price: 95
  })
  if (outcome._tag === "NeverPlaced" || outcome._tag === "NotSeen") return
  yield* Effect.sleep("1 minute")
  yield* Effect.catchTag(trading.cancelOrder({ id: outcome.id }), "OrderNotFound", () => Effect.log("filled"))
})

it.effect("buys in a dip, and cancels after a minute", () =>
  Effect.gen(function*() {
    const calls = yield* Ref.make<ReadonlyArray<string>>([])
    const log = (call: string) => Ref.update(calls, (all) => [...all, call])
    const asks = [101, 99].map((ask) => Mock.Snapshot.make({ rows: [Mock.TradingTicker.make({ ask })] }))
    const fiber = yield* dip.pipe(
      Effect.provide(Mock.layerTest(MarketData.MarketData, { ticker: () => Stream.fromIterable(asks) })),
      Effect.provide(Mock.layerTest(Trading.Trading, {
        submitOrderResolved: ({ price }) => Effect.as(log(`buy at ${price}`), Mock.Accepted.make({ id: 7 })),
        cancelOrder: ({ id }) => Effect.as(log(`cancel ${id}`), Mock.OrderAck.make())
      })),
      Effect.fork
    )
    yield* TestClock.adjust("59 seconds")
    assert.deepStrictEqual(yield* Ref.get(calls), ["buy at 95"])
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(fiber)
    assert.deepStrictEqual(yield* Ref.get(calls), ["buy at 95", "cancel 7"])
  }))
