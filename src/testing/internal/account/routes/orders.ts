/**
 * Orders and trades.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { Order, OtcOrder, Trade, WeightedAverages } from "../../../../protocol/records/Order.ts"
import type { CommandType } from "../commands.ts"
import { dayOf } from "../input.ts"
import { record } from "../order.ts"
import type { Call, Routes } from "../route.ts"
import { byIds, days, isShown, noticeRow, page, read, rows, sum, write } from "../route.ts"
import { invalid } from "../types.ts"

const command = (type: CommandType) => ({ account, input, now, surroundings, venue }: Call) =>
  Either.map(venue.command(account, type, input, surroundings), (notice) => noticeRow(now, notice))

const isTrading = ({ path, venue }: Call): boolean => {
  const symbol = path("symbol")
  return symbol === undefined || (symbol.startsWith("t") && venue.accounts.core.market.has(symbol))
}

const active = (call: Call) => {
  const { account, input, path } = call
  if (!isTrading(call)) return invalid("symbol")
  const [symbol, gid, cid, day] = [path("symbol"), input.int("gid"), input.int("cid"), input.text("cid_date")]
  if (cid !== undefined && day === undefined) return invalid("cid_date")
  const isAsked = byIds(input)
  const found = [...account.orders.values()].filter(isShown(call)).filter((order) =>
    isAsked(order) && (symbol === undefined || order.symbol === symbol) && (gid === undefined || order.gid === gid) &&
    (cid === undefined || (order.cid === cid && dayOf(order.created) === day))
  )
  // newest first; the manual does not state the order
  return Either.right(rows(Order, found.reverse().map((order) => record(order))))
}

const history = (call: Call) => {
  if (!isTrading(call)) return invalid("symbol")
  const symbol = call.path("symbol")
  const isAsked = byIds(call.input)
  const found = call.account.closed.filter(isShown(call)).filter((order) =>
    isAsked(order) && (symbol === undefined || order.symbol === symbol)
  )
  const limits = { default: 25, max: 2500, reach: days(14) }
  return Either.map(page(call, found, (order) => order.mtsCreate, limits), (list) => rows(Order, list))
}

const trades = (call: Call) => {
  if (!isTrading(call)) return invalid("symbol")
  const symbol = call.path("symbol")
  const found = call.account.trades.filter((trade) =>
    (symbol === undefined || trade.symbol === symbol) && isShown(call)({ id: trade.orderId })
  )
  // the manual does not state the default
  return Either.map(page(call, found, (trade) => trade.mts, { default: 125, max: 2500 }), (list) => rows(Trade, list))
}

const average = (call: Call) => {
  const symbol = call.input.text("symbol")
  const found = call.account.trades.filter((trade) => symbol === undefined || trade.symbol === symbol)
  return Either.map(page(call, found, (trade) => trade.mts, { default: 2500, max: 2500 }), (list) => {
    const side = (sign: number) => {
      const some = list.filter((trade) => Math.sign(trade.execAmount) === sign)
      const amount = sum(some.map((trade) => Math.abs(trade.execAmount)))
      const spent = sum(some.map((trade) => Math.abs(trade.execAmount) * trade.execPrice))
      return { amount, spent, price: amount === 0 ? null : spent / amount }
    }
    const [bought, sold] = [side(1), side(-1)]
    return WeightedAverages.encode({
      tradeCount: list.length,
      sumBuyingSpent: bought.spent,
      sumBuyingAmount: bought.amount,
      sumSellingSpent: sold.spent,
      sumSellingAmount: sold.amount,
      buyingWeightedPrice: bought.price,
      sellingWeightedPrice: sold.price,
      mtsFirstTrade: list.at(-1)?.mts ?? null,
      mtsLastTrade: list[0]?.mts ?? null
    })
  })
}

export const orderRoutes: Routes = {
  activeOrders: read("r/orders", "orders", active),
  ordersHistory: read("r/orders/hist", "orders", history),
  // there are no over-the-counter trades here
  otcOrdersHistory: read(
    "r/orders/otc/{symbol?}/hist",
    "orders",
    (call) => Either.map(page(call, [], () => 0, { default: 25, max: 500 }), (list) => rows(OtcOrder, list))
  ),
  activeOrdersBySymbol: read("r/orders/{symbol}", "orders", active),
  ordersHistoryBySymbol: read("r/orders/{symbol}/hist", "orders", history),
  orderTrades: read("r/order/{symbol}:{id}/trades", "orders", (call) => {
    if (!isTrading(call)) return invalid("symbol")
    const [symbol, id] = [call.path("symbol"), Number(call.path("id"))]
    if (!Number.isSafeInteger(id)) return invalid("id")
    const found = call.account.trades.filter((trade) =>
      trade.symbol === symbol && trade.orderId === id && isShown(call)({ id }) && trade.mts >= call.now - days(10)
    )
    return Either.right(rows(Trade, found.reverse()))
  }),
  accountTrades: read("r/trades/hist", "orders", trades),
  tradesWeightedAverages: read("r/trades/calc", "orders", average),
  accountTradesBySymbol: read("r/trades/{symbol}/hist", "orders", trades),
  submitOrder: write("w/order/submit", "orders", command("on")),
  updateOrder: write("w/order/update", "orders", command("ou")),
  cancelOrder: write("w/order/cancel", "orders", command("oc")),
  cancelOrders: write("w/order/cancel/multi", "orders", command("oc_multi")),
  orderMultiOp: write("w/order/multi", "orders", command("ox_multi"))
}
