/**
 * Tickers: the best prices and the last 24 hours of a symbol.
 *
 * No null was observed in rows of active markets; prices are nullable because an idle market may have none.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const number = Field.nullable(Field.num)
const days = Field.nullable(Field.int)
const time = Field.nullable(Field.mts)

const tradingTicker = Layout.make("TradingTicker", (at) => ({
  /** best bid */ bid: at(0, number),
  /** sum of the 25 best bid sizes, base currency */ bidSize: at(1, number),
  /** best ask */ ask: at(2, number),
  /** sum of the 25 best ask sizes, base currency */ askSize: at(3, number),
  /** change of the last price since 24 h ago */ dailyChange: at(4, number),
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: at(5, number),
  /** price of the last trade */ lastPrice: at(6, number),
  /** volume traded in 24 h, base currency */ volume: at(7, Field.num),
  /** highest price of 24 h */ high: at(8, number),
  /** lowest price of 24 h */ low: at(9, number),
  /** ms of the symbol's first trade; absent from most rows */ firstTrade: at(10, time)
}), 10)
/**
 * Ticker of a trading symbol. Prices are in the quote currency and null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-ticker
 * @since 0.1.0
 * @category records
 */
export interface TradingTicker extends Layout.Type<typeof tradingTicker> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TradingTicker: Layout.Layout<TradingTicker> = tradingTicker

const tradingTickerEntry = Layout.make("TradingTickerEntry", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** best bid */ bid: at(1, number),
  /** sum of the 25 best bid sizes, base currency */ bidSize: at(2, number),
  /** best ask */ ask: at(3, number),
  /** sum of the 25 best ask sizes, base currency */ askSize: at(4, number),
  /** change of the last price since 24 h ago */ dailyChange: at(5, number),
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: at(6, number),
  /** price of the last trade */ lastPrice: at(7, number),
  /** volume traded in 24 h, base currency */ volume: at(8, Field.num),
  /** highest price of 24 h */ high: at(9, number),
  /** lowest price of 24 h */ low: at(10, number)
}))
/**
 * Ticker of a trading symbol in a list of tickers, with its symbol. Prices are null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers
 * @since 0.1.0
 * @category records
 */
export interface TradingTickerEntry extends Layout.Type<typeof tradingTickerEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TradingTickerEntry: Layout.Layout<TradingTickerEntry> = tradingTickerEntry

const fundingTicker = Layout.make("FundingTicker", (at) => ({
  /** flash return rate: average of all fixed-rate funding, fraction per day */ frr: at(0, number),
  /** best bid, fraction per day */ bid: at(1, number),
  /** period of the best bid, days */ bidPeriod: at(2, days),
  /** sum of the 25 best bid sizes, in the currency */ bidSize: at(3, number),
  /** best ask, fraction per day */ ask: at(4, number),
  /** period of the best ask, days */ askPeriod: at(5, days),
  /** sum of the 25 best ask sizes, in the currency */ askSize: at(6, number),
  /** change of the last rate since 24 h ago */ dailyChange: at(7, number),
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: at(8, number),
  /** rate of the last trade, fraction per day */ lastPrice: at(9, number),
  /** volume traded in 24 h, in the currency */ volume: at(10, Field.num),
  /** highest rate of 24 h */ high: at(11, number),
  /** lowest rate of 24 h */ low: at(12, number),
  /** funding on offer at the flash return rate, in the currency; absent from rows of 2017 */
  frrAmountAvailable: at(15, number),
  /** ms of the symbol's first trade; absent from most rows */ firstTrade: at(16, time)
}), 16)
/**
 * Ticker of a funding symbol. Rates are fractions per day and null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-ticker
 * @since 0.1.0
 * @category records
 */
export interface FundingTicker extends Layout.Type<typeof fundingTicker> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingTicker: Layout.Layout<FundingTicker> = fundingTicker

const fundingTickerEntry = Layout.make("FundingTickerEntry", (at) => ({
  /** funding symbol */ symbol: at(0, Field.str),
  /** flash return rate: average of all fixed-rate funding, fraction per day */ frr: at(1, number),
  /** best bid, fraction per day */ bid: at(2, number),
  /** period of the best bid, days */ bidPeriod: at(3, days),
  /** sum of the 25 best bid sizes, in the currency */ bidSize: at(4, number),
  /** best ask, fraction per day */ ask: at(5, number),
  /** period of the best ask, days */ askPeriod: at(6, days),
  /** sum of the 25 best ask sizes, in the currency */ askSize: at(7, number),
  /** change of the last rate since 24 h ago */ dailyChange: at(8, number),
  /** the same as a fraction: times 100 for percent */ dailyChangeRelative: at(9, number),
  /** rate of the last trade, fraction per day */ lastPrice: at(10, number),
  /** volume traded in 24 h, in the currency */ volume: at(11, Field.num),
  /** highest rate of 24 h */ high: at(12, number),
  /** lowest rate of 24 h */ low: at(13, number),
  /** funding on offer at the flash return rate, in the currency */ frrAmountAvailable: at(16, number),
  /**
   * ms of the symbol's first trade; absent from most rows. The position is taken from `FundingTicker`; the manual does
   * not show it here
   */
  firstTrade: at(17, time)
}), 17)
/**
 * Ticker of a funding symbol in a list of tickers, with its symbol. Rates are null for idle markets.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers
 * @since 0.1.0
 * @category records
 */
export interface FundingTickerEntry extends Layout.Type<typeof fundingTickerEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingTickerEntry: Layout.Layout<FundingTickerEntry> = fundingTickerEntry

const tickerHistoryEntry = Layout.make("TickerHistoryEntry", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** best bid, quote currency */ bid: at(1, Field.num),
  /** best ask, quote currency */ ask: at(3, Field.num),
  /** ms of the point in time */ mts: at(12, Field.mts)
}))
/**
 * Best prices of a trading symbol at one hour of the past.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers-history
 * @since 0.1.0
 * @category records
 */
export interface TickerHistoryEntry extends Layout.Type<typeof tickerHistoryEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TickerHistoryEntry: Layout.Layout<TickerHistoryEntry> = tickerHistoryEntry
