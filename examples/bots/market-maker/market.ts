/** The market as the bot sees it: the book, and the ticker while the book is resynchronizing. */
import type { StreamError } from "effect-bitfinex/BitfinexError"
import * as Book from "effect-bitfinex/Book"
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import * as MarketData from "effect-bitfinex/MarketData"
import * as OrderBook from "effect-bitfinex/OrderBook"
import type { BookEntry } from "effect-bitfinex/Records"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Market, Settings } from "./quotes.ts"
import { outside } from "./quotes.ts"

/**
 * The view of the market: best prices of the others; nothing new, so that quotes stay unchanged; or no price for so long
 * that the quotes are withdrawn.
 */
export type Sight =
  | { readonly _tag: "Seen"; readonly market: Market }
  | { readonly _tag: "Blink" }
  | { readonly _tag: "Blind"; readonly reason: string }

type Own = ReadonlyArray<{ readonly price: number | null; readonly amount: number }>

export interface View {
  /** the market now, without these orders */
  readonly look: (own: Own) => Effect.Effect<Sight>
  /** follows the market as long as it runs */
  readonly watch: Effect.Effect<never, StreamError, MarketData.MarketData>
}

/** after this time without a price, the quotes are withdrawn, ms */
const patience = Duration.toMillis("3 seconds")

export const make = ({ symbol }: Settings, onChange: Effect.Effect<void>): View => {
  let book: Book.State<BookEntry> = { _tag: "Resyncing", epoch: 0, reason: { _tag: "Subscribing" } }
  let ticker: { readonly bid: number | null; readonly ask: number | null } | undefined
  /** time of the last price, ms */
  let seen: number | undefined

  // otherwise each round of changes wakes the bot, ten times a second, without need
  const watchBook = OrderBook.live({ symbol, len: 25 }, { every: "500 millis" }).pipe(
    Stream.runForEach((state) =>
      Effect.suspend(() => {
        const lost = Book.isSynced(book) && !Book.isSynced(state)
        // the cast: a book of a t pair with the precision P0
        book = state as Book.State<BookEntry>
        return lost && !Book.isSynced(state)
          ? Effect.zipRight(Effect.logDebug(`no book: ${state.reason._tag}`), onChange)
          : onChange
      })
    )
  )

  const watchTicker = MarketData.ticker(symbol).pipe(
    Stream.runForEach((event) =>
      Effect.suspend(() => {
        const row = ChannelEvent.hasRows(event) ? event.rows.at(-1) : undefined
        if (event._tag === "Interrupted") ticker = undefined
        else if (row !== undefined && "bidSize" in row) ticker = { bid: row.bid, ask: row.ask }
        return Book.isSynced(book) ? Effect.void : onChange
      })
    )
  )

  const sight = (own: Own): Market | undefined => {
    if (Book.isSynced(book)) return outside(book.book, own) ?? undefined
    const { ask, bid } = ticker ?? { ask: null, bid: null }
    // the ticker includes our own orders: our own prices are not news
    return ask === null || bid === null || own.some(({ price }) => price === bid || price === ask)
      ? undefined
      : { ask, bid }
  }

  return {
    look: (own) =>
      Effect.map(Clock.currentTimeMillis, (now): Sight => {
        const market = sight(own)
        if (market !== undefined) {
          seen = now
          return { _tag: "Seen", market }
        }
        return seen !== undefined && now - seen < patience
          ? { _tag: "Blink" }
          : { _tag: "Blind", reason: Book.isSynced(book) ? "a side of the book is empty" : book.reason._tag }
      }),
    watch: Effect.zipRight(Effect.all([watchBook, watchTicker], { concurrency: "unbounded" }), Effect.never)
  }
}
