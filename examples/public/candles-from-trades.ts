/** Candles of five seconds, built from trades, each counted once. Ends after three. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Trades from "effect-bitfinex/Trades"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.trades("tBTCUSD").pipe(
  Trades.dedupe(),
  Trades.candles({ interval: "5 seconds" }),
  // the trades of the snapshot give past candles; each candle says whether it is complete
  Stream.filter((event) => event._tag !== "CandleBuilt" || event.isClosed),
  Stream.take(3),
  Stream.runForEach((event) => Console.log(event))
)
