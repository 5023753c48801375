/**
 * Values that the venue computes on request: average price of an order, exchange rates.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const marketAveragePrice = Layout.make("MarketAveragePrice", (at) => ({
  /** quote currency; may be null for an empty book */ priceAvg: at(0, Field.nullable(Field.num)),
  /** amount that would execute, base currency */ amount: at(1, Field.num)
}))
/**
 * Average price at which a trading order of a given size would execute.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-market-average-price
 * @since 0.1.0
 * @category records
 */
export interface MarketAveragePrice extends Layout.Type<typeof marketAveragePrice> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarketAveragePrice: Layout.Layout<MarketAveragePrice> = marketAveragePrice

const marketAverageRate = Layout.make("MarketAverageRate", (at) => ({
  /** fraction per day; may be null for an empty book */ rateAvg: at(0, Field.nullable(Field.num)),
  /** amount that would execute, in the currency */ amount: at(1, Field.num)
}))
/**
 * Average rate at which a funding order of a given size would execute.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-market-average-price
 * @since 0.1.0
 * @category records
 */
export interface MarketAverageRate extends Layout.Type<typeof marketAverageRate> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarketAverageRate: Layout.Layout<MarketAverageRate> = marketAverageRate

const foreignExchangeRate = Layout.make("ForeignExchangeRate", (at) => ({
  /** units of the second currency for one of the first; may be null */ currentRate: at(0, Field.nullable(Field.num))
}))
/**
 * Exchange rate of two currencies.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-foreign-exchange-rate
 * @since 0.1.0
 * @category records
 */
export interface ForeignExchangeRate extends Layout.Type<typeof foreignExchangeRate> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ForeignExchangeRate: Layout.Layout<ForeignExchangeRate> = foreignExchangeRate
