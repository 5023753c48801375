/**
 * Margin funding: offers, what is lent and borrowed, and its trades. Rates are fractions per day.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const flagOrBoolean = Field.nullable(Field.also("boolean", Field.flag))
const offerType = Field.nullable(Field.word("LIMIT", "FRRDELTAVAR", "FRRDELTAFIX"))

/**
 * One offer of funding, or one bid for it.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-offers
 * @since 0.1.0
 * @category records
 */
export const FundingOffer = Layout.make("FundingOffer", (at) => ({
  /** given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** ms of the submission */ mtsCreated: at(2, Field.mts),
  /** ms of the last change */ mtsUpdated: at(3, Field.mts),
  /** what is left, in the currency: above zero to lend, below to borrow */ amount: at(4, Field.num),
  /** the same before any execution */ amountOrig: at(5, Field.num),
  /** null for finished offers of the past */
  type: at(6, offerType),
  /** 64 for hidden, 0 or null */ flags: at(9, Field.nullable(Field.int)),
  /** text that begins with ACTIVE, PARTIALLY FILLED, EXECUTED or CANCELED */ status: at(10, Field.str),
  /** fraction per day; 0 or the distance to the flash return rate for the FRR types */ rate: at(14, Field.num),
  /** days */ period: at(15, Field.int),
  /** 1 when it notifies */ notify: at(16, flagOrBoolean),
  /** 1 when it is not in the book */ hidden: at(17, flagOrBoolean),
  /** 1 when it renews itself */ renew: at(19, flagOrBoolean),
  /** rate in effect of an FRR offer; filled in rows of 2018 only */ rateReal: at(20, Field.nullable(Field.num))
}))
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

const rateType = Field.nullable(Field.oneOf("FIXED", "VAR"))
const side = Field.oneOf(1, 0, -1)

/**
 * Funding that was taken and is not in use in a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-loans
 * @since 0.1.0
 * @category records
 */
export const FundingLoan = Layout.make("FundingLoan", (at) => ({
  /** given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** 1 lender, -1 borrower, 0 both */ side: at(2, side),
  /** ms of the taking */ mtsCreate: at(3, Field.mts),
  /** ms of the last change */ mtsUpdate: at(4, Field.mts),
  /** in the currency */ amount: at(5, Field.num),
  /** 0 or null */ flags: at(6, Field.nullable(Field.int)),
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: at(7, Field.str),
  /** null before 2020 */ rateType: at(8, rateType),
  /** fraction per day */ rate: at(11, Field.num),
  /** days */ period: at(12, Field.int),
  /** ms of the opening */ mtsOpening: at(13, Field.nullable(Field.mts)),
  /** ms; 0 or null before the first */ mtsLastPayout: at(14, Field.nullable(Field.mts)),
  /** 1 when it notifies */ notify: at(15, flagOrBoolean),
  /** 1 when it was not in the book */ hidden: at(16, flagOrBoolean),
  /** 1 when it renews itself */ renew: at(18, flagOrBoolean),
  /** rate in effect at a variable rate; filled in rows of 2018 only */ rateReal: at(19, Field.nullable(Field.num)),
  /** 1 when it is kept, by its name; the manual says the opposite, and neither is proven */
  noClose: at(20, flagOrBoolean)
}))
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
export const FundingCredit = Layout.make("FundingCredit", (at) => ({
  /** given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** 1 lender, -1 borrower, 0 both */ side: at(2, side),
  /** ms of the taking */ mtsCreate: at(3, Field.mts),
  /** ms of the last change */ mtsUpdate: at(4, Field.mts),
  /** in the currency */ amount: at(5, Field.num),
  /** 0 or null */ flags: at(6, Field.nullable(Field.int)),
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: at(7, Field.str),
  /** null before 2020 */ rateType: at(8, rateType),
  /** fraction per day */ rate: at(11, Field.num),
  /** days */ period: at(12, Field.int),
  /** ms of the opening */ mtsOpening: at(13, Field.nullable(Field.mts)),
  /** ms; 0 or null before the first */ mtsLastPayout: at(14, Field.nullable(Field.mts)),
  /** 1 when it notifies */ notify: at(15, flagOrBoolean),
  /** 1 when it was not in the book */ hidden: at(16, flagOrBoolean),
  /** 1 when it renews itself */ renew: at(18, flagOrBoolean),
  /** rate in effect at a variable rate; filled in rows of 2018 only */ rateReal: at(19, Field.nullable(Field.num)),
  /** 1 when it is kept, by its name; the manual says the opposite, and neither is proven */
  noClose: at(20, flagOrBoolean),
  /** trading symbol of the position; null in rows of 2018 */ positionPair: at(21, Field.nullable(Field.str))
}))
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
export const FundingTrade = Layout.make("FundingTrade", (at) => ({
  /** given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** ms of the trade */ mtsCreate: at(2, Field.mts),
  /** offer that it belongs to; 0 was seen for borrowers */ offerId: at(3, Field.int),
  /** in the currency: above zero lent, below borrowed */ amount: at(4, Field.num),
  /** fraction per day */ rate: at(5, Field.num),
  /** days */ period: at(6, Field.int),
  /** null in every row that is known */ maker: at(7, Field.nullable(Field.int))
}))
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
export const FundingInfoData = Layout.make("FundingInfoData", (at) => ({
  /** average rate of what was borrowed, fraction per day */ yieldLoan: at(0, Field.nullable(Field.num)),
  /** average rate of what was lent, fraction per day */ yieldLend: at(1, Field.nullable(Field.num)),
  /** days */ durationLoan: at(2, Field.nullable(Field.num)),
  /** days */ durationLend: at(3, Field.nullable(Field.num))
}))
/**
 * @since 0.1.0
 * @category records
 */
export type FundingInfoData = Layout.Type<typeof FundingInfoData>

const fundingInfoData = Layout.field(FundingInfoData)
const sym = Field.oneOf("sym")

/**
 * Average rates and durations of the account's funding, with its symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-funding
 * @since 0.1.0
 * @category records
 */
export const FundingInfo = Layout.make("FundingInfo", (at) => ({
  /** the word `sym` */ key: at(0, sym),
  /** funding symbol */ symbol: at(1, Field.str),
  /** rates and durations */ fundingInfoArray: at(2, fundingInfoData)
}))
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
export const FundingAutoRenew = Layout.make("FundingAutoRenew", (at) => ({
  /** code without prefix */ currency: at(0, Field.str),
  /** days */ period: at(1, Field.int),
  /** fraction per day, though the request is in percent; 0 for the flash return rate */ rate: at(2, Field.num),
  /** largest amount, in the currency; 0 for no limit */ threshold: at(3, Field.num)
}))
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
export const FundingAutoRenewStatus = Layout.make("FundingAutoRenewStatus", (at) => ({
  /** code without prefix */ currency: at(0, Field.str),
  /** days */ period: at(1, Field.int),
  /** fraction per day */ rate: at(2, Field.num),
  /** largest amount, in the currency; 0 for no limit */ amount: at(3, Field.num)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type FundingAutoRenewStatus = Layout.Type<typeof FundingAutoRenewStatus>
