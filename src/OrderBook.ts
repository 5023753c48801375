/**
 * Live order books that validate themselves: with the venue's checksum, with sequence numbers, and with structural checks.
 *
 * A book that is wrong, or may be, is withheld at once (`Resyncing`, with the reason). Its channel is unsubscribed, and
 * resubscribed when the venue has acknowledged that. A served book (`Synced`) is immutable; it was confirmed by the venue's
 * checksum, or is a fresh snapshot, and `verified` says which. Equal books share one channel and one copy, for any number
 * of consumers.
 *
 * The venue's checksum covers the best 25 rows of each side: price and amount, in raw books id and amount, never the count.
 * Structural checks find other faults: deletions of rows that do not exist, sides that cross or grow too long.
 *
 * Checksums and sequence numbers need the flags `checksum` and `sequence` of `socket.flags` in `BitfinexConfig`, which are set
 * by default. Without `checksum`, a book is served after each change, and only the structural checks detect a wrong book.
 * The same holds for funding books, whose checksums the venue does not compute correctly. Without `sequence`, a gap shows
 * only in checksums and structural checks; beyond the best 25 rows of each side, which the checksum covers, it may never
 * show.
 *
 * The venue allows each book only once per socket. A `MarketData.book` or `rawBook` with the same request, and a book with
 * another `serve`, are therefore separate subscriptions on another socket: one more socket for all such pairs, up to 25
 * channels. During maintenance of the venue the last book stays in place as long as the venue answers pings, and
 * `MarketData.states` reports the maintenance; afterwards the book is resubscribed.
 *
 * To test programs that use live books, use `FakeExchange`, which can damage its books: live books need the real
 * `MarketData`, not a mock. To test code that only reads a book, make one with `fromEntries`.
 *
 * Streams fail only with the errors of `MarketData` streams.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { InvalidInput, StreamError } from "./BitfinexError.ts"
import type { Book, Cumulated, Diff, Reason, Resyncing, SideName, State, Synced } from "./Book.ts"
import * as Live from "./internal/book/live.ts"
import * as InPlace from "./internal/stream/inPlace.ts"
import { MarketData } from "./MarketData.ts"
import type * as Param from "./protocol/Param.ts"
import type { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "./protocol/records/Book.ts"
import type * as Symbols from "./protocol/Symbols.ts"

export type { Book, Cumulated, Diff, Reason, Resyncing, SideName, State, Synced }
export { isSynced } from "./Book.ts"

/**
 * The request for a book.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-books
 * @since 0.1.0
 * @category models
 */
export interface Args {
  /** t pair or f currency */
  readonly symbol: Symbols.BitfinexSymbol
  /** how prices are grouped: P0 (default) to P4, or R0 for single orders. REST names it `precision` */
  readonly prec?: "P0" | "P1" | "P2" | "P3" | "P4" | "R0" | undefined
  /** F0 in real time (default), F1 every 2 seconds; raw books have only F0 */
  readonly freq?: "F0" | "F1" | undefined
  /** rows per side; default 25 */
  readonly len?: 1 | 25 | 100 | 250 | "1" | "25" | "100" | "250" | undefined
}

type PrecisionOf<A> = A extends { readonly prec?: infer P } ? "prec" extends keyof A ? P : undefined : undefined

type Row<S, P> = S extends `t${string}` ? P extends "R0" ? RawBookEntry : BookEntry
  : S extends `f${string}` ? P extends "R0" ? RawFundingBookEntry : FundingBookEntry
  : never

/**
 * The type of the rows of the requested book.
 *
 * @since 0.1.0
 * @category models
 */
export type EntryOf<A extends Args> = Row<A["symbol"], PrecisionOf<A>>

/**
 * The arguments, without parameters that a book does not have.
 *
 * @since 0.1.0
 * @category models
 */
export type Exact<A> = Param.Exact<A, keyof Args>

/**
 * Options of a live book.
 *
 * - `buffer`: by default a slow consumer receives the newest state in place of all buffered states (`conflate`). With the
 *   other policies each state is an element that holds a whole book, so choose a small capacity
 * - `every`: emits at most one book in this time; a `Resyncing` is emitted at once
 * - `onBest`: emits only books whose best bid or best ask has another price than before
 * - `serve`: `verified` (default) serves states that a checksum has confirmed, at the end of each round of changes;
 *   `newest` serves each change as it arrives, also within a round, and withholds the book only when the checksum is wrong
 * - `subId`: a subscription id that you choose; books with different ids do not share a channel
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Live.LiveOptions {}

/**
 * A live book as a value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Handle<out A> {
  /** the current state; fails after the subscription has failed */
  readonly current: Effect.Effect<State<A>, StreamError>
  /**
   * the current book; waits until one is served. Interrupts its fiber if you close the sockets before that, and fails with
   * `ConnectionEnded` after their layer was released
   */
  readonly book: Effect.Effect<Book<A>, StreamError>
  /** the states from now on, as in `live` */
  readonly changes: Stream.Stream<State<A>, StreamError>
}

