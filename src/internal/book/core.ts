/**
 * A book that is kept up to date row by row. Synchronous, and the same for all kinds; never throws.
 *
 * @internal
 */
import type { Reason } from "../../Book.ts"
import { checksum, rows as checksumRows } from "./checksum.ts"
import { isDelete, type Kind, type Row } from "./kind.ts"
import { type Level, Side } from "./side.ts"

/**
 * the side that the sign of a deletion names in a funding book: the manual does not say, so it is learned from the
 * venue
 */
type SignRule = "unknown" | "rows" | "manual" | "none"

export class Core {
  readonly kind: Kind
  readonly bids: Side
  readonly asks: Side
  readonly #len: number
  /** whether equal prices on both sides are a fault: where prices are rounded, they may be the same */
  readonly #isExact: boolean
  /** rows a side that were requested; more where the snapshot had more */
  #limit: number
  /** of raw books, by id */
  readonly #orders = new Map<number, Level>()
  #signs: SignRule = "unknown"

  constructor(kind: Kind, len: number, isExact: boolean) {
    this.kind = kind
    this.bids = new Side(kind, 1)
    this.asks = new Side(kind, -1)
    this.#len = len
    this.#isExact = isExact
    this.#limit = len
  }

  /** Replaces the book by these rows, in any order. Returns a row that contradicts another one, or undefined. */
  start(rows: ReadonlyArray<Row>): Row | undefined {
    this.bids.levels = []
    this.asks.levels = []
    this.#orders.clear()
    // from the end, since the best come first and are kept last
    for (let k = rows.length - 1; k >= 0; k--) this.#put(rows[k]!)
    const [bids, asks] = [this.bids.levels.length, this.asks.levels.length]
    this.#limit = Math.max(this.#len, bids, asks)
    return bids + asks < rows.length ? this.#contradiction(rows) : undefined
  }

  /** a level, or an order, that is there twice with different cells */
  #contradiction(rows: ReadonlyArray<Row>): Row | undefined {
    const { isRaw, period, price } = this.kind
    const known = new Map<string, Row>()
    for (const row of rows) {
      const key = isRaw ? `${row[0]}` : `${this.#sideOf(row).direction} ${row[price]} ${period < 0 ? 0 : row[period]}`
      const other = known.get(key)
      if (other !== undefined && other.some((cell, k) => cell !== row[k])) return row
      known.set(key, row)
    }
    return undefined
  }

  /** applies the row of an update: the reason why it is impossible, or undefined */
  apply(row: Row): Reason | undefined {
    if (!isDelete(this.kind, row)) {
      this.#put(row)
      return undefined
    }
    if (this.kind.isRaw) return this.#drop(row)
    if (this.kind.isFunding) return this.#removeFunding(row)
    return this.#sideOf(row).drop(row) ? undefined : stray(row)
  }

  /** whether the checksum is taken of all rows */
  get isCovered(): boolean {
    return this.bids.levels.length <= checksumRows && this.asks.levels.length <= checksumRows
  }

  checksum(): number {
    return checksum(this.bids, this.asks)
  }

  /** a side that holds more than the venue keeps there */
  overfull(): Reason | undefined {
    const [bids, asks] = [this.bids.levels.length, this.asks.levels.length]
    if (bids > this.#limit) return { _tag: "Overfull", side: "bids", rows: bids }
    return asks > this.#limit ? { _tag: "Overfull", side: "asks", rows: asks } : undefined
  }

  /** bids and asks that would have met */
  crossing(): Reason | undefined {
    const bid = this.bids.best
    const ask = this.asks.best
    if (bid === undefined || ask === undefined) return undefined
    if (!this.#meet(bid, ask)) return undefined
    return this.kind.isFunding ? this.#crossingPeriods(bid, ask) : { _tag: "Crossed", bid, ask }
  }

  #meet(bid: number, ask: number): boolean {
    return bid > ask || (this.#isExact && bid === ask)
  }

  /** rates overlap where the ask for two days is below the bid for thirty: only equal periods can cross */
  #crossingPeriods(highest: number, lowest: number): Reason | undefined {
    const asks = new Map<number, number>()
    for (let k = this.asks.levels.length - 1; k >= 0; k--) {
      const { period, rank } = this.asks.levels[k]!
      if (!this.#meet(highest, -rank)) break
      if (!asks.has(period)) asks.set(period, -rank)
    }
    for (let k = this.bids.levels.length - 1; k >= 0; k--) {
      const { period, rank } = this.bids.levels[k]!
      if (!this.#meet(rank, lowest)) break
      const ask = asks.get(period)
      if (ask !== undefined && this.#meet(rank, ask)) return { _tag: "Crossed", bid: rank, ask }
    }
    return undefined
  }

  #sideOf(row: Row): Side {
    return row[this.kind.amount]! > 0 === this.kind.isFunding ? this.asks : this.bids
  }

  #put(row: Row): void {
    const side = this.#sideOf(row)
    if (!this.kind.isRaw) {
      side.put(row)
      return
    }
    const id = row[0]!
    const known = this.#orders.get(id)
    if (known !== undefined) {
      const before = this.#sideOf(known.row)
      // most orders stay where they are, and are replaced there
      if (before !== side || !isSamePlace(this.kind, known.row, row)) before.remove(known)
    }
    this.#orders.set(id, side.put(row))
  }

  #drop(row: Row): Reason | undefined {
    const known = this.#orders.get(row[0]!)
    if (known === undefined) return stray(row)
    this.#orders.delete(row[0]!)
    this.#sideOf(known.row).remove(known)
    return undefined
  }

  #removeFunding(row: Row): Reason | undefined {
    const isPositive = row[this.kind.amount]! > 0
    const bid = this.bids.find(row)
    const ask = this.asks.find(row)
    if (bid !== undefined && ask !== undefined) {
      if (this.#signs === "unknown" || this.#signs === "none") return { _tag: "AmbiguousDelete", row }
      if (isPositive === (this.#signs === "rows")) this.asks.remove(ask)
      else this.bids.remove(bid)
      return undefined
    }
    if (bid !== undefined) this.bids.remove(bid)
    else if (ask !== undefined) this.asks.remove(ask)
    else return stray(row)
    // the manual gives 1 to bids; the rows of funding books have it the other way round
    const rule = isPositive === (ask !== undefined) ? "rows" : "manual"
    this.#signs = this.#signs === "unknown" || this.#signs === rule ? rule : "none"
    return undefined
  }
}

const isSamePlace = ({ period, price }: Kind, a: Row, b: Row): boolean =>
  a[price] === b[price] && (period < 0 || a[period] === b[period])

const stray = (row: Row): Reason => ({ _tag: "ImpossibleDelete", row })
