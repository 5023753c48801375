import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as Bitfinex from "../../src/Bitfinex.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { resting } from "../support/trading.ts"

// Over real sockets, in real time, with short deadlines.

const accountOn = ({ restUrl, socketUrl }: FakeExchange.Service) =>
  Bitfinex.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }).pipe(
    Layer.provide(
      BitfinexConfig.layer({
        rest: { publicUrl: restUrl, authUrl: restUrl },
        socket: { url: socketUrl, reconnect: Schedule.spaced("100 millis") },
        account: { url: socketUrl, commandTimeout: "600 millis", orderSettle: "300 millis" }
      })
    )
  )

const served = <A, E>(
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
    }).pipe(Effect.provide(accountOn(exchange)))
  }).pipe(
    Effect.scoped,
    Effect.provide(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"] })),
    Effect.provide(Logger.remove(Logger.defaultLogger))
  )

/** until it holds, for some seconds at most */
const eventually = (text: string, holds: Effect.Effect<boolean>): Effect.Effect<void> =>
  holds.pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (isTrue) => isTrue }),
    Effect.timeout("10 seconds"),
    Effect.catchAll(() => Effect.sync(() => assert.fail(text)))
  )

describe("Trading over real sockets", () => {
  it.live("a refusal without a cid that concerns another program does not refuse the order", () =>
    served(({ exchange, trading }) =>
      Effect.gen(function*() {
        yield* exchange.inject(Fault.StrayAnswer.make({ as: "empty", input: "on" }))
        yield* exchange.inject(Fault.ShowLate.make({ millis: 300, where: "both" }))
        const { id } = yield* trading.submitOrder(resting)
        const account = yield* exchange.account("demo-key")
        assert.deepStrictEqual(account.orders().map((order) => order.id), [id])
      })
    ))

  it.live("an order on a path that stalls is not taken for one that was never placed, and does not stay open", () =>
    served(({ exchange, trading }) =>
      Effect.gen(function*() {
        const outcomes: Array<string> = []
        yield* Effect.forkScoped(
          Stream.runForEach(trading.resolutions, ({ outcome }) => Effect.sync(() => outcomes.push(outcome._tag)))
        )
        const overAt = exchange.market.now() + 3000
        yield* exchange.inject(Fault.Stall.make({ millis: 3000 }))
        const error = yield* Effect.flip(trading.submitOrder(resting))
        assert.strictEqual(error._tag, "OutcomeUnknown")
        // the socket is given up, and another one logs in
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
