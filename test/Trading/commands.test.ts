import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fault from "../../src/testing/Fault.ts"
import { failureOf, inject } from "../support/market.ts"
import { commandFrames, crossing, inMemory, live, resting, run } from "../support/trading.ts"

/** runs a command and returns its exit; fails if the command is still in flight after this time */
const ended = <A, E, R>(command: Effect.Effect<A, E, R>, within?: Duration.DurationInput) =>
  Effect.flatMap(
    run(command, within),
    (exit) => exit === null ? Effect.dieMessage("the command is still in flight") : Effect.succeed(exit)
  )

const success = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isFailure(exit)) throw new Error(`it failed: ${exit.cause}`)
  return exit.value
}

describe("Trading", () => {
  it.scoped("a resting order is accepted with its id, under a unique cid", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const placed = success(yield* ended(trading.submitOrder(resting)))
      const [order] = venue.orders()
      assert.strictEqual(placed.id, order?.id)
      assert.strictEqual(placed.cid, order?.cid)
      assert.strictEqual(placed.cidDate, "2024-01-01")
      assert.strictEqual(placed.by, "on-req")
      assert.strictEqual(placed.order.symbol, "tBTCUSD")
      assert.isTrue(placed.text?.startsWith("Submitting exchange limit buy order"))
      assert.strictEqual(placed.epoch, 1)
    }).pipe(inMemory()))

  it.scoped("without its notification, the order itself proves that it was accepted", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* inject(Fault.LoseNotification.make({ times: 2 }))
      assert.strictEqual(success(yield* ended(trading.submitOrder(resting))).by, "on")
      const taken = success(yield* ended(trading.submitOrder(crossing)))
      // its trade comes before its end, and names the order
      assert.strictEqual(taken.by, "te")
      const [executed] = venue.ordersHistory()
      assert.deepStrictEqual([taken.id, taken.cid, executed?.status.startsWith("EXECUTED")], [
        executed?.id,
        executed?.cid,
        true
      ])
      assert.deepStrictEqual((yield* trading.exposure).orders.flatMap(({ ids }) => ids), [venue.orders()[0]?.id])
    }).pipe(inMemory()))

  it.scoped("a refusal is the typed error, and nothing is placed", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const poor = failureOf(yield* ended(trading.submitOrder({ ...resting, amount: 1_000_000 })))
      assert.strictEqual(poor?._tag, "InsufficientBalance")
      const small = failureOf(yield* ended(trading.submitOrder({ ...resting, amount: "0.00000001" })))
      assert.include(["InvalidOrder", "ApiError"], small?._tag)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory()))

  it.scoped("an update is accepted by id and by cid, and the order has the new terms", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const { cid, cidDate, id } = success(yield* ended(trading.submitOrder(resting)))
      assert.strictEqual(success(yield* ended(trading.updateOrder({ id, price: 11000 }))).order.price, 11000)
      assert.strictEqual(venue.orders()[0]?.price, 11000)
      success(yield* ended(trading.updateOrder({ cid, cidDate, price: 12000 })))
      assert.strictEqual(venue.orders()[0]?.price, 12000)
      yield* inject(Fault.LoseNotification.make({}))
      const shown = success(yield* ended(trading.updateOrder({ id, price: 12500 })))
      assert.strictEqual(shown.by, "ou")
      const unknown = failureOf(yield* ended(trading.updateOrder({ id: 123, price: 12000 })))
      assert.strictEqual(unknown?._tag, "OrderNotFound")
    }).pipe(inMemory()))

  it.scoped("a cancellation is accepted by id and by cid, or proven by the end of the order", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const first = success(yield* ended(trading.submitOrder(resting)))
      assert.strictEqual(success(yield* ended(trading.cancelOrder({ id: first.id }))).by, "oc-req")
      const { cid, cidDate } = success(yield* ended(trading.submitOrder(resting)))
      success(yield* ended(trading.cancelOrder({ cid, cidDate })))
      assert.lengthOf(venue.orders(), 0)
      const third = success(yield* ended(trading.submitOrder(resting)))
      yield* inject(Fault.LoseNotification.make({}))
      assert.strictEqual(success(yield* ended(trading.cancelOrder({ id: third.id }))).by, "oc")
      assert.strictEqual(failureOf(yield* ended(trading.cancelOrder({ id: third.id })))?._tag, "OrderNotFound")
    }).pipe(inMemory()))

  it.scoped("several are cancelled by ids, groups, cids, or all; with nothing to cancel it succeeds too", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const place = (gid?: number) =>
        Effect.map(ended(trading.submitOrder({ ...resting, ...(gid === undefined ? {} : { gid }) })), success)
      const [a, b, c] = [yield* place(), yield* place(7), yield* place()]
      yield* place()
      assert.deepStrictEqual(
        success(yield* ended(trading.cancelOrders({ id: [a.id] }))).orders.map(({ id }) => id),
        [a.id]
      )
      assert.deepStrictEqual(
        success(yield* ended(trading.cancelOrders({ gid: [7] }))).orders.map(({ id }) => id),
        [b.id]
      )
      success(yield* ended(trading.cancelOrders({ cid: [[c.cid, c.cidDate]] })))
      assert.lengthOf(venue.orders(), 1)
      yield* inject(Fault.LoseNotification.make({}))
      assert.strictEqual(success(yield* ended(trading.cancelOrders({ all: true }))).by, "oc")
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(success(yield* ended(trading.cancelOrders({ all: true }))).orders, [])
    }).pipe(inMemory()))

  it.scoped("each operation of a batch has its own end, in the order of the operations", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const { id } = success(yield* ended(trading.submitOrder(resting)))
      const results = success(
        yield* ended(trading.orderMultiOp({
          ops: [
            ["on", resting],
            ["oc", { id }],
            ["ou", { id: 123, price: 5000 }],
            ["on", { ...resting, amount: 1_000_000 }],
            ["oc_multi", { all: true }]
          ]
        }))
      )
      assert.deepStrictEqual(
        results.map((each) => each._tag === "Right" ? each.right.operation : each.left._tag),
        ["on", "oc", "OrderNotFound", "InsufficientBalance", "oc_multi"]
      )
      assert.lengthOf(venue.orders(), 0)
      assert.lengthOf(yield* commandFrames("ox_multi"), 1)
    }).pipe(inMemory()))

  it.scoped("offers are answered by their terms, one after the other where these are equal", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const terms = { type: "LIMIT", symbol: "fUSD", amount: 100, rate: 0.9, period: 2 } as const
      const [one, two] = success(
        yield* ended(
          Effect.all([trading.submitFundingOffer(terms), trading.submitFundingOffer(terms)], { concurrency: 2 })
        )
      )
      assert.notStrictEqual(one.offer.id, two.offer.id)
      assert.sameMembers(venue.fundingOffers().map(({ id }) => id), [one.offer.id, two.offer.id])
      assert.strictEqual(success(yield* ended(trading.cancelFundingOffer({ id: one.offer.id }))).by, "foc")
      yield* inject(Fault.LoseNotification.make({}))
      const third = success(yield* ended(trading.submitFundingOffer({ ...terms, period: 3 })))
      assert.strictEqual(third.by, "fon")
      const small = failureOf(yield* ended(trading.submitFundingOffer({ ...terms, amount: 1 })))
      assert.isTrue(small !== undefined && small._tag !== "OutcomeUnknown")
      const gone = failureOf(yield* ended(trading.cancelFundingOffer({ id: 1 })))
      assert.isTrue(gone !== undefined && gone._tag !== "OutcomeUnknown")
    }).pipe(inMemory()))
})
