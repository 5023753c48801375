/**
 * Commands on the account's socket: what the venue answers, how an order goes on, and how an unknown outcome is resolved.
 *
 * @since 0.1.0
 */
import type { OutcomeUnknown } from "./BitfinexError.ts"
import type { Cancelled, Filled, NeverPlaced, NotSeen, OrderOutcome } from "./OrderOutcome.ts"
import type { FundingInfo, FundingOffer, FundingOfferNotice } from "./protocol/records/Funding.ts"
import type { MarginInfoBase, MarginInfoSymbol } from "./protocol/records/Margin.ts"
import type { Order, OrderNotice, Trade } from "./protocol/records/Order.ts"
import type { Position } from "./protocol/records/Position.ts"
import type { BalanceUpdate, Wallet } from "./protocol/records/Wallet.ts"

/**
 * That the venue has taken a command up.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acknowledgement {
  /** what said so: a notification such as `on-req`, or an event such as `on` or `oc` */
  readonly by: string
  /** the notification's text for people; null where an event was first */
  readonly text: string | null
  /** the login in which the command was sent */
  readonly epoch: number
}

/**
 * A submission that was accepted. Accepted means taken up, not placed: a post-only order may still be cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubmittedOrder extends Acknowledgement {
  readonly id: number
  /** the one that was given, or the one that was made */
  readonly cid: number
  /** UTC day of the submission by the clock of this machine, `YYYY-MM-DD` */
  readonly cidDate: `${number}-${number}-${number}`
  /** as the answer shows it: a notification has neither times nor status. Of an OCO one of the two */
  readonly order: OrderNotice
}

/**
 * A submission that was accepted, beside what else can be found out of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Accepted extends SubmittedOrder {
  readonly _tag: "Accepted"
}

/**
 * An order that is, or will be, changed or cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderAck extends Acknowledgement {
  /** as the answer shows it; a notification may fill it in part */
  readonly order: OrderNotice
}

/**
 * Orders that will be cancelled, or were.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersAck extends Acknowledgement {
  readonly orders: ReadonlyArray<OrderNotice>
}

/**
 * A funding offer that was made, or cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferAck extends Acknowledgement {
  /** as the answer shows it: a notification may have id, amount, rate and period only */
  readonly offer: FundingOfferNotice
}

/**
 * One operation of a batch that was accepted, by its word.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationAck =
  | ({ readonly operation: "on" } & SubmittedOrder)
  | ({ readonly operation: "ou" | "oc" } & OrderAck)
  | ({ readonly operation: "oc_multi" } & OrdersAck)

/**
 * What the venue computed of an item.
 *
 * @since 0.1.0
 * @category models
 */
export type CalcRecord<I> = I extends "margin_base" ? MarginInfoBase
  : I extends "balance" ? BalanceUpdate
  : I extends `margin_sym_${string}` ? MarginInfoSymbol
  : I extends `funding_sym_${string}` ? FundingInfo
  : I extends `position_${string}` ? Position
  : I extends `wallet_${string}` ? Wallet
  : never

/**
 * A notification that a program of the user sent to the others.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserNotification {
  /** begins with `ucm-` */
  readonly type: string
  /** any JSON */
  readonly info: unknown
  /** as the sender gave it; null when it gave none */
  readonly messageId: number | null
  /** ms of the venue's clock; null when it was not told */
  readonly mts: number | null
}

/**
 * An order as the venue showed it: with each event, and after a reconnection as it was found.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderUpdate {
  readonly _tag: "OrderUpdate"
  readonly order: Order
  /** `on` new, `ou` changed, `oc` gone; null for what was found after a reconnection */
  readonly by: "on" | "ou" | "oc" | null
}

/**
 * A part of an order was executed. Each trade comes twice, if it was seen as it happened: at once, and with its fee.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderFill {
  readonly _tag: "OrderFill"
  readonly trade: Trade
  /** whether fee and currency of the fee are known */
  readonly hasFee: boolean
}

/**
 * The end of an order, the last element of its life.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderEnded {
  readonly _tag: "OrderEnded"
  readonly outcome: Filled | Cancelled
  /** each trade once, with its fee where that is known, oldest first */
  readonly trades: ReadonlyArray<Trade>
  /** false when trades may be missing, since nobody could be asked for them */
  readonly isComplete: boolean
}

/**
 * An element of an order's life. `Accepted` is missing where the order itself was found first, after an unknown outcome;
 * `NeverPlaced` is then the other end. After `NotSeen` the life goes on where the order appears late, and ends where it
 * does not.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderLifecycle = Accepted | OrderUpdate | OrderFill | OrderEnded | NeverPlaced | NotSeen

/**
 * The order has the terms that the update asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Updated {
  readonly _tag: "Updated"
  readonly order: Order
}

/**
 * The order does not have the terms that the update asked for. It may have ended meanwhile: `order.status` says.
 *
 * @since 0.1.0
 * @category models
 */
