/**
 * Simulated traders of one symbol. Makers quote around the fair price at several hundred levels, amend and cancel.
 * Takers buy and sell in mixed sizes and occasionally sweep many levels. Quotes on the wrong side of the fair price
 * are cancelled or hit. Orders of users are not changed, but takers trade with them.
 *
 * @internal
 */
import { type Book, type Level, type Order, type Side, simulated } from "./matching.ts"
import * as Prices from "./prices.ts"
import type { Random } from "./random.ts"

export interface Setting {
  /** price of one unit of the traded currency in US dollars; it determines the sizes */
  readonly usd: number
  /** distance from the best price within which makers quote most, ticks */
  readonly near: number
  /** maximum distance between neighbouring levels of a new book, ticks */
  readonly gap: number
  /** actions of makers per second */
  readonly makers: number
  /** actions of takers per second */
  readonly takers: number
}

export interface Traders {
  /** fills an empty book */
  readonly open: (fair: number, mts: number) => void
  readonly act: (fair: number, mts: number, seconds: number) => void
}

/** levels and orders per side that makers maintain */
const levels = { least: 330, most: 420 } as const
const orders = 620

const periods = [2, 2, 2, 2, 2, 2, 3, 5, 7, 7, 10, 14, 30, 30, 30, 60, 120, 120] as const

/** the traders of one book */
interface Crew {
  readonly book: Book
  readonly random: Random
  readonly setting: Setting
  /** distance from the fair price to the last quote, ticks */
  readonly reach: number
}

const levelsOf = ({ book }: Crew, side: Side) => side === 1 ? book.bids : book.asks

const other = (side: Side): Side => side === 1 ? -1 : 1

/** lots worth about `usd` US dollars; often a round amount, as people choose them */
const lots = ({ random, setting }: Crew, usd: number): number => {
  const exact = Math.max(1000, Math.round(usd / setting.usd * 1e8))
  if (!random.chance(0.45)) return exact
  let unit = 1
  while (exact / unit >= 100) unit *= 10
  return Math.round(exact / unit) * unit
}

const makerLots = (crew: Crew): number =>
  lots(crew, (crew.book.funding ? 250 : 60) + (crew.book.funding ? 60_000 : 14_000) * crew.random.low(5))

const takerLots = (crew: Crew): number =>
  lots(crew, (crew.book.funding ? 400 : 15) + (crew.book.funding ? 90_000 : 9_000) * crew.random.low(6))

/** places a post-only quote */
const quote = (crew: Crew, side: Side, price: number, mts: number): void => {
  const { book, random } = crew
  const wanted = makerLots(crew)
  const period = book.funding ? random.pick(periods) : 0
  const hidden = random.chance(0.01)
  book.submit({ owner: simulated, side, lots: wanted, price, period, postOnly: true, hidden }, mts)
}

/** a price `ticks` away from the fair price, on the given side of it */
const beside = (side: Side, fair: number, ticks: number): number =>
  Prices.nudge(Prices.price(fair, side === 1 ? -1 : 1), -side * ticks)

const owned = (level: Level): Order | undefined => level.orders.find((order) => order.owner === simulated)

/** a random simulated order of a side, more often near the best price */
const some = (crew: Crew, side: Side): Order | undefined => {
  const all = levelsOf(crew, side)
  const level = all[Math.floor(crew.random.low(2) * all.length)]
  const order = level?.orders[crew.random.int(level.orders.length)]
  return order?.owner === simulated ? order : undefined
}

/** a maker amends, cancels or places a quote */
const act = (crew: Crew, fair: number, mts: number): void => {
  const { book, random, reach, setting } = crew
  const side: Side = random.chance(0.5) ? 1 : -1
  const order = some(crew, side)
  if (order !== undefined && random.chance(0.18)) {
    // half of the amendments change only the size; both kinds keep the id
    if (random.chance(0.5)) book.amend(order.id, { lots: makerLots(crew) }, mts)
    else book.amend(order.id, { price: beside(side, fair, random.int(setting.near)), postOnly: true }, mts)
  } else if (order !== undefined && random.chance(book.size(side) / (2 * orders))) {
    book.cancel(order.id, mts)
  } else {
    const away = random.chance(0.8) ? random.low(3) * setting.near : random.next() * reach
    quote(crew, side, beside(side, fair, Math.floor(away)), mts)
  }
}

