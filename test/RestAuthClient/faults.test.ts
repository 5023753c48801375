import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"

// The client as a bot's test has it: its defaults, the exchange in memory, a TestClock that begins in 1970.

const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
const Signing = Auth.layer().pipe(Layer.provide([Credentials.layer(key), Nonce.layerProcess]))

const inMemory = <A, E>(
  program: Effect.Effect<A, E, RestAuthClient.RestAuthClient | FakeExchange.FakeExchange>,
  settings: BitfinexConfig.Overrides = {},
  http: Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> = Layer.context<HttpClient.HttpClient>()
) =>
  program.pipe(
    Effect.provide(
      RestAuthClient.layer().pipe(
        Layer.provide(RateLimiter.layerProcess),
        Layer.provide([Signing, BitfinexConfig.layer(settings)]),
        Layer.provide(http),
        Layer.provideMerge(FakeExchange.layerMemory({ seed: 7, history: 10_000, step: 2000, symbols: ["tBTCUSD"] }))
      )
    )
  )

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

/** a proxy that mixes up replies: each write of orders but the first receives the reply of the write before it */
const mixedUp = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) => {
    const replies: Array<unknown> = []
    return HttpClient.make((request) =>
      Effect.gen(function*() {
        const response = yield* client.execute(request)
        if (!request.url.includes("auth/w/order")) return response
        replies.push(yield* response.json)
        return HttpClientResponse.fromWeb(request, Response.json(replies.at(-2) ?? replies[0]))
      })
    )
  })
)

const finish = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("40 seconds")
    return yield* Fiber.join(fiber)
  })

const spoil = (match: string, reply: Fault.HttpReply, times = 1) =>
  Effect.flatMap(
    FakeExchange.FakeExchange,
    (exchange) => exchange.inject(Fault.HttpFault.make({ match, times, reply }))
  )

const orders = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  return (yield* exchange.account("demo-key")).orders()
})

