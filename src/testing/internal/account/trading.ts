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
import * as Flags from "../../../protocol/Flags.ts"
import type { Order, Trade } from "../../../protocol/records/Order.ts"
import type { Fill, Outcome } from "../market/matching.ts"
import * as Prices from "../market/prices.ts"
import type { Input } from "./input.ts"
import { dayOf, int45, isObject, parseTime } from "./input.ts"
import type { OrRefusal } from "./model.ts"
import { remember } from "./model.ts"
import * as Money from "./money.ts"
import * as Orders from "./order.ts"
import type { Account, Core, OrderState } from "./types.ts"
import { flush, flushPositions, invalid, refuse } from "./types.ts"
import { category } from "./wallets.ts"

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

export const makeTrading = (core: Core): Trading => {
  /** orders that are being matched, which must not end meanwhile */
  const busy = new Set<OrderState>()

  /** one side of a match: moves money, writes ledgers; returns the trade */
  const settle = (account: Account, order: OrderState, fill: Fill, isMaker: boolean): Trade => {
    const { lots, price } = fill
    const party = isMaker ? fill.maker : fill.taker
    const other = isMaker ? fill.taker : fill.maker
    const value = Money.cost(lots, price, "down")
    const amount = Prices.amount(order.side * lots)
    // hidden orders pay the taker's fee
    const rate = isMaker && !order.hidden ? core.fees.maker : core.fees.taker
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
    order.updated = Math.max(order.updated, core.now())
    Orders.addFill(order, price, lots)
    if (party.left === 0) order.stage = "done"
    if (order.wallet === "exchange") {
      Orders.hold(account, order, Orders.needed(core, account, order, 0))
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
  const finish = (account: Account, order: OrderState): void => {
    order.stage = "done"
    Orders.hold(account, order, 0)
    account.orders.delete(order.id)
    remember(account.closed, Orders.record(order))
  }

  const publishTrades = (
    account: Account,
    trades: ReadonlyArray<Trade>,
    event: "on" | "ou" | "oc",
    order: OrderState
  ) => {
    const record = Orders.record(order)
    if (core.eventOrder === "orderFirst") {
      // as recorded in 2018: positions, the order, then its trades
      flushPositions(core, account)
      core.emit(account, { type: event, record })
    }
    for (const trade of trades) {
      core.emit(account, { type: "te", record: { ...trade, fee: null, feeCurrency: null } })
    }
    if (core.eventOrder === "tradesFirst") core.emit(account, { type: event, record })
    for (const trade of trades) core.emit(account, { type: "tu", record: trade })
    flush(core, account)
  }

  const end = (account: Account, order: OrderState, reason: string): void => {
    if (!account.orders.has(order.id)) return
    const { partner } = order
    if (order.stage === "book") core.market.engine(order.symbol)?.cancel(order.id, core.now())
    order.end = reason
    order.updated = core.now()
    finish(account, order)
    core.emit(account, { type: "oc", record: Orders.record(order) })
    endPartner(account, order, partner)
    flush(core, account)
  }

  const endPartner = (account: Account, order: OrderState, partner: OrderState | undefined): void => {
    if (partner === undefined) return
    order.partner = undefined
    partner.partner = undefined
    end(account, partner, "CANCELED")
    // the amount reserved for both legs is now reserved for this one
    if (account.orders.has(order.id)) Orders.hold(account, order, Orders.needed(core, account, order, 0))
  }

  /** reduce-only orders that would no longer only reduce */
  const review = (account: Account, symbol: string): void => {
    for (const order of account.orders.values()) {
      if (order.symbol !== symbol || !Orders.isReduceOnly(order) || busy.has(order)) continue
      const reason = reduceProblem(account, order)
      if (reason !== undefined) end(account, order, reason)
    }
  }

  const reduceProblem = (account: Account, order: OrderState): string | undefined => {
    const position = account.positions.open.get(order.symbol)
    return position === undefined
      ? "RSN_POS_NOTFOUND"
      : Math.sign(position.lots) === order.side
      ? "RSN_POS_REDUCE_INCR"
      : order.lots > Math.abs(position.lots)
      ? "RSN_POS_REDUCE_FLIP"
      : undefined
  }

  const onFill = (fill: Fill): void => {
    // fills of a user's own taking order go through `enter` or `update`, which settle both sides
    if (core.accounts.has(fill.taker.owner)) return
    settleMaker(fill)
  }

  const settleMaker = (fill: Fill): void => {
    const account = core.accounts.get(fill.maker.owner)
    const order = account?.orders.get(fill.maker.orderId)
    if (account === undefined || order === undefined) return
    const trade = settle(account, order, fill, true)
    if (order.stage === "done") finish(account, order)
    publishTrades(account, [trade], order.stage === "done" ? "oc" : "ou", order)
    endPartner(account, order, order.partner)
    review(account, order.symbol)
    flush(core, account)
  }

  /** the result of submitting an order to the book */
  const take = (account: Account, order: OrderState, outcome: Outcome, isNew: boolean): void => {
    busy.add(order)
    const trades = outcome.fills.map((fill) => {
      const trade = settle(account, order, fill, false)
      if (core.accounts.has(fill.maker.owner)) settleMaker(fill)
      return trade
    })
    busy.delete(order)
    const kind = Orders.kindOf(order.type)
    if (outcome.end === "postOnly") order.end = "POSTONLY CANCELED"
    if (outcome.end === "fillOrKill") order.end = "FILLORKILL CANCELED"
    if (outcome.end === "unfilled") order.end = kind === "IOC" ? "IOC CANCELED" : "CANCELED"
    if (outcome.end === "resting") {
      if (trades.length > 0 || isNew) publishTrades(account, trades, isNew ? "on" : "ou", order)
    } else {
      finish(account, order)
      publishTrades(account, trades, "oc", order)
    }
    if (trades.length > 0 || order.stage === "done") {
      const { partner } = order
      endPartner(account, order, partner)
      review(account, order.symbol)
      flush(core, account)
    }
  }

  const enter = (account: Account, order: OrderState, isNew: boolean): void => {
    const kind = Orders.kindOf(order.type)
    order.stage = "book"
    take(
      account,
      order,
      core.market.engine(order.symbol)!.submit({
        id: order.id,
        owner: account.userId,
        side: order.side,
        lots: order.lots,
        price: kind === "MARKET" ? undefined : order.price,
        rest: kind === "FOK" ? "all-or-nothing" : kind === "LIMIT" ? "rest" : "cancel",
        postOnly: order.postOnly,
        hidden: order.hidden
      }, core.now()),
      isNew
    )
  }

  const isReached = (order: OrderState, price: number): boolean => (price - order.price) * order.side >= 0

  const trigger = (account: Account, order: OrderState): void => {
    order.typePrev = order.type
    order.type = Orders.triggered(order.type)
    if (Orders.kindOf(order.type) === "LIMIT") order.price = order.aux
    order.updated = core.now()
    endPartner(account, order, order.partner)
    const affordable = Orders.afford(core, account, order)
    if (Either.isLeft(affordable)) {
      end(account, order, order.wallet === "margin" ? "INSUFFICIENT MARGIN" : "INSUFFICIENT BALANCE (U1)")
      return
    }
    Orders.hold(account, order, Orders.needed(core, account, order, core.fees.taker))
    core.emit(account, { type: "ou", record: Orders.record(order) })
    enter(account, order, false)
  }

  const place = (account: Account, order: OrderState): void => {
    account.orders.set(order.id, order)
    Orders.hold(account, order, Orders.needed(core, account, order, core.fees.taker))
    if (order.stage !== "stop") {
      enter(account, order, true)
      return
    }
    core.emit(account, { type: "on", record: Orders.record(order) })
    flush(core, account)
    if (Orders.kindOf(order.type) !== "TRAILING STOP" && isReached(order, Orders.lastPrice(core, order.symbol))) {
      trigger(account, order)
    }
  }

  const submit: Trading["submit"] = (account, input) =>
    Either.gen(function*() {
      const { ocoStop, order } = yield* Orders.parse(core, account, input)
      let second: OrderState | undefined
      if (ocoStop !== undefined) {
        const type = order.wallet === "exchange" ? "EXCHANGE STOP" : "STOP"
        const cid = input.int("cid_oco") ?? order.cid
        const [stage, postOnly] = ["stop", false] as const
        second = {
          ...order,
          id: core.nextId(),
          type,
          cid,
          stage,
          postOnly,
          price: ocoStop,
          placedId: order.id,
          fills: []
        }
        second.partner = order
        order.partner = second
        order.placedId = second.id
      }
      if (Orders.isReduceOnly(order)) {
        const position = account.positions.open.get(order.symbol)
        if (order.wallet === "exchange") return yield* invalid("flags")
        if (position !== undefined && Math.sign(position.lots) === order.side) {
          return yield* refuse(10001, "direction: invalid")
        }
      }
      yield* Orders.afford(core, account, order)
      const accepted = [order, second].flatMap((one) => one === undefined ? [] : [Orders.record(one, true)])
      const problem = Orders.isReduceOnly(order) ? reduceProblem(account, order) : undefined
      if (problem !== undefined) {
        order.stage = "done"
        order.end = problem
        finish(account, order)
        core.emit(account, { type: "oc", record: Orders.record(order) })
        return accepted
      }
      // the stop first, so that it can be cancelled if the limit order trades at once
      if (second !== undefined) account.orders.set(second.id, second)
      place(account, order)
      if (second !== undefined && account.orders.has(second.id)) place(account, second)
      return accepted
    })

  const find = (account: Account, input: Input): OrRefusal<OrderState> => {
    const [id, cid, day] = [input.int("id"), input.int("cid"), input.text("cid_date")]
    if (id !== undefined) {
      const order = account.orders.get(id)
      return order === undefined ? refuse(10001, "Order not found.") : Either.right(order)
    }
    if (cid === undefined) return invalid("id")
    if (day === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)) return invalid("cid_date")
    const order = [...account.orders.values()].find((one) => one.cid === cid && dayOf(one.created) === day)
    return order === undefined ? refuse(10001, "Order not found.") : Either.right(order)
  }

  const sizeOf = (order: OrderState, input: Input): OrRefusal<number> => {
    const [amount, delta] = [input.lots("amount"), input.lots("delta")]
    if (amount === undefined && delta === undefined) return Either.right(order.lots)
    const left = order.side * ((amount ?? order.side * order.lots) + (delta ?? 0))
    return left > 0 ? Either.right(left) : refuse(10001, "amount: invalid")
  }

  const update: Trading["update"] = (account, input) =>
    Either.gen(function*() {
      const order = yield* find(account, input)
      const lots = yield* sizeOf(order, input)
      const numbers = { price: order.price, aux: order.aux, trailing: order.trailing, leverage: order.leverage }
      for (const [name, key] of changes) {
        const value = input.number(name)
        if (value === undefined) continue
        if (!(value > 0)) return yield* name === "price" ? refuse(10001, "Invalid price.") : invalid(name)
        numbers[key] = key === "leverage" ? value : Prices.price(value, -1)
      }
      if (!(numbers.leverage >= 1 && numbers.leverage <= 100)) return yield* invalid("lev")
      const gid = input.has("gid") ? input.int("gid") ?? null : order.gid
      if (gid !== null && !(Math.abs(gid) < int45)) return yield* invalid("gid")
      const tif = input.has("tif") ? parseTime(input.text("tif") ?? "") : order.tif
      if (tif !== null && !(tif > core.now())) return yield* invalid("tif")
      const flags = input.int("flags")
      if (flags !== undefined && !(flags >= 0)) return yield* invalid("flags")
      const meta = input.raw("meta")
      if (meta !== undefined && !isObject(meta)) return yield* invalid("meta")
      // of the flags only post-only can be changed here; it is not known how the venue treats the others
      const postOnly = flags === undefined ? order.postOnly : Flags.fromNumber(Flags.order, flags).postOnly

      const trial: OrderState = { ...order, ...numbers, lots }
      if (Orders.isReduceOnly(order) && reduceProblem(account, trial) !== undefined) {
        return yield* refuse(10001, "amount: invalid")
      }
      yield* Orders.afford(core, account, trial)
      Object.assign(order, { ...numbers, gid, tif, postOnly })
      if (core.originalAmount === "sum") order.original += lots - order.lots
      order.meta = { ...order.meta, ...meta }
      order.typePrev = order.type
      order.updated = core.now()
      const seen: Order = { ...Orders.record(order), amount: Prices.amount(order.side * lots) }
      if (order.stage === "stop") {
        order.lots = lots
        Orders.hold(account, order, Orders.needed(core, account, order, core.fees.taker))
        core.emit(account, { type: "ou", record: Orders.record(order) })
        if (isReached(order, Orders.lastPrice(core, order.symbol))) trigger(account, order)
      } else {
        const { price } = numbers
        const outcome = core.market.engine(order.symbol)!.amend(order.id, { price, lots, postOnly }, core.now())
        order.lots = lots
        Orders.hold(account, order, Orders.needed(core, account, order, core.fees.taker))
        if (outcome !== undefined) {
          if (outcome.end === "resting" && outcome.fills.length === 0) {
            core.emit(account, { type: "ou", record: Orders.record(order) })
          }
          take(account, order, outcome, false)
        }
      }
      flush(core, account)
      return seen
    })

  const cancelAll: Trading["cancelAll"] = (account, which) => {
    const concerned = [...account.orders.values()].filter(which)
    const seen = concerned.map((order) => Orders.record(order))
    for (const order of concerned) end(account, order, "CANCELED")
    return seen
  }

  const follow = (order: OrderState, price: number): void => {
    const next = Prices.price(Math.max(0, price + order.side * order.trailing), order.side === 1 ? 1 : -1)
    if ((order.price - next) * order.side > 0) order.price = next
  }

  return {
    submit,
    update,
    cancel: (account, input) =>
      Either.map(find(account, input), (order) => {
        const seen = Orders.record(order)
        end(account, order, "CANCELED")
        return seen
      }),
    cancelAll,
    liquidate: (account, symbol) => {
      const position = account.positions.open.get(symbol)
      if (position === undefined) return
      cancelAll(account, (order) => order.symbol === symbol && order.wallet === "margin")
      const order = Orders.forced(core, position)
      account.orders.set(order.id, order)
      enter(account, order, true)
    },
    onFill,
    onPrices: (symbol, prices) => {
      for (const account of core.accounts.values()) {
        for (const order of account.orders.values()) {
          if (order.symbol !== symbol || order.stage !== "stop") continue
          for (const price of prices) {
            if (order.trailing > 0) follow(order, price)
            if (!isReached(order, price)) continue
            trigger(account, order)
            break
          }
        }
      }
    },
    expire: () => {
      for (const account of core.accounts.values()) {
        for (const order of account.orders.values()) {
          if (order.tif !== null && order.tif <= core.now()) end(account, order, "CANCELED")
        }
      }
    }
  }
}

const changes = [
  ["price", "price"],
  ["price_aux_limit", "aux"],
  ["price_trailing", "trailing"],
  ["lev", "leverage"]
] as const
