/**
 * The elements of a channel's stream.
 *
 * A stream survives reconnects. Each subscription is an epoch: it begins with a `Snapshot`, continues with `Update`s, and
 * ends with an `Interrupted`, after which the next `Snapshot` begins the next epoch. Rows that could not be decoded or were
 * lost are reported as elements too, so nothing is lost silently. If the snapshot itself, or a row that arrived before it,
 * could not be decoded, a `Malformed` precedes the `Snapshot`.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { DecodeError } from "./BitfinexError.ts"
import * as InPlace from "./internal/stream/inPlace.ts"

/**
 * The whole state of the channel, as rows. It replaces the previous state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot<out A> {
  readonly _tag: "Snapshot"
  /** number of the subscription, from 1; each resubscription begins a new epoch */
  readonly epoch: number
  /** in the venue's order: books best first, bids before asks; trades and candles newest first */
  readonly rows: ReadonlyArray<A>
  /** number of elements conflated into this snapshot because the consumer was too slow (policy `conflate`); else 0 */
  readonly skipped: number
  /** the venue's clock, ms; null without the flag `timestamp`, and for snapshots that include later updates */
  readonly mts: number | null
}

/**
 * The snapshot of a family of an account did not arrive in time: there may be any number of rows beyond `rows`. Updates
 * follow; a late snapshot follows after an `Interrupted`. Only streams of `AccountEvents` have this element;
 * `AccountState` requests the rows by REST.
 *
 * @since 0.1.0
 * @category models
 */
export interface SnapshotMissing<out A> {
  readonly _tag: "SnapshotMissing"
  readonly epoch: number
  /** the rows that updates have brought since the login; empty when it is delivered at once */
  readonly rows: ReadonlyArray<A>
  /** as in `Snapshot` */
  readonly skipped: number
  readonly mts: null
}

/**
 * The changes of one frame.
 *
 * @since 0.1.0
 * @category models
 */
export interface Update<out A> {
  readonly _tag: "Update"
  readonly epoch: number
  /** one row, or all rows of a bulk update */
  readonly rows: ReadonlyArray<A>
  /** how the venue named the update: `te`, `tu`, `fte`, `ftu` for trades, null for all others */
  readonly type: string | null
  /** the venue's clock, ms; null without the flag `timestamp` */
  readonly mts: number | null
}

/**
 * The venue's checksum of the book after all updates so far (signed 32 bit).
 *
 * @since 0.1.0
 * @category models
 */
export interface Checksum {
  readonly _tag: "Checksum"
  readonly epoch: number
  readonly checksum: number
}

/**
 * Rows that do not match their layout. The other rows of their frame are delivered; if the frame is a snapshot, the
 * `Snapshot` is delivered first. The first three rows within a second have an element each. Further rows are counted: those of
 * the same frame in its last element, all others in one element, up to a second later. Until the next `Snapshot`, the state
 * may lack such a row. A consumer that joins later
 * receives the last such error right after its `Snapshot`, unless its buffer has room for only one element. A frame
 * without rows in place of a snapshot is reported as well, and the channel is resubscribed if no snapshot follows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly epoch: number
  readonly error: DecodeError
  /** number of rows that this element stands for: the one of `error`, and those without an element of their own */
  readonly count: number
}

/**
 * Elements were lost: in transit (`sequence`), or because the consumer was too slow for its buffer (`buffer`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Gap {
  readonly _tag: "Gap"
  readonly epoch: number
  readonly cause: "sequence" | "buffer"
  /** number of lost elements; for `sequence`, number of lost messages over all channels of the socket */
  readonly lost: number
}

/**
 * The epoch ended: the last known state may be stale until the next `Snapshot`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Interrupted {
  readonly _tag: "Interrupted"
  readonly epoch: number
  readonly reason: string
}

/**
 * An element of a channel's stream.
 *
 * @since 0.1.0
 * @category models
 */
export type ChannelEvent<A> = Snapshot<A> | SnapshotMissing<A> | Update<A> | Checksum | Malformed | Gap | Interrupted

/**
 * Whether an element carries rows.
 *
 * @since 0.1.0
 * @category guards
 */
export const hasRows = <A>(event: ChannelEvent<A>): event is Snapshot<A> | SnapshotMissing<A> | Update<A> =>
  event._tag === "Snapshot" || event._tag === "SnapshotMissing" || event._tag === "Update"

/**
 * Only the rows of snapshots and updates, for consumers that need neither epochs nor gaps.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const prices = MarketData.ticker("tBTCUSD").pipe(ChannelEvent.rows)
 */
export const rows = <A, E, R>(stream: Stream.Stream<ChannelEvent<A>, E, R>): Stream.Stream<A, E, R> =>
  Stream.mapConcat(stream, (event): ReadonlyArray<A> => hasRows(event) ? event.rows : [])

/**
 * Runs a function on each element, in place: the cheapest way to consume a busy stream that comes straight from
 * `MarketData` or `AccountEvents`. The socket calls the function directly, without a fiber or the stream runtime. A stream
 * that went through an operator runs as any other stream. An exception thrown by the function becomes a defect
 * (`Effect.die`) of the returned effect.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * let traded = 0
 * const program = MarketData.trades("tBTCUSD").pipe(ChannelEvent.runForEachSync((event) => {
 *   if (event._tag === "Update" && event.type === "te") traded += event.rows.length
 * }))
 */
export const runForEachSync =
  <A>(f: (event: ChannelEvent<A>) => void) =>
  <E, R>(stream: Stream.Stream<ChannelEvent<A>, E, R>): Effect.Effect<void, E, R> => InPlace.forEachSync(stream, f)

/**
 * Runs an Effect for each element, one after the other, as `Stream.runForEach` does, but cheaper: on a stream that comes
 * straight from `MarketData` or `AccountEvents`, all elements run in one loop of one fiber. `Stream.runForEach` makes a
 * closure for each chunk that keeps the chunk alive until the next full garbage collection, which adds half to the cost of
 * a small frame.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Effect from "effect/Effect"
 *
 * const program = MarketData.ticker("tBTCUSD").pipe(ChannelEvent.runForEach((event) => Effect.log(event)))
 */
export const runForEach =
  <A, E2, R2>(f: (event: ChannelEvent<A>) => Effect.Effect<unknown, E2, R2>) =>
  <E, R>(stream: Stream.Stream<ChannelEvent<A>, E, R>): Effect.Effect<void, E | E2, R | R2> =>
    InPlace.forEach(stream, f)
