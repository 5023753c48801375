/**
 * The venue's side of one client socket: its messages and its subscriptions.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Flags from "../../../protocol/Flags.ts"
import type { Door, State } from "../exchange/connection.ts"
import type { Wire } from "../transport/memorySocket.ts"
import { isValidCode, noCode } from "../venue/closeCode.ts"
import type { Body, Closing } from "./reader.ts"
import { type Frame, keyOf } from "./subscription.ts"

/** the parts of the player that a session uses */
export interface Tape {
  /** ms of the recording */
  readonly position: () => number
  /** flags that the recording supports */
  readonly flags: number
  readonly subscribe: (session: Session, key: string, request: Frame) => void
  readonly unsubscribe: (session: Session, chanId: number) => void
  readonly leave: (session: Session) => void
  readonly run: (effect: Effect.Effect<void>) => boolean
}

/** interval between heartbeats of the venue, ms */
const heartbeat = 15_000

/** flags that every recording supports: arrays get new sequence numbers, and a single change is a bulk of one */
const always = Flags.connection.sequence + Flags.connection.bulk

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export class Session implements Wire {
  /** the key of each channel */
  readonly channels = new Map<number, string>()
  /** channels that are requested or subscribed */
  readonly keys = new Set<string>()
  readonly #tape: Tape
  readonly #door: Door
  #flags = 0
  #seq = 0
  #state: State = "open"
  #inbox: Array<() => void> = []

  constructor(tape: Tape, door: Door) {
    this.#tape = tape
    this.#door = door
  }

  // --- events of the socket ------------------------------------------------------------------------------------------

  readonly line: Wire["line"] = {
    receive: (data) =>
      this.#hear(() => {
        if (typeof data === "string") this.#receive(data)
      }),
    ping: (pong) =>
      this.#hear(() => {
        if (this.#state === "open") pong()
      }),
    closed: (code, reason) =>
      this.#hear(() => {
        const isOwed = this.#state === "open"
        this.#end()
        if (isOwed) this.#door.close(code, reason)
      }),
    lost: () => this.#end(),
    reset: () => this.#end()
  }

  readonly state = (): State => this.#state

  /** processes received messages in order, never within a call of the client */
  #hear(act: () => void): void {
    this.#inbox.push(act)
    if (this.#inbox.length > 1) return
    this.#tape.run(Effect.zipRight(
      Effect.yieldNow(),
      Effect.sync(() => {
        for (let k = 0; k < this.#inbox.length; k++) this.#inbox[k]!()
        this.#inbox = []
      })
    ))
  }

  #end(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#tape.leave(this)
  }

  // --- sent frames ---------------------------------------------------------------------------------------------------

  open(info: Frame): void {
    this.event(info)
    this.#tape.run(
      Effect.sleep(heartbeat).pipe(
        Effect.zipRight(Effect.sync(() => this.#beat())),
        Effect.repeat({ while: () => this.#state === "open" }),
        Effect.asVoid
      )
    )
  }

  event(frame: Frame): void {
    this.raw(JSON.stringify(frame))
  }

  raw(data: string | Uint8Array): void {
    if (this.#state === "open") this.#door.send(data)
  }

  array(chanId: number, body: Body, mts: number | null): void {
    if (this.#state !== "open") return
    const { sequence, timestamp } = Flags.fromNumber(Flags.connection, this.#flags)
    const frame: Array<unknown> = [chanId, ...body]
    if (sequence) frame.push(++this.#seq)
    if (timestamp) frame.push(mts ?? Math.round(this.#tape.position()))
    this.#door.send(JSON.stringify(frame))
  }

  error(request: Frame, code: number, msg: string): void {
    const { event: _, ...echo } = request
    this.event({ event: "error", msg, code, ...echo })
  }

  /** whether arrays are numbered, so that the client detects missing ones */
  get isNumbered(): boolean {
    return Flags.fromNumber(Flags.connection, this.#flags).sequence
  }

  /**
   * skips `count` sequence numbers and sends one array at once, so that the client detects the gap before anything
   * else
   */
  skip(count: number): void {
    this.#seq += count
    const [chanId] = this.channels.keys()
    if (this.isNumbered && chanId !== undefined) this.array(chanId, ["hb"], null)
  }

  /** ends a channel, as the venue may do; the client resubscribes it */
  cut(chanId: number): void {
    const key = this.channels.get(chanId)
    this.channels.delete(chanId)
    if (key !== undefined) this.keys.delete(key)
    this.event({ event: "unsubscribed", status: "OK", chanId })
  }

  /** ends the connection in the same way as the recorded one ended */
  drop({ code, reason }: Closing): void {
    if (this.#state !== "open") return
    if (isValidCode(code) || code === noCode) {
      this.#state = "closing"
      this.#door.close(code, reason)
    } else this.#door.reset()
    this.#end()
  }

  #beat(): void {
    for (const chanId of [...this.channels.keys()].sort((a, b) => a - b)) this.array(chanId, ["hb"], null)
  }

  // --- received frames -----------------------------------------------------------------------------------------------

  #receive(text: string): void {
    if (this.#state !== "open") return
    const json = parse(text)
    if (typeof json !== "object" || json === null) return this.event({ event: "error", msg: "not JSON", code: 10000 })
    if (Array.isArray(json)) return this.event({ event: "error", msg: "auth: invalid", code: 10100 })
    const frame = json as Frame // an object, as just checked
    switch (frame["event"]) {
      case "ping": {
        const cid = frame["cid"] === undefined ? {} : { cid: frame["cid"] }
        return this.event({ event: "pong", ts: Math.round(this.#tape.position()), ...cid })
      }
      case "conf":
        return this.#conf(frame["flags"])
      case "subscribe":
        return this.#subscribe(frame)
      case "unsubscribe":
        return this.#unsubscribe(frame)
      case "auth": {
        const msg = "a replay has public channels only: test accounts against FakeExchange"
        return this.event({ event: "auth", status: "FAILED", chanId: 0, code: 10100, msg })
      }
      default:
        return this.error(frame, 10000, `event: unknown`)
    }
  }

  #conf(asked: unknown): void {
    const flags = typeof asked === "number" ? asked : 0
    const granted = always | this.#tape.flags
    if ((flags & ~granted) !== 0) {
      const missing = Object.entries(Flags.fromNumber(Flags.connection, flags & ~granted)).flatMap(([name, isOn]) =>
        isOn === true ? name : []
      )
      const msg = `it was recorded without the flags ${
        missing.join(", ")
      }: leave them out of socket.flags in BitfinexConfig`
      // the venue's reply in this case is not known; any status other than OK is a refusal
      return this.event({ event: "conf", status: "FAILED", code: 10050, msg })
    }
    this.#flags = flags
    this.event({ event: "conf", status: "OK", flags })
  }

  #subscribe(frame: Frame): void {
    const key = keyOf(frame)
    if (key === undefined) this.error(frame, 10302, "channel: unknown")
    else if (this.keys.has(key)) this.error(frame, 10301, "subscribe: dup")
    else this.#tape.subscribe(this, key, frame)
  }

  #unsubscribe(frame: Frame): void {
    const chanId = frame["chanId"]
    const key = typeof chanId === "number" ? this.channels.get(chanId) : undefined
    if (typeof chanId !== "number" || key === undefined) return this.error(frame, 10400, "unsubscribe: invalid")
    this.#tape.unsubscribe(this, chanId)
    this.channels.delete(chanId)
    this.keys.delete(key)
    this.event({ event: "unsubscribed", status: "OK", chanId })
  }
}
