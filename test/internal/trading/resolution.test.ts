import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { Outcome, Unresolvable } from "../../../src/Command.ts"
import type { SessionEvent } from "../../../src/internal/account/events.ts"
import * as LiveOrders from "../../../src/internal/trading/liveOrders.ts"
import * as Resolution from "../../../src/internal/trading/resolution.ts"
import { fromOrders, type Shown } from "../../../src/OrderOutcome.ts"
import * as Flags from "../../../src/protocol/Flags.ts"
import * as Cid from "../../../src/protocol/internal/cid.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
import * as Lost from "../../support/lostSubmission.ts"
import { order } from "../../support/orders.ts"

const { cidDate } = Lost

/** a resolver, with its published outcomes, and the orders that it passes to `onLate` */
const setUp = Effect.gen(function*() {
  const run = Runtime.runFork(yield* Effect.runtime<never>())
  const liveOrders = LiveOrders.make()
  /** open orders that the socket has shown */
  const known = new Map<number, Order>()
  const handled: Array<number> = []
  const published: Array<string> = []
  const resolver = Resolution.make({
    fork: (effect) => void run(effect),
    after: (millis, expire) => {
      const fiber = run(Effect.zipRight(Effect.sleep(millis), Effect.sync(expire)))
      return () => void run(Fiber.interrupt(fiber))
    },
    steady: () => 0,
    liveOrders,
    known: { orders: known },
    onLate: ({ orders }) => Effect.sync(() => void handled.push(...orders.map(({ id }) => id)))
  })
  yield* Effect.fork(
    Stream.runForEach(
      resolver.resolutions,
      ({ isLate, outcome }) => Effect.sync(() => published.push(isLate ? `late ${outcome._tag}` : outcome._tag))
    )
  )
  yield* TestClock.adjust(0)
  /** loses the answer to a submission, whose outcome is then found after a second */
  const lose = (cid: number, resolved: Outcome, found: Shown | Unresolvable | undefined, legs: 1 | 2 = 1) => {
    const state = { isForgotten: false }
    const { operation, plan, unresolved } = Lost.make({
      cid,
      legs,
      resolve: Effect.delay(Effect.succeed(resolved), "1 second"),
      found,
      watched: 60_000,
      forget: () => {
        state.isForgotten = true
      }
    })
    liveOrders.onSent(operation, Date.parse(cidDate))
    resolver.start(operation, plan, unresolved)
    return state
  }
  return { resolver, liveOrders, known, published, handled, lose }
})

/** resolves one submission by a plan */
const play = (resolved: Outcome, found: Shown | Unresolvable | undefined) =>
  Effect.gen(function*() {
    const { handled, liveOrders, lose, published } = yield* setUp
    const state = lose(yield* Cid.next, resolved, found)
    yield* TestClock.adjust("30 seconds")
    const during = liveOrders.get().orders.map(({ state }) => state)
    yield* TestClock.adjust("1 minute")
    return { published, handled, during, after: liveOrders.get().orders.length, isForgotten: state.isForgotten }
  })

const unresolvable = Resolution.unresolvable("the venue shows orders without a cid, and one of them may be this order")

const placed = fromOrders({ cid: 1, open: [order({ id: 9 })], past: [] })!

describe("a submission of which nothing proves which order it is", () => {
  it.effect("is watched for: once an order shows its cid it is published, and treated by `onLate`", () =>
    Effect.gen(function*() {
      const { handled, isForgotten, published } = yield* play(unresolvable, placed)
      assert.deepStrictEqual(published, ["Unresolvable", "late Placed"])
      assert.deepStrictEqual(handled, [9])
      assert.isTrue(isForgotten)
    }))

  it.effect("counts as one that may be live for as long as it is watched for, and no longer", () =>
    Effect.gen(function*() {
      const { after, during, handled, published } = yield* play(unresolvable, undefined)
      assert.deepStrictEqual([during, after, handled, published], [["sent"], 0, [], ["Unresolvable"]])
    }))

  it.effect("orders that may be another program's are named at the end, and not cancelled", () =>
    Effect.gen(function*() {
      const { handled, published } = yield* play({ _tag: "NotSeen", cid: 1, cidDate }, unresolvable)
      assert.deepStrictEqual([published, handled], [["NotSeen", "late Unresolvable"], []])
    }))
})

describe("a submission whose scope has ended", () => {
  it.effect("is published as late and handled by `onLate` if its outcome was being resolved", () =>
    Effect.gen(function*() {
      const { handled, lose, published, resolver } = yield* setUp
      lose(7, placed, undefined)
      resolver.orphan([7])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([published, handled], [["late Placed"], [9]])
    }))

  it.effect("is not confused with a later one of another scope under the same cid given by the user", () =>
    Effect.gen(function*() {
      const { handled, lose, published, resolver } = yield* setUp
      lose(7, { _tag: "NeverPlaced", cid: 7, cidDate }, undefined)
      yield* TestClock.adjust("2 seconds")
      resolver.orphan([7])
      lose(7, placed, undefined)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([published, handled], [["NeverPlaced", "Placed"], []])
    }))
})

describe("an OCO that appears late, whose second order alone names the first", () => {
  const flags = Flags.order.oco
  const stop = order({ id: 10, cid: null, placedId: 9, flags })
  const update = (rows: ReadonlyArray<Order>) =>
    ({ _tag: "Update", family: "orders", type: "on", rows, unread: [] }) as unknown as SessionEvent // of the rest nothing is used here

  it.effect("both are published and handled by `onLate`, and an order of another OCO is not", () =>
    Effect.gen(function*() {
      const { handled, lose, published, resolver } = yield* setUp
      const cid = yield* Cid.next
      lose(cid, { _tag: "NeverPlaced", cid, cidDate }, undefined, 2)
      yield* TestClock.adjust("2 seconds")
      resolver.onOrders(update([order({ id: 9, cid, flags })]))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([published, handled], [["NeverPlaced", "late Placed"], [9]])
      resolver.onOrders(update([order({ id: 12, cid: null, placedId: 11, flags })]))
      resolver.onOrders(update([order({ id: 13, cid: null, placedId: 9, flags: 0 })]))
      resolver.onOrders(update([stop]))
      // once
      resolver.onOrders(update([stop]))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([published, handled], [["NeverPlaced", "late Placed", "late Placed"], [9, 9, 10]])
    }))

  it.effect("both are handled at once if the socket has shown the second already", () =>
    Effect.gen(function*() {
      const { handled, known, lose, published } = yield* setUp
      known.set(stop.id, stop)
      const cid = yield* Cid.next
      lose(
        cid,
        { _tag: "NotSeen", cid, cidDate },
        fromOrders({ cid, open: [order({ id: 9, cid, flags })], past: [] }),
        2
      )
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual([published, handled], [["NotSeen", "late Placed"], [9, 10]])
    }))
})
