import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as AccountConnection from "../../../src/AccountConnection.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import * as Trading from "../../../src/Trading.ts"
import { failureOf, inject, pass } from "../../support/market.ts"
import * as SteppedClock from "../../support/steppedClock.ts"
import { commandFrames, inMemory, resting } from "../../support/trading.ts"

const hour = 3_600_000

describe("a process that slept", () => {
  it.scoped("sends no command that was called before", () =>
    Effect.gen(function*() {
      const { clock, set } = yield* SteppedClock.make()
      yield* Effect.gen(function*() {
        const trading = yield* Trading.Trading
        yield* inject(Fault.DelaySnapshot.make({ type: "os", millis: 2000 }))
        const order = yield* Effect.fork(trading.submitOrder(resting))
        yield* pass("1 second")
        assert.isNull(order.unsafePoll())
        set(hour)
        yield* pass("4 seconds")
        const exit = order.unsafePoll()
        const failure = exit === null ? undefined : failureOf(exit)
        assert(failure?._tag === "ConnectionClosed")
        assert.deepStrictEqual([failure.outcome, failure.reason], [
          "unsent",
          "the process slept since the command was called"
        ])
        assert.lengthOf(yield* commandFrames("on"), 0)
      }).pipe(inMemory(), Effect.withClock(clock))
    }))

  it.scoped("is not live, and sends nothing, before the pong to a later ping", () =>
    Effect.gen(function*() {
      const { clock, set } = yield* SteppedClock.make()
      yield* Effect.gen(function*() {
        const account = yield* AccountConnection.AccountConnection
        const trading = yield* Trading.Trading
        yield* Effect.fork(account.login)
        yield* pass("2 seconds")
        yield* inject(Fault.MutePong.make({}))
        // the steady clock stood still meanwhile
        set(hour)
        const order = yield* Effect.fork(trading.submitOrder(resting))
        yield* pass("1 second")
        const exit = order.unsafePoll()
        const failure = exit === null ? undefined : failureOf(exit)
        assert(failure?._tag === "ConnectionClosed")
        assert.strictEqual(failure.outcome, "unsent")
        // the socket was not closed, and the message does not say so
        assert.match(
          failure.message,
          /^Trading.submitOrder was not sent: "(the process slept|the login is not confirmed)/
        )
        assert.lengthOf(yield* commandFrames("on"), 0)
        assert.isFalse((yield* account.state).isLive)
      }).pipe(inMemory(), Effect.withClock(clock))
    }))

  it.scoped("with a venue that answers the ping at once, commands go through again in the same login", () =>
    Effect.gen(function*() {
      const { clock, set } = yield* SteppedClock.make()
      yield* Effect.gen(function*() {
        const account = yield* AccountConnection.AccountConnection
        const trading = yield* Trading.Trading
        yield* Effect.fork(account.login)
        yield* pass("2 seconds")
        set(hour)
        yield* pass("3 seconds")
        const { isLive, login } = yield* account.state
        assert.deepStrictEqual([isLive, login?.epoch], [true, 1])
        const order = yield* Effect.fork(trading.submitOrder(resting))
        yield* pass("1 second")
        assert.isNumber((yield* Fiber.join(order)).id)
      }).pipe(inMemory(), Effect.withClock(clock))
    }))
})
