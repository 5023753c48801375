/**
 * One channel of rows as it is wanted on a socket: decodes its payloads, once for all consumers.
 *
 * A connection reports when an epoch begins (`begin`), feeds it frames, and reports when the epoch is over (`interrupt`).
 *
 * @internal
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { State } from "../../protocol/Channel.ts"
import type { Reader } from "../../protocol/channels/Account.ts"
import { detailed, RowFeed } from "../stream/rowFeed.ts"
import type { Controls, Demand } from "./demand.ts"

/** A checked request for a channel. */
export interface Request {
  /** the method that the user called, for error texts */
  readonly operation: string
  readonly channel: string
  /** fields of the subscribe frame */
  readonly fields: { readonly [field: string]: string }
  /** canonical text of channel and fields: equal for equal requests */
  readonly key: string
  /** the user's own id, or undefined */
  readonly subId: string | number | undefined
  readonly layout: Reader<unknown>
  readonly state: State<never>
  readonly buffer: BufferPolicy
}

export class Subscription extends RowFeed implements Demand {
  readonly request: Request
  /** how the venue's answers name this subscription */
  readonly subId: string | number

  constructor(request: Request, subId: string | number, { delivery, pause }: Pick<Controls, "delivery" | "pause">) {
    super({ operation: request.operation, state: request.state, delivery, pause })
    this.request = request
    this.subId = subId
  }

  get acknowledged(): boolean {
    return this.epoch > 0
  }

  checksum(value: unknown): void {
    if (!this.live) return
    if (typeof value === "number") this.confirm(value)
    else this.#refuseOther("checksum", value, false)
  }

  /** a payload: `type` is te, tu, fte, ftu or null */
  data(payload: unknown, type: string | null, mts: number | null): void {
    if (!Array.isArray(payload)) return this.#refuseOther("row or list of rows", payload, true)
    if (payload.length > 0 && !Array.isArray(payload[0])) return this.#row(payload, type, mts)
    const layout = this.request.layout
    const rows: Array<unknown> = []
    const unread: Array<number> = []
    let count = 0
    for (let k = 0; k < payload.length; k++) {
      const record = layout.read(payload[k])
      if (record !== undefined) rows.push(record)
      else if (++count <= detailed) unread.push(k)
    }
    this.records(rows, [], type, mts)
    const last = Math.min(unread.length, Math.max(1, this.left)) - 1
    for (let k = 0; k <= last; k++) {
      const place = unread[k]!
      this.#refuseRow(payload[place], place, k === last ? count - last : 1)
    }
  }

  #row(payload: ReadonlyArray<unknown>, type: string | null, mts: number | null): void {
    const record = this.request.layout.read(payload)
    if (record === undefined) this.#refuseRow(payload, null, 1)
    else this.row(record, type, mts)
  }

  // the functions that explain errors are made here: if one were made in `data`, every row would pay for it, since the
  // variables that it uses would be kept on the heap
  #refuseRow(row: unknown, place: number | null, count: number): void {
    this.refuse(() => this.#explain(row, place), count, true)
  }

  #refuseOther(expected: string, actual: unknown, isLacking: boolean): void {
    this.refuse(() => this.#unreadable(expected, actual), 1, isLacking)
  }

  #explain(row: unknown, index: number | null): DecodeError {
    const decoded = this.request.layout.decode(row)
    const error = Either.isLeft(decoded) ? decoded.left : this.#unreadable("row", row)
    return new DecodeError({ ...error, operation: this.request.operation, row: index })
  }

  #unreadable(expected: string, actual: unknown): DecodeError {
    return new DecodeError({
      operation: this.request.operation,
      layout: this.request.layout.name,
      field: "",
      index: null,
      row: null,
      expected,
      actual: render(actual)
    })
  }
}
