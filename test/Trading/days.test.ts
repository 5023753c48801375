import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import { pass } from "../support/market.ts"
import { type Gate, gate, layer, live, newYear, resting, settings } from "../support/trading.ts"

/** sent on the last day of 2023, and placed on the first day of 2024 */
const [sentOn, placedOn] = ["2023-12-31", "2024-01-01"] as const

const aroundMidnight =
  (frames?: Gate) => <A, E, R>(test: Effect.Effect<A, E, R | Effect.Effect.Context<typeof live>>) =>
    Effect.zipRight(
      TestClock.setTime(newYear - 5000),
      Effect.provide(test, layer({ settings, latency: 200, ...(frames === undefined ? {} : { gate: frames }) }))
    )

/** the result of an effect that takes a second at most */
const soon = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* pass("1 second")
    return yield* Fiber.join(fiber)
  })

/** logged in, 100 ms before midnight */
const late = Effect.gen(function*() {
  const { trading, venue } = yield* live
  yield* pass("3900 millis")
  return { trading, venue }
})

describe("an order that leaves this machine before midnight and is placed after it", () => {
  it.scoped("has the day of the venue in the answer and in the exposure", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* late
      const order = yield* soon(trading.submitOrder(resting))
      assert.strictEqual(order.by, "on-req")
      assert.strictEqual(new Date(venue.orders()[0]!.mtsCreate).toISOString().slice(0, 10), placedOn)
      assert.strictEqual(order.cidDate, placedOn)
      assert.deepStrictEqual((yield* trading.exposure).orders.map(({ cidDate }) => cidDate), [placedOn])
    }).pipe(aroundMidnight()))

  it.scoped("has it too when the event of the order is the answer", () => {
    const frames = gate()
    frames.holds = (text) => text.startsWith(`[0,"n"`)
    return Effect.gen(function*() {
      const { trading } = yield* late
      const order = yield* soon(trading.submitOrder(resting))
      assert.deepStrictEqual([order.by, order.cidDate], ["on", placedOn])
    }).pipe(aroundMidnight(frames))
  })

  it.scoped("is found by its cid and the day of either clock", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* late
      const { cid } = yield* soon(trading.submitOrder({ ...resting, cid: 7 }))
      yield* soon(trading.updateOrder({ cid, cidDate: sentOn, price: 9000 }))
      assert.deepStrictEqual(venue.orders().map(({ price }) => price), [9000])
      const [updated] = yield* soon(
        trading.orderMultiOp({ ops: [["ou", { cid, cidDate: sentOn, price: 8000 }]] })
      )
      assert.isTrue(Either.isRight(updated!))
      assert.deepStrictEqual(venue.orders().map(({ price }) => price), [8000])
      yield* soon(trading.cancelOrder({ cid, cidDate: sentOn }))
      assert.lengthOf(venue.orders(), 0)
    }).pipe(aroundMidnight()))

  it.scoped("is among several that are cancelled by cids and days", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* late
      const { cid, cidDate } = yield* soon(trading.submitOrder(resting))
      const other = yield* soon(trading.submitOrder(resting))
      yield* soon(trading.cancelOrders({ cid: [[cid, sentOn], [other.cid, other.cidDate]] }))
      assert.strictEqual(cidDate, placedOn)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(aroundMidnight()))

  it.scoped("does not stand for an order of the other day that has the same cid", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const first = yield* soon(trading.submitOrder({ ...resting, cid: 7 }))
      yield* pass("2900 millis")
      const second = yield* soon(trading.submitOrder({ ...resting, cid: 7 }))
      assert.deepStrictEqual([first.cidDate, second.cidDate], [sentOn, placedOn])
      yield* soon(trading.cancelOrder({ cid: 7, cidDate: sentOn }))
      assert.deepStrictEqual(venue.orders().map(({ id }) => id), [second.id])
    }).pipe(aroundMidnight()))

  it.scoped("has it in the outcome that is found after its answer was lost", () => {
    const frames = gate()
    frames.holds = (text) => text.startsWith(`[0,"on"`) || text.startsWith(`[0,"n"`)
    return Effect.gen(function*() {
      const { trading, venue } = yield* late
      const rest = yield* RestAuthClient.RestAuthClient
      const fiber = yield* Effect.fork(trading.submitOrderResolved(resting))
      yield* pass("20 seconds")
      const outcome = yield* Fiber.join(fiber)
      assert(outcome._tag === "Placed")
      assert.strictEqual(outcome.cidDate, placedOn)
      yield* soon(rest.cancelOrder({ cid: outcome.cid, cidDate: outcome.cidDate }))
      assert.lengthOf(venue.orders(), 0)
    }).pipe(aroundMidnight(frames))
  })

  it.scoped("over REST has the day of the venue, by which it is cancelled", () =>
    Effect.gen(function*() {
      const { venue } = yield* late
      const rest = yield* RestAuthClient.RestAuthClient
      const { cid, cidDate } = yield* soon(rest.submitOrder(resting))
      assert.strictEqual(cidDate, placedOn)
      yield* soon(rest.cancelOrder({ cid, cidDate }))
      assert.lengthOf(venue.orders(), 0)
    }).pipe(aroundMidnight()))
})
