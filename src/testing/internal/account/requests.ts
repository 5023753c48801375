/**
 * Requests to submit and to change orders.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Flags from "../../../protocol/Flags.ts"
import type { Order } from "../../../protocol/records/Order.ts"
import * as Prices from "../market/prices.ts"
import { reduceProblem } from "./ending.ts"
import { isReached, place, take, trigger } from "./entering.ts"
import type { Input } from "./input.ts"
import { dayOf, int45, isObject, parseTime } from "./input.ts"
import type { OrRefusal } from "./model.ts"
import * as Orders from "./order.ts"
import type { Desk } from "./settlement.ts"
import { finish } from "./settlement.ts"
import type { Account, OrderState } from "./types.ts"
import { flush, invalid, refuse } from "./types.ts"

export const submit = (
  desk: Desk,
  account: Account,
  input: Input
): OrRefusal<ReadonlyArray<Order>> =>
  Either.gen(function*() {
    const { ocoStop, order } = yield* Orders.parse(desk.core, account, input)
    let second: OrderState | undefined
    if (ocoStop !== undefined) {
      const type = order.wallet === "exchange" ? "EXCHANGE STOP" : "STOP"
      // as of any order that is given none
      const cid = input.int("cid_oco") ?? desk.core.now()
      const [stage, postOnly] = ["stop", false] as const
      second = {
        ...order,
        id: desk.core.nextId(),
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
    yield* Orders.afford(desk.core, account, order)
    const accepted = [order, second].flatMap((one) => one === undefined ? [] : [Orders.record(one, true)])
    const problem = Orders.isReduceOnly(order) ? reduceProblem(account, order) : undefined
    if (problem !== undefined) {
      order.stage = "done"
      order.end = problem
      finish(account, order)
      desk.core.emit(account, { type: "oc", record: Orders.record(order) })
      return accepted
    }
    // the stop first, so that it can be cancelled if the limit order trades at once
    if (second !== undefined) account.orders.set(second.id, second)
    place(desk, account, order)
    if (second !== undefined && account.orders.has(second.id)) place(desk, account, second)
    return accepted
  })

export const find = (desk: Desk, account: Account, input: Input): OrRefusal<OrderState> => {
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

const changes = [
  ["price", "price"],
  ["price_aux_limit", "aux"],
  ["price_trailing", "trailing"],
  ["lev", "leverage"]
] as const

export const update = (
  desk: Desk,
  account: Account,
  input: Input
): OrRefusal<Order> =>
  Either.gen(function*() {
    const order = yield* find(desk, account, input)
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
    if (tif !== null && !(tif > desk.core.now())) return yield* invalid("tif")
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
    yield* Orders.afford(desk.core, account, trial)
    Object.assign(order, { ...numbers, gid, tif, postOnly })
    if (desk.core.originalAmount === "sum") order.original += lots - order.lots
    order.meta = { ...order.meta, ...meta }
    order.typePrev = order.type
    order.updated = desk.core.now()
    const seen: Order = { ...Orders.record(order), amount: Prices.amount(order.side * lots) }
    if (order.stage === "stop") {
      order.lots = lots
      Orders.hold(account, order, Orders.needed(desk.core, account, order, desk.core.fees.taker))
      desk.core.emit(account, { type: "ou", record: Orders.record(order) })
      if (isReached(order, Orders.lastPrice(desk.core, order.symbol))) trigger(desk, account, order)
    } else {
      const { price } = numbers
      const outcome = desk.core.market.engine(order.symbol)!.amend(order.id, { price, lots, postOnly }, desk.core.now())
      order.lots = lots
      Orders.hold(account, order, Orders.needed(desk.core, account, order, desk.core.fees.taker))
      if (outcome !== undefined) {
        if (outcome.end === "resting" && outcome.fills.length === 0) {
          desk.core.emit(account, { type: "ou", record: Orders.record(order) })
        }
        take(desk, account, order, outcome, false)
      }
    }
    flush(desk.core, account)
    return seen
  })
