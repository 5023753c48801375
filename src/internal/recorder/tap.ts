/**
 * Observes a socket: passes its traffic to a journal, without delaying or changing it.
 *
 * @internal
 */
import * as Encoding from "effect/Encoding"
import type { Line } from "../../Recording.ts"
import * as PlatformSocket from "../platform/socket.ts"
import { address, Redactor } from "./redact.ts"

/** the members of a WebSocket that are used here; only sockets of `ws` have `on` and `terminate` */
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
    // a Blob, which can only be read asynchronously; this SDK never requests Blobs
    : undefined

export const tap = (socket: PlatformSocket.WebSocket, options: {
  readonly connection: number
  readonly url: string
  readonly now: () => number
  readonly write: (line: Line) => void
}): void => {
  const { connection, now, write } = options
  const tapped = socket as unknown as Tapped // the cast: only the members in `Tapped` are used
  const redactor = new Redactor()
  let by: "client" | "venue" = "venue"
  const leave = (): void => {
    // a socket that is already closing was not closed by the client
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

  write({ mts: now(), type: "connect", connection, url: address(options.url) })
  // the listener of `ws`, where it exists, avoids an event object for each message
  if (tapped.on !== undefined) {
    tapped.on("message", (data, isBinary) => received(isBinary ? data : String(data)))
  } else tapped.addEventListener("message", ({ data }: { readonly data: unknown }) => received(data))
  tapped.addEventListener("open", () => write({ mts: now(), type: "open", connection }))
  tapped.addEventListener("error", (event: Parameters<typeof PlatformSocket.reasonOf>[0]) => {
    const reason = redactor.received(PlatformSocket.reasonOf(event))
    write({ mts: now(), type: "error", connection, reason })
  })
  tapped.addEventListener(
    "close",
    ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      write({ mts: now(), type: "close", connection, by, code, reason: redactor.received(reason) })
  )

  const send = tapped.send.bind(tapped)
  tapped.send = (data, ...rest) => {
    // records after sending, so that a frame that was not sent is not recorded
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
