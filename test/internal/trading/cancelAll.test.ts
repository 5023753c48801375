import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Fault from "../../../src/testing/Fault.ts"
import { inject, pass, settle } from "../../support/market.ts"
import { inMemory, live, resting, settings } from "../../support/trading.ts"

const inScope = Effect.gen(function*() {
  const { account, exchange, trading, venue } = yield* live
  const scope = yield* Scope.make()
  const orders = yield* Scope.extend(trading.cancelOnExit({ within: "20 seconds" }), scope)
  const submit = (order: Parameters<typeof orders.submitOrder>[0], wait: "0 millis" | "3 seconds" = "0 millis") =>
    Effect.zipRight(Effect.fork(Effect.exit(orders.submitOrder(order))), pass(wait))
  /** calls that the end of the scope took */
  const close = Effect.gen(function*() {
    const before = (yield* exchange.counts).requests
    const fiber = yield* Effect.fork(Scope.close(scope, Exit.void))
    yield* pass("8 seconds")
    assert.isNotNull(fiber.unsafePoll(), "the scope has not ended")
    return (yield* exchange.counts).requests - before
  })
  return { account, submit, close, venue }
})

describe("Trading.cancelOnExit, over a long time", () => {
  it.scoped("orders that ended while the socket was away are not remembered for ever", () =>
    Effect.gen(function*() {
      const { close, submit, venue } = yield* inScope
      for (let k = 0; k < 5; k++) yield* submit({ ...resting, price: 10000 + k })
      const [kept, ...others] = venue.orders()
      assert.lengthOf(others, 4)
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* Effect.forEach(others, ({ id }) => venue.cancel(id))
      yield* pass("5 seconds")
      yield* venue.cancel(kept!.id)
      yield* settle
      assert.strictEqual(yield* close, 0)
    }).pipe(inMemory({ settings })))

  it.scoped(
    "nor is one that never came to be; one that is open is cancelled, however old",
    () =>
      Effect.gen(function*() {
        const { account, close, submit, venue } = yield* inScope
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "received" }))
        yield* submit(resting, "3 seconds")
        yield* submit({ ...resting, price: 11000 })
        const [open] = venue.orders()
        yield* Effect.fork(account.close())
        yield* pass("61 minutes")
        yield* Effect.fork(account.login)
        yield* pass("5 seconds")
        assert.deepStrictEqual(venue.orders().map(({ id }) => id), [open!.id])
        // a cancellation over the socket, its proof, and no look for the other one
        assert.isAtMost(yield* close, 3)
        assert.lengthOf(venue.orders(), 0)
      }).pipe(inMemory({ settings, tick: 5_000 })),
    60_000
  )

  it.scoped("orders under one cid are both cancelled", () =>
    Effect.gen(function*() {
      const { close, submit, venue } = yield* inScope
      yield* submit({ ...resting, cid: 7 })
      yield* submit({ ...resting, cid: 7, price: 11000 })
      assert.lengthOf(venue.orders(), 2)
      yield* close
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})
