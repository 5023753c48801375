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

export const make = (book: Book, random: Random, setting: Setting): Traders => {
  const levelsOf = (side: Side) => side === 1 ? book.bids : book.asks
  /** distance from the fair price to the last quote, ticks */
  const reach = Math.ceil(levels.least * setting.gap * 1.2)
  const period = (): number => book.funding ? random.pick(periods) : 0

  /** lots worth about `usd` US dollars; often a round amount, as people choose them */
  const lots = (usd: number): number => {
    const exact = Math.max(1000, Math.round(usd / setting.usd * 1e8))
    if (!random.chance(0.45)) return exact
    let unit = 1
    while (exact / unit >= 100) unit *= 10
    return Math.round(exact / unit) * unit
  }

  const makerLots = (): number => lots((book.funding ? 250 : 60) + (book.funding ? 60_000 : 14_000) * random.low(5))
  const takerLots = (): number => lots((book.funding ? 400 : 15) + (book.funding ? 90_000 : 9_000) * random.low(6))

  /** places a post-only quote */
  const quote = (side: Side, price: number, mts: number): void => {
    book.submit(
      {
        owner: simulated,
        side,
        lots: makerLots(),
        price,
        period: period(),
        postOnly: true,
        hidden: random.chance(0.01)
      },
      mts
    )
  }

  /** a price `ticks` away from the fair price, on the given side of it */
  const beside = (side: Side, fair: number, ticks: number): number =>
    Prices.nudge(Prices.price(fair, side === 1 ? -1 : 1), -side * ticks)

  const owned = (level: Level): Order | undefined => level.orders.find((order) => order.owner === simulated)

  /** a random simulated order of a side, more often near the best price */
  const some = (side: Side): Order | undefined => {
    const all = levelsOf(side)
    const level = all[Math.floor(random.low(2) * all.length)]
    const order = level?.orders[random.int(level.orders.length)]
    return order?.owner === simulated ? order : undefined
  }

  const make = (fair: number, mts: number): void => {
    const side: Side = random.chance(0.5) ? 1 : -1
    const order = some(side)
    if (order !== undefined && random.chance(0.18)) {
      // half of the amendments change only the size; both kinds keep the id
      if (random.chance(0.5)) book.amend(order.id, { lots: makerLots() }, mts)
      else book.amend(order.id, { price: beside(side, fair, random.int(setting.near)), postOnly: true }, mts)
    } else if (order !== undefined && random.chance(book.size(side) / (2 * orders))) {
      book.cancel(order.id, mts)
    } else {
      const away = random.chance(0.8) ? random.low(3) * setting.near : random.next() * reach
      quote(side, beside(side, fair, Math.floor(away)), mts)
    }
  }

  /** takes up to `wanted` lots, at most `ticks` beyond the best price */
  const take = (side: Side, wanted: number, ticks: number, mts: number): void => {
    const best = levelsOf(side === 1 ? -1 : 1)[0]
    if (best === undefined) return
    book.submit(
      {
        owner: simulated,
        side,
        lots: wanted,
        price: Prices.nudge(best.price, side * ticks),
        // a borrowing taker accepts any period, a lending taker offers any period
        period: side === 1 ? 2 : 120,
        rest: "cancel"
      },
      mts
    )
  }

  const trade = (mts: number): void => {
    const side: Side = random.chance(0.5) ? 1 : -1
    const kind = random.next()
    if (kind < 0.86) take(side, takerLots(), 3, mts)
    else if (kind < 0.985) take(side, takerLots() * (2 + random.int(6)), 8 * setting.gap, mts)
    else sweep(side, mts)
  }

  /** takes four to twenty levels */
  const sweep = (side: Side, mts: number): void => {
    let wanted = 0
    for (const level of levelsOf(side === 1 ? -1 : 1).slice(0, 4 + random.int(17))) {
      wanted += level.orders.reduce((sum, order) => sum + order.lots, 0)
    }
    if (wanted > 0) take(side, wanted, 400, mts)
  }

  /** cancels or hits quotes on the wrong side of the fair price; those of users are only hit */
  const correct = (side: Side, fair: number, mts: number): void => {
    for (let left = 200; left > 0; left--) {
      const level = levelsOf(side)[0]
      if (level === undefined || (level.price - fair) * side <= 0) return
      const order = owned(level)
      if (order === undefined || random.chance(0.05)) {
        take(side === 1 ? -1 : 1, Math.ceil(level.orders[0]!.lots * (0.4 + random.next())), 0, mts)
      } else {
        book.cancel(order.id, mts)
      }
    }
  }

  /** keeps the depth of a side within bounds */
  const keep = (side: Side, fair: number, mts: number): void => {
    const all = levelsOf(side)
    const missing = levels.least - all.length
    for (let left = Math.min(missing, 4 + Math.floor(missing / 8)); left > 0; left--) {
      quote(side, beside(side, fair, random.int(reach)), mts)
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
      if (random.chance(0.5)) quote(side, beside(side, fair, random.int(4)), mts)
    }
  }

  return {
    open: (fair, mts) => {
      for (const side of [1, -1] as const) {
        let price = beside(side, fair, 0)
        for (let left = levels.least + 20; left > 0; left--) {
          for (let count = 1 + random.int(3); count > 0; count--) quote(side, price, mts)
          price = Prices.nudge(price, -side * (1 + random.int(setting.gap)))
        }
      }
    },
    act: (fair, mts, seconds) => {
      // each action has a random time within the step
      const events = random.count(setting.makers * seconds)
      const takers = random.count(setting.takers * seconds)
      const length = seconds * 1000
      const times: Array<number> = []
      for (let left = events + takers; left > 0; left--) times.push(mts - random.int(length))
      times.sort((a, b) => a - b)
      correct(1, fair, times[0] ?? mts)
      correct(-1, fair, times[0] ?? mts)
      let taken = 0
      for (const [index, time] of times.entries()) {
        // takers are distributed evenly among the makers
        if (random.chance((takers - taken) / (times.length - index))) {
          taken++
          trade(time)
        } else {
          make(fair, time)
        }
      }
      keep(1, fair, mts)
      keep(-1, fair, mts)
    }
  }
}
