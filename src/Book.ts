/**
 * Order books as immutable values: the state of a book at one moment, and computations on it.
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
 * A level, with the cumulated amount from the best price to this level.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cumulated {
  /** in quote currency; for funding a rate per day */
  readonly price: number
  /** amount of this row, without sign */
  readonly amount: number
  /** amount of this row and all better rows, without sign */
  readonly total: number
}

/**
 * The difference between two books, by level (raw books: by order).
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
 * A book as it was at one moment. It is immutable. Prices are in the quote currency (funding: rates per day); amounts are
 * in the base currency (funding: in the currency itself). Amounts have the venue's sign in `bids` and `asks`, and no sign
 * anywhere else.
 *
 * Computed prices and amounts are those of the decimals that the venue sent: they are exact, and only the result is
 * rounded, to the nearest number. So 0.1 and 0.2 cumulate to 0.3.
 *
 * In funding books, borrowers are the bids and lenders are the asks. Their rates may overlap if their periods differ, so
 * `spread` can be negative.
 *
 * @since 0.1.0
 * @category models
 */
export interface Book<out A> {
  readonly symbol: string
  /** number of the subscription, from 1; each resubscription begins a new epoch */
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
   * The amount offered from the best price to this price, both included; 0 when the price lies within the spread. Without
   * `side`, the side on which the price lies is taken; name the side if funding rates overlap.
   */
  depthTo(price: number, side?: SideName): number
  /**
   * The volume-weighted average price that an order of this amount would get, before fees. As in an order, a positive
   * amount buys (funding: lends, and takes bids). Null when the book is too thin, or for 0 and NaN.
   */
  vwap(amount: number): number | null
  /** the best rows of a side, best first, with the cumulated amount; all rows if `rows` is left out */
  cumulated(side: SideName, rows?: number): ReadonlyArray<Cumulated>
  /** (bids - asks) / (bids + asks) over the best rows of each side, from -1 to 1; null for an empty book */
  imbalance(rows?: number): number | null
  /** the changes since an older book of the same request */
  diff(older: Book<unknown>): Diff<A>
}

/**
 * Why there is no book at the moment:
 *
 * - `Subscribing`: the first snapshot has not arrived
 * - `ChecksumMismatch`: the venue's checksum is `expected`, that of the local copy `actual` (signed 32 bit)
 * - `ImpossibleDelete`: the venue deleted a row that the local copy does not have
 * - `AmbiguousDelete`: both sides of a funding book have the deleted row, and the sign does not say which side is meant
 * - `Crossed`: the best bid is not below the best ask, and no checksum confirms that the venue's book is crossed
 * - `Overfull`: a side holds more rows than requested, so a deletion was lost
 * - `SequenceGap`: `lost` messages of the socket are missing
 * - `Malformed`: a row does not match its layout
 * - `UnexpectedSnapshot`: a list of rows arrived although single rows were negotiated, and no checksum confirmed it as an
 *   update
 * - `Interrupted`: the connection ended the epoch; `reason` says why
 * - `Slept`: this process slept for about `millis` ms, so the frames that it received are old; the book is served again once the venue
 *   has answered a ping
 * - `Unanswered`: during maintenance, the venue has not answered a ping for `millis` ms, so the connection may be dead; the book
 *   is served again once it answers
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
  | { readonly _tag: "Slept"; readonly millis: number }
  | { readonly _tag: "Unanswered"; readonly millis: number }

/**
 * The book is served.
 *
 * @since 0.1.0
 * @category models
 */
export interface Synced<out A> {
  readonly _tag: "Synced"
  /** number of the subscription, from 1; each resubscription begins a new epoch */
  readonly epoch: number
  /** rises with each state of this book, also from epoch to epoch; a skipped version was conflated */
  readonly version: number
  /**
   * Whether the venue's checksum has confirmed exactly this state. False for a fresh snapshot, for funding books, without
   * the flag `checksum`, and if the venue sent no checksum for a second after a change.
   */
  readonly verified: boolean
  /** number of update rows applied, over all epochs */
  readonly updates: number
  /** number of checksums that matched, over all epochs */
  readonly checksums: number
  readonly book: Book<A>
}

/**
 * The book is withheld: it is wrong, or may be, and is being resynchronized.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resyncing {
  readonly _tag: "Resyncing"
  /** the epoch that ended; 0 before the first */
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
 * Whether the book is served.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSynced = <A>(state: State<A>): state is Synced<A> => state._tag === "Synced"
