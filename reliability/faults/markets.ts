import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as ChannelEvents from "../../src/ChannelEvent.ts"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import type * as MarketData from "../../src/MarketData.ts"
import type * as Layout from "../../src/protocol/Layout.ts"
import * as Records from "../../src/Records.ts"
import type { MarketView } from "../../src/testing/FakeExchange.ts"
import type { Seen, Watched } from "./model.ts"

/** A channel that a run may subscribe. */
export interface Wanted {
  /** the exchange's name of the channel */
  readonly name: string
  readonly layout: Layout.Layout<any>
  readonly kind: Watched["kind"]
  readonly open: (
    market: MarketData.Service,
    buffer?: BufferPolicy.BufferPolicy
  ) => Stream.Stream<ChannelEvent<any>, unknown>
  /** the difference between the elements so far and the exchange's state; undefined when there is none */
  readonly difference: (events: ReadonlyArray<Seen<ChannelEvent<any>>>, market: MarketView) => string | undefined
}

type Row = ReadonlyArray<unknown>

type Cells = ReadonlyArray<readonly [name: string, at: number]>

const cells = new Map<Layout.Layout<any>, Cells>()

const cellsOfLayout = (layout: Layout.Layout<any>): Cells => {
  const known = cells.get(layout)
  if (known !== undefined) return known
  const made = Object.entries(layout.fields).map(([name, [at]]) => [name, at as number] as const)
  cells.set(layout, made)
  return made
}

/** whether a record equals the row decoded by its layout */
export const isRead = (layout: Layout.Layout<any>, record: any, row: unknown): boolean => {
  if (!Array.isArray(row)) return false
  for (const [name, at] of cellsOfLayout(layout)) {
    const cell = row[at] ?? null
    const value = record[name]
    if (value === cell || typeof value === "boolean") continue
    if (JSON.stringify(value) !== JSON.stringify(cell)) return false
  }
  return true
}

/** all rows from the last snapshot on, in order of arrival */
const rowsOf = (events: ReadonlyArray<Seen<ChannelEvent<any>>>): ReadonlyArray<any> => {
  const from = events.findLastIndex(({ value }) => value._tag === "Snapshot")
  return events.slice(Math.max(0, from)).flatMap(({ value }) => ChannelEvents.hasRows(value) ? value.rows : [])
}

const lastRow =
  (layout: Layout.Layout<any>, truth: (market: MarketView) => Row): Wanted["difference"] => (events, market) => {
    const row = rowsOf(events).at(-1)
    const real = truth(market)
    return row !== undefined && isRead(layout, row, real)
      ? undefined
      : `the last row is ${JSON.stringify(row)}, that of the exchange ${JSON.stringify(real)}`
  }

const newest = (
  layout: Layout.Layout<any>,
  key: string,
  truth: (market: MarketView) => Row | undefined
): Wanted["difference"] =>
(events, market) => {
  let found: any
  for (const row of rowsOf(events)) if (found === undefined || row[key] >= found[key]) found = row
  const real = truth(market)
  if (real === undefined && found === undefined) return undefined
  return found !== undefined && isRead(layout, found, real)
    ? undefined
    : `the newest row is ${JSON.stringify(found)}, that of the exchange ${JSON.stringify(real)}`
}

type Precision = "P0" | "P1" | "P2" | "P3" | "P4" | "R0"

/** a book in the simplest possible implementation */
const keptBook = (
  layout: Layout.Layout<any>,
  symbol: string,
  prec: Precision,
  len: number
): Wanted["difference"] =>
(events, market) => {
  const isRaw = prec === "R0"
  const isFunding = symbol.startsWith("f")
  const levels = new Map<string, string>()
  const names = Object.keys(layout.fields)
  for (const row of rowsOf(events)) {
    const key = isRaw
      ? String(isFunding ? row.offerId : row.orderId)
      : isFunding
      ? `${row.rate}:${row.period}`
      : `${row.price}`
    const [here, there] = row.amount < 0 ? [`${key}:-`, `${key}:+`] : [`${key}:+`, `${key}:-`]
    const isGone = isRaw ? (isFunding ? row.rate : row.price) === 0 : row.count === 0
    if (isGone && isFunding && levels.has(here) && levels.has(there)) return undefined // ambiguous: either may be meant
    // the manual documents the sign of a deletion for trading books only; an order has no other side
    if (isGone || isRaw) levels.delete(here)
    if ((isGone && isFunding) || isRaw) levels.delete(there)
    if (!isGone) levels.set(here, JSON.stringify(names.map((name) => row[name])))
  }
  const { asks, bids } = market.book(symbol, prec, len)
  const real = [...bids, ...asks].map((row) => JSON.stringify(row)).sort()
  const ours = [...levels.values()].sort()
  return JSON.stringify(real) === JSON.stringify(ours)
    ? undefined
    : `a book of ${ours.length} rows, that of the exchange has ${real.length}; first other row ${
      ours.find((row) => !real.includes(row)) ?? real.find((row) => !ours.includes(row))
    }`
}

const ticker = (symbol: "tBTCUSD" | "tBTCF0:USTF0" | "fUSD"): Wanted => {
  const layout = symbol.startsWith("f") ? Records.FundingTicker : Records.TradingTicker
  return {
    name: `ticker:${symbol}`,
    layout,
    kind: "latest",
    open: (market, buffer) => market.ticker({ symbol }, { buffer }),
    difference: lastRow(layout, (market) => market.ticker(symbol))
  }
}

