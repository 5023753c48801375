/**
 * Update rounds of a book: the rows that bring a client's copy up to the current book.
 *
 * @internal
 */
import type { Precision, Row } from "../market/rows.ts"

export interface Sides {
  readonly bids: ReadonlyArray<Row>
  readonly asks: ReadonlyArray<Row>
}

/** positions of the cells in a book's rows */
export interface Shape {
  /** identifies a row within its side */
  readonly key: (row: Row) => string
  /** the row that deletes `row`, given the sign of its side */
  readonly remove: (row: Row, sign: 1 | -1) => Row
}

/** The shape of the rows that symbol and precision select: see section 5.1 of the protocol's description. */
export const shapeOf = (symbol: string, prec: Precision): Shape => {
  const isFunding = symbol.startsWith("f")
  if (prec === "R0") {
    return {
      key: (row) => String(row[0]),
      // [OFFER_ID, PERIOD, RATE, AMOUNT] has its zero at the rate, [ORDER_ID, PRICE, AMOUNT] at the price
      remove: isFunding ? (row, sign) => [row[0], row[1], 0, sign] : (row, sign) => [row[0], 0, sign]
    }
  }
  return isFunding
    ? { key: (row) => `${row[0]}:${row[1]}`, remove: (row, sign) => [row[0], row[1], 0, sign] }
    : { key: (row) => String(row[0]), remove: (row, sign) => [row[0], 0, sign] }
}

const differs = (a: Row, b: Row): boolean => a.length !== b.length || a.some((cell, i) => cell !== b[i])

/**
 * The rows that turn one window into another. Deletions come first, so that the copy never holds more than the window.
 * Funding follows the manual's rule for deletions, 1 for bids and -1 for asks, although live funding rows have the
 * opposite signs.
 */
export const round = (shape: Shape, from: Sides, to: Sides): ReadonlyArray<Row> => {
  const removals: Array<Row> = []
  const changes: Array<Row> = []
  for (const [side, sign] of [["bids", 1], ["asks", -1]] as const) {
    const old = new Map(from[side].map((row) => [shape.key(row), row]))
    const now = new Set(to[side].map(shape.key))
    for (const [key, row] of old) if (!now.has(key)) removals.push(shape.remove(row, sign))
    for (const row of to[side]) {
      const before = old.get(shape.key(row))
      if (before === undefined || differs(before, row)) changes.push(row)
    }
  }
  return [...removals, ...changes]
}
