/**
 * The market side of the fake exchange as the rest of it sees it: one state, advanced by time and a seed, from which
 * all public channels and endpoints are answered.
 *
 * Everything here is synchronous and free of Effect: who holds the market decides what time it is.
 *
 * @internal
 */

import type { Bar, Periods } from "./candles.ts"
import type { Book, Fill } from "./matching.ts"
import type { Precision, Range, Row } from "./rows.ts"

export interface MarketOptions {
  readonly seed: number
  /** market time of the first step, ms since the epoch */
  readonly start: number
  /** how often simulated traders act, ms */
  readonly step: number
  readonly tradingSymbols: ReadonlyArray<string>
  readonly fundingSymbols: ReadonlyArray<string>
  /** ms of history that exists before `start`, so that histories and candles have something to show */
  readonly history: number
}

/** What one step changed. Listeners are called once a step, after the state is whole again. */
export interface Step {
  readonly mts: number
  /** public trades of this step, oldest first; `row` is PublicTrade or PublicFundingTrade */
  readonly trades: ReadonlyArray<{ readonly symbol: string; readonly row: Row }>
  /** symbols whose book changed */
  readonly books: ReadonlySet<string>
  /** symbols whose ticker changed */
  readonly tickers: ReadonlySet<string>
  /** symbols whose derivatives status changed */
  readonly statuses: ReadonlySet<string>
  /** Liquidation rows */
  readonly liquidations: ReadonlyArray<Row>
}

export interface Market {
  readonly options: MarketOptions
  readonly now: () => number
  /** lets the traders act in whole steps up to `to` */
  readonly advance: (to: number) => void
  /** answers a function that removes the listener */
  readonly onStep: (listener: (step: Step) => void) => () => void
  readonly has: (symbol: string) => boolean

  /** TradingTicker or FundingTicker row */
  readonly ticker: (symbol: string) => Row
  /** PublicTrade or PublicFundingTrade rows */
  readonly trades: (symbol: string, range: Range) => ReadonlyArray<Row>
  /** book rows of the best `len` a side, best first, of the layout that symbol and precision select */
  readonly book: (
    symbol: string,
    precision: Precision,
    len: number
  ) => { readonly bids: ReadonlyArray<Row>; readonly asks: ReadonlyArray<Row> }
  /** Candle rows; `key` is what stands behind `trade:`, such as `1m:tBTCUSD` or `1h:fUSD:a30:p2:p30` */
  readonly candles: (key: string, range: Range) => ReadonlyArray<Row>
  /** whether `key` names candles that exist here */
  readonly hasCandles: (key: string) => boolean
  /** DerivativesStatus row; undefined when the symbol is no derivative */
  readonly derivativesStatus: (symbol: string) => Row | undefined

  /** all symbols, in the order of the options */
  readonly symbols: ReadonlyArray<string>
  /** the matching engine of a symbol: who submits here trades with the simulated traders, see `publish` */
  readonly engine: (symbol: string) => Book | undefined
  /** ids of orders that do not come to a book at once, and of what else users have */
  readonly nextOrderId: () => number
  /** every match at once, with the orders and owners behind it; answers a function that removes the listener */
  readonly onFill: (listener: (fill: Fill) => void) => () => void
  /** tells the listeners of `onStep` now what has changed since the last step, as after an order of a user */
  readonly publish: () => void

  /** the row of the list of tickers, which has the symbol in front */
  readonly tickerEntry: (symbol: string) => Row
  /** TickerHistoryEntry rows of a trading symbol, one an hour */
  readonly tickerHistory: (symbol: string, range: Range) => ReadonlyArray<Row>
  /** FundingStat rows but for the amounts, one an hour: flash return rate and average period */
  readonly fundingHistory: (symbol: string, range: Range) => ReadonlyArray<FundingPoint>
  /** candles before they are rows */
  readonly bars: (symbol: string, timeframe: string, periods: Periods, range: Range) => ReadonlyArray<Bar>
  /** DerivativesStatusEntry row, which has the symbol in front; undefined when the symbol is no derivative */
  readonly derivativesStatusEntry: (symbol: string) => Row | undefined
  /** DerivativesStatus rows, one a minute; undefined when the symbol is no derivative */
  readonly derivativesStatusHistory: (symbol: string, range: Range) => ReadonlyArray<Row> | undefined
  /** Liquidation rows */
  readonly liquidations: (range: Range) => ReadonlyArray<Row>
}

export interface FundingPoint {
  readonly mts: number
  /** fraction per day */
  readonly frr: number
  /** days */
  readonly averagePeriod: number
}
