/**
 * The objects of one family that have ended: an update of the venue that comes after the end of its object is late.
 *
 * @internal
 */
import type { Lifetime } from "../../protocol/Channel.ts"

/** ids that are remembered: the newest, and up to as many more until they are sifted */
const remembered = 10_000

/** number of ids from which on they are sifted */
const many = 1024

/** how long an end is remembered, ms: a list that shows the object after that is right, and the end was not */
const lasting = 600_000

export class Ended<in A> {
  readonly #lifetime: Lifetime<A> | undefined
  readonly #steady: () => number
  /** ms of the steady clock at which each ended, by id, in the order of their first ends */
  readonly #ends = new Map<string | number, number>()
  /** ms of its last change by the venue's clock, where that counts */
  readonly #changes = new Map<string | number, number>()
  #enough = many

  /** `steady` is ms of a clock that never steps */
  constructor(lifetime: Lifetime<A> | undefined, steady: () => number) {
    this.#lifetime = lifetime
    this.#steady = steady
  }

  #add(id: string | number): void {
    const at = this.#steady()
    this.#ends.set(id, at)
    if (this.#ends.size <= this.#enough) return
    for (const [oldest, ended] of this.#ends) {
      if (this.#ends.size <= remembered && at - ended < lasting) break
      this.#ends.delete(oldest)
      this.#changes.delete(oldest)
    }
    // one pass for each doubling: a Map is passed through with the places of deleted entries
    this.#enough = Math.max(many, 2 * this.#ends.size)
  }

  /** the row shows the end of its object */
  add(row: A): void {
    if (this.#lifetime === undefined) return
    const { id, updated } = this.#lifetime
    const name = id(row)
    if (name === null) return
    this.#add(name)
    if (updated === undefined) return
    const changed = updated(row)
    if (changed === null) this.#changes.delete(name)
    else this.#changes.set(name, changed)
  }

  /** an object of this id has ended, and its row cannot be read */
  addId(id: unknown): void {
    const { updated } = this.#lifetime ?? {}
    // without the time of its end, a row that shows it again could not be distinguished from a late one
    if (updated === undefined && typeof id === "number") this.#add(id)
  }

  /** whether the object of the row has ended, and the row is older than its end */
  has(row: A): boolean {
    if (this.#ends.size === 0 || this.#lifetime === undefined) return false
    const { id, updated } = this.#lifetime
    const name = id(row)
    const ended = name === null ? undefined : this.#ends.get(name)
    if (name === null || ended === undefined || this.#steady() - ended >= lasting) return false
    const changed = updated?.(row) ?? null
    return changed === null || changed <= (this.#changes.get(name) ?? Number.POSITIVE_INFINITY)
  }

  ids(): ReadonlyArray<string | number> {
    return Array.from(this.#ends.keys())
  }

  /** whether the row of a key shows another object than the one that has just ended under the key */
  isOther(row: A | undefined, end: A): boolean {
    if (row === undefined || this.#lifetime === undefined) return false
    const [one, other] = [this.#lifetime.id(row), this.#lifetime.id(end)]
    return one !== null && other !== null && one !== other
  }

  clear(): void {
    this.#ends.clear()
    this.#changes.clear()
  }
}
