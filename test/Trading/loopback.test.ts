import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { demoOn, served } from "../support/loopback.ts"
import { resting } from "../support/trading.ts"

// Over real sockets, in real time, with short deadlines.

const settings = { account: { commandTimeout: "600 millis", orderSettle: "300 millis" } } as const

const traded = <A, E>(
  test: (on: {
    readonly trading: Trading.Service
    readonly exchange: FakeExchange.Service
  }) => Effect.Effect<A, E, FakeExchange.FakeExchange>
) =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    yield* Effect.gen(function*() {
      const trading = yield* Trading.Trading
      yield* Effect.flatMap(AccountConnection.AccountConnection, ({ login }) => login)
      yield* test({ trading, exchange })
    }).pipe(Effect.provide(demoOn(exchange, {}, settings)))
  }).pipe(served)

/** until it holds, for some seconds at most */
const eventually = (text: string, holds: Effect.Effect<boolean>): Effect.Effect<void> =>
  holds.pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (isTrue) => isTrue }),
    Effect.timeout("10 seconds"),
    Effect.catchAll(() => Effect.sync(() => assert.fail(text)))
  )

describe("Trading over real sockets", () => {
  it.live("a refusal without a cid that concerns another program does not refuse the order", () =>
    traded(({ exchange, trading }) =>
      Effect.gen(function*() {
        yield* exchange.inject(Fault.StrayAnswer.make({ as: "empty", input: "on" }))
        yield* exchange.inject(Fault.ShowLate.make({ millis: 300, where: "both" }))
        const { id } = yield* trading.submitOrder(resting)
        const account = yield* exchange.account("demo-key")
        assert.deepStrictEqual(account.orders().map((order) => order.id), [id])
      })
    ))

  it.live("an order on a path that stalls is not taken for one that was never placed, and does not stay open", () =>
    traded(({ exchange, trading }) =>
      Effect.gen(function*() {
        const outcomes: Array<string> = []
        yield* Effect.forkScoped(
          Stream.runForEach(trading.resolutions, ({ outcome }) => Effect.sync(() => outcomes.push(outcome._tag)))
        )
        const overAt = exchange.market.now() + 3000
        yield* exchange.inject(Fault.Stall.make({ millis: 3000 }))
        const error = yield* Effect.flip(trading.submitOrder(resting))
        assert.strictEqual(error._tag, "OutcomeUnknown")
        // the socket is abandoned, and another one logs in
        yield* eventually("no other login", Effect.map(exchange.connections, (all) => all.length > 1))
        yield* eventually("no outcome", Effect.sync(() => outcomes.length > 0))
        assert.notInclude(outcomes, "NeverPlaced")
        const account = yield* exchange.account("demo-key")
        // the stall is over, and its bytes were delivered or dropped
        yield* eventually("the stall goes on", Effect.sync(() => exchange.market.now() > overAt + 500))
        assert.deepStrictEqual(account.orders(), [])
      }).pipe(Effect.scoped)
    ))
})
