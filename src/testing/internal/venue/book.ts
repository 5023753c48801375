/**
 * Rounds of a book: what to send so that a client's copy becomes the book as it is now.
 *
 * @internal
 */
import type { Precision, Row } from "../market/rows.ts"

export interface Sides {
  readonly bids: ReadonlyArray<Row>
  readonly asks: ReadonlyArray<Row>
}

/** where the cells of a book's rows stand */
export interface Shape {
  /** what identifies a row within its side */
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
      // [OFFER_ID, PERIOD, RATE, AMOUNT] has its zero in the rate's place, [ORDER_ID, PRICE, AMOUNT] in the price's
      remove: isFunding ? (row, sign) => [row[0], row[1], 0, sign] : (row, sign) => [row[0], 0, sign]
    }
  }
  return isFunding
    ? { key: (row) => `${row[0]}:${row[1]}`, remove: (row, sign) => [row[0], row[1], 0, sign] }
    : { key: (row) => String(row[0]), remove: (row, sign) => [row[0], 0, sign] }
}

const differs = (a: Row, b: Row): boolean => a.length !== b.length || a.some((cell, i) => cell !== b[i])

/**
 * The rows that lead from one window to another: deletions first, so that the copy never holds more than the window.
 * In funding the manual's rule for deletions is kept, 1 for bids and -1 for asks, though live funding rows have the
 * signs turned round.
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
