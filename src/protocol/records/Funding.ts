/**
 * Margin funding: offers, loans and credits, and trades. Rates are fractions per day.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const flagOrBoolean = Field.nullable(Field.also("boolean", Field.flag))
const offerType = Field.nullable(Field.word("LIMIT", "FRRDELTAVAR", "FRRDELTAFIX"))

const fundingOffer = Layout.make("FundingOffer", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** ms of the submission */ mtsCreated: at(2, Field.mts),
  /** ms of the last change */ mtsUpdated: at(3, Field.mts),
  /** remaining amount, in the currency: above zero to lend, below to borrow */ amount: at(4, Field.num),
  /** original amount, before any execution */ amountOrig: at(5, Field.num),
  /** null for past offers */
  type: at(6, offerType),
  /** 64 for hidden, 0 or null */ flags: at(9, Field.nullable(Field.int)),
  /** text that begins with ACTIVE, PARTIALLY FILLED, EXECUTED or CANCELED */ status: at(10, Field.str),
  /** fraction per day; 0 or the distance to the flash return rate for the FRR types */ rate: at(14, Field.num),
  /** days */ period: at(15, Field.int),
  /** 1 if notifications are on */ notify: at(16, flagOrBoolean),
  /** 1 if it is not in the book */ hidden: at(17, flagOrBoolean),
  /** 1 if it renews automatically */ renew: at(19, flagOrBoolean),
  /** effective rate of an FRR offer; set in rows of 2018 only */ rateReal: at(20, Field.nullable(Field.num))
}))
/**
 * One offer of funding, or one bid for it.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-offers
 * @since 0.1.0
 * @category records
 */
export interface FundingOffer extends Layout.Type<typeof fundingOffer> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingOffer: Layout.Layout<FundingOffer> = fundingOffer

const fundingOfferNotice = Layout.sparse("FundingOfferNotice", FundingOffer, [
  "symbol",
  "mtsCreated",
  "mtsUpdated",
  "amountOrig",
  "status"
])
/**
 * The offer inside a notification. Fields other than id, amount, rate and period may be null.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-submit-funding-offer
 * @since 0.1.0
 * @category records
 */
export interface FundingOfferNotice extends Layout.Type<typeof fundingOfferNotice> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingOfferNotice: Layout.Layout<FundingOfferNotice> = fundingOfferNotice

const rateType = Field.nullable(Field.word("FIXED", "VAR", "FRR"))
const side = Field.int

const fundingLoan = Layout.make("FundingLoan", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** 1 lender, -1 borrower, 0 both */ side: at(2, side),
  /** time at which it was taken, ms */ mtsCreate: at(3, Field.mts),
  /** ms of the last change */ mtsUpdate: at(4, Field.mts),
  /** amount, in the currency */ amount: at(5, Field.num),
  /** 0 or null */ flags: at(6, Field.nullable(Field.int)),
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: at(7, Field.str),
  /** null before 2020; the venue may add words */ rateType: at(8, rateType),
  /** fraction per day */ rate: at(11, Field.num),
  /** days */ period: at(12, Field.int),
  /** ms of the opening */ mtsOpening: at(13, Field.nullable(Field.mts)),
  /** ms; 0 or null before the first payout */ mtsLastPayout: at(14, Field.nullable(Field.mts)),
  /** 1 if notifications are on */ notify: at(15, flagOrBoolean),
  /** 1 if it was not in the book */ hidden: at(16, flagOrBoolean),
  /** 1 if it renews automatically */ renew: at(18, flagOrBoolean),
  /** effective rate of variable-rate funding; set in rows of 2018 only */ rateReal: at(19, Field.nullable(Field.num)),
  /** by its name 1 if the funding is kept; the manual says the opposite, and neither is verified */
  noClose: at(20, flagOrBoolean)
}))
/**
 * A loan: funding that was taken and is not used in a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-loans
 * @since 0.1.0
 * @category records
 */
export interface FundingLoan extends Layout.Type<typeof fundingLoan> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingLoan: Layout.Layout<FundingLoan> = fundingLoan

