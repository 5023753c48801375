import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as net from "node:net"
import { WebSocket } from "ws"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { auth, types } from "../../support/accountSocket.ts"
import { watch } from "../../support/sockets.ts"

// The network is real, and the tests await it. The exchange runs on TestClock, so its time passes only when a test advances it.

const served = (options: FakeExchange.ServerOptions = {}) =>
  Effect.provide(
    FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD", "fUSD"], snapshotDelay: 0, ...options })
  )

const inject = (fault: Fault.Fault) => Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.inject(fault))

const dial = Effect.flatMap(FakeExchange.FakeExchange, ({ socketUrl }) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const ws = new WebSocket(socketUrl)
      // the cast: `ws` has its own types of events
      const client = watch(ws as unknown as globalThis.WebSocket)
      /** waits for an event, which may have arrived already */
      const until = (is: () => boolean) =>
        Effect.async<void>((resume) => {
          const check = () => is() ? resume(Effect.void) : undefined
          for (const type of ["open", "message", "close", "error"] as const) ws.on(type, check)
          check()
        })
      return { ...client, ws, until, closed: until(() => client.observed.some(({ type }) => type === "close")) }
    }),
    ({ ws }) => Effect.sync(() => ws.terminate())
  ))

const opened = Effect.tap(dial, ({ texts, until }) => until(() => texts().length > 0))

/** one turn of the event loop, in which network events are processed */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** waits until the exchange has noticed the end of a connection */
const seenClosed = (id: number) =>
  Effect.flatMap(FakeExchange.FakeExchange, ({ connections }) =>
    Effect.repeat(Effect.zipRight(turn, connections), {
      until: (all) => all.some((one) => one.id === id && one.state === "closed"),
      times: 100_000
    }))

/** operations of the transport under a socket of `ws` */
const resetTransport = (ws: WebSocket): void => {
  // the cast: `ws` does not type its transport
  const { _socket } = ws as unknown as { readonly _socket: net.Socket }
  _socket.resetAndDestroy()
}

const fetchText = (path: string, init?: RequestInit) =>
  Effect.flatMap(
    FakeExchange.FakeExchange,
    ({ restUrl }) =>
      Effect.tryPromise(() =>
        fetch(`${restUrl}${path}`, init).then((response) =>
          response.text().then((text) => ({ status: response.status, headers: response.headers, text }))
        )
      )
  )

const book = { event: "subscribe", channel: "book", symbol: "tBTCUSD" }

