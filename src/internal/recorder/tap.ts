/**
 * Listens in on a socket: tells a journal what goes over it, without holding up or changing anything.
 *
 * @internal
 */
import * as Encoding from "effect/Encoding"
import type { Line } from "../../Recording.ts"
import { Redactor } from "./redact.ts"

/** what is used of a WebSocket; `on` and `terminate` are those of `ws`, where there */
interface Tapped {
  readonly readyState: number
  send: (data: unknown, ...rest: ReadonlyArray<unknown>) => void
  close: (code?: number, reason?: string) => void
  terminate?: () => void
  readonly addEventListener: (type: string, listener: (event: never) => void) => void
  readonly on?: (type: string, listener: (data: unknown, isBinary: boolean) => void) => void
}

const toBytes = (data: unknown): Uint8Array | undefined =>
  data instanceof Uint8Array
    ? data
    : data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    // a Blob, which can only be read later; nobody of ours asks for one
    : undefined

export const tap = (socket: globalThis.WebSocket, options: {
  readonly connection: number
  readonly url: string
  readonly now: () => number
  readonly write: (line: Line) => void
}): void => {
  const { connection, now, write } = options
  const tapped = socket as unknown as Tapped // the cast: of a WebSocket, only what `Tapped` names is used
  const redactor = new Redactor()
  let by: "client" | "venue" = "venue"
  const leave = (): void => {
    // what was already closing was not the client's wish
    if (tapped.readyState < 2) by = "client"
  }

  const binary = (from: "client" | "venue", data: unknown): void => {
    const base64 = Encoding.encodeBase64(toBytes(data) ?? new Uint8Array())
    write({ mts: now(), type: "binary", connection, by: from, base64 })
  }
  const received = (data: unknown): void => {
    if (typeof data !== "string") return binary("venue", data)
    write({ mts: now(), type: "received", connection, text: redactor.received(data) })
  }

  write({ mts: now(), type: "connect", connection, url: options.url })
  // the listener of `ws` itself, where there is one, spares an event object for each message
  if (tapped.on !== undefined) {
    tapped.on("message", (data, isBinary) => received(isBinary ? data : String(data)))
  } else tapped.addEventListener("message", ({ data }: { readonly data: unknown }) => received(data))
  tapped.addEventListener("open", () => write({ mts: now(), type: "open", connection }))
  tapped.addEventListener("error", ({ message }: { readonly message?: unknown }) => {
    const reason = redactor.received(typeof message === "string" && message !== "" ? message : "socket error")
    write({ mts: now(), type: "error", connection, reason })
  })
  tapped.addEventListener(
    "close",
    ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      write({ mts: now(), type: "close", connection, by, code, reason: redactor.received(reason) })
  )

  const send = tapped.send.bind(tapped)
  tapped.send = (data, ...rest) => {
    // after it, so that nothing is recorded that was not sent
    send(data, ...rest)
    if (typeof data === "string") write({ mts: now(), type: "sent", connection, text: redactor.sent(data) })
    else binary("client", data)
  }
  const close = tapped.close.bind(tapped)
  tapped.close = (code, reason) => {
    leave()
    close(code, reason)
  }
  if (tapped.terminate !== undefined) {
    const terminate = tapped.terminate.bind(tapped)
    tapped.terminate = () => {
      leave()
      terminate()
    }
  }
}
