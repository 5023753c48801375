import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Exposure } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { begin, failureOf, gather, inject, pass, settle } from "../support/market.ts"
import { gate, inMemory, live, resting, settings } from "../support/trading.ts"

/** an accepted order of 0.1, and the amounts that may be bought and sold */
const placed = Effect.gen(function*() {
  const { trading, venue } = yield* live
  yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
  const { cid, id } = venue.orders()[0]!
  const worst = Effect.map(trading.exposure, ({ bySymbol: { tBTCUSD } }) => [tBTCUSD?.buy ?? 0, tBTCUSD?.sell ?? 0])
  return { trading, venue, cid: cid!, id, worst }
})

describe("Trading.exposure", () => {
  it.scoped("is the sum of the amounts that may still be executed, by symbol and side, after each change", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const seen = yield* gather<Exposure, never, never>(trading.exposureChanges)
      const now = Effect.map(trading.exposure, ({ bySymbol }) => bySymbol)
      yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
      yield* begin(trading.submitOrder({ ...resting, amount: "0.2" }))
      yield* begin(trading.submitOrder({ ...resting, amount: "-0.05", price: 200_000 }))
      assert.deepStrictEqual(yield* now, { tBTCUSD: { buy: 0.3, sell: 0.05 } })
      const [first, second] = venue.orders()
      yield* venue.fill(first!.id, 0.04)
      yield* settle
      assert.deepStrictEqual(yield* now, { tBTCUSD: { buy: 0.26, sell: 0.05 } })
      // ended while no event arrived: looked up after the login
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.cancel(second!.id)
      yield* pass("3 seconds")
      const left = first!.amountOrig === 0.1 ? 0.06 : 0.16
      assert.deepStrictEqual((yield* now)["tBTCUSD"]?.buy, left)
      yield* begin(trading.cancelOrders({ all: true }))
      assert.deepStrictEqual(yield* trading.exposure, { orders: [], bySymbol: {} })
      yield* settle
      assert.deepStrictEqual(seen.at(-1), { orders: [], bySymbol: {} })
    }).pipe(inMemory({ settings })))

  it.scoped("has the id of an order of a batch as soon as its answer arrives", () => {
    const frames = gate()
    frames.holds = (text) => text.startsWith(`[0,"on"`)
    return Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* begin(trading.orderMultiOp({ ops: [["on", resting], ["on", { ...resting, cid: 7 }]] }))
      const { orders } = yield* trading.exposure
      assert.deepStrictEqual(orders.map(({ state }) => state), ["accepted", "accepted"])
      assert.deepStrictEqual(orders.map(({ ids }) => ids), venue.orders().map(({ id }) => [id]))
    }).pipe(inMemory({ settings, gate: frames }))
  })

  it.scoped("two open orders that were given one cid count both, with a change in flight of the first", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* begin(trading.submitOrder({ ...resting, amount: "0.1", cid: 7 }))
      const first = venue.orders()[0]!
      yield* inject(Fault.SlowCommand.make({ input: "ou", millis: 500 }))
      yield* begin(trading.updateOrder({ id: first.id, amount: "0.3" }))
      yield* begin(trading.submitOrder({ ...resting, amount: "0.2", cid: 7 }))
      const [, second] = venue.orders()
      const now = Effect.map(trading.exposure, ({ bySymbol, orders }) => [bySymbol["tBTCUSD"]?.buy, orders.length])
      assert.deepStrictEqual(yield* now, [0.5, 2])
      yield* pass("1 second")
      assert.deepStrictEqual(yield* now, [0.5, 2])
      yield* begin(trading.cancelOrder({ id: first.id }))
      assert.deepStrictEqual(yield* now, [0.2, 1])
      assert.deepStrictEqual((yield* trading.exposure).orders[0]?.ids, [second!.id])
      yield* venue.cancel(second!.id)
      yield* settle
      assert.deepStrictEqual(yield* now, [undefined, 0])
    }).pipe(inMemory({ settings })))

  it.scoped("an order that the venue does not find counts no more, though the event of its end could not be read", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* placed
      yield* inject(Fault.MalformedAccountEvent.make({ type: "oc", how: "notRow" }))
      yield* venue.cancel(id)
      yield* pass("1 second")
      assert.lengthOf((yield* trading.exposure).orders, 1)
      assert.strictEqual(failureOf((yield* begin(trading.cancelOrder({ id })))()!)?._tag, "OrderNotFound")
      yield* pass("3 seconds")
      assert.lengthOf((yield* trading.exposure).orders, 0)
    }).pipe(inMemory({ settings })))

  it.scoped("nor does one that a command named by its cid", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* begin(trading.submitOrder({ ...resting, cid: 7 }))
      yield* inject(Fault.Lose.make({ match: "account:oc", counted: false }))
      yield* venue.cancel(venue.orders()[0]!.id)
      yield* pass("1 second")
      assert.lengthOf((yield* trading.exposure).orders, 1)
      const cancelled = yield* begin(trading.cancelOrder({ cid: 7, cidDate: "2024-01-01" }))
      assert.strictEqual(failureOf(cancelled()!)?._tag, "OrderNotFound")
      yield* pass("3 seconds")
      assert.lengthOf((yield* trading.exposure).orders, 0)
    }).pipe(inMemory({ settings })))

  it.scoped("an update of the amount counts with the new one, under either rule of the venue", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      for (const rule of ["sum", "first"] as const) {
        yield* inject(Fault.OriginalAmount.make({ rule }))
        yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
        const { id } = venue.orders().at(-1)!
        yield* begin(trading.updateOrder({ id, amount: "0.3" }))
        assert.deepStrictEqual((yield* trading.exposure).bySymbol, { tBTCUSD: { buy: 0.3, sell: 0 } })
        yield* begin(trading.cancelOrder({ id }))
      }
    }).pipe(inMemory({ settings })))

  it.scoped("an update in flight counts with the larger of the old and the new amount, until it is answered", () =>
    Effect.gen(function*() {
      const { cid, id, trading, worst } = yield* placed
      yield* inject(Fault.SlowCommand.make({ input: "ou", millis: 500, times: 4 }))
      yield* begin(trading.updateOrder({ id, amount: "0.3" }))
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      assert.deepStrictEqual((yield* trading.exposure).orders.map(({ amount }) => amount), [0.3])
      yield* pass("600 millis")
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      // by cid and day
      yield* begin(trading.updateOrder({ cid, cidDate: "2024-01-01", amount: "0.05" }))
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      yield* pass("600 millis")
      assert.deepStrictEqual(yield* worst, [0.05, 0])
      yield* begin(trading.updateOrder({ id, delta: "0.02" }))
      assert.deepStrictEqual(yield* worst, [0.07, 0])
      yield* pass("600 millis")
      yield* begin(trading.updateOrder({ id, delta: "-0.03" }))
      assert.deepStrictEqual(yield* worst, [0.07, 0])
      yield* pass("600 millis")
      assert.deepStrictEqual(yield* worst, [0.04, 0])
    }).pipe(inMemory({ settings })))

  it.scoped("an update that is refused, or not sent, counts no longer", () =>
    Effect.gen(function*() {
      const { id, trading, worst } = yield* placed
      yield* inject(Fault.SlowCommand.make({ input: "ou", millis: 500 }))
      const refused = yield* begin(trading.updateOrder({ id, amount: "100000" }))
      assert.deepStrictEqual(yield* worst, [100_000, 0])
      yield* pass("600 millis")
      assert.isTrue(Exit.isFailure(refused()!))
      assert.deepStrictEqual(yield* worst, [0.1, 0])
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* settle
      const unsent = yield* begin(trading.updateOrder({ id, amount: "0.3" }))
      assert.strictEqual(failureOf(unsent()!)?._tag, "Maintenance")
      assert.deepStrictEqual(yield* worst, [0.1, 0])
    }).pipe(inMemory({ settings })))

  it.scoped("an update of unknown outcome counts until it is proven, or can no longer arrive", () =>
    Effect.gen(function*() {
      const { id, trading, venue, worst } = yield* placed
      // read and executed, and the answer lost with the socket
      yield* inject(Fault.DropOnCommand.make({ input: "ou", point: "executed" }))
      yield* begin(trading.updateOrder({ id, amount: "0.3" }))
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      yield* pass("5 seconds")
      yield* venue.fill(id, 0.1)
      yield* settle
      assert.deepStrictEqual(yield* worst, [0.2, 0])
      // never executed: it counts while it may still arrive, and then no longer
      yield* inject(Fault.DropOnCommand.make({ input: "ou", point: "received", code: 1001 }))
      yield* begin(trading.updateOrder({ id, amount: "0.5" }))
      assert.deepStrictEqual(yield* worst, [0.5, 0])
      yield* pass("1 second")
      assert.deepStrictEqual(yield* worst, [0.5, 0])
      yield* pass("10 seconds")
      assert.deepStrictEqual(yield* worst, [0.2, 0])
    }).pipe(inMemory({ settings })))

  it.scoped("an update that nothing proves counts until its order ends", () =>
    Effect.gen(function*() {
      const { id, trading, worst } = yield* placed
      // 1006 is no proof that the frame cannot arrive
      yield* inject(Fault.DropOnCommand.make({ input: "ou", point: "received", code: 1006 }))
      yield* begin(trading.updateOrder({ id, amount: "0.5" }))
      yield* pass("20 seconds")
      assert.deepStrictEqual(yield* worst, [0.5, 0])
      yield* begin(trading.cancelOrder({ id }))
      assert.deepStrictEqual(yield* trading.exposure, { orders: [], bySymbol: {} })
    }).pipe(inMemory({ settings })))

  it.scoped("a replacement counts with the larger of both orders, until the second is submitted", () =>
    Effect.gen(function*() {
      const { id, trading, venue, worst } = yield* placed
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 500 }))
      yield* begin(trading.replaceOrder({ id, order: { ...resting, amount: "0.3", price: 11000 } }))
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      yield* pass("5 seconds")
      assert.deepStrictEqual(venue.orders().map(({ amount }) => amount), [0.3])
      assert.deepStrictEqual(yield* worst, [0.3, 0])
      // to the other side: both count
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 500 }))
      const last = venue.orders()[0]!.id
      const order = { ...resting, amount: "-100000", price: 200_000 }
      const ended = yield* begin(trading.replaceOrder({ id: last, order }))
      assert.deepStrictEqual(yield* worst, [0.3, 100_000])
      yield* pass("5 seconds")
      // the second was refused
      assert.isTrue(Exit.isFailure(ended()!))
      assert.deepStrictEqual(yield* trading.exposure, { orders: [], bySymbol: {} })
    }).pipe(inMemory({ settings })))
})
