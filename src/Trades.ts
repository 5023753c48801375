/**
 * Operators for streams of trades: deduplication, and candles of any interval.
 *
 * The venue sends each trade twice (`te` at once, `tu` soon after), and again in the snapshot after a reconnect.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { InvalidInput } from "./BitfinexError.ts"
import type { ChannelEvent } from "./ChannelEvent.ts"
import * as Pulls from "./internal/stream/pulls.ts"
import * as Exact from "./protocol/internal/exact.ts"
import type { Candle } from "./protocol/records/Candle.ts"
import type { PublicFundingTrade, PublicTrade } from "./protocol/records/PublicTrade.ts"

/**
 * A trade of either kind.
 *
 * @since 0.1.0
 * @category models
 */
export type Trade = PublicTrade | PublicFundingTrade

/**
 * A trade, emitted exactly once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Traded<out A> {
  readonly _tag: "Traded"
  /** the epoch of the subscription that delivered it */
  readonly epoch: number
  readonly trade: A
  /** whether it comes from a snapshot: it was executed before the subscription, or while that was interrupted */
  readonly isPast: boolean
}

/**
 * Trades may be missing at this point: the stream was interrupted for longer than the next snapshot reaches back, the
 * consumer was too slow, a row could not be decoded, or (with `take: "final"`) a trade did not become final.
 *
 * @since 0.1.0
 * @category models
 */
export interface Gap {
  readonly _tag: "Gap"
  readonly epoch: number
  readonly reason: string
}

/**
 * The connection was lost: missed trades arrive with the next snapshot, as far as it reaches back.
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
 * An element of a deduplicated stream of trades.
 *
 * @since 0.1.0
 * @category models
 */
export type TradeEvent<A> = Traded<A> | Gap | Interrupted

/**
 * Options of `dedupe`.
 *
 * - `take`: `first` (default) emits a trade as soon as it is known, `final` when it arrived as `tu` or in a snapshot
 * - `memory`: the minimum number of latest ids that are remembered; default 10,000. A trade that arrives again after more
 *   other trades than that is emitted again
 *
 * @since 0.1.0
 * @category models
 */
export interface DedupeOptions {
  readonly take?: "first" | "final" | undefined
  readonly memory?: number | undefined
}

/** the latest ids, in two generations; the older generation is dropped as a whole */
class Memory {
  readonly #size: number
  #young = new Set<number>()
  #old = new Set<number>()

  constructor(size: number) {
    this.#size = size
  }

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0
  }

  has(id: number): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  /** false if the id was already known */
  add(id: number): boolean {
    if (this.has(id)) return false
    this.#young.add(id)
    if (this.#young.size >= this.#size) {
      this.#old = this.#young
      this.#young = new Set()
    }
    return true
  }
}

/** one run of `dedupe` */
class Deduper<A extends Trade> {
  readonly #takesFirst: boolean
  /** ids that were emitted */
  readonly #given: Memory
  /** ids that were received, emitted or not: a snapshot that contains one reaches back far enough */
  readonly #seen: Memory
  /** ids that were received and are not final yet */
  readonly #open = new Set<number>()
  readonly #size: number
  /** a snapshot was received, maybe an empty one */
  #hasBegun = false

  constructor(takesFirst: boolean, memory: number) {
    this.#takesFirst = takesFirst
    this.#size = memory
    this.#given = new Memory(memory)
    this.#seen = takesFirst ? this.#given : new Memory(memory)
  }

