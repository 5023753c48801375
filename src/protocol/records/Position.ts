/**
 * Positions, and the requirements for increasing them.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/** a number, since the venue may add types */
const typeCode = Field.nullable(Field.int)

const position = Layout.make("Position", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** ACTIVE or CLOSED */ status: at(1, Field.str),
  /** base currency: above zero long, below short; 0 once closed */ amount: at(2, Field.num),
  /** average entry price, quote currency */ basePrice: at(3, Field.num),
  /** amount of margin funding in use */ marginFunding: at(4, Field.nullable(Field.num)),
  /** 0 daily, 1 term; the venue may add types */ marginFundingType: at(5, typeCode),
  /** profit or loss less a closing fee of 0.2 percent; null on the socket until requested with `calc` */
  pl: at(6, Field.nullable(Field.num)),
  /** profit or loss relative to the invested amount; sources disagree on its unit; null until requested */
  plPerc: at(7, Field.nullable(Field.num)),
  /** liquidation price, quote currency; null until requested */ priceLiq: at(8, Field.nullable(Field.num)),
  /** null until requested */ leverage: at(9, Field.nullable(Field.num)),
  /** id given by the venue; absent from rows of 2018 */ positionId: at(11, Field.nullable(Field.int)),
  /** ms of the opening; null in most rows of the active list and of the socket */
  mtsCreate: at(12, Field.nullable(Field.mts)),
  /** ms of the last change; null in the same rows as `mtsCreate` */ mtsUpdate: at(13, Field.nullable(Field.mts)),
  /** 0 margin, 1 derivative; null means margin in audited positions and in old rows */
  type: at(15, typeCode),
  /** collateral of a derivative position */ collateral: at(17, Field.nullable(Field.num)),
  /** minimum collateral of a derivative position */ collateralMin: at(18, Field.nullable(Field.num)),
  /** reason, order_id, liq_stage, trade_price (text) and others; an object, in places JSON text of the same object */
  meta: at(19, Field.nullable(Field.json))
}))
/**
 * One position: the layout of active, claimed, past and audited positions.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-positions
 * @since 0.1.0
 * @category records
 */
export interface Position extends Layout.Type<typeof position> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Position: Layout.Layout<Position> = position

const positionIncrease = Layout.make("PositionIncrease", (at) => ({
  /** trading symbol */ symbol: at(0, Field.str),
  /** added amount, base currency: above zero long, below short */ amount: at(2, Field.num),
  /** quote currency */ basePrice: at(3, Field.nullable(Field.num))
}))
/**
 * The requested increase of a position. Not a `Position`, although the row has the same length: its other cells are
 * null.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-position-increase
 * @since 0.1.0
 * @category records
 */
export interface PositionIncrease extends Layout.Type<typeof positionIncrease> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncrease: Layout.Layout<PositionIncrease> = positionIncrease

