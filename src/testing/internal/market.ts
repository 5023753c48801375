/**
 * The market side of the fake exchange as the rest of it sees it: one state, advanced by time and a seed, from which
 * all public channels and endpoints are answered.
 *
 * Everything here is synchronous and free of Effect: who holds the market decides what time it is.
 *
 * @internal
 */

/** a row as it travels: what `Layout.encode` gives */
export type Row = ReadonlyArray<unknown>

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

export interface Range {
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly limit?: number | undefined
  /** 1 oldest first, -1 (default) newest first */
  readonly sort?: 1 | -1 | undefined
}

export type Precision = "P0" | "P1" | "P2" | "P3" | "P4" | "R0"

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
}
