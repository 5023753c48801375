/**
 * Results of commands on the account's socket: acknowledgements, elements of an order's lifecycle, resolutions of
 * unknown outcomes.
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
 * The proof that the venue has accepted a command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acknowledgement {
  /**
   * type of the notification or event that proved it, such as `on-req`, `on`, `oc` or `te`; `rest` for a row found over REST
   */
  readonly by: string
  /** the text of the notification, for people; null if the proof was not a notification */
  readonly text: string | null
  /** number of the login in which the command was sent */
  readonly epoch: number
}

/**
 * A submission that was accepted. An accepted order is not necessarily placed: a post-only order may still be
 * cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubmittedOrder extends Acknowledgement {
  readonly id: number
  /** the `cid` that was given, or the one that the SDK generated */
  readonly cid: number
  /**
   * UTC day of the order, `YYYY-MM-DD`, by which it is found together with its `cid`: by the venue's clock where the answer
   * shows it, else that of the submission by the clock of this machine
   */
  readonly cidDate: `${number}-${number}-${number}`
  /**
   * the order as the answer shows it. A notification has neither times nor status. A trade (`by` is `te` or `tu`) has only
   * id, `cid` and symbol of its order; every other field is then null. For an OCO, one of the two orders
   */
  readonly order: OrderNotice
}

/**
 * A submission that was accepted, with a tag that distinguishes it from an `OrderOutcome`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Accepted extends SubmittedOrder {
  readonly _tag: "Accepted"
}

/**
 * The acknowledgement of an update or a cancellation of an order: the venue has done it, or will do it.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderAck extends Acknowledgement {
  /** the order as the answer shows it; a notification may leave some of its fields null */
  readonly order: OrderNotice
}

/**
 * The acknowledgement of a cancellation of several orders: they are cancelled, or will be.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersAck extends Acknowledgement {
  readonly orders: ReadonlyArray<OrderNotice>
}

/**
 * The acknowledgement of a funding offer that was submitted or cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferAck extends Acknowledgement {
  /** the offer as the answer shows it: a notification may have only id, amount, rate and period */
  readonly offer: FundingOfferNotice
}

/**
 * The acknowledgement of one operation of a batch; `operation` is the venue's word for it.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationAck =
  | ({ readonly operation: "on" } & SubmittedOrder)
  | ({ readonly operation: "ou" | "oc" } & OrderAck)
  | ({ readonly operation: "oc_multi" } & OrdersAck)

/**
 * The type of the record that the venue computes for an item.
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
 * A notification that one program of the user sent to the user's other connections.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserNotification {
  /** begins with `ucm-` */
  readonly type: string
  /** any JSON */
  readonly info: unknown
  /** the sender's id of the message; null if it gave none */
  readonly messageId: number | null
  /** ms, by the venue's clock; null if the row has none */
  readonly mts: number | null
}

/**
 * An order as the venue showed it: one element for each event, and one for each row that a query after a reconnection
 * found.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderUpdate {
  readonly _tag: "OrderUpdate"
  readonly order: Order
  /** `on` new, `ou` changed, `oc` ended; null for a row that was found by a query, not by an event */
  readonly by: "on" | "ou" | "oc" | null
}

/**
 * A part of an order was executed. A trade that is seen as it happens arrives twice: at once, and again with its fee.
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
 * The end of an order, and the last element of its lifecycle.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderEnded {
  readonly _tag: "OrderEnded"
  readonly outcome: Filled | Cancelled
  /** each trade once, with its fee where that is known, oldest first */
  readonly trades: ReadonlyArray<Trade>
  /** false when trades may be missing, because REST did not show all of them */
  readonly isComplete: boolean
}

/**
 * An element of an order's lifecycle. After an unknown outcome there is no `Accepted`: the lifecycle begins with the
 * order as it was found, or ends with `NeverPlaced`. After `NotSeen` it continues if the order appears late, and ends
 * if it does not.
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
 * None of the orders that were to be cancelled is open: the `status` of each says why it ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersEnded {
  readonly _tag: "OrdersEnded"
  /** the orders whose ids were known when the command was sent */
  readonly ended: ReadonlyArray<Order>
}

