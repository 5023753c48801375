/**
 * Margin funding: offers, what is lent and borrowed, and its trades. Rates are fractions per day.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One offer of funding, or one bid for it.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-offers
 * @since 0.1.0
 * @category records
 */
export const FundingOffer = Layout.make("FundingOffer", {
  /** given by the venue */ id: [0, Field.int],
  /** funding symbol */ symbol: [1, Field.str],
  /** ms of the submission */ mtsCreated: [2, Field.mts],
  /** ms of the last change */ mtsUpdated: [3, Field.mts],
  /** what is left, in the currency: above zero to lend, below to borrow */ amount: [4, Field.num],
  /** the same before any execution */ amountOrig: [5, Field.num],
  /** null for finished offers of the past */
  type: [6, Field.nullable(Field.word("LIMIT", "FRRDELTAVAR", "FRRDELTAFIX"))],
  /** 64 for hidden, 0 or null */ flags: [9, Field.nullable(Field.int)],
  /** text that begins with ACTIVE, PARTIALLY FILLED, EXECUTED or CANCELED */ status: [10, Field.str],
  /** fraction per day; 0 or the distance to the flash return rate for the FRR types */ rate: [14, Field.num],
  /** days */ period: [15, Field.int],
  /** 1 when it notifies */ notify: [16, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it is not in the book */ hidden: [17, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it renews itself */ renew: [19, Field.nullable(Field.also("boolean", Field.flag))],
  /** rate in effect of an FRR offer; filled in rows of 2018 only */ rateReal: [20, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingOffer = Layout.Type<typeof FundingOffer>

/**
 * The offer inside a notification. It may be filled in part: id, amount, rate and period only.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-submit-funding-offer
 * @since 0.1.0
 * @category records
 */
export const FundingOfferNotice = Layout.sparse("FundingOfferNotice", FundingOffer, [
  "symbol",
  "mtsCreated",
  "mtsUpdated",
  "amountOrig",
  "status"
])
/**
 * @since 0.1.0
 * @category records
 */
export type FundingOfferNotice = Layout.Type<typeof FundingOfferNotice>

/**
 * Funding that was taken and is not in use in a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-loans
 * @since 0.1.0
 * @category records
 */
export const FundingLoan = Layout.make("FundingLoan", {
  /** given by the venue */ id: [0, Field.int],
  /** funding symbol */ symbol: [1, Field.str],
  /** 1 lender, -1 borrower, 0 both */ side: [2, Field.oneOf(1, 0, -1)],
  /** ms of the taking */ mtsCreate: [3, Field.mts],
  /** ms of the last change */ mtsUpdate: [4, Field.mts],
  /** in the currency */ amount: [5, Field.num],
  /** 0 or null */ flags: [6, Field.nullable(Field.int)],
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: [7, Field.str],
  /** null before 2020 */ rateType: [8, Field.nullable(Field.oneOf("FIXED", "VAR"))],
  /** fraction per day */ rate: [11, Field.num],
  /** days */ period: [12, Field.int],
  /** ms of the opening */ mtsOpening: [13, Field.nullable(Field.mts)],
  /** ms; 0 or null before the first */ mtsLastPayout: [14, Field.nullable(Field.mts)],
  /** 1 when it notifies */ notify: [15, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it was not in the book */ hidden: [16, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it renews itself */ renew: [18, Field.nullable(Field.also("boolean", Field.flag))],
  /** rate in effect at a variable rate; filled in rows of 2018 only */ rateReal: [19, Field.nullable(Field.num)],
  /** 1 when it is kept, by its name; the manual says the opposite, and neither is proven */
  noClose: [20, Field.nullable(Field.also("boolean", Field.flag))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingLoan = Layout.Type<typeof FundingLoan>

/**
 * Funding that is in use in a position: a `FundingLoan` with the pair of that position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-credits
 * @since 0.1.0
 * @category records
 */
export const FundingCredit = Layout.make("FundingCredit", {
  /** given by the venue */ id: [0, Field.int],
  /** funding symbol */ symbol: [1, Field.str],
  /** 1 lender, -1 borrower, 0 both */ side: [2, Field.oneOf(1, 0, -1)],
  /** ms of the taking */ mtsCreate: [3, Field.mts],
  /** ms of the last change */ mtsUpdate: [4, Field.mts],
  /** in the currency */ amount: [5, Field.num],
  /** 0 or null */ flags: [6, Field.nullable(Field.int)],
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: [7, Field.str],
  /** null before 2020 */ rateType: [8, Field.nullable(Field.oneOf("FIXED", "VAR"))],
  /** fraction per day */ rate: [11, Field.num],
  /** days */ period: [12, Field.int],
  /** ms of the opening */ mtsOpening: [13, Field.nullable(Field.mts)],
  /** ms; 0 or null before the first */ mtsLastPayout: [14, Field.nullable(Field.mts)],
  /** 1 when it notifies */ notify: [15, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it was not in the book */ hidden: [16, Field.nullable(Field.also("boolean", Field.flag))],
  /** 1 when it renews itself */ renew: [18, Field.nullable(Field.also("boolean", Field.flag))],
  /** rate in effect at a variable rate; filled in rows of 2018 only */ rateReal: [19, Field.nullable(Field.num)],
  /** 1 when it is kept, by its name; the manual says the opposite, and neither is proven */
  noClose: [20, Field.nullable(Field.also("boolean", Field.flag))],
  /** trading symbol of the position; null in rows of 2018 */ positionPair: [21, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingCredit = Layout.Type<typeof FundingCredit>

/**
 * One trade of funding.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-trades-hist
 * @since 0.1.0
 * @category records
 */
export const FundingTrade = Layout.make("FundingTrade", {
  /** given by the venue */ id: [0, Field.int],
  /** funding symbol */ symbol: [1, Field.str],
  /** ms of the trade */ mtsCreate: [2, Field.mts],
  /** offer that it belongs to; 0 was seen for borrowers */ offerId: [3, Field.int],
  /** in the currency: above zero lent, below borrowed */ amount: [4, Field.num],
  /** fraction per day */ rate: [5, Field.num],
  /** days */ period: [6, Field.int],
  /** null in every row that is known */ maker: [7, Field.nullable(Field.int)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingTrade = Layout.Type<typeof FundingTrade>

/**
 * Average rates and durations of the account's funding in one currency.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-funding
 * @since 0.1.0
 * @category records
 */
export const FundingInfoData = Layout.make("FundingInfoData", {
  /** average rate of what was borrowed, fraction per day */ yieldLoan: [0, Field.nullable(Field.num)],
  /** average rate of what was lent, fraction per day */ yieldLend: [1, Field.nullable(Field.num)],
  /** days */ durationLoan: [2, Field.nullable(Field.num)],
  /** days */ durationLend: [3, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingInfoData = Layout.Type<typeof FundingInfoData>

/**
 * Average rates and durations of the account's funding, with its symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-funding
 * @since 0.1.0
 * @category records
 */
export const FundingInfo = Layout.make("FundingInfo", {
  /** the word `sym` */ key: [0, Field.oneOf("sym")],
  /** funding symbol */ symbol: [1, Field.str],
  /** rates and durations */ fundingInfoArray: [2, Layout.field(FundingInfoData)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingInfo = Layout.Type<typeof FundingInfo>

/**
 * Settings of auto-renew as they were set.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-auto-renew
 * @since 0.1.0
 * @category records
 */
export const FundingAutoRenew = Layout.make("FundingAutoRenew", {
  /** code without prefix */ currency: [0, Field.str],
  /** days */ period: [1, Field.int],
  /** fraction per day, though the request is in percent; 0 for the flash return rate */ rate: [2, Field.num],
  /** largest amount, in the currency; 0 for no limit */ threshold: [3, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingAutoRenew = Layout.Type<typeof FundingAutoRenew>

/**
 * Settings of auto-renew. The manual does not know the endpoint; other clients agree on the layout.
 *
 * @since 0.1.0
 * @category records
 */
export const FundingAutoRenewStatus = Layout.make("FundingAutoRenewStatus", {
  /** code without prefix */ currency: [0, Field.str],
  /** days */ period: [1, Field.int],
  /** fraction per day */ rate: [2, Field.num],
  /** largest amount, in the currency; 0 for no limit */ amount: [3, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingAutoRenewStatus = Layout.Type<typeof FundingAutoRenewStatus>
