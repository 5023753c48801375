/**
 * Effects of a match on an order and on wallets, and the reports of it.
 *
 * @internal
 */
import type { Trade } from "../../../protocol/records/Order.ts"
import type { Fill } from "../market/matching.ts"
import * as Prices from "../market/prices.ts"
import { remember } from "./model.ts"
import * as Money from "./money.ts"
import * as Orders from "./order.ts"
import type { Account, Core, OrderState } from "./types.ts"
import { flush, flushPositions } from "./types.ts"
import { category } from "./wallets.ts"

/** shared by the parts of trading */
export interface Desk {
  readonly core: Core
  /** orders that are being matched, which must not end meanwhile */
  readonly busy: Set<OrderState>
}

/** one side of a match: moves money, writes ledgers; returns the trade */
export const settle = (desk: Desk, account: Account, order: OrderState, fill: Fill, isMaker: boolean): Trade => {
  const { lots, price } = fill
  const party = isMaker ? fill.maker : fill.taker
  const other = isMaker ? fill.taker : fill.maker
  const value = Money.cost(lots, price, "down")
  const amount = Prices.amount(order.side * lots)
  // hidden orders pay the taker's fee
  const rate = isMaker && !order.hidden ? desk.core.fees.maker : desk.core.fees.taker
  const isBase = order.wallet === "exchange" && order.side === 1
  const feeCurrency = isBase ? order.base : order.quote
  const fee = Money.share(isBase ? lots : value, rate)
  const meta = {
    reason: "TRADE",
    order_id: order.id,
    order_id_oppo: other.orderId,
    trade_price: Money.text(price),
    trade_amount: Money.text(amount),
    order_cid: order.cid,
    order_gid: order.gid
  }
  const move = (currency: string, change: number, of: number, description: string) => {
    if (change === 0) return
    account.wallets.change({ type: order.wallet, currency, lots: change, category: of, description, meta })
  }
  order.lots = party.left
  order.updated = Math.max(order.updated, desk.core.now())
  Orders.addFill(order, price, lots)
  if (party.left === 0) order.stage = "done"
  if (order.wallet === "exchange") {
    Orders.hold(account, order, Orders.needed(desk.core, account, order, 0))
    const text = `Exchange ${Money.text(Math.abs(amount))} ${order.base} for ${order.quote} @ ${Money.text(price)}`
    move(order.base, order.side * lots, category.exchange, text)
    move(order.quote, -order.side * value, category.exchange, text)
  } else {
    if (order.derivative) Orders.hold(account, order, Math.floor(order.held * party.left / (party.left + lots)))
    const { leverage, symbol } = order
    const [orderId, otherOrderId] = [order.id, other.orderId]
    account.positions.fill({ symbol, lots: order.side * lots, price, leverage, orderId, otherOrderId })
  }
  const percent = Money.plain(Prices.rounded(rate * 100, 6))
  move(
    feeCurrency,
    -fee,
    category.fee,
    `Trading fees for ${Money.text(Math.abs(amount))} ${order.base} (${order.symbol.slice(1)}) @ ${
      Money.text(price)
    } on BFX (${percent}%)`
  )
  const trade: Trade = {
    id: fill.tradeId,
    symbol: order.symbol,
    mts: Math.max(fill.mts, order.created),
    orderId: order.id,
    execAmount: amount,
    execPrice: price,
    orderType: order.type,
    orderPrice: order.price,
    maker: isMaker ? 1 : -1,
    fee: fee === 0 ? 0 : -Prices.amount(fee),
    feeCurrency,
    cid: order.cid
  }
  remember(account.trades, trade)
  return trade
}

/** ends an order that no longer rests */
export const finish = (account: Account, order: OrderState): void => {
  order.stage = "done"
  Orders.hold(account, order, 0)
  account.orders.delete(order.id)
  remember(account.closed, Orders.record(order))
}

export const publishTrades = (
  desk: Desk,
  account: Account,
  trades: ReadonlyArray<Trade>,
  event: "on" | "ou" | "oc",
  order: OrderState
) => {
  const record = Orders.record(order)
  if (desk.core.eventOrder === "orderFirst") {
    // as recorded in 2018: positions, the order, then its trades
    flushPositions(desk.core, account)
    desk.core.emit(account, { type: event, record })
  }
  for (const trade of trades) {
    desk.core.emit(account, { type: "te", record: { ...trade, fee: null, feeCurrency: null } })
  }
  if (desk.core.eventOrder === "tradesFirst") desk.core.emit(account, { type: event, record })
  for (const trade of trades) desk.core.emit(account, { type: "tu", record: trade })
  flush(desk.core, account)
}