describe("FakeExchange.layerServer", () => {
  it.scoped("streams over a real socket", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const client = yield* opened
      assert.deepInclude(client.frames()[0], { event: "info", version: 2 })
      client.ask({ event: "conf", flags: 65536 })
      client.ask(book)
      yield* client.until(() => client.texts().length >= 4)
      yield* TestClock.adjust("2 seconds")
      yield* client.until(() => client.texts().length >= 10)
      const arrays = client.frames().filter((frame) => Array.isArray(frame))
      assert.deepStrictEqual(arrays.map((frame) => frame.at(-1)), arrays.map((_, i) => i + 1))
      const [connection] = yield* exchange.connections
      assert.deepStrictEqual(connection!.frames.map(({ json }) => json), [{ event: "conf", flags: 65536 }, book])
      assert.strictEqual(connection!.state, "open")
    }).pipe(served()))

  it.scoped("answers HTTP", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const { headers, status, text } = yield* fetchText("/v2/ticker/tBTCUSD?x=1")
      assert.strictEqual(status, 200)
      assert.include(headers.get("content-type"), "application/json")
      assert.deepStrictEqual(JSON.parse(text), exchange.market.ticker("tBTCUSD"))
      const posted = yield* fetchText("/v2/calc/fx", { method: "POST", body: `{"ccy1":"BTC","ccy2":"USD"}` })
      assert.strictEqual(posted.status, 200)
      const head = yield* fetchText("/v2/ticker/tBTCUSD", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      assert.include(head.headers.get("content-type"), "application/json")
      assert.strictEqual((yield* fetchText("/v2/ticker/tNOPE")).status, 500)
      assert.strictEqual((yield* fetchText("/v2/nothing/here")).status, 404)
      const [first, second, third] = yield* exchange.requests
      assert.deepInclude(first, { method: "GET", path: "/v2/ticker/tBTCUSD", query: "x=1" })
      assert.deepInclude(second, { method: "POST", body: `{"ccy1":"BTC","ccy2":"USD"}` })
      assert.deepInclude(third, { method: "HEAD", path: "/v2/ticker/tBTCUSD" })
    }).pipe(served()))

  it.scoped("reports how clients close", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const polite = yield* opened
      polite.ws.close(3001, "good night")
      yield* polite.closed
      yield* seenClosed(1)
      const rude = yield* opened
      rude.ws.terminate()
      yield* seenClosed(2)
      const [one, two] = yield* exchange.connections
      assert.deepInclude(one, { state: "closed", endedBy: "client", code: 3001, reason: "good night" })
      assert.deepInclude(two, { state: "closed", endedBy: "client", code: 1006 })
    }).pipe(served()))

  it.scoped("Drop by close frame and by reset", () =>
    Effect.gen(function*() {
      const [polite, rude] = [yield* opened, yield* opened]
      yield* inject(Fault.Drop.make({ code: 4001, reason: "out", connection: 1 }))
      yield* inject(Fault.Drop.make({ code: 1006, connection: 2 }))
      yield* polite.closed
      yield* rude.closed
      assert.deepInclude(polite.observed.at(-1), { code: 4001, reason: "out", wasClean: true })
      assert.deepInclude(rude.observed.at(-1), { code: 1006, reason: "", wasClean: false })
    }).pipe(served()))

  it.scoped("Refuse by status and by reset, with the errors that ws reports", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1, status: 429 }))
      yield* inject(Fault.Refuse.make({ times: 1, status: "reset" }))
      const first = yield* dial
      yield* first.closed
      const second = yield* dial
      yield* second.closed
      const third = yield* opened
      assert.deepStrictEqual(first.observed, [
        { type: "error", message: "Unexpected server response: 429" },
        { type: "close", code: 1006, reason: "", wasClean: false }
      ])
      assert.deepStrictEqual(second.observed.map(({ type }) => type), ["error", "close"])
      assert.strictEqual(third.observed[0]!.type, "open")
    }).pipe(served()))

  for (
    const [how, leave, isPlaced] of [
      ["terminate", (ws: WebSocket) => ws.terminate(), true],
      ["a close frame", (ws: WebSocket) => ws.close(1000, "stale"), true],
      ["a reset", resetTransport, false]
    ] as const
  ) {
    it.scoped(`Stall: an order sent before ${how} is ${isPlaced ? "placed later" : "dropped"}`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const account = yield* exchange.account("demo-key")
        const client = yield* opened
        client.ask(auth())
        yield* client.until(() => types(client.frames()).includes("fls"))
        yield* inject(Fault.Stall.make({ millis: 40_000 }))
        const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "10000", cid: 7 }
        client.ws.send(JSON.stringify([0, "on", null, order]))
        leave(client.ws)
        yield* TestClock.adjust("39 seconds")
        // a socket that is not read notices a reset by the next heartbeat that it writes
        yield* isPlaced ? turn : seenClosed(1)
        assert.deepStrictEqual(account.orders(), [])
        assert.strictEqual((yield* exchange.connections)[0]!.state, isPlaced ? "open" : "closed")
        yield* TestClock.adjust("1 seconds")
        yield* seenClosed(1)
        assert.deepStrictEqual(account.orders().map(({ cid }) => cid), isPlaced ? [7] : [])
      }).pipe(served()))
  }

  it.scoped("pings of the transport are answered until MutePong", () =>
    Effect.gen(function*() {
      const client = yield* opened
      const pongs: Array<string> = []
      client.ws.on("pong", (data) => pongs.push(data.toString()))
      client.ws.ping("one")
      while (pongs.length === 0) yield* turn
      yield* inject(Fault.MutePong.make({ of: "frame" }))
      client.ws.ping("two")
      client.ask({ event: "ping", cid: 2 })
      yield* client.until(() => client.frames().some(({ event }) => event === "pong"))
      assert.deepStrictEqual(pongs, ["one"])
    }).pipe(served()))

  it.scoped("HalfOpen answers nothing, not even a close; the exchange notices the client's end", () =>
    Effect.gen(function*() {
      const [client, other] = [yield* opened, yield* opened]
      yield* inject(Fault.HalfOpen.make({ connection: 1 }))
      client.ask({ event: "ping" })
      client.ws.close(1000)
      // the other connection receives this later than frames for the half-open one would have arrived
      for (let round = 0; round < 5; round++) {
        other.ask({ event: "ping" })
        yield* other.until(() => other.texts().length > round + 1)
      }
      assert.lengthOf(client.texts(), 1)
      assert.strictEqual(client.ws.readyState, WebSocket.CLOSING)
      client.ws.terminate()
      yield* client.closed
      yield* seenClosed(1)
    }).pipe(served()))

  it.scoped("SendBinary, Huge and Truncate", () =>
    Effect.gen(function*() {
      const client = yield* opened
      yield* inject(Fault.SendBinary.make({ bytes: [7, 8] }))
      yield* inject(Fault.Huge.make({ bytes: 200_000 }))
      yield* inject(Fault.Truncate.make())
      client.ask(book)
      yield* client.until(() => client.observed.length >= 6)
      const [binary, huge, , cut] = client.observed.slice(2).map(({ data }) => data)
      assert.deepStrictEqual([...(binary as Uint8Array)], [7, 8])
      assert.lengthOf(huge as string, 200_000)
      assert.throws(() => JSON.parse(cut as string))
    }).pipe(served()))

  it.scoped("HTTP faults", () =>
    Effect.gen(function*() {
      const path = "/v2/ticker/tBTCUSD"
      yield* inject(Fault.HttpFault.make({ reply: { _tag: "status429", retryAfter: 2 } }))
      const limited = yield* fetchText(path)
      assert.deepStrictEqual([limited.status, limited.headers.get("retry-after")], [429, "2"])
      yield* inject(Fault.HttpFault.make({ reply: { _tag: "html" } }))
      assert.include((yield* fetchText(path)).headers.get("content-type"), "text/html")
      yield* inject(Fault.HttpFault.make({ reply: { _tag: "empty" } }))
      assert.strictEqual((yield* fetchText(path)).text, "")
      yield* inject(Fault.HttpFault.make({ reply: { _tag: "truncated" } }))
      const cut = yield* fetchText(path)
      assert.throws(() => JSON.parse(cut.text))
      for (const _tag of ["reset", "loseReply"] as const) {
        yield* inject(Fault.HttpFault.make({ reply: { _tag } }))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(fetchText(path))))
      }
      assert.strictEqual((yield* fetchText(path)).status, 200)
    }).pipe(served()))

  it.scoped("an invalid handshake request gets an HTTP answer", () =>
    Effect.gen(function*() {
      const { restUrl } = yield* FakeExchange.FakeExchange
      const text = yield* Effect.async<string>((resume) => {
        let heard = ""
        const socket = net.connect(Number(new URL(restUrl).port), "127.0.0.1", () => {
          socket.write("GET /ws/2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        })
        socket.on("data", (data) => heard += data)
        socket.on("close", () => resume(Effect.succeed(heard)))
      })
      assert.match(text, /^HTTP\/1\.1 400/)
      const client = yield* opened
      assert.strictEqual(client.observed[0]!.type, "open")
    }).pipe(served()))

  it.scoped("a port in use is an error of the layer", () =>
    Effect.gen(function*() {
      const { restUrl } = yield* FakeExchange.FakeExchange
      const port = Number(new URL(restUrl).port)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(FakeExchange.layerServer({ port, history: 0 }))))
      assert.strictEqual(error._tag, "PortUnavailable")
      assert.strictEqual(error.port, port)
      assert.include(error.message, `port ${port} of 127.0.0.1: another program listens there; choose another`)
    }).pipe(served()))

  it.scoped("the account's socket: login, an order, and a drop after its notification", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const seen = yield* exchange.account("demo-key")
      const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: "20000" }
      for (const [round, code] of [1006, 1012].entries()) {
        const client = yield* opened
        client.ask(auth())
        yield* client.until(() => client.texts().length >= 8)
        yield* exchange.awaitLogins(1)
        client.ask([0, "on", null, order])
        yield* client.until(() => client.texts().length >= 10)
        assert.deepStrictEqual(types(client.frames()).slice(6), ["n on-req", "on"])
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "notified", code }))
        client.ask([0, "on", null, order])
        yield* client.closed
        assert.deepStrictEqual(types(client.frames()).slice(8), ["n on-req"])
        assert.deepInclude(client.observed.at(-1), { type: "close", code })
        assert.lengthOf(seen.orders(), 2 * (round + 1))
      }
    }).pipe(served()))

  it.scoped("when the scope closes, clients receive 1001 and the port is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(FakeExchange.layerServer({ history: 0 }), scope)
      const { restUrl } = Context.get(context, FakeExchange.FakeExchange)
      const [client, frozen] = [
        yield* opened.pipe(Effect.provide(context)),
        yield* opened.pipe(Effect.provide(context))
      ]
      client.ask(book)
      yield* client.until(() => client.texts().length >= 3)
      yield* inject(Fault.HalfOpen.make({ connection: 2 })).pipe(Effect.provide(context))
      // an HTTP keep-alive connection, which must not delay the end of the server
      yield* fetchText("/v2/platform/status").pipe(Effect.provide(context))
      yield* Scope.close(scope, Exit.void)
      yield* client.closed
      yield* frozen.closed
      assert.deepInclude(client.observed.at(-1), { code: 1001, wasClean: true })
      assert.deepInclude(frozen.observed.at(-1), { code: 1006 })
      const refused = yield* Effect.async<string>((resume) => {
        net.connect(Number(new URL(restUrl).port), "127.0.0.1").on(
          "error",
          (error) => resume(Effect.succeed(String(error)))
        )
      })
      assert.include(refused, "ECONNREFUSED")
    }))
})
