/**
 * Margin and positions as tables of rows. All endpoints need a key.
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

/** `[[1]]`, or `[1]` as in the manual; an empty list, or 0, means that it was not set */
const collateralRefusal = (json: unknown): Endpoint.Refusal | undefined => {
  const row: unknown = Array.isArray(json) && Array.isArray(json[0]) ? json[0] : json
  return Array.isArray(row) && (row.length === 0 || row[0] === 0)
    ? { code: null, text: "the collateral was not set", status: "FAILURE" }
    : undefined
}

/**
 * Margin of the account, without derivatives.
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
 * Positions. No endpoint closes a position: submit a MARKET order of the opposite amount with the flag `close`.
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

  /** Claims a position, or a part of it: you pay for it, and it becomes a balance. */
  claimPosition: Endpoint.write({
    path: "v2/auth/w/position/claim",
    params: {
      /** id of the position */
      id: Param.id,
      /** part of it, base currency; default all of it */
      amount: Param.optional(Inputs.signedAmount)
    },
    ...Notification.reply("pm-req", Layout.wrapped(Position)),
    limit: [90, 60],
    doc: "rest-auth-position-claim"
  }),

  /** Increases a position. Verified and paper trading accounts only. */
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

  /** Requirements for increasing a position. */
  increasePositionInfo: Endpoint.read({
    path: "v2/auth/r/position/increase/info",
    params: {
      ...symbol,
      /** base currency: above zero long, below short; without it, the parts on funding may be null */
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
      /** id of one position; default all */
      id: Param.optional(Param.id)
    },
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions-hist"
  }),

  /** Daily snapshots of positions. */
  positionsSnapshot: Endpoint.read({
    path: "v2/auth/r/positions/snap",
    params: {
      ...Inputs.span,
      /** 1 to 500 rows */
      limit: Param.limit(500),
      /** id of one position; default all */
      id: Param.optional(Param.id)
    },
    result: Endpoint.always(Layout.list(Position)),
    limit: [90, 60],
    doc: "rest-auth-positions-snap"
  }),

  /** Events of positions. */
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

  /** Sets how a position is funded. The payload of the reply is not documented: it is returned undecoded. */
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

  /** Sets the collateral of a derivative position. Too little collateral is refused with code 110202. */
  setDerivativeCollateral: Endpoint.write({
    path: "v2/auth/w/deriv/collateral/set",
    params: {
      /** t pair of a derivative, such as tBTCF0:USTF0 */
      symbol: Param.trading,
      /** the new collateral, not the change */
      collateral: Inputs.amount
    },
    result: Endpoint.always(Layout.wrapped(DerivativeCollateralResult)),
    refusal: collateralRefusal,
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-deriv-pos-collateral-set"
  }),

  /** Minimum and maximum collateral of an open derivative position. */
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
