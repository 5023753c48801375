/**
 * The workloads: the channels of each and, generated from a seed, the texts of their frames.
 *
 * Numbers below 1e-4 do not occur, so no number has an exponent.
 */
import { account, type AccountKind } from "./account.ts"
import { FloorBook } from "./floorBook.ts"

/** the request for a channel, and the id of its frames */
export interface Channel {
  readonly kind: "ticker" | "trades" | "book" | "candles" | LiveKind | AccountKind
  readonly symbol: string
  readonly chanId: number
  /** levels per side of a book */
  readonly len: 25 | 250
  /** the fields of the subscribe frame */
  readonly fields: { readonly [field: string]: string }
}

/** maintained and verified books, with a checksum after 20 rows */
export type LiveKind = "bookP0" | "bookR0"

export const isLive = (kind: Channel["kind"]): kind is LiveKind => kind === "bookP0" || kind === "bookR0"

/** a family of the account's events; all families are sent on channel 0, after a login */
export const isAccount = (kind: Channel["kind"]): kind is AccountKind =>
  kind === "orders" || kind === "fills" || kind === "wallets"

/** messages of a round of such a book, its checksum included */
export const roundLength = 21

export interface Workload {
  readonly name: string
  readonly channels: ReadonlyArray<Channel>
  /** trades are sent as `te` alone, or as `te` and later `tu` */
  readonly updates: boolean
}

const symbol = (k: number): string => {
  if (k === 0) return "tBTCUSD"
  const letter = (n: number) => String.fromCharCode(65 + n % 26)
  return `t${letter(Math.floor(k / 676) + 3)}${letter(Math.floor(k / 26))}${letter(k)}USD`
}

const fieldsOf = (kind: Channel["kind"], symbol: string, len: number): Channel["fields"] => {
  switch (kind) {
    case "ticker":
    case "trades":
      return { channel: kind, symbol }
    case "candles":
      return { channel: kind, key: `trade:1m:${symbol}` }
    case "book":
    case "bookP0":
      return { channel: "book", symbol, prec: "P0", freq: "F0", len: String(len) }
    case "bookR0":
      return { channel: "book", symbol, prec: "R0", freq: "F0", len: String(len) }
    default:
      return {}
  }
}

const channels = (...groups: ReadonlyArray<readonly [kind: Channel["kind"], count: number, len?: 25 | 250]>) => {
  const out: Array<Channel> = []
  for (const [kind, count, len = 25] of groups) {
    for (let k = 0; k < count; k++) {
      const of = symbol(k)
      out.push({ kind, symbol: of, chanId: 10_427 + out.length * 613, len, fields: fieldsOf(kind, of, len) })
    }
  }
  return out
}

const workload = (name: string, list: ReadonlyArray<Channel>, updates = false): Workload => ({
  name,
  channels: list,
  updates
})

export const growth = (count: number): Workload => workload(`growth${count}`, channels(["ticker", count]))

export const manyBooks = (count: number): Workload => workload(`books${count}`, channels(["bookP0", count]))

const all: ReadonlyArray<Workload> = [
  workload("trades", channels(["trades", 1])),
  workload("ticker25", channels(["ticker", 25])),
  workload("candles", channels(["candles", 1])),
  workload("book250", channels(["book", 1, 250])),
  workload("bookP0", channels(["bookP0", 1, 250])),
  workload("bookR0", channels(["bookR0", 1, 250])),
  // in the order of their tallies
  workload(
    "account",
    (["orders", "fills", "wallets"] as const).map((kind) => ({ kind, symbol: "", chanId: 0, len: 25, fields: {} }))
  ),
  workload("mixed25", channels(["ticker", 8], ["trades", 8], ["bookP0", 5], ["candles", 4]), true),
  ...[1, 25, 250, 1000].map(growth),
  ...[1, 25, 200].map(manyBooks)
]

