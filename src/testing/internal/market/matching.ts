/**
 * The matching engine: one book of orders, by price, then time. Funding works alike: an offer is an ask at a rate, a
 * request is a bid, and both have a period.
 *
 * Where the venue's behaviour is not documented, this module decides: hidden orders stand behind the visible orders of
 * their price; an order that grows or moves loses its place, an order that shrinks keeps it; a request matches offers
 * of at least its period, and a match has the period of the order that rested. Orders of one owner trade with each
 * other.
 *
 * @internal
 */
import * as Prices from "./prices.ts"
import type { Row } from "./rows.ts"

/** owner of all simulated orders; users have other numbers as owners */
export const simulated = 0

/** 1 buys (funding: borrows), -1 sells (lends) */
export type Side = 1 | -1

export interface Order {
  readonly id: number
  readonly owner: number
  readonly side: Side
  readonly created: number
  readonly hidden: boolean
  price: number
  /** days; 0 unless funding */
  period: number
  /** remaining lots */
  lots: number
  /** lots at submission, plus or minus later amendments of its size; fills do not change it */
  original: number
  updated: number
  /** the level where it rests; undefined if it does not rest */
  level: Level | undefined
  /** its row in the raw book; undefined when outdated */
  row: Row | undefined
}

export interface Level {
  readonly price: number
  readonly period: number
  readonly ticks: Prices.Ticks
  /** oldest first, hidden orders behind visible ones */
  readonly orders: Array<Order>
  /** number of visible orders, and their lots */
  count: number
  lots: number
  row: Row | undefined
}

/** One match, which is a public trade. `maker` and `taker` show the state of both orders after it. */
export interface Fill {
  readonly tradeId: number
  readonly symbol: string
  readonly mts: number
  readonly price: number
  readonly period: number
  readonly lots: number
  /** the side of the taker */
  readonly side: Side
  readonly maker: Party
  readonly taker: Party
}

export interface Party {
  readonly orderId: number
  readonly owner: number
  /** remaining lots of the order */
  readonly left: number
}

export interface Request {
  /** default: the next id; set for orders that had an id before they reached the book */
  readonly id?: number | undefined
  readonly owner: number
  readonly side: Side
  readonly lots: number
  /** undefined accepts any price, and a part that cannot trade at once is cancelled */
  readonly price: number | undefined
  readonly period?: number
  /**
   * what happens to the part that cannot trade at once: it rests in the book (`rest`, default) or is cancelled
   * (`cancel`); with `all-or-nothing` the whole order is cancelled without a trade
   */
  readonly rest?: "rest" | "cancel" | "all-or-nothing"
  readonly postOnly?: boolean
  readonly hidden?: boolean
}

export interface Outcome {
  readonly order: Order
  readonly fills: ReadonlyArray<Fill>
  /** `unfilled`: a rest was cancelled, possibly after fills. `fillOrKill`: an all-or-nothing order was cancelled */
  readonly end: "resting" | "executed" | "unfilled" | "postOnly" | "fillOrKill"
}

export interface Change {
  readonly price?: number | undefined
  /** the new number of remaining lots; 0 or less cancels the order */
  readonly lots?: number | undefined
  readonly postOnly?: boolean | undefined
}

/** Ids, and the callback for matches; shared by all books of a market. */
export interface Venue {
  readonly nextOrderId: () => number
  readonly nextTradeId: () => number
  /** called for each match, after the book is consistent again */
  readonly traded: (fill: Fill) => void
}

export interface Book {
  readonly symbol: string
  readonly funding: boolean
  /** best first; a level may hold only hidden orders */
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
  readonly orders: ReadonlyMap<number, Order>
  /** number of orders on a side */
  readonly size: (side: Side) => number
  /** number of visible changes */
  readonly version: () => number
  readonly submit: (request: Request, mts: number) => Outcome
  /** returns the order, which no longer rests, or undefined if it did not exist */
  readonly cancel: (id: number, mts: number) => Order | undefined
  /** returns undefined if no such order rests */
  readonly amend: (id: number, change: Change, mts: number) => Outcome | undefined
  /**
   * a simulated trader takes this order, up to `lots`, regardless of its place in the queue; returns undefined if no
   * such order rests
   */
  readonly hit: (id: number, lots: number | undefined, mts: number) => Fill | undefined
  /** lots that an order could take at once, up to `wanted` */
  readonly available: (side: Side, price: number | undefined, period: number, wanted: number) => number
}

