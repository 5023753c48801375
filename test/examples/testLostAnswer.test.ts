import { assert, it } from "@effect/vitest"
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as TestClient from "effect-bitfinex/testing/TestClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

/** the code under test */
const buy = Effect.gen(function*() {
  const { login } = yield* AccountConnection.AccountConnection
  const { submitOrderResolved } = yield* Trading.Trading
  yield* login
  return yield* submitOrderResolved({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 50_000 })
})

it.scoped("buys once when the answer is lost", () =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    const venue = yield* exchange.account("demo-key")
    yield* exchange.inject(Fault.LoseNotification.make({ input: "on" }))
    const fiber = yield* Effect.fork(buy)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "Accepted")
    assert.deepStrictEqual((yield* exchange.faults).map(({ fault }) => fault._tag), ["LoseNotification"])
    assert.deepStrictEqual(venue.commands().map(({ accepted, type }) => [type, accepted]), [["on", true]])
    assert.lengthOf((yield* exchange.frames).filter(({ text }) => text.startsWith(`[0,"on"`)), 1)
  }).pipe(Effect.provide(TestClient.layer({ symbols: ["tBTCUSD"] }))))
