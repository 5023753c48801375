import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { orderUnknown } from "../../../src/BitfinexError.ts"
import type { Outcome, Unresolvable } from "../../../src/Command.ts"
import * as LiveOrders from "../../../src/internal/trading/liveOrders.ts"
import type { Operation } from "../../../src/internal/trading/operation.ts"
import * as Resolution from "../../../src/internal/trading/resolution.ts"
import { fromOrders, type Shown } from "../../../src/OrderOutcome.ts"
import * as Cid from "../../../src/protocol/internal/cid.ts"
import { order } from "../../support/orders.ts"

const cidDate = "2024-01-01"

/** resolves one submission by a plan, and answers what was published, and what was handed to `onLate` */
const play = (resolved: Outcome, found: Shown | Unresolvable | undefined) =>
  Effect.gen(function*() {
    const run = Runtime.runFork(yield* Effect.runtime<never>())
    const liveOrders = LiveOrders.make()
    const handled: Array<number> = []
    const published: Array<string> = []
    const resolver = Resolution.make({
      fork: (effect) => void run(effect),
      liveOrders,
      onLate: (shown) => Effect.sync(() => void handled.push(shown.order.id))
    })
    yield* Effect.fork(
      Stream.runForEach(
        resolver.resolutions,
        ({ isLate, outcome }) => Effect.sync(() => published.push(isLate ? `late ${outcome._tag}` : outcome._tag))
      )
    )
    yield* TestClock.adjust(0)
    const cid = yield* Cid.next
    const submission = { cid, symbol: "tBTCUSD", amount: 1, legs: 1 } as const
    const operation = { operation: "test", submission } as unknown as Operation // of the rest nothing is used here
    liveOrders.onSent(operation, Date.parse(cidDate))
    const unknown = orderUnknown({ operation: "test", cid, cidDate, mts: null, reason: "", error: null })
    const plan = {
      resolve: () => Effect.succeed(resolved),
      watch: () => Effect.delay(Effect.succeed(found), "1 minute")
    }
    let isForgotten = false
    resolver.start(operation, plan, {
      unknown,
      sent: 0,
      mark: { epoch: 1, barrier: () => undefined, awaitBarrier: Effect.never },
      late: () => undefined,
      awaitLate: Effect.never,
      forget: () => {
        isForgotten = true
      }
    })
    yield* TestClock.adjust("30 seconds")
    const during = liveOrders.get().orders.map(({ state }) => state)
    yield* TestClock.adjust("1 minute")
    return { published, handled, during, after: liveOrders.get().orders.length, isForgotten }
  })

const unresolvable = Resolution.unresolvable("orders without a cid are shown, and one of them may be it")

const placed = fromOrders({ cid: 1, cidDate, open: [order({ id: 9 })], past: [] })!

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