const fundingCredit = Layout.make("FundingCredit", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** 1 lender, -1 borrower, 0 both */ side: at(2, side),
  /** time at which it was taken, ms */ mtsCreate: at(3, Field.mts),
  /** ms of the last change */ mtsUpdate: at(4, Field.mts),
  /** amount, in the currency */ amount: at(5, Field.num),
  /** 0 or null */ flags: at(6, Field.nullable(Field.int)),
  /** ACTIVE, or CLOSED and a reason in brackets: used, expired, reduced */ status: at(7, Field.str),
  /** null before 2020; the venue may add words */ rateType: at(8, rateType),
  /** fraction per day */ rate: at(11, Field.num),
  /** days */ period: at(12, Field.int),
  /** ms of the opening */ mtsOpening: at(13, Field.nullable(Field.mts)),
  /** ms; 0 or null before the first payout */ mtsLastPayout: at(14, Field.nullable(Field.mts)),
  /** 1 if notifications are on */ notify: at(15, flagOrBoolean),
  /** 1 if it was not in the book */ hidden: at(16, flagOrBoolean),
  /** 1 if it renews automatically */ renew: at(18, flagOrBoolean),
  /** effective rate of variable-rate funding; set in rows of 2018 only */ rateReal: at(19, Field.nullable(Field.num)),
  /** by its name 1 if the funding is kept; the manual says the opposite, and neither is verified */
  noClose: at(20, flagOrBoolean),
  /** trading symbol of the position; null in rows of 2018 */ positionPair: at(21, Field.nullable(Field.str))
}))
/**
 * A credit: funding that is used in a position, a `FundingLoan` with the pair of that position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-credits
 * @since 0.1.0
 * @category records
 */
export interface FundingCredit extends Layout.Type<typeof fundingCredit> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingCredit: Layout.Layout<FundingCredit> = fundingCredit

const fundingTrade = Layout.make("FundingTrade", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** funding symbol */ symbol: at(1, Field.str),
  /** ms of the trade */ mtsCreate: at(2, Field.mts),
  /** id of the offer; 0 was observed for borrowers */ offerId: at(3, Field.int),
  /** in the currency: above zero lent, below borrowed */ amount: at(4, Field.num),
  /** fraction per day */ rate: at(5, Field.num),
  /** days */ period: at(6, Field.int),
  /** null in every known row */ maker: at(7, Field.nullable(Field.int))
}))
/**
 * One trade of funding.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-trades-hist
 * @since 0.1.0
 * @category records
 */
export interface FundingTrade extends Layout.Type<typeof fundingTrade> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingTrade: Layout.Layout<FundingTrade> = fundingTrade

const fundingInfoDataLayout = Layout.make("FundingInfoData", (at) => ({
  /** average rate of borrowed funding, fraction per day */ yieldLoan: at(0, Field.nullable(Field.num)),
  /** average rate of lent funding, fraction per day */ yieldLend: at(1, Field.nullable(Field.num)),
  /** average duration of borrowed funding, days */ durationLoan: at(2, Field.nullable(Field.num)),
  /** average duration of lent funding, days */ durationLend: at(3, Field.nullable(Field.num))
}))
/**
 * Average rates and durations of the account's funding in one currency.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-funding
 * @since 0.1.0
 * @category records
 */
export interface FundingInfoData extends Layout.Type<typeof fundingInfoDataLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingInfoData: Layout.Layout<FundingInfoData> = fundingInfoDataLayout

const fundingInfoData = Layout.field(FundingInfoData)
const sym = Field.oneOf("sym")

const fundingInfo = Layout.make("FundingInfo", (at) => ({
  /** the word `sym` */ key: at(0, sym),
  /** funding symbol */ symbol: at(1, Field.str),
  /** rates and durations */ fundingInfoArray: at(2, fundingInfoData)
}))
/**
 * Average rates and durations of the account's funding, with its symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-funding
 * @since 0.1.0
 * @category records
 */
export interface FundingInfo extends Layout.Type<typeof fundingInfo> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingInfo: Layout.Layout<FundingInfo> = fundingInfo

const fundingAutoRenew = Layout.make("FundingAutoRenew", (at) => ({
  /** code without prefix */ currency: at(0, Field.str),
  /** days */ period: at(1, Field.int),
  /** fraction per day, though the request is in percent; 0 for the flash return rate */ rate: at(2, Field.num),
  /** largest amount, in the currency; 0 for no limit */ threshold: at(3, Field.num)
}))
/**
 * Settings of auto-renew, in the reply that confirms them.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-funding-auto-renew
 * @since 0.1.0
 * @category records
 */
export interface FundingAutoRenew extends Layout.Type<typeof fundingAutoRenew> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingAutoRenew: Layout.Layout<FundingAutoRenew> = fundingAutoRenew

const fundingAutoRenewStatus = Layout.make("FundingAutoRenewStatus", (at) => ({
  /** code without prefix */ currency: at(0, Field.str),
  /** days */ period: at(1, Field.int),
  /** fraction per day */ rate: at(2, Field.num),
  /** largest amount, in the currency; 0 for no limit */ amount: at(3, Field.num)
}))
/**
 * Settings of auto-renew. The endpoint is not in the manual; other clients agree on the layout.
 *
 * @since 0.1.0
 * @category records
 */
export interface FundingAutoRenewStatus extends Layout.Type<typeof fundingAutoRenewStatus> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingAutoRenewStatus: Layout.Layout<FundingAutoRenewStatus> = fundingAutoRenewStatus
