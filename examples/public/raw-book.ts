/** Single orders that join, move and leave at the top of a book. A price of 0 means removed. Ends after ten changes. */
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.rawBook({ symbol: "tBTCUSD", len: 25 }).pipe(
  Stream.mapConcat((event) => event._tag === "Update" ? event.rows : []),
  Stream.take(10),
  Stream.runForEach(({ amount, orderId, price }) =>
    Console.log(
      price === 0
        ? `${orderId} is gone`
        : `${orderId} ${amount > 0 ? "bids" : "asks"} ${price} for ${Math.abs(amount)}`
    )
  )
)
