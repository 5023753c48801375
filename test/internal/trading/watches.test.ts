import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as TestClock from "effect/TestClock"
import { ConnectionClosed, orderUnknown } from "../../../src/BitfinexError.ts"
import * as Deadlines from "../../../src/internal/time/deadlines.ts"
import type { Answer } from "../../../src/internal/trading/inFlight.ts"
import * as Resolution from "../../../src/internal/trading/resolution.ts"
import * as Watches from "../../../src/internal/trading/watches.ts"
import { fromOrders } from "../../../src/OrderOutcome.ts"
import { order } from "../../support/orders.ts"

const cidDate = "2024-01-01"

const placed = fromOrders({ cid: 1, open: [order({ id: 9 })], past: [] })!

const unclear = Resolution.unresolvable("orders are shown, and nothing proves which of them it is")

const accepted: Answer<unknown> = { _tag: "Accepted", record: {}, by: "on-req", text: null, mts: null }

const refused: Answer<unknown> = {
  _tag: "Refused",
  error: new ConnectionClosed({ operation: "test", code: 1006, reason: "", outcome: "unknown" }) as never // not read
}

/** watches, and the fibers that they run */
const setUp = Effect.gen(function*() {
  const run = Runtime.runFork(yield* Effect.runtime<never>())
  const clock = yield* Effect.withFiberRuntime<Fiber.RuntimeFiber<unknown, unknown>>(Effect.succeed)
  const deadlines = Deadlines.make()
  const running = new Set<Fiber.RuntimeFiber<void>>()
  const watches = Watches.make({
    fork: (effect) => {
      const fiber = run(effect)
      running.add(fiber)
      fiber.addObserver(() => running.delete(fiber))
    },
    after: (millis, expire) => deadlines.set(clock, millis, expire)
  })
  /** begins a watch whose readings show these one after the other, and the last of them again */
  const begin = (...shown: ReadonlyArray<Watches.Sighting | "fails">) => {
    const state = { readings: 0, late: undefined as Answer<unknown> | undefined, ends: [] as Array<string | undefined> }
    let onLate = (): void => undefined
    const read = Effect.suspend(() => {
      const found = shown[Math.min(state.readings++, shown.length - 1)]
      return found === "fails" ? Effect.fail(unreadable) : Effect.succeed(found)
    })
    watches.begin({
      watch: { times: [60_000, 120_000, 240_000], read, untilShown: Effect.delay(Effect.succeed(placed), "1 second") },
      unresolved: {
        unknown: orderUnknown({ operation: "test", cid: 1, cidDate, mts: null, reason: "", error: null }),
        late: () => state.late,
        onLate: (listener) => {
          onLate = listener
        }
      },
      onEnd: (found) => Effect.sync(() => void state.ends.push(found?._tag))
    })
    return {
      state,
      answer: (answer: Answer<unknown>) => {
        state.late = answer
        onLate()
      }
    }
  }
  return { begin, watches, running, lengths: () => deadlines.lengths(clock) }
})

const unreadable = new ConnectionClosed({ operation: "test", code: 1006, reason: "", outcome: "unknown" }) as never // not read

describe("a watch for an order that was not seen", () => {
  it.effect("reads at its times, also after a reading that fails, and ends with the order", () =>
    Effect.gen(function*() {
      const { begin, lengths } = yield* setUp
      const { state } = begin(undefined, "fails", placed)
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual([state.readings, state.ends], [0, []])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([state.readings, state.ends], [1, []])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([state.readings, state.ends], [2, []])
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual([state.readings, state.ends], [3, ["Placed"]])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([state.readings, state.ends, lengths()], [3, ["Placed"], 0])
    }))

  it.effect("ends after its last reading, with what may be the order if any reading has shown it", () =>
    Effect.gen(function*() {
      const { begin, lengths } = yield* setUp
      const nothing = begin(undefined)
      const something = begin(undefined, unclear, undefined)
      yield* TestClock.adjust("4 minutes")
      assert.deepStrictEqual([nothing.state.ends, something.state.ends], [[undefined], ["Unresolvable"]])
      assert.strictEqual(lengths(), 0)
    }))

  it.effect("ends at once with a late refusal, and after a late acceptance when the order is shown", () =>
    Effect.gen(function*() {
      const { begin, lengths } = yield* setUp
      const [first, second] = [begin(undefined), begin(undefined)]
      yield* TestClock.adjust("10 seconds")
      first.answer(refused)
      second.answer(accepted)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([first.state.ends, second.state.ends], [[undefined], []])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(second.state.ends, ["Placed"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([first.state.readings, second.state.readings, lengths()], [0, 0, 0])
    }))

  it.effect("ends once, though a reading and a late answer find the order", () =>
    Effect.gen(function*() {
      const { begin } = yield* setUp
      const { answer, state } = begin(placed)
      yield* TestClock.adjust("59500 millis")
      answer(accepted)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(state.ends, ["Placed"])
    }))

  it.effect("holds no fiber while it waits: a thousand of them share one timer", () =>
    Effect.gen(function*() {
      const { begin, lengths, running } = yield* setUp
      const all = Array.from({ length: 1000 }, () => begin(undefined))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual([running.size, lengths(), [...yield* TestClock.sleeps()].length], [0, 1, 1])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([running.size, lengths()], [0, 0])
      assert.isTrue(all.every(({ state }) => state.ends.length === 1))
    }))

  it.effect("stops with the release of its layer, which reports it, and reads nothing more", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const { begin, lengths, watches } = yield* setUp
      const { state } = begin(placed)
      yield* watches.release.pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(message))))
      )
      yield* Effect.yieldNow({ priority: 2 })
      assert.strictEqual(lengths(), 0)
      const after = begin(placed)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([state.readings, state.ends, after.state.readings], [0, [], 0])
      assert.match(String(logged), /Its resolution was stopped before the outcome was known/)
    }))
})
