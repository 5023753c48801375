/**
 * Live order books that check themselves: by the venue's checksum, by sequence numbers, and by what no book looks like.
 *
 * A book that is wrong, or may be, is withheld at once (`Resyncing`, with the reason), its channel is left, and after
 * the venue has confirmed that, asked for anew. What is served (`Synced`) never changes and was confirmed by the venue's
 * checksum, or is a fresh snapshot; `verified` tells which. Equal books share one channel and one copy, however many
 * look at it.
 *
 * The venue's checksum is taken of the best 25 rows a side: of price and amount, in raw books of id and amount, never of
 * the count. What else is wrong tells itself by deletions of what is not there, sides that cross or grow too long.
 *
 * Checksums and sequence numbers need the flags `checksum` and `sequence` of `BitfinexConfig.socketFlags`, which are set
 * by default. Without `checksum`, and for funding books, whose checksums the venue does not get right, a book is served
 * after each change; rows that cross, deletions of rows that are not there and sides that grow too long are then all that
 * tells a wrong one. Without `sequence`, a loss shows only by these, and beyond the best 25 rows a side, which the
 * checksum covers, possibly never.
 *
 * The venue gives a socket each book only once. A `MarketData.book` or `rawBook` of the same request, and a book with
 * another `serve`, are therefore subscriptions of their own on another socket: one more for all such pairs, up to 25
 * channels. While the venue is in maintenance the last book stays, and `MarketData.states` tells of it; afterwards it is
 * asked for anew.
 *
 * To test what uses live books there is `FakeExchange`, whose books can be damaged: they need the real `MarketData`, not
 * a mock. What decides by a book alone can be given one of `fromEntries`.
 *
 * Streams fail only with what those of `MarketData` fail with.
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
import type { NoSuchParameter } from "./internal/socket/channels.ts"
import { MarketData } from "./MarketData.ts"
import type { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "./protocol/records/Book.ts"
import type * as Symbols from "./protocol/Symbols.ts"

export type { Book, Cumulated, Diff, Reason, Resyncing, SideName, State, Synced }
export { isSynced } from "./Book.ts"

/**
 * Which book is wanted.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-books
 * @since 0.1.0
 * @category models
 */
export interface Args {
  /** t pair or f currency */
  readonly symbol: Symbols.Any
  /** how prices are grouped: P0 (default) to P4, or R0 for single orders */
  readonly prec?: "P0" | "P1" | "P2" | "P3" | "P4" | "R0" | undefined
  /** F0 at once (default), F1 every 2 seconds; raw books know only F0 */
  readonly freq?: "F0" | "F1" | undefined
  /** rows a side; default 25 */
  readonly len?: 1 | 25 | 100 | 250 | "1" | "25" | "100" | "250" | undefined
}

type PrecisionOf<A> = A extends { readonly prec?: infer P } ? "prec" extends keyof A ? P : undefined : undefined

type Row<S, P> = S extends `t${string}` ? P extends "R0" ? RawBookEntry : BookEntry
  : S extends `f${string}` ? P extends "R0" ? RawFundingBookEntry : FundingBookEntry
  : never

/**
 * The rows of the book that arguments ask for.
 *
 * @since 0.1.0
 * @category models
 */
export type EntryOf<A extends Args> = Row<A["symbol"], PrecisionOf<A>>

/**
 * The arguments, and nothing that a book does not know.
 *
 * @since 0.1.0
 * @category models
 */
export type Exact<A> = A & { readonly [K in Exclude<keyof A, keyof Args>]: NoSuchParameter<K> }

/**
 * How a book is wanted.
 *
 * - `buffer`: by default a slow consumer is given the newest state in place of all that waited (`conflate`). Under the
 *   other policies each state is an element, a whole book each, so choose a small capacity
 * - `every`: no two books within this time; a `Resyncing` does not wait
 * - `onBest`: only books whose best bid or best ask has another price
 * - `serve`: `verified` (default) serves what a checksum has confirmed, as soon as the round of changes is over; `newest`
 *   serves each change as it comes, also in the midst of a round, and withholds the book only when the checksum is wrong
 * - `subId`: an id of your own for the subscription; books with different ones are not shared
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
  /** the state right now; fails once the subscription has failed */
  readonly current: Effect.Effect<State<A>, StreamError>
  /** the book right now, or as soon as there is one; interrupted when the sockets are closed on purpose before that */
  readonly book: Effect.Effect<Book<A>, StreamError>
  /** the states from now on, as `live` has them */
  readonly changes: Stream.Stream<State<A>, StreamError>
}

/**
 * The states of a book. The stream begins with the current one, or waits for the first.
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
  Stream.unwrapScoped(Effect.gen(function*() {
    const wanted = yield* Live.request("OrderBook.live", args, options === undefined ? {} : options)
    const consumer = yield* Live.consume<EntryOf<A>>(yield* MarketData, wanted)
    return consumer.states
  }))

/**
 * Keeps a book for as long as the scope lasts. It subscribes at once and does not wait for the first book.
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
  const changes = Stream.unwrapScoped(
    Effect.map(Live.consume<EntryOf<A>>(market, wanted), (consumer) => consumer.states)
  )
  const current = Effect.suspend(() => {
    const failure = feed.ended?.failure
    return failure === undefined ? Effect.succeed(feed.current()) : Effect.fail(failure)
  })
  const book = changes.pipe(
    Stream.filterMap((state) => state._tag === "Synced" ? Option.some(state.book) : Option.none()),
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => Effect.interrupt, onSome: (found) => Effect.succeed(found) }))
  )
  return { current, book, changes }
})

/**
 * A book of entries in any order, such as those of `RestClient.book`, or made up for a test. Its `epoch` and `version`
 * are 0. `len` and `freq` do not matter. Refused are deletions, rows that the venue would not send, and a best bid that
 * is not below the best ask (funding rates may overlap).
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
