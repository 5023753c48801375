/**
 * Rows of numbers that grow up to a limit and then drop the oldest rows. They hold months of history.
 *
 * Rows are numbered from the first row ever added, so a row keeps its number when older rows are dropped.
 *
 * @internal
 */
import type { Range } from "./rows.ts"

export interface Columns {
  /** number of the oldest row in memory */
  readonly first: () => number
  /** number of the next row to be added */
  readonly next: () => number
  readonly get: (row: number, column: number) => number
  readonly set: (row: number, column: number, value: number) => void
  readonly add: (...values: ReadonlyArray<number>) => void
  /** number of the oldest row in memory whose first column, which never decreases, is at least `value`; or `next` */
  readonly since: (value: number) => number
}

/** `limit` is a power of two */
export const make = (width: number, limit: number): Columns => {
  let capacity = Math.min(64, limit)
  let cells = new Float64Array(capacity * width)
  let first = 0
  let next = 0

  const place = (row: number): number => (row & (capacity - 1)) * width

  const grow = (): void => {
    const old = cells
    const oldCapacity = capacity
    capacity *= 2
    cells = new Float64Array(capacity * width)
    for (let row = first; row < next; row++) {
      const from = (row & (oldCapacity - 1)) * width
      cells.set(old.subarray(from, from + width), place(row))
    }
  }

  const get = (row: number, column: number): number => cells[place(row) + column]!

  return {
    first: () => first,
    next: () => next,
    get,
    set: (row, column, value) => {
      cells[place(row) + column] = value
    },
    add: (...values) => {
      if (next - first === capacity) {
        if (capacity < limit) grow()
        else first++
      }
      cells.set(values, place(next))
      next++
    },
    since: (value) => {
      let low = first
      let high = next
      while (low < high) {
        const middle = low + Math.floor((high - low) / 2)
        if (get(middle, 0) < value) low = middle + 1
        else high = middle
      }
      return low
    }
  }
}

/** the rows of a range, bounds included, in the order of the range; the first column is the time */
export const within = <A>(columns: Columns, range: Range, row: (at: number) => A): ReadonlyArray<A> => {
  const from = range.start === undefined ? columns.first() : columns.since(range.start)
  // times may have a fraction, so the end of the range is the first time after it
  let to = columns.next()
  if (range.end !== undefined) {
    to = columns.since(range.end)
    while (to < columns.next() && columns.get(to, 0) === range.end) to++
  }
  const limit = range.limit ?? Number.POSITIVE_INFINITY
  const rows: Array<A> = []
  if (range.sort === 1) {
    for (let at = from; at < to && rows.length < limit; at++) rows.push(row(at))
  } else {
    for (let at = to - 1; at >= from && rows.length < limit; at--) rows.push(row(at))
  }
  return rows
}

/** the same for a list whose rows have a time, oldest first */
export const select = <A>(rows: ReadonlyArray<A>, range: Range, mts: (row: A) => number): ReadonlyArray<A> => {
  const { end = Number.POSITIVE_INFINITY, start = Number.NEGATIVE_INFINITY } = range
  const found = rows.filter((row) => mts(row) >= start && mts(row) <= end)
  if (range.sort !== 1) found.reverse()
  return found.slice(0, range.limit ?? found.length)
}
