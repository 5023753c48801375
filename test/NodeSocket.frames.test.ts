import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { type AddressInfo, createServer, type Socket as Connection } from "node:net"
import { WebSocket } from "ws"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as NodeSocket from "../src/NodeSocket.ts"

const maxFrameBytes = 70_000

/** a frame as a server writes it, or breaks it */
const frame = (
  first: number,
  payload: string | Uint8Array,
  options?: { readonly mask?: boolean; readonly long?: boolean }
): Buffer => {
  const body = Buffer.from(payload)
  const size = body.length > 65_535 ? 127 : body.length > 125 || options?.long === true ? 126 : body.length
  const head = Buffer.alloc(size === 127 ? 10 : size === 126 ? 4 : 2)
  head[0] = first
  head[1] = size | (options?.mask === true ? 0x80 : 0)
  if (size === 126) head.writeUInt16BE(body.length, 2)
  if (size === 127) head.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat(options?.mask === true ? [head, Buffer.alloc(4), body] : [head, body])
}

const text = (payload: string) => frame(0x81, payload)
const close = (code: number, reason: string) =>
  frame(0x88, Buffer.from([code >> 8, code & 255, ...Buffer.from(reason)]))

/** what may come on a sound connection */
const sound: { readonly [name: string]: Buffer } = {
  "a small text": text(`[1,"te",[1,2,3,4]]`),
  "an empty text": text(""),
  "a text of 125 bytes": text("x".repeat(125)),
  "a text of 126 bytes": text("y".repeat(126)),
  "a small text with a long header": frame(0x81, "[1,2]", { long: true }),
  "a text of 65535 bytes": text("z".repeat(65_535)),
  "a text of 65536 bytes": text("€".repeat(21_845) + "!"),
  "a text of many alphabets": text(`{"msg":"ä€𝄞\\u0000"}`),
  "a text that is no UTF-8": frame(0x81, Buffer.from([0x22, 0xff, 0xc3, 0x22])),
  "an empty ping": frame(0x89, ""),
  "a ping": frame(0x89, "are you there?"),
  "a pong": frame(0x8a, "here")
}

/** after these, everything is the business of `ws` */
const others: { readonly [name: string]: Buffer } = {
  "a text in fragments": Buffer.concat([frame(0x01, "[1,"), frame(0x89, "now"), frame(0x00, "2"), frame(0x80, "]")]),
  "a binary frame": frame(0x82, Buffer.from([0x81, 2, 3])),
  "an empty binary frame": frame(0x82, ""),
  "a text beyond the limit": text("x".repeat(maxFrameBytes + 1)),
  "fragments beyond the limit": Buffer.concat([
    frame(0x01, "x".repeat(60_000)),
    frame(0x80, "x".repeat(60_000))
  ]),
  "a compressed text": frame(0xc1, "abc"),
  "a reserved bit": frame(0xa1, "abc"),
  "a reserved opcode": frame(0x83, "abc"),
  "a masked text": frame(0x81, "abc", { mask: true }),
  "a masked ping": frame(0x89, "abc", { mask: true }),
  "a long ping": frame(0x89, "p".repeat(126)),
  "a ping in fragments": frame(0x09, "abc"),
  "a continuation of nothing": frame(0x80, "abc"),
  "a length beyond all numbers": Buffer.from([0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
  "a close": close(4000, "enough ✓"),
  "a close without a code": frame(0x88, ""),
  "a close with a code that does not exist": close(999, "")
}

const concat = (frames: ReadonlyArray<Buffer>) => Buffer.concat([...frames])

/** the same bytes in pieces: each element of `cuts` begins a new one */
const pieces = (bytes: Buffer, cuts: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const places = [0, ...cuts.filter((at) => at > 0 && at < bytes.length), bytes.length]
  return places.slice(1).map((to, k) => bytes.subarray(places[k], to))
}

/** writes the pieces to each client that upgrades, each as a read of its own, and ends */
const serve = (parts: ReadonlyArray<Buffer>) => {
  const write = (connection: Connection, k: number): void => {
    if (connection.destroyed) return
    if (k === parts.length) return void connection.end()
    connection.write(parts[k]!, () => setImmediate(() => setImmediate(() => write(connection, k + 1))))
  }
  return Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly stop: () => void }>((resume) => {
      const server = createServer((connection) => {
        connection.setNoDelay()
        connection.on("error", () => undefined)
        connection.once("data", (request) => {
          const key = /sec-websocket-key: (.*)\r\n/i.exec(request.toString())![1]!
          const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")
          connection.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
          )
          connection.on("data", () => undefined)
          write(connection, 0)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `ws://127.0.0.1:${port}`, stop: () => server.close() }))
      })
    }),
    ({ stop }) => Effect.sync(stop)
  )
}

/** all that a socket tells, to its end */
const watch = (socket: WebSocket, pauses = false) =>
  Effect.async<ReadonlyArray<ReadonlyArray<unknown>>>((resume) => {
    const told: Array<ReadonlyArray<unknown>> = []
    socket.on("message", (data, isBinary) => {
      told.push(["message", isBinary ? [...data as Buffer] : data.toString(), isBinary])
      if (!pauses) return
      socket.pause()
      setImmediate(() => socket.resume())
    })
    socket.on("ping", (data) => told.push(["ping", data.toString()]))
    socket.on("pong", (data) => told.push(["pong", data.toString()]))
    socket.on("error", ({ message }) => told.push(["error", message]))
    socket.on("close", (code, reason) => {
      told.push(["close", code, reason.toString()])
      resume(Effect.succeed(told))
    })
  })

