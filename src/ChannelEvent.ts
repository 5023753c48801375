/**
 * The elements of a channel's stream.
 *
 * A stream lives through reconnections. Each life of its subscription is an epoch: it begins with a `Snapshot`, goes on
 * with `Update`s, and ends with an `Interrupted`, after which the next `Snapshot` begins the next epoch. What could not
 * be read or was lost is an element too, so nothing is lost without a word: where that is the snapshot itself, or a row
 * that came before it, a `Malformed` precedes the `Snapshot`.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { DecodeError } from "./BitfinexError.ts"
import * as InPlace from "./internal/stream/inPlace.ts"

/**
 * The whole state of the channel, as rows. It replaces everything that was known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot<out A> {
  readonly _tag: "Snapshot"
  /** which life of the subscription this is, from 1 */
  readonly epoch: number
  /** in the venue's order: books best first, bids before asks; trades and candles newest first */
  readonly rows: ReadonlyArray<A>
  /** elements that this snapshot stands for, because the consumer was too slow for each (policy `conflate`); else 0 */
  readonly skipped: number
  /** the venue's clock, ms; null without the flag `timestamp`, and for snapshots made from later updates */
  readonly mts: number | null
}

/**
 * What a frame changed.
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
 * A row that is not what its layout declares. The other rows of its frame are delivered: of a snapshot, the `Snapshot`
 * comes first. Until the next `Snapshot`, the state may lack that row; a consumer that comes later is told the last such
 * row right after its `Snapshot`, unless its buffer has room for one element only. A frame that has no rows at all, where
 * a snapshot should be, is told as well, and the channel is subscribed anew when nothing better follows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly epoch: number
  readonly error: DecodeError
}

/**
 * Elements were lost: on the way (`sequence`), or because the consumer was too slow for its buffer (`buffer`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Gap {
  readonly _tag: "Gap"
  readonly epoch: number
  readonly cause: "sequence" | "buffer"
  /** how many; of all channels of the socket where the sequence jumped */
  readonly lost: number
}

/**
 * The epoch is over: what it said may be out of date until the next `Snapshot`.
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
export type ChannelEvent<A> = Snapshot<A> | Update<A> | Checksum | Malformed | Gap | Interrupted

/**
 * Whether an element carries rows.
 *
 * @since 0.1.0
 * @category guards
 */
export const hasRows = <A>(event: ChannelEvent<A>): event is Snapshot<A> | Update<A> =>
  event._tag === "Snapshot" || event._tag === "Update"

/**
 * Only the rows, of snapshots and updates alike, for consumers that need neither epochs nor losses.
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
 * Runs a function on each element, in place: the cheapest way to consume a busy stream, for a stream as it came from
 * `MarketData` or `AccountEvents`. Neither a fiber nor the machinery of streams is between the socket and the function.
 * After an operator the stream runs as any other. What the function throws is a defect (`Effect.die`) of the effect given
 * back.
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
 * Runs an Effect for each element, one after the other, as `Stream.runForEach` does, and for less: on a stream as it came
 * from `MarketData` or `AccountEvents`, all elements run in one loop of one fiber. `Stream.runForEach` makes a closure for
 * each chunk that keeps the chunk alive until the next full collection, which costs a small frame half as much again.
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
