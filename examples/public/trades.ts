/** Trades as they happen (`te`), without the confirmations that follow them (`tu`). Ends after ten. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.trades("tBTCUSD").pipe(
  Stream.mapConcat((event) => event._tag === "Update" && event.type === "te" ? event.rows : []),
  Stream.take(10),
  Stream.runForEach(({ amount, mts, price }) =>
    Console.log(`${new Date(mts).toISOString()}  ${amount > 0 ? "buy " : "sell"}  ${Math.abs(amount)} at ${price}`)
  )
)
