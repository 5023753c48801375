/** A book held as a value and queried on demand: spread, depth, imbalance, and the changes of a second. */
import * as OrderBook from "effect-bitfinex/OrderBook"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const handle = yield* OrderBook.make({ symbol: "tBTCUSD", len: 100 })
  let before = yield* handle.book
  for (let k = 0; k < 5; k++) {
    yield* Effect.sleep("1 second")
    const book = yield* handle.book
    const { added, changed, removed } = book.diff(before)
    yield* Console.log(
      `spread ${book.spread}, 1 % below: ${book.depthTo((book.mid ?? 0) * 0.99, "bids").toFixed(2)}, `
        + `imbalance ${book.imbalance(10)?.toFixed(2)}, since then ${added.length} new, ${removed.length} gone, `
        + `${changed.length} changed`
    )
    before = book
  }
}).pipe(Effect.scoped)
