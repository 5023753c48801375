import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as Bitfinex from "../src/Bitfinex.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as ChannelEvent from "../src/ChannelEvent.ts"
import * as MarketData from "../src/MarketData.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as RestClient from "../src/RestClient.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as TestClient from "../src/testing/TestClient.ts"
import * as Trading from "../src/Trading.ts"

const Local = Bitfinex.layerPublic.pipe(Layer.provide(FakeExchange.layerConfig))

describe("Bitfinex.layerPublic", () => {
  it.live("connects REST and channels to the hosts of the settings, over real HTTP and sockets", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const [over, asked] = yield* Effect.gen(function*() {
        const rest = yield* RestClient.RestClient
        const asked = yield* rest.ticker({ symbol: "tBTCUSD" })
        const over = yield* MarketData.ticker("tBTCUSD").pipe(ChannelEvent.rows, Stream.take(1), Stream.runCollect)
        return [Array.from(over), asked] as const
      }).pipe(Effect.provide(Local))
      assert.isNotNull(asked.lastPrice)
      assert.lengthOf(over, 1)
      assert.deepStrictEqual((yield* exchange.requests).map(({ method, path }) => `${method} ${path}`), [
        "GET /v2/ticker/tBTCUSD"
      ])
    }).pipe(Effect.provide(FakeExchange.layerServer({ history: 600_000 }))))

  it.live("is closed at once with its scope, with 1000 and a reason, also when the socket is idle", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const before = yield* Clock.currentTimeMillis
      yield* MarketData.ticker("tBTCUSD").pipe(Stream.take(1), Stream.runDrain, Effect.provide(Local))
      assert.isBelow((yield* Clock.currentTimeMillis) - before, 4000)
      yield* exchange.connections.pipe(
        Effect.repeat({
          until: (all) => all.every(({ state }) => state === "closed"),
          schedule: Schedule.spaced("10 millis").pipe(Schedule.upTo("2 seconds"))
        })
      )
      assert.deepStrictEqual(
        (yield* exchange.connections).map(({ code, endedBy, reason }) => ({ code, endedBy, reason })),
        [{ code: 1000, endedBy: "client", reason: "done" }]
      )
    }).pipe(Effect.provide(FakeExchange.layerServer({ history: 600_000 }))))

  for (const allowed of [1, 2]) {
    it.live(`opens ${allowed} of 2 sockets at once where the settings allow ${allowed}`, () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const Limited = Layer.provide(
          Local,
          BitfinexConfig.layer({
            socket: { channelsPerSocket: 1, connectLimit: { count: allowed, per: "60 seconds" } }
          })
        )
        yield* Effect.forEach(
          ["tBTCUSD", "tETHUSD"] as const,
          (symbol) => Stream.runDrain(MarketData.ticker(symbol)),
          { concurrency: "unbounded" }
        ).pipe(Effect.timeoutOption("1 second"), Effect.provide(Limited))
        assert.strictEqual((yield* exchange.counts).upgrades, allowed)
      }).pipe(Effect.provide(FakeExchange.layerServer({ history: 600_000 }))))
  }

  it.live("shares the budget of connections with all programs of the process", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const settings = BitfinexConfig.layer({ socket: { connectLimit: { count: 2, per: "60 seconds" } } })
      yield* Effect.forEach(
        ["tBTCUSD", "tETHUSD", "tBTCUSD", "tETHUSD", "fUSD"] as const,
        // each one builds its own layers
        (symbol) => Effect.provide(Stream.runDrain(MarketData.ticker(symbol)), Layer.provide(Local, settings)),
        { concurrency: "unbounded" }
      ).pipe(Effect.timeoutOption("1 second"))
      assert.strictEqual((yield* exchange.counts).upgrades, 2)
    }).pipe(Effect.provide(FakeExchange.layerServer({ history: 600_000 }))))
})

describe("Bitfinex.layer", () => {
  const key = { apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }
  for (
    const [options, account, field, text] of [
      [key, { post_only: true }, "post_only", "it has dms, filter, onLate, postOnly"],
      [key, { postOnly: "yes" }, "postOnly", "true or false"],
      [key, { onLate: "ignore" }, "onLate", "cancel or keep"],
      [key, null, "account", "one object"],
      [{ apiKey: "key", apiSecret: "secret" }, {}, "apiKey", "Redacted.make"],
      [{ key: "key", secret: "secret" }, {}, "apiKey", "give apiKey and apiSecret, or token"]
    ] as ReadonlyArray<readonly [options: any, account: any, field: string, text: string]>
  ) {
    it.scoped(`input from a program without types is refused by its name: ${field}, ${text}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(Bitfinex.layer(options, account)))
        assert.strictEqual(error.field, field)
        assert.include(error.message, text)
        assert.notInclude(error.message, "\"secret\"")
      }))
  }
})

describe("the same options, of the services by themselves", () => {
  const base = Layer.mergeAll(TestClient.layer(), FakeExchange.layerMemory(), RateLimiter.layerMemory)
  /** what building it fails with, or dies of */
  const errorOf = <A, E>(layer: Layer.Layer<A, E>) =>
    Effect.map(Effect.flip(Effect.sandbox(Layer.build(layer))), (cause) => Cause.squash(cause))

  for (
    const [name, make] of [
      ["Trading.layer", (options) => Layer.provide(Trading.layer(options), base)],
      ["RestAuthClient.layer", (options) => Layer.provide(RestAuthClient.layer(options), base)],
      ["AccountConnection.layer", (options) => Layer.provide(AccountConnection.layer(options), base)],
      ["TestClient.layer: account", (account) => TestClient.layer({ account })]
    ] as ReadonlyArray<readonly [name: string, make: (options: any) => Layer.Layer<any, unknown>]>
  ) {
    it.scoped(`${name}: a misspelled one is refused by its name`, () =>
      Effect.gen(function*() {
        const error: any = yield* errorOf(make({ post_only: true }))
        assert.deepInclude(error, { _tag: "InvalidInput", operation: name, field: "post_only", value: true })
        assert.include(error.reason, "there is no such parameter")
      }))
    if (name === "AccountConnection.layer") continue
    it.scoped(`${name}: one that is of another kind is refused`, () =>
      Effect.gen(function*() {
        const error: any = yield* errorOf(make({ postOnly: "yes" }))
        assert.deepInclude(error, { _tag: "InvalidInput", operation: name, field: "postOnly", value: "yes" })
      }))
  }
})
