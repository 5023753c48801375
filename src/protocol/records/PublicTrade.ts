/**
 * Public trades. The account's own trades are another record.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const publicTrade = Layout.make("PublicTrade", (at) => ({
  /** id of the trade */ id: at(0, Field.int),
  /** ms of the execution */ mts: at(1, Field.mts),
  /** base currency; the sign is the taker's side: positive bought, negative sold */ amount: at(2, Field.num),
  /** quote currency */ price: at(3, Field.num)
}))
/**
 * Trade of a trading symbol. On the socket each trade arrives twice with the same id: `te` at once, `tu` shortly after.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-trades
 * @since 0.1.0
 * @category records
 */
export interface PublicTrade extends Layout.Type<typeof publicTrade> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PublicTrade: Layout.Layout<PublicTrade> = publicTrade

const publicFundingTrade = Layout.make("PublicFundingTrade", (at) => ({
  /** id of the trade */ id: at(0, Field.int),
  /** ms of the execution */ mts: at(1, Field.mts),
  /** in the currency; the sign is the taker's side */ amount: at(2, Field.num),
  /** fraction per day */ rate: at(3, Field.num),
  /** days */ period: at(4, Field.int)
}))
/**
 * Trade of a funding symbol. On the socket each trade arrives twice with the same id: `fte` at once, `ftu` shortly
 * after.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-trades
 * @since 0.1.0
 * @category records
 */
export interface PublicFundingTrade extends Layout.Type<typeof publicFundingTrade> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PublicFundingTrade: Layout.Layout<PublicFundingTrade> = publicFundingTrade
