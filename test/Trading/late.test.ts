import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Resolution } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { gather, inject, pass, settle } from "../support/market.ts"
import { inMemory, live, resting } from "../support/trading.ts"

const settings = {
  account: {
    commandTimeout: "10 seconds",
    orderSettle: "3 seconds",
    connectLimit: { count: 100, per: "15 seconds" }
  },
  socket: { reconnect: Schedule.spaced("500 millis") }
} as const

const begin = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<() => Exit.Exit<A, E> | null> =>
  Effect.map(Effect.zipLeft(Effect.fork(effect), settle), (fiber) => () => fiber.unsafePoll())

const named = (resolutions: ReadonlyArray<Resolution>): ReadonlyArray<string> =>
  resolutions.map(({ isLate, outcome }) => isLate ? `late ${outcome._tag}` : outcome._tag)

describe("an order that appears after its scope of `cancelOnExit` has closed", () => {
  for (const millis of [8000, 15_000]) {
    it.scoped(`is cancelled and published, ${millis} ms after the submission`, () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
        const reports: Array<string> = []
        const scope = yield* Scope.make()
        const orders = yield* Scope.extend(
          trading.cancelOnExit({ onReport: ({ _tag }) => Effect.sync(() => void reports.push(_tag)) }),
          scope
        )
        yield* inject(Fault.SlowCommand.make({ input: "on", millis }))
        const ended = yield* begin(orders.submitOrder(resting))
        yield* begin(Scope.close(scope, Exit.void))
        yield* pass("7 seconds")
        assert.deepStrictEqual(reports, ["MayBeOpen"])
        assert.isNotNull(ended(), "the submission outlives its scope")
        yield* pass("30 seconds")
        assert.lengthOf(venue.ordersHistory(), 1)
        assert.lengthOf(venue.orders(), 0)
        assert.includeMembers([...named(resolutions)], ["late Placed", "late Cancelled"])
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
      assert.deepStrictEqual(named(resolutions), ["NeverPlaced"])
      yield* pass("30 seconds")
      assert.lengthOf(venue.ordersHistory(), 1)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(named(resolutions), ["NeverPlaced", "late Placed", "late Cancelled"])
    }).pipe(inMemory({ settings })))
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
