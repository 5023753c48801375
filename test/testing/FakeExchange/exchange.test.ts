import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { connect, watch } from "../../support/sockets.ts"

const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(FakeExchange.layerMemory({ history: 600_000, symbols: ["tBTCUSD", "fUSD"], ...options }))

/** runs everything that is due now */
const settle = TestClock.adjust(0)

const book = { event: "subscribe", channel: "book", symbol: "tBTCUSD" }
const ticker = { event: "subscribe", channel: "ticker", symbol: "tBTCUSD" }

const opened = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  const client = yield* connect
  yield* settle
  return { exchange, client }
})

const only = Effect.flatMap(FakeExchange.FakeExchange, (exchange) =>
  Effect.map(exchange.connections, (all) => {
    assert.lengthOf(all, 1)
    return all[0]!
  }))

describe("FakeExchange", () => {
  describe("the socket in memory", () => {
    it.effect("opens some time after its constructor, and receives info first", () =>
      Effect.gen(function*() {
        const client = yield* connect
        assert.strictEqual(client.ws.readyState, 0)
        assert.throws(() => client.ws.send("early"), /readyState 0/)
        yield* settle
        assert.strictEqual(client.ws.readyState, 1)
        assert.deepStrictEqual(client.observed.map(({ type }) => type), ["open", "message"])
        assert.deepInclude(client.frames()[0], { event: "info", version: 2 })
      }).pipe(inMemory()))

    it.effect("never emits from within send", () =>
      Effect.gen(function*() {
        const { client } = yield* opened
        let inside = false
        let reentered = false
        client.ws.addEventListener("message", () => {
          reentered ||= inside
        })
        inside = true
        client.ask({ event: "ping", cid: 1 })
        client.ask(ticker)
        inside = false
        assert.lengthOf(client.texts(), 1)
        yield* settle
        assert.isFalse(reentered)
        assert.lengthOf(client.texts(), 4)
        assert.strictEqual(client.ws.bufferedAmount, 0)
      }).pipe(inMemory()))

    it.effect("closes by handshake, and the exchange reports code and reason", () =>
      Effect.gen(function*() {
        const { client } = yield* opened
        client.ws.close(3000, "done for today")
        assert.strictEqual(client.ws.readyState, 2)
        yield* settle
        assert.strictEqual(client.ws.readyState, 3)
        assert.deepStrictEqual(client.observed.at(-1), {
          type: "close",
          code: 3000,
          reason: "done for today",
          wasClean: true
        })
        assert.deepInclude(yield* only, { state: "closed", endedBy: "client", code: 3000, reason: "done for today" })
        client.ws.send("dropped, as by ws")
        yield* settle
        assert.deepStrictEqual((yield* only).frames, [])
      }).pipe(inMemory()))

    it.effect("refuses codes and reasons that a close frame cannot carry", () =>
      Effect.gen(function*() {
        const { client } = yield* opened
        for (const code of [999, 1004, 1005, 1006, 1015, 2000, 5000]) assert.throws(() => client.ws.close(code))
        assert.throws(() => client.ws.close(1000, "x".repeat(124)), RangeError)
        assert.strictEqual(client.ws.readyState, 1)
      }).pipe(inMemory()))

    it.effect("terminate ends it with 1006 on both sides", () =>
      Effect.gen(function*() {
        const { client } = yield* opened
        client.ws.terminate()
        assert.notStrictEqual(client.ws.readyState, 1)
        yield* settle
        assert.deepStrictEqual(client.observed.at(-1), { type: "close", code: 1006, reason: "", wasClean: false })
        assert.deepInclude(yield* only, { state: "closed", endedBy: "client", code: 1006 })
      }).pipe(inMemory()))

    it.effect("closing before it is open is an error and 1006, and opens nothing", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const client = yield* connect
        client.ws.close(1000)
        yield* settle
        assert.deepStrictEqual(client.observed.map(({ type }) => type), ["error", "close"])
        assert.include(client.observed[0]!.message, "closed before the connection was established")
        assert.deepInclude(client.observed[1], { code: 1006, wasClean: false })
        assert.deepStrictEqual(yield* exchange.connections, [])
      }).pipe(inMemory()))

    it.effect("holds all frames while paused, and delivers them in order", () =>
      Effect.gen(function*() {
        const { client, exchange } = yield* opened
        client.ask(book)
        yield* settle
        const before = client.observed.length
        client.ws.pause()
        yield* TestClock.adjust("5 seconds")
        yield* exchange.inject(Fault.Drop.make({ code: 4000, reason: "later" }))
        yield* settle
        assert.lengthOf(client.observed, before)
        client.ws.resume()
        assert.lengthOf(client.observed, before)
        yield* settle
        assert.isAbove(client.observed.length, before + 10)
        assert.deepInclude(client.observed.at(-1), { type: "close", code: 4000 })
      }).pipe(inMemory()))

    it.effect("supports both listener APIs of ws, removes listeners and honours once", () =>
      Effect.gen(function*() {
        const { client } = yield* opened
        const heard: Array<unknown> = []
        const removed = () => heard.push("removed")
        client.ws.addEventListener("message", () => heard.push("once"), { once: true })
        client.ws.addEventListener("message", removed)
        client.ws.removeEventListener("message", removed)
        client.ws.on("message", (data, isBinary) =>
          heard.push([Buffer.isBuffer(data), String(data).slice(0, 15), isBinary]))
        client.ws.on("close", (code, reason) =>
          heard.push([code, String(reason)]))
        client.ask({ event: "ping" })
        client.ask({ event: "ping" })
        yield* settle
        client.ws.close(1000, "bye")
        yield* settle
        const pong = [true, "{\"event\":\"pong\"", false]
        assert.deepStrictEqual(heard, ["once", pong, pong, [1000, "bye"]])
      }).pipe(inMemory()))

    it.effect("latency applies to both directions", () =>
      Effect.gen(function*() {
        const client = yield* connect
        yield* TestClock.adjust(299)
        assert.deepStrictEqual(client.texts(), [])
        yield* TestClock.adjust(1)
        assert.lengthOf(client.texts(), 1)
        client.ask({ event: "ping" })
        yield* TestClock.adjust(199)
        assert.lengthOf(client.texts(), 1)
        yield* TestClock.adjust(1)
        assert.lengthOf(client.texts(), 2)
        // the venue read the clock after half of the round trip
        assert.strictEqual(client.frames()[1].ts % 1000, 400)
      }).pipe(inMemory({ latency: 100 })))
  })

  it.effect("equal options, faults and requests give equal frames; another seed gives others", () => {
    const run = (seed: number) =>
      Effect.gen(function*() {
        const { client, exchange } = yield* opened
        client.ask({ event: "conf", flags: 65536 + 32768 + 131072 })
        for (const channel of ["book", "ticker", "trades"]) {
          for (const symbol of ["tBTCUSD", "fUSD"]) client.ask({ event: "subscribe", channel, symbol })
        }
        yield* TestClock.adjust("10 seconds")
        yield* exchange.inject(Fault.Reorder.make())
        yield* TestClock.adjust("10 seconds")
        return client.texts()
      }).pipe(inMemory({ seed, start: 1_700_000_000_000, script: [{ after: 3000, fault: Fault.Lose.make() }] }))
    return Effect.gen(function*() {
      const [one, same, other] = [yield* run(1), yield* run(1), yield* run(2)]
      assert.isAbove(one.length, 100)
      assert.deepStrictEqual(one, same)
      assert.notDeepEqual(one, other)
    })
  })

  it.effect("records and counts the frames of clients by connection", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const [first, second] = [yield* connect, yield* connect]
      yield* settle
      yield* exchange.awaitConnections(2)
      first.ask(ticker)
      second.ask(ticker)
      second.ask(book)
      second.ws.send("no json")
      yield* settle
      yield* exchange.awaitChannels(3)
      const [one, two] = yield* exchange.connections
      assert.deepStrictEqual(one!.channels.map(({ name }) => name), ["ticker:tBTCUSD"])
      assert.sameMembers(two!.channels.map(({ name }) => name), ["ticker:tBTCUSD", "book:tBTCUSD:P0:F0:25"])
      assert.deepStrictEqual(two!.frames.map(({ json }) => json), [ticker, book, undefined])
      assert.lengthOf(yield* exchange.frames, 4)
      assert.deepInclude(yield* exchange.counts, { upgrades: 2, opened: 2, refused: 0, frames: 4 })
      assert.strictEqual(one!.url, "wss://api-pub.bitfinex.com/ws/2")
      // an id belongs to a channel, not to a connection
      assert.strictEqual(one!.channels[0]!.chanId, two!.channels.find(({ name }) => name.startsWith("ticker"))!.chanId)
    }).pipe(inMemory()))

  it.effect("awaits connections that do not exist yet", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const waiting = yield* Effect.fork(exchange.awaitConnections(1))
      yield* settle
      assert.isNull(waiting.unsafePoll())
      yield* connect
      yield* settle
      assert.isNotNull(waiting.unsafePoll())
    }).pipe(inMemory()))

  it.effect("other paths than /ws/2 are not found", () =>
    Effect.gen(function*() {
      const make = yield* Socket.WebSocketConstructor
      const client = watch(make("wss://api-pub.bitfinex.com/ws/1"))
      yield* settle
      assert.deepInclude(client.observed[0], { type: "error", message: "Unexpected server response: 404" })
    }).pipe(inMemory()))

  it.effect("provides settings that point to itself", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const settings = yield* BitfinexConfig.BitfinexConfig
      assert.strictEqual(settings.rest.publicUrl, exchange.restUrl)
      assert.strictEqual(settings.rest.authUrl, exchange.restUrl)
      assert.strictEqual(settings.socket.url, exchange.socketUrl)
      assert.strictEqual(settings.account.url, exchange.socketUrl)
      assert.strictEqual(settings.socket.channelsPerSocket, BitfinexConfig.defaults.socket.channelsPerSocket)
    }).pipe(
      Effect.provide(FakeExchange.layerConfig.pipe(Layer.provideMerge(FakeExchange.layerMemory({ history: 0 }))))
    ))

  it.effect("when its scope closes, sockets hear 1001, half-open ones 1006, and new ones are refused", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(FakeExchange.layerMemory({ history: 0 }), scope)
      const exchange = Context.get(context, FakeExchange.FakeExchange)
      const [first, second, third] = [
        yield* connect.pipe(Effect.provide(context)),
        yield* connect.pipe(Effect.provide(context)),
        yield* connect.pipe(Effect.provide(context))
      ]
      yield* settle
      first.ask(book)
      third.ws.close(1000, "bye")
      yield* settle
      yield* exchange.inject(Fault.HalfOpen.make({ connection: 2 }))
      const connecting = yield* connect.pipe(Effect.provide(context))
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(first.observed.at(-1), { type: "close", code: 1001, wasClean: true })
      assert.deepInclude(second.observed.at(-1), { type: "close", code: 1006 })
      assert.deepInclude(third.observed.at(-1), { type: "close", code: 1000 })
      const before = first.observed.length
      const late = yield* connect.pipe(Effect.provide(context))
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(first.observed, before)
      assert.deepStrictEqual(connecting.observed.map(({ type }) => type), ["error", "close"])
      assert.deepStrictEqual(late.observed.map(({ type }) => type), ["error", "close"])
    }))

  it.effect("a hundred connections leave no fiber behind", () => {
    const tracked = Effect.gen(function*() {
      const supervisor = yield* Supervisor.track
      const exchange = FakeExchange.layerMemory({ history: 0, symbols: ["tBTCUSD"] })
      const count = Effect.map(supervisor.value, (fibers) => fibers.length)
      return { count, layer: Layer.provide(exchange, Supervisor.addSupervisor(supervisor)) }
    })
    return Effect.flatMap(tracked, ({ count, layer }) =>
      Effect.gen(function*() {
        const { inject } = yield* FakeExchange.FakeExchange
        yield* settle
        const before = yield* count
        assert.isAbove(before, 0)
        for (let round = 0; round < 25; round++) {
          const clients = [yield* connect, yield* connect, yield* connect, yield* connect]
          yield* settle
          for (const client of clients) client.ask(book)
          yield* settle
          clients[0]!.ws.close(1000)
          clients[1]!.ws.terminate()
          clients[2]!.ws.pause()
          yield* inject(Fault.Drop.make({ code: 1006, connection: round * 4 + 3 }))
          yield* inject(Fault.HalfOpen.make({ connection: round * 4 + 4 }))
          yield* settle
          clients[3]!.ws.terminate()
          yield* settle
        }
        assert.isAbove(yield* count, before)
        // longer than the timeout for the answer to a close frame
        yield* TestClock.adjust("31 seconds")
        assert.strictEqual(yield* count, before)
      }).pipe(Effect.provide(layer)))
  })

  describe("HTTP in memory", () => {
    const get = (path: string) => HttpClient.get(`https://api-pub.bitfinex.com${path}`)

    it.effect("answers requests, and records them", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const response = yield* get("/v2/ticker/tBTCUSD?a=b")
        assert.strictEqual(response.status, 200)
        assert.include(response.headers["content-type"], "application/json")
        assert.deepStrictEqual(yield* response.json, exchange.market.ticker("tBTCUSD") as Array<unknown>)
        yield* HttpClient.execute(
          HttpClientRequest.post("https://api.bitfinex.com/v2/calc/fx").pipe(
            HttpClientRequest.bodyUnsafeJson({ ccy1: "BTC", ccy2: "USD" })
          )
        )
        const seen = (yield* exchange.requests).map(({ body, method, path, query }) => ({ body, method, path, query }))
        assert.deepStrictEqual(seen, [
          { body: "", method: "GET", path: "/v2/ticker/tBTCUSD", query: "a=b" },
          { body: `{"ccy1":"BTC","ccy2":"USD"}`, method: "POST", path: "/v2/calc/fx", query: "" }
        ])
      }).pipe(Effect.scoped, inMemory()))

    it.effect("an unknown path is 404", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/v2/nothing/here")).status, 404)
      }).pipe(Effect.scoped, inMemory()))
  })

  it("scripts survive encoding and decoding", () => {
    const script: Fault.Script = [
      { after: 0, fault: Fault.Drop.make({ code: 1006 }) },
      { after: 10, fault: Fault.Refuse.make({ times: 3, status: "reset" }) },
      { after: 20, fault: Fault.Mute.make({ channel: "book:tBTCUSD", connection: 2 }) },
      { after: 30, fault: Fault.SendBinary.make({ bytes: [1, 2, 3] }) },
      { after: 40, fault: Fault.HttpFault.make({ match: "/ticker", reply: { _tag: "status429", retryAfter: 3 } }) }
    ]
    const Text = Schema.parseJson(Fault.Script)
    assert.deepStrictEqual(Schema.decodeSync(Text)(Schema.encodeSync(Text)(script)), script)
    assert.throws(() => Schema.decodeUnknownSync(Text)(`[{"after":0,"fault":{"_tag":"Nonsense"}}]`))
  })
})
