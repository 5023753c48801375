/**
 * Tickers: the best prices and the last 24 hours of a symbol.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const number = Field.nullable(Field.num)

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
  /** ms of the symbol's first trade; absent from most rows */ firstTrade: [10, Field.nullable(Field.mts)]
}, 10)
/**
 * @since 0.1.0
 * @category records
 */
export type TradingTicker = Layout.Type<typeof TradingTicker>
