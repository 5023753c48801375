import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"

/** An exchange on loopback and a client over real sockets: events are awaited, without sleeping. */
const overLoopback = (settings: BitfinexConfig.Overrides = {}) =>
  Effect.provide(
    MarketData.layer.pipe(
      Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]),
      Layer.provide(
        BitfinexConfig.layer({
          socket: { reconnect: Schedule.spaced("10 millis"), closeTimeout: "100 millis" }
        }, settings)
      ),
      Layer.provide(FakeExchange.layerConfig),
      Layer.provideMerge(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"], step: 20, tick: 20 })),
      Layer.provide(Logger.remove(Logger.defaultLogger))
    )
  )

const book = MarketData.book({ symbol: "tBTCUSD" })

/** the first element that satisfies a predicate */
const first = <A, E, R>(stream: Stream.Stream<A, E, R>, is: (element: A) => boolean) =>
  Effect.map(Stream.runHead(Stream.filter(stream, is)), Option.getOrThrow)

/** waits until the exchange has seen the end of a connection */
const ended = (id: number) =>
  Effect.flatMap(FakeExchange.FakeExchange, (exchange) =>
    exchange.connections.pipe(
      Effect.map((all) => all.find((each) => each.id === id)),
      Effect.repeat({ until: (each) => each?.state === "closed", schedule: Schedule.spaced("5 millis") })
    )).pipe(Effect.andThen(Effect.flatMap(FakeExchange.FakeExchange, (exchange) =>
      Effect.map(exchange.connections, (all) =>
        all.find((each) =>
          each.id === id
        )!))))