/** negative if level `a` is better for its side than a level of this price and period; 0 if it is that level */
const compare = (side: Side, a: Level, price: number, period: number): number =>
  a.price === price ? a.period - period : (price - a.price) * side

/** index of the level of this price and period, or `~index` of its insertion point */
const find = (levels: ReadonlyArray<Level>, side: Side, price: number, period: number): number => {
  let low = 0
  let high = levels.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const order = compare(side, levels[middle]!, price, period)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return ~low
}

/** the state of a book */
interface State {
  readonly symbol: string
  readonly funding: boolean
  readonly venue: Venue
  readonly bids: Array<Level>
  readonly asks: Array<Level>
  readonly orders: Map<number, Order>
  /** numbers of orders */
  readonly sizes: { bids: number; asks: number }
  version: number
}

const levelsOf = ({ asks, bids }: State, side: Side): Array<Level> => side === 1 ? bids : asks

const count = ({ sizes }: State, side: Side, by: 1 | -1): void => {
  if (side === 1) sizes.bids += by
  else sizes.asks += by
}

const touch = (state: State, level: Level): void => {
  level.row = undefined
  state.version++
}

/** the level of a price and period, added if it is missing */
const levelAt = (state: State, { period, price, side }: Order): Level => {
  const levels = levelsOf(state, side)
  const at = find(levels, side, price, period)
  if (at >= 0) return levels[at]!
  const level: Level = { price, period, ticks: Prices.ticks(price), orders: [], count: 0, lots: 0, row: undefined }
  levels.splice(~at, 0, level)
  return level
}

const rest = (state: State, order: Order): void => {
  const level = levelAt(state, order)
  if (order.hidden) {
    level.orders.push(order)
  } else {
    if (level.count === level.orders.length) level.orders.push(order)
    else level.orders.splice(level.count, 0, order)
    level.count++
    level.lots += order.lots
    touch(state, level)
  }
  order.level = level
  order.row = undefined
  state.orders.set(order.id, order)
  count(state, order.side, 1)
}

const remove = (state: State, order: Order): void => {
  const level = order.level!
  level.orders.splice(level.orders.indexOf(order), 1)
  if (!order.hidden) {
    level.count--
    level.lots -= order.lots
    touch(state, level)
  }
  if (level.orders.length === 0) {
    const levels = levelsOf(state, order.side)
    levels.splice(find(levels, order.side, level.price, level.period), 1)
  }
  order.level = undefined
  state.orders.delete(order.id)
  count(state, order.side, -1)
}

/** whether an order may trade at the price of a level on the other side */
const crosses = (side: Side, price: number | undefined, level: Level): boolean =>
  price === undefined || (price - level.price) * side >= 0

const suits = ({ funding }: State, side: Side, period: number, level: Level): boolean =>
  !funding || (side === 1 ? level.period >= period : level.period <= period)

const available = (state: State, side: Side, price: number | undefined, period: number, wanted: number): number => {
  let found = 0
  for (const level of levelsOf(state, side === 1 ? -1 : 1)) {
    if (found >= wanted || !crosses(side, price, level)) break
    if (suits(state, side, period, level)) { for (const order of level.orders) found += order.lots }
  }
  return Math.min(found, wanted)
}

const trade = (state: State, maker: Order, taker: Order, lots: number, mts: number): Fill => {
  const level = maker.level!
  taker.lots -= lots
  if (lots === maker.lots) {
    remove(state, maker)
    maker.lots = 0
  } else {
    maker.lots -= lots
    maker.row = undefined
    if (!maker.hidden) {
      level.lots -= lots
      touch(state, level)
    }
  }
  maker.updated = taker.updated = mts
  return {
    tradeId: state.venue.nextTradeId(),
    symbol: state.symbol,
    mts,
    price: level.price,
    period: level.period,
    lots,
    side: taker.side,
    maker: { orderId: maker.id, owner: maker.owner, left: maker.lots },
    taker: { orderId: taker.id, owner: taker.owner, left: taker.lots }
  }
}

