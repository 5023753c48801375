import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Fault from "../../src/testing/Fault.ts"
import { inject, pass, settle } from "../support/market.ts"
import { inMemory, leaving, live, pair, settings } from "../support/trading.ts"

const begin = <A, E>(effect: Effect.Effect<A, E>) => Effect.zipLeft(Effect.fork(effect), settle)

/** the pair at the exchange: the limit order, and the stop, which has a cid of the exchange */
const placed = Effect.gen(function*() {
  const { trading, venue } = yield* live
  yield* begin(trading.submitOrder(pair))
  const [limit, stop] = venue.orders()
  assert.notStrictEqual(limit!.cid, stop!.cid)
  return { trading, venue, limit: limit!, stop: stop! }
})

describe("an OCO whose second order has another cid", () => {
  it.scoped("the stream follows both orders, and ends with the execution of the second", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const following = yield* begin(Stream.runCollect(trading.submitOrderStream(pair)))
      const [limit, stop] = venue.orders()
      yield* venue.fill(stop!.id)
      yield* pass("10 seconds")
      const events = [...yield* Fiber.join(following)]
      const last = events.at(-1)!
      assert.isTrue(last._tag === "OrderEnded" && last.outcome._tag === "Filled" && last.isComplete)
      assert.isTrue(last._tag === "OrderEnded" && last.outcome.id === stop!.id)
      assert.includeMembers(
        events.flatMap((event) => event._tag === "OrderUpdate" ? [event.order.id] : []),
        [limit!.id, stop!.id]
      )
    }).pipe(inMemory({ settings })))

  it.scoped("the exposure ends with both orders", () =>
    Effect.gen(function*() {
      const { limit, stop, trading, venue } = yield* placed
      const [order] = (yield* trading.exposure).orders
      assert.sameMembers([...order!.ids], [limit.id, stop.id])
      assert.strictEqual(order!.amount, 0.1)
      yield* venue.fill(stop.id)
      yield* settle
      assert.lengthOf((yield* trading.exposure).orders, 0)
    }).pipe(inMemory({ settings })))

  it.scoped("the exposure ends where both orders ended while disconnected", () =>
    Effect.gen(function*() {
      const { stop, trading, venue } = yield* placed
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.fill(stop.id)
      yield* pass("10 seconds")
      assert.lengthOf((yield* trading.exposure).orders, 0)
    }).pipe(inMemory({ settings })))

  it.scoped("the scope of `cancelOnExit` closes with the proof that none is left", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const { close, orders, reports } = yield* leaving(trading)
      // of another group, so that it is the ids that find both
      yield* begin(orders.submitOrder({ ...pair, gid: 7 }))
      assert.lengthOf(venue.orders(), 2)
      yield* begin(close)
      yield* pass("3 seconds")
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports, ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("an outcome that was unknown has both orders", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      const resolving = yield* begin(trading.submitOrderResolved(pair))
      yield* pass("20 seconds")
      const outcome = yield* Fiber.join(resolving)
      assert.isTrue(outcome._tag === "Placed", outcome._tag)
      assert.sameMembers(
        outcome._tag === "Placed" ? outcome.orders.map(({ id }) => id) : [],
        venue.orders().map(({ id }) => id)
      )
      assert.lengthOf(venue.orders(), 2)
    }).pipe(inMemory({ settings })))

  it.scoped("`replaceOrder` of the first subtracts what the second executed", () =>
    Effect.gen(function*() {
      const { limit, stop, trading, venue } = yield* placed
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 500 }))
      const replacing = yield* begin(
        trading.replaceOrder({ id: limit.id, order: { ...pair, priceOcoStop: undefined, flags: undefined } })
      )
      yield* venue.fill(stop.id)
      yield* pass("10 seconds")
      const replaced = yield* Fiber.join(replacing)
      assert.strictEqual(replaced._tag, "NothingLeft")
      assert.strictEqual(replaced.executed, 0.1)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("`replaceOrder` of the first ends both before it submits", () =>
    Effect.gen(function*() {
      const { limit, trading, venue } = yield* placed
      const replacing = yield* begin(
        trading.replaceOrder({ id: limit.id, order: { ...pair, priceOcoStop: undefined, flags: undefined } })
      )
      yield* pass("10 seconds")
      const replaced = yield* Fiber.join(replacing)
      assert.strictEqual(replaced._tag, "Replaced")
      assert.strictEqual(replaced.executed, 0)
      assert.deepStrictEqual(venue.orders().map(({ amount, price }) => [amount, price]), [[0.1, 10_000]])
    }).pipe(inMemory({ settings })))
})
