import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type { Resolution, SubmittedOrder } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import type * as Trading from "../../src/Trading.ts"
import { gather, inject, pass, settle } from "../support/market.ts"
import {
  commandFrames,
  type Gate,
  gate,
  inMemory,
  leaving,
  live,
  resting,
  settings,
  type TradingOptions
} from "../support/trading.ts"

type Submit = (order: Trading.NewOrder) => Effect.Effect<SubmittedOrder, unknown>
type Running = Fiber.RuntimeFiber<SubmittedOrder, unknown>

/** interrupts in this very moment, while nothing else runs */
const interrupt = (fiber: Running): void => fiber.unsafeInterruptAsFork(FiberId.none)

const own = { ...resting, amount: "0.03" } as const

/** One place at which a submission waits, or goes on from. */
interface Point {
  readonly name: string
  readonly options?: Partial<TradingOptions>
  /** submits, and interrupts at the point */
  readonly interrupted: (submit: Submit, at: Gate) => Effect.Effect<Running, unknown, any>
  /** how the submission ends for its caller */
  readonly ends: "interrupted" | "submitted"
  /** whether the venue was sent the frame */
  readonly isSent: boolean
  /** its state in the exposure, without any time passing */
  readonly state: "unknown" | "accepted" | undefined
  /** the published outcomes */
  readonly resolved: ReadonlyArray<string>
  /** another submission afterwards is answered within this time: the permits of the first one are free again */
  readonly next: Duration.DurationInput
  /** the cid of all its submissions */
  readonly cid?: number
}

const fork = (effect: ReturnType<Submit>): Effect.Effect<Running> => Effect.zipLeft(Effect.forkDaemon(effect), settle)

const points: ReadonlyArray<Point> = [
  {
    name: "before its first step",
    interrupted: (submit) => Effect.tap(Effect.forkDaemon(submit(own)), (fiber) => Effect.sync(() => interrupt(fiber))),
    ends: "interrupted",
    isSent: false,
    state: undefined,
    resolved: [],
    next: "0 millis"
  },
  {
    name: "while it waits for the first login",
    options: { account: { dms: false } },
    interrupted: (submit) => Effect.tap(fork(submit(own)), (fiber) => Effect.sync(() => interrupt(fiber))),
    ends: "interrupted",
    isSent: false,
    state: undefined,
    resolved: [],
    next: "1 second"
  },
  {
    name: "while an earlier command with its cid is in flight",
    interrupted: (submit) =>
      Effect.gen(function*() {
        yield* inject(Fault.SlowCommand.make({ input: "on", millis: 500 }))
        yield* fork(submit({ ...resting, cid: 77 }))
        const fiber = yield* fork(submit({ ...own, cid: 77 }))
        interrupt(fiber)
        return fiber
      }),
    cid: 77,
    ends: "interrupted",
    isSent: false,
    state: undefined,
    resolved: [],
    next: "500 millis"
  },
  {
    name: "while it waits for the budget",
    options: {
      settings: {
        ...settings,
        account: { ...settings.account, orderLimit: { count: 1, per: "1 second" } },
        limitMargin: 0
      }
    },
    interrupted: (submit) =>
      Effect.gen(function*() {
        yield* fork(submit(resting))
        const fiber = yield* fork(submit(own))
        yield* pass("400 millis")
        interrupt(fiber)
        return fiber
      }),
    ends: "interrupted",
    isSent: false,
    state: undefined,
    resolved: [],
    // the place in the queue is left: the next one has it a second after the first
    next: "600 millis"
  },
  {
    name: "after its frame was written, before its answer",
    interrupted: (submit) =>
      Effect.gen(function*() {
        yield* inject(Fault.SlowCommand.make({ input: "on", millis: 500 }))
        const fiber = yield* fork(submit(own))
        interrupt(fiber)
        return fiber
      }),
    ends: "interrupted",
    isSent: true,
    state: "unknown",
    resolved: ["Placed"],
    next: "500 millis"
  },
  {
    name: "after the notification of success, before it goes on",
    interrupted: (submit, gate) =>
      Effect.gen(function*() {
        gate.holds = () => true
        const fiber = yield* fork(submit(own))
        assert.isNull(fiber.unsafePoll())
        gate.holds = () => false
        gate.release()
        interrupt(fiber)
        return fiber
      }),
    ends: "interrupted",
    isSent: true,
    state: "accepted",
    resolved: [],
    next: "0 millis"
  },
  {
    name: "after its answer, before the order is shown",
    interrupted: (submit, gate) =>
      Effect.gen(function*() {
        gate.holds = (text) => text.startsWith(`[0,"on"`)
        const fiber = yield* fork(submit(own))
        assert.isAbove(gate.held(), 0)
        interrupt(fiber)
        return fiber
      }),
    ends: "submitted",
    isSent: true,
    state: "accepted",
    resolved: [],
    next: "0 millis"
  },
  {
    name: "after the order is shown",
    interrupted: (submit) => Effect.tap(fork(submit(own)), (fiber) => Effect.sync(() => interrupt(fiber))),
    ends: "submitted",
    isSent: true,
    state: "accepted",
    resolved: [],
    next: "0 millis"
  }
]

