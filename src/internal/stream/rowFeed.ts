/**
 * Feeds the consumers of one kind of rows: with the state by epochs, its changes, and reports of missing rows. It knows
 * neither how the rows are requested nor how they are decoded: channels of the public sockets and families of an
 * account's events have one each. It outlives sockets.
 *
 * @internal
 */
import type { DecodeError, StreamError } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { ChannelEvent, Malformed, Snapshot, SnapshotMissing } from "../../ChannelEvent.ts"
import type { State } from "../../protocol/Channel.ts"
import { Consumer, type Source } from "./consumer.ts"
import type { Delivery } from "./delivery.ts"
import * as Fold from "./fold.ts"
import * as Group from "./group.ts"
import * as StreamMetrics from "./metrics.ts"

type Event = ChannelEvent<unknown>

/** A row that cannot be read; `count` includes the further ones of its frame that have no error of their own. */
export interface Unreadable {
  /** name of the layout */
  readonly layout: string
  /** it may be made when it is looked at */
  readonly error: DecodeError
  readonly count: number
}

/** unreadable rows of a frame, and of a second, that have an error each, which costs as much as decoding a hundred rows */
export const detailed = 3

/** A row whose error is made when it is looked at. */
export const unreadable = (layout: string, count: number, explain: () => DecodeError): Unreadable => {
  let error: DecodeError | undefined
  return {
    layout,
    count,
    get error() {
      return error ??= explain()
    }
  }
}

/** The first unreadable rows of a frame, for all `count` of them. */
export const unreadables = (first: ReadonlyArray<Unreadable>, count: number): ReadonlyArray<Unreadable> => {
  const last = first.length - 1
  return first.map((each, k) => k < last ? each : unreadable(each.layout, count - last, () => each.error))
}

/** Unreadable rows after those that have an element each: only the first one is described. */
interface Counted {
  readonly explain: () => DecodeError
  count: number
  /** the state may lack one of them */
  isLacking: boolean
}

export interface Options {
  /** the method that the user called, for error texts */
  readonly operation: string
  /** how rows form the state */
  readonly state: State<never>
  /** to consumers in place */
  readonly delivery: Delivery
  /** stops reading the socket; each call is undone by one with false */
  readonly pause: (wanted: boolean) => void
}

export class RowFeed implements Source {
  // in the order in which each row needs them, side by side in memory
  /** acknowledged, and snapshot seen */
  live = false
  /** another list whenever one comes or goes */
  #consumers: ReadonlyArray<Consumer> = []
  /** all consumers, if all run in place; undefined if one does not, or after a change */
  #group: Group.Group | undefined
  readonly #state: Fold.Fold
  readonly delivery: Delivery
  /** the last row that the state may lack, since it could not be read */
  #unread: Malformed | undefined
  #counted: Counted | undefined
  readonly #kind: State<never>["kind"]
  epoch = 0
  /** the rows are only those of updates, since no snapshot arrived */
  #isMissing = false
  /** unreadable rows that have an error each until the next `tick` */
  #left = detailed
  readonly #operation: string
  readonly #pause: (wanted: boolean) => void

  constructor({ delivery, operation, pause, state }: Options) {
    this.#operation = operation
    this.#kind = state.kind
    this.#state = Fold.make(state)
    this.#pause = pause
    this.delivery = delivery
  }

  get consumers(): number {
    return this.#consumers.length
  }

