/**
 * One order: its submission, the amount that the venue reserves for it, and its representation.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Flags from "../../../protocol/Flags.ts"
import type { Order } from "../../../protocol/records/Order.ts"
import { minOrderSize } from "../market/configuration.ts"
import * as Prices from "../market/prices.ts"
import * as References from "../market/references.ts"
import type { Input } from "./input.ts"
import { int45, isObject, parseTime } from "./input.ts"
import type { OrRefusal } from "./model.ts"
import * as Money from "./money.ts"
import type { PositionState } from "./positions.ts"
import { dollarsOf, margins, markOf } from "./positions.ts"
import type { Account, Core, OrderState } from "./types.ts"
import { invalid, refuse } from "./types.ts"

export type Kind = "LIMIT" | "MARKET" | "STOP" | "STOP LIMIT" | "TRAILING STOP" | "FOK" | "IOC"

const kinds: ReadonlyArray<string> = ["LIMIT", "MARKET", "STOP", "STOP LIMIT", "TRAILING STOP", "FOK", "IOC"]

const prefix = "EXCHANGE "

/** the type without the word for spot */
export const kindOf = (type: string): Kind =>
  // the cast: orders are made of known types only
  (type.startsWith(prefix) ? type.slice(prefix.length) : type) as Kind

export const isStop = (kind: Kind): boolean => kind === "STOP" || kind === "STOP LIMIT" || kind === "TRAILING STOP"

/** the type of a triggered stop */
export const triggered = (type: string): string =>
  type.replace(/(TRAILING )?STOP( LIMIT)?$/, (_, _trail, limit) => limit === undefined ? "MARKET" : "LIMIT")

const has = (flags: number, flag: keyof typeof Flags.order): boolean => Flags.fromNumber(Flags.order, flags)[flag]

export const isReduceOnly = (order: OrderState): boolean => has(order.flags, "reduceOnly")

/** last price, or the middle if nothing has traded yet */
export const lastPrice = (core: Core, symbol: string): number => markOf(core.market, symbol)

/** an order that closes a position at any price */
export const forced = (core: Core, position: PositionState): OrderState => {
  const { derivative, lots, symbol } = position
  return {
    id: core.nextId(),
    symbol,
    ...References.pair(symbol),
    wallet: "margin",
    derivative,
    side: lots > 0 ? -1 : 1,
    cid: core.now(),
    created: core.now(),
    original: Math.abs(lots),
    gid: null,
    updated: core.now(),
    lots: Math.abs(lots),
    type: "MARKET",
    typePrev: null,
    tif: null,
    flags: 0,
    end: undefined,
    price: lastPrice(core, symbol),
    trailing: 0,
    aux: 0,
    hidden: false,
    forced: true,
    postOnly: false,
    leverage: 10,
    meta: {},
    placedId: null,
    partner: undefined,
    fills: [],
    held: 0,
    stage: "book"
  }
}

export interface Wanted {
  readonly order: OrderState
  /** stop price of an OCO pair */
  readonly ocoStop: number | undefined
}

/** prices are cut to the venue's precision: five digits, eight decimals */
const cut = (price: number): number => Prices.price(price, -1)

const pricesOf = (kind: Kind, input: Input): OrRefusal<{ price: number; trailing: number; aux: number }> => {
  const [price = 0, trailing = 0, aux = 0] = ["price", "price_trailing", "price_aux_limit"].map(input.number)
  if (Number.isNaN(price)) return refuse(10001, "price: invalid")
  if (Number.isNaN(trailing) || (kind === "TRAILING STOP" && trailing <= 0)) return invalid("price_trailing")
  if (Number.isNaN(aux) || (kind === "STOP LIMIT" && aux <= 0)) return invalid("price_aux_limit")
  // captures show market orders without a price
  if (kind !== "MARKET" && kind !== "TRAILING STOP" && price <= 0) return refuse(10001, "Invalid price.")
  return Either.right({
    price: kind === "MARKET" || kind === "TRAILING STOP" ? 0 : cut(price),
    trailing: kind === "TRAILING STOP" ? cut(trailing) : 0,
    aux: kind === "STOP LIMIT" ? cut(aux) : 0
  })
}

