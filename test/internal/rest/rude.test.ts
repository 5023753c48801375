import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import type { AddressInfo } from "node:net"
import * as Net from "node:net"
import { gzipSync } from "node:zlib"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as Rest from "../../../src/internal/rest/call.ts"
import * as TaskQueue from "../../../src/internal/time/queue.ts"
import * as NodeHttp from "../../../src/NodeHttp.ts"
import * as Endpoint from "../../../src/protocol/Endpoint.ts"
import * as Layout from "../../../src/protocol/Layout.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"

const { submit, things } = Endpoint.table("test", {
  things: Endpoint.read({
    path: "v2/auth/r/things",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  }),
  submit: Endpoint.write({
    path: "v2/auth/w/order/submit",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  })
})

/** a server of bytes: answers each request as it likes; `place` counts requests from 0 */
const serve = (answer: (socket: Net.Socket, place: number) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: Net.Server; readonly sockets: Set<Net.Socket> }>((resume) => {
        const sockets = new Set<Net.Socket>()
        let requests = 0
        const server = Net.createServer({ allowHalfOpen: true }, (socket) => {
          sockets.add(socket)
          socket.on("error", () => {})
          let text = ""
          socket.on("data", (bytes: Buffer) => {
            text += bytes.toString("latin1")
            if (!text.endsWith("{}")) return
            text = ""
            answer(socket, requests++)
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets })))
      }),
      ({ server, sockets }) =>
        Effect.async<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    ),
    ({ server }) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

const client = (url: string, retryReads: BitfinexConfig.Settings["rest"]["retryReads"] = Schedule.stop) =>
  Effect.gen(function*() {
    const settings = BitfinexConfig.merge(BitfinexConfig.defaults, {
      rest: {
        publicUrl: url,
        authUrl: url,
        maxReplyBytes: 100_000,
        timeout: "4 seconds",
        retryReads,
        retryUnsent: Schedule.stop
      }
    })
    return Rest.make({
      client: yield* HttpClient.HttpClient,
      limiter: yield* RateLimiter.make,
      settings,
      auth: { headers: () => Effect.succeed({ "bfx-signature": "a-long-secret" }), enqueue: TaskQueue.make(1).run }
    })
  })

const head = (...more: ReadonlyArray<string>): string =>
  ["HTTP/1.1 200 OK", "content-type: application/json", ...more, "", ""].join("\r\n")
const whole = (body: string | Buffer, ...more: ReadonlyArray<string>): Buffer =>
  Buffer.concat([Buffer.from(head(`content-length: ${Buffer.byteLength(body)}`, ...more)), Buffer.from(body)])

