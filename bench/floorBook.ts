/**
 * The floor's order book, as a good programmer writes it in an hour. Sorted arrays, binary search, splice; the checksum
 * from the texts of the best 25 rows per side, each of which is made once, with the CRC of Node where it has one.
 */
import Crc32 from "crc-32"
import * as zlib from "node:zlib"

/** since Node 20.15, which @types/node of Node 20 does not know */
const native = (zlib as { readonly crc32?: (text: string) => number }).crc32

const crc = native === undefined ? Crc32.str : (text: string): number => native(text) | 0

export interface Level {
  readonly price: number
  /** id of the order in a raw book, else 0 */
  readonly id: number
  readonly count: number
  readonly amount: number
  /** its part of a checksum, made when it is first needed */
  text: string | undefined
}

/** the first index whose level is not better */
const find = (levels: ReadonlyArray<Level>, side: 1 | -1, price: number, id: number): number => {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    const level = levels[middle]!
    const isBetter = level.price === price ? level.id < id : side === 1 ? level.price > price : level.price < price
    if (isBetter) low = middle + 1
    else high = middle
  }
  return low
}

export class FloorBook {
  readonly bids: Array<Level> = []
  readonly asks: Array<Level> = []
  readonly #orders = new Map<number, Level>()
  readonly #isRaw: boolean

  constructor(isRaw: boolean) {
    this.#isRaw = isRaw
  }

  start(rows: ReadonlyArray<ReadonlyArray<number>>): void {
    this.bids.length = 0
    this.asks.length = 0
    this.#orders.clear()
    for (const row of rows) this.apply(row)
  }

  apply(row: ReadonlyArray<number>): void {
    if (this.#isRaw) this.#applyOrder(row)
    else this.#applyLevel(row)
  }

  #applyLevel(row: ReadonlyArray<number>): void {
    const [price, count, amount] = row as [number, number, number]
    const side = amount > 0 ? 1 : -1
    const levels = side === 1 ? this.bids : this.asks
    const at = find(levels, side, price, 0)
    const isKnown = levels[at]?.price === price
    if (count === 0) {
      if (isKnown) levels.splice(at, 1)
      return
    }
    levels.splice(at, isKnown ? 1 : 0, { price, id: 0, count, amount, text: undefined })
  }

  #applyOrder(row: ReadonlyArray<number>): void {
    const [id, price, amount] = row as [number, number, number]
    const known = this.#orders.get(id)
    if (known !== undefined) {
      const side = known.amount > 0 ? 1 : -1
      const levels = side === 1 ? this.bids : this.asks
      const at = find(levels, side, known.price, id)
      if (price === known.price && amount > 0 === known.amount > 0) {
        const order = { price, id, count: 0, amount, text: undefined }
        this.#orders.set(id, order)
        levels[at] = order
        return
      }
      levels.splice(at, 1)
    }
    if (price === 0) {
      this.#orders.delete(id)
      return
    }
    const side = amount > 0 ? 1 : -1
    const levels = side === 1 ? this.bids : this.asks
    const order = { price, id, count: 0, amount, text: undefined }
    this.#orders.set(id, order)
    levels.splice(find(levels, side, price, id), 0, order)
  }

  checksum(): number {
    const texts: Array<string> = []
    for (let k = 0; k < 25; k++) {
      const bid = this.bids[k]
      if (bid !== undefined) texts.push(bid.text ??= this.#text(bid))
      const ask = this.asks[k]
      if (ask !== undefined) texts.push(ask.text ??= this.#text(ask))
    }
    return crc(texts.join(":"))
  }

  #text({ amount, id, price }: Level): string {
    return `${this.#isRaw ? id : price}:${amount}`
  }
}