const isFirstLogin = ({ options }: Point): boolean => options?.account !== undefined

const setup = (point: Point) =>
  Effect.gen(function*() {
    if (isFirstLogin(point)) yield* inject(Fault.SlowHandshake.make({ millis: 1500 }))
    const { exchange, trading, venue } = yield* live
    const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
    const mine = Effect.map(
      trading.exposure,
      ({ orders }) => orders.filter(({ amount }) => amount === 0.03).map(({ state }) => state)
    )
    const frames = Effect.map(commandFrames("on"), (all) => all.filter(({ body }) => body.amount === "0.03").length)
    return { exchange, trading, venue, mine, frames, resolutions }
  })

const endOf = (fiber: Running): string => {
  const exit = fiber.unsafePoll()
  if (exit === null) return "pending"
  return Exit.isSuccess(exit) ? "submitted" : Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "failed"
}

const run = (point: Point, test: (gate: Gate) => Effect.Effect<void, unknown, any>) => {
  const at = gate()
  return inMemory({ settings, gate: at, ...point.options })(test(at) as Effect.Effect<void, unknown, never>)
}

describe("a submission that is interrupted", () => {
  for (const point of points) {
    it.scoped(`${point.name}: what is sent, counts, and is published`, () =>
      run(point, (gate) =>
        Effect.gen(function*() {
          const { frames, mine, resolutions, trading, venue } = yield* setup(point)
          const fiber = yield* point.interrupted(trading.submitOrder, gate)
          yield* settle
          assert.strictEqual(endOf(fiber), point.ends)
          assert.deepStrictEqual(yield* mine, point.state === undefined ? [] : [point.state])
          const cid = point.cid === undefined ? {} : { cid: point.cid }
          const next = yield* Effect.forkDaemon(trading.submitOrder({ ...resting, amount: "0.04", ...cid }))
          yield* pass(point.next)
          yield* settle
          assert.strictEqual(endOf(next), "submitted", "the next one")
          gate.release()
          yield* pass("6 seconds")
          assert.strictEqual(yield* frames, point.isSent ? 1 : 0)
          assert.deepStrictEqual(resolutions.map(({ outcome }) => outcome._tag), point.resolved)
          // an order that was sent is tracked: it counts until it ends
          assert.deepStrictEqual(yield* mine, point.isSent ? ["accepted"] : [])
          const order = venue.orders().find(({ amount }) => amount === 0.03)
          assert.strictEqual(order !== undefined, point.isSent)
          if (order !== undefined) yield* venue.cancel(order.id)
          yield* settle
          assert.deepStrictEqual(yield* mine, [])
        })))

    it.scoped(`${point.name}: a scope of cancelOnExit that closes at once leaves nothing open`, () =>
      run(point, (gate) =>
        Effect.gen(function*() {
          const { frames, trading, venue } = yield* setup(point)
          const { close, orders, reports } = yield* leaving(trading)
          yield* point.interrupted(orders.submitOrder, gate)
          yield* Effect.forkDaemon(close)
          yield* settle
          gate.release()
          yield* pass("8 seconds")
          assert.deepStrictEqual(reports, ["NoneLeft"])
          assert.strictEqual(yield* frames, point.isSent ? 1 : 0)
          assert.deepStrictEqual(venue.orders(), [])
          assert.deepStrictEqual((yield* trading.exposure).orders, [])
        })))
  }

  it.scoped("after its frame was written to a socket that stalls: the cancellation is still written after it", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      yield* inject(Fault.Stall.make({ millis: 15_000, direction: "toVenue" }))
      const fiber = yield* fork(trading.submitOrder(own))
      interrupt(fiber)
      yield* pass("10 seconds")
      assert.strictEqual(endOf(fiber), "interrupted")
      assert.deepStrictEqual((yield* trading.exposure).orders.map(({ state }) => state), ["notSeen"])
      // the frames that have left this machine arrive, the order with its end
      yield* pass("6 seconds")
      const [order] = venue.ordersHistory()
      assert.strictEqual(order?.amountOrig, 0.03)
      assert.strictEqual((yield* commandFrames("oc"))[0]?.body.cid, order?.cid)
      assert.deepStrictEqual(venue.orders(), [])
      yield* pass("5 minutes")
      assert.strictEqual(resolutions[0]?.outcome._tag, "NotSeen")
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(inMemory({ settings, isBeyondReset: true, tick: 1000 })))
})
