/**
 * What the lines of a recording mean, one after the other. The same lines always give the same happenings, so a recording
 * is read once to know what is in it, and again to play it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Flags from "../../../protocol/Flags.ts"
import { type DataFrame, type EventFrame, MalformedFrame, parse } from "../../../protocol/internal/frame.ts"
import type { Header, Line } from "../../../Recording.ts"
import * as Life from "./life.ts"

export interface Closing {
  readonly code: number
  readonly reason: string
}

export type Happening =
  /** the venue answered a subscription */
  | { readonly _tag: "Begin"; readonly life: Life.Life; readonly flags: number }
  /** its whole state is known; `body` is what of the frame stands behind the channel id, undefined when none has come */
  | Data<"Ready", Body | undefined>
  | Data<"Data", Body>
  /** frames of a connection are missing */
  | { readonly _tag: "Lost"; readonly connection: number; readonly count: number }
  /** nothing more of it comes; `closing` when the venue, or the network, ended the connection */
  | {
    readonly _tag: "End"
    readonly life: Life.Life
    readonly why: "unsubscribed" | "lost" | "closed"
    readonly closing: Closing | undefined
  }
  /** what is meant for the whole connection, or can be read by nobody */
  | { readonly _tag: "Raw"; readonly connection: number; readonly data: string | Uint8Array }
  | { readonly _tag: "Info"; readonly frame: EventFrame }

interface Data<Tag, B> {
  readonly _tag: Tag
  readonly life: Life.Life
  readonly body: B
  /** the venue's clock, ms; null where it was not recorded */
  readonly mts: number | null
}

/** payload, or the venue's word and what follows it */
export type Body = readonly [payload: unknown] | readonly [type: string, value: unknown]

interface Connection {
  flags: number
  /** number of the last array; undefined when none is known */
  seq: number | undefined
  /** undefined for those of which nothing more is of use */
  readonly channels: Map<number, Life.Life | undefined>
  /** frames that came before the answer to their subscription */
  readonly early: Map<number, Array<DataFrame>>
  earlyFrames: number
}

const earlyLimit = 1000

const isBook = (life: Life.Life): boolean => life.ack["channel"] === "book"

const isOf = (frame: DataFrame, place: number): number | undefined => {
  const cell = frame[place]
  return typeof cell === "number" ? cell : undefined
}

export class Reader {
  readonly #connections = new Map<number, Connection>()
  #lives = 0
  #out: Array<Happening> = []

  /** what was open before the recording began */
  begin(header: Header): ReadonlyArray<Happening> {
    this.#out = []
    for (const { connection, frames } of header.open) {
      for (const text of frames) {
        const frame = parse(text)
        if (!Array.isArray(frame) && !(frame instanceof MalformedFrame)) {
          this.#event(connection, frame as EventFrame, true)
        }
      }
    }
    return this.#out
  }

  step(line: Line): ReadonlyArray<Happening> {
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
    if (Array.isArray(frame)) this.#data(connection, frame)
    else if (frame instanceof MalformedFrame) this.#out.push({ _tag: "Raw", connection, data: text })
    else this.#event(connection, frame as EventFrame, false) // the cast: `isArray` does not narrow readonly arrays
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
        const chanId = frame["chanId"] as number // of anything else there is no channel
        const life = at.channels.get(chanId)
        at.channels.delete(chanId)
        if (life !== undefined) this.#out.push({ _tag: "End", life, why: "unsubscribed", closing: undefined })
      }
        // answers to requests of the client that was recorded are of no interest to any other
    }
  }

  #subscribed(connection: number, at: Connection, frame: EventFrame, isCarried: boolean): void {
    const life = Life.make(this.#lives, connection, frame)
    if (life === undefined) return
    this.#lives++
    at.channels.set(life.chanId, life)
    this.#out.push({ _tag: "Begin", life, flags: at.flags })
    // there is no snapshot of what only tells what happens; of books one is needed, and for the others nothing is known
    if (life.state.kind === "events" || (isCarried && !isBook(life))) this.#ready(life, undefined, null)
    for (const early of at.early.get(life.chanId) ?? []) this.#deliver(at, life, early)
    at.early.delete(life.chanId)
  }

  #data(connection: number, frame: DataFrame): void {
    const at = this.#connection(connection)
    if (!this.#count(connection, at, frame)) return
    const chanId = frame[0] as number // `parse` let only numbers pass
    if (chanId === 0 || frame[1] === "hb") return
    const life = at.channels.get(chanId)
    if (life !== undefined) this.#deliver(at, life, frame)
    else if (!at.channels.has(chanId) && at.earlyFrames < earlyLimit) {
      at.earlyFrames++
      at.early.set(chanId, [...at.early.get(chanId) ?? [], frame])
    }
  }

  /** whether the frame is a new one; tells those that are missing before it */
  #count(connection: number, at: Connection, frame: DataFrame): boolean {
    const { sequence, timestamp } = Flags.fromNumber(Flags.connection, at.flags)
    if (!sequence) return true
    const isTyped = typeof frame[1] === "string" && frame[1] !== "hb"
    const seq = isOf(frame, isTyped ? 3 : 2)
    // arrays of the account may have a number of the account alone
    const isUncounted = frame[0] === 0 && isTyped && frame.length - (timestamp ? 1 : 0) < 5
    if (seq === undefined || (isUncounted && seq !== (at.seq ?? 0) + 1)) return true
    const missing = at.seq === undefined ? 0 : seq - at.seq - 1
    if (missing < 0) return false
    if (missing > 0) this.#lost(connection, missing)
    at.seq = seq
    return true
  }

  #deliver(at: Connection, life: Life.Life, frame: DataFrame): void {
    const { sequence, timestamp } = Flags.fromNumber(Flags.connection, at.flags)
    const isTyped = typeof frame[1] === "string"
    const mts = timestamp ? isOf(frame, (isTyped ? 3 : 2) + (sequence ? 1 : 0)) ?? null : null
    const body: Body = isTyped ? [frame[1] as string, frame[2]] : [frame[1]] // as `isTyped` says
    if (life.isReady) this.#out.push({ _tag: "Data", life, body, mts })
    else if (!isTyped && Array.isArray(frame[1]) && (life.state.kind === "latest" || isSnapshot(frame[1]))) {
      this.#ready(life, body, mts)
    }
    // what comes before the snapshot is contained in it
  }

  #ready(life: Life.Life, body: Body | undefined, mts: number | null): void {
    life.isReady = true
    this.#out.push({ _tag: "Ready", life, body, mts })
  }

  #lost(connection: number, count: number): void {
    const at = this.#connection(connection)
    this.#out.push({ _tag: "Lost", connection, count })
    for (const [chanId, life] of at.channels) {
      // a book that misses a change is wrong from then on, whatever else comes
      if (life?.state.kind !== "keyed") continue
      at.channels.set(chanId, undefined)
      this.#out.push({ _tag: "End", life, why: "lost", closing: undefined })
    }
    // how many of what was lost had a number is not known
    at.seq = undefined
  }

  #closed(connection: number, closing: Closing | undefined): void {
    const at = this.#connections.get(connection)
    this.#connections.delete(connection)
    if (at === undefined) return
    for (const life of at.channels.values()) {
      if (life !== undefined) this.#out.push({ _tag: "End", life, why: "closed", closing })
    }
  }
}

/** one row alone is no snapshot */
const isSnapshot = (payload: ReadonlyArray<unknown>): boolean => payload.length === 0 || Array.isArray(payload[0])
