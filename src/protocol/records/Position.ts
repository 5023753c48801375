/**
 * Positions, and what it takes to enlarge them.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const zeroOrOne = Field.nullable(Field.oneOf(0, 1))

/**
 * One position: the layout of active, claimed, past and audited ones.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-positions
 * @since 0.1.0
 * @category records
 */
export const Position = Layout.make("Position", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** ACTIVE or CLOSED */ status: at(1, Field.str),
  /** base currency: above zero long, below short; 0 once closed */ amount: at(2, Field.num),
  /** average entry price, quote currency */ basePrice: at(3, Field.num),
  /** amount of margin funding in use */ marginFunding: at(4, Field.nullable(Field.num)),
  /** 0 daily, 1 term */ marginFundingType: at(5, zeroOrOne),
  /** profit or loss with a closing fee of 0.2 percent taken off; null on the socket until asked for with `calc` */
  pl: at(6, Field.nullable(Field.num)),
  /** the same in relation to what was put in; sources disagree on its unit; null until asked for */
  plPerc: at(7, Field.nullable(Field.num)),
  /** price of liquidation, quote currency; null until asked for */ priceLiq: at(8, Field.nullable(Field.num)),
  /** null until asked for */ leverage: at(9, Field.nullable(Field.num)),
  /** given by the venue; absent from rows of 2018 */ positionId: at(11, Field.nullable(Field.int)),
  /** ms of the opening; null in most rows of the active list and of the socket */
  mtsCreate: at(12, Field.nullable(Field.mts)),
  /** ms of the last change; null like `mtsCreate` */ mtsUpdate: at(13, Field.nullable(Field.mts)),
  /** 0 margin, 1 derivative; null means margin where positions are audited, and in old rows */
  type: at(15, zeroOrOne),
  /** of a derivative position */ collateral: at(17, Field.nullable(Field.num)),
  /** least collateral of a derivative position */ collateralMin: at(18, Field.nullable(Field.num)),
  /** reason, order_id, liq_stage, trade_price (text) and others; an object, in places the same as JSON text */
  meta: at(19, Field.nullable(Field.json))
}))
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
export const PositionIncrease = Layout.make("PositionIncrease", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** what is added, base currency: above zero long, below short */ amount: at(2, Field.num),
  /** quote currency */ basePrice: at(3, Field.nullable(Field.num))
}))
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
export const PositionIncreaseLimits = Layout.make("PositionIncreaseLimits", (at) => ({
  /** largest size */ maxPos: at(0, Field.nullable(Field.num)),
  /** size now */ currentPos: at(1, Field.nullable(Field.num))
}))
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
export const PositionIncreaseTradable = Layout.make("PositionIncreaseTradable", (at) => ({
  /** less open orders and positions */ tradableBalanceQuoteCurrency: at(0, Field.nullable(Field.num)),
  /** with them */ tradableBalanceQuoteTotal: at(1, Field.nullable(Field.num)),
  /** less open orders and positions */ tradableBalanceBaseCurrency: at(2, Field.nullable(Field.num)),
  /** with them */ tradableBalanceBaseTotal: at(3, Field.nullable(Field.num))
}))
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseTradable = Layout.Type<typeof PositionIncreaseTradable>

const positionIncreaseTradable = Layout.field(PositionIncreaseTradable)

/**
 * Balances and funding that a position may be enlarged with.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseBalance = Layout.make("PositionIncreaseBalance", (at) => ({
  /** base currency */ baseCurrencyBalance: at(0, Field.nullable(Field.num)),
  /** what can be traded with */ tradableBalanceInfo: at(1, positionIncreaseTradable),
  /** funding on offer below a rate of 0.75 percent, in the currency that would be borrowed */
  fundingAvail: at(2, Field.nullable(Field.num))
}))
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
export const PositionIncreaseFunding = Layout.make("PositionIncreaseFunding", (at) => ({
  /** in the currency named beside it */ fundingValue: at(0, Field.nullable(Field.num)),
  /** in the currency named beside it */ fundingRequired: at(1, Field.nullable(Field.num))
}))
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
export const PositionIncreaseFundingCurrency = Layout.make("PositionIncreaseFundingCurrency", (at) => ({
  /** currency of `fundingValue` */ fundingValueCurrency: at(0, Field.nullable(Field.str)),
  /** currency of `fundingRequired` */ fundingRequiredCurrency: at(1, Field.nullable(Field.str))
}))
/**
 * @since 0.1.0
 * @category records
 */
export type PositionIncreaseFundingCurrency = Layout.Type<typeof PositionIncreaseFundingCurrency>

const positionIncreaseFundingCurrency = Field.nullable(Layout.field(PositionIncreaseFundingCurrency))
const positionIncreaseFunding = Field.nullable(Layout.field(PositionIncreaseFunding))

const positionIncreaseBalance = Layout.field(PositionIncreaseBalance)
const positionIncreaseLimits = Layout.field(PositionIncreaseLimits)

/**
 * What enlarging a position would take.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseInfo = Layout.make("PositionIncreaseInfo", (at) => ({
  /** size */ positionInfo: at(0, positionIncreaseLimits),
  /** balances */ balanceInfo: at(1, positionIncreaseBalance),
  /** may be null when no amount was asked about */
  fundingInfo: at(4, positionIncreaseFunding),
  /** may be null when no amount was asked about */
  fundingCurrencyInfo: at(5, positionIncreaseFundingCurrency)
}))
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
export const DerivativeCollateralResult = Layout.make("DerivativeCollateralResult", (at) => ({
  /** 1 when it was set */ status: at(0, Field.flag)
}))
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
export const DerivativeCollateralLimits = Layout.make("DerivativeCollateralLimits", (at) => ({
  /** least */ minCollateral: at(0, Field.num),
  /** most */ maxCollateral: at(1, Field.num)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type DerivativeCollateralLimits = Layout.Type<typeof DerivativeCollateralLimits>
