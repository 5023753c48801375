/** The market as the bot sees it: the book, and the ticker where the book is being made anew. */
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
 * What is known of the market: best prices of the others; nothing new, so that quotes stay where they are; or nothing for
 * so long that no quote should stand.
 */
export type Sight =
  | { readonly _tag: "Seen"; readonly market: Market }
  | { readonly _tag: "Blink" }
  | { readonly _tag: "Blind"; readonly reason: string }

type Own = ReadonlyArray<{ readonly price: number | null; readonly amount: number }>

export interface View {
  /** the market now, without the orders given */
  readonly look: (own: Own) => Effect.Effect<Sight>
  /** looks at the market for as long as it runs */
  readonly watch: Effect.Effect<never, StreamError, MarketData.MarketData>
}

/** without a price for so long, the quotes are withdrawn, ms */
const patience = Duration.toMillis("3 seconds")

export const make = ({ symbol }: Settings, onChange: Effect.Effect<void>): View => {
  let book: Book.State<BookEntry> = { _tag: "Resyncing", epoch: 0, reason: { _tag: "Subscribing" } }
  let ticker: { readonly bid: number | null; readonly ask: number | null } | undefined
  /** ms of the last look that saw something */
  let seen: number | undefined

  // each round of changes would wake the bot ten times a second, for nothing
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
    // it does not tell whose prices these are: our own are no news
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
