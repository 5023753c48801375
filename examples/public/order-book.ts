/** A verified live order book: best prices, and the cost of 0.5. Ends after ten books. */
import * as OrderBook from "effect-bitfinex/OrderBook"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = OrderBook.live({ symbol: "tBTCUSD", prec: "P0", len: 25 }).pipe(
  Stream.take(10),
  Stream.runForEach((state) => {
    if (state._tag === "Resyncing") return Console.log("no book:", state.reason)
    const { book, verified, version } = state
    return Console.log(
      `book ${version}${
        verified ? "" : " (not confirmed yet)"
      }: bid ${book.bestBid?.price}, ask ${book.bestAsk?.price}, `
        + `0.5 cost ${book.vwap(0.5)?.toFixed(1)} each`
    )
  })
)