/**
 * The states of a book. The stream begins with the current state, or waits for the first one.
 *
 * @since 0.1.0
 * @category streams
 * @example
 * import * as OrderBook from "effect-bitfinex/OrderBook"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = OrderBook.live({ symbol: "tBTCUSD", len: 100 }, { every: "1 second" }).pipe(
 *   Stream.runForEach((state) =>
 *     OrderBook.isSynced(state)
 *       ? Effect.log(`mid ${state.book.mid}, to buy 5: ${state.book.vwap(5)}`)
 *       : Effect.logWarning("no book", state.reason)
 *   )
 * )
 */
export const live = <const A extends Args>(
  args: Exact<A>,
  options?: Options
): Stream.Stream<State<EntryOf<A>>, StreamError, MarketData> =>
  InPlace.stream(Effect.gen(function*() {
    const wanted = yield* Live.request("OrderBook.live", args, options === undefined ? {} : options)
    return yield* Live.consume<EntryOf<A>>(yield* MarketData, wanted)
  }))

/**
 * Runs a function on each state, in place: the cheapest way to follow a book. On a stream that comes straight from `live`
 * or from a handle's `changes` the socket calls the function as soon as the frame that changed the book is handled, so it
 * receives every served state. With `every`, or behind an operator, it runs as any other stream. An exception thrown by
 * the function becomes a defect (`Effect.die`) of the returned effect.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as OrderBook from "effect-bitfinex/OrderBook"
 *
 * let mid: number | null = null
 * const program = OrderBook.live({ symbol: "tBTCUSD" }).pipe(OrderBook.runForEachSync((state) => {
 *   mid = OrderBook.isSynced(state) ? state.book.mid : null
 * }))
 */
export const runForEachSync =
  <A>(f: (state: State<A>) => void) => <E, R>(stream: Stream.Stream<State<A>, E, R>): Effect.Effect<void, E, R> =>
    InPlace.forEachSync(stream, f)

/**
 * Keeps a book until the scope closes. It subscribes at once and does not wait for the first book.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as OrderBook from "effect-bitfinex/OrderBook"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const handle = yield* OrderBook.make({ symbol: "tBTCUSD", prec: "R0", len: 250 })
 *   const { bestAsk, bestBid } = yield* handle.book
 *   yield* Effect.log(bestBid?.orderId, bestAsk?.orderId)
 * }).pipe(Effect.scoped)
 */
export const make = Effect.fn("OrderBook.make")(function*<const A extends Args>(
  args: Exact<A>,
  options?: Options
): Effect.fn.Return<Handle<EntryOf<A>>, InvalidInput, MarketData | Scope.Scope> {
  const market = yield* MarketData
  const wanted = yield* Live.request("OrderBook.make", args, options === undefined ? {} : options)
  const feed = yield* Live.hold<EntryOf<A>>(market, wanted)
  const changes = InPlace.stream(Live.consume<EntryOf<A>>(market, wanted))
  const current = Effect.suspend(() => {
    const failure = feed.ended?.failure
    return failure === undefined ? Effect.succeed(feed.current()) : Effect.failCause(failure)
  })
  const book = changes.pipe(
    Stream.filterMap((state) => state._tag === "Synced" ? Option.some(state.book) : Option.none()),
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => Effect.interrupt, onSome: (found) => Effect.succeed(found) }))
  )
  return { current, book, changes }
})

/**
 * Makes a book of entries in any order, such as those of `RestClient.book` or of a test. Its `epoch` and `version` are 0;
 * `len` and `freq` have no effect. Fails with `InvalidInput` for deletions, for rows that the venue would not send, and if
 * the best bid is not below the best ask (funding rates may overlap).
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as OrderBook from "effect-bitfinex/OrderBook"
 * import * as Either from "effect/Either"
 *
 * const spread = OrderBook.fromEntries({ symbol: "tBTCUSD" }, [
 *   { price: 100, count: 1, amount: 2 },
 *   { price: 101, count: 3, amount: -0.5 }
 * ]).pipe(Either.map((book) => book.spread))
 */
export const fromEntries = <const A extends Args>(
  args: Exact<A>,
  entries: ReadonlyArray<EntryOf<A>>
): Either.Either<Book<EntryOf<A>>, InvalidInput> => Live.fromEntries("OrderBook.fromEntries", args, entries)
