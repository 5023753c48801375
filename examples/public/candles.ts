/** Candles of a minute. The snapshot has past candles; then each change sends the current candle again. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export const program = MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }).pipe(
  Stream.take(6),
  Stream.runForEach((event) => {
    if (event._tag === "Snapshot") return Console.log(`${event.rows.length} candles, newest first`)
    if (event._tag !== "Update") return Effect.void
    return Effect.forEach(
      event.rows,
      ({ close, high, low, mts, open, volume }) =>
        Console.log(`${new Date(mts).toISOString()}  O ${open}  H ${high}  L ${low}  C ${close}  V ${volume}`)
    )
  })
)
