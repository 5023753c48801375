/** Two hours of candles as one stream, asked for in pages: no hole and no double at the seams. */
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
  const { count, high, low } = yield* Stream.runFold(
    history,
    { count: 0, high: Number.NEGATIVE_INFINITY, low: Number.POSITIVE_INFINITY },
    ({ count, high, low }, candle) => ({
      count: count + 1,
      high: Math.max(high, candle.high),
      low: Math.min(low, candle.low)
    })
  )
  yield* Console.log(`${count} candles: between ${low} and ${high}`)
})