const connect = (url: string) =>
  Effect.map(Socket.WebSocketConstructor, (make) => make(url) as unknown as WebSocket).pipe(
    Effect.provide(NodeSocket.layer.pipe(Layer.provide(BitfinexConfig.layer({ maxFrameBytes }))))
  )

/** `ws` alone, with the same options */
const plain = (url: string) =>
  new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true, maxPayload: maxFrameBytes })

/** whether our socket tells of these bytes what `ws` alone tells */
const same = (bytes: Buffer, cuts: ReadonlyArray<number>, pauses = false) =>
  Effect.gen(function*() {
    const { url } = yield* serve(pieces(bytes, cuts))
    const [ours, theirs] = yield* Effect.all([
      Effect.flatMap(connect(url), (socket) => watch(socket, pauses)),
      Effect.suspend(() => watch(plain(url), pauses))
    ], { concurrency: 2 })
    assert.deepStrictEqual(ours, theirs)
    return ours
  }).pipe(Effect.scoped)

const messages = (told: ReadonlyArray<ReadonlyArray<unknown>>) => told.filter(([type]) => type === "message").length

/** mulberry32 */
const random = (seed: number) => {
  let state = seed >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4_294_967_296 * below)
  }
}

describe("NodeSocket: frames, told as ws alone tells them", () => {
  it.live("all that may come, in one read", () =>
    Effect.gen(function*() {
      const told = yield* same(concat([...Object.values(sound), close(1000, "done")]), [])
      assert.strictEqual(messages(told), 9)
      assert.deepStrictEqual(told.at(-1), ["close", 1000, "done"])
    }))

  it.live("a text is told as a text, not as bytes", () =>
    Effect.gen(function*() {
      const { url } = yield* serve([sound["a small text"]!])
      const socket = yield* connect(url)
      const data = yield* Effect.async<unknown>((resume) => {
        socket.once("message", (data) => resume(Effect.succeed(data)))
      })
      assert.strictEqual(data, `[1,"te",[1,2,3,4]]`)
    }).pipe(Effect.scoped))

  it.live("small frames, cut at each place", () => {
    const bytes = concat([
      text("[1,2]"),
      frame(0x89, "ping"),
      frame(0x81, "[3]", { long: true }),
      text("€"),
      close(4000, "x")
    ])
    return Effect.forEach(
      Array.from({ length: bytes.length - 1 }, (_, k) => k + 1),
      (at) => Effect.map(same(bytes, [at]), (told) => assert.strictEqual(messages(told), 3)),
      { concurrency: 4, discard: true }
    )
  })

  it.live("byte by byte", () => {
    const bytes = concat([
      ...["a small text", "a text of 126 bytes", "an empty text", "a ping"].map((name) => sound[name]!),
      close(1000, "")
    ])
    return Effect.map(
      same(bytes, Array.from(bytes, (_, k) => k)),
      (told) => assert.strictEqual(messages(told), 3)
    )
  })

  for (const [name, bytes] of Object.entries(others)) {
    it.live(`${name}, between others`, () =>
      Effect.gen(function*() {
        const before = [text("[1]"), frame(0x89, "a"), text("[2]")]
        const after = [text("[3]"), frame(0x8a, "b"), text("[4]"), close(1001, "bye")]
        const all = concat([...before, bytes, ...after])
        const at = concat(before).length
        for (const cuts of [[], [at], [at + 1], [at + 2], [at + 3, at + bytes.length + 1], [at + bytes.length]]) {
          assert.isAtLeast(messages(yield* same(all, cuts)), 2)
        }
      }))
  }

  it.live("the end of the connection in the middle of a frame", () =>
    Effect.gen(function*() {
      for (const at of [1, 2, 3, 60]) {
        const told = yield* same(concat([text("[1]"), text("x".repeat(126)).subarray(0, at)]), [])
        assert.deepStrictEqual(told.at(-1), ["close", 1006, ""])
      }
    }))

  it.live("a socket that is paused at each message", () =>
    Effect.gen(function*() {
      const bytes = concat([...Object.values(sound), ...Object.values(sound), close(1000, "done")])
      assert.strictEqual(messages(yield* same(bytes, [100, 1000, 70_000, 80_000], true)), 18)
    }))

  it.live("anything, cut anywhere: 150 seeds", () =>
    Effect.forEach(
      Array.from({ length: 150 }, (_, seed) => seed),
      (seed) => {
        const below = random(seed)
        const good = Object.values(sound)
        const all = [...good, ...Object.values(others)]
        const frames = Array.from({ length: 3 + below(20) }, () => good[below(good.length)]!)
        if (below(2) === 0) frames.splice(below(frames.length), 0, all[below(all.length)]!)
        const bytes = concat([...frames, close(1000, "done")])
        const cuts = Array.from({ length: below(8) }, () => below(bytes.length)).sort((a, b) => a - b)
        return same(bytes, cuts, below(4) === 0)
      },
      { concurrency: 4, discard: true }
    ), 30_000)
})