describe("RestAuthClient against the exchange in memory", () => {
  describe("the outcome of an order whose submission met a fault", () => {
    const faults: ReadonlyArray<readonly [name: string, reply: Fault.HttpReply, tag: string]> = [
      [
        "500 with an error array that proves nothing",
        { _tag: "errorArray", code: 10000, text: "unknown" },
        "NeverPlaced"
      ],
      [
        "the same after it was executed",
        { _tag: "errorArray", code: 10000, text: "unknown", executed: true },
        "Placed"
      ],
      ["503", { _tag: "unavailable503" }, "NeverPlaced"],
      ["503 after it was executed", { _tag: "unavailable503", executed: true }, "Placed"],
      ["HTML", { _tag: "html" }, "NeverPlaced"],
      ["HTML after it was executed", { _tag: "html", executed: true }, "Placed"],
      ["a truncated body", { _tag: "truncated" }, "Placed"],
      ["an empty body", { _tag: "empty", executed: true }, "Placed"],
      ["an answer of another kind", { _tag: "wrongType" }, "NeverPlaced"],
      ["a connection that breaks on the way there", { _tag: "reset" }, "NeverPlaced"],
      ["a lost reply after execution", { _tag: "loseReply" }, "Placed"],
      ["a reply that comes after the deadline", { _tag: "delay", millis: 20_000 }, "Placed"]
    ]
    for (const [name, reply, tag] of faults) {
      it.effect(`${tag}: ${name}`, () =>
        inMemory(Effect.gen(function*() {
          const rest = yield* RestAuthClient.RestAuthClient
          yield* spoil("order/submit", reply)
          const outcome = yield* finish(rest.submitOrderResolved(order))
          assert.strictEqual(outcome._tag, tag)
          const placed = yield* orders
          assert.deepStrictEqual(placed.map(({ cid }) => cid), tag === "Placed" ? [outcome.cid] : [])
        })))
    }

    it.effect("429 is a refusal: nothing was placed, and there is nothing to find out", () =>
      inMemory(Effect.gen(function*() {
        const rest = yield* RestAuthClient.RestAuthClient
        yield* spoil("order/submit", { _tag: "status429", retryAfter: 2 })
        const error = yield* finish(Effect.flip(rest.submitOrderResolved(order)))
        assert.strictEqual(error._tag === "RateLimited" && error.retryAfter, 2000)
        assert.lengthOf(yield* orders, 0)
      })))
  })

  describe("does not accept the reply of another call", () => {
    it.effect("a submission is resolved, a cancellation stays unknown", () =>
      inMemory(
        Effect.gen(function*() {
          const rest = yield* RestAuthClient.RestAuthClient
          const first = yield* finish(rest.submitOrder(order))
          const second = yield* finish(rest.submitOrderResolved({ ...order, price: 1001 }))
          assert.isTrue(second._tag === "Placed" && second.order.price === 1001, JSON.stringify(second))
          const { id } = first.notifyInfo[0]!
          const cancelled = yield* Effect.flip(finish(rest.cancelOrder({ id })))
          assert.isTrue(cancelled._tag === "DecodeError" && cancelled.outcome === "unknown", String(cancelled))
          assert.include(cancelled.message, "reply of another one")
          const again = yield* Effect.flip(finish(rest.cancelOrder({ id: id + 1 })))
          assert.isTrue(again._tag === "DecodeError", String(again))
        }),
        {},
        mixedUp
      ))
  })

  describe("repeats a read by the default schedule, whose jitter a TestClock can keep", () => {
    for (const reply of [{ _tag: "html" }, { _tag: "reset" }, { _tag: "truncated" }] as const) {
      it.effect(reply._tag, () =>
        inMemory(Effect.gen(function*() {
          const rest = yield* RestAuthClient.RestAuthClient
          yield* spoil("wallets", reply, 3)
          const exit = yield* finish(Effect.exit(rest.wallets()))
          assert.isTrue(Exit.isSuccess(exit), String(exit))
        })))
    }
    it.effect("and by one of the user's", () =>
      inMemory(
        Effect.gen(function*() {
          const rest = yield* RestAuthClient.RestAuthClient
          yield* spoil("wallets", { _tag: "reset" }, 5)
          const exit = yield* finish(Effect.exit(rest.wallets()))
          assert.isTrue(Exit.isSuccess(exit), String(exit))
        }),
        {
          rest: {
            retryReads: Schedule.spaced("0.7 millis").pipe(Schedule.intersect(Schedule.recurs(5)))
          }
        }
      ))
  })

  describe("finds an order whatever the clocks say", () => {
    // the exchange lives in 2024 when the TestClock is in 1970
    it.effect("of a machine that is years behind", () =>
      inMemory(Effect.gen(function*() {
        const rest = yield* RestAuthClient.RestAuthClient
        const { cid, cidDate: ofVenue, notifyInfo } = yield* rest.submitOrder(order)
        assert.strictEqual(ofVenue, "2024-01-01")
        assert.strictEqual((yield* finish(rest.resolveOrder({ cid, cidDate: ofVenue })))._tag, "Placed")
        // the day of a submission without an answer
        const cidDate = "1970-01-01"
        assert.strictEqual((yield* finish(rest.resolveOrder({ cid, cidDate })))._tag, "Placed")
        yield* rest.cancelOrder({ id: notifyInfo[0]!.id })
        assert.strictEqual((yield* finish(rest.resolveOrder({ cid, cidDate, symbol: "tBTCUSD" })))._tag, "Cancelled")
        // it is not known how long ago the day of this clock is: past orders may not reach it
        assert.strictEqual(
          (yield* finish(Effect.flip(rest.resolveOrder({ cid: cid + 1, cidDate }))))._tag,
          "OutcomeUnknown"
        )
      })))

    it.effect("of a small cid, it at least says that the outcome is unknown", () =>
      inMemory(Effect.gen(function*() {
        const rest = yield* RestAuthClient.RestAuthClient
        const { notifyInfo } = yield* rest.submitOrder({ ...order, cid: 7 })
        const ask = finish(Effect.flip(rest.resolveOrder({ cid: 7, cidDate: "1970-01-01" })))
        assert.include((yield* ask).message, "but its day is 2024-01-01")
        yield* rest.cancelOrder({ id: notifyInfo[0]!.id })
        assert.strictEqual((yield* ask)._tag, "OutcomeUnknown")
      })))
  })
})
