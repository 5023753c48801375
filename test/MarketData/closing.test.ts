import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as WsConnection from "../../src/WsConnection.ts"
import { connections, gather, inject, inMemory, pass, settle, start, steady, turns } from "../support/market.ts"

/** a service in a separate scope, connected to the exchange of the test */
const open = (settings: BitfinexConfig.Overrides = {}) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const layer = MarketData.layer.pipe(
      Layer.provide(RateLimiter.layerMemory),
      Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "1 second" } }, settings))
    )
    const context = yield* Layer.buildWithScope(layer, scope)
    return { market: Context.get(context, MarketData.MarketData), scope }
  })

/** closes a scope while the clock advances by itself */
const close = (scope: Scope.CloseableScope, exit: Exit.Exit<unknown, unknown> = Exit.void) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Scope.close(scope, exit))
    yield* settle
    return fiber
  })

describe("MarketData: closing", () => {
  it.scoped("close ends all streams, and the exchange receives the code and the reason", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      const states = yield* gather(market.states)
      const consumers = [
        yield* start(market.ticker({ symbol: "tBTCUSD" })),
        yield* start(market.trades({ symbol: "tBTCUSD" })),
        yield* start(market.trades({ symbol: "fUSD" }))
      ]
      yield* pass("1 second")
      yield* Effect.fork(market.close(4321, "lunch ✓"))
      yield* pass("1 second")
      const all = yield* connections
      assert.lengthOf(all, 2)
      for (const each of all) {
        assert.deepInclude(each, { state: "closed", endedBy: "client", code: 4321, reason: "lunch ✓" })
      }
      for (const each of consumers) assert.isTrue(Exit.isSuccess(each.exit()!))
      assert.deepStrictEqual(states.at(-1), {})
      const closed = states.flatMap((each) => Object.values(each)).filter(({ _tag }) => _tag === "Closed")
      assert.deepStrictEqual(closed[0], { _tag: "Closed", code: 4321, reason: "lunch ✓" })
      // the service can be used again
      const again = yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* pass("1 second")
      assert.deepStrictEqual(turns(again.events), ["Snapshot 1"])
    }).pipe(inMemory({ settings: { socket: { channelsPerSocket: 2 } } })))

  it.scoped("close of one connection", () =>
    Effect.gen(function*() {
      const connection = yield* WsConnection.WsConnection
      yield* start(connection.ticker({ symbol: "tBTCUSD" }))
      const other = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* Effect.fork(connection.close(3001))
      yield* pass("1 second")
      assert.deepStrictEqual((yield* connections).map(({ code }) => code), [3001, undefined])
      assert.isUndefined(other.exit())
    }).pipe(inMemory()))

  for (
    const [name, exit, code, reason] of [
      ["success", Exit.void, 1000, "done"],
      ["interruption", Exit.interrupt(FiberId.none), 1000, "done"],
      ["failure", Exit.fail("boom"), 3000, "the program failed"],
      ["defect", Exit.die("boom"), 3000, "the program failed"]
    ] as const
  ) {
    it.scoped(`a scope that ends with ${name} closes with ${code}`, () =>
      Effect.gen(function*() {
        const { market, scope } = yield* open()
        yield* start(market.ticker({ symbol: "tBTCUSD" }))
        yield* pass("1 second")
        yield* close(scope, exit)
        assert.deepInclude((yield* connections)[0], { state: "closed", endedBy: "client", code, reason })
      }).pipe(inMemory()))
  }

  it.scoped("a peer that does not answer the close frame is awaited only until the deadline", () =>
    Effect.gen(function*() {
      const { market, scope } = yield* open({ socket: { closeTimeout: "150 millis" } })
      yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* pass("1 second")
      yield* inject(Fault.HalfOpen.make({}))
      const closing = yield* close(scope)
      assert.isNull(closing.unsafePoll())
      yield* pass(150)
      assert.isNotNull(closing.unsafePoll())
      yield* settle
      assert.deepInclude((yield* connections)[0], { state: "closed", code: 1006 })
    }).pipe(inMemory()))

  const moments: ReadonlyArray<
    readonly [name: string, faults: ReadonlyArray<Fault.Fault>, wait: number, sockets: number]
  > = [
    ["is being opened", [Fault.SlowHandshake.make({ millis: 5000 })], 1000, 0],
    ["waits for the info frame", [], 210, 1],
    ["waits for the answer to conf", [Fault.IgnoreConf.make({})], 1000, 1],
    ["waits for a subscription", [Fault.IgnoreSubscribe.make({ times: 1 })], 1000, 1],
    ["waits to connect again", [Fault.Refuse.make({ times: 100 })], 9000, 0]
  ]
  for (const [name, faults, wait, sockets] of moments) {
    it.scoped(`a scope that ends while the socket ${name} leaves nothing behind`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange
        yield* Effect.forEach(faults, inject)
        const supervisor = yield* Supervisor.track
        const { stream, scope } = yield* Effect.supervised(
          Effect.gen(function*() {
            const { market, scope } = yield* open()
            return { scope, stream: yield* start(market.ticker({ symbol: "tBTCUSD" })) }
          }),
          supervisor
        )
        yield* pass(wait)
        const closing = yield* close(scope)
        yield* pass("1 second")
        assert.isNotNull(closing.unsafePoll())
        assert.isDefined(stream.exit())
        const { upgrades } = yield* exchange.counts
        yield* pass("1 minute")
        assert.strictEqual((yield* exchange.counts).upgrades, upgrades)
        const all = yield* connections
        assert.lengthOf(all, sockets)
        for (const each of all) assert.deepInclude(each, { state: "closed", endedBy: "client" })
        assert.deepStrictEqual((yield* supervisor.value).filter((fiber) => fiber.unsafePoll() === null), [])
      }).pipe(inMemory({ latency: 100, step: 1000, tick: 1000 })))
  }

  it.scoped("a stream that starts after the end of its service fails at once, so that it does not look complete", () =>
    Effect.gen(function*() {
      const { market, scope } = yield* open()
      yield* close(scope)
      const late = yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* pass("1 second")
      const exit = late.exit()
      assert.deepInclude(exit === undefined ? undefined : yield* Effect.flip(exit), {
        _tag: "ConnectionEnded",
        operation: "MarketData.ticker",
        isRetryable: false
      })
      assert.lengthOf(yield* connections, 0)
    }).pipe(inMemory()))

  it.scoped("a closed service has no fibers and no sockets while the market continues", () =>
    Effect.gen(function*() {
      const supervisor = yield* Supervisor.track
      const scope = yield* Effect.supervised(
        Effect.gen(function*() {
          const { market, scope } = yield* open({ socket: { channelsPerSocket: 1 } })
          const streams = [
            market.ticker({ symbol: "tBTCUSD" }),
            market.book({ symbol: "tBTCUSD" }),
            market.trades({ symbol: "fUSD" })
          ]
          for (const stream of streams) yield* start(stream)
          yield* pass("2 seconds")
          yield* inject(Fault.Drop.make({ code: 1006, connection: 2 }))
          yield* pass("2 seconds")
          return scope
        }),
        supervisor
      )
      assert.isAbove((yield* supervisor.value).length, 3)
      yield* close(scope)
      yield* pass("10 seconds")
      assert.deepStrictEqual((yield* supervisor.value).filter((fiber) => fiber.unsafePoll() === null), [])
      assert.deepStrictEqual((yield* connections).map(({ state }) => state), ["closed", "closed", "closed", "closed"])
    }).pipe(inMemory()))
})

describe("MarketData: states", () => {
  it.scoped("report the lifecycle of a connection, and a late watcher begins with the current state", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      const states = yield* gather(market.states)
      yield* inject(Fault.Refuse.make({ times: 1, status: 503 }))
      yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* pass("1 second")
      const seen = states.map((each) => each["public-1"])
      assert.deepStrictEqual(seen.map((each) => each?._tag), [undefined, "Connecting", "Waiting", "Connecting", "Live"])
      assert.deepStrictEqual(seen[2], { _tag: "Waiting", attempts: 1, reason: "Unexpected server response: 503" })
      assert.deepInclude(seen[4], { epoch: 2, rtt: null, flags: 65536 + 131072 })
      const late = yield* gather(market.states)
      assert.deepStrictEqual(late, [states.at(-1)!])
    }).pipe(inMemory()))
})