const trades = (symbol: "tBTCUSD" | "tBTCF0:USTF0" | "fUSD"): Wanted => {
  const layout = symbol.startsWith("f") ? Records.PublicFundingTrade : Records.PublicTrade
  return {
    name: `trades:${symbol}`,
    layout,
    kind: "list",
    open: (market, buffer) => market.trades({ symbol }, { buffer }),
    difference: newest(layout, "id", (market) => market.trades(symbol, { limit: 1 })[0])
  }
}

const book = (
  symbol: "tBTCUSD" | "fUSD",
  prec: "P0" | "P2",
  len: 25
): Wanted => {
  const layout = symbol.startsWith("f") ? Records.FundingBookEntry : Records.BookEntry
  return {
    name: `book:${symbol}:${prec}:F0:${len}`,
    layout,
    kind: "list",
    open: (market, buffer) => market.book({ symbol, prec, len }, { buffer }),
    difference: keptBook(layout, symbol, prec, len)
  }
}

const rawBook = (symbol: "tBTCF0:USTF0" | "fUSD", len: 25 | 100): Wanted => {
  const layout = symbol.startsWith("f") ? Records.RawFundingBookEntry : Records.RawBookEntry
  return {
    name: `book:${symbol}:R0:F0:${len}`,
    layout,
    kind: "list",
    open: (market, buffer) => market.rawBook({ symbol, len }, { buffer }),
    difference: keptBook(layout, symbol, "R0", len)
  }
}

type Timeframe = "1m" | "5m" | "15m" | "30m" | "1h" | "3h" | "6h" | "12h" | "1D" | "7D" | "14D" | "1M"

const candles = (symbol: "tBTCUSD" | "tBTCF0:USTF0", ...timeframes: ReadonlyArray<Timeframe>) =>
  timeframes.map((timeframe): Wanted => ({
    name: `candles:trade:${timeframe}:${symbol}`,
    layout: Records.Candle,
    kind: "list",
    open: (market, buffer) => market.candles({ timeframe, symbol }, { buffer }),
    difference: newest(Records.Candle, "mts", (market) => market.candles(`${timeframe}:${symbol}`, { limit: 1 })[0])
  }))

const same = () => undefined

export const symbols = ["tBTCUSD", "tBTCF0:USTF0", "fUSD"] as const

/** thirty channels, more than one socket takes */
export const channels: ReadonlyArray<Wanted> = [
  ...symbols.map(ticker),
  ...symbols.map(trades),
  book("tBTCUSD", "P0", 25),
  book("tBTCUSD", "P2", 25),
  book("fUSD", "P0", 25),
  rawBook("tBTCF0:USTF0", 25),
  ...candles("tBTCUSD", "1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "7D", "14D", "1M"),
  ...candles("tBTCF0:USTF0", "1m", "5m", "15m", "1h", "1D", "1M"),
  {
    name: "status:deriv:tBTCF0:USTF0",
    layout: Records.DerivativesStatus,
    kind: "latest",
    open: (market, buffer) => market.status({ key: "deriv:tBTCF0:USTF0" }, { buffer }),
    difference: same
  },
  {
    name: "status:liq:global",
    layout: Records.Liquidation,
    kind: "events",
    open: (market, buffer) => market.status({ key: "liq:global" }, { buffer }),
    difference: same
  }
]

export interface WantedBook {
  readonly name: string
  readonly symbol: "tBTCUSD" | "fUSD"
  readonly prec: Precision
  readonly len: 1 | 25 | 100 | 250
}

export const books: ReadonlyArray<WantedBook> = ([
  ["tBTCUSD", "P0", 25],
  ["tBTCUSD", "R0", 25],
  ["tBTCUSD", "P1", 100],
  ["fUSD", "P0", 25]
] as const).map(([symbol, prec, len]) => ({ name: `book:${symbol}:${prec}:F0:${len}`, symbol, prec, len }))

/** a book of the exchange as one text */
export const cellsOf = (
  { prec, symbol }: WantedBook,
  book: { readonly bids: ReadonlyArray<any>; readonly asks: ReadonlyArray<any> },
  best = Number.POSITIVE_INFINITY
): string => {
  const isFunding = symbol.startsWith("f")
  const cells = (row: any) =>
    prec === "R0"
      ? isFunding ? [row.offerId, row.period, row.rate, row.amount] : [row.orderId, row.price, row.amount]
      : isFunding
      ? [row.rate, row.period, row.count, row.amount]
      : [row.price, row.count, row.amount]
  return JSON.stringify([book.bids.slice(0, best).map(cells), book.asks.slice(0, best).map(cells)])
}

export const truthOf = (
  { len, prec, symbol }: WantedBook,
  market: MarketView,
  best = Number.POSITIVE_INFINITY
): string => {
  const { asks, bids } = market.book(symbol, prec, len)
  return JSON.stringify([bids.slice(0, best), asks.slice(0, best)])
}

/** resumes a consumer at the given time */
export const until = (passed: () => number, at: number): Effect.Effect<void> =>
  Effect.suspend(() => passed() < at ? Effect.sleep(at - passed()) : Effect.void)
