/**
 * One symbol: its book, its trades and the values derived from both.
 *
 * @internal
 */
import {
  FundingTicker,
  FundingTickerEntry,
  TradingTicker,
  TradingTickerEntry
} from "../../../protocol/records/Ticker.ts"
import * as BookView from "./bookView.ts"
import * as Candles from "./candles.ts"
import * as Columns from "./columns.ts"
import * as Matching from "./matching.ts"
import type { FundingPoint } from "./model.ts"
import * as Prices from "./prices.ts"
import { type Range, type Row, rowOf } from "./rows.ts"
import * as TradeLog from "./tradeLog.ts"

const minute = 60_000
const hour = 60 * minute

export interface Instrument {
  readonly symbol: string
  readonly funding: boolean
  readonly book: Matching.Book
  readonly view: BookView.BookView
  readonly log: TradeLog.TradeLog
  readonly candles: Candles.Candles
  readonly add: (trade: TradeLog.Trade) => void
  readonly ticker: (now: number) => Row
  readonly entry: (now: number) => Row
  /** called once per step; returns whether the ticker changed since the last step */
  readonly step: (now: number) => boolean
  readonly history: (range: Range) => ReadonlyArray<FundingPoint>
}

interface Quote {
  readonly bid: number | null
  readonly bidPeriod: number | null
  readonly bidSize: number | null
  readonly ask: number | null
  readonly askPeriod: number | null
  readonly askSize: number | null
  readonly dailyChange: number | null
  readonly dailyChangeRelative: number | null
  readonly lastPrice: number | null
  readonly volume: number
  readonly high: number | null
  readonly low: number | null
  readonly frr: number | null
  readonly frrAmountAvailable: number | null
  readonly firstTrade: null
}

const same = (a: Quote, b: Quote): boolean =>
  // the cast: the keys of a value are keys of its type
  (Object.keys(a) as Array<keyof Quote>).every((key) => a[key] === b[key])

/** an instrument's parts and their latest figures */
interface State {
  readonly symbol: string
  readonly book: Matching.Book
  readonly view: BookView.BookView
  readonly log: TradeLog.TradeLog
  readonly candles: Candles.Candles
  /** mts, flash return rate, average period */
  readonly hours: Columns.Columns
  frr: number | null
  averagePeriod: number
  /** the minute of the last average, since the epoch */
  minutes: number
  /** the versions that `current` was made of */
  key: string
  current: Quote | undefined
  published: Quote | undefined
}

/** the flash return rate: average of the fixed rates of the last hour's trades, weighted by amount */
const average = (state: State, now: number): void => {
  let lots = 0
  let rates = 0
  let days = 0
  for (const trade of state.log.trades({ start: now - hour })) {
    const weight = Math.abs(trade.lots)
    lots += weight
    rates += weight * trade.price
    days += weight * trade.period
  }
  if (lots === 0) return
  state.frr = rates / lots
  state.averagePeriod = days / lots
}

const pass = (state: State, now: number): void => {
  if (!state.book.funding || Math.floor(now / minute) === state.minutes) return
  const isNewHour = Math.floor(now / hour) !== Math.floor(state.minutes * minute / hour)
  state.minutes = Math.floor(now / minute)
  average(state, now)
  if (isNewHour && state.frr !== null) {
    state.hours.add(Math.floor(now / hour) * hour, state.frr, state.averagePeriod)
  }
}

const quote = ({ book, frr, log, view }: State, now: number): Quote => {
  const { high, last, low, reference, volume } = log.day(now)
  const [bid, ask] = [view.best(1), view.best(-1)]
  const change = last === null || reference === null ? null : Prices.rounded(last - reference, 8)
  const askSize = ask === undefined ? null : view.depth(-1)
  return {
    bid: bid?.price ?? null,
    bidPeriod: bid?.period ?? null,
    bidSize: bid === undefined ? null : view.depth(1),
    ask: ask?.price ?? null,
    askPeriod: ask?.period ?? null,
    askSize,
    dailyChange: change,
    dailyChangeRelative: change === null || reference === null ? null : Prices.rounded(change / reference, 8),
    lastPrice: last,
    volume: Prices.amount(volume),
    high,
    low,
    frr,
    // the venue does not publish which share of the offers follows the flash return rate; here it is a fixed share
    frrAmountAvailable: book.funding && askSize !== null ? Prices.rounded(askSize * 0.4, 8) : null,
    firstTrade: null
  }
}

const fresh = (state: State, now: number): Quote => {
  const { book, log } = state
  log.day(now)
  const wanted = `${book.version()}/${log.version()}/${state.minutes}`
  if (state.current === undefined || state.key !== wanted) {
    state.current = quote(state, now)
    state.key = wanted
  }
  return state.current
}

/** returns whether the ticker changed since the last step */
const step = (state: State, now: number): boolean => {
  pass(state, now)
  const { published } = state
  const next = fresh(state, now)
  state.published = next
  return published === undefined || (published !== next && !same(published, next))
}

export const make = (symbol: string, venue: Matching.Venue): Instrument => {
  const book = Matching.make(symbol, venue)
  const { funding } = book
  const state: State = {
    symbol,
    book,
    view: BookView.make(book),
    log: TradeLog.make(funding),
    candles: Candles.make(funding),
    hours: Columns.make(3, 2 ** 13),
    frr: null,
    averagePeriod: 0,
    minutes: 0,
    key: "",
    current: undefined,
    published: undefined
  }
  const { candles, hours, log, view } = state
  return {
    symbol,
    funding,
    book,
    view,
    log,
    candles,
    add: (trade) => {
      log.add(trade)
      candles.add(trade)
    },
    ticker: (now) => funding ? rowOf(FundingTicker, fresh(state, now)) : rowOf(TradingTicker, fresh(state, now)),
    entry: (now) => {
      const record = { symbol, ...fresh(state, now) }
      return funding ? rowOf(FundingTickerEntry, record) : rowOf(TradingTickerEntry, record)
    },
    step: (now) => step(state, now),
    history: (range) =>
      Columns.within(hours, range, (row) => ({
        mts: hours.get(row, 0),
        frr: hours.get(row, 1),
        averagePeriod: hours.get(row, 2)
      }))
  }
}
