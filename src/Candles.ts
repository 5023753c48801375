/**
 * Operators for histories of candles.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { InvalidInput, timeOf } from "./BitfinexError.ts"
import * as Pulls from "./internal/stream/pulls.ts"
import type { Candle } from "./protocol/records/Candle.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** lengths in milliseconds; months have no fixed length */
const lengths = {
  "1m": minute,
  "5m": 5 * minute,
  "15m": 15 * minute,
  "30m": 30 * minute,
  "1h": hour,
  "3h": 3 * hour,
  "6h": 6 * hour,
  "12h": 12 * hour,
  "1D": day,
  "7D": 7 * day,
  "1W": 7 * day,
  "14D": 14 * day
} as const

/**
 * The length of a candle, as the venue names it. A month (`1M`) is a month of the calendar in UTC.
 *
 * @since 0.1.0
 * @category models
 */
export type Timeframe = keyof typeof lengths | "1M"

/**
 * A candle of the venue, or one that `fill` inserted.
 *
 * @since 0.1.0
 * @category models
 */
export interface FilledCandle extends Candle {
  /** whether the venue has no candle here: the prices are the close before it, and the volume is 0 */
  readonly isFilled: boolean
}

/**
 * Options of `fill`.
 *
 * - `timeframe`: that of the request
 * - `limit`: how many candles in succession may be inserted; default 10,000, at most 1,000,000
 *
 * @since 0.1.0
 * @category models
 */
export interface FillOptions {
  readonly timeframe: Timeframe
  readonly limit?: number
}

/** Where candles begin, counted from any of them. */
interface Steps {
  /** how many steps lead from one time to another; not whole where they do not belong to one series */
  readonly between: (from: number, to: number) => number
  /** the time that is some steps away */
  readonly from: (mts: number, steps: number) => number
}

const fixed = (length: number): Steps => ({
  between: (from, to) => (to - from) / length,
  from: (mts, steps) => mts + steps * length
})

const monthOf = (mts: number): number => {
  const date = new Date(mts)
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) === mts ? month : Number.NaN
}

const months: Steps = {
  between: (from, to) => monthOf(to) - monthOf(from),
  from: (mts, steps) => {
    const date = new Date(mts)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps)
  }
}

const stepsOf = (timeframe: Timeframe): Steps => timeframe === "1M" ? months : fixed(lengths[timeframe])

const given = (candle: Candle): FilledCandle => ({ ...candle, isFilled: false })

const flat = (mts: number, close: number): FilledCandle => ({
  mts,
  open: close,
  close,
  high: close,
  low: close,
  volume: 0,
  isFilled: true
})

const refuse = (field: string, value: unknown, reason: string) =>
  new InvalidInput({ operation: "Candles.fill", field, value, reason })

const invalid = (options: FillOptions): InvalidInput | undefined => {
  if (typeof options !== "object" || options === null) {
    return refuse("options", options, "give them as one object")
  }
  const { limit = 1, timeframe } = options
  if (timeframe !== "1M" && !Object.hasOwn(lengths, timeframe)) {
    return refuse("timeframe", timeframe, `give that of the request: ${Object.keys(lengths).join(", ")} or 1M`)
  }
  return Number.isSafeInteger(limit) && limit >= 1 && limit <= 1_000_000
    ? undefined
    : refuse("limit", limit, "give a whole number from 1 to 1000000")
}

/** Fills between each candle and the next, in the order in which they come. */
const filler = ({ limit = 10_000, timeframe }: FillOptions) => {
  const steps = stepsOf(timeframe)
  let last: Candle | undefined
  /** 1 oldest first, -1 newest first, 0 before the second candle */
  let order = 0

  /** the candles between two others, or why nothing can be said about them */
  const missing = (before: Candle, next: Candle): number | InvalidInput => {
    const between = steps.between(before.mts, next.mts)
    const where = `between ${timeOf(before.mts)} and ${timeOf(next.mts)}`
    if (!Number.isInteger(between)) {
      return refuse("timeframe", timeframe, `${where} is not a whole number of such candles; give that of the request`)
    }
    if (between === 0 || Math.sign(between) === -order) {
      return refuse("mts", next.mts, "each candle must come once, and all oldest first or all newest first")
    }
    return Math.abs(between) - 1 <= limit ? between : refuse(
      "limit",
      limit,
      `${where} ${Math.abs(between) - 1} candles are missing; give a higher limit, or request the two parts alone`
    )
  }

  return (candles: Iterable<Candle>): Effect.Effect<ReadonlyArray<FilledCandle>, InvalidInput> => {
    const out: Array<FilledCandle> = []
    for (const candle of candles) {
      const between = last === undefined ? 0 : missing(last, candle)
      if (typeof between !== "number") return Effect.fail(between)
      if (last !== undefined) {
        order = Math.sign(between)
        // newest first, the candle before the gap in time is the one that comes behind it
        const { close } = order === 1 ? last : candle
        for (let k = 1; k < Math.abs(between); k++) out.push(flat(steps.from(last.mts, k * order), close))
      }
      out.push(given(candle))
      last = candle
    }
    return Effect.succeed(out)
  }
}

/**
 * Inserts a candle for each step without one: its prices are the close of the candle before it in time, its volume is
 * 0, and `isFilled` is true. The candles of the stream are delivered with `isFilled: false` and are otherwise
 * unchanged. It fills between candles, in either order, and never before the first or behind the last.
 *
 * It is meant for `candlesStream` and other lists of candles of one symbol and one time frame. A candle whose row could
 * not be decoded is missing as well, and would be filled: to rule that out, let `onUnread` of the history fail. The
 * candles of a socket repeat the running one; `Trades.candles` has its own `fill`.
 *
 * Fails with `InvalidInput` if a candle comes twice or out of order, if the time between two candles is not a whole
 * number of steps, or if more than `limit` candles in succession are missing.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Candles from "effect-bitfinex/Candles"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const month = Effect.gen(function*() {
 *   const rest = yield* RestClient.RestClient
 *   const start = Date.UTC(2024, 0, 1)
 *   const end = Date.UTC(2024, 1, 1) - 1
 *   return yield* rest.candlesStream({ symbol: "tBTCUSD", timeframe: "1m", start, end }).pipe(
 *     Candles.fill({ timeframe: "1m" }),
 *     Stream.runCollect
 *   )
 * })
 */
export const fill =
  (options: FillOptions) =>
  <E, R>(stream: Stream.Stream<Candle, E, R>): Stream.Stream<FilledCandle, E | InvalidInput, R> =>
    Stream.suspend((): Stream.Stream<FilledCandle, E | InvalidInput, R> => {
      const refused = invalid(options)
      return refused === undefined ? Pulls.mapArraysEffect(stream, filler(options)) : Stream.fail(refused)
    })
