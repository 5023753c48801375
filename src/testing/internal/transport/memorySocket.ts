/**
 * A WebSocket in memory that behaves like `ws`: events under both of its interfaces, close handshake, codes and
 * errors. All events come from the exchange's fibers, never from within a call of the client.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as PlatformSocket from "../../../internal/platform/socket.ts"
import type { Door, Line, State } from "../exchange/connection.ts"
import { isValidCode, maxReason, noCode } from "../venue/closeCode.ts"

type EventName = "open" | "message" | "close" | "error" | "pong"

export interface SocketEvent {
  readonly type: EventName
  readonly target: unknown
  readonly data?: string | Uint8Array | ArrayBuffer
  readonly code?: number
  readonly reason?: string
  readonly wasClean?: boolean
  readonly message?: string
  readonly error?: Error
}

/** one event, in the forms of `addEventListener` and of `on` */
interface Emission {
  readonly event: SocketEvent
  readonly args: () => ReadonlyArray<unknown>
}

type Handler = ((event: SocketEvent) => void) | { readonly handleEvent: (event: SocketEvent) => void }

interface Listener {
  readonly type: string
  readonly original: unknown
  readonly once: boolean
  readonly call: (emission: Emission) => void
}

/** as in `ws`: time to wait for the other side's close frame */
const closeTimeout = Duration.seconds(30)

const toText = (data: string | ArrayBufferLike | ArrayBufferView): string | Uint8Array =>
  typeof data === "string"
    ? data
    : ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
    : new Uint8Array(data)

/** the parts of a connection that a socket uses */
export interface Wire {
  readonly line: Line
  readonly state: () => State
}

/** the exchange or player behind a socket */
export interface Host {
  readonly upgrade: (url: string) => Effect.Effect<
    | { readonly _tag: "Accepted"; readonly open: (door: Door) => Effect.Effect<Wire> }
    | {
      readonly _tag: "Refused"
      readonly refusal: { readonly status: number | "reset"; readonly retryAfter?: string }
    }
  >
  /** runs an Effect in the scope of the host; false if that scope is closed */
  readonly run: (effect: Effect.Effect<void>) => boolean
}

