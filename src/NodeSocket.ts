/**
 * Sockets on Node: the `WebSocketConstructor` of `@effect/platform` made of the package `ws`, which accepts every legal
 * close code, can be paused and terminated, and hands over messages without an event object for each.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { WebSocket } from "ws"
import { BitfinexConfig } from "./BitfinexConfig.ts"

/**
 * Sockets made by `ws`. Compression is off (the venue offers none), and so is the check of UTF-8: bytes that are none
 * become U+FFFD, as `JSON.parse` of a decoded text would have it. Whole text frames are cut out of what was read without
 * the receiver of `ws`, which takes half of what a small frame costs; all else is left to it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Layer from "effect/Layer"
 *
 * const Live = MarketData.layer.pipe(Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]))
 */
export const layer: Layer.Layer<Socket.WebSocketConstructor> = Layer.effect(
  Socket.WebSocketConstructor,
  Effect.map(BitfinexConfig, ({ maxFrameBytes }) => (url, protocols) => {
    const ws = new WebSocket(url, protocols ?? [], {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: maxFrameBytes
    })
    // `ws` begins to listen to the connection just before it tells that it is open
    ws.once("upgrade", ({ socket }) => ws.once("open", () => readTexts(ws, socket, maxFrameBytes)))
    // the cast: `ws` has everything of the browser's WebSocket that is used here, and more
    return ws as unknown as globalThis.WebSocket
  })
)

/** what is used of the connection below a socket */
interface Connection {
  readonly listeners: (type: "data") => ReadonlyArray<unknown>
  readonly on: (type: "data", listener: (chunk: Buffer) => void) => unknown
  readonly off: (type: "data", listener: (chunk: Buffer) => void) => unknown
}

/** first byte of a text that is one frame */
const text = 0x81
const ping = 0x89
const pong = 0x8a

/**
 * Takes the place of `ws` as the listener of its connection. A text frame that lies whole in what was read is told as a
 * message at once, by its text. All other bytes go on to `ws`, in order and none of them held back, so that `ws` can
 * take over at any time: where a frame is cut, or a ping, for that frame; where it is anything else (a text in
 * fragments, a binary one, a close, what the protocol does not allow), for good.
 */
const readTexts = (ws: WebSocket, connection: Connection, maxFrameBytes: number): void => {
  // the cast: that of `ws` is a listener of `data` like any other
  const listeners = connection.listeners("data") as ReadonlyArray<(chunk: Buffer) => void>
  const theirs = listeners[0]
  // another version of `ws` may do it another way: then it does it alone
  if (theirs === undefined || listeners.length > 1) return
  const pass = (bytes: Buffer): void => theirs.call(connection, bytes)

  /** the header that was begun, of a frame for `ws` */
  let header: Array<number> = []
  /** bytes still to come of such a frame */
  let passing = 0

  /** a frame for `ws`, or what is there of it: where the next one begins */
  const passFrame = (chunk: Buffer, from: number): number => {
    let at = from
    let length: number | undefined
    while (passing === 0 && length === undefined && at < chunk.length) {
      header.push(chunk[at++]!)
      length = lengthOf(header)
    }
    if (length !== undefined) {
      const [first] = header
      const isPassing = first === text ? length <= maxFrameBytes : (first === ping || first === pong) && length < 126
      if (!isPassing) {
        connection.off("data", onData)
        connection.on("data", theirs)
        at = chunk.length
      }
      header = []
      passing = length
    }
    const to = Math.min(chunk.length, at + passing)
    passing -= to - at
    pass(chunk.subarray(from, to))
    return to
  }

  const onData = (chunk: Buffer): void => {
    let at = 0
    while (at < chunk.length) {
      let start = at + 2
      let length = chunk[at + 1]!
      if (length === 126) {
        length = (chunk[at + 2]! << 8) | chunk[at + 3]!
        start = at + 4
      }
      const isWhole = chunk[at] === text && chunk[at + 1]! <= 126 && start + length <= chunk.length
      if (isWhole && passing === 0 && header.length === 0 && length <= maxFrameBytes) {
        at = start + length
        ws.emit("message", chunk.toString("utf8", start, at), false)
      } else at = passFrame(chunk, at)
    }
  }

  connection.off("data", theirs)
  connection.on("data", onData)
}

/** bytes of the payload, as soon as the header says so; one that is masked is told as what no frame may have */
const lengthOf = ([, short, ...long]: ReadonlyArray<number>): number | undefined => {
  if (short === undefined) return undefined
  if (short > 127) return Number.POSITIVE_INFINITY
  if (short < 126) return short
  return long.length < (short === 126 ? 2 : 8) ? undefined : long.reduce((sum, byte) => sum * 256 + byte, 0)
}
