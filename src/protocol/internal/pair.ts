/**
 * The two orders of an OCO. No page of the manual says which `cid` the second one has: the venue's own client names another
 * for it. The ids with which their rows name one another therefore distinguish them from other orders.
 *
 * @internal
 */
import * as Flags from "../Flags.ts"
import type { Order } from "../records/Order.ts"

/** id of the other order of an OCO; null for any other order */
export const partnerOf = ({ flags, placedId }: Pick<Order, "flags" | "placedId">): number | null =>
  // past orders have text
  (Number(flags) & Flags.order.oco) === 0 ? null : placedId

/** whether two orders are those of one OCO: one that names the other suffices */
export const arePair = (one: Order, other: Order): boolean =>
  one.id !== other.id && (partnerOf(one) === other.id || partnerOf(other) === one.id)

/** ids of these orders, and of those that they name as the other one of an OCO */
export const idsOf = (orders: Iterable<Order>): ReadonlySet<number> =>
  new Set([...orders].flatMap((order) => [order.id, partnerOf(order) ?? order.id]))

/** whether a row is one of these orders, or the other order of an OCO that they belong to */
export const among = (orders: ReadonlyArray<Order>): (order: Order) => boolean => {
  const ids = idsOf(orders)
  return (order) => {
    const partner = partnerOf(order)
    return ids.has(order.id) || (partner !== null && ids.has(partner))
  }
}
