/**
 * The orders that were submitted within a scope, as the venue shows them step by step, and the cancellation that is left.
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
  readonly symbol: Symbols.TradingSymbol | null
  /** sign of its amount; 0 where it is not known */
  readonly side: number
  /** orders that were seen under its cid before the submission: they are not it */
  readonly others: ReadonlySet<number>
  /** the group that it was sent with; null for none */
  readonly gid: number | null
  /** UTC days on which it may have been placed: one, but around midnight */
  readonly days: ReadonlyArray<ReturnType<typeof Cid.dayOf>>
  /** ms of the steady clock at its submission: the other one may be set */
  readonly at: number
  /** 2 for a pair, whose second order the venue need not show under the cid */
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
  /** ids of orders of this scope that ended, the newest `remembered` of them: one with a cid that is used again is not it */
  readonly gone: Set<number>
  /** called when none is left */
  onDone: () => void
}

/** ms after which an order that was placed is shown for certain */
export const settled = 3_600_000

/** entries that are kept at most; a scope that has more orders open at once loses sight of the oldest */
export const remembered = 10_000

/** by how much the clock of this machine may differ from the venue's around midnight, ms */
const aroundMidnight = 600_000

export const make = (gid: number): OwnOrders => ({
  gid,
  usesGid: false,
  left: new Set(),
  gone: new Set(),
  onDone: () => undefined
})

/** UTC days of a submission at this time of day, that of the clock first */
export const daysOf = (mts: number): Own["days"] => [
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
    orders.gone.add(id)
    for (const oldest of orders.gone.size > remembered ? orders.gone : []) {
      orders.gone.delete(oldest)
      break
    }
    if (isDone(order)) remove(orders, order)
  }
}

const fits = ({ others, side, symbol }: Own, shown: Shown): boolean =>
  (shown.id === null || !others.has(shown.id))
  && (symbol === null || shown.symbol === null || shown.symbol === symbol)
  && (shown.side === null || side === 0 || shown.side === 0 || shown.side === side)

/**
 * Whether a row with the cid of an order is that order: one that this process issued is used by no other program, however
 * many orders the venue shows under it. Any other cid may be used by other programs too, and a small one may be used again:
 * symbol, side, group and day must fit.
 */
const isOf = (order: Own, shown: Shown): boolean =>
  order.cid === shown.cid && (
    Cid.isIssued(order.cid) || hasRoom(order) && fits(order, shown) && (
        Cid.isUnique(order.cid)
        || ((shown.mtsCreate === null || order.days.includes(Cid.dayOf(shown.mtsCreate))) && shown.gid === order.gid)
      )
  )

/** whether a row is the other order of a pair, by the id that it names */
const isPartner = (order: Own, { placedId }: Shown): boolean =>
  order.legs === 2 && hasRoom(order) && placedId !== null && order.ids.has(placedId)

const ownerOf = (orders: OwnOrders, shown: Shown, id: number): Own | undefined => {
  if (orders.gone.has(id)) return undefined
  let owner: Own | undefined
  for (const order of orders.left) {
    if (order.ids.has(id)) return undefined
    // a new id is of the newest
    if (isOf(order, shown) || isPartner(order, shown)) owner = order
  }
  return owner
}

/** no other program uses the group of the scope: an order with it was forgotten, or was considered not placed */
const adopt = (orders: OwnOrders, { cid, gid, mtsCreate }: Shown, id: number, at: number): void => {
  if (gid !== orders.gid || !orders.usesGid || orders.gone.has(id)) return
  for (const { ids } of orders.left) if (ids.has(id)) return
  orders.left.add({
    cid: cid ?? 0,
    symbol: null,
    side: 0,
    others: new Set(),
    gid,
    days: mtsCreate === null ? [] : [Cid.dayOf(mtsCreate)],
    at,
    legs: 1,
    ids: new Set([id]),
    ended: new Set(),
    stage: "placed"
  })
}

/** Takes in an order that the venue showed on either way. `isOver` is certain: an `oc`, or a row among past orders. */
export const show = (orders: OwnOrders, shown: Shown, isOver: boolean, at: number): void => {
  const { id, placedId } = shown
  if (id === null) return
  const owner = ownerOf(orders, shown, id)
  if (owner !== undefined) {
    owner.ids.add(id)
    if (owner.stage === "unknown") owner.stage = "placed"
  } else if (!isOver) adopt(orders, shown, id, at)
  // the other order of a pair, which may not have been shown
  if (placedId !== null) {
    for (const order of orders.left) {
      if (order.legs === 2 && hasRoom(order) && order.ids.has(id)) order.ids.add(placedId)
    }
  }
  if (isOver) end(orders, id)
}

/** The outcome of a submission whose answer was lost. */
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

/** After an answered query of all open orders: an order that is not among them at this age has ended, or was never placed. */
export const forgetOld = (orders: OwnOrders, open: ReadonlyArray<Shown>, at: number): void => {
  const ids = new Set(open.map(({ id }) => id))
  const cids = new Set(open.map(({ cid }) => cid))
  for (const order of orders.left) {
    if (order.stage === "sent" || at - order.at < settled) continue
    if (!cids.has(order.cid) && ![...order.ids].some((id) => ids.has(id))) remove(orders, order)
  }
}

/** A cid that this process did not issue is not cancelled by: another program may have an open order under it. */
export const cancellation = (orders: OwnOrders): Cancellation => ({
  ids: [...orders.left].flatMap(idsLeft),
  cids: [...orders.left].flatMap((order) =>
    hasRoom(order) && Cid.isIssued(order.cid) ? order.days.map((day) => [order.cid, day] as const) : []
  ),
  gids: orders.usesGid ? [orders.gid] : [],
  all: false
})
