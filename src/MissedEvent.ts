/**
 * What happened to an account while its socket was away.
 *
 * @since 0.1.0
 */
import type { FundingCredit, FundingLoan, FundingOffer, FundingTrade } from "./protocol/records/Funding.ts"
import type { Order, Trade } from "./protocol/records/Order.ts"
import type { Position } from "./protocol/records/Position.ts"
import type { Wallet } from "./protocol/records/Wallet.ts"

/**
 * An order that ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderEnded {
  /** the login that found it */
  readonly epoch: number
  /** as it was known before; null when it came and went while away */
  readonly before: Order | null
  /** its last state */
  readonly order: Order
  /** those of its trades that the socket had not reported, oldest first. `trades` delivers the same ones */
  readonly fills: ReadonlyArray<Trade>
  /** whether they add up with the order; false when REST did not show all of them within its retries */
  readonly isComplete: boolean
}

/**
 * It was executed in full.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderFilled extends OrderEnded {
  readonly _tag: "OrderFilled"
}

/**
 * It ended before it was executed in full; `order.status` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderCancelled extends OrderEnded {
  readonly _tag: "OrderCancelled"
}

/**
 * An order that is still open is not as it was: executed in part, or changed by another program.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderChanged {
  readonly _tag: "OrderChanged"
  readonly epoch: number
  readonly before: Order
  readonly order: Order
  /** as in `OrderEnded` */
  readonly fills: ReadonlyArray<Trade>
  readonly isComplete: boolean
}

/**
 * An order is open that was not known: of another program, or of a command of ours whose answer was lost.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderAppeared {
  readonly _tag: "OrderAppeared"
  readonly epoch: number
  readonly order: Order
  /** as in `OrderEnded` */
  readonly fills: ReadonlyArray<Trade>
  readonly isComplete: boolean
}

/**
 * An order is gone, or had trades, and REST could not say what became of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderUnknown {
  readonly _tag: "OrderUnknown"
  readonly epoch: number
  readonly id: number
  /** null when it is known by its trades only */
  readonly before: Order | null
  /** its trades, as far as they are known */
  readonly fills: ReadonlyArray<Trade>
  readonly reason: string
}

/**
 * A funding offer that ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferEnded {
  readonly epoch: number
  readonly before: FundingOffer
  readonly offer: FundingOffer
  /** those of its trades that the socket had not reported, oldest first */
  readonly fills: ReadonlyArray<FundingTrade>
  /** whether they add up with the offer */
  readonly isComplete: boolean
}

/**
 * It was taken in full.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferFilled extends OfferEnded {
  readonly _tag: "OfferFilled"
}

/**
 * It ended before it was taken in full.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferCancelled extends OfferEnded {
  readonly _tag: "OfferCancelled"
}

/**
 * A funding offer that is still open is not as it was.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferChanged extends OfferEnded {
  readonly _tag: "OfferChanged"
}

/**
 * A funding offer is open that was not known.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferAppeared {
  readonly _tag: "OfferAppeared"
  readonly epoch: number
  readonly offer: FundingOffer
}

/**
 * A funding offer is gone, and REST could not say what became of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferUnknown {
  readonly _tag: "OfferUnknown"
  readonly epoch: number
  readonly before: FundingOffer
  readonly reason: string
}

/**
 * A position, a credit or a loan is there that was not known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Opened<out Tag extends string, out A> {
  readonly _tag: Tag
  readonly epoch: number
  readonly row: A
}

/**
 * A position, a credit or a loan has changed. Computed fields do not count.
 *
 * @since 0.1.0
 * @category models
 */
export interface Changed<out Tag extends string, out A> {
  readonly _tag: Tag
  readonly epoch: number
  readonly before: A
  readonly row: A
}

/**
 * A position, a credit or a loan is no more.
 *
 * @since 0.1.0
 * @category models
 */
export interface Closed<out Tag extends string, out A> {
  readonly _tag: Tag
  readonly epoch: number
  readonly before: A
  /** its last state; null when REST could not show it */
  readonly row: A | null
  /** why there is none; null when there is */
  readonly reason: string | null
}

/**
 * A balance is not as it was. `before` is null for a wallet that was not known, `wallet` for one that the venue does not list any more.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalletChanged {
  readonly _tag: "WalletChanged"
  readonly epoch: number
  readonly before: Wallet | null
  readonly wallet: Wallet | null
}

/**
 * Trades from then on may be missing: REST could not be asked. It is asked again later, and `trades` delivers them then.
 *
 * @since 0.1.0
 * @category models
 */
export interface TradesUnknown {
  readonly _tag: "TradesUnknown"
  readonly epoch: number
  /** ms of the venue's clock */
  readonly since: number
  readonly reason: string
}

/**
 * Everything that happened before this login was reported, by `trades` and as missed events, the views are of this login,
 * and what happens from now on is reported as it happens. It follows each login, the first included, and each doubt in
 * between that REST had to settle.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaughtUp {
  readonly _tag: "CaughtUp"
  readonly epoch: number
  /** false when something stayed unknown; the events before it, or a view that is `Unreadable`, say what */
  readonly isComplete: boolean
}

/**
 * What happened while away.
 *
 * @since 0.1.0
 * @category models
 */
export type MissedEvent =
  | OrderFilled
  | OrderCancelled
  | OrderChanged
  | OrderAppeared
  | OrderUnknown
  | Opened<"PositionOpened", Position>
  | Changed<"PositionChanged", Position>
  | Closed<"PositionClosed", Position>
  | WalletChanged
  | OfferFilled
  | OfferCancelled
  | OfferChanged
  | OfferAppeared
  | OfferUnknown
  | Opened<"CreditOpened", FundingCredit>
  | Changed<"CreditChanged", FundingCredit>
  | Closed<"CreditClosed", FundingCredit>
  | Opened<"LoanOpened", FundingLoan>
  | Changed<"LoanChanged", FundingLoan>
  | Closed<"LoanClosed", FundingLoan>
  | TradesUnknown
  | CaughtUp