const match = (state: State, taker: Order, price: number | undefined, mts: number): Array<Fill> => {
  const fills: Array<Fill> = []
  const levels = levelsOf(state, taker.side === 1 ? -1 : 1)
  let at = 0
  while (taker.lots > 0 && at < levels.length) {
    const level = levels[at]!
    if (!crosses(taker.side, price, level)) break
    if (!suits(state, taker.side, taker.period, level)) {
      at++
      continue
    }
    const maker = level.orders[0]! // level.orders is never empty: an empty level is removed at once
    fills.push(trade(state, maker, taker, Math.min(maker.lots, taker.lots), mts))
  }
  return fills
}

const place = (state: State, order: Order, request: Request, mts: number): Outcome => {
  const { price, side } = request
  if (request.postOnly === true && available(state, side, price, order.period, 1) > 0) {
    return { order, fills: [], end: "postOnly" }
  }
  if (request.rest === "all-or-nothing" && available(state, side, price, order.period, order.lots) < order.lots) {
    return { order, fills: [], end: "fillOrKill" }
  }
  const fills = match(state, order, price, mts)
  const rests = order.lots > 0 && price !== undefined && (request.rest ?? "rest") === "rest"
  if (rests) rest(state, order)
  // the listeners hear of trades after the book is consistent again
  for (const fill of fills) state.venue.traded(fill)
  return { order, fills, end: rests ? "resting" : order.lots === 0 ? "executed" : "unfilled" }
}

const makeOrder = ({ funding, venue }: State, request: Request, price: number | undefined, mts: number): Order => ({
  id: request.id ?? venue.nextOrderId(),
  owner: request.owner,
  side: request.side,
  created: mts,
  hidden: request.hidden === true,
  price: price ?? 0,
  period: funding ? request.period ?? 2 : 0,
  lots: request.lots,
  original: request.lots,
  updated: mts,
  level: undefined,
  row: undefined
})

const hit = (state: State, id: number, wanted: number | undefined, mts: number): Fill | undefined => {
  const maker = state.orders.get(id)
  if (maker === undefined) return undefined
  const lots = Math.min(wanted ?? maker.lots, maker.lots)
  // the cast: the negation of 1 or -1
  const side = -maker.side as Side
  const { period, price } = maker
  const taker = makeOrder(state, { owner: simulated, side, lots, price, period }, price, mts)
  const fill = trade(state, maker, taker, lots, mts)
  state.venue.traded(fill)
  return fill
}

const amend = (state: State, id: number, change: Change, mts: number): Outcome | undefined => {
  const order = state.orders.get(id)
  if (order === undefined) return undefined
  const price = change.price === undefined ? order.price : Prices.price(change.price)
  const lots = change.lots ?? order.lots
  const { level } = order
  order.updated = mts
  if (price === order.price && lots > 0 && lots <= order.lots) {
    if (!order.hidden) level!.lots -= order.lots - lots
    if (lots < order.lots) {
      order.original -= order.lots - lots
      order.lots = lots
      order.row = undefined
      if (!order.hidden) touch(state, level!)
    }
    return { order, fills: [], end: "resting" }
  }
  remove(state, order)
  if (lots <= 0) return { order, fills: [], end: "unfilled" }
  order.price = price
  order.original += lots - order.lots
  order.lots = lots
  return place(state, order, { ...order, price, postOnly: change.postOnly === true }, mts)
}

export const make = (symbol: string, venue: Venue): Book => {
  const funding = symbol.startsWith("f")
  const state: State = {
    symbol,
    funding,
    venue,
    bids: [],
    asks: [],
    orders: new Map(),
    sizes: { bids: 0, asks: 0 },
    version: 0
  }
  const { asks, bids, orders, sizes } = state
  return {
    symbol,
    funding,
    bids,
    asks,
    orders,
    size: (side) => side === 1 ? sizes.bids : sizes.asks,
    version: () => state.version,
    available: (side, price, period, wanted) => available(state, side, price, period, wanted),
    submit: (request, mts) => {
      const price = request.price === undefined ? undefined : Prices.price(request.price)
      return place(state, makeOrder(state, request, price, mts), { ...request, price }, mts)
    },
    hit: (id, lots, mts) => hit(state, id, lots, mts),
    cancel: (id, mts) => {
      const order = orders.get(id)
      if (order === undefined) return undefined
      remove(state, order)
      order.updated = mts
      return order
    },
    amend: (id, change, mts) => amend(state, id, change, mts)
  }
}
