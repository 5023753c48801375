/**
 * A live book: keeps it by the frames of its channel, withholds it as soon as it may be wrong, and resubscribes.
 *
 * The venue sends a round of changes row by row, and after it a checksum. Within a round a book is neither the one
 * before nor the one after, so by default the rows of a round wait for their checksum: a served book was confirmed.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import { DecodeError, render, type StreamError } from "../../BitfinexError.ts"
import type { Reason, Resyncing, State, Synced } from "../../Book.ts"
import { shortLived } from "../../protocol/internal/shortLived.ts"
import type { Book, Controls, Demand } from "../socket/demand.ts"
import { delayOf } from "../socket/ledgerEntry.ts"
import * as Metrics from "../socket/metrics.ts"
import * as StreamMetrics from "../stream/metrics.ts"
import { BookConsumer, type Options as ConsumerOptions, type Source } from "./consumer.ts"
import { Core } from "./core.ts"
import { explain, isDelete, isRow, type Kind, type Row } from "./kind.ts"
import { BookView } from "./view.ts"

export interface Options {
  readonly symbol: string
  readonly kind: Kind
  /** rows a side that are requested */
  readonly len: number
  /** whether prices are not rounded, so that equal ones on both sides would have met */
  readonly isExact: boolean
  /** whether checksums are compared */
  readonly verify: boolean
  /** whether states are served that no checksum has confirmed yet */
  readonly newest: boolean
  /** whether messages are numbered, so that none can be lost unnoticed */
  readonly sequence: boolean
  /**
   * whether a list of rows may be an update: always, only if a checksum confirms that it is not a new snapshot, or
   * never
   */
  readonly lists: "always" | "confirmed" | "never"
}

/** ms for which a round may stay without its checksum, and a raw book crossed, before something is done about it */
const patience = 1000
/** rows that may wait for a checksum */
const pendingLimit = 10_000
/**
 * failures in a row after which the book is resubscribed at once; after each further one it waits longer, so that a
 * lasting disagreement does not flood the venue with requests
 */
const tolerance = 2
/** ms after which a book counts as good, and its failures are forgotten */
const healthy = 60_000

let isFirst = true

export class BookFeed<A> implements Demand, Source<A> {
  readonly request: Demand["request"]
  readonly subId: string | number
  live = false
  readonly delivery: Controls["delivery"]
  readonly #controls: Controls
  readonly #options: Options
  readonly #core: Core
  #consumers: Array<BookConsumer<A>> = []
  /** users who hold the book as a value */
  #holders = 0
  /** acknowledged, and the snapshot still to come */
  #awaitsSnapshot = false
  #epoch = 0
  #version = 0
  #updates = 0
  #checksums = 0
  #verified = false
  /** rows of a round whose checksum is still to come */
  #pending: Array<Row> = []
  /**
   * number of rows of a list that is an update only if the checksum of its round confirms it; 0 if there is no such
   * list
   */
  #unconfirmed = 0
  /** ms since when a round is seen to be open */
  #openSince: number | undefined
  /** the fault of the book as it is, if an unfinished round may explain it */
  #doubt: Reason | undefined
  #doubtSince: number | undefined
  /** the deletion of an absent row in a round that is served, which the checksum of the round may excuse */
  #stray: Reason | undefined
  #straySince: number | undefined
  /** why the data received so far may be old, if nothing has arrived from the venue since */
  #distrust: Reason | undefined
  /** funding rates overlapped in the snapshot already: that is the venue's view */
  #mayCross = false
  #failures = 0
  #resyncs = 0
  #goodSince: number | undefined
  #state: Synced<A> | undefined
  #resyncing: Resyncing = { _tag: "Resyncing", epoch: 0, reason: { _tag: "Subscribing" } }
  #end: { readonly failure: Cause.Cause<StreamError> | undefined } | undefined

  constructor(request: Demand["request"], subId: string | number, controls: Controls, options: Options) {
    this.request = request
    this.subId = subId
    this.#controls = controls
    this.delivery = controls.delivery
    this.#options = options
    this.#core = new Core(options.kind, options.len, options.isExact)
  }

  // --- consumers -----------------------------------------------------------------------------------------------------