  handle(event: ChannelEvent<A>, out: Array<TradeEvent<A>>): void {
    const { epoch } = event
    switch (event._tag) {
      case "Snapshot": {
        // no trade is missing only if the snapshot reaches back to a trade that was already received, or if there is none
        const isLater = !this.#seen.isEmpty || (this.#hasBegun && event.rows.length > 0)
        this.#hasBegun = true
        if (isLater && !event.rows.some(({ id }) => this.#seen.has(id))) {
          out.push({ _tag: "Gap", epoch, reason: "the snapshot does not reach back to a known trade" })
        }
        for (let k = event.rows.length - 1; k >= 0; k--) this.#give(event.rows[k]!, epoch, true, out)
        // a trade of an earlier epoch that is not final yet, and is not in the snapshot, never becomes final
        if (this.#open.size > 0) {
          out.push({ _tag: "Gap", epoch, reason: `${this.#open.size} trades did not become final` })
          this.#open.clear()
        }
        return
      }
      case "Update": {
        const isFinal = event.type === "tu" || event.type === "ftu"
        for (const trade of event.rows) {
          if (isFinal || this.#takesFirst) this.#give(trade, epoch, false, out)
          else this.#announce(trade.id, epoch, out)
        }
        return
      }
      case "Gap":
        // rows lost in transit arrive with the snapshot that follows
        if (event.cause === "buffer") out.push({ _tag: "Gap", epoch, reason: `${event.lost} elements were dropped` })
        return
      case "Malformed":
        out.push({ _tag: "Gap", epoch, reason: event.error.message })
        return
      case "Interrupted":
        out.push({ _tag: "Interrupted", epoch, reason: event.reason })
    }
  }

  /** registers a trade that is not emitted before it is final */
  #announce(id: number, epoch: number, out: Array<TradeEvent<A>>): void {
    this.#seen.add(id)
    if (this.#given.has(id)) return
    this.#open.add(id)
    if (this.#open.size <= this.#size) return
    for (const oldest of this.#open) {
      this.#open.delete(oldest)
      break
    }
    out.push({ _tag: "Gap", epoch, reason: "a trade did not become final" })
  }

  #give(trade: A, epoch: number, isPast: boolean, out: Array<TradeEvent<A>>): void {
    const isNew = this.#given.add(trade.id)
    this.#seen.add(trade.id)
    this.#open.delete(trade.id)
    if (isNew) out.push({ _tag: "Traded", epoch, trade, isPast })
  }
}

/**
 * Emits each trade once, oldest first, across `te`, `tu` and reconnects; a `Gap` marks where trades may be missing.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Trades from "effect-bitfinex/Trades"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = MarketData.trades("tBTCUSD").pipe(
 *   Trades.dedupe(),
 *   Stream.runForEach((event) => Effect.log(event))
 * )
 */
export const dedupe = (options: DedupeOptions = {}) =>
<A extends Trade, E, R>(
  stream: Stream.Stream<ChannelEvent<A>, E, R>
): Stream.Stream<TradeEvent<A>, E | InvalidInput, R> =>
  Stream.suspend((): Stream.Stream<TradeEvent<A>, E | InvalidInput, R> => {
    const refuse = (field: string, value: unknown, reason: string) =>
      Stream.fail(new InvalidInput({ operation: "Trades.dedupe", field, value, reason }))
    if (typeof options !== "object" || options === null) return refuse("options", options, "give them as one object")
    const { memory = 10_000, take = "first" } = options
    if (!Number.isSafeInteger(memory) || memory < 1) return refuse("memory", memory, "give a positive integer")
    if (take !== "first" && take !== "final") return refuse("take", take, "give first or final")
    const deduper = new Deduper<A>(take === "first", memory)
    return Pulls.mapArrays(stream, (events) => {
      const out: Array<TradeEvent<A>> = []
      for (const event of events) deduper.handle(event, out)
      return out
    })
  })

/**
 * A candle made of trades. It is emitted with each of its trades, and a last time when it is closed.
 *
 * @since 0.1.0
 * @category models
 */
export interface CandleBuilt {
  readonly _tag: "CandleBuilt"
  readonly candle: Candle
  /** whether a trade of a later candle has arrived, so that this candle is closed; a late trade may still correct it */
  readonly isClosed: boolean
  /** whether no trade can be missing: false at gaps, and for the first candle unless an earlier trade was received */
  readonly isComplete: boolean
}

/**
 * There was no trade during `candles` intervals in a row.
 *
 * @since 0.1.0
 * @category models
 */
export interface NoTrades {
  readonly _tag: "NoTrades"
  /** opening time of the first interval, ms */
  readonly from: number
  /** end of the last interval, ms */
  readonly to: number
  readonly candles: number
  /** whether no trade can be missing; false at gaps */
  readonly isComplete: boolean
}

/**
 * A trade of a candle that is no longer kept, so that the candle lacks it: only the last two candles can still change.
 *
 * @since 0.1.0
 * @category models
 */
export interface Late {
  readonly _tag: "Late"
  readonly trade: Trade
}

/**
 * An element of a stream of candles made of trades.
 *
 * @since 0.1.0
 * @category models
 */
export type CandleEvent = CandleBuilt | NoTrades | Late | Interrupted

/**
 * Options of `candles`.
 *
 * - `interval`: the duration of each candle
 * - `origin`: the opening time of any one candle, ms; default 0, which matches the venue's candles up to `1D`
 * - `fill`: whether intervals without a trade are filled with candles at the last price and without volume, in place of
 *   `NoTrades`; at most 10,000 in a row, a longer series is emitted as `NoTrades`
 *
 * @since 0.1.0
 * @category models
 */
export interface CandleOptions {
  readonly interval: Duration.DurationInput
  readonly origin?: number | undefined
  readonly fill?: boolean | undefined
}

/** maximum number of filled candles in a row */
const fillLimit = 10_000

/** a candle that is being built */
class Building {
  readonly mts: number
  isComplete: boolean
  readonly #volume = new Exact.Sum()
  #first: Trade
  #last: Trade
  #high: number
  #low: number

  constructor(mts: number, trade: Trade, isComplete: boolean) {
    this.mts = mts
    this.isComplete = isComplete
    this.#first = this.#last = trade
    this.#high = this.#low = priceOf(trade)
    this.#volume.add(Math.abs(trade.amount))
  }

  add(trade: Trade): void {
    if (isBefore(trade, this.#first)) this.#first = trade
    if (!isBefore(trade, this.#last)) this.#last = trade
    const price = priceOf(trade)
    if (price > this.#high) this.#high = price
    if (price < this.#low) this.#low = price
    this.#volume.add(Math.abs(trade.amount))
  }

  get close(): number {
    return priceOf(this.#last)
  }

  built(isClosed: boolean): CandleBuilt {
    const candle: Candle = {
      mts: this.mts,
      open: priceOf(this.#first),
      close: this.close,
      high: this.#high,
      low: this.#low,
      volume: this.#volume.value
    }
    return { _tag: "CandleBuilt", candle, isClosed, isComplete: this.isComplete }
  }
}

const priceOf = (trade: Trade): number => "price" in trade ? trade.price : trade.rate

const isBefore = (a: Trade, b: Trade): boolean => a.mts < b.mts || (a.mts === b.mts && a.id < b.id)

/** one run of `candles` */
class Builder {
  readonly #interval: number
  readonly #origin: number
  readonly #fills: boolean
  #running: Building | undefined
  /** the previous candle, for late trades */
  #before: Building | undefined
  /** trades may be missing since the last trade */
  #hasGap = true

  constructor(interval: number, origin: number, fills: boolean) {
    this.#interval = interval
    this.#origin = origin
    this.#fills = fills
  }

  handle(event: TradeEvent<Trade>, out: Array<CandleEvent>): void {
    switch (event._tag) {
      case "Traded":
        return this.#add(event.trade, out)
      case "Gap":
        this.#hasGap = true
        if (this.#running !== undefined) this.#running.isComplete = false
        return
      case "Interrupted":
        out.push(event)
    }
  }

  #add(trade: Trade, out: Array<CandleEvent>): void {
    const mts = Math.floor((trade.mts - this.#origin) / this.#interval) * this.#interval + this.#origin
    const running = this.#running
    if (running !== undefined && mts < running.mts) return this.#straggle(trade, mts, out)
    if (running !== undefined && mts === running.mts) {
      running.add(trade)
      this.#hasGap = false
      out.push(running.built(false))
      return
    }
    if (running !== undefined) {
      out.push(running.built(true))
      this.#silence(running, mts, out)
    }
    this.#before = running
    this.#running = new Building(mts, trade, !this.#hasGap)
    this.#hasGap = false
    out.push(this.#running.built(false))
  }

  /** a trade of a closed candle */
  #straggle(trade: Trade, mts: number, out: Array<CandleEvent>): void {
    if (this.#before?.mts !== mts) {
      out.push({ _tag: "Late", trade })
      return
    }
    this.#before.add(trade)
    out.push(this.#before.built(true))
  }

  #silence({ close, mts }: Building, next: number, out: Array<CandleEvent>): void {
    const from = mts + this.#interval
    const candles = Math.round((next - from) / this.#interval)
    if (candles === 0) return
    const isComplete = !this.#hasGap
    if (!this.#fills || candles > fillLimit) {
      out.push({ _tag: "NoTrades", from, to: next, candles, isComplete })
      return
    }
    for (let k = 0; k < candles; k++) {
      const candle: Candle = {
        mts: from + k * this.#interval,
        open: close,
        close,
        high: close,
        low: close,
        volume: 0
      }
      out.push({ _tag: "CandleBuilt", candle, isClosed: true, isComplete })
    }
  }
}

/**
 * Candles of any interval, computed as the venue does. A candle is emitted with each trade; intervals without a trade, gaps
 * and interruptions are reported as well.
 *
 * A candle is closed when a trade of a later candle arrives: elapsed time proves nothing while trades are in transit.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Trades from "effect-bitfinex/Trades"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = MarketData.trades("tBTCUSD").pipe(
 *   Trades.dedupe(),
 *   Trades.candles({ interval: "10 seconds" }),
 *   Stream.filter((event) => event._tag === "CandleBuilt" && event.isClosed),
 *   Stream.runForEach((event) => Effect.log(event))
 * )
 */
export const candles =
  (options: CandleOptions) =>
  <E, R>(stream: Stream.Stream<TradeEvent<Trade>, E, R>): Stream.Stream<CandleEvent, E | InvalidInput, R> =>
    Stream.unwrap(Effect.gen(function*() {
      const refuse = (field: string, value: unknown, reason: string) =>
        new InvalidInput({ operation: "Trades.candles", field, value, reason })
      if (typeof options !== "object" || options === null) {
        return yield* refuse("options", options, "give them as one object")
      }
      const { fill = false, interval, origin = 0 } = options
      const millis = Option.map(Duration.decodeUnknown(interval), Duration.toMillis)
      if (Option.isNone(millis) || !Number.isSafeInteger(millis.value) || millis.value < 1) {
        return yield* refuse("interval", interval, "give a duration of whole milliseconds, such as 10 seconds")
      }
      if (!Number.isSafeInteger(origin)) return yield* refuse("origin", origin, "give a time in whole milliseconds")
      if (typeof fill !== "boolean") return yield* refuse("fill", fill, "give true or false")
      const builder = new Builder(millis.value, origin, fill)
      return Pulls.mapArrays(stream, (events) => {
        const out: Array<CandleEvent> = []
        for (const event of events) builder.handle(event, out)
        return out
      })
    }))
