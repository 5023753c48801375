/**
 * A book that is kept up to date row by row. Synchronous, and the same for all kinds; never throws.
 *
 * @internal
 */
import type { Reason } from "../../Book.ts"
import { checksum } from "./checksum.ts"
import { isDelete, type Kind, type Row } from "./kind.ts"
import { Side } from "./side.ts"

/** what the sign of a deletion in a funding book names: undecided by the manual, so it is learned from the venue */
type SignRule = "unknown" | "rows" | "manual" | "none"

export class Core {
  readonly kind: Kind
  readonly bids: Side
  readonly asks: Side
  readonly #len: number
  /** whether equal prices on both sides are a fault: where prices are rounded, they may be the same */
  readonly #isExact: boolean
  /** rows a side that were asked for; more where the snapshot had more */
  #limit: number
  /** of raw books, by id */
  readonly #orders = new Map<number, Row>()
  #signs: SignRule = "unknown"

  constructor(kind: Kind, len: number, isExact: boolean) {
    this.kind = kind
    this.bids = new Side(kind, 1)
    this.asks = new Side(kind, -1)
    this.#len = len
    this.#isExact = isExact
    this.#limit = len
  }

  /** the book is these rows, in whatever order */
  start(rows: ReadonlyArray<Row>): void {
    this.bids.clear()
    this.asks.clear()
    this.#orders.clear()
    // from the end, since the best come first and are kept last
    for (let k = rows.length - 1; k >= 0; k--) this.#put(rows[k]!)
    this.#limit = Math.max(this.#len, this.bids.rows.length, this.asks.rows.length)
  }

  /** applies the row of an update: what is impossible about it, or undefined */
  apply(row: Row): Reason | undefined {
    if (!isDelete(this.kind, row)) {
      this.#put(row)
      return undefined
    }
    if (this.kind.isRaw) return this.#drop(row)
    if (this.kind.isFunding) return this.#removeFunding(row)
    return this.#sideOf(row).remove(row) ? undefined : stray(row)
  }

  checksum(): number {
    return checksum(this.bids, this.asks)
  }

  /** a side that holds more than the venue keeps there */
  overfull(): Reason | undefined {
    if (this.bids.rows.length > this.#limit) return { _tag: "Overfull", side: "bids", rows: this.bids.rows.length }
    if (this.asks.rows.length > this.#limit) return { _tag: "Overfull", side: "asks", rows: this.asks.rows.length }
    return undefined
  }

  /** bids and asks that would have met */
  crossing(): Reason | undefined {
    const bid = this.bids.best
    const ask = this.asks.best
    if (bid === undefined || ask === undefined) return undefined
    const { price } = this.kind
    if (!this.#meet(bid[price]!, ask[price]!)) return undefined
    return this.kind.isFunding
      ? this.#crossingPeriods(bid[price]!, ask[price]!)
      : { _tag: "Crossed", bid: bid[price]!, ask: ask[price]! }
  }

  #meet(bid: number, ask: number): boolean {
    return bid > ask || (this.#isExact && bid === ask)
  }

  /** rates overlap where what is asked for two days is less than what is bid for thirty: only equal periods tell */
  #crossingPeriods(highest: number, lowest: number): Reason | undefined {
    const { period, price } = this.kind
    const asks = new Map<number, number>()
    for (let k = this.asks.rows.length - 1; k >= 0 && this.#meet(highest, this.asks.rows[k]![price]!); k--) {
      const row = this.asks.rows[k]!
      if (!asks.has(row[period]!)) asks.set(row[period]!, row[price]!)
    }
    for (let k = this.bids.rows.length - 1; k >= 0 && this.#meet(this.bids.rows[k]![price]!, lowest); k--) {
      const row = this.bids.rows[k]!
      const ask = asks.get(row[period]!)
      if (ask !== undefined && this.#meet(row[price]!, ask)) return { _tag: "Crossed", bid: row[price]!, ask }
    }
    return undefined
  }

  #sideOf(row: Row): Side {
    return row[this.kind.amount]! > 0 === this.kind.isFunding ? this.asks : this.bids
  }

  #put(row: Row): void {
    if (this.kind.isRaw) {
      const known = this.#orders.get(row[0]!)
      // an order of the same place is replaced there, any other is taken from where it was
      if (known !== undefined && !this.#isSamePlace(known, row)) this.#sideOf(known).remove(known)
      this.#orders.set(row[0]!, row)
    }
    this.#sideOf(row).put(row)
  }

  #isSamePlace(known: Row, row: Row): boolean {
    const { amount, period, price } = this.kind
    return known[price] === row[price] && (period < 0 || known[period] === row[period]) &&
      known[amount]! > 0 === row[amount]! > 0
  }

  #drop(row: Row): Reason | undefined {
    const known = this.#orders.get(row[0]!)
    if (known === undefined) return stray(row)
    this.#orders.delete(row[0]!)
    this.#sideOf(known).remove(known)
    return undefined
  }

  #removeFunding(row: Row): Reason | undefined {
    const isPositive = row[this.kind.amount]! > 0
    const isBid = this.bids.has(row)
    const isAsk = this.asks.has(row)
    if (!isBid && !isAsk) return stray(row)
    if (isBid && isAsk) {
      if (this.#signs === "unknown" || this.#signs === "none") return { _tag: "AmbiguousDelete", row }
      const side = isPositive === (this.#signs === "rows") ? this.asks : this.bids
      side.remove(row)
      return undefined
    }
    // the manual gives 1 to bids; the rows of funding books have it the other way round
    const rule = isPositive === isAsk ? "rows" : "manual"
    this.#signs = this.#signs === "unknown" || this.#signs === rule ? rule : "none"
    const side = isBid ? this.bids : this.asks
    side.remove(row)
    return undefined
  }
}

const stray = (row: Row): Reason => ({ _tag: "ImpossibleDelete", row })
