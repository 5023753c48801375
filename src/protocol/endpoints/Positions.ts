/**
 * Margin and positions as tables of rows. All of them need a key.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import { MarginInfoBase, MarginInfoSymbol } from "../records/Margin.ts"
import { Notification } from "../records/Notification.ts"
import {
  DerivativeCollateralLimits,
  DerivativeCollateralResult,
  Position,
  PositionIncrease,
  PositionIncreaseInfo
} from "../records/Position.ts"

const symbol = {
  /** t pair */
  symbol: Param.trading
}

/** `[[1]]`, or `[1]` as the manual has it; nothing, or 0, means that it was not set */
const collateralRefusal = (json: unknown): Endpoint.Refusal | undefined => {
  const row: unknown = Array.isArray(json) && Array.isArray(json[0]) ? json[0] : json
  return Array.isArray(row) && (row.length === 0 || row[0] === 0)
    ? { code: null, text: "the collateral was not set", status: "FAILURE" }
    : undefined
}

/**
 * Margin of the account. Derivatives are not in it.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const marginEndpoints = Endpoint.table("margin", {
  /** Margin of the account as a whole. */
  marginInfoBase: Endpoint.read({
    path: "v2/auth/r/info/margin/base",
    params: {},
    result: Endpoint.always(MarginInfoBase),
    limit: [90, 60],
    doc: "rest-auth-info-margin"
  }),

  /** Margin of one symbol. */
  marginInfoSymbol: Endpoint.read({
    path: "v2/auth/r/info/margin/{symbol}",
    params: symbol,
    result: Endpoint.always(MarginInfoSymbol),
    limit: [90, 60],
    doc: "rest-auth-info-margin"
  }),

  /** Margin of all symbols. */
  marginInfoAllSymbols: Endpoint.read({
    path: "v2/auth/r/info/margin/sym_all",
    params: {},
    result: Endpoint.always(Layout.list(MarginInfoSymbol)),
    limit: [90, 60],
    doc: "rest-auth-info-margin"
  })
})

/**
 * Positions. There is none that closes one: that is a MARKET order of the opposite amount with the flag `close`.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const positionEndpoints = Endpoint.table("positions", {
  /** Open positions. */
  positions: Endpoint.read({
    path: "v2/auth/r/positions",
    params: {},
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions"
  }),

  /** Claims a position, or a part of it: it is paid for and becomes a balance. */
  claimPosition: Endpoint.write({
    path: "v2/auth/w/position/claim",
    params: {
      /** id of the position */
      id: Param.id,
      /** part of it, base currency; all of it when left out */
      amount: Param.optional(Inputs.signedAmount)
    },
    ...Notification.reply("pm-req", Layout.wrapped(Position)),
    limit: [90, 60],
    doc: "rest-auth-position-claim"
  }),

  /** Enlarges a position. Verified and paper trading accounts only. */
  increasePosition: Endpoint.write({
    path: "v2/auth/w/position/increase",
    params: {
      ...symbol,
      /** base currency: above zero long, below short */
      amount: Inputs.signedAmount
    },
    ...Notification.reply("pmi-req", Layout.wrapped(PositionIncrease)),
    limit: [90, 60],
    doc: "rest-auth-position-increase"
  }),

  /** What enlarging a position would take. */
  increasePositionInfo: Endpoint.read({
    path: "v2/auth/r/position/increase/info",
    params: {
      ...symbol,
      /** base currency: above zero long, below short; without it the parts on funding may be null */
      amount: Param.optional(Inputs.signedAmount)
    },
    result: Endpoint.always(PositionIncreaseInfo),
    limit: [90, 60],
    doc: "rest-auth-increase-position-info"
  }),

  /** Past positions, newest first. */
  positionsHistory: Endpoint.read({
    path: "v2/auth/r/positions/hist",
    params: {
      ...Inputs.span,
      /** 1 to 50 rows */
      limit: Param.limit(50),
      /** id of one position; all when left out */
      id: Param.optional(Param.id)
    },
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions-hist"
  }),

  /** Positions as they were once a day. */
  positionsSnapshot: Endpoint.read({
    path: "v2/auth/r/positions/snap",
    params: {
      ...Inputs.span,
      /** 1 to 500 rows */
      limit: Param.limit(500),
      /** id of one position; all when left out */
      id: Param.optional(Param.id)
    },
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions-snap"
  }),

  /** What happened to positions. */
  positionsAudit: Endpoint.read({
    path: "v2/auth/r/positions/audit",
    params: {
      /** ids of positions */
      id: Body.list(Param.id),
      ...Inputs.span,
      /** 1 to 250 rows */
      limit: Param.limit(250)
    },
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions-audit"
  }),

  /** Sets how a position is funded. Nothing is documented of what the reply carries: it is given as it came. */
  updatePositionFundingType: Endpoint.write({
    path: "v2/auth/w/position/update/funding/type",
    params: {
      ...symbol,
      /** 0 daily, 1 term */
      type: Param.oneOf(0, 1)
    },
    ...Notification.reply("puft-req", Layout.raw),
    idempotent: true,
    limit: null,
    doc: "update-position-funding-type"
  }),

  /** Sets the collateral of a derivative position. Too little of it is refused with code 110202. */
  setDerivativeCollateral: Endpoint.write({
    path: "v2/auth/w/deriv/collateral/set",
    params: {
      /** t pair of a derivative, such as tBTCF0:USTF0 */
      symbol: Param.trading,
      /** what it shall be, not by how much it changes */
      collateral: Inputs.amount
    },
    result: Endpoint.always(Layout.wrapped(DerivativeCollateralResult)),
    refusal: collateralRefusal,
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-deriv-pos-collateral-set"
  }),

  /** Smallest and largest collateral of an open derivative position. */
  derivativeCollateralLimits: Endpoint.read({
    path: "v2/auth/calc/deriv/collateral/limits",
    params: {
      /** t pair of a derivative, such as tBTCF0:USTF0 */
      symbol: Param.trading
    },
    result: Endpoint.always(DerivativeCollateralLimits),
    limit: [90, 60],
    doc: "rest-auth-calc-deriv-collateral-limits"
  })
})
