/**
 * A book as it was at one moment: rows as they were parsed, made into records on demand.
 *
 * @internal
 */
import type { Book, Cumulated, Diff, SideName } from "../../Book.ts"
import * as Decimal from "../../protocol/Decimal.ts"
import * as Exact from "../../protocol/internal/exact.ts"
import type { Kind, Row } from "./kind.ts"
import type { Level } from "./side.ts"

/** the levels of a side, the best last */
type Levels = ReadonlyArray<Level>

const isSame = (a: unknown, b: unknown): boolean => {
  const [left, right] = [a, b] as ReadonlyArray<Record<string, unknown>> // records of one layout
  return Object.keys(left!).every((field) => left![field] === right![field])
}

export class BookView<A> implements Book<A> {
  readonly symbol: string
  readonly epoch: number
  readonly version: number
  readonly #kind: Kind
  readonly #levels: { readonly bids: Levels; readonly asks: Levels }
  #bids: ReadonlyArray<A> | undefined
  #asks: ReadonlyArray<A> | undefined

  constructor(options: {
    readonly symbol: string
    readonly epoch: number
    readonly version: number
    readonly kind: Kind
    readonly bids: Levels
    readonly asks: Levels
  }) {
    this.symbol = options.symbol
    this.epoch = options.epoch
    this.version = options.version
    this.#kind = options.kind
    this.#levels = { bids: options.bids, asks: options.asks }
  }

  get bids(): ReadonlyArray<A> {
    return this.#bids ??= this.#records("bids")
  }

  get asks(): ReadonlyArray<A> {
    return this.#asks ??= this.#records("asks")
  }

  get bestBid(): A | null {
    return this.#best("bids")
  }

  get bestAsk(): A | null {
    return this.#best("asks")
  }

  get spread(): number | null {
    const [bid, ask] = this.#prices()
    return bid === undefined || ask === undefined ? null : Decimal.difference(ask, bid)
  }

  get mid(): number | null {
    const [bid, ask] = this.#prices()
    return bid === undefined || ask === undefined ? null : Decimal.midpoint(bid, ask)
  }

  depthTo(price: number, side?: SideName): number {
    const [bid, ask] = this.#prices()
    const which = side ??
      (bid !== undefined && price <= bid ? "bids" : ask !== undefined && price >= ask ? "asks" : null)
    if (which === null) return 0
    const at = this.#kind
    const levels = this.#levels[which]
    const sum = new Exact.Sum()
    for (let k = levels.length - 1; k >= 0; k--) {
      const { row } = levels[k]!
      if (!(which === "bids" ? row[at.price]! >= price : row[at.price]! <= price)) break
      sum.add(Math.abs(row[at.amount]!))
    }
    return sum.value
  }

  vwap(amount: number): number | null {
    const size = Math.abs(amount)
    if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return null
    const wanted = Exact.of(size)
    const at = this.#kind
    // a lender takes the bids, and lends a positive amount
    const levels = this.#levels[amount > 0 !== at.isFunding ? "asks" : "bids"]
    let left = wanted
    let cost = Exact.zero
    for (let k = levels.length - 1; k >= 0; k--) {
      const { row } = levels[k]!
      const there = Exact.of(Math.abs(row[at.amount]!))
      const after = Exact.subtract(left, there)
      const isMore = Exact.isPositive(after)
      cost = Exact.add(cost, Exact.multiply(isMore ? there : left, Exact.of(row[at.price]!)))
      if (!isMore) return Exact.ratio(cost, wanted)
      left = after
    }
    // an amount that the caller's own arithmetic has made larger than the book by its last bits
    const slack = Exact.multiply(wanted, Exact.of(1e-12))
    return Exact.isPositive(Exact.subtract(left, slack)) ? null : Exact.ratio(cost, Exact.subtract(wanted, left))
  }

  cumulated(side: SideName, rows = Number.POSITIVE_INFINITY): ReadonlyArray<Cumulated> {
    const at = this.#kind
    const all = this.#levels[side]
    const out: Array<Cumulated> = []
    const total = new Exact.Sum()
    for (let k = all.length - 1; k >= 0 && out.length < rows; k--) {
      const { row } = all[k]!
      const amount = Math.abs(row[at.amount]!)
      total.add(amount)
      out.push({ price: row[at.price]!, amount, total: total.value })
    }
    return out
  }

  imbalance(rows = Number.POSITIVE_INFINITY): number | null {
    const [bids, asks] = [this.#total("bids", rows), this.#total("asks", rows)]
    const both = Exact.add(bids, asks)
    return Exact.isPositive(both) ? Exact.ratio(Exact.subtract(bids, asks), both) : null
  }

  diff(older: Book<unknown>): Diff<A> {
    const added: Array<A> = []
    const removed: Array<A> = []
    const changed: Array<{ before: A; after: A }> = []
    const [before, after] = [older, this].map((book) => this.#byKey(book)) as [Map<string, A>, Map<string, A>]
    for (const [key, row] of after) {
      const known = before.get(key)
      if (known === undefined) added.push(row)
      else if (known !== row && !isSame(known, row)) changed.push({ before: known, after: row })
    }
    for (const [key, row] of before) if (!after.has(key)) removed.push(row)
    return { added, removed, changed }
  }

  /** the content for printing and JSON, since the fields of a book are private */
  toJSON(): unknown {
    const { asks, bids, epoch, symbol, version } = this
    return { _id: "Book", symbol, epoch, version, bids, asks }
  }

  #byKey(book: Book<unknown>): Map<string, A> {
    const { isFunding, isRaw } = this.#kind
    const out = new Map<string, A>()
    for (const side of ["bids", "asks"] as const) {
      for (const record of book[side]) {
        // the cast: books of one request have records of one layout
        const row = record as Record<string, number>
        const key = isRaw
          ? `${row[isFunding ? "offerId" : "orderId"]}`
          : isFunding
          ? `${side}:${row["rate"]}:${row["period"]}`
          : `${side}:${row["price"]}`
        out.set(key, record as A)
      }
    }
    return out
  }

  #total(side: SideName, rows: number): Exact.Exact {
    const levels = this.#levels[side]
    const sum = new Exact.Sum()
    for (let k = levels.length - 1; k >= 0 && levels.length - k <= rows; k--) {
      sum.add(Math.abs(levels[k]!.row[this.#kind.amount]!))
    }
    return sum.exact
  }

  #prices(): readonly [bid: number | undefined, ask: number | undefined] {
    const { asks, bids } = this.#levels
    const { price } = this.#kind
    return [bids[bids.length - 1]?.row[price], asks[asks.length - 1]?.row[price]]
  }

  #best(side: SideName): A | null {
    const made = side === "bids" ? this.#bids : this.#asks
    if (made !== undefined) return made[0] ?? null
    const level = this.#levels[side].at(-1)
    return level === undefined ? null : this.#record(level.row)
  }

  #records(side: SideName): ReadonlyArray<A> {
    const levels = this.#levels[side]
    const out: Array<A> = []
    for (let k = levels.length - 1; k >= 0; k--) out.push(this.#record(levels[k]!.row))
    return Object.freeze(out)
  }

  #record(row: Row): A {
    // frozen, since all readers of the book share it; the cast: the kind is that of the request, the row was checked
    return Object.freeze(this.#kind.layout.read(row)) as A
  }
}
