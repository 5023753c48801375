/**
 * The histories that requests select: the market's own, and the past before it.
 *
 * @internal
 */
import { TickerHistoryEntry } from "../../../protocol/records/Ticker.ts"
import type { Bar } from "./candles.ts"
import * as Candles from "./candles.ts"
import type { Market } from "./model.ts"
import { type Range, type Row, rowOf } from "./rows.ts"
import * as TradeLog from "./tradeLog.ts"

const hour = 3_600_000

/** rows of the past and of the market, in the order of the range and up to its limit; the past is asked only if needed */
const both = <A>(
  range: Range,
  own: (range: Range) => ReadonlyArray<A>,
  past: (range: Range) => ReadonlyArray<A>,
  join: (found: ReadonlyArray<A>, more: ReadonlyArray<A>) => ReadonlyArray<A>
): ReadonlyArray<A> => {
  const limit = range.limit ?? Infinity
  const [first, second] = range.sort === 1 ? [past, own] : [own, past]
  const found = first(range)
  // one more than is missing, because the last one of the first may continue in the second
  const missing = limit === Infinity ? undefined : limit - found.length + 1
  const rows = join(found, second({ ...range, limit: missing }))
  return rows.slice(0, range.limit)
}

const concat = <A>(found: ReadonlyArray<A>, more: ReadonlyArray<A>): ReadonlyArray<A> => [...found, ...more]

/** the bar in which the past ends has trades of both */
const joinBars = (found: ReadonlyArray<Bar>, [next, ...more]: ReadonlyArray<Bar>): ReadonlyArray<Bar> => {
  const last = found.at(-1)
  if (next === undefined) return found
  return last?.mts === next.mts
    ? [...found.slice(0, -1), Candles.join(last, next), ...more]
    : [...found, next, ...more]
}

/** PublicTrade or PublicFundingTrade rows */
export const trades = (market: Market, symbol: string, range: Range): ReadonlyArray<Row> => {
  const rowOf = TradeLog.rowOf(symbol.startsWith("f"))
  return both(
    range,
    (each) => market.trades(symbol, each),
    (each) => market.past.trades(symbol, each).map(rowOf),
    concat
  )
}

/** bars of a key without `trade:` that the market has */
export const candles = (market: Market, { periods, symbol, timeframe }: Candles.Key, range: Range) =>
  both(
    range,
    (each) => market.bars(symbol, timeframe, periods, each),
    (each) => market.past.bars(symbol, timeframe, periods, each),
    joinBars
  ).map(Candles.row)

/** TickerHistoryEntry rows, one per hour */
export const tickers = (market: Market, symbol: string, range: Range): ReadonlyArray<Row> =>
  both(
    range,
    (each) => market.tickerHistory(symbol, each),
    (each) => {
      const limit = each.limit ?? Infinity
      const { first, last } = market.past
      const from = Math.ceil(Math.max(first, each.start ?? first) / hour)
      const to = Math.floor(Math.min(last, each.end ?? last) / hour)
      return Array.from({ length: Math.max(0, Math.min(limit, to - from + 1)) }, (_, i) => {
        const mts = (each.sort === 1 ? from + i : to - i) * hour
        const [bid, ask] = market.past.quote(symbol, mts)
        return rowOf(TickerHistoryEntry, { symbol, mts, bid, ask })
      })
    },
    concat
  )
