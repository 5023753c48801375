/** Candles of five seconds, made of trades that each count once. Ends after three. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Trades from "effect-bitfinex/Trades"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.trades("tBTCUSD").pipe(
  Trades.dedupe(),
  Trades.candles({ interval: "5 seconds" }),
  // the snapshot's trades make candles of the past; those that are complete are told from those that may not be
  Stream.filter((event) => event._tag !== "CandleBuilt" || event.isClosed),
  Stream.take(3),
  Stream.runForEach((event) => Console.log(event))
)
