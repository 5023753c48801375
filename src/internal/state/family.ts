/**
 * The rows of one family: updated by the events of the socket, replaced by its snapshots, and checked against REST if
 * neither can be trusted.
 *
 * All of it is synchronous. Differences between the previously known rows and the rows known now are returned, so that
 * they can be published.
 *
 * @internal
 */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type { Computed, Reason, State } from "../../AccountView.ts"
import { DecodeError } from "../../BitfinexError.ts"
import type { Lifetime } from "../../protocol/Channel.ts"
import { Ended } from "../stream/ended.ts"
import type { Unreadable } from "../stream/rowFeed.ts"
import { Rows } from "./rows.ts"

/** The definition of a family. */
export interface Spec<K extends string | number, A> {
  readonly operation: string
  readonly key: (row: A) => K
  readonly removes: (row: A, type: string) => boolean
  /** undefined where a key that was removed may come back */
  readonly lifetime: Lifetime<A> | undefined
  /** the type of event that adds a new key */
  readonly opens: string
  /** the type of event that ends one; empty where none does */
  readonly closes: string
  /** whether two rows of a key differ by an event; computed values do not count */
  readonly differs: (before: A, after: A) => boolean
  /** whether a row contains values that are computed only on request */
  readonly isComputed: ((row: A) => boolean) | undefined
  /** how long REST may lag behind the socket, ms */
  readonly settle: number
  /** ms of a clock that never steps; deadlines use it */
  readonly steady: () => number
}

/** Differences from the previously known rows. */
export interface Differences<K, A> {
  readonly gone: ReadonlyArray<readonly [key: K, before: A]>
  /** `isReported`: the socket has reported the key since the login */
  readonly changed: ReadonlyArray<
    { readonly key: K; readonly before: A; readonly after: A; readonly isReported: boolean }
  >
  readonly fresh: ReadonlyArray<readonly [key: K, after: A]>
}

/** the socket's last report of a key since the login */
interface Touch {
  readonly how: "listed" | "opened" | "changed" | "gone"
  /** ms of the steady clock */
  readonly at: number
  /** later reports have a higher one */
  readonly order: number
}

/** The rows are in doubt: REST has to list them. */
export interface Doubt {
  /**
   * ms of the steady clock before which REST is not queried: REST has to show everything that happened before the
   * doubt, since only later reports of the socket take precedence over its rows
   */
  readonly askAt: number
  /** order of the last touch before the doubt */
  readonly order: number
}

/** the error is made when it is looked at */
const malformed = (unread: Unreadable): Reason => ({
  _tag: "Malformed",
  get error() {
    return unread.error
  }
})

/** number of touches above which old ones are dropped */
const manyTouches = 1024

export class Family<K extends string | number, A> {
  readonly spec: Spec<K, A>
  readonly #changed: () => void
  /** changed in place, until it is handed out: then the next change makes another one, which shares the equal parts */
  #rows = HashMap.empty<K, A>()
  #isShared = true
  #state: State<K, A> | undefined
  #version = 0
  #isSynced = false
  /** the current login, and the login of the rows */
  #login = 0
  #epoch = 0
  #reason: Reason = { _tag: "NotConnected" }
  #since: number | null = null
  /** the last known rows while the current ones are not known; undefined before the first */
  #before: HashMap.HashMap<K, A> | undefined
  readonly #touches = new Map<K, Touch>()
  #enoughTouches = manyTouches
  readonly #computed = new Map<K, Computed<A>>()
  /** remembered through logins */
  readonly #ended: Ended<A>
  #hasSnapshot = false
  #order = 0
  /** order of the last touch before the rows were replaced: what the socket said until then is no newer than they are */
  #adopted = 0
  #doubt: Doubt | undefined

  constructor(spec: Spec<K, A>, changed: () => void) {
    this.spec = spec
    this.#changed = changed
    this.#ended = new Ended(spec.lifetime, spec.steady)
  }

  get isSynced(): boolean {
    return this.#isSynced
  }

  get hasSnapshot(): boolean {
    return this.#hasSnapshot
  }

  /** undefined unless REST has to be queried; pass it to `list` together with the reply */
  get doubt(): Doubt | undefined {
    return this.#doubt
  }

  get isUnreadable(): boolean {
    return !this.#isSynced && (this.#reason._tag === "Unreadable" || this.#reason._tag === "Excluded")
  }

  get reason(): Reason | undefined {
    return this.#isSynced ? undefined : this.#reason
  }

