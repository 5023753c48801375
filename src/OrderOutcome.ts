/**
 * What became of an order whose submission ended without an answer.
 *
 * @since 0.1.0
 */
import { hasExecutions, isOrderMoving, type Order, orderStatus } from "./protocol/records/Order.ts"

/**
 * The order as the venue showed it last. An OCO is two orders: `order` is the one that went furthest, `orders` has both.
 *
 * @since 0.1.0
 * @category models
 */
export interface Found<out Tag extends string> {
  readonly _tag: Tag
  readonly cid: number
  /** UTC day, `YYYY-MM-DD` */
  readonly cidDate: `${number}-${number}-${number}`
  readonly order: Order
  readonly orders: ReadonlyArray<Order>
}

/**
 * It is open, and nothing of it was executed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Placed extends Found<"Placed"> {}

/**
 * It is open, and a part of it was executed.
 *
 * @since 0.1.0
 * @category models
 */
export interface PartiallyFilled extends Found<"PartiallyFilled"> {}

/**
 * It was executed in full.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filled extends Found<"Filled"> {}

/**
 * It ended before it was executed in full: `order.status` says why. A part of it may have been executed: ask
 * `orderTrades` how much, since after an update of the amount `order.amount` and `order.amountOrig` do not say it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cancelled extends Found<"Cancelled"> {}

/**
 * It was never placed, and cannot be any more: nothing of the submission can still arrive at the venue, and two readings
 * of open and past orders that were begun `orderSettle` or more after that show no order that can be it.
 *
 * @since 0.1.0
 * @category models
 */
export interface NeverPlaced {
  readonly _tag: "NeverPlaced"
  readonly cid: number
  readonly cidDate: `${number}-${number}-${number}`
}

/**
 * Two readings of open and past orders show no order that can be it, but nothing proves that the submission cannot still
 * arrive: its bytes may be on the way over a path that stalled. An order of that size may appear later.
 *
 * `Trading` has dropped what it could, and keeps watching: see `Trading.resolutions` and `onLate` of `Trading.layer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface NotSeen {
  readonly _tag: "NotSeen"
  readonly cid: number
  readonly cidDate: `${number}-${number}-${number}`
}

/**
 * What the venue shows of an order.
 *
 * @since 0.1.0
 * @category models
 */
export type Shown = Placed | PartiallyFilled | Filled | Cancelled

/**
 * What became of an order.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderOutcome = Shown | NeverPlaced | NotSeen

/** the first of these that one of a pair has is the outcome of the pair */
const ranks = ["Filled", "PartiallyFilled", "Placed", "Cancelled"] as const

const tagOf = (order: Order, open: boolean): typeof ranks[number] => {
  if (orderStatus(order.status) === "Executed") return "Filled"
  // a past order that says ACTIVE was read while it moved from one list to the other
  if (open || isOrderMoving(order.status)) return hasExecutions(order) ? "PartiallyFilled" : "Placed"
  return "Cancelled"
}

/**
 * The outcome that rows of open and past orders with one `cid` show; undefined when there is no row.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromOrders = (
  { cid, cidDate, open, past }: {
    readonly cid: number
    readonly cidDate: `${number}-${number}-${number}`
    readonly open: ReadonlyArray<Order>
    readonly past: ReadonlyArray<Order>
  }
): Shown | undefined => {
  // what moved from one list to the other while they were read is in both: the past is later
  const ended = new Set(past.map(({ id }) => id))
  const all = [
    ...open.filter(({ id }) => !ended.has(id)).map((order) => ({ order, _tag: tagOf(order, true) })),
    ...past.map((order) => ({ order, _tag: tagOf(order, false) }))
  ].sort((a, b) => ranks.indexOf(a._tag) - ranks.indexOf(b._tag) || a.order.id - b.order.id)
  const first = all[0]
  return first === undefined ? undefined : { cid, cidDate, ...first, orders: all.map(({ order }) => order) }
}
