/**
 * Which trades of the account were reported: each once, whether it arrives as `te`, as `tu`, or over REST.
 *
 * Memory is bounded. Dropped entries are older than a point in time, before which no trade counts as new.
 *
 * @internal
 */
import type { Trade } from "../../protocol/records/Order.ts"

/** `new` was not reported before; `final` was reported, but without its fee */
export type News = "new" | "final" | "known"

interface Seen {
  readonly mts: number
  readonly isFinal: boolean
}

/** how far before the newest trade a query for missed trades begins, ms */
const overlap = 60_000

export class TradeLog {
  readonly #capacity: number
  readonly #seen = new Map<string, Seen>()
  /** trades before it, by the venue's clock, happened before the first login */
  #floor = Number.NEGATIVE_INFINITY
  /** trades up to it may have been dropped from memory */
  #forgotten = Number.NEGATIVE_INFINITY
  #newest = Number.NEGATIVE_INFINITY
  #isOpen = false
  /** trades from here on may have been missed; undefined if none were */
  #from: number | undefined

  constructor(capacity = 20_000) {
    this.#capacity = capacity
  }

  /** whether the trades before the first login are known */
  get isOpen(): boolean {
    return this.#isOpen
  }

  get size(): number {
    return this.#seen.size
  }

  /** ms of the venue's clock; undefined when nothing may have been missed */
  get from(): number | undefined {
    return this.#from
  }

  /** start of the trades that may have arrived recently, ms of the venue's clock */
  get recent(): number {
    const newest = Math.max(this.#newest, this.#floor)
    return Number.isFinite(newest) ? Math.max(0, Math.floor(newest) - overlap) : 0
  }

  /** the newest trades at the first login: these and all older ones are not reported */
  open(newest: ReadonlyArray<Trade>): void {
    this.#isOpen = true
    for (const trade of newest) {
      this.#floor = Math.max(this.#floor, trade.mts)
      if (!this.#seen.has(keyOf(trade))) this.#note(trade, true)
    }
  }

  /** the same if REST did not list them: from a time of this machine's clock on */
  openAt(mts: number): void {
    this.#isOpen = true
    this.#floor = mts
  }

  /** trades may be missed from now on */
  doubt(): void {
    this.#from = Math.min(this.#from ?? this.recent, this.recent)
  }

  /** everything from `from` on was read */
  settle(): void {
    this.#from = undefined
  }

  /** a trade that the socket reports */
  reported(trade: Trade, isFinal: boolean): News {
    const seen = this.#seen.get(keyOf(trade))
    if (seen !== undefined) {
      if (seen.isFinal || !isFinal) return "known"
      this.#note(trade, true)
      return "final"
    }
    this.#note(trade, isFinal)
    return "new"
  }

  /** a trade that REST lists, which always has its fee */
  read(trade: Trade): News {
    const isOld = trade.mts < this.#floor || trade.mts <= this.#forgotten
    return isOld && !this.#seen.has(keyOf(trade)) ? "known" : this.reported(trade, true)
  }

  #note(trade: Trade, isFinal: boolean): void {
    this.#newest = Math.max(this.#newest, trade.mts)
    this.#seen.set(keyOf(trade), { mts: trade.mts, isFinal })
    if (this.#seen.size <= this.#capacity) return
    for (const [key, { mts }] of this.#seen) {
      this.#seen.delete(key)
      this.#forgotten = Math.max(this.#forgotten, mts)
      break
    }
  }
}

/** one trade between two orders of the account is two rows with the same id */
const keyOf = (trade: Trade): string => `${trade.id} ${trade.orderId}`
