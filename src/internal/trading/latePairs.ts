/**
 * The orders of an OCO that appear late, and one after the other. Only the first is sure to have the cid of the submission.
 *
 * @internal
 */
import { fromOrders, type Shown } from "../../OrderOutcome.ts"
import * as Pair from "../../protocol/internal/pair.ts"
import { isOrderMoving, type Order } from "../../protocol/records/Order.ts"
import type { Known } from "./rules/rule.ts"

/** A submission of an OCO, with its orders as far as the venue has shown them. */
interface LatePair<P> {
  readonly published: P
  readonly shown: Shown
}

export interface LatePairs<P> {
  /**
   * The orders that appeared, with the other order of the OCO if the socket shows it as open. Where it does not, that order
   * is awaited.
   */
  readonly complete: (each: LatePair<P>) => Shown
  /** submissions whose other order is among these open ones, each with both of its orders */
  readonly take: (rows: ReadonlyArray<Order>) => ReadonlyArray<LatePair<P>>
}

/** submissions whose other order is awaited, at most */
const remembered = 1000

const withOther = (shown: Shown, other: Order): Shown => {
  const isOpen = ({ status }: Order): boolean => isOrderMoving(status)
  const open = [...shown.orders.filter(isOpen), other]
  const past = shown.orders.filter((order) => !isOpen(order))
  return fromOrders({ cid: shown.cid, open, past }) ?? shown
}

const otherAmong = ({ orders }: Shown, rows: Iterable<Order>): Order | undefined => {
  for (const row of rows) if (orders.some((order) => Pair.arePair(order, row))) return row
  return undefined
}

export const make = <P>(known: Pick<Known, "orders">): LatePairs<P> => {
  /** those with one order */
  const halves = new Set<LatePair<P>>()
  return {
    complete: (each) => {
      const { shown } = each
      if (shown.orders.length > 1) return shown
      const other = otherAmong(shown, known.orders.values())
      if (other !== undefined) return withOther(shown, other)
      halves.add(each)
      for (const oldest of halves.size > remembered ? halves : []) {
        halves.delete(oldest)
        break
      }
      return shown
    },
    take: (rows) =>
      [...halves].flatMap((each) => {
        const other = otherAmong(each.shown, rows)
        if (other === undefined) return []
        halves.delete(each)
        return [{ ...each, shown: withOther(each.shown, other) }]
      })
  }
}
