import Crc32 from "crc-32"
import { random } from "./virtualTime.ts"

/** one of the four kinds of books */
export interface Shape {
  readonly isRaw: boolean
  readonly isFunding: boolean
}

export type Row = ReadonlyArray<number>

export const shapes: ReadonlyArray<Shape & { readonly name: string }> = [
  { name: "P trading", isRaw: false, isFunding: false },
  { name: "R0 trading", isRaw: true, isFunding: false },
  { name: "P funding", isRaw: false, isFunding: true },
  { name: "R0 funding", isRaw: true, isFunding: true }
]

/** positions of the cells */
export const cells = ({ isFunding, isRaw }: Shape) =>
  isFunding
    ? isRaw ? { price: 2, amount: 3, period: 1 } : { price: 0, amount: 3, period: 1 }
    : isRaw
    ? { price: 1, amount: 2, period: -1 }
    : { price: 0, amount: 2, period: -1 }

/** The simplest possible book: rows in a map by key, sorted when they are read. */
export const make = (shape: Shape) => {
  const at = cells(shape)
  const rows = new Map<string, Row>()
  const isBid = (row: Row) => shape.isFunding ? row[at.amount]! < 0 : row[at.amount]! > 0
  const keyOf = (row: Row) =>
    shape.isRaw ? `${row[0]}` : `${isBid(row) ? "bid" : "ask"} ${row[at.price]} ${at.period < 0 ? "" : row[at.period]}`
  const side = (bids: boolean): ReadonlyArray<Row> =>
    [...rows.values()].filter((row) => isBid(row) === bids).sort((a, b) =>
      (bids ? b[at.price]! - a[at.price]! : a[at.price]! - b[at.price]!) ||
      (at.period < 0 ? 0 : a[at.period]! - b[at.period]!) ||
      (shape.isRaw ? a[0]! - b[0]! : 0)
    )
  const text = (): string => {
    const [bids, asks] = [side(true), side(false)]
    const parts: Array<string> = []
    for (let k = 0; k < 25; k++) {
      for (const row of [bids[k], asks[k]]) if (row !== undefined) parts.push(String(row[0]), String(row[at.amount]))
    }
    return parts.join(":")
  }
  return {
    put: (row: Row) => {
      rows.set(keyOf(row), row)
    },
    /** the row that was added, not the one that deletes it */
    remove: (row: Row) => {
      rows.delete(keyOf(row))
    },
    all: () => [...rows.values()],
    bids: () => side(true),
    asks: () => side(false),
    isBid,
    text,
    checksum: () => Crc32.str(text())
  }
}

export type NaiveBook = ReturnType<typeof make>

/**
 * Endless updates, and the resulting book: rows are added, changed, moved and deleted on both sides, in a window of
 * `len`. Small and large numbers, exponents included, equal prices, and sides that become empty.
 */
export const updates = (shape: Shape, len: number, seed: number) => {
  const chance = random(seed)
  const below = (n: number) => Math.floor(chance() * n)
  const at = cells(shape)
  const book = make(shape)
  const scale = [1, 0.1, 1e-8, 1e-4][below(4)]!
  const middle = 50_000
  let ids = 1000
  const amount = () => Number((chance() < 0.2 ? chance() * 1e-6 : chance() * 100).toFixed(8)) || 1e-8
  /** prices of the two sides do not overlap */
  const price = (isBid: boolean) => Number(((middle + (isBid ? -1 : 1) * (1 + below(len))) * scale).toPrecision(6))
  const row = (isBid: boolean, id: number): Row => {
    const signed = (isBid === shape.isFunding ? -1 : 1) * amount()
    const period = 2 + below(3)
    return shape.isRaw
      ? shape.isFunding ? [id, period, price(isBid), signed] : [id, price(isBid), signed]
      : shape.isFunding
      ? [price(isBid), period, 1 + below(9), signed]
      : [price(isBid), 1 + below(9), signed]
  }
  const removal = (known: Row): Row => {
    const sign = Math.sign(known[at.amount]!)
    return shape.isRaw
      ? shape.isFunding ? [known[0]!, known[1]!, 0, sign] : [known[0]!, 0, sign]
      : shape.isFunding
      ? [known[0]!, known[1]!, 0, sign]
      : [known[0]!, 0, sign]
  }
  const has = (wanted: Row) =>
    !shape.isRaw &&
    book.all().some((row) =>
      book.isBid(row) === book.isBid(wanted) && row[0] === wanted[0] && (at.period < 0 || row[1] === wanted[1])
    )
  const next = (): Row => {
    const isBid = chance() < 0.5
    const side = isBid ? book.bids() : book.asks()
    const pick = side[Math.floor(chance() ** 2 * side.length)]
    // occasionally a side becomes empty
    const leaves = chance() < (ids % 1000 < 150 ? 0.8 : 0.3)
    if (pick !== undefined && (leaves || (side.length >= len && chance() < 0.5))) {
      book.remove(pick)
      return removal(pick)
    }
    if (pick !== undefined && chance() < 0.5) {
      // another amount, and for orders sometimes another price, or the other side
      const isMove = shape.isRaw && chance() < 0.4
      const fresh = row(isMove && chance() < 0.1 ? !isBid : isBid, pick[0]!)
      const changed = isMove
        ? fresh
        : pick.map((cell, k) => k === at.amount ? fresh[k]! : cell)
      if (book.isBid(changed) === isBid || book[isBid ? "asks" : "bids"]().length < len) {
        book.put(changed)
        return changed
      }
    }
    const fresh = row(isBid, ids += 1 + below(3))
    if (side.length >= len && !has(fresh)) {
      const worst = side.at(-1)!
      book.remove(worst)
      return removal(worst)
    }
    book.put(fresh)
    return fresh
  }
  return { book, next }
}
