import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { failureOf, inject, pass, settle } from "../support/market.ts"
import { inMemory, live, resting } from "../support/trading.ts"

/** as in a finalizer: its exit after this time */
const ended = <A, E, R>(effect: Effect.Effect<A, E, R>, within: "11 seconds" | "2 minutes") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkDaemon(Effect.uninterruptible(effect))
    yield* settle
    yield* pass(within)
    return fiber.unsafePoll() ?? Exit.die("it is still under way")
  })

describe("deadlines hold in finalizers, where nothing can be interrupted", () => {
  it.scoped("a command whose answer gets lost ends as unknown, and one before the login as never sent", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.MuteSocket.make({}))
      const submitted = failureOf(yield* ended(trading.submitOrder(resting), "11 seconds"))
      assert.strictEqual(submitted?._tag, "OutcomeUnknown")
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      assert.strictEqual(
        failureOf(yield* ended(trading.cancelOrders({ all: true }), "11 seconds"))?._tag,
        "ConnectionClosed"
      )
    }).pipe(inMemory()))

  it.scoped("before the first login, too", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      const trading = yield* Effect.map(Effect.fork(live), Fiber.join)
      const { trading: service } = yield* Effect.zipRight(pass("1 second"), trading)
      assert.strictEqual(
        failureOf(yield* ended(service.cancelOrders({ all: true }), "11 seconds"))?._tag,
        "ConnectionClosed"
      )
    }).pipe(inMemory()))

  it.scoped("an order whose outcome stays unresolved is reported as unknown within the given time", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.MuteSocket.make({}))
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.HttpFault.make({ match: "auth/r/orders", times: 1000, reply: { _tag: "reset" } }))
      const exit = yield* ended(trading.submitOrderResolved(resting, { within: "1 minute" }), "2 minutes")
      assert.strictEqual(failureOf(exit)?._tag, "OutcomeUnknown")
    }).pipe(inMemory()))

  it.scoped("a caller that waits for a limit gets the next permit", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.RateLimiter
      const key = { host: "h", family: "f" }
      yield* limiter.acquire(key, [1, 60])
      assert.isTrue(Exit.isSuccess(yield* ended(limiter.acquire(key, [1, 60]), "2 minutes")))
    }).pipe(Effect.provide(RateLimiter.layerMemory)))
})
