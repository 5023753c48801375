/**
 * One side of a book: its levels in order, the best at the end, since most changes are near it and only the levels behind a
 * change are moved.
 *
 * @internal
 */
import type { Kind, Row } from "./kind.ts"

/** A place in a side, with its row as it was parsed. It is never changed but replaced, since served books share it. */
export class Level {
  /** the price, negative for asks: the higher the better */
  readonly rank: number
  /** 0 in trading books */
  readonly period: number
  /** 0 but in raw books */
  readonly id: number
  readonly row: Row
  /** the row's part of the checksum text; empty if not made yet */
  text = ""

  constructor(rank: number, period: number, id: number, row: Row) {
    this.rank = rank
    this.period = period
    this.id = id
    this.row = row
  }
}

export class Side {
  levels: Array<Level> = []
  readonly #kind: Kind
  /** 1 for bids, -1 for asks */
  readonly direction: 1 | -1

  constructor(kind: Kind, direction: 1 | -1) {
    this.#kind = kind
    this.direction = direction
  }

  /** the best price; undefined when the side is empty */
  get best(): number | undefined {
    const level = this.levels[this.levels.length - 1]
    return level === undefined ? undefined : level.rank * this.direction
  }

  /** the levels as they are now, the best last: a copy of their places in memory, 0.1 µs for 250 */
  copy(): ReadonlyArray<Level> {
    return this.levels.slice()
  }

  /** the level of the same key, or undefined */
  find(row: Row): Level | undefined {
    const { id, period, price } = this.#kind
    const [rank, days, order] = [row[price]! * this.direction, period < 0 ? 0 : row[period]!, id < 0 ? 0 : row[id]!]
    const level = this.levels[this.#place(rank, days, order)]
    return level !== undefined && level.rank === rank && level.period === days && level.id === order ? level : undefined
  }

  /** replaces the row of the same key, or inserts this one: the level that it has now */
  put(row: Row): Level {
    const { id, period, price } = this.#kind
    const rank = row[price]! * this.direction
    const days = period < 0 ? 0 : row[period]!
    const order = id < 0 ? 0 : row[id]!
    const at = this.#place(rank, days, order)
    const { levels } = this
    const known = levels[at]
    const level = new Level(rank, days, order, row)
    if (known !== undefined && known.rank === rank && known.period === days && known.id === order) levels[at] = level
    else if (at === levels.length) levels.push(level)
    else levels.splice(at, 0, level)
    return level
  }

  /** removes the level of the same key: whether there was one */
  drop(row: Row): boolean {
    const { id, period, price } = this.#kind
    const [rank, days, order] = [row[price]! * this.direction, period < 0 ? 0 : row[period]!, id < 0 ? 0 : row[id]!]
    const at = this.#place(rank, days, order)
    const level = this.levels[at]
    if (level === undefined || level.rank !== rank || level.period !== days || level.id !== order) return false
    this.#removeAt(at)
    return true
  }

  /** removes a level of this side */
  remove({ id, period, rank }: Level): void {
    this.#removeAt(this.#place(rank, period, id))
  }

  #removeAt(at: number): void {
    if (at === this.levels.length - 1) this.levels.pop()
    else this.levels.splice(at, 1)
  }

  /** the checksum text of the nth best row; undefined if there are fewer rows */
  text(n: number): string | undefined {
    const at = this.levels.length - 1 - n
    if (at < 0) return undefined
    const level = this.levels[at]!
    // the first cell is the price, the rate or the id; numbers as JavaScript prints them, exponents included
    if (level.text === "") level.text = `${level.row[0]}:${level.row[this.#kind.amount]}`
    return level.text
  }

  /** the first place whose level is not worse: by price, then (the lower the better) by period and id */
  #place(rank: number, period: number, id: number): number {
    const { levels } = this
    let low = 0
    let high = levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = levels[middle]!
      const isWorse = other.rank === rank
        ? other.period === period ? other.id > id : other.period > period
        : other.rank < rank
      if (isWorse) low = middle + 1
      else high = middle
    }
    return low
  }
}