export interface NotUpdated {
  readonly _tag: "NotUpdated"
  /** false when nothing proves that the change cannot arrive later */
  readonly isFinal: boolean
  readonly order: Order
}

/**
 * None of the orders that were to be cancelled is open any more: their `status` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersEnded {
  readonly _tag: "OrdersEnded"
  /** those that were known by id when the command was sent */
  readonly ended: ReadonlyArray<Order>
}

/**
 * Some of the orders that were to be cancelled are open still: the cancellation did not take effect.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersOpen {
  readonly _tag: "OrdersOpen"
  /** false when nothing proves that the cancellation cannot arrive later */
  readonly isFinal: boolean
  readonly open: ReadonlyArray<Order>
  /** those that were known by id when the command was sent */
  readonly ended: ReadonlyArray<Order>
}

/**
 * The offer was made. It may have ended meanwhile: `offer.status` says.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferPlaced {
  readonly _tag: "OfferPlaced"
  readonly offer: FundingOffer
}

/**
 * The offer was never made: the venue refused it, and said so late.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferNeverPlaced {
  readonly _tag: "OfferNeverPlaced"
}

/**
 * The offer that was to be cancelled is no more: `offer.status` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferEnded {
  readonly _tag: "OfferEnded"
  readonly offer: FundingOffer
}

/**
 * The offer that was to be cancelled is open still.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferOpen {
  readonly _tag: "OfferOpen"
  /** false when nothing proves that the cancellation cannot arrive later */
  readonly isFinal: boolean
  readonly offer: FundingOffer
}

/**
 * What the venue shows proves nothing: it is for the user to look.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unresolvable {
  readonly _tag: "Unresolvable"
  readonly reason: string
  /** orders that may be meant */
  readonly orders: ReadonlyArray<Order>
  /** offers that may be meant */
  readonly offers: ReadonlyArray<FundingOffer>
}

/**
 * What became of a command: an `OrderOutcome` for submissions of orders, the others by what the command was to do.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | OrderOutcome
  | Updated
  | NotUpdated
  | OrdersEnded
  | OrdersOpen
  | OfferPlaced
  | OfferNeverPlaced
  | OfferEnded
  | OfferOpen
  | Unresolvable

/**
 * An unknown outcome that was resolved.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolution {
  /** the error of the command; it names the command, and the order or offer */
  readonly unknown: OutcomeUnknown
  readonly outcome: Outcome
  /** an order that appeared after `NotSeen`, or what became of it when it was cancelled then */
  readonly isLate: boolean
}

/**
 * An order of ours that may be live.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiveOrder {
  readonly cid: number
  /** UTC day of the submission by the clock of this machine, `YYYY-MM-DD` */
  readonly cidDate: `${number}-${number}-${number}`
  readonly symbol: string
  /**
   * `sent`: the answer is awaited. `accepted`: taken up, and no end of it was seen. `unknown`: it is being looked for.
   * `notSeen`: not shown, and nothing proves that it cannot appear
   */
  readonly state: "sent" | "accepted" | "unknown" | "notSeen"
  /** the venue's, of those that are open; an OCO has two */
  readonly ids: ReadonlyArray<number>
  /** what may still be executed, base currency: above zero to buy, below to sell. Of an OCO that of one leg */
  readonly amount: number
}

/**
 * What may be live, and what it may come to at worst.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exposure {
  /** oldest first */
  readonly orders: ReadonlyArray<LiveOrder>
  /** by symbol what may still be bought and sold, base currency, both without a sign */
  readonly bySymbol: { readonly [symbol: string]: { readonly buy: number; readonly sell: number } }
}

/**
 * An order was cancelled, its end is proven, and another one was submitted for what it had not executed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replaced {
  readonly _tag: "Replaced"
  /** the first order, as it ended */
  readonly ended: Order
  /** what the first order executed, base currency, signed like its amount */
  readonly executed: number
  /** the second order */
  readonly submitted: SubmittedOrder
}

/**
 * The first order had executed all that both were to execute before it ended: no second one was submitted.
 *
 * @since 0.1.0
 * @category models
 */
export interface NothingLeft {
  readonly _tag: "NothingLeft"
  /** the first order, as it ended */
  readonly ended: Order
  /** what the first order executed, base currency, signed like its amount; it may be more than was wanted */
  readonly executed: number
}
