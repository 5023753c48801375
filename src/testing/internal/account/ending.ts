/**
 * Ends of orders that are not fully executed.
 *
 * @internal
 */
import * as Orders from "./order.ts"
import type { Desk } from "./settlement.ts"
import { finish } from "./settlement.ts"
import type { Account, OrderState } from "./types.ts"
import { flush } from "./types.ts"

export const end = (desk: Desk, account: Account, order: OrderState, reason: string): void => {
  if (!account.orders.has(order.id)) return
  const { partner } = order
  if (order.stage === "book") desk.core.market.engine(order.symbol)?.cancel(order.id, desk.core.now())
  order.end = reason
  order.updated = desk.core.now()
  finish(account, order)
  desk.core.emit(account, { type: "oc", record: Orders.record(order) })
  endPartner(desk, account, order, partner)
  flush(desk.core, account)
}

export const endPartner = (desk: Desk, account: Account, order: OrderState, partner: OrderState | undefined): void => {
  if (partner === undefined) return
  order.partner = undefined
  partner.partner = undefined
  end(desk, account, partner, "CANCELED")
  // the amount reserved for both legs is now reserved for this one
  if (account.orders.has(order.id)) Orders.hold(account, order, Orders.needed(desk.core, account, order, 0))
}

/** reduce-only orders that would no longer only reduce */
export const review = (desk: Desk, account: Account, symbol: string): void => {
  for (const order of account.orders.values()) {
    if (order.symbol !== symbol || !Orders.isReduceOnly(order) || desk.busy.has(order)) continue
    const reason = reduceProblem(account, order)
    if (reason !== undefined) end(desk, account, order, reason)
  }
}

export const reduceProblem = (account: Account, order: OrderState): string | undefined => {
  const position = account.positions.open.get(order.symbol)
  return position === undefined
    ? "RSN_POS_NOTFOUND"
    : Math.sign(position.lots) === order.side
    ? "RSN_POS_REDUCE_INCR"
    : order.lots > Math.abs(position.lots)
    ? "RSN_POS_REDUCE_FLIP"
    : undefined
}
