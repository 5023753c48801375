/**
 * Positions, and what it takes to enlarge them.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One position: the layout of active, claimed, past and audited ones.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-positions
 * @since 0.1.0
 * @category records
 */
export const Position = Layout.make("Position", {
  /** trading symbol */ symbol: [0, Field.str],
  /** ACTIVE or CLOSED */ status: [1, Field.str],
  /** base currency: above zero long, below short; 0 once closed */ amount: [2, Field.num],
  /** average entry price, quote currency */ basePrice: [3, Field.num],
  /** amount of margin funding in use */ marginFunding: [4, Field.nullable(Field.num)],
  /** 0 daily, 1 term */ marginFundingType: [5, Field.nullable(Field.oneOf(0, 1))],
  /** profit or loss with a closing fee of 0.2 percent taken off; null on the socket until asked for with `calc` */
  pl: [6, Field.nullable(Field.num)],
  /** the same in relation to what was put in; sources disagree on its unit; null until asked for */
  plPerc: [7, Field.nullable(Field.num)],
  /** price of liquidation, quote currency; null until asked for */ priceLiq: [8, Field.nullable(Field.num)],
  /** null until asked for */ leverage: [9, Field.nullable(Field.num)],
  /** given by the venue; absent from rows of 2018 */ positionId: [11, Field.nullable(Field.int)],
  /** ms of the opening; null in most rows of the active list and of the socket */
  mtsCreate: [12, Field.nullable(Field.mts)],
  /** ms of the last change; null like `mtsCreate` */ mtsUpdate: [13, Field.nullable(Field.mts)],
  /** 0 margin, 1 derivative; null means margin where positions are audited, and in old rows */
  type: [15, Field.nullable(Field.oneOf(0, 1))],
  /** of a derivative position */ collateral: [17, Field.nullable(Field.num)],
  /** least collateral of a derivative position */ collateralMin: [18, Field.nullable(Field.num)],
  /** reason, order_id, liq_stage, trade_price (text) and others; an object, in places the same as JSON text */
  meta: [19, Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type Position = Layout.Type<typeof Position>

/**
 * What was asked for when a position was enlarged. Not a `Position`, though the row is as long: the rest of it is
 * null.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-position-increase
 * @since 0.1.0
 * @category records
 */
export const PositionIncrease = Layout.make("PositionIncrease", {
  /** trading symbol */ symbol: [0, Field.str],
  /** what is added, base currency: above zero long, below short */ amount: [2, Field.num],
  /** quote currency */ basePrice: [3, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncrease = Layout.Type<typeof PositionIncrease>

/**
 * Size of a position, and how large it may become.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseLimits = Layout.make("PositionIncreaseLimits", {
  /** largest size */ maxPos: [0, Field.nullable(Field.num)],
  /** size now */ currentPos: [1, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseLimits = Layout.Type<typeof PositionIncreaseLimits>

/**
 * Balances that a position may be enlarged with.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseTradable = Layout.make("PositionIncreaseTradable", {
  /** less open orders and positions */ tradableBalanceQuoteCurrency: [0, Field.nullable(Field.num)],
  /** with them */ tradableBalanceQuoteTotal: [1, Field.nullable(Field.num)],
  /** less open orders and positions */ tradableBalanceBaseCurrency: [2, Field.nullable(Field.num)],
  /** with them */ tradableBalanceBaseTotal: [3, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseTradable = Layout.Type<typeof PositionIncreaseTradable>

/**
 * Balances and funding that a position may be enlarged with.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseBalance = Layout.make("PositionIncreaseBalance", {
  /** base currency */ baseCurrencyBalance: [0, Field.nullable(Field.num)],
  /** what can be traded with */ tradableBalanceInfo: [1, Layout.field(PositionIncreaseTradable)],
  /** funding on offer below a rate of 0.75 percent, in the currency that would be borrowed */
  fundingAvail: [2, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseBalance = Layout.Type<typeof PositionIncreaseBalance>

/**
 * Funding that enlarging a position would need.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseFunding = Layout.make("PositionIncreaseFunding", {
  /** in the currency named beside it */ fundingValue: [0, Field.nullable(Field.num)],
  /** in the currency named beside it */ fundingRequired: [1, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseFunding = Layout.Type<typeof PositionIncreaseFunding>

/**
 * Currencies of the funding that enlarging a position would need.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseFundingCurrency = Layout.make("PositionIncreaseFundingCurrency", {
  /** currency of `fundingValue` */ fundingValueCurrency: [0, Field.nullable(Field.str)],
  /** currency of `fundingRequired` */ fundingRequiredCurrency: [1, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseFundingCurrency = Layout.Type<typeof PositionIncreaseFundingCurrency>

/**
 * What enlarging a position would take.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseInfo = Layout.make("PositionIncreaseInfo", {
  /** size */ positionInfo: [0, Layout.field(PositionIncreaseLimits)],
  /** balances */ balanceInfo: [1, Layout.field(PositionIncreaseBalance)],
  /** may be null when no amount was asked about */
  fundingInfo: [4, Field.nullable(Layout.field(PositionIncreaseFunding))],
  /** may be null when no amount was asked about */
  fundingCurrencyInfo: [5, Field.nullable(Layout.field(PositionIncreaseFundingCurrency))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseInfo = Layout.Type<typeof PositionIncreaseInfo>

/**
 * Whether the collateral of a derivative position was set.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deriv-pos-collateral-set
 * @since 0.1.0
 * @category records
 */
export const DerivativeCollateralResult = Layout.make("DerivativeCollateralResult", {
  /** 1 when it was set */ status: [0, Field.flag]
})
/**
 * @since 0.1.0
 * @category records
 */
export type DerivativeCollateralResult = Layout.Type<typeof DerivativeCollateralResult>

/**
 * Smallest and largest collateral of an open derivative position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-calc-deriv-collateral-limits
 * @since 0.1.0
 * @category records
 */
export const DerivativeCollateralLimits = Layout.make("DerivativeCollateralLimits", {
  /** least */ minCollateral: [0, Field.num],
  /** most */ maxCollateral: [1, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type DerivativeCollateralLimits = Layout.Type<typeof DerivativeCollateralLimits>