/** takes up to `wanted` lots, at most `ticks` beyond the best price */
const take = (crew: Crew, side: Side, wanted: number, ticks: number, mts: number): void => {
  const best = levelsOf(crew, other(side))[0]
  if (best === undefined) return
  const price = Prices.nudge(best.price, side * ticks)
  // a borrowing taker accepts any period, a lending taker offers any period
  const period = side === 1 ? 2 : 120
  crew.book.submit({ owner: simulated, side, lots: wanted, price, period, rest: "cancel" }, mts)
}

const trade = (crew: Crew, mts: number): void => {
  const { random, setting } = crew
  const side: Side = random.chance(0.5) ? 1 : -1
  const kind = random.next()
  if (kind < 0.86) take(crew, side, takerLots(crew), 3, mts)
  else if (kind < 0.985) take(crew, side, takerLots(crew) * (2 + random.int(6)), 8 * setting.gap, mts)
  else sweep(crew, side, mts)
}

/** takes four to twenty levels */
const sweep = (crew: Crew, side: Side, mts: number): void => {
  let wanted = 0
  for (const level of levelsOf(crew, other(side)).slice(0, 4 + crew.random.int(17))) {
    wanted += level.orders.reduce((sum, order) => sum + order.lots, 0)
  }
  if (wanted > 0) take(crew, side, wanted, 400, mts)
}

/** cancels or hits quotes on the wrong side of the fair price; those of users are only hit */
const correct = (crew: Crew, side: Side, fair: number, mts: number): void => {
  const { book, random } = crew
  for (let left = 200; left > 0; left--) {
    const level = levelsOf(crew, side)[0]
    if (level === undefined || (level.price - fair) * side <= 0) return
    const order = owned(level)
    if (order === undefined || random.chance(0.05)) {
      take(crew, other(side), Math.ceil(level.orders[0]!.lots * (0.4 + random.next())), 0, mts)
    } else {
      book.cancel(order.id, mts)
    }
  }
}

/** keeps the depth of a side within bounds */
const keep = (crew: Crew, side: Side, fair: number, mts: number): void => {
  const { book, random, reach } = crew
  const all = levelsOf(crew, side)
  const missing = levels.least - all.length
  for (let left = Math.min(missing, 4 + Math.floor(missing / 8)); left > 0; left--) {
    quote(crew, side, beside(side, fair, random.int(reach)), mts)
  }
  // too many levels, or levels far from the price; orders of users stay in place
  const end = beside(side, fair, reach)
  for (let left = 6, at = all.length - 1; left > 0 && at > levels.least; left--, at--) {
    const level = all[at]!
    if (all.length <= levels.most && (level.price - end) * side >= 0) break
    const order = owned(level)
    if (order !== undefined) book.cancel(order.id, mts)
  }
  // traders soon fill the gap that a sweep leaves
  const best = all[0]
  if (best === undefined || Math.abs(best.price - fair) > Math.abs(beside(side, fair, 6) - fair)) {
    if (random.chance(0.5)) quote(crew, side, beside(side, fair, random.int(4)), mts)
  }
}

const open = (crew: Crew, fair: number, mts: number): void => {
  const { random, setting } = crew
  for (const side of [1, -1] as const) {
    let price = beside(side, fair, 0)
    for (let left = levels.least + 20; left > 0; left--) {
      for (let count = 1 + random.int(3); count > 0; count--) quote(crew, side, price, mts)
      price = Prices.nudge(price, -side * (1 + random.int(setting.gap)))
    }
  }
}

/** all actions of a step, each at a random time within it */
const pass = (crew: Crew, fair: number, mts: number, seconds: number): void => {
  const { random, setting } = crew
  const events = random.count(setting.makers * seconds)
  const takers = random.count(setting.takers * seconds)
  const length = seconds * 1000
  const times: Array<number> = []
  for (let left = events + takers; left > 0; left--) times.push(mts - random.int(length))
  times.sort((a, b) => a - b)
  correct(crew, 1, fair, times[0] ?? mts)
  correct(crew, -1, fair, times[0] ?? mts)
  let taken = 0
  for (const [index, time] of times.entries()) {
    // takers are distributed evenly among the makers
    if (random.chance((takers - taken) / (times.length - index))) {
      taken++
      trade(crew, time)
    } else {
      act(crew, fair, time)
    }
  }
  keep(crew, 1, fair, mts)
  keep(crew, -1, fair, mts)
}

export const make = (book: Book, random: Random, setting: Setting): Traders => {
  const crew: Crew = { book, random, setting, reach: Math.ceil(levels.least * setting.gap * 1.2) }
  return {
    open: (fair, mts) => open(crew, fair, mts),
    act: (fair, mts, seconds) => pass(crew, fair, mts, seconds)
  }
}
