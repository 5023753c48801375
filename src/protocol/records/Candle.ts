/**
 * Candles: open, close, high, low and volume of a time frame.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const candle = Layout.make("Candle", (at) => ({
  /** ms at which the candle opens */ mts: at(0, Field.mts),
  /** first price */ open: at(1, Field.num),
  /** last price */ close: at(2, Field.num),
  /** highest price */ high: at(3, Field.num),
  /** lowest price */ low: at(4, Field.num),
  /** traded volume, base currency (funding: the currency) */ volume: at(5, Field.num)
}))
/**
 * One candle. Prices are in the quote currency, or rates per day for funding symbols.
 *
 * On the wire, the close precedes high and low.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-candles
 * @since 0.1.0
 * @category records
 */
export interface Candle extends Layout.Type<typeof candle> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Candle: Layout.Layout<Candle> = candle
