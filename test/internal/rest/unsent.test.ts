import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Bitfinex from "../../../src/Bitfinex.ts"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as NodeHttp from "../../../src/NodeHttp.ts"
import * as NodeProxy from "../../../src/NodeProxy.ts"
import * as NodeSocket from "../../../src/NodeSocket.ts"
import * as RestAuthClient from "../../../src/RestAuthClient.ts"

/** A write that ends before it has a connection was certainly not sent; one that may have been sent stays unknown. */

/** a server of TCP; `arrived` is done with the first connection */
const serve = (answer: (socket: Net.Socket) => void) =>
  Effect.gen(function*() {
    const arrived = yield* Deferred.make<void>()
    const open = new Set<Net.Socket>()
    const server = Net.createServer((socket) => {
      open.add(socket)
      socket.on("error", () => undefined)
      Deferred.unsafeDone(arrived, Effect.void)
      answer(socket)
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.async<void>((resume) => {
          for (const socket of open) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { arrived, port, connections: () => open.size }
  })

const submit = Effect.flatMap(
  RestAuthClient.RestAuthClient,
  (rest) => rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "1", price: "1" })
)

const account = (authUrl: string, retryUnsent = 0) =>
  Bitfinex.layerWithoutTransport({ apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }).pipe(
    Layer.provide(BitfinexConfig.layer({ rest: { authUrl, retryUnsent: Schedule.recurs(retryUnsent) } }))
  )

const direct = (authUrl: string, retryUnsent?: number, http: NodeHttp.Options = {}) =>
  account(authUrl, retryUnsent).pipe(Layer.provide([NodeHttp.layerWith(http), NodeSocket.layer]))

const proxied = (port: number, retryUnsent?: number) =>
  account("https://venue.invalid", retryUnsent).pipe(
    Layer.provide(NodeProxy.layer({ https: Redacted.make(`http://127.0.0.1:${port}`) }))
  )

describe("a write without a connection", () => {
  it.scoped("a proxy that breaks off before it has answered", () =>
    Effect.gen(function*() {
      const { port } = yield* serve((socket) => socket.once("data", () => socket.end()))
      const error = yield* Effect.flip(submit).pipe(Effect.provide(proxied(port)))
      assert.deepInclude(error, { _tag: "TransportError", stage: "connect", outcome: "unsent", isRetryable: true })
    }))

  it.scoped("a proxy whose answer is not HTTP: the error says so", () =>
    Effect.gen(function*() {
      const { port } = yield* serve((socket) => socket.once("data", () => socket.end("hello\r\n\r\n")))
      const error = yield* Effect.flip(submit).pipe(Effect.provide(proxied(port)))
      assert.deepInclude(error, { _tag: "TransportError", stage: "connect", outcome: "unsent" })
      assert.include(error.message, "the answer of the proxy is not HTTP")
      assert.notInclude(error.message, "NaN")
    }))

  it.scoped("a host that does not speak TLS: the message is one line", () =>
    Effect.gen(function*() {
      const { port } = yield* serve((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n")))
      const error = yield* Effect.flip(submit).pipe(Effect.provide(direct(`https://localhost:${port}`)))
      assert.deepInclude(error, { _tag: "TransportError", stage: "connect", outcome: "unsent" })
      assert.notInclude(error.message, "\n")
    }))

  for (
    const [what, layer] of [
      ["a proxy that does not answer", proxied],
      [
        "a host that does not answer the handshake of TLS",
        (port: number, retries: number) => direct(`https://localhost:${port}`, retries)
      ]
    ] as const
  ) {
    it.scoped(`${what} in time: unsent, and not repeated, since it would be out of date`, () =>
      Effect.gen(function*() {
        const { arrived, connections, port } = yield* serve(() => undefined)
        const call = yield* Effect.fork(Effect.provide(Effect.flip(submit), layer(port, 3)))
        yield* Deferred.await(arrived)
        yield* TestClock.adjust("15 seconds")
        const error = yield* Fiber.join(call)
        assert.deepInclude(error, { _tag: "TransportError", stage: "timeout", outcome: "unsent", isRetryable: false })
        assert.include(error.message, "there was no connection yet")
        assert.strictEqual(connections(), 1)
      }))
  }

  it.scoped("a call that waits for a connection of the pool behind another one that gets no answer", () =>
    Effect.gen(function*() {
      const { arrived, port } = yield* serve(() => undefined)
      const errors = yield* Effect.gen(function*() {
        const rest = yield* RestAuthClient.RestAuthClient
        const first = yield* Effect.fork(Effect.flip(rest.wallets()))
        yield* Deferred.await(arrived)
        const second = yield* Effect.fork(Effect.flip(submit))
        yield* TestClock.adjust("15 seconds")
        return [yield* Fiber.join(first), yield* Fiber.join(second)]
      }).pipe(
        Effect.provide(Layer.provide(
          direct(`http://127.0.0.1:${port}`, 0, { maxConnections: 1 }),
          BitfinexConfig.layer({ rest: { signedConcurrency: 2, retryReads: Schedule.stop } })
        ))
      )
      assert.deepInclude(errors[0], { stage: "timeout", outcome: "unknown" })
      assert.deepInclude(errors[1], { stage: "timeout", outcome: "unsent" })
    }))
})

describe("a write that may have been sent stays unknown", () => {
  it.scoped("over an agent of the user's, whose connection does not say whether TLS is agreed upon", () =>
    Effect.gen(function*() {
      const received = yield* Deferred.make<void>()
      const { port } = yield* serve((socket) => {
        socket.once("data", () => Deferred.unsafeDone(received, Effect.void))
      })
      /** as a socket of TLS that was not made by `tls.connect` */
      class Agent extends Http.Agent {
        override createConnection() {
          return Object.assign(Net.connect(port, "127.0.0.1"), { secureConnecting: true })
        }
      }
      const call = yield* Effect.fork(
        Effect.provide(Effect.flip(submit), direct("http://venue.invalid", 3, { agent: new Agent() }))
      )
      yield* Deferred.await(received)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(call))._tag, "OutcomeUnknown")
    }))

  for (
    const [what, answer] of [
      ["no answer", () => undefined],
      ["a reset", (socket: Net.Socket) => socket.once("data", () => socket.resetAndDestroy())]
    ] as const
  ) {
    it.scoped(what, () =>
      Effect.gen(function*() {
        const received = yield* Deferred.make<void>()
        const { port } = yield* serve((socket) => {
          socket.once("data", () => Deferred.unsafeDone(received, Effect.void))
          answer(socket)
        })
        const call = yield* Effect.fork(Effect.provide(Effect.flip(submit), direct(`http://127.0.0.1:${port}`, 3)))
        yield* Deferred.await(received)
        if (what === "no answer") yield* TestClock.adjust("15 seconds")
        assert.strictEqual((yield* Fiber.join(call))._tag, "OutcomeUnknown")
      }))
  }
})
