/** Closing with your own code and reason: the venue receives both, and the streams end. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"

export const program = Effect.gen(function*() {
  const market = yield* MarketData.MarketData
  const ticker = yield* Effect.fork(Stream.runCount(MarketData.ticker("tBTCUSD")))
  yield* Effect.sleep("2 seconds")
  yield* market.close(4000, "out for lunch")
  yield* Console.log(`the stream ended after ${yield* Fiber.join(ticker)} elements`)
})
