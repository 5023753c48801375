/**
 * Tickers: the best prices and the last 24 hours of a symbol.
 *
 * No null was seen in rows of active markets; prices are nullable since an idle market may have none.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const number = Field.nullable(Field.num)
const days = Field.nullable(Field.int)
const time = Field.nullable(Field.mts)

/**
 * Ticker of a trading symbol. Prices are in the quote currency and null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-ticker
 * @since 0.1.0
 * @category records
 */
export const TradingTicker = Layout.make("TradingTicker", {
  /** best bid */ bid: [0, number],
  /** sum of the 25 best bid sizes, base currency */ bidSize: [1, number],
  /** best ask */ ask: [2, number],
  /** sum of the 25 best ask sizes, base currency */ askSize: [3, number],
  /** change of the last price since 24 h ago */ dailyChange: [4, number],
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: [5, number],
  /** price of the last trade */ lastPrice: [6, number],
  /** traded in 24 h, base currency */ volume: [7, Field.num],
  /** highest price of 24 h */ high: [8, number],
  /** lowest price of 24 h */ low: [9, number],
  /** ms of the symbol's first trade; absent from most rows */ firstTrade: [10, time]
}, 10)
/**
 * @since 0.1.0
 * @category records
 */
export type TradingTicker = Layout.Type<typeof TradingTicker>

/**
 * Ticker of a trading symbol as the list of tickers has it: the symbol first. Prices are null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers
 * @since 0.1.0
 * @category records
 */
export const TradingTickerEntry = Layout.make("TradingTickerEntry", {
  /** trading symbol */ symbol: [0, Field.str],
  /** best bid */ bid: [1, number],
  /** sum of the 25 best bid sizes, base currency */ bidSize: [2, number],
  /** best ask */ ask: [3, number],
  /** sum of the 25 best ask sizes, base currency */ askSize: [4, number],
  /** change of the last price since 24 h ago */ dailyChange: [5, number],
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: [6, number],
  /** price of the last trade */ lastPrice: [7, number],
  /** traded in 24 h, base currency */ volume: [8, Field.num],
  /** highest price of 24 h */ high: [9, number],
  /** lowest price of 24 h */ low: [10, number]
})
/**
 * @since 0.1.0
 * @category records
 */
export type TradingTickerEntry = Layout.Type<typeof TradingTickerEntry>

/**
 * Ticker of a funding symbol. Rates are fractions per day and null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-ticker
 * @since 0.1.0
 * @category records
 */
export const FundingTicker = Layout.make("FundingTicker", {
  /** flash return rate: average of all fixed-rate funding, fraction per day */ frr: [0, number],
  /** best bid, fraction per day */ bid: [1, number],
  /** period of the best bid, days */ bidPeriod: [2, days],
  /** sum of the 25 best bid sizes, in the currency */ bidSize: [3, number],
  /** best ask, fraction per day */ ask: [4, number],
  /** period of the best ask, days */ askPeriod: [5, days],
  /** sum of the 25 best ask sizes, in the currency */ askSize: [6, number],
  /** change of the last rate since 24 h ago */ dailyChange: [7, number],
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: [8, number],
  /** rate of the last trade, fraction per day */ lastPrice: [9, number],
  /** traded in 24 h, in the currency */ volume: [10, Field.num],
  /** highest rate of 24 h */ high: [11, number],
  /** lowest rate of 24 h */ low: [12, number],
  /** funding on offer at the flash return rate, in the currency; absent from rows of 2017 */
  frrAmountAvailable: [15, number],
  /** ms of the symbol's first trade; absent from most rows */ firstTrade: [16, time]
}, 16)
/**
 * @since 0.1.0
 * @category records
 */
export type FundingTicker = Layout.Type<typeof FundingTicker>

/**
 * Ticker of a funding symbol as the list of tickers has it: the symbol first. Rates are null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers
 * @since 0.1.0
 * @category records
 */
export const FundingTickerEntry = Layout.make("FundingTickerEntry", {
  /** funding symbol */ symbol: [0, Field.str],
  /** flash return rate: average of all fixed-rate funding, fraction per day */ frr: [1, number],
  /** best bid, fraction per day */ bid: [2, number],
  /** period of the best bid, days */ bidPeriod: [3, days],
  /** sum of the 25 best bid sizes, in the currency */ bidSize: [4, number],
  /** best ask, fraction per day */ ask: [5, number],
  /** period of the best ask, days */ askPeriod: [6, days],
  /** sum of the 25 best ask sizes, in the currency */ askSize: [7, number],
  /** change of the last rate since 24 h ago */ dailyChange: [8, number],
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: [9, number],
  /** rate of the last trade, fraction per day */ lastPrice: [10, number],
  /** traded in 24 h, in the currency */ volume: [11, Field.num],
  /** highest rate of 24 h */ high: [12, number],
  /** lowest rate of 24 h */ low: [13, number],
  /** funding on offer at the flash return rate, in the currency */ frrAmountAvailable: [16, number],
  /** ms of the symbol's first trade; absent from most rows. The place follows `FundingTicker`, no page shows it here */
  firstTrade: [17, time]
}, 17)
/**
 * @since 0.1.0
 * @category records
 */
export type FundingTickerEntry = Layout.Type<typeof FundingTickerEntry>

/**
 * Best prices of a trading symbol at one hour of the past.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers-history
 * @since 0.1.0
 * @category records
 */
export const TickerHistoryEntry = Layout.make("TickerHistoryEntry", {
  /** trading symbol */ symbol: [0, Field.str],
  /** best bid, quote currency */ bid: [1, Field.num],
  /** best ask, quote currency */ ask: [3, Field.num],
  /** ms of the point in time */ mts: [12, Field.mts]
})
/**
 * @since 0.1.0
 * @category records
 */
export type TickerHistoryEntry = Layout.Type<typeof TickerHistoryEntry>