export class MemorySocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readyState: 0 | 1 | 2 | 3 = 0
  binaryType = "nodebuffer"
  /** the kernel takes small frames at once, whether or not the other side reads them */
  readonly bufferedAmount = 0
  /** the parts of the transport under a `ws` socket that clients use */
  readonly _socket = {
    resetAndDestroy: (): void => this.give((line) => line.reset())
  }
  readonly protocol = ""
  readonly extensions = ""
  readonly url: string
  onopen: ((event: SocketEvent) => void) | null = null
  onmessage: ((event: SocketEvent) => void) | null = null
  onclose: ((event: SocketEvent) => void) | null = null
  onerror: ((event: SocketEvent) => void) | null = null

  private readonly exchange: Host
  private connection: Wire | undefined
  private listeners: ReadonlyArray<Listener> = []
  private isAborted = false
  private isPaused_ = false
  private held: Array<() => void> = []

  constructor(exchange: Host, url: string) {
    this.exchange = exchange
    this.url = url
    const handshake = Effect.flatMap(exchange.upgrade(url), (upgrade) => {
      if (this.isAborted) return Effect.void
      if (upgrade._tag === "Refused") {
        const { retryAfter, status } = upgrade.refusal
        return Effect.sync(() => {
          if (retryAfter !== undefined) PlatformSocket.refuse(this, { retryAfter, date: undefined })
          this.fail(status === "reset" ? "socket hang up" : `Unexpected server response: ${status}`)
        })
      }
      return Effect.map(upgrade.open(this.door()), (connection) => {
        this.connection = connection
        this.readyState = 1
        this.dispatch({ event: { type: "open", target: this }, args: () => [] })
      })
    })
    const whole = Effect.zipRight(Effect.yieldNow(), handshake)
    this.later(
      Effect.onInterrupt(whole, () => Effect.sync(() => this.fail("socket hang up"))),
      "connect ECONNREFUSED"
    )
  }

  get isPaused(): boolean {
    return this.isPaused_
  }

  addEventListener(type: string, handler: Handler, options?: { readonly once?: boolean } | boolean): void {
    const call = ({ event }: Emission) => typeof handler === "function" ? handler(event) : handler.handleEvent(event)
    if (this.listeners.some((one) => one.type === type && one.original === handler)) return
    this.listeners = [
      ...this.listeners,
      { type, original: handler, once: typeof options === "object" && options.once === true, call }
    ]
  }

  removeEventListener(type: string, handler: Handler): void {
    this.off(type, handler)
  }

  on(type: string, handler: (...args: ReadonlyArray<unknown>) => void, once = false): this {
    const call = ({ args }: Emission) => handler.apply(this, [...args()])
    this.listeners = [...this.listeners, { type, original: handler, once, call }]
    return this
  }

  once(type: string, handler: (...args: ReadonlyArray<unknown>) => void): this {
    return this.on(type, handler, true)
  }

  off(type: string, handler: unknown): this {
    const at = this.listeners.findIndex((one) => one.type === type && one.original === handler)
    this.listeners = this.listeners.filter((_, i) => i !== at)
    return this
  }

  removeListener(type: string, handler: unknown): this {
    return this.off(type, handler)
  }

  removeAllListeners(type?: string): this {
    this.listeners = type === undefined ? [] : this.listeners.filter((one) => one.type !== type)
    return this
  }

  listenerCount(type: string): number {
    return this.listeners.filter((one) => one.type === type).length
  }

  send(data: string | ArrayBufferLike | ArrayBufferView): void {
    if (this.readyState === 0) throw new Error("WebSocket is not open: readyState 0 (CONNECTING)")
    if (this.readyState === 1) this.connection?.line.receive(toText(data))
  }

  ping(): void {
    if (this.readyState === 0) throw new Error("WebSocket is not open: readyState 0 (CONNECTING)")
    if (this.readyState !== 1) return
    this.connection?.line.ping(() => {
      if (this.readyState === 1) this.unlessPaused(() => this.arrive("pong", {}, () => [Buffer.from("")]))
    })
  }

  close(code?: number, reason = ""): void {
    if (this.readyState === 3) return
    if (this.readyState === 0) return this.abort()
    if (this.readyState === 2) return
    if (code !== undefined && !isValidCode(code)) {
      throw new TypeError("First argument must be a valid error code number")
    }
    if (Buffer.byteLength(reason) > maxReason) throw new RangeError("The message must not be greater than 123 bytes")
    this.readyState = 2
    this.connection?.line.closed(code ?? noCode, reason)
    const timeout = Effect.sync(() => {
      if (this.readyState !== 3) this.lose()
    })
    this.later(Effect.zipRight(Effect.sleep(closeTimeout), timeout), undefined)
  }

  /** data sent before still arrives, as with `ws`; `_socket.resetAndDestroy` drops it */
  terminate(): void {
    this.give((line) => line.lost())
  }

  pause(): void {
    if (this.readyState === 1 || this.readyState === 2) this.isPaused_ = true
  }

  resume(): void {
    if (!this.isPaused_) return
    this.isPaused_ = false
    const flush = Effect.sync(() => {
      while (this.held.length > 0 && !this.isPaused_) this.held.shift()!()
    })
    this.later(Effect.zipRight(Effect.yieldNow(), flush), undefined)
  }

  /** gives up the transport */
  private give(how: (line: Line) => void): void {
    if (this.readyState === 3) return
    if (this.readyState === 0) return this.abort()
    this.readyState = 2
    this.isAborted = true
    if (this.connection !== undefined) how(this.connection.line)
    this.later(Effect.zipRight(Effect.yieldNow(), Effect.sync(() => this.end(1006, "", false))), undefined)
  }

  /** the exchange's end of the wire */
  private door(): Door {
    return {
      send: (data: string | Uint8Array) => this.unlessPaused(() => this.message(data)),
      close: (code: number, reason: string) =>
        this.unlessPaused(() => {
          if (this.readyState === 3 || this.isAborted) return
          // replies to the exchange's close frame; if the client closed first, this frame is the reply
          if (this.readyState === 1) this.connection?.line.closed(code, reason)
          this.readyState = 2
          this.end(code, reason, true)
        }),
      reset: () => this.end(1006, "", false),
      freeze: () => {},
      // the exchange keeps the frames that wait
      pause: () => {}
    }
  }

  private unlessPaused(deliver: () => void): void {
    if (this.isPaused_ || this.held.length > 0) this.held.push(deliver)
    else deliver()
  }

  private message(data: string | Uint8Array): void {
    if (this.readyState === 3 || this.isAborted) return
    const seen = typeof data === "string"
      ? data
      : this.binaryType === "arraybuffer"
      ? Uint8Array.from(data).buffer
      : Buffer.from(data)
    this.arrive("message", { data: seen }, () => [Buffer.from(data), typeof data !== "string"])
  }

  private arrive(type: EventName, event: Partial<SocketEvent>, args: Emission["args"]): void {
    this.dispatch({ event: { ...event, type, target: this }, args })
  }

  private abort(): void {
    this.isAborted = true
    this.readyState = 2
    const message = "WebSocket was closed before the connection was established"
    this.later(Effect.zipRight(Effect.yieldNow(), Effect.sync(() => this.fail(message))), message)
  }

  private fail(message: string): void {
    if (this.readyState === 3) return
    const error = new Error(message)
    this.readyState = 2
    this.arrive("error", { error, message }, () => [error])
    this.end(1006, "", false)
  }

  private lose(): void {
    this.connection?.line.lost()
    this.end(1006, "", false)
  }

  private end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.held = []
    this.arrive("close", { code, reason, wasClean }, () => [code, Buffer.from(reason)])
  }

  /** Runs in the scope of the exchange. If that scope is closed, the socket fails with `otherwise`. */
  private later(effect: Effect.Effect<void>, otherwise: string | undefined): void {
    if (this.exchange.run(effect) || otherwise === undefined) return
    Effect.runFork(Effect.zipRight(Effect.yieldNow(), Effect.sync(() => this.fail(otherwise))))
  }

  private dispatch(emission: Emission): void {
    const { type } = emission.event
    const handler = { open: this.onopen, message: this.onmessage, close: this.onclose, error: this.onerror, pong: null }
    const calls = this.listeners.filter((one) => one.type === type)
    const own = handler[type]
    for (const one of calls) {
      if (one.once) this.listeners = this.listeners.filter((other) => other !== one)
      attempt(() => one.call(emission))
    }
    if (own !== null) attempt(() => own.call(this, emission.event))
  }
}

/**
 * A listener that throws is an uncaught exception of the process, as with a real socket, and does not affect the
 * others.
 */
const attempt = (call: () => void): void => {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