  has(key: K): boolean {
    return HashMap.has(this.#rows, key)
  }

  /** whether the socket has reported its end since the login */
  sawEnd(key: K): boolean {
    return this.#touches.get(key)?.how === "gone"
  }

  lastComputed(key: K): Computed<A> | undefined {
    return this.#computed.get(key)
  }

  state(): State<K, A> {
    if (this.#state !== undefined) return this.#state
    const rows = new Rows(this.#share())
    const [epoch, version] = [this.#epoch, this.#version]
    return this.#state = this.#isSynced
      ? { _tag: "Synced", epoch, version, rows }
      : { _tag: "Stale", epoch, version, since: this.#since, reason: this.#reason, lastKnown: rows }
  }

  // --- phases of a login ---------------------------------------------------------------------------------------------

  login(epoch: number): void {
    this.#login = epoch
    this.#hasSnapshot = false
    this.#doubt = undefined
    this.#touches.clear()
    this.#enoughTouches = manyTouches
  }

  /** the rows are unknown from now on */
  lose(reason: Reason, at: number): void {
    this.#doubt = undefined
    if (this.#isSynced) {
      this.#isSynced = false
      this.#since = at
      this.#before = this.#share()
    }
    this.#reason = reason
    this.#note()
  }

  /** REST has to list the rows: events before `since`, of the steady clock, may not have been reported */
  ask(reason: Reason, at: number, since = this.spec.steady(), order = this.#order): void {
    this.lose(reason, at)
    this.#doubt = { askAt: since + this.spec.settle, order }
  }

  /** REST refuses the query */
  refuse(reason: string): void {
    this.#doubt = undefined
    this.#reason = { _tag: "Unreadable", reason }
    this.#note()
  }

  // --- reports -------------------------------------------------------------------------------------------------------

  /**
   * Applies a snapshot and returns the differences. Returns nothing if a row is unreadable, since it may be any of the
   * known rows.
   */
  snapshot(rows: ReadonlyArray<A>, unread: ReadonlyArray<Unreadable>, at: number): Differences<K, A> | undefined {
    const { key } = this.spec
    if (unread.length > 0) {
      const order = this.#order
      // readable rows are true; missing rows have to be queried
      for (const row of rows) this.#put(key(row), row, "listed", at)
      this.ask(malformed(unread[0]!), at, undefined, order)
      return undefined
    }
    this.#hasSnapshot = true
    const next = HashMap.beginMutation(HashMap.empty<K, A>())
    for (const row of rows) {
      if (this.#ended.has(row)) continue
      const key = this.spec.key(row)
      HashMap.set(next, key, row)
      this.#compute(key, row, at)
    }
    return this.#adopt(next)
  }

  /** an update; one that comes after the end of its object changes nothing */
  update(rows: ReadonlyArray<A>, unread: ReadonlyArray<Unreadable>, type: string, at: number): void {
    const { key, opens, removes } = this.spec
    for (const row of rows) {
      if (removes(row, type)) this.#end(row)
      else this.#put(key(row), row, type === opens ? "opened" : "changed", at)
    }
    if (unread.length > 0) this.ask(malformed(unread[0]!), at)
  }

  /** an object has ended, and its row cannot be read */
  endUnread(id: unknown): void {
    this.#ended.addId(id)
  }

  /** the error of a row, under the name of this family */
  named(error: DecodeError): DecodeError {
    return new DecodeError({ ...error, operation: this.spec.operation })
  }

  /**
   * Applies the rows of REST. For a key that the socket has reported since the doubt, the socket takes precedence.
   * Returns `late`, without any effect, if another doubt has arisen since the query, or a snapshot has resolved it.
   */
  list(doubt: Doubt, listed: ReadonlyArray<A>, at: number): Differences<K, A> | "late" | undefined {
    if (this.#doubt !== doubt) return "late"
    const isTouched = (key: K): boolean => (this.#touches.get(key)?.order ?? 0) > doubt.order
    const next = HashMap.beginMutation(HashMap.empty<K, A>())
    for (const row of listed) {
      const key = this.spec.key(row)
      if (isTouched(key) || this.#ended.has(row)) continue
      HashMap.set(next, key, row)
      this.#compute(key, row, at)
    }
    for (const [key, row] of this.#rows) if (isTouched(key)) HashMap.set(next, key, row)
    return this.#adopt(next)
  }

  /** keys that the socket has not mentioned since then, in ms of the steady clock; none while the rows are not known */
  quietSince(at: number): ReadonlyArray<K> {
    if (!this.#isSynced) return []
    return Array.from(HashMap.keys(this.#rows)).filter((key) => (this.#touches.get(key)?.at ?? at) <= at)
  }

  /**
   * Applies an end that the socket did not report, from REST. Returns the row that was known; undefined, and no effect, if
   * the socket has mentioned it since.
   */
  endUnreported(row: A, since: number): A | undefined {
    const key = this.spec.key(row)
    const known = Option.getOrUndefined(HashMap.get(this.#rows, key))
    if (!this.#isSynced || known === undefined || (this.#touches.get(key)?.at ?? since) > since) return undefined
    this.#end(row)
    return known
  }

  /** adds a row that a snapshot had omitted, from REST; false if the socket has newer information */
  restore(row: A): boolean {
    const key = this.spec.key(row)
    const isTouched = (this.#touches.get(key)?.order ?? 0) > this.#adopted || this.sawEnd(key)
    if (!this.#isSynced || this.has(key) || isTouched || this.#ended.has(row)) return false
    HashMap.set(this.#write(), key, row)
    return true
  }

  // --- rows ----------------------------------------------------------------------------------------------------------

  #share(): HashMap.HashMap<K, A> {
    this.#isShared = true
    return HashMap.endMutation(this.#rows)
  }

  #note(): void {
    this.#version++
    this.#state = undefined
    this.#changed()
  }

  /** the rows, to be changed in place */
  #write(): HashMap.HashMap<K, A> {
    if (this.#isShared) {
      this.#rows = HashMap.beginMutation(this.#rows)
      this.#isShared = false
    }
    this.#note()
    return this.#rows
  }

  #touch(key: K, how: Touch["how"]): void {
    const at = this.spec.steady()
    const isNew = this.#touches.get(key)?.how === "opened" && how === "changed"
    this.#touches.delete(key)
    this.#touches.set(key, { how: isNew ? "opened" : how, at, order: ++this.#order })
    if (this.#touches.size <= this.#enoughTouches || this.#before !== undefined) return
    for (const [old, touch] of this.#touches) {
      if (touch.at >= at - this.spec.settle) break
      this.#touches.delete(old)
    }
    // one pass for each doubling: a Map is passed through with the places of deleted entries
    this.#enoughTouches = Math.max(manyTouches, 2 * this.#touches.size)
  }

  #compute(key: K, row: A, at: number): void {
    if (this.spec.isComputed?.(row) === true) this.#computed.set(key, { row, mts: at })
  }

  #put(key: K, row: A, how: Touch["how"], at: number): void {
    if (this.#ended.has(row)) return
    this.#touch(key, how)
    this.#compute(key, row, at)
    HashMap.set(this.#write(), key, row)
  }

  #end(row: A): void {
    const key = this.spec.key(row)
    this.#ended.add(row)
    // the end of a position whose symbol has another one by now
    if (this.#ended.isOther(Option.getOrUndefined(HashMap.get(this.#rows, key)), row)) return
    this.#touch(key, "gone")
    this.#computed.delete(key)
    HashMap.remove(this.#write(), key)
  }

  #adopt(next: HashMap.HashMap<K, A>): Differences<K, A> | undefined {
    // a second snapshot of the same login replaces rows that were true until now
    const before = this.#isSynced ? this.#share() : this.#before
    this.#rows = next
    this.#isShared = false
    this.#isSynced = true
    this.#adopted = this.#order
    this.#doubt = undefined
    this.#before = undefined
    this.#since = null
    this.#epoch = this.#login
    for (const key of this.#computed.keys()) if (!HashMap.has(next, key)) this.#computed.delete(key)
    this.#note()
    return before === undefined ? undefined : this.#differences(before, next)
  }

  #differences(before: HashMap.HashMap<K, A>, next: HashMap.HashMap<K, A>): Differences<K, A> {
    const gone: Array<readonly [K, A]> = []
    const fresh: Array<readonly [K, A]> = []
    const changed: Array<Differences<K, A>["changed"][number]> = []
    for (const [key, row] of before) {
      const touch = this.#touches.get(key)
      const after = Option.getOrUndefined(HashMap.get(next, key))
      if (after === undefined) {
        if (touch?.how !== "gone") gone.push([key, row])
      } else if (this.spec.differs(row, after)) {
        changed.push({ key, before: row, after, isReported: touch !== undefined && touch.how !== "listed" })
      }
    }
    for (const [key, row] of next) {
      if (!HashMap.has(before, key) && this.#touches.get(key)?.how !== "opened") fresh.push([key, row])
    }
    return { gone, changed, fresh }
  }
}
