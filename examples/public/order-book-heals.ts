/** A checksum does not match: the book is withheld, resubscribed, and served again. */
import * as OrderBook from "effect-bitfinex/OrderBook"
import type * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

/** two seconds after the start the exchange sends a wrong checksum; a second later it loses a message */
export const options: FakeExchange.Options = {
  script: [
    { after: 2000, fault: Fault.CorruptChecksum.make({}) },
    { after: 3000, fault: Fault.Lose.make({ match: "book" }) }
  ]
}

export const program = OrderBook.live({ symbol: "tBTCUSD", prec: "R0", len: 100 }).pipe(
  Stream.changesWith((a, b) => a._tag === b._tag && a.epoch === b.epoch),
  Stream.take(5),
  Stream.runForEach((state) =>
    state._tag === "Synced"
      ? Console.log(`epoch ${state.epoch}: a book of ${state.book.bids.length + state.book.asks.length} orders`)
      : Console.log(`epoch ${state.epoch} is over:`, state.reason)
  )
)
