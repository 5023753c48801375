/** A book kept by hand: a snapshot replaces all, an update replaces a level, a count of 0 deletes it. Ends after ten. */
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import * as MarketData from "effect-bitfinex/MarketData"
import type * as Records from "effect-bitfinex/Records"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

type Book = ReadonlyMap<number, Records.BookEntry>

const apply = (book: Book, event: ChannelEvent.ChannelEvent<Records.BookEntry>): Book => {
  if (!ChannelEvent.hasRows(event)) return book
  const next = new Map(event._tag === "Snapshot" ? [] : book)
  for (const level of event.rows) {
    if (level.count > 0) next.set(level.price, level)
    else next.delete(level.price)
  }
  return next
}

export const program = MarketData.book({ symbol: "tBTCUSD", prec: "P0", len: 25 }).pipe(
  Stream.scan(new Map() as Book, apply),
  Stream.filter((book) => book.size > 0),
  Stream.take(10),
  Stream.runForEach((book) => {
    const levels = [...book.values()]
    const bid = Math.max(...levels.filter(({ amount }) => amount > 0).map(({ price }) => price))
    const ask = Math.min(...levels.filter(({ amount }) => amount < 0).map(({ price }) => price))
    return Console.log(`${levels.length} levels, best bid ${bid}, best ask ${ask}`)
  })
)
