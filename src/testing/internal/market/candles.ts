/**
 * Candles of one symbol, built trade by trade. Funding has one series per period; a request joins the series that its
 * key covers.
 *
 * @internal
 */
import { Candle } from "../../../protocol/records/Candle.ts"
import * as Columns from "./columns.ts"
import * as Prices from "./prices.ts"
import { type Range, type Row, rowOf } from "./rows.ts"
import { day, type Trade } from "./tradeLog.ts"

const minute = 60_000
const hour = 60 * minute

/** 1970-01-05, a Monday */
const monday = 4 * day

export interface Frame {
  /** start of the candle that contains a time */
  readonly floor: (mts: number) => number
  /** length of its shortest candle, ms */
  readonly least: number
}

const every = (length: number, origin = 0): Frame => ({
  floor: (mts) => Math.floor((mts - origin) / length) * length + origin,
  least: length
})

const month: Frame = {
  floor: (mts) => {
    const date = new Date(mts)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
  },
  least: 28 * day
}

/**
 * Start times of candles, UTC. The venue does not document the first day of its weeks; here it is Monday, and two
 * weeks count from the first Monday of 1970. 7D and 1W are the same frame: the manual's pages use both names.
 */
export const frames: { readonly [timeframe: string]: Frame } = {
  "1m": every(minute),
  "5m": every(5 * minute),
  "15m": every(15 * minute),
  "30m": every(30 * minute),
  "1h": every(hour),
  "3h": every(3 * hour),
  "6h": every(6 * hour),
  "12h": every(12 * hour),
  "1D": every(day),
  "1W": every(7 * day, monday),
  "14D": every(14 * day, monday),
  "1M": month
}

export interface Bar {
  readonly mts: number
  readonly open: number
  readonly close: number
  readonly high: number
  readonly low: number
  /** lots */
  readonly volume: number
  /** lots times price, in the quote currency's lots */
  readonly turnover: number
  /** ids of its first and its last trade */
  readonly firstId: number
  readonly lastId: number
}

const at = { mts: 0, open: 1, close: 2, high: 3, low: 4, volume: 5, turnover: 6, firstId: 7, lastId: 8 } as const

export interface Candles {
  readonly add: (trade: Trade) => void
  /** bars of a timeframe; for funding, the joined bars of the periods `from` to `to` */
  readonly bars: (timeframe: string, periods: Periods, range: Range) => ReadonlyArray<Bar>
}

export interface Periods {
  readonly from: number
  readonly to: number
}

export const trading: Periods = { from: 0, to: 0 }

/** candles kept per timeframe: 11 days of minutes; fewer for funding, which has one series per period */
const kept = { trading: 2 ** 14, funding: 2 ** 12 } as const

interface Series {
  readonly frame: Frame
  readonly columns: Columns.Columns
  begins: number
}

const addTo = (series: Series, trade: Trade): void => {
  const { columns } = series
  const { frame } = series
  const begins = trade.mts - series.begins < frame.least ? series.begins : frame.floor(trade.mts)
  const lots = Math.abs(trade.lots)
  const { id, price } = trade
  if (begins !== series.begins) {
    series.begins = begins
    columns.add(begins, price, price, price, price, lots, lots * price, id, id)
    return
  }
  const row = columns.next() - 1
  columns.set(row, at.close, price)
  if (price > columns.get(row, at.high)) columns.set(row, at.high, price)
  if (price < columns.get(row, at.low)) columns.set(row, at.low, price)
  columns.set(row, at.volume, columns.get(row, at.volume) + lots)
  columns.set(row, at.turnover, columns.get(row, at.turnover) + lots * price)
  columns.set(row, at.lastId, id)
}

const bar = (columns: Columns.Columns, row: number): Bar => ({
  mts: columns.get(row, at.mts),
  open: columns.get(row, at.open),
  close: columns.get(row, at.close),
  high: columns.get(row, at.high),
  low: columns.get(row, at.low),
  volume: columns.get(row, at.volume),
  turnover: columns.get(row, at.turnover),
  firstId: columns.get(row, at.firstId),
  lastId: columns.get(row, at.lastId)
})

/** the bar of one trade */
export const barOf = ({ id, lots, price }: Trade, mts: number): Bar => {
  const volume = Math.abs(lots)
  return {
    mts,
    open: price,
    close: price,
    high: price,
    low: price,
    volume,
    turnover: volume * price,
    firstId: id,
    lastId: id
  }
}