describe("NodeSocket", () => {
  it.scopedLive("streams over a real socket", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect(Stream.take(book, 30))
      const tags = [...events].map(({ _tag }) => _tag)
      assert.strictEqual(tags[0], "Snapshot")
      assert.include(tags, "Update")
      assert.include(tags, "Checksum")
      assert.notInclude(tags, "Malformed")
    }).pipe(overLoopback()))

  for (const code of [1000, 3000, 4000, 4999]) {
    it.scopedLive(`close with ${code} and a reason reaches the other side`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const market = yield* MarketData.MarketData
        const stream = yield* Effect.fork(Stream.runDrain(book))
        yield* exchange.awaitChannels(1)
        yield* market.close(code, "enough ✓")
        assert.deepInclude(yield* ended(1), { endedBy: "client", code, reason: "enough ✓" })
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(stream)))
      }).pipe(overLoopback()))
  }

  it.scopedLive("a closed port: the reason names the refusal", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      yield* Effect.fork(Stream.runDrain(book))
      const problem = yield* first(market.problems, ({ _tag }) => _tag === "Disconnected")
      assert.include(problem._tag === "Disconnected" ? problem.reason : "", "ECONNREFUSED")
    }).pipe(overLoopback({ socket: { url: "ws://localhost:1/ws/2" } })))

  for (const code of [1006, 1001, 1011, 4000]) {
    it.scopedLive(`a close with ${code} does not end the stream`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const stream = yield* Effect.fork(first(book, (event) => event._tag === "Snapshot" && event.epoch === 2))
        yield* exchange.awaitChannels(1)
        yield* exchange.inject(Fault.Drop.make({ code }))
        assert.strictEqual((yield* Fiber.join(stream))._tag, "Snapshot")
      }).pipe(overLoopback()))
  }

  for (const status of [429, 503, "reset"] as const) {
    it.scopedLive(`an upgrade that is refused with ${status} is reported and retried`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const market = yield* MarketData.MarketData
        const problem = yield* Effect.fork(first(market.problems, ({ _tag }) => _tag === "Disconnected"))
        yield* Effect.yieldNow()
        yield* exchange.inject(Fault.Refuse.make({ times: 2, status }))
        assert.strictEqual((yield* first(book, () => true))._tag, "Snapshot")
        const reported = yield* Fiber.join(problem)
        assert.match(
          reported._tag === "Disconnected" ? reported.reason : "",
          status === "reset" ? /socket hang up|ECONNRESET/ : new RegExp(`${status}`)
        )
      }).pipe(overLoopback()))
  }

  for (const retryAfter of [1, "Wed, 21 Oct 2099 07:28:00 GMT"]) {
    it.scopedLive(`an upgrade that is refused with Retry-After: ${retryAfter} is not tried again before`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const market = yield* MarketData.MarketData
        yield* exchange.inject(Fault.Refuse.make({ times: 1, status: 429, retryAfter }))
        yield* Effect.forkScoped(Stream.runDrain(book))
        const queued = yield* first(market.states, (all) => all["public-1"]?._tag === "Queued")
        const state = queued["public-1"]
        assert.strictEqual(state?._tag === "Queued" && state.seconds, retryAfter === 1 ? 1 : 300)
        assert.strictEqual((yield* exchange.counts).upgrades, 1)
      }).pipe(overLoopback()))
  }

  it.scopedLive("a frame beyond the limit costs the socket; the stream continues", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const market = yield* MarketData.MarketData
      const problem = yield* Effect.fork(first(market.problems, ({ _tag }) => _tag === "Disconnected"))
      const stream = yield* Effect.fork(first(book, (event) => event._tag === "Snapshot" && event.epoch === 2))
      yield* exchange.awaitChannels(1)
      yield* exchange.inject(Fault.Huge.make({ bytes: 200_000 }))
      yield* Fiber.join(stream)
      const reported = yield* Fiber.join(problem)
      assert.match(reported._tag === "Disconnected" ? reported.reason : "", /payload/i)
    }).pipe(overLoopback({ socket: { maxFrameBytes: 100_000 } })))

  it.scopedLive("a frame of 10 MB, and a binary one, within the limit: one problem each", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const market = yield* MarketData.MarketData
      const problems = yield* Effect.fork(Stream.runCollect(Stream.take(market.problems, 2)))
      yield* Effect.fork(Stream.runDrain(book))
      yield* exchange.awaitChannels(1)
      yield* exchange.inject(Fault.Huge.make({ bytes: 10_000_000 }))
      yield* exchange.inject(Fault.SendBinary.make({ bytes: [1, 2, 3] }))
      assert.deepStrictEqual(
        [...yield* Fiber.join(problems)].map((each) => each._tag === "Malformed" && each.reason),
        ["array without a channel id", "binary frame"]
      )
      assert.lengthOf(yield* exchange.connections, 1)
    }).pipe(overLoopback()))

  it.scopedLive("a peer that never answers the close frame is terminated after the deadline", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const market = yield* MarketData.MarketData
      yield* Effect.fork(Stream.runDrain(book))
      yield* exchange.awaitChannels(1)
      yield* exchange.inject(Fault.HalfOpen.make({}))
      yield* market.close(4000, "enough")
      assert.deepInclude(yield* ended(1), { code: 1006 })
    }).pipe(overLoopback()))

  it.scopedLive("suspend: the kernel holds back unread data, and everything arrives in the end", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      let open = false
      const gate = Effect.repeat(Effect.sync(() => open), { until: (is) => is, schedule: Schedule.spaced("5 millis") })
      const stream = yield* Effect.fork(
        MarketData.book({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.suspend(8) }).pipe(
          Stream.tap(() => gate),
          Stream.take(60),
          Stream.runCollect
        )
      )
      yield* exchange.awaitChannels(1)
      const [connection] = yield* Effect.repeat(exchange.connections, {
        until: ([one]) => one!.sent > 40,
        schedule: Schedule.spaced("5 millis")
      }).pipe(Effect.andThen(exchange.connections))
      assert.isAbove(connection!.sent, 40)
      open = true
      const events = [...yield* Fiber.join(stream)]
      assert.deepStrictEqual([...new Set(events.map(({ epoch }) => epoch))], [1])
      assert.isFalse(events.some(({ _tag }) => _tag === "Gap" || _tag === "Interrupted"))
    }).pipe(overLoopback()))

  it.live("nothing remains of a client whose scope has closed, in whatever state it was", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const sockets = () =>
        process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TCPConnectWrap/.test(name)).length
      const layer = MarketData.layer.pipe(
        Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]),
        Layer.provide(BitfinexConfig.layer({ socket: { closeTimeout: "100 millis", channelsPerSocket: 1 } })),
        Layer.provide(FakeExchange.layerConfig)
      )
      for (const fault of [undefined, Fault.Refuse.make({ times: 1 }), Fault.SlowHandshake.make({ millis: 60_000 })]) {
        if (fault !== undefined) yield* exchange.inject(fault)
        const { upgrades } = yield* exchange.counts
        const scope = yield* Scope.make()
        const market = Context.get(yield* Layer.buildWithScope(layer, scope), MarketData.MarketData)
        const stream = yield* Effect.fork(Stream.runDrain(market.ticker({ symbol: "tBTCUSD" })))
        yield* Effect.repeat(exchange.counts, {
          until: (counts) => counts.upgrades > upgrades,
          schedule: Schedule.spaced("5 millis")
        })
        yield* Scope.close(scope, Exit.void)
        yield* Fiber.await(stream)
      }
      yield* Effect.repeat(exchange.connections, {
        until: (all) => all.every(({ state }) => state === "closed"),
        schedule: Schedule.spaced("5 millis")
      })
      // the server's end of the slow handshake is not read, so the server does not notice that its client is gone
      yield* Effect.repeat(Effect.sync(sockets), {
        until: (count) => count <= 1,
        schedule: Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(100))
      })
      assert.isAtMost(sockets(), 1)
    }).pipe(
      Effect.provide(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"] })),
      Effect.provide(Logger.remove(Logger.defaultLogger))
    ))
})
