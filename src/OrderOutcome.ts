/**
 * The outcome of an order whose submission ended without an answer, as a query of the venue's orders shows it.
 *
 * @since 0.1.0
 */
import * as Cid from "./protocol/internal/cid.ts"
import { hasExecutions, isOrderMoving, type Order, orderStatus } from "./protocol/records/Order.ts"

/**
 * The fields of each outcome in which the venue shows the order. An OCO is two orders: `orders` has both, and `order`
 * is the one that decides the tag (an executed leg before an open one, an open one before a cancelled one).
 *
 * @since 0.1.0
 * @category models
 */
export interface Found<out Tag extends string> {
  readonly _tag: Tag
  readonly cid: number
  /** UTC day of `order` by the venue's clock, `YYYY-MM-DD`: the venue finds it by `cid` and this day */
  readonly cidDate: `${number}-${number}-${number}`
  /** the venue's id of `order`, as `Accepted` has it */
  readonly id: number
  readonly order: Order
  readonly orders: ReadonlyArray<Order>
}

/**
 * The order is open, and no part of it was executed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Placed extends Found<"Placed"> {}

/**
 * The order is open, and a part of it was executed.
 *
 * @since 0.1.0
 * @category models
 */
export interface PartiallyFilled extends Found<"PartiallyFilled"> {}

/**
 * The order was executed in full.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filled extends Found<"Filled"> {}

/**
 * The order ended before it was executed in full: `order.status` says why. A part of it may have been executed. To find
 * out how much, call `orderTrades`: after an update of the amount, `order.amount` and `order.amountOrig` do not show
 * it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cancelled extends Found<"Cancelled"> {}

/**
 * The order was never placed, and cannot be placed any more. The proof: no byte of the submission can still arrive at
 * the venue, and two queries of open and past orders show no order that can be this one, the first at least
 * `orderSettle` later, the second at least `orderSettle` after the first. That takes about twice `orderSettle`, 30 s by
 * default. Another proof is a refusal by the venue that arrived late.
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
 * Two queries of open and past orders show no order that can be this one, but nothing proves that the submission cannot
 * still arrive: its bytes may be in transit on a connection that stalled. The order may appear later, in full size.
 *
 * `Trading` keeps watching for it for some time: see `Trading.resolutions`, and `onLate` of `Trading.layer`.
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
 * An outcome in which the venue shows the order.
 *
 * @since 0.1.0
 * @category models
 */
export type Shown = Placed | PartiallyFilled | Filled | Cancelled

/**
 * The outcome of an order.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderOutcome = Shown | NeverPlaced | NotSeen

/** the outcome of an OCO pair is the first of these that one of the two orders has */
const ranks = ["Filled", "PartiallyFilled", "Placed", "Cancelled"] as const

const tagOf = (order: Order, open: boolean): typeof ranks[number] => {
  if (orderStatus(order.status) === "Executed") return "Filled"
  // a row of past orders with status ACTIVE was read while the order moved from the open list to the past one
  if (open || isOrderMoving(order.status)) return hasExecutions(order) ? "PartiallyFilled" : "Placed"
  return "Cancelled"
}

/**
 * Determines the outcome of an order from the rows of open and past orders that have its `cid`; undefined without a
 * row.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromOrders = (
  { cid, open, past }: {
    readonly cid: number
    readonly open: ReadonlyArray<Order>
    readonly past: ReadonlyArray<Order>
  }
): Shown | undefined => {
  // an order that ended between the two queries is in both lists: its row in the past list is the later one
  const ended = new Set(past.map(({ id }) => id))
  const all = [
    ...open.filter(({ id }) => !ended.has(id)).map((order) => ({ order, _tag: tagOf(order, true) })),
    ...past.map((order) => ({ order, _tag: tagOf(order, false) }))
  ].sort((a, b) => ranks.indexOf(a._tag) - ranks.indexOf(b._tag) || a.order.id - b.order.id)
  const first = all[0]
  return first === undefined
    ? undefined
    : {
      cid,
      cidDate: Cid.dayOf(first.order.mtsCreate),
      id: first.order.id,
      ...first,
      orders: all.map(({ order }) => order)
    }
}
