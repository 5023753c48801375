import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"

/** an event that both a real socket and the double emit */
export interface Observed {
  readonly type: string
  readonly data?: unknown
  readonly code?: number
  readonly reason?: string
  readonly wasClean?: boolean
  readonly message?: string
}

export interface Client {
  readonly ws: globalThis.WebSocket & {
    readonly terminate: () => void
    readonly pause: () => void
    readonly resume: () => void
    readonly on: (type: string, listener: (...args: ReadonlyArray<any>) => void) => void
  }
  /** every event, oldest first */
  readonly observed: ReadonlyArray<Observed>
  readonly texts: () => ReadonlyArray<string>
  readonly frames: () => ReadonlyArray<any>
  readonly ask: (message: object) => void
}

/** A socket without any client around it. */
export const watch = (socket: globalThis.WebSocket): Client => {
  // the cast: members of `ws` that the DOM's type does not have
  const ws = socket as Client["ws"]
  const observed: Array<Observed> = []
  for (const type of ["open", "message", "close", "error"] as const) {
    ws.addEventListener(type, (event) => {
      const { code, data, message, reason, wasClean } = event as unknown as Observed
      observed.push(
        type === "message"
          ? { type, data }
          : type === "close"
          ? { type, code: code!, reason: reason!, wasClean: wasClean! }
          : type === "error"
          ? { type, message: message! }
          : { type }
      )
    })
  }
  const texts = () => observed.flatMap(({ data }) => typeof data === "string" ? [data] : [])
  return {
    ws,
    observed: observed,
    texts,
    frames: () => texts().map((text) => JSON.parse(text)),
    ask: (message) => ws.send(JSON.stringify(message))
  }
}

export const connect = Effect.map(Socket.WebSocketConstructor, (make) => watch(make("wss://api-pub.bitfinex.com/ws/2")))
