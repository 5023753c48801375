/**
 * One side of a book: its rows in order, the best at the end, since most changes are near it and what is moved for a
 * change is what stands behind it.
 *
 * Rows are kept as they were parsed, and never changed, so a copy of the list is a copy of the side.
 *
 * @internal
 */
import type { Kind, Row } from "./kind.ts"

export class Side {
  rows: Array<Row> = []
  /** of each row, what the checksum takes of it; empty when not made yet */
  #texts: Array<string> = []
  readonly #kind: Kind
  /** 1 for bids, of which the highest price is the best; -1 for asks */
  readonly #direction: 1 | -1

  constructor(kind: Kind, direction: 1 | -1) {
    this.#kind = kind
    this.#direction = direction
  }

  get best(): Row | undefined {
    return this.rows[this.rows.length - 1]
  }

  clear(): void {
    this.rows = []
    this.#texts = []
  }

  /** replaces the row of the same key, or inserts this one */
  put(row: Row): void {
    const at = this.#place(row)
    const { rows } = this
    if (this.#isAt(at, row)) {
      rows[at] = row
      this.#texts[at] = ""
    } else if (at === rows.length) {
      rows.push(row)
      this.#texts.push("")
    } else {
      rows.splice(at, 0, row)
      this.#texts.splice(at, 0, "")
    }
  }

  has(row: Row): boolean {
    return this.#isAt(this.#place(row), row)
  }

  /** removes the row of the same key: false when there is none */
  remove(row: Row): boolean {
    const at = this.#place(row)
    if (!this.#isAt(at, row)) return false
    if (at === this.rows.length - 1) {
      this.rows.pop()
      this.#texts.pop()
    } else {
      this.rows.splice(at, 1)
      this.#texts.splice(at, 1)
    }
    return true
  }

  /** what the checksum takes of the nth best row; undefined when there are fewer */
  text(n: number): string | undefined {
    const at = this.rows.length - 1 - n
    if (at < 0) return undefined
    const known = this.#texts[at]!
    if (known !== "") return known
    const row = this.rows[at]!
    // the first cell is the price, the rate or the id; numbers as JavaScript prints them, exponents included
    return this.#texts[at] = `${row[0]}:${row[this.#kind.amount]}`
  }

  /** the first place whose row is not worse: by price, then (the lower the better) by period and id */
  #place(row: Row): number {
    const { id, period, price } = this.#kind
    const { rows } = this
    const direction = this.#direction
    const key = row[price]! * direction
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = rows[middle]!
      const found = other[price]! * direction
      if (found < key) low = middle + 1
      else if (found > key) high = middle
      else if (period >= 0 && other[period] !== row[period]) {
        if (other[period]! > row[period]!) low = middle + 1
        else high = middle
      } else if (id >= 0 && other[id]! > row[id]!) low = middle + 1
      else high = middle
    }
    return low
  }

  #isAt(at: number, row: Row): boolean {
    const { id, period, price } = this.#kind
    const other = this.rows[at]
    return other !== undefined && other[price] === row[price] && (period < 0 || other[period] === row[period]) &&
      (id < 0 || other[id] === row[id])
  }
}
