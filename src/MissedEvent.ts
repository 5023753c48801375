/**
 * Changes of an account that occurred while its socket was disconnected.
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
  /** number of the login after which it was found */
  readonly epoch: number
  /** as it was known before; null if it was placed and ended while disconnected */
  readonly before: Order | null
  /** its last state */
  readonly order: Order
  /** those of its trades that the socket had not reported, oldest first. `trades` delivers the same ones */
  readonly fills: ReadonlyArray<Trade>
  /** whether their sum matches the order; false when REST did not show all of them within its retries */
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
 * An order that is still open has changed: it was executed in part, or updated by another program.
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
 * An open order that was not known before: from another program, or from a command of this one whose answer was lost.
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
 * An order that is no longer open, or that had trades, and whose outcome REST could not show.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderUnknown {
  readonly _tag: "OrderUnknown"
  readonly epoch: number
  readonly id: number
  /** null if only its trades are known */
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
  /** whether their sum matches the offer */
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
 * A funding offer that is still open has changed.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferChanged extends OfferEnded {
  readonly _tag: "OfferChanged"
}

/**
 * An open funding offer that was not known before.
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
 * A funding offer that is no longer open, and whose outcome REST could not show.
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
 * A position, a credit or a loan that was not known before.
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
 * A position, a credit or a loan has changed in a field that is not computed.
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
 * A position, a credit or a loan has ended.
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
  /** why `row` is null; null if it is not */
  readonly reason: string | null
}

/**
 * A balance has changed. `before` is null for a wallet that was not known, `wallet` for one that the venue no longer
 * lists.
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
 * Trades since then may be missing, because the query over REST failed. It is repeated later, and `trades` then
 * delivers them.
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
 * Everything that happened before this login has been reported, by `trades` and as missed events. The views show this
 * login, and later events are reported as they happen. It follows each login, the first included, and each doubt in
 * between that REST had to settle.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaughtUp {
  readonly _tag: "CaughtUp"
  readonly epoch: number
  /** false when something stayed unknown: the events before it, or a view that is `Unreadable`, show which */
  readonly isComplete: boolean
}

/**
 * A change that occurred while disconnected, or `CaughtUp` after the last of them.
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
