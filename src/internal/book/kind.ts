/**
 * The four kinds of book rows on the wire: the positions of their cells, and which cells a kind lacks.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../BitfinexError.ts"
import type { Layout } from "../../protocol/Layout.ts"
import { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "../../protocol/records/Book.ts"

/** a checked row: at least `width` finite numbers */
export type Row = ReadonlyArray<number>

export interface Kind {
  readonly layout: Layout<unknown>
  /** whether a negative amount is a bid */
  readonly isFunding: boolean
  readonly isRaw: boolean
  readonly width: number
  /** where the price (funding: the rate) stands; in raw books 0 there deletes */
  readonly price: number
  readonly amount: number
  /** -1 in raw books; in the others 0 there deletes */
  readonly count: number
  /** -1 in trading books */
  readonly period: number
  /** 0 in raw books, -1 in the others */
  readonly id: number
}

const kind = <A>(layout: Layout<A>, width: number, places: Omit<Kind, "layout" | "width">): Kind => ({
  layout: layout as Layout<unknown>, // its readers know the kind of the book
  width,
  ...places
})

const trading = kind(BookEntry, 3, {
  isFunding: false,
  isRaw: false,
  price: 0,
  amount: 2,
  count: 1,
  period: -1,
  id: -1
})
const funding = kind(FundingBookEntry, 4, {
  isFunding: true,
  isRaw: false,
  price: 0,
  amount: 3,
  count: 2,
  period: 1,
  id: -1
})
const rawTrading = kind(RawBookEntry, 3, {
  isFunding: false,
  isRaw: true,
  price: 1,
  amount: 2,
  count: -1,
  period: -1,
  id: 0
})
const rawFunding = kind(RawFundingBookEntry, 4, {
  isFunding: true,
  isRaw: true,
  price: 2,
  amount: 3,
  count: -1,
  period: 1,
  id: 0
})

export const of = (isFunding: boolean, isRaw: boolean): Kind =>
  isFunding ? isRaw ? rawFunding : funding : isRaw ? rawTrading : trading

/**
 * whether a row can be applied; the deletion of a level must say 1 or -1, and any other row must have an amount. Rates may
 * be 0 or less, prices may not; 0 deletes an order of a raw book
 */
export const isRow = (kind: Kind, row: unknown): row is Row => {
  if (!Array.isArray(row) || row.length < kind.width) return false
  for (let k = 0; k < kind.width; k++) {
    const cell: unknown = row[k]
    // JSON knows no infinity, but 1e999 is read as one
    if (typeof cell !== "number" || cell - cell !== 0) return false
  }
  const amount: number = row[kind.amount]
  const price: number = row[kind.price]
  if (!kind.isFunding && !(kind.isRaw ? price >= 0 : price > 0)) return false
  if (kind.period >= 0 && !Number.isSafeInteger(row[kind.period])) return false
  if (kind.isRaw) return Number.isSafeInteger(row[0]) && (amount !== 0 || price === 0)
  const count: number = row[kind.count]
  if (count === 0) return amount === 1 || amount === -1
  return count > 0 && Number.isSafeInteger(count) && amount !== 0
}

export const isDelete = (kind: Kind, row: Row): boolean => row[kind.isRaw ? kind.price : kind.count] === 0

/** why a row cannot be read; `at` is its place in a list */
export const explain = (kind: Kind, row: unknown, at: number | null, operation: string): DecodeError => {
  const decoded = kind.layout.decode(row)
  if (Either.isLeft(decoded)) return new DecodeError({ ...decoded.left, operation, row: at })
  const cells = row as Row // the layout has read it
  const place = { operation, layout: kind.layout.name, row: at }
  const price = cells[kind.price]!
  if (!kind.isFunding && (kind.isRaw ? price < 0 : price <= 0)) {
    const expected = kind.isRaw ? "0 or more" : "more than 0"
    return new DecodeError({ ...place, field: "price", index: kind.price, expected, actual: render(row) })
  }
  const isOdd = !kind.isRaw && !(cells[kind.count]! > 0)
  const isDeletion = isOdd && cells[kind.count] === 0
  return isOdd && !isDeletion
    ? new DecodeError({ ...place, field: "count", index: kind.count, expected: "0 or more", actual: render(row) })
    : new DecodeError({
      ...place,
      field: "amount",
      index: kind.amount,
      expected: isDeletion ? "1 or -1, since the count is 0" : "finite numbers, and an amount other than 0",
      actual: render(row)
    })
}
