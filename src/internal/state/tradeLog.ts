/**
 * Which trades of the account were told: each once, whether it comes as `te`, as `tu`, or by REST.
 *
 * Memory is bounded. What was forgotten is older than a point in time, before which nothing counts as new.
 *
 * @internal
 */
import type { Trade } from "../../protocol/records/Order.ts"

/** `new` was not told; `final` was, but without its fee */
export type News = "new" | "final" | "known"

interface Seen {
  readonly mts: number
  readonly isFinal: boolean
}

/** how far before the newest trade those are asked for again that may have been missed, ms */
const overlap = 60_000

export class TradeLog {
  readonly #capacity: number
  readonly #seen = new Map<string, Seen>()
  /** trades before it, by the venue's clock, happened before anybody listened */
  #floor = Number.NEGATIVE_INFINITY
  /** trades up to it may have been forgotten */
  #forgotten = Number.NEGATIVE_INFINITY
  #newest = Number.NEGATIVE_INFINITY
  #isOpen = false
  /** from where on trades may have been missed; undefined when none were */
  #from: number | undefined

  constructor(capacity = 20_000) {
    this.#capacity = capacity
  }

  /** what happened before anybody listened is known */
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

  /** where trades begin that may have come lately, ms of the venue's clock */
  get recent(): number {
    const newest = Math.max(this.#newest, this.#floor)
    return Number.isFinite(newest) ? Math.max(0, Math.floor(newest) - overlap) : 0
  }

  /** the newest trades at the first login: they and all before them are none of ours to tell */
  open(newest: ReadonlyArray<Trade>): void {
    this.#isOpen = true
    for (const trade of newest) {
      this.#floor = Math.max(this.#floor, trade.mts)
      if (!this.#seen.has(keyOf(trade))) this.#note(trade, true)
    }
  }

  /** the same when nobody could say: from a time of the clock of this machine on */
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

  /** a trade that the socket tells */
  told(trade: Trade, isFinal: boolean): News {
    const seen = this.#seen.get(keyOf(trade))
    if (seen !== undefined) {
      if (seen.isFinal || !isFinal) return "known"
      this.#note(trade, true)
      return "final"
    }
    this.#note(trade, isFinal)
    return "new"
  }

  /** a trade that REST shows, which always has its fee */
  read(trade: Trade): News {
    const isOld = trade.mts < this.#floor || trade.mts <= this.#forgotten
    return isOld && !this.#seen.has(keyOf(trade)) ? "known" : this.told(trade, true)
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

/** one trade between two orders of the account is two rows with one id */
const keyOf = (trade: Trade): string => `${trade.id} ${trade.orderId}`
