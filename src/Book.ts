/**
 * Order books as values: what a book is at one moment, and what can be asked of it.
 *
 * @since 0.1.0
 */
import type { DecodeError } from "./BitfinexError.ts"
import type { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "./protocol/records/Book.ts"

/**
 * The rows of any book: price levels, or single orders of raw books.
 *
 * @since 0.1.0
 * @category models
 */
export type Entry = BookEntry | RawBookEntry | FundingBookEntry | RawFundingBookEntry

/**
 * One side of a book.
 *
 * @since 0.1.0
 * @category models
 */
export type SideName = "bids" | "asks"

/**
 * A level, and what lies between it and the best price.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cumulated {
  /** quote currency; for funding a rate per day */
  readonly price: number
  /** of this row, without sign */
  readonly amount: number
  /** of this row and all better ones, without sign */
  readonly total: number
}

/**
 * What leads from one book to another, by level (raw books: by order).
 *
 * @since 0.1.0
 * @category models
 */
export interface Diff<out A> {
  readonly added: ReadonlyArray<A>
  readonly removed: ReadonlyArray<A>
  /** rows of the same key with another amount or count (raw books: another price) */
  readonly changed: ReadonlyArray<{ readonly before: A; readonly after: A }>
}

/**
 * A book as it was at one moment. It never changes. Prices are in the quote currency, for funding rates per day; amounts
 * are in the base currency, for funding in the currency itself. In `bids` and `asks` they have the venue's sign, anywhere
 * else none.
 *
 * In funding those who borrow are the bids and those who lend the asks. Their rates may overlap where their periods
 * differ, so `spread` can be negative there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Book<out A> {
  readonly symbol: string
  /** which life of the subscription it is of, from 1 */
  readonly epoch: number
  /** rises with each state of this book, also from epoch to epoch */
  readonly version: number
  /** best first */
  readonly bids: ReadonlyArray<A>
  /** best first */
  readonly asks: ReadonlyArray<A>
  /** null when there are no bids */
  readonly bestBid: A | null
  /** null when there are no asks */
  readonly bestAsk: A | null
  /** best ask less best bid; null when a side is empty */
  readonly spread: number | null
  /** halfway between best bid and best ask; null when a side is empty */
  readonly mid: number | null
  /**
   * What is offered from the best price to this one, both included: 0 when the price lies within the spread. Without a
   * side, it is the one on which the price lies; where funding rates overlap, name it.
   */
  depthTo(price: number, side?: SideName): number
  /**
   * The average price, weighted by volume, that an order of this amount would get, before fees. As in an order, a
   * positive amount buys (funding: lends, and takes bids). Null when the book is too thin, or for 0 and NaN.
   */
  vwap(amount: number): number | null
  /** the best rows of a side, best first, with the sum so far; all of them without a number */
  cumulated(side: SideName, rows?: number): ReadonlyArray<Cumulated>
  /** (bids - asks) / (bids + asks) over the best rows a side, from -1 to 1; null for an empty book */
  imbalance(rows?: number): number | null
  /** what has changed since an older book of the same request */
  diff(older: Book<unknown>): Diff<A>
}

/**
 * Why there is no book at the moment:
 *
 * - `Subscribing`: there was none yet
 * - `ChecksumMismatch`: the venue's checksum is `expected`, that of our copy `actual` (signed 32 bit)
 * - `ImpossibleDelete`: a row that we do not have was deleted
 * - `AmbiguousDelete`: both sides of a funding book have the deleted row, and the sign does not tell which is meant
 * - `Crossed`: the best bid is not below the best ask
 * - `Overfull`: a side holds more rows than were asked for, so a deletion was lost
 * - `SequenceGap`: so many messages of the socket are missing
 * - `Malformed`: a row is not what its layout declares
 * - `UnexpectedSnapshot`: a list of rows came where single rows were agreed on
 * - `Interrupted`: the epoch is over for a reason of the connection
 *
 * @since 0.1.0
 * @category models
 */
export type Reason =
  | { readonly _tag: "Subscribing" }
  | { readonly _tag: "ChecksumMismatch"; readonly expected: number; readonly actual: number }
  | { readonly _tag: "ImpossibleDelete"; readonly row: ReadonlyArray<number> }
  | { readonly _tag: "AmbiguousDelete"; readonly row: ReadonlyArray<number> }
  | { readonly _tag: "Crossed"; readonly bid: number; readonly ask: number }
  | { readonly _tag: "Overfull"; readonly side: SideName; readonly rows: number }
  | { readonly _tag: "SequenceGap"; readonly lost: number }
  | { readonly _tag: "Malformed"; readonly error: DecodeError }
  | { readonly _tag: "UnexpectedSnapshot"; readonly rows: number }
  | { readonly _tag: "Interrupted"; readonly reason: string }

/**
 * There is a book.
 *
 * @since 0.1.0
 * @category models
 */
export interface Synced<out A> {
  readonly _tag: "Synced"
  /** which life of the subscription this is, from 1 */
  readonly epoch: number
  /** rises with each state of this book, also from epoch to epoch; those between two that you see were conflated */
  readonly version: number
  /**
   * Whether the venue's checksum has confirmed this very state. False for a fresh snapshot, for funding books, without
   * the flag `checksum`, and where the venue sent no checksum for a second after a change.
   */
  readonly verified: boolean
  /** rows of updates, of all epochs, that it contains */
  readonly updates: number
  /** checksums, of all epochs, that were found right */
  readonly checksums: number
  readonly book: Book<A>
}

/**
 * The book is withheld: it is wrong, or may be, and is being asked for anew.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resyncing {
  readonly _tag: "Resyncing"
  /** the life of the subscription that ended; 0 before the first */
  readonly epoch: number
  readonly reason: Reason
}

/**
 * The state of a live book.
 *
 * @since 0.1.0
 * @category models
 */
export type State<A> = Synced<A> | Resyncing

/**
 * Whether there is a book.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSynced = <A>(state: State<A>): state is Synced<A> => state._tag === "Synced"