/**
 * At least one of the orders that were to be cancelled is still open: the cancellation had no effect on it.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersOpen {
  readonly _tag: "OrdersOpen"
  /** false when nothing proves that the cancellation cannot arrive later */
  readonly isFinal: boolean
  readonly open: ReadonlyArray<Order>
  /** the orders that have ended, of those whose ids were known when the command was sent */
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
 * The offer was never made: the venue refused it, and the refusal arrived late.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferNeverPlaced {
  readonly _tag: "OfferNeverPlaced"
}

/**
 * The offer that was to be cancelled has ended: `offer.status` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface OfferEnded {
  readonly _tag: "OfferEnded"
  readonly offer: FundingOffer
}

/**
 * The offer that was to be cancelled is still open.
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
 * The venue's rows do not prove what happened. The user has to check, for example on the venue's page of orders.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unresolvable {
  readonly _tag: "Unresolvable"
  readonly reason: string
  /** orders that the command may have concerned */
  readonly orders: ReadonlyArray<Order>
  /** offers that the command may have concerned */
  readonly offers: ReadonlyArray<FundingOffer>
}

/**
 * The resolved outcome of a command: an `OrderOutcome` for a submission of an order, another member for each other kind
 * of command, and `Unresolvable` for any kind.
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
  /**
   * the error of the command; it names the command, and the order or offer. If an order appears after the SDK has
   * stopped watching for it, and the program no longer holds the error, this is an equal error without its cause
   */
  readonly unknown: OutcomeUnknown
  readonly outcome: Outcome
  /**
   * true for an order that appeared after `NotSeen`, `NeverPlaced` or `Unresolvable`, and for its outcome after the SDK
   * then cancelled it. `Unresolvable` with it: orders under a `cid` of yours appeared, which may be another program's
   */
  readonly isLate: boolean
}

/**
 * An order of this service that may be live. An OCO is one entry.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiveOrder {
  readonly cid: number
  /**
   * UTC day of the order, `YYYY-MM-DD`, by which it is found together with its `cid`: by the venue's clock where the answer
   * shows it, else that of the submission by the clock of this machine
   */
  readonly cidDate: `${number}-${number}-${number}`
  readonly symbol: string
  /**
   * `sent`: no answer has come yet. `accepted`: the venue has accepted it, and has not shown its end. `unknown`: the
   * SDK is resolving its outcome. `notSeen`: the venue does not show it, but nothing proves that it cannot appear
   */
  readonly state: "sent" | "accepted" | "unknown" | "notSeen"
  /** the venue's ids of its open orders; an OCO has two, a submission that the venue has not shown yet has none */
  readonly ids: ReadonlyArray<number>
  /**
   * the largest amount that may still be executed, base currency: positive to buy, negative to sell. While an update of
   * the amount is not proven to be done or refused, the larger of both amounts. For an OCO, that of one leg
   */
  readonly amount: number
}

/**
 * The orders that may be live, and the largest amounts that they can still execute.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exposure {
  /** oldest first */
  readonly orders: ReadonlyArray<LiveOrder>
  /**
   * by symbol, the largest amounts that may still be bought and sold, base currency, both without a sign. While
   * `replaceOrder` runs, its second order counts too, but for the amount of the first: both are never open at once
   */
  readonly bySymbol: { readonly [symbol: string]: { readonly buy: number; readonly sell: number } }
}

/**
 * The first order has ended, as the venue has shown, and a second one was submitted for the amount that was left.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replaced {
  readonly _tag: "Replaced"
  /** the first order, as it ended */
  readonly ended: Order
  /** the amount that the first order executed, of an OCO both of its orders, base currency, signed like its amount */
  readonly executed: number
  /** the second order */
  readonly submitted: SubmittedOrder
}

/**
 * The first order executed the whole amount that both were to execute: no second one was submitted.
 *
 * @since 0.1.0
 * @category models
 */
export interface NothingLeft {
  readonly _tag: "NothingLeft"
  /** the first order, as it ended */
  readonly ended: Order
  /**
   * the amount that the first order executed, of an OCO both of its orders, base currency, signed like its amount; may
   * exceed the requested amount
   */
  readonly executed: number
}