/** Reads a submission. It does not check whether the account can afford the order. */
export const parse = (core: Core, account: Account, input: Input): OrRefusal<Wanted> =>
  Either.gen(function*() {
    const type = input.text("type") ?? ""
    const kind = kindOf(type)
    const symbol = input.text("symbol") ?? ""
    if (!kinds.includes(kind)) return yield* invalid("type")
    if (!symbol.startsWith("t") || !core.market.has(symbol)) return yield* invalid("symbol")
    const { base, quote } = References.pair(symbol)
    const derivative = References.isDerivative(symbol)
    const isExchange = type.startsWith(prefix)
    if (derivative && isExchange) return yield* invalid("type")

    const flags = input.int("flags") ?? 0
    if (!(flags >= 0)) return yield* invalid("flags")
    const asked = input.lots("amount")
    let lots = asked === undefined || Number.isNaN(asked) ? 0 : asked
    if (has(flags, "close")) {
      const position = account.positions.open.get(symbol)
      // the venue's text for this case is not known
      if (isExchange || position === undefined) return yield* refuse(10001, "Position not found.")
      lots = -position.lots
    }
    if (lots === 0) return yield* refuse(10001, "amount: invalid")
    const { aux, price, trailing } = yield* pricesOf(kind, input)
    const least = Prices.lots(Number(minOrderSize(symbol.slice(1))))
    if (Math.abs(lots) < least && !has(flags, "close")) {
      const size = Money.plain(Prices.amount(least))
      return yield* refuse(10001, `Invalid order: minimum size for ${base}/${quote} is ${size}`)
    }

    const [gid, cid, leverage] = [input.int("gid"), input.int("cid"), input.number("lev")]
    if (gid !== undefined && !(Math.abs(gid) < int45)) return yield* invalid("gid")
    if (cid !== undefined && !(Math.abs(cid) < int45)) return yield* invalid("cid")
    if (leverage !== undefined && !(leverage >= 1 && leverage <= 100)) return yield* invalid("lev")
    const tif = input.has("tif") ? parseTime(input.text("tif") ?? "") : null
    if (tif !== null && !(tif > core.now())) return yield* invalid("tif")
    const meta = input.raw("meta")
    if (meta !== undefined && !isObject(meta)) return yield* invalid("meta")
    let ocoStop: number | undefined
    if (has(flags, "oco")) {
      ocoStop = input.number("price_oco_stop") ?? Number.NaN
      if (kind !== "LIMIT" || !(ocoStop > 0)) return yield* invalid("price_oco_stop")
      ocoStop = cut(ocoStop)
    }

    const side = lots > 0 ? 1 : -1
    const last = lastPrice(core, symbol)
    const order: OrderState = {
      id: core.nextId(),
      symbol,
      base,
      quote,
      wallet: isExchange ? "exchange" : "margin",
      derivative,
      side,
      // the venue uses its clock
      cid: cid ?? core.now(),
      created: core.now(),
      original: Math.abs(lots),
      gid: gid ?? null,
      updated: core.now(),
      lots: Math.abs(lots),
      type,
      typePrev: null,
      tif,
      flags: flags - (has(flags, "postOnly") ? Flags.order.postOnly : 0),
      end: undefined,
      price: kind === "MARKET" ? last : kind === "TRAILING STOP" ? cut(Math.max(0, last + side * trailing)) : price,
      trailing,
      aux,
      hidden: has(flags, "hidden"),
      forced: false,
      postOnly: has(flags, "postOnly") && kind === "LIMIT",
      leverage: leverage ?? 10,
      meta: meta ?? {},
      placedId: null,
      partner: undefined,
      fills: [],
      held: 0,
      stage: isStop(kind) ? "stop" : "book"
    }
    return { order, ocoStop }
  })

/**
 * worst price at which an order may trade, for its value; market orders and stops use their own or the current price
 */
const worthAt = (order: OrderState): number =>
  kindOf(order.type) === "STOP LIMIT" ? order.aux : Math.max(order.price, order.partner?.price ?? 0)

/** cost of a market order now, in lots of the quote currency, as far as the book goes */
export const costInBook = (core: Core, order: OrderState): number => {
  const book = core.market.engine(order.symbol)!
  let left = order.lots
  let paid = 0
  for (const level of order.side === 1 ? book.asks : book.bids) {
    if (left === 0) break
    const lots = Math.min(left, level.orders.reduce((sum, one) => sum + one.lots, 0))
    paid += Money.cost(lots, level.price, "up")
    left -= lots
  }
  return paid
}

/** the part of an order that increases a position */
const increasing = (account: Account, order: OrderState): number => {
  const lots = account.positions.open.get(order.symbol)?.lots ?? 0
  return Math.sign(lots) === -order.side ? Math.max(0, order.lots - Math.abs(lots)) : order.lots
}

/** US dollars that a margin order requires in the margin wallet */
const marginFor = (core: Core, account: Account, order: OrderState): number =>
  Prices.amount(Math.round(increasing(account, order) * worthAt(order))) * dollarsOf(core.market, order.quote) *
  margins.initial

/** US dollars of the margin wallet that neither positions nor open orders require */
export const tradable = (core: Core, account: Account): number => {
  const { net, used } = account.positions.margin()
  let left = net - used
  for (const order of account.orders.values()) {
    if (order.wallet === "margin" && !order.derivative && !isSecond(order)) left -= marginFor(core, account, order)
  }
  return left
}

/** in an OCO pair, the money for both legs is reserved by the limit order */
const isSecond = (order: OrderState): boolean => order.partner !== undefined && isStop(kindOf(order.type))

/** the wallet with the money for an order; undefined for margin orders, for which nothing is reserved */
export const purseOf = (order: OrderState): readonly ["exchange" | "margin", string] | undefined =>
  order.derivative
    ? ["margin", order.quote]
    : order.wallet === "exchange"
    ? ["exchange", order.side === 1 ? order.quote : order.base]
    : undefined