/** each ends as an error that leaves the outcome of a write unknown, at once */
const broken: ReadonlyArray<readonly [name: string, answer: (socket: Net.Socket) => void]> = [
  ["half a connection is closed, without a reply", (socket) => socket.end()],
  ["the connection is reset", (socket) => socket.resetAndDestroy()],
  ["bytes that are not HTTP", (socket) => socket.end("220 mail.example ESMTP\r\n\r\n")],
  ["a status line that is cut short", (socket) => socket.end("HTTP/1.1 2")],
  ["headers without end", (socket) => socket.write(`HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(20_000)}`)],
  ["half a body, and half a connection closed", (socket) => socket.end(`${head("content-length: 9")}[1,`)],
  ["a chunk whose size is not a number", (socket) => socket.end(`${head("transfer-encoding: chunked")}zz\r\n[1]\r\n`)],
  ["chunks without their end", (socket) => socket.end(`${head("transfer-encoding: chunked")}3\r\n[1]\r\n`)],
  ["gzip that is not gzip", (socket) => socket.write(whole("[1]", "content-encoding: gzip"))],
  [
    "gzip that is cut short",
    (socket) => socket.write(whole(gzipSync(`["${"x".repeat(999)}"]`).subarray(0, 20), "content-encoding: gzip"))
  ],
  [
    "gzip that unpacks to more than is read",
    (socket) => socket.write(whole(gzipSync(`["${"x".repeat(20_000_000)}"]`), "content-encoding: gzip"))
  ],
  ["a declared length beyond the bound", (socket) => socket.write(`${head("content-length: 16777216")}[`)],
  [
    "chunks beyond the bound",
    (socket) => socket.write(`${head("transfer-encoding: chunked")}30d40\r\n${"[".repeat(200_000)}\r\n0\r\n\r\n`)
  ],
  [
    "an upgrade that nothing asked for",
    (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")
  ]
]

/** each is a reply like any other */
const odd: ReadonlyArray<readonly [name: string, answer: (socket: Net.Socket) => void]> = [
  ["hints before the reply", (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${whole("[1]")}`)],
  ["a byte at a time", (socket) => {
    for (const byte of whole("[1]")) socket.write(Buffer.of(byte))
  }],
  ["a body that ends with the connection", (socket) => socket.end(`${head()}[1]`)],
  ["gzip that nothing asked for", (socket) => socket.write(whole(gzipSync("[1]"), "content-encoding: gzip"))],
  [
    "two content types, and two dates",
    (socket) => socket.write(whole("[1]", "content-type: application/json", "date: x", "date: y"))
  ]
]

for (const [name, layer] of [["NodeHttp", NodeHttp.layer], ["fetch", FetchHttpClient.layer]] as const) {
  describe(`a misbehaving server, over ${name}`, () => {
    for (const [what, answer] of broken) {
      it.scoped(`${what}: an error, and the next call succeeds`, () =>
        Effect.gen(function*() {
          for (const row of [things, submit]) {
            const url = yield* serve((socket, place) => place === 0 ? answer(socket) : socket.write(whole("[1]")))
            const call = yield* client(url)
            const error = yield* Effect.flip(call(row)())
            assert.deepInclude(error, { _tag: "TransportError", outcome: "unknown" })
            assert.notInclude(JSON.stringify(error) + error.message, "a-long-secret")
            assert.deepStrictEqual(yield* call(row)(), [1])
          }
        }).pipe(Effect.provide(layer)))
    }

    for (const [what, answer] of odd) {
      it.scoped(`${what}: a reply`, () =>
        Effect.gen(function*() {
          const url = yield* serve((socket) => answer(socket))
          const call = yield* client(url)
          for (let k = 0; k < 3; k++) assert.deepStrictEqual(yield* call(things)(), [1])
        }).pipe(Effect.provide(layer)))
    }

    it.scoped("a body that stops in the middle does not outlast the deadline, nor does it hold up the queue", () =>
      Effect.gen(function*() {
        const stopped = yield* Deferred.make<void>()
        const url = yield* serve((socket, place) => {
          if (place > 0) return void socket.write(whole("[1]"))
          socket.write(`${head("content-length: 9")}[1,`, () => Deferred.unsafeDone(stopped, Effect.void))
        })
        const call = yield* client(url)
        const first = yield* Effect.fork(Effect.flip(call(submit)()))
        const second = yield* Effect.fork(call(submit)())
        yield* Deferred.await(stopped)
        yield* TestClock.adjust("4 seconds")
        assert.deepInclude(yield* Fiber.join(first), { _tag: "TransportError", stage: "timeout", outcome: "unknown" })
        assert.deepStrictEqual(yield* Fiber.join(second), [1])
      }).pipe(Effect.provide(layer)))

    it.scoped("connections that are reset after each reply cost a read no more than a repeat", () =>
      Effect.gen(function*() {
        const url = yield* serve((socket) => socket.write(whole("[1]"), () => socket.resetAndDestroy()))
        // nothing but a repeat at once, since no clock runs here
        const call = yield* client(url, Schedule.recurs(2))
        for (let k = 0; k < 5; k++) assert.deepStrictEqual(yield* call(things)(), [1])
      }).pipe(Effect.provide(layer)))

    it.scoped("an unrequested second reply is not delivered to the next call", () =>
      Effect.gen(function*() {
        const url = yield* serve((socket, place) =>
          socket.write(place === 0 ? Buffer.concat([whole("[1]"), whole("[666]")]) : whole(`[${place + 1}]`))
        )
        const call = yield* client(url)
        assert.deepStrictEqual(yield* call(things)(), [1])
        const next = yield* Effect.either(call(things)())
        if (next._tag === "Right") assert.deepStrictEqual(next.right, [2])
        else assert.strictEqual(next.left._tag, "TransportError")
      }).pipe(Effect.provide(layer)))
  })
}
