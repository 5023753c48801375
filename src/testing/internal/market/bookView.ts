/**
 * The book as subscribers see it. A row is the same object until its level or order changes, and a window until the
 * book changes, so callers can detect changes by identity.
 *
 * @internal
 */
import * as BookRecords from "../../../protocol/records/Book.ts"
import type { Book, Level, Side } from "./matching.ts"
import * as Prices from "./prices.ts"
import { type Precision, type Row, rowOf } from "./rows.ts"

export interface Window {
  readonly bids: ReadonlyArray<Row>
  readonly asks: ReadonlyArray<Row>
}

export interface BookView {
  readonly window: (precision: Precision, len: number) => Window
  /** the best visible level */
  readonly best: (side: Side) => Level | undefined
  /** sum of the best 25 levels of a side, without sign */
  readonly depth: (side: Side) => number
}

const digits = { P0: 5, P1: 4, P2: 3, P3: 2, P4: 1 } as const

export const make = (book: Book): BookView => {
  /** a bid's amount is positive in trading, an offer's in funding */
  const signed = (side: Side, lots: number): number => Prices.amount(lots) * side * (book.funding ? -1 : 1)
  const levelsOf = (side: Side) => side === 1 ? book.bids : book.asks

  const levelRow = (side: Side, level: { price: number; period: number; count: number; lots: number }): Row => {
    const amount = signed(side, level.lots)
    return book.funding
      ? rowOf(BookRecords.FundingBookEntry, { ...level, rate: level.price, amount })
      : rowOf(BookRecords.BookEntry, { ...level, amount })
  }

  const exact = (side: Side, len: number): ReadonlyArray<Row> => {
    const rows: Array<Row> = []
    for (const level of levelsOf(side)) {
      if (rows.length >= len) break
      if (level.count > 0) rows.push(level.row ??= levelRow(side, level))
    }
    return rows
  }

  const raw = (side: Side, len: number): ReadonlyArray<Row> => {
    const rows: Array<Row> = []
    for (const level of levelsOf(side)) {
      if (rows.length >= len) break
      // ids rise with time, but an order that was amended stands behind younger ones
      const seen = level.orders.slice(0, level.count).sort((a, b) => a.id - b.id)
      for (const order of seen) {
        if (rows.length >= len) break
        rows.push(
          order.row ??= book.funding
            ? rowOf(BookRecords.RawFundingBookEntry, {
              offerId: order.id,
              period: order.period,
              rate: order.price,
              amount: signed(side, order.lots)
            })
            : rowOf(BookRecords.RawBookEntry, {
              orderId: order.id,
              price: order.price,
              amount: signed(side, order.lots)
            })
        )
      }
    }
    return rows
  }

  const aggregated = (side: Side, precision: Exclude<Precision, "R0" | "P0">, len: number): ReadonlyArray<Row> => {
    // bids round down, asks up: a level never looks better than its orders
    const mode = side === 1 ? -1 : 1
    const sums: Array<{ price: number; period: number; count: number; lots: number }> = []
    let first = 0
    for (const level of levelsOf(side)) {
      if (level.count === 0) continue
      const price = Prices.coarse(level.ticks, digits[precision], mode)
      if (sums[first]?.price !== price) {
        if (sums.length >= len) break
        first = sums.length
      }
      // within one rate the periods are in no order
      let at = first
      while (at < sums.length && sums[at]!.period !== level.period) at++
      const sum = sums[at] ??= { price, period: level.period, count: 0, lots: 0 }
      sum.count += level.count
      sum.lots += level.lots
    }
    if (book.funding) sums.sort((a, b) => (b.price - a.price) * side || a.period - b.period)
    return sums.slice(0, len).map((sum) => levelRow(side, sum))
  }

  let version = -1
  const windows = new Map<string, Window>()

  const rowsOf = (side: Side, precision: Precision, len: number): ReadonlyArray<Row> =>
    precision === "P0" ? exact(side, len) : precision === "R0" ? raw(side, len) : aggregated(side, precision, len)

  return {
    window: (precision, len) => {
      if (version !== book.version()) {
        version = book.version()
        windows.clear()
      }
      const key = `${precision}${len}`
      let found = windows.get(key)
      if (found === undefined) {
        found = { bids: rowsOf(1, precision, len), asks: rowsOf(-1, precision, len) }
        windows.set(key, found)
      }
      return found
    },
    best: (side) => levelsOf(side).find((level) => level.count > 0),
    depth: (side) => {
      let sum = 0
      let left = 25
      for (const level of levelsOf(side)) {
        if (left === 0) break
        if (level.count === 0) continue
        sum += Prices.amount(level.lots)
        left--
      }
      return sum
    }
  }
}
