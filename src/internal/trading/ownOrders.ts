/**
 * The orders that were submitted within a scope: what is known of each, step by step, and what is left to cancel.
 *
 * @internal
 */
import type { Outcome } from "../../Command.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import { isOrderMoving } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type { Cancellation, Shown } from "./ways.ts"

/** An order that was submitted within a scope, and of which it is not proven that it ended. */
export interface Own {
  readonly cid: number
  /** null for one that was found by the group alone */
  readonly symbol: Symbols.Trading | null
  /** UTC days on which it may have been placed: one, but around midnight */
  readonly days: ReadonlyArray<string>
  /** ms of the steady clock at its submission: the other one may be set */
  readonly at: number
  /** legs of a pair share a cid */
  readonly legs: number
  readonly ids: Set<number>
  readonly ended: Set<number>
  /** `sent`: in flight. `unknown`: it may have been placed */
  stage: "sent" | "unknown" | "placed"
}

export interface OwnOrders {
  /** of the orders that were given none: none but those of this scope have it */
  readonly gid: number
  /** whether an order was sent with it */
  usesGid: boolean
  /** oldest first */
  readonly left: Set<Own>
  /** called when none is left */
  onDone: () => void
}

/** ms after which an order that was placed is shown for certain */
export const settled = 3_600_000

/** entries that are kept at most; a scope that has more orders open at once loses sight of the oldest */
export const remembered = 10_000

/** by how much the clock of this machine may differ from the venue's around midnight, ms */
const aroundMidnight = 600_000

export const make = (gid: number): OwnOrders => ({ gid, usesGid: false, left: new Set(), onDone: () => undefined })

/** UTC days of a submission at this time of day, that of the clock first */
export const daysOf = (mts: number): ReadonlyArray<string> => [
  ...new Set([mts, Math.max(0, mts - aroundMidnight), mts + aroundMidnight].map(Cid.dayOf))
]

/** Adds an order; answers those that were evicted. */
export const add = (orders: OwnOrders, order: Own): ReadonlyArray<Own> => {
  orders.left.add(order)
  const evicted: Array<Own> = []
  for (const oldest of orders.left) {
    if (orders.left.size <= remembered) break
    orders.left.delete(oldest)
    evicted.push(oldest)
  }
  return evicted
}

export const remove = (orders: OwnOrders, order: Own): void => {
  orders.left.delete(order)
  if (orders.left.size === 0) orders.onDone()
}

/** whether one more id can be of the order */
const hasRoom = ({ ids, legs }: Own): boolean => ids.size < legs

const isDone = ({ ended, ids, legs }: Own): boolean => ids.size >= legs && [...ids].every((id) => ended.has(id))

export const idsLeft = ({ ended, ids }: Own): ReadonlyArray<number> => [...ids].filter((id) => !ended.has(id))

const end = (orders: OwnOrders, id: number): void => {
  for (const order of orders.left) {
    if (!order.ids.has(id)) continue
    order.ended.add(id)
    if (isDone(order)) remove(orders, order)
  }
}

/** What the venue has shown of an order, on either way. `isOver` is certain: an `oc`, or a row among past orders. */
export const show = (orders: OwnOrders, { cid, gid, id, mtsCreate }: Shown, isOver: boolean, at: number): void => {
  if (id === null) return
  const isKnown = [...orders.left].some(({ ids }) => ids.has(id))
  if (!isKnown) {
    const isOfDay = ({ days }: Own): boolean =>
      cid === null || Cid.isUnique(cid) || mtsCreate === null || days.includes(Cid.dayOf(mtsCreate))
    // under a cid that is used again, a new id is of the newest
    const owner = [...orders.left].findLast((order) => order.cid === cid && hasRoom(order) && isOfDay(order))
    if (owner !== undefined) {
      owner.ids.add(id)
      if (owner.stage === "unknown") owner.stage = "placed"
    } else if (gid === orders.gid && orders.usesGid && !isOver) {
      // no other program has the group: the order was forgotten, or was taken not to exist
      orders.left.add({
        cid: cid ?? 0,
        symbol: null,
        days: mtsCreate === null ? [] : [Cid.dayOf(mtsCreate)],
        at,
        legs: 1,
        ids: new Set([id]),
        ended: new Set(),
        stage: "placed"
      })
    }
  }
  if (isOver) end(orders, id)
}

/** What was found out of an unknown submission. */
export const resolve = (orders: OwnOrders, cid: number, outcome: Outcome): void => {
  const meant = [...orders.left].filter((order) => order.cid === cid)
  const [order] = meant
  // nothing follows from a cid that two submissions have
  if (order === undefined || meant.length > 1) return
  if (outcome._tag === "NeverPlaced") return remove(orders, order)
  if (outcome._tag !== "Placed") return
  order.stage = "placed"
  for (const each of outcome.orders) {
    order.ids.add(each.id)
    if (!isOrderMoving(each.status)) end(orders, each.id)
  }
}

/** After a query of all open orders that was answered: what is not among them after so long is no more, or never was. */
export const forgetOld = (orders: OwnOrders, open: ReadonlyArray<Shown>, at: number): void => {
  const ids = new Set(open.map(({ id }) => id))
  const cids = new Set(open.map(({ cid }) => cid))
  for (const order of orders.left) {
    if (order.stage === "sent" || at - order.at < settled) continue
    if (!cids.has(order.cid) && ![...order.ids].some((id) => ids.has(id))) remove(orders, order)
  }
}

export const cancellation = (orders: OwnOrders): Cancellation => ({
  ids: [...orders.left].flatMap(idsLeft),
  cids: [...orders.left].flatMap((order) =>
    hasRoom(order) && order.cid > 0 ? order.days.map((day) => [order.cid, day] as const) : []
  ),
  gids: orders.usesGid ? [orders.gid] : [],
  all: false
})