  get acknowledged(): boolean {
    return this.#epoch > 0
  }

  get consumers(): number {
    return this.#consumers.length + this.#holders
  }

  attach(options: ConsumerOptions): BookConsumer<A> {
    const consumer = new BookConsumer<A>(this, options)
    if (this.live && this.#distrust === undefined) consumer.changed()
    // a consumer that attaches while the book is withheld receives that state
    else if (this.#resyncing.reason._tag !== "Subscribing") consumer.withheld(this.#resyncing)
    this.#consumers.push(consumer)
    return consumer
  }

  detach(consumer: BookConsumer<A>): void {
    this.#consumers = this.#consumers.filter((each) => each !== consumer)
    consumer.dispose()
    this.#leave()
  }

  hold(by: 1 | -1): void {
    this.#holders += by
    this.#leave()
  }

  current(): State<A> {
    this.look()
    return this.state() ?? (this.#doubt === undefined || this.#distrust !== undefined
      ? this.#resyncing
      : { _tag: "Resyncing", epoch: this.#epoch, reason: this.#doubt })
  }

  get ended(): { readonly failure: Cause.Cause<StreamError> | undefined } | undefined {
    return this.#end
  }

  state(): Synced<A> | undefined {
    if (this.#state !== undefined) return this.#state
    if (!this.live || this.#doubt !== undefined || this.#distrust !== undefined) return undefined
    if (isFirst) {
      isFirst = false
      shortLived(() => this.#synced())
    }
    return this.#state = this.#synced()
  }

  #synced(): Synced<A> {
    const { kind, symbol } = this.#options
    const place = { epoch: this.#epoch, version: this.#version }
    // levels are never changed, so two lists of them are all there is to copy
    const [bids, asks] = [this.#core.bids.copy(), this.#core.asks.copy()]
    return {
      _tag: "Synced",
      ...place,
      verified: this.#verified,
      updates: this.#updates,
      checksums: this.#checksums,
      book: new BookView<A>({ symbol, ...place, kind, bids, asks })
    }
  }

  book(): Book {
    const isWithheld = !this.live || this.#distrust !== undefined
    const reason = isWithheld ? this.#resyncing.reason : this.#doubt
    return {
      symbol: this.#options.symbol,
      reason: reason === undefined ? null : reasonText(reason),
      verified: !isWithheld && this.#verified,
      resyncs: this.#resyncs
    }
  }

  bestPrices(): readonly [number | undefined, number | undefined] {
    // as it is now, it is no state that is served
    if (this.#doubt !== undefined || this.#distrust !== undefined) return [Number.NaN, Number.NaN]
    return [this.#core.bids.best, this.#core.asks.best]
  }

  pause(wanted: boolean): void {
    this.#controls.pause(wanted)
  }

  look(): void {
    this.#controls.look()
  }

  // --- the channel ---------------------------------------------------------------------------------------------------

  begin(): void {
    this.#epoch++
    this.#awaitsSnapshot = true
    this.#distrust = undefined
  }

  /** Goes on keeping the book, but serves nothing of it: the data received may be old. */
  doubt(reason: Reason): void {
    const isFirst = this.#distrust === undefined
    this.#distrust = reason
    if (!this.live || !isFirst) return
    this.#state = undefined
    this.#resyncing = { _tag: "Resyncing", epoch: this.#epoch, reason }
    this.#controls.report(reasonText(reason))
    for (const consumer of this.#consumers) consumer.withheld(this.#resyncing)
  }

  trust(): void {
    if (this.#distrust === undefined) return
    this.#distrust = undefined
    if (this.state() === undefined) return
    for (const consumer of this.#consumers) consumer.changed()
  }

  interrupt(reason: string): void {
    this.#awaitsSnapshot = false
    if (this.live) this.#withhold({ _tag: "Interrupted", reason })
  }

  gap(lost: number): void {
    this.#awaitsSnapshot = false
    if (this.live) this.#withhold({ _tag: "SequenceGap", lost })
  }

  end(failure?: StreamError): void {
    this.endCause(failure === undefined ? undefined : Cause.fail(failure))
  }

  /** ends with a failure, with a defect, or without one */
  endCause(failure: Cause.Cause<StreamError> | undefined): void {
    if (this.live) this.#withhold({ _tag: "Interrupted", reason: "the stream has ended" }, true)
    this.#end ??= { failure }
    for (const consumer of this.#consumers) consumer.end(failure)
  }

  data(payload: unknown): void {
    if (!this.live && !this.#awaitsSnapshot) return
    if (!Array.isArray(payload)) return this.#refuse(this.#unreadable("row or list of rows", payload))
    const isRow = payload.length > 0 && !Array.isArray(payload[0])
    if (this.live) {
      if (isRow) this.#update(payload, null)
      else this.#updateAll(payload)
      if (this.live && !this.#defers) this.#serve(false)
      // a row that comes before the snapshot is contained in it
    } else if (!isRow) this.#start(payload)
  }

  checksum(value: unknown): void {
    if (!this.live || !this.#options.verify) return
    if (!Number.isSafeInteger(value)) return this.#refuse(this.#unreadable("checksum", value))
    const expected = (value as number) | 0 // the same bits, should it come without a sign
    const hasChanged = this.#pending.length > 0 || !this.#verified
    const problem = this.#settle(true) ?? this.#compare(expected) ?? this.#core.overfull()
    if (problem !== undefined) return this.#fail(problem)
    this.#checksums++
    this.#unconfirmed = 0
    this.#openSince = this.#stray = this.#straySince = undefined
    // the checksum of a raw book covers ids and amounts, so a price may still be wrong
    const crossing = this.#options.kind.isRaw ? this.#core.crossing() : undefined
    if (crossing !== undefined) return this.#hesitate(crossing)
    this.#doubt = this.#doubtSince = undefined
    if (!hasChanged) return
    this.#verified = true
    this.#publish()
  }

  tick(at: number): void {
    if (!this.live) return
    this.#goodSince ??= at
    if (at - this.#goodSince >= healthy) this.#failures = 0
    if (this.#pending.length === 0) this.#openSince = undefined
    else if (at - (this.#openSince ??= at) >= patience) this.#flush()
    if (this.#doubt === undefined) this.#doubtSince = undefined
    else if (at - (this.#doubtSince ??= at) >= patience) this.#fail(this.#doubt)
    if (this.#stray !== undefined && at - (this.#straySince ??= at) >= patience) this.#fail(this.#stray)
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  /** the channel is left with its last user; a handle that outlives it must not go on giving the last book */
  #leave(): void {
    if (this.consumers === 0) this.end()
  }

  /** whether rows wait for their checksum */
  get #defers(): boolean {
    return this.#options.verify && !this.#options.newest
  }

  #start(rows: ReadonlyArray<unknown>): void {
    const { kind } = this.#options
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k]
      if (!isRow(kind, row)) return this.#refuse(this.#explain(row, k))
      if (isDelete(kind, row)) return this.#refuse(this.#unreadable("no deletion in a snapshot", row))
    }
    this.#awaitsSnapshot = false
    // nothing says which of the two holds: the checksum takes no counts, and of each side the best 25 rows alone
    const contradiction = this.#core.start(rows as ReadonlyArray<Row>) // checked above
    if (contradiction !== undefined) {
      return this.#refuse(this.#unreadable("each row once, or equal ones, in a snapshot", contradiction))
    }
    this.live = true
    this.#goodSince = undefined
    const crossing = this.#core.crossing()
    this.#mayCross = crossing !== undefined && kind.isFunding
    this.#serve(true)
  }

  #updateAll(rows: ReadonlyArray<unknown>): void {
    const { lists } = this.#options
    if (rows.length > 1 && lists === "never") return this.#fail({ _tag: "UnexpectedSnapshot", rows: rows.length })
    if (rows.length > 1 && lists === "confirmed" && this.#defers) this.#unconfirmed = rows.length
    for (let k = 0; k < rows.length && this.live; k++) this.#update(rows[k], k)
  }

  #update(row: unknown, at: number | null): void {
    if (!isRow(this.#options.kind, row)) return this.#refuse(this.#explain(row, at))
    this.#pending.push(row)
    if (this.#defers) {
      if (this.#pending.length >= pendingLimit) this.#flush()
      return
    }
    const problem = this.#settle(true)
    if (problem !== undefined) this.#fail(problem)
  }

  /**
   * applies the waiting rows; returns the fault that one of them causes, or undefined; `toBeConfirmed`: by their
   * checksum
   */
  #settle(toBeConfirmed: boolean): Reason | undefined {
    const pending = this.#pending
    for (let k = 0; k < pending.length; k++) {
      const problem = this.#core.apply(pending[k]!)
      // where no message was lost and the checksum of all rows comes out right, the venue deleted a row that it never sent
      const isHarmless = problem?._tag === "ImpossibleDelete" && toBeConfirmed && this.#options.verify
        && this.#options.sequence && this.#core.isCovered
      if (problem !== undefined && !isHarmless) return problem
      this.#stray ??= problem
    }
    this.#updates += pending.length
    pending.length = 0
    return undefined
  }

  #compare(expected: number): Reason | undefined {
    const actual = this.#core.checksum()
    return actual === expected ? undefined : { _tag: "ChecksumMismatch", expected, actual }
  }

  /** serves a round whose checksum does not come */
  #flush(): void {
    this.#openSince = undefined
    if (this.#unconfirmed > 0) return this.#fail({ _tag: "UnexpectedSnapshot", rows: this.#unconfirmed })
    const problem = this.#settle(false)
    if (problem !== undefined) this.#fail(problem)
    else this.#serve(true)
  }

  /** serves a state that no checksum has confirmed, unless it cannot be right; `isWhole` says that no round is open */
  #serve(isWhole: boolean): void {
    this.#verified = false
    const problem = this.#core.overfull() ?? (this.#mayCross ? undefined : this.#core.crossing())
    if (problem === undefined) {
      this.#doubt = this.#doubtSince = undefined
      return this.#publish()
    }
    // orders of a raw book move one after the other, and may pass each other on their way
    const isPassing = !isWhole && (this.#options.kind.isRaw || this.#options.verify)
    if (!isPassing) return this.#fail(problem)
    this.#hesitate(problem)
  }

  /** serves nothing until this is over; if it lasts, the book is resubscribed */
  #hesitate(problem: Reason): void {
    this.#verified = false
    this.#doubt = problem
    this.#state = undefined
  }

  #publish(): void {
    this.#version++
    this.#state = undefined
    if (this.#distrust !== undefined) return
    for (let k = 0; k < this.#consumers.length; k++) this.#consumers[k]!.changed()
  }

  #refuse(error: DecodeError): void {
    StreamMetrics.malform(error.layout)
    this.#fail({ _tag: "Malformed", error })
  }

  /** the book is wrong, or may be: it is resubscribed */
  #fail(reason: Reason): void {
    this.#awaitsSnapshot = false
    this.#withhold(reason)
    this.#failures++
    this.#controls.report(reasonText(reason))
    this.#controls.renew(this.#failures <= tolerance ? 0 : delayOf(this.#failures - tolerance))
  }

  #withhold(reason: Reason, isEnd = false): void {
    if (this.live && !isEnd) {
      this.#resyncs++
      Metrics.resynced(reason._tag)
    }
    this.live = false
    this.#pending = []
    this.#unconfirmed = 0
    this.#openSince =
      this.#doubt =
      this.#doubtSince =
      this.#stray =
      this.#straySince =
      this.#state =
        undefined
    this.#core.start([])
    this.#resyncing = { _tag: "Resyncing", epoch: this.#epoch, reason }
    for (const consumer of this.#consumers) consumer.withheld(this.#resyncing)
  }

  #explain(row: unknown, at: number | null): DecodeError {
    return explain(this.#options.kind, row, at, this.request.operation)
  }

  #unreadable(expected: string, actual: unknown): DecodeError {
    const layout = this.#options.kind.layout.name
    const place = { operation: this.request.operation, layout, field: "", index: null, row: null }
    return new DecodeError({ ...place, expected, actual: render(actual) })
  }
}

const reasonText = (reason: Reason): string => {
  switch (reason._tag) {
    case "Malformed":
      return reason.error.message
    case "Interrupted":
      return reason.reason
    default: {
      const { _tag, ...details } = reason
      return `${_tag} ${JSON.stringify(details)}`
    }
  }
}
