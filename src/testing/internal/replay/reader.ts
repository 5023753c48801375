/**
 * Interprets the lines of a recording in their order. The same lines always give the same events, so a recording is
 * read once to survey its contents, and again to play it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Flags from "../../../protocol/Flags.ts"
import { type DataFrame, type EventFrame, isData, MalformedFrame, parse } from "../../../protocol/internal/frame.ts"
import type { Header, Line } from "../../../Recording.ts"
import * as Subscription from "./subscription.ts"

export interface Closing {
  readonly code: number
  readonly reason: string
}

export type TapeEvent =
  /** the venue acknowledged a subscription */
  | { readonly _tag: "Begin"; readonly subscription: Subscription.Subscription; readonly flags: number }
  /**
   * its complete state is known; `body` is the part of the frame after the channel id, undefined if there was no frame
   */
  | Data<"Ready", Body | undefined>
  | Data<"Data", Body>
  /** frames of a connection are missing */
  | { readonly _tag: "Lost"; readonly connection: number; readonly count: number }
  /** its last event; `closing` is set if the venue or the network ended the connection */
  | {
    readonly _tag: "End"
    readonly subscription: Subscription.Subscription
    readonly why: "unsubscribed" | "lost" | "closed"
    readonly closing: Closing | undefined
  }
  /** a frame that concerns the whole connection, or that is unparseable */
  | { readonly _tag: "Raw"; readonly connection: number; readonly data: string | Uint8Array }
  | { readonly _tag: "Info"; readonly frame: EventFrame }

interface Data<Tag, B> {
  readonly _tag: Tag
  readonly subscription: Subscription.Subscription
  readonly body: B
  /** the venue's clock, ms; null if it was not recorded */
  readonly mts: number | null
}

/** payload, or the venue's message type and its payload */
export type Body = readonly [payload: unknown] | readonly [type: string, value: unknown]

interface Connection {
  flags: number
  /** sequence number of the last array; undefined if unknown */
  seq: number | undefined
  /** undefined for channels whose later frames are ignored */
  readonly channels: Map<number, Subscription.Subscription | undefined>
  /** frames that arrived before the acknowledgement of their subscription */
  readonly early: Map<number, Array<DataFrame>>
  earlyFrames: number
}

const earlyLimit = 1000

const isBook = (subscription: Subscription.Subscription): boolean => subscription.ack["channel"] === "book"

const isOf = (frame: DataFrame, place: number): number | undefined => {
  const cell = frame[place]
  return typeof cell === "number" ? cell : undefined
}

export class Reader {
  readonly #connections = new Map<number, Connection>()
  #subscriptions = 0
  #out: Array<TapeEvent> = []

  /** subscriptions that were open before the recording began */
  begin(header: Header): ReadonlyArray<TapeEvent> {
    this.#out = []
    for (const { connection, frames } of header.open) {
      for (const text of frames) {
        const frame = parse(text)
        if (!isData(frame) && !(frame instanceof MalformedFrame)) this.#event(connection, frame, true)
      }
    }
    return this.#out
  }

  step(line: Line): ReadonlyArray<TapeEvent> {
    this.#out = []
    switch (line.type) {
      case "received":
        this.#received(line.connection, line.text)
        break
      case "binary":
        if (line.by === "venue") {
          const data = Either.getOrElse(Encoding.decodeBase64(line.base64), () => new Uint8Array())
          this.#out.push({ _tag: "Raw", connection: line.connection, data })
        }
        break
      case "dropped":
        this.#lost(line.connection, line.count)
        break
      case "close":
        this.#closed(line.connection, line.by === "venue" ? line : undefined)
    }
    return this.#out
  }