const positionIncreaseLimitsLayout = Layout.make("PositionIncreaseLimits", (at) => ({
  /** maximum size */ maxPos: at(0, Field.nullable(Field.num)),
  /** current size */ currentPos: at(1, Field.nullable(Field.num))
}))
/**
 * Current and maximum size of a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseLimits extends Layout.Type<typeof positionIncreaseLimitsLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseLimits: Layout.Layout<PositionIncreaseLimits> = positionIncreaseLimitsLayout

const positionIncreaseTradableLayout = Layout.make("PositionIncreaseTradable", (at) => ({
  /** quote balance less open orders and positions */ tradableBalanceQuoteCurrency: at(0, Field.nullable(Field.num)),
  /** quote balance including open orders and positions */ tradableBalanceQuoteTotal: at(1, Field.nullable(Field.num)),
  /** base balance less open orders and positions */ tradableBalanceBaseCurrency: at(2, Field.nullable(Field.num)),
  /** base balance including open orders and positions */ tradableBalanceBaseTotal: at(3, Field.nullable(Field.num))
}))
/**
 * Balances available for increasing a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseTradable extends Layout.Type<typeof positionIncreaseTradableLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseTradable: Layout.Layout<PositionIncreaseTradable> = positionIncreaseTradableLayout

const positionIncreaseTradable = Layout.field(PositionIncreaseTradable)

const positionIncreaseBalanceLayout = Layout.make("PositionIncreaseBalance", (at) => ({
  /** base currency */ baseCurrencyBalance: at(0, Field.nullable(Field.num)),
  /** tradable balances */ tradableBalanceInfo: at(1, positionIncreaseTradable),
  /** funding on offer below a rate of 0.75 percent, in the currency that would be borrowed */
  fundingAvail: at(2, Field.nullable(Field.num))
}))
/**
 * Balances and funding available for increasing a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseBalance extends Layout.Type<typeof positionIncreaseBalanceLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseBalance: Layout.Layout<PositionIncreaseBalance> = positionIncreaseBalanceLayout

const positionIncreaseFundingLayout = Layout.make("PositionIncreaseFunding", (at) => ({
  /** in the currency `fundingValueCurrency` */ fundingValue: at(0, Field.nullable(Field.num)),
  /** in the currency `fundingRequiredCurrency` */ fundingRequired: at(1, Field.nullable(Field.num))
}))
/**
 * Funding required for increasing a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseFunding extends Layout.Type<typeof positionIncreaseFundingLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseFunding: Layout.Layout<PositionIncreaseFunding> = positionIncreaseFundingLayout

const positionIncreaseFundingCurrencyLayout = Layout.make("PositionIncreaseFundingCurrency", (at) => ({
  /** currency of `fundingValue` */ fundingValueCurrency: at(0, Field.nullable(Field.str)),
  /** currency of `fundingRequired` */ fundingRequiredCurrency: at(1, Field.nullable(Field.str))
}))
/**
 * Currencies of the funding required for increasing a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseFundingCurrency extends Layout.Type<typeof positionIncreaseFundingCurrencyLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseFundingCurrency: Layout.Layout<PositionIncreaseFundingCurrency> =
  positionIncreaseFundingCurrencyLayout

const positionIncreaseFundingCurrency = Field.nullable(Layout.field(PositionIncreaseFundingCurrency))
const positionIncreaseFunding = Field.nullable(Layout.field(PositionIncreaseFunding))

const positionIncreaseBalance = Layout.field(PositionIncreaseBalance)
const positionIncreaseLimits = Layout.field(PositionIncreaseLimits)

const positionIncreaseInfo = Layout.make("PositionIncreaseInfo", (at) => ({
  /** size */ positionInfo: at(0, positionIncreaseLimits),
  /** balances */ balanceInfo: at(1, positionIncreaseBalance),
  /** may be null if the request had no amount */
  fundingInfo: at(4, positionIncreaseFunding),
  /** may be null if the request had no amount */
  fundingCurrencyInfo: at(5, positionIncreaseFundingCurrency)
}))
/**
 * The requirements for increasing a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-increase-position-info
 * @since 0.1.0
 * @category records
 */
export interface PositionIncreaseInfo extends Layout.Type<typeof positionIncreaseInfo> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PositionIncreaseInfo: Layout.Layout<PositionIncreaseInfo> = positionIncreaseInfo

const derivativeCollateralResult = Layout.make("DerivativeCollateralResult", (at) => ({
  /** 1 if it was set */ status: at(0, Field.flag)
}))
/**
 * Whether the collateral of a derivative position was set.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deriv-pos-collateral-set
 * @since 0.1.0
 * @category records
 */
export interface DerivativeCollateralResult extends Layout.Type<typeof derivativeCollateralResult> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DerivativeCollateralResult: Layout.Layout<DerivativeCollateralResult> = derivativeCollateralResult

const derivativeCollateralLimits = Layout.make("DerivativeCollateralLimits", (at) => ({
  /** minimum */ minCollateral: at(0, Field.num),
  /** maximum */ maxCollateral: at(1, Field.num)
}))
/**
 * Minimum and maximum collateral of an open derivative position.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-calc-deriv-collateral-limits
 * @since 0.1.0
 * @category records
 */
export interface DerivativeCollateralLimits extends Layout.Type<typeof derivativeCollateralLimits> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DerivativeCollateralLimits: Layout.Layout<DerivativeCollateralLimits> = derivativeCollateralLimits