/** one bar of the trades of both */
export const join = (a: Bar, b: Bar): Bar => ({
  mts: a.mts,
  open: a.firstId < b.firstId ? a.open : b.open,
  close: a.lastId > b.lastId ? a.close : b.close,
  high: Math.max(a.high, b.high),
  low: Math.min(a.low, b.low),
  volume: a.volume + b.volume,
  turnover: a.turnover + b.turnover,
  firstId: Math.min(a.firstId, b.firstId),
  lastId: Math.max(a.lastId, b.lastId)
})

/** joins the bars of several series that begin together, in the order of the range */
const merge = (all: ReadonlyArray<Columns.Columns>, range: Range): ReadonlyArray<Bar> => {
  const forward = range.sort === 1
  const limit = range.limit ?? Number.POSITIVE_INFINITY
  const cursors = all.map((columns) => {
    const from = range.start === undefined ? columns.first() : columns.since(range.start)
    // candles begin at whole milliseconds
    const to = range.end === undefined ? columns.next() : columns.since(Math.floor(range.end) + 1)
    return { columns, row: forward ? from : to - 1, last: forward ? to : from - 1 }
  })
  const bars: Array<Bar> = []
  while (bars.length < limit) {
    const heads = cursors.filter((cursor) => forward ? cursor.row < cursor.last : cursor.row > cursor.last)
    if (heads.length === 0) break
    const times = heads.map((cursor) => cursor.columns.get(cursor.row, at.mts))
    const mts = forward ? Math.min(...times) : Math.max(...times)
    let joined: Bar | undefined
    for (const [index, cursor] of heads.entries()) {
      if (times[index] !== mts) continue
      const next = bar(cursor.columns, cursor.row)
      joined = joined === undefined ? next : join(joined, next)
      cursor.row += forward ? 1 : -1
    }
    bars.push(joined!) // one of the heads has that time
  }
  return bars
}

export const make = (funding: boolean): Candles => {
  const byPeriod = new Map<number, ReadonlyMap<string, Series>>()

  const seriesOf = (period: number): ReadonlyMap<string, Series> => {
    const found = byPeriod.get(period)
    if (found !== undefined) return found
    const made = new Map(
      Object.entries(frames).map(([timeframe, frame]) => [
        timeframe,
        { frame, columns: Columns.make(9, funding ? kept.funding : kept.trading), begins: Number.NaN }
      ])
    )
    byPeriod.set(period, made)
    return made
  }

  return {
    add: (trade) => {
      for (const series of seriesOf(trade.period).values()) addTo(series, trade)
    },
    bars: (timeframe, periods, range) => {
      const all: Array<Columns.Columns> = []
      for (const [period, series] of byPeriod) {
        if (period >= periods.from && period <= periods.to) all.push(series.get(timeframe)!.columns)
      }
      const [only] = all
      return all.length === 1 ? Columns.within(only!, range, (row) => bar(only!, row)) : merge(all, range)
    }
  }
}

/** the row of a bar */
export const row = (bar: Bar): Row => rowOf(Candle, { ...bar, volume: Prices.amount(bar.volume) })

export interface Key {
  readonly timeframe: string
  readonly symbol: string
  readonly periods: Periods
}

/** the invalid part of a key */
export type Fault = "time_interval" | "symbol" | "key"

/**
 * Parses the part of a key after `trade:`. The manual shows the aggregations `a30:p2:p30` and `a10` with `p2:p10`,
 * `p11:p20` and `p21:p30`; other bounds are assumed to work alike.
 */
export const parse = (key: string): Key | Fault => {
  const colon = key.indexOf(":")
  const name = key.slice(0, colon)
  const timeframe = name === "7D" ? "1W" : name
  if (colon < 0 || !Object.hasOwn(frames, timeframe)) return "time_interval"
  const symbol = key.slice(colon + 1)
  if (symbol.startsWith("t")) return { timeframe, symbol, periods: trading }
  const funding = /^(f[^:]+):(?:p(\d+)|a(?:10|30):p(\d+):p(\d+))$/.exec(symbol)
  // a funding key without periods: the text of the venue's error is not known
  if (funding === null) return symbol.startsWith("f") ? "key" : "symbol"
  const [, currency = "", one, from, to] = funding
  const periods = { from: Number(one ?? from), to: Number(one ?? to) }
  const good = periods.from >= 2 && periods.from <= periods.to && periods.to <= 120
  return good ? { timeframe, symbol: currency, periods } : "key"
}
