import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { begin, failureOf, settle } from "../support/market.ts"

const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
const Signing = Auth.layer().pipe(Layer.provide([Credentials.layer(key), Nonce.layerProcess]))
const Client = RestAuthClient.layer().pipe(Layer.provide([RateLimiter.layerMemory, Signing]))

const inMemory = Effect.provide(
  FakeExchange.layerMemory({ seed: 7, history: 10_000, step: 2000, symbols: ["tBTCUSD"] })
)

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

/** a client whose layer can be released before the end of the test, and what its requests meet */
const client = (match: string, reply: Fault.HttpReply) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const rest = Context.get(
      yield* Layer.buildWithScope(Layer.provide(Client, BitfinexConfig.layer({})), scope),
      RestAuthClient.RestAuthClient
    )
    const exchange = yield* FakeExchange.FakeExchange
    yield* exchange.inject(Fault.HttpFault.make({ match, times: 1000, reply }))
    return { rest, exchange, release: Effect.zipRight(Scope.close(scope, Exit.void), settle) }
  })

const isInterrupted = (exit: Exit.Exit<unknown, unknown> | null): boolean =>
  exit !== null && Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)

const hang = { _tag: "hang" } as const

describe("the release of the client's layer", () => {
  it.scoped("interrupts reads that are in flight, and those that wait behind them", () =>
    Effect.gen(function*() {
      const { release, rest } = yield* client("/auth/r/", hang)
      const reads = [yield* begin(rest.wallets()), yield* begin(rest.activeOrders())]
      yield* release
      for (const read of reads) assert.isTrue(isInterrupted(read()), String(read()))
    }).pipe(inMemory))

  it.scoped("leaves the outcome of a submission in flight unknown", () =>
    Effect.gen(function*() {
      const { release, rest } = yield* client("/auth/w/", hang)
      const submitting = yield* begin(rest.submitOrder(order))
      assert.isNull(submitting())
      yield* release
      const error = failureOf(submitting()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error!.message, "its layer was released")
    }).pipe(inMemory))

  for (const seconds of [0, 20]) {
    it.scoped(`ends the search for an unknown outcome, ${seconds} s after the submission`, () =>
      Effect.gen(function*() {
        const { exchange, release, rest } = yield* client("/auth/w/", hang)
        const submitting = yield* begin(rest.submitOrderResolved(order))
        const looking = yield* begin(rest.resolveOrder({ cid: 1, cidDate: "1970-01-01" }))
        yield* TestClock.adjust(`${seconds} seconds`)
        // one of its readings is in flight, or it waits for the next
        if (seconds > 0) yield* exchange.inject(Fault.HttpFault.make({ match: "/auth/r/", times: 9, reply: hang }))
        yield* TestClock.adjust(`${seconds} seconds`)
        assert.isNull(submitting())
        yield* release
        const error = failureOf(submitting()!)
        assert.isTrue(error?._tag === "OutcomeUnknown", String(submitting()))
        assert.include(error!.message, "its layer was released")
        assert.isNotNull(looking())
      }).pipe(inMemory))
  }

  it.scoped("a submission that waits behind another one is unsent", () =>
    Effect.gen(function*() {
      const { exchange, release, rest } = yield* client("/auth/w/", hang)
      yield* begin(rest.submitOrder(order))
      const waiting = yield* begin(rest.submitOrder(order))
      yield* release
      const error = failureOf(waiting()!)
      assert.isTrue(error?._tag === "TransportError" && error.outcome === "unsent", String(error))
      assert.lengthOf((yield* exchange.faults).filter(({ fault }) => fault._tag === "HttpFault"), 1)
    }).pipe(inMemory))

  it.scoped("ends the waits for a limit, and for another attempt", () =>
    Effect.gen(function*() {
      const { release, rest } = yield* client("/auth/r/wallets", { _tag: "unavailable503" })
      const repeated = yield* begin(rest.wallets())
      // 45 calls a minute
      const info = yield* begin(Effect.replicateEffect(rest.ledgers({ currency: "USD" }), 100))
      assert.isNull(repeated())
      assert.isNull(info())
      yield* release
      assert.isTrue(isInterrupted(repeated()), String(repeated()))
      assert.isTrue(isInterrupted(info()), String(info()))
    }).pipe(inMemory))

  it.scoped("lets a cancellation go on to its end", () =>
    Effect.gen(function*() {
      const { release, rest } = yield* client("/auth/w/order/cancel", { _tag: "delay", millis: 2000 })
      const { notifyInfo: [placed] } = yield* rest.submitOrder(order)
      const fiber = yield* Effect.fork(rest.cancelOrder({ id: placed!.id }))
      yield* settle
      yield* release
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).notifyInfo?.id, placed!.id)
    }).pipe(inMemory))

  it.scoped("a call that begins afterwards is sent", () =>
    Effect.gen(function*() {
      const { release, rest } = yield* client("/nothing", hang)
      yield* release
      assert.isAbove((yield* rest.wallets()).length, 0)
      // and repeated
      const exchange = yield* FakeExchange.FakeExchange
      yield* exchange.inject(Fault.HttpFault.make({ match: "/wallets", times: 1, reply: { _tag: "empty" } }))
      const fiber = yield* Effect.fork(rest.wallets())
      yield* TestClock.adjust("20 seconds")
      assert.isAbove((yield* Fiber.join(fiber)).length, 0)
    }).pipe(inMemory))
})