  #connection(connection: number): Connection {
    const known = this.#connections.get(connection)
    if (known !== undefined) return known
    const made: Connection = { flags: 0, seq: undefined, channels: new Map(), early: new Map(), earlyFrames: 0 }
    this.#connections.set(connection, made)
    return made
  }

  #received(connection: number, text: string): void {
    const frame = parse(text)
    if (isData(frame)) this.#data(connection, frame)
    else if (frame instanceof MalformedFrame) this.#out.push({ _tag: "Raw", connection, data: text })
    else this.#event(connection, frame, false)
  }

  #event(connection: number, frame: EventFrame, isCarried: boolean): void {
    const at = this.#connection(connection)
    switch (frame.event) {
      case "info":
        if (frame["code"] === undefined) this.#out.push({ _tag: "Info", frame })
        else this.#out.push({ _tag: "Raw", connection, data: JSON.stringify(frame) })
        return
      case "conf":
        if (frame["status"] === "OK" && typeof frame["flags"] === "number") at.flags = frame["flags"]
        return
      case "subscribed":
        return this.#subscribed(connection, at, frame, isCarried)
      case "unsubscribed": {
        const { chanId } = frame
        if (typeof chanId !== "number") return
        const subscription = at.channels.get(chanId)
        at.channels.delete(chanId)
        if (subscription !== undefined) {
          this.#out.push({ _tag: "End", subscription, why: "unsubscribed", closing: undefined })
        }
      }
        // replies to requests of the recorded client are irrelevant to other clients
    }
  }

  #subscribed(connection: number, at: Connection, frame: EventFrame, isCarried: boolean): void {
    const subscription = Subscription.make(this.#subscriptions, connection, frame)
    if (subscription === undefined) return
    this.#subscriptions++
    at.channels.set(subscription.chanId, subscription)
    this.#out.push({ _tag: "Begin", subscription, flags: at.flags })
    // channels of events have no snapshot; books need one; the state of the others is not recorded
    if (subscription.state.kind === "events" || (isCarried && !isBook(subscription))) {
      this.#ready(subscription, undefined, null)
    }
    for (const early of at.early.get(subscription.chanId) ?? []) this.#deliver(at, subscription, early)
    at.early.delete(subscription.chanId)
  }

  #data(connection: number, frame: DataFrame): void {
    const at = this.#connection(connection)
    if (!this.#count(connection, at, frame)) return
    const chanId = frame[0]
    if (chanId === 0 || frame[1] === "hb") return
    const subscription = at.channels.get(chanId)
    if (subscription !== undefined) this.#deliver(at, subscription, frame)
    else if (!at.channels.has(chanId) && at.earlyFrames < earlyLimit) {
      at.earlyFrames++
      at.early.set(chanId, [...at.early.get(chanId) ?? [], frame])
    }
  }

  /** whether the frame is new; first reports frames that are missing before it */
  #count(connection: number, at: Connection, frame: DataFrame): boolean {
    const { sequence, timestamp } = Flags.fromNumber(Flags.connection, at.flags)
    if (!sequence) return true
    const isTyped = typeof frame[1] === "string" && frame[1] !== "hb"
    const seq = isOf(frame, isTyped ? 3 : 2)
    // some arrays of the account have only a number of the account's own sequence
    const isUncounted = frame[0] === 0 && isTyped && frame.length - (timestamp ? 1 : 0) < 5
    if (seq === undefined || (isUncounted && seq !== (at.seq ?? 0) + 1)) return true
    const missing = at.seq === undefined ? 0 : seq - at.seq - 1
    if (missing < 0) return false
    if (missing > 0) this.#lost(connection, missing)
    at.seq = seq
    return true
  }

  #deliver(at: Connection, subscription: Subscription.Subscription, frame: DataFrame): void {
    const { sequence, timestamp } = Flags.fromNumber(Flags.connection, at.flags)
    const [, first, second] = frame
    const isTyped = typeof first === "string"
    const mts = timestamp ? isOf(frame, (isTyped ? 3 : 2) + (sequence ? 1 : 0)) ?? null : null
    const body: Body = isTyped ? [first, second] : [first]
    if (subscription.isReady) this.#out.push({ _tag: "Data", subscription, body, mts })
    else if (!isTyped && Array.isArray(first) && (subscription.state.kind === "latest" || isSnapshot(first))) {
      this.#ready(subscription, body, mts)
    }
    // the snapshot contains everything before it
  }

  #ready(subscription: Subscription.Subscription, body: Body | undefined, mts: number | null): void {
    subscription.isReady = true
    this.#out.push({ _tag: "Ready", subscription, body, mts })
  }

  #lost(connection: number, count: number): void {
    const at = this.#connection(connection)
    this.#out.push({ _tag: "Lost", connection, count })
    for (const [chanId, subscription] of at.channels) {
      // a book that misses a change stays wrong, regardless of later frames
      if (subscription?.state.kind !== "keyed") continue
      at.channels.set(chanId, undefined)
      this.#out.push({ _tag: "End", subscription, why: "lost", closing: undefined })
    }
    // it is not known how many of the lost frames had a sequence number
    at.seq = undefined
  }

  #closed(connection: number, closing: Closing | undefined): void {
    const at = this.#connections.get(connection)
    this.#connections.delete(connection)
    if (at === undefined) return
    for (const subscription of at.channels.values()) {
      if (subscription !== undefined) this.#out.push({ _tag: "End", subscription, why: "closed", closing })
    }
  }
}

/** a single row is not a snapshot */
const isSnapshot = (payload: ReadonlyArray<unknown>): boolean => payload.length === 0 || Array.isArray(payload[0])
