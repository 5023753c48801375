/**
 * Submission of orders to the book, and the resulting trades.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { Fill, Outcome } from "../market/matching.ts"
import { end, endPartner, review } from "./ending.ts"
import * as Orders from "./order.ts"
import type { Desk } from "./settlement.ts"
import { finish, publishTrades, settle } from "./settlement.ts"
import type { Account, OrderState } from "./types.ts"
import { flush } from "./types.ts"

export const settleMaker = (desk: Desk, fill: Fill): void => {
  const account = desk.core.accounts.get(fill.maker.owner)
  const order = account?.orders.get(fill.maker.orderId)
  if (account === undefined || order === undefined) return
  const trade = settle(desk, account, order, fill, true)
  if (order.stage === "done") finish(account, order)
  publishTrades(desk, account, [trade], order.stage === "done" ? "oc" : "ou", order)
  endPartner(desk, account, order, order.partner)
  review(desk, account, order.symbol)
  flush(desk.core, account)
}

/** the result of submitting an order to the book */
export const take = (desk: Desk, account: Account, order: OrderState, outcome: Outcome, isNew: boolean): void => {
  desk.busy.add(order)
  const trades = outcome.fills.map((fill) => {
    const trade = settle(desk, account, order, fill, false)
    if (desk.core.accounts.has(fill.maker.owner)) settleMaker(desk, fill)
    return trade
  })
  desk.busy.delete(order)
  const kind = Orders.kindOf(order.type)
  if (outcome.end === "postOnly") order.end = "POSTONLY CANCELED"
  if (outcome.end === "fillOrKill") order.end = "FILLORKILL CANCELED"
  if (outcome.end === "unfilled") order.end = kind === "IOC" ? "IOC CANCELED" : "CANCELED"
  if (outcome.end === "resting") {
    if (trades.length > 0 || isNew) publishTrades(desk, account, trades, isNew ? "on" : "ou", order)
  } else {
    finish(account, order)
    publishTrades(desk, account, trades, "oc", order)
  }
  if (trades.length > 0 || order.stage === "done") {
    const { partner } = order
    endPartner(desk, account, order, partner)
    review(desk, account, order.symbol)
    flush(desk.core, account)
  }
}

export const enter = (desk: Desk, account: Account, order: OrderState, isNew: boolean): void => {
  const kind = Orders.kindOf(order.type)
  order.stage = "book"
  take(
    desk,
    account,
    order,
    desk.core.market.engine(order.symbol)!.submit({
      id: order.id,
      owner: account.userId,
      side: order.side,
      lots: order.lots,
      price: kind === "MARKET" ? undefined : order.price,
      rest: kind === "FOK" ? "all-or-nothing" : kind === "LIMIT" ? "rest" : "cancel",
      postOnly: order.postOnly,
      hidden: order.hidden
    }, desk.core.now()),
    isNew
  )
}

export const isReached = (order: OrderState, price: number): boolean => (price - order.price) * order.side >= 0

export const trigger = (desk: Desk, account: Account, order: OrderState): void => {
  order.typePrev = order.type
  order.type = Orders.triggered(order.type)
  if (Orders.kindOf(order.type) === "LIMIT") order.price = order.aux
  order.updated = desk.core.now()
  endPartner(desk, account, order, order.partner)
  const affordable = Orders.afford(desk.core, account, order)
  if (Either.isLeft(affordable)) {
    end(desk, account, order, order.wallet === "margin" ? "INSUFFICIENT MARGIN" : "INSUFFICIENT BALANCE (U1)")
    return
  }
  Orders.hold(account, order, Orders.needed(desk.core, account, order, desk.core.fees.taker))
  desk.core.emit(account, { type: "ou", record: Orders.record(order) })
  enter(desk, account, order, false)
}

export const place = (desk: Desk, account: Account, order: OrderState): void => {
  account.orders.set(order.id, order)
  Orders.hold(account, order, Orders.needed(desk.core, account, order, desk.core.fees.taker))
  if (order.stage !== "stop") {
    enter(desk, account, order, true)
    return
  }
  desk.core.emit(account, { type: "on", record: Orders.record(order) })
  flush(desk.core, account)
  if (Orders.kindOf(order.type) !== "TRAILING STOP" && isReached(order, Orders.lastPrice(desk.core, order.symbol))) {
    trigger(desk, account, order)
  }
}
