/**
 * What became of a command whose outcome was unknown.
 *
 * @since 0.1.0
 */
import type { OutcomeUnknown } from "./BitfinexError.ts"
import type { OrderOutcome } from "./OrderOutcome.ts"
import type { FundingOffer } from "./records/Funding.ts"
import type { Order } from "./records/Order.ts"

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
  readonly order: Order
}

/**
 * None of the orders that were to be cancelled is open any more, by whatever hand they ended: their `status` says.
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
 * Some of the orders that were to be cancelled are open still: the cancellation did not reach them.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrdersOpen {
  readonly _tag: "OrdersOpen"
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
 * The offer never came to be.
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
export type Fate =
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
 * An unknown outcome that was found out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolution {
  /** what the command failed with; it names the command, and the order or offer */
  readonly unknown: OutcomeUnknown
  readonly fate: Fate
}