export const byName = (name: string): Workload => {
  const found = all.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no workload ${name}`)
  return found
}

// --- random
// ------------------------------------------------------------------------------------------------------------

/** mulberry32: 0 <= n < 1 */
export const random = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

// --- feeds
// -------------------------------------------------------------------------------------------------------------

/** the payload texts of one channel: the part of a frame after the channel's id */
interface Feed {
  readonly snapshot: () => string
  readonly next: () => string
}

const start = 1_700_000_000_000

/** a random walk of a price in ticks, 5 significant digits */
const walk = (chance: () => number) => {
  const digits = Math.floor(chance() * 4)
  let ticks = 20_000 + Math.floor(chance() * 60_000)
  return {
    digits,
    move: () => {
      ticks = Math.min(99_000, Math.max(11_000, ticks + Math.floor(chance() * 21) - 10))
      return round(ticks / 10 ** digits, digits)
    }
  }
}

const size = (chance: () => number): number => round(0.0002 + chance() ** 4 * 20, 8)

const ticker = (chance: () => number): Feed => {
  const price = walk(chance)
  const step = 10 ** -price.digits
  const open = price.move()
  const next = () => {
    const last = price.move()
    const change = round(last - open, price.digits)
    return JSON.stringify([
      last,
      round(5 + chance() * 90, 8),
      round(last + step, price.digits),
      round(5 + chance() * 90, 8),
      change,
      // no exponents: see above
      Math.abs(change / open) < 1e-4 ? 0 : round(change / open, 8),
      last,
      round(1000 + chance() * 9000, 8),
      round(Math.max(open, last) * 1.02, price.digits),
      round(Math.min(open, last) * 0.98, price.digits)
    ])
  }
  return { snapshot: next, next }
}

const trades = (chance: () => number, updates: boolean): Feed => {
  const price = walk(chance)
  let id = 1_500_000_000 + Math.floor(chance() * 1e6)
  let mts = start
  let again: string | undefined
  const row = () => {
    id += 1 + Math.floor(chance() * 3)
    mts += Math.floor(chance() * 400)
    return JSON.stringify([id, mts, chance() < 0.5 ? size(chance) : -size(chance), price.move()])
  }
  return {
    snapshot: () => `[${Array.from({ length: 30 }, row).reverse().join(",")}]`,
    next: () => {
      if (again !== undefined) {
        const update = `"tu",${again}`
        again = undefined
        return update
      }
      const trade = row()
      if (updates) again = trade
      return `"te",${trade}`
    }
  }
}

const candles = (chance: () => number): Feed => {
  const price = walk(chance)
  let mts = start - (start % 60_000)
  let [open, close, high, low, volume] = [0, 0, 0, 0, 0]
  const begin = () => {
    mts += 60_000
    open =
      close =
      high =
      low =
        price.move()
    volume = 0
  }
  const trade = () => {
    close = price.move()
    high = Math.max(high, close)
    low = Math.min(low, close)
    volume = round(volume + size(chance), 8)
    return JSON.stringify([mts, open, close, high, low, volume])
  }
  return {
    snapshot: () =>
      `[${
        Array.from({ length: 240 }, () => {
          begin()
          return trade()
        }).reverse().join(",")
      }]`,
    next: () => {
      if (chance() < 0.02) begin()
      return trade()
    }
  }
}

interface Level {
  readonly tick: number
  count: number
  amount: number
}

/**
 * A window of `len` levels per side of a deeper book: a level that leaves the window is deleted, a level that enters
 * it is added, deletions first.
 */
const book = (chance: () => number, len: number): Feed => {
  const digits = 1
  // far enough above 0: in a million rows the bids go down by some 200,000 ticks
  const mid = 500_000 + Math.floor(chance() * 400_000)
  const text = (side: 1 | -1, level: Level, deleted = false) =>
    deleted
      ? `[${round(level.tick / 10, digits)},0,${side}]`
      : `[${round(level.tick / 10, digits)},${level.count},${round(side * level.amount, 8)}]`
  const level = (tick: number): Level => ({ tick, count: 1 + Math.floor(chance() * 5), amount: size(chance) })
  const sides = ([1, -1] as const).map((side) => {
    const levels: Array<Level> = []
    const step = () => 1 + Math.floor(chance() * 4)
    let edge = mid
    const deepen = () => levels.push(level(edge -= side * step()))
    while (levels.length < len + 50) deepen()
    return { side, levels, deepen }
  })
  const pending: Array<string> = []
  const change = () => {
    const { deepen, levels, side } = sides[chance() < 0.5 ? 0 : 1]!
    const at = Math.floor(chance() ** 2 * len)
    const dice = chance()
    if (dice < 0.7) {
      const it = levels[at]!
      it.count = 1 + Math.floor(chance() * 5)
      it.amount = size(chance)
      pending.push(text(side, it))
      return
    }
    const gap = at > 0 ? Math.abs(levels[at]!.tick - levels[at - 1]!.tick) : 0
    if (dice < 0.85 && gap > 1) {
      const fresh = level(levels[at]!.tick + side)
      pending.push(text(side, levels[len - 1]!, true), text(side, fresh))
      levels.splice(at, 0, fresh)
      return
    }
    pending.push(text(side, levels[at]!, true))
    levels.splice(at, 1)
    while (levels.length < len + 10) deepen()
    pending.push(text(side, levels[len - 1]!))
  }
  return {
    snapshot: () =>
      `[${sides.flatMap(({ levels, side }) => levels.slice(0, len).map((each) => text(side, each))).join(",")}]`,
    next: () => {
      while (pending.length === 0) change()
      return pending.shift()!
    }
  }
}

interface Order {
  readonly id: number
  tick: number
  amount: number
}

/**
 * Individual orders, `len` per side: amounts change, orders are moved, cancelled and added. As in `book`, an order that
 * leaves the window is deleted before another one is added. Orders of one price are sorted by id.
 */
const orders = (chance: () => number, len: number): Feed => {
  const mid = 300_000 + Math.floor(chance() * 400_000)
  let ids = 90_000_000_000
  const sides = ([1, -1] as const).map((side) => {
    const list: Array<Order> = []
    const better = (a: Order, b: Order) => (b.tick - a.tick) * side || a.id - b.id
    const fresh = (tick: number): Order => ({ id: ids += 1 + Math.floor(chance() * 9), tick, amount: size(chance) })
    const insert = (order: Order) => {
      let at = list.length
      while (at > 0 && better(list[at - 1]!, order) > 0) at--
      list.splice(at, 0, order)
      return at
    }
    let edge = mid
    const deepen = () => insert(fresh(edge -= side * Math.floor(chance() * 3)))
    edge -= side
    while (list.length < len + 50) deepen()
    return { side, list, fresh, insert, deepen }
  })
  const text = (side: 1 | -1, { amount, id, tick }: Order) =>
    `[${id},${round(tick / 10, 1)},${round(side * amount, 8)}]`
  const gone = (side: 1 | -1, { id }: Order) => `[${id},0,${side}]`
  const pending: Array<string> = []
  const change = () => {
    const { deepen, fresh, insert, list, side } = sides[chance() < 0.5 ? 0 : 1]!
    const at = Math.floor(chance() ** 2 * len)
    const order = list[at]!
    const dice = chance()
    if (dice < 0.5) {
      order.amount = size(chance)
      pending.push(text(side, order))
    } else if (dice < 0.65) {
      // moves within the window, and never past the other side
      order.tick = list[Math.floor(chance() ** 2 * (len - 1))]!.tick
      list.splice(at, 1)
      const now = insert(order)
      if (now < len) pending.push(text(side, order))
      else pending.push(gone(side, order), text(side, list[len - 1]!))
    } else if (dice < 0.82) {
      const last = list[len - 1]!
      const now = insert(fresh(order.tick))
      if (now < len) pending.push(gone(side, last), text(side, list[now]!))
    } else {
      list.splice(at, 1)
      while (list.length < len + 10) deepen()
      pending.push(gone(side, order), text(side, list[len - 1]!))
    }
  }
  return {
    snapshot: () =>
      `[${sides.flatMap(({ list, side }) => list.slice(0, len).map((each) => text(side, each))).join(",")}]`,
    next: () => {
      while (pending.length === 0) change()
      return pending.shift()!
    }
  }
}

/** adds a checksum of the client's copy after each 20 rows */
const verified = (feed: Feed, isRaw: boolean): Feed => {
  const copy = new FloorBook(isRaw)
  let rows = 0
  return {
    snapshot: () => {
      const text = feed.snapshot()
      copy.start(JSON.parse(text))
      return text
    },
    next: () => {
      if (++rows % roundLength === 0) return `"cs",${copy.checksum()}`
      const text = feed.next()
      copy.apply(JSON.parse(text))
      return text
    }
  }
}

/** feeds of public channels; the account has one feed for all its families */
const feed = (channel: Channel, chance: () => number, updates: boolean): Feed => {
  switch (channel.kind) {
    case "ticker":
      return ticker(chance)
    case "trades":
      return trades(chance, updates)
    case "candles":
      return candles(chance)
    case "book":
      return book(chance, channel.len)
    case "bookP0":
      return verified(book(chance, channel.len), false)
    case "bookR0":
      return verified(orders(chance, channel.len), true)
    default:
      throw new Error(`${channel.kind} are no public channel`)
  }
}

/** relative frequency of a channel of this kind */
const weights = { ticker: 1, trades: 2, book: 8, bookP0: 8, bookR0: 8, candles: 1, orders: 0, fills: 0, wallets: 0 }

export interface Texts {
  /** one frame for each channel in order, or the frames after a login; without the closing bracket */
  readonly snapshots: ReadonlyArray<string>
  /** the next frame, without the closing bracket */
  readonly next: () => string
}

/** The frames of a workload: equal for equal seeds. A sequence number may be added before the closing bracket. */
export const texts = (workload: Workload, seed: number): Texts => {
  const chance = random(seed)
  if (workload.channels.some(({ kind }) => isAccount(kind))) return account(chance)
  const feeds = workload.channels.map((channel) => ({
    begin: `[${channel.chanId},`,
    ...feed(channel, random(Math.floor(chance() * 2 ** 32)), workload.updates)
  }))
  const weigh = (isWanted: (kind: Channel["kind"]) => boolean) =>
    workload.channels.flatMap(({ kind }, k) => isWanted(kind) ? Array.from({ length: weights[kind] }, () => k) : [])
  const books = weigh(isLive)
  const others = weigh((kind) => !isLive(kind))
  const draw = (urn: ReadonlyArray<number>): number => urn[Math.floor(chance() * urn.length)]!
  // Frames of ten rounds at a time, in which each active book sends whole rounds: states that are verified by a
  // checksum are served then, and nothing remains for the next slice.
  const share = others.length === 0 ? 10 : Math.round(10 * books.length / (books.length + others.length))
  const dealt: Array<number> = []
  const deal = (): void => {
    for (let k = 0; k < share; k++) {
      const book = draw(books)
      for (let n = 0; n < roundLength; n++) dealt.push(book)
    }
    while (dealt.length < 10 * roundLength) dealt.push(draw(others))
    for (let k = dealt.length - 1; k > 0; k--) {
      const other = Math.floor(chance() * (k + 1))
      const kept = dealt[k]!
      dealt[k] = dealt[other]!
      dealt[other] = kept
    }
  }
  return {
    snapshots: feeds.map(({ begin, snapshot }) => begin + snapshot()),
    next: () => {
      if (dealt.length === 0) deal()
      const { begin, next } = feeds[dealt.pop()!]!
      return begin + next()
    }
  }
}
