import { assert, it } from "@effect/vitest"
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as TestClient from "effect-bitfinex/testing/TestClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

/** the code under test: keeps an order in the book until it is stopped, and then cancels it */
const bot = Effect.gen(function*() {
  const account = yield* AccountConnection.AccountConnection
  const trading = yield* Trading.Trading
  const { submitOrderResolved } = yield* trading.cancelOnExit()
  const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 50_000 } as const
  const place = Effect.zipRight(account.login, submitOrderResolved(order, { within: "5 minutes" }))
  yield* place.pipe(
    // unsent
    Effect.retry({ while: (error) => error._tag === "ConnectionClosed" }),
    // never placed; or not seen, and if it appears late after all, it is cancelled: see `onLate`
    Effect.repeat({ while: (outcome) => outcome._tag === "NeverPlaced" || outcome._tag === "NotSeen" })
  )
  return yield* Effect.never
}).pipe(Effect.scoped)

for (const point of ["received", "executed", "notified"] as const) {
  it.scoped(`one order, and no open order in the end, when the connection is lost: ${point}`, () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const venue = yield* exchange.account("demo-key")
      // the same happens to the order and then to its cancellation
      yield* exchange.inject(Fault.DropOnCommand.make({ input: "on", point }))
      yield* exchange.inject(Fault.DropOnCommand.make({ input: "oc_multi", point }))
      const fiber = yield* Effect.fork(bot)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(venue.orders(), 1)
      const stopping = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(stopping)
      assert.lengthOf(venue.orders(), 0)
      assert.isTrue([...venue.counts().values()].every((times) => times === 1))
    }).pipe(Effect.provide(TestClient.layer({ symbols: ["tBTCUSD"], step: 1000, tick: 1000 }))))
}
