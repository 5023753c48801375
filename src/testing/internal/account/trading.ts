/**
 * Orders of accounts: submitted, changed, cancelled, triggered and matched.
 *
 * Where the venue's behaviour is not documented, this module decides: the first trade of one leg of an OCO pair, or
 * its trigger, cancels the other; stops trigger on last prices; `amount` of an update is the remaining amount; orders
 * of one account trade with each other, with or without `protect_selfmatch`; `make_visible` has no effect.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { Order } from "../../../protocol/records/Order.ts"
import type { Fill } from "../market/matching.ts"
import * as Prices from "../market/prices.ts"
import { end } from "./ending.ts"
import { enter, isReached, settleMaker, trigger } from "./entering.ts"
import type { Input } from "./input.ts"
import type { OrRefusal } from "./model.ts"
import * as Orders from "./order.ts"
import { find, submit, update } from "./requests.ts"
import type { Desk } from "./settlement.ts"
import type { Account, Core, OrderState } from "./types.ts"

export interface Trading {
  /** returns the accepted orders: two for an OCO pair */
  readonly submit: (account: Account, input: Input) => OrRefusal<ReadonlyArray<Order>>
  /** returns the updated order */
  readonly update: (account: Account, input: Input) => OrRefusal<Order>
  /** returns the order before the cancellation */
  readonly cancel: (account: Account, input: Input) => OrRefusal<Order>
  readonly cancelAll: (account: Account, which: (order: OrderState) => boolean) => ReadonlyArray<Order>
  /** closes a position at market, at any price */
  readonly liquidate: (account: Account, symbol: string) => void
  /** a simulated trader took an order of a user */
  readonly onFill: (fill: Fill) => void
  /** prices of the latest trades, oldest first */
  readonly onPrices: (symbol: string, prices: ReadonlyArray<number>) => void
  /** cancels expired orders */
  readonly expire: () => void
}

const cancelAll = (
  desk: Desk,
  account: Account,
  which: (order: OrderState) => boolean
): ReadonlyArray<Order> => {
  const concerned = [...account.orders.values()].filter(which)
  const seen = concerned.map((order) => Orders.record(order))
  desk.core.cancelling(() => concerned.forEach((order) => end(desk, account, order, "CANCELED")))
  return seen
}

const follow = (order: OrderState, price: number): void => {
  const next = Prices.price(Math.max(0, price + order.side * order.trailing), order.side === 1 ? 1 : -1)
  if ((order.price - next) * order.side > 0) order.price = next
}

export const makeTrading = (core: Core): Trading => {
  const desk: Desk = { core, busy: new Set() }
  return {
    submit: (account, input) => submit(desk, account, input),
    update: (account, input) => update(desk, account, input),
    cancel: (account, input) =>
      Either.map(find(desk, account, input), (order) => {
        const seen = Orders.record(order)
        core.cancelling(() => end(desk, account, order, "CANCELED"))
        return seen
      }),
    cancelAll: (account, which) => cancelAll(desk, account, which),
    liquidate: (account, symbol) => {
      const position = account.positions.open.get(symbol)
      if (position === undefined) return
      cancelAll(desk, account, (order) => order.symbol === symbol && order.wallet === "margin")
      const order = Orders.forced(desk.core, position)
      account.orders.set(order.id, order)
      enter(desk, account, order, true)
    },
    onFill: (fill) => {
      // fills of a user's own taking order go through `enter` or `update`, which settle both sides
      if (!desk.core.accounts.has(fill.taker.owner)) settleMaker(desk, fill)
    },
    onPrices: (symbol, prices) => {
      for (const account of desk.core.accounts.values()) {
        for (const order of account.orders.values()) {
          if (order.symbol !== symbol || order.stage !== "stop") continue
          for (const price of prices) {
            if (order.trailing > 0) follow(order, price)
            if (!isReached(order, price)) continue
            trigger(desk, account, order)
            break
          }
        }
      }
    },
    expire: () => {
      for (const account of desk.core.accounts.values()) {
        for (const order of account.orders.values()) {
          if (order.tif !== null && order.tif <= desk.core.now()) end(desk, account, order, "CANCELED")
        }
      }
    }
  }
}