/** lots to reserve for the current order */
export const needed = (core: Core, account: Account, order: OrderState, fees: number): number => {
  if (order.stage === "done" || isSecond(order)) return 0
  if (order.derivative) {
    const lots = increasing(account, order)
    if (lots === 0) return 0
    // a sale may trade above its price, and then requires more
    const price = Math.max(worthAt(order), order.side === -1 ? lastPrice(core, order.symbol) : 0)
    const value = Math.ceil(lots * price)
    return Math.ceil(value / order.leverage) + Money.share(value, fees)
  }
  if (order.wallet === "margin") return 0
  if (order.side === -1) return order.lots
  if (kindOf(order.type) === "MARKET") return costInBook(core, order)
  return Money.cost(order.lots, worthAt(order), "up")
}

/** reserves the amount that an order requires now */
export const hold = (account: Account, order: OrderState, lots: number): void => {
  const purse = purseOf(order)
  if (purse === undefined) return
  account.wallets.hold(...purse, lots - order.held)
  order.held = lots
}

/** whether an account can afford an order, counting the amount already reserved for it */
export const afford = (core: Core, account: Account, order: OrderState): OrRefusal<void> => {
  const price = kindOf(order.type) === "MARKET" ? lastPrice(core, order.symbol) : worthAt(order)
  const what = `${Money.text(Prices.amount(order.side * order.lots))} ${order.symbol.slice(1)} at ${Money.text(price)}`
  const purse = purseOf(order)
  if (purse === undefined) {
    const wanted = isSecond(order) ? 0 : marginFor(core, account, order)
    const own = account.orders.get(order.id)
    const left = tradable(core, account) + (own === undefined ? 0 : marginFor(core, account, own))
    return wanted > 0 && wanted > left
      ? refuse(10001, `Invalid order: not enough tradable balance for ${what}`)
      : Either.void
  }
  const balance = order.derivative ? "tradable" : "exchange"
  return needed(core, account, order, core.fees.taker) > account.wallets.available(...purse) + order.held
    ? refuse(10001, `Invalid order: not enough ${balance} balance for ${what}`)
    : Either.void
}

const fillText = (order: OrderState, [price, lots]: readonly [number, number]): string =>
  `@ ${Money.text(price)}(${Money.text(Prices.amount(order.side * lots))})`

/** the status text: newest fill first, chained as by the venue */
export const statusOf = (order: OrderState): string => {
  const partials = order.fills.map((fill) => `PARTIALLY FILLED ${fillText(order, fill)}`).reverse()
  if (order.end !== undefined) return partials.length === 0 ? order.end : `${order.end} was: ${partials.join(", ")}`
  const last = order.fills.at(-1)
  if (order.stage === "done" && last !== undefined) {
    const before = partials.slice(1)
    return `${order.forced ? "FORCED " : ""}EXECUTED ${fillText(order, last)}${
      before.length === 0 ? "" : `: was ${before.join(", ")}`
    }`
  }
  if (last !== undefined) return partials.join(", ")
  return has(order.flags, "close") ? "ACTIVE (note:POSCLOSE)" : "ACTIVE"
}

export const addFill = (order: OrderState, price: number, lots: number): void => {
  const last = order.fills.at(-1)
  if (last !== undefined && last[0] === price) order.fills[order.fills.length - 1] = [price, last[1] + lots]
  else order.fills.push([price, lots])
}

const average = (order: OrderState): number => {
  const lots = order.fills.reduce((sum, fill) => sum + fill[1], 0)
  return lots === 0 ? 0 : Prices.rounded(order.fills.reduce((sum, fill) => sum + fill[0] * fill[1], 0) / lots, 8)
}

/** `fresh`: as in the acknowledgement of a submission, where post-only is still among the flags */
export const record = (order: OrderState, fresh = false): Order => {
  const isPostOnlyFlag = order.postOnly && (fresh || order.end === "POSTONLY CANCELED")
  const mark = order.stage === "done" ? "_$" : "$"
  return {
    id: order.id,
    gid: order.gid,
    cid: order.cid,
    symbol: order.symbol,
    mtsCreate: order.created,
    mtsUpdate: order.updated,
    amount: Prices.amount(order.side * order.lots),
    amountOrig: Prices.amount(order.side * order.original),
    orderType: order.type,
    typePrev: order.typePrev,
    mtsTif: order.tif,
    flags: order.flags + (isPostOnlyFlag ? Flags.order.postOnly : 0),
    status: statusOf(order),
    price: order.price,
    priceAvg: average(order),
    priceTrailing: order.trailing,
    priceAuxLimit: order.aux,
    notify: 0,
    hidden: order.hidden ? 1 : 0,
    placedId: order.placedId,
    routing: "API>BFX",
    meta: {
      ...order.meta,
      ...(order.postOnly && !isPostOnlyFlag ? { [`${mark}F7`]: 1 } : {}),
      ...(order.derivative ? { [`${mark}F33`]: order.leverage, lev: order.leverage } : {}),
      source: "api"
    }
  }
}