  attach(buffer: BufferPolicy): Consumer {
    this.#reportCounted()
    const consumer = new Consumer(this, buffer, this.#operation)
    const current = this.current(0)
    if (current !== undefined) consumer.push(current)
    // one that comes later is not to take the state for whole; where there is room for one element, it is the state
    if (current !== undefined && this.#unread !== undefined && buffer.capacity > 1) consumer.push(this.#unread)
    this.#consumers = [...this.#consumers, consumer]
    this.turned()
    return consumer
  }

  detach(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((each) => each !== consumer)
    consumer.dispose()
    this.turned()
  }

  /** an epoch begins: the venue acknowledged the subscription */
  begin(): void {
    this.#reportCounted()
    this.epoch++
    this.live = false
    // a channel that only reports events has no snapshot: it begins empty
    if (this.#kind === "events") this.#snapshot([], null)
  }

  /** the snapshot of the epoch did not come in time: from now on only updates are known */
  miss(): void {
    if (this.live) return
    this.live = true
    this.#isMissing = true
    this.#state.start([])
    this.#emit({ _tag: "SnapshotMissing", epoch: this.epoch, rows: [], skipped: 0, mts: null })
  }

  /** the epoch is over; rows are dropped until the next one begins */
  interrupt(reason: string): void {
    this.#reportCounted()
    if (!this.live) return
    this.live = false
    this.#state.start([])
    this.#emit({ _tag: "Interrupted", epoch: this.epoch, reason })
  }

  /** ends the streams of all consumers */
  end(failure?: StreamError): void {
    this.#reportCounted()
    this.live = false
    for (const consumer of this.#consumers) consumer.end(failure)
  }

  gap(lost: number): void {
    if (this.live) this.#emit({ _tag: "Gap", epoch: this.epoch, cause: "sequence", lost })
  }

  confirm(value: number): void {
    this.#emit({ _tag: "Checksum", epoch: this.epoch, checksum: value })
  }

  /** unreadable rows that have an error each until the next `tick` */
  get left(): number {
    return this.#left
  }

  /** about once a second: rows that cannot be read have an error each again */
  tick(): void {
    this.#reportCounted()
    this.#left = detailed
  }

  /** rows that are decoded already, undefined where a payload holds none; `type` is null for those of a snapshot */
  records(
    rows: ReadonlyArray<unknown> | undefined,
    unread: ReadonlyArray<Unreadable>,
    type: string | null,
    mts: number | null
  ): void {
    if (rows === undefined) {
      // nothing was said of what there is
    } else if (this.live) this.#update(rows, type, mts)
    // an update that comes before the snapshot is contained in it
    else if (type === null) this.#snapshot(rows, mts)
    for (const each of unread) this.#lack(each, true)
  }

  /** a single row */
  row(record: unknown, type: string | null, mts: number | null): void {
    if (this.live) this.#update([record], type, mts)
    // One row alone is no snapshot, but where each frame says everything: its snapshot was lost, and the silence of a
    // channel that is not live gets it a new one.
    else if (type === null && this.#kind === "latest") this.#snapshot([record], mts)
  }

  current(skipped: number): Snapshot<unknown> | SnapshotMissing<unknown> | undefined {
    if (!this.live) return undefined
    const _tag = this.#isMissing ? "SnapshotMissing" : "Snapshot"
    return { _tag, epoch: this.epoch, rows: this.#state.rows(), skipped, mts: null }
  }

  turned(): void {
    if (this.#group !== undefined) this.#group.isCurrent = false
    this.#group = undefined
  }

  pause(): void {
    this.#pause(true)
  }

  resume(): void {
    this.#pause(false)
  }

  #snapshot(rows: ReadonlyArray<unknown>, mts: number | null): void {
    this.#reportCounted()
    this.live = true
    this.#isMissing = false
    this.#unread = undefined
    this.#state.start(rows)
    this.#emit({ _tag: "Snapshot", epoch: this.epoch, rows, skipped: 0, mts })
  }

  #update(rows: ReadonlyArray<unknown>, type: string | null, mts: number | null): void {
    if (rows.length === 0) return
    for (let k = 0; k < rows.length; k++) this.#state.add(rows[k], type)
    if ((this.#unread !== undefined || this.#counted !== undefined) && this.#kind === "latest") {
      this.#unread = undefined
      if (this.#counted !== undefined) this.#counted.isLacking = false
    }
    const event: Event = { _tag: "Update", epoch: this.epoch, rows, type, mts }
    // the last that is to be done of a frame, or as good as that
    const group = this.#direct
    if (group === undefined) this.#push(event)
    else this.delivery.give(group, event)
  }

  /** the consumers if all of them run in place, and a frame is being handled */
  get #direct(): Group.Group | undefined {
    return this.delivery.isOpen ? this.#group ??= Group.of(this.#consumers) : undefined
  }

  #emit(event: Event): void {
    const group = this.#direct
    if (group === undefined) this.#push(event)
    else this.delivery.add(group, event)
  }

  #push(event: Event): void {
    const consumers = this.#consumers
    for (let k = 0; k < consumers.length; k++) consumers[k]!.push(event)
  }

  /** rows that cannot be read, of which one is explained: in detail, or counted where too many came within a second */
  refuse(explain: () => DecodeError, count: number, isLacking: boolean): void {
    if (this.#left > 0) {
      this.#left--
      return this.#explained(explain(), count, isLacking)
    }
    const counted = this.#counted ??= { explain, count: 0, isLacking: false }
    counted.count += count
    counted.isLacking ||= isLacking
  }

  #reportCounted(): void {
    const counted = this.#counted
    if (counted === undefined) return
    this.#counted = undefined
    this.#explained(counted.explain(), counted.count, counted.isLacking)
  }

  #explained(error: DecodeError, count: number, isLacking: boolean): void {
    this.#lack({ layout: error.layout, error, count }, isLacking)
  }

  #lack(unreadable: Unreadable, isLacking: boolean): void {
    const { count, layout } = unreadable
    StreamMetrics.malform(layout, count)
    const event: Malformed = {
      _tag: "Malformed",
      epoch: this.epoch,
      count,
      get error() {
        return unreadable.error
      }
    }
    this.#emit(event)
    // a row of a snapshot belongs to the state; a row of events does not
    if (isLacking && this.live && this.#kind !== "events") this.#unread = event
  }
}
