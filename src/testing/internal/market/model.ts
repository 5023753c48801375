/**
 * The market side of the fake exchange, as seen by its other modules: one state, advanced by time and a seed. All
 * public channels and endpoints are answered from it.
 *
 * All of it is synchronous and independent of Effect: the owner of the market sets the time.
 *
 * @internal
 */

import type { Bar, Periods } from "./candles.ts"
import type { Book, Fill } from "./matching.ts"
import type { Past } from "./past.ts"
import type { Precision, Range, Row } from "./rows.ts"

export interface MarketOptions {
  readonly seed: number
  /** market time of the first step, ms since the epoch */
  readonly start: number
  /** interval between actions of simulated traders, ms */
  readonly step: number
  readonly tradingSymbols: ReadonlyArray<string>
  readonly fundingSymbols: ReadonlyArray<string>
  /** ms of history before `start`, so that histories and candles are not empty */
  readonly history: number
}

/** Changes of one step. Listeners are called once per step, after the state is consistent again. */
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
  /** advances the traders in whole steps up to `to` */
  readonly advance: (to: number) => void
  /** returns a function that removes the listener */
  readonly onStep: (listener: (step: Step) => void) => () => void
  readonly has: (symbol: string) => boolean

  /** TradingTicker or FundingTicker row */
  readonly ticker: (symbol: string) => Row
  /** PublicTrade or PublicFundingTrade rows */
  readonly trades: (symbol: string, range: Range) => ReadonlyArray<Row>
  /** the best `len` book rows per side, best first, in the layout of the symbol and precision */
  readonly book: (
    symbol: string,
    precision: Precision,
    len: number
  ) => { readonly bids: ReadonlyArray<Row>; readonly asks: ReadonlyArray<Row> }
  /** Candle rows; `key` is the part after `trade:`, such as `1m:tBTCUSD` or `1h:fUSD:a30:p2:p30` */
  readonly candles: (key: string, range: Range) => ReadonlyArray<Row>
  /** whether this market has the candles of `key` */
  readonly hasCandles: (key: string) => boolean
  /** DerivativesStatus row; undefined if the symbol is not a derivative */
  readonly derivativesStatus: (symbol: string) => Row | undefined

  /** all symbols, in the order of the options */
  readonly symbols: ReadonlyArray<string>
  /** the matching engine of a symbol: submitted orders trade with the simulated traders, see `publish` */
  readonly engine: (symbol: string) => Book | undefined
  /** ids for orders that do not reach a book at once, and for other objects of users */
  readonly nextOrderId: () => number
  /** called at once for each match, with its orders and owners; returns a function that removes the listener */
  readonly onFill: (listener: (fill: Fill) => void) => () => void
  /** reports the changes since the last step to the listeners of `onStep`, as after an order of a user */
  readonly publish: () => void

  /** row of the list of tickers, with the symbol as first cell */
  readonly tickerEntry: (symbol: string) => Row
  /** TickerHistoryEntry rows of a trading symbol, one per hour */
  readonly tickerHistory: (symbol: string, range: Range) => ReadonlyArray<Row>
  /** FundingStat rows without the amounts, one per hour: flash return rate and average period */
  readonly fundingHistory: (symbol: string, range: Range) => ReadonlyArray<FundingPoint>
  /** candles before they are encoded to rows */
  readonly bars: (symbol: string, timeframe: string, periods: Periods, range: Range) => ReadonlyArray<Bar>
  /** DerivativesStatusEntry row, with the symbol as first cell; undefined if the symbol is not a derivative */
  readonly derivativesStatusEntry: (symbol: string) => Row | undefined
  /** DerivativesStatus rows, one per minute; undefined if the symbol is not a derivative */
  readonly derivativesStatusHistory: (symbol: string, range: Range) => ReadonlyArray<Row> | undefined
  /** Liquidation rows */
  readonly liquidations: (range: Range) => ReadonlyArray<Row>
  /** trades and candles before the market's own history */
  readonly past: Past
}

export interface FundingPoint {
  readonly mts: number
  /** fraction per day */
  readonly frr: number
  /** days */
  readonly averagePeriod: number
}
