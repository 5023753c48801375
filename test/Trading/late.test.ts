import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Resolution } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { begin, gather, inject, pass, settle } from "../support/market.ts"
import {
  commandFrames,
  type Gate,
  gate,
  inMemory,
  leaving,
  live,
  pair,
  reported,
  resting,
  settings as shortWaits
} from "../support/trading.ts"

const settings = {
  ...shortWaits,
  account: { ...shortWaits.account, commandTimeout: "10 seconds", orderSettle: "3 seconds" }
} as const

describe("an order that appears after its scope of `cancelOnExit` has closed", () => {
  for (const millis of [8000, 15_000]) {
    it.scoped(`is cancelled and published, ${millis} ms after the submission`, () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
        const { close, orders, reports } = yield* leaving(trading)
        yield* inject(Fault.SlowCommand.make({ input: "on", millis }))
        const ended = yield* begin(orders.submitOrder(resting))
        yield* begin(close)
        yield* pass("7 seconds")
        assert.deepStrictEqual(reports, ["MayBeOpen"])
        assert.isNotNull(ended(), "the submission outlives its scope")
        yield* pass("30 seconds")
        assert.lengthOf(venue.ordersHistory(), 1)
        assert.lengthOf(venue.orders(), 0)
        assert.includeMembers([...reported(resolutions)], ["late Placed", "late Cancelled"])
        assert.deepStrictEqual((yield* trading.exposure).orders, [])
      }).pipe(inMemory({ settings })))
  }
})

describe("an interrupted command", () => {
  it.scoped("whose order appears after it was reported as never placed is published and cancelled", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 30_000 }))
      const fiber = yield* Effect.fork(trading.submitOrder(resting))
      yield* pass("1 second")
      yield* Fiber.interrupt(fiber)
      yield* pass("20 seconds")
      assert.deepStrictEqual(reported(resolutions), ["NeverPlaced"])
      yield* pass("30 seconds")
      assert.lengthOf(venue.ordersHistory(), 1)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reported(resolutions), ["NeverPlaced", "late Placed", "late Cancelled"])
    }).pipe(inMemory({ settings })))
})

/** ids of the orders of each late outcome */
const late = (resolutions: ReadonlyArray<Resolution>): ReadonlyArray<readonly [string, ReadonlyArray<number>]> =>
  resolutions.flatMap(({ isLate, outcome }) =>
    isLate && "orders" in outcome && "id" in outcome
      ? [[outcome._tag, outcome.orders.map(({ id }) => id).sort((a, b) => a - b)] as const]
      : []
  )

/** submits a pair that is placed 30 s later, long after it was reported as never placed */
const latePair = Effect.gen(function*() {
  const { trading, venue } = yield* live
  const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
  yield* inject(Fault.SlowCommand.make({ input: "on", millis: 30_000 }))
  const fiber = yield* Effect.fork(trading.submitOrder(pair))
  yield* pass("1 second")
  yield* Fiber.interrupt(fiber)
  yield* pass("20 seconds")
  assert.deepStrictEqual(reported(resolutions), ["NeverPlaced"])
  return { trading, venue, resolutions }
})

/** holds the frames of the exchange about the second order of a pair */
const holdsStop = (): Gate => Object.assign(gate(), { holds: (text: string) => text.includes(`"EXCHANGE STOP"`) })

describe("an OCO that appears after it was reported as never placed", () => {
  it.scoped("both orders are published, and cancelled by their ids", () =>
    Effect.gen(function*() {
      const { resolutions, trading, venue } = yield* latePair
      yield* pass("30 seconds")
      const ids = venue.ordersHistory().map(({ id }) => id).sort((a, b) => a - b)
      assert.lengthOf(ids, 2)
      assert.lengthOf(venue.orders(), 0)
      const cancelled = yield* commandFrames("oc")
      assert.includeMembers(cancelled.map(({ body }) => body.id), ids)
      assert.deepStrictEqual(late(resolutions), [["Placed", ids], ["Cancelled", ids]])
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(inMemory({ settings })))

  it.scoped("a second order that the venue names, and does not show, is cancelled", () => {
    const gate = holdsStop()
    return Effect.gen(function*() {
      const { resolutions, venue } = yield* latePair
      yield* pass("30 seconds")
      const ids = venue.ordersHistory().map(({ id }) => id).sort((a, b) => a - b)
      assert.includeMembers((yield* commandFrames("oc")).map(({ body }) => body.id), ids)
      assert.deepStrictEqual(late(resolutions).at(-1), ["Cancelled", ids])
    }).pipe(inMemory({ settings, gate }))
  })

  it.scoped("a second order that is shown later is published and counted too", () => {
    const gate = holdsStop()
    return Effect.gen(function*() {
      const { resolutions, trading, venue } = yield* latePair
      // too short for the gap in the sequence to show
      yield* pass("9200 millis")
      const ids = venue.orders().map(({ id }) => id).sort((a, b) => a - b)
      assert.lengthOf(ids, 2)
      assert.deepStrictEqual(late(resolutions), [["Placed", ids.slice(0, 1)]])
      assert.strictEqual((yield* trading.exposure).bySymbol["tBTCUSD"]?.buy, 0.1)
      gate.release()
      gate.holds = () => false
      yield* settle
      assert.deepStrictEqual(late(resolutions).slice(1), [["Placed", ids]])
      const [order] = (yield* trading.exposure).orders
      assert.sameMembers([...order!.ids], ids)
      // the other one ends with it
      yield* venue.cancel(ids[0]!)
      yield* settle
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(inMemory({ settings, gate, trading: { onLate: "keep" } }))
  })
})

describe("Trading.exposure", () => {
  it.scoped("an order that ended while the socket was away counts no longer, though REST shows its end late", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* begin(trading.submitOrder(resting))
      yield* inject(Fault.ShowLate.make({ millis: 20_000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.cancel(venue.orders()[0]!.id)
      yield* pass("90 seconds")
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(inMemory({ settings, tick: 1000 })))
})
