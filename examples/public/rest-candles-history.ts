/** Two hours of candles as one stream, requested in pages, without gaps or duplicates between them. */
import * as RestClient from "effect-bitfinex/RestClient"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export const program = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const now = yield* Clock.currentTimeMillis
  const history = rest.candlesStream({
    symbol: "tBTCUSD",
    timeframe: "1m",
    start: now - 2 * 3_600_000,
    end: now,
    limit: 50
  })
  let [count, high, low] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  // not `Stream.runFold`, which recurses once per element of a page
  yield* Stream.runForEach(history, (candle) =>
    Effect.sync(() => {
      count++
      high = Math.max(high, candle.high)
      low = Math.min(low, candle.low)
    }))
  yield* Console.log(`${count} candles: between ${low} and ${high}`)
})
