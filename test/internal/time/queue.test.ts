import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TaskQueue from "../../../src/internal/time/queue.ts"
import * as Env from "../../support/env.ts"

const patient = { maxWait: Infinity, late: () => "late" as const }

describe("a queue of tasks", () => {
  it.effect("runs a number of tasks at a time, first come, first served", () =>
    Effect.gen(function*() {
      const queue = TaskQueue.make(2)
      const log: Array<string> = []
      const note = (text: string) => Effect.sync(() => log.push(text))
      yield* Effect.forEach([0, 1, 2, 3], (i) =>
        Effect.fork(
          queue.run(
            note(`+${i}`).pipe(Effect.zipRight(Effect.sleep(i === 0 ? 35 : 10)), Effect.zipRight(note(`-${i}`))),
            patient
          )
        ))
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(log, ["+0", "+1", "-1", "+2", "-2", "+3", "-3", "-0"])
    }))

  it.effect("a task that arrives while a permit is passed on does not take it", () =>
    Effect.gen(function*() {
      const queue = TaskQueue.make(1)
      const log: Array<string> = []
      const note = (text: string) => Effect.sync(() => log.push(text))
      const first = yield* Effect.fork(queue.run(Effect.never, patient))
      yield* Effect.yieldNow()
      yield* Effect.fork(queue.run(note("waited"), patient))
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(first)
      // comes in the very step in which the first one goes
      yield* queue.run(note("came later"), patient)
      assert.deepStrictEqual(log, ["waited", "came later"])
    }))

  it.effect("urgent ones go before the others, first come, first served", () =>
    Effect.gen(function*() {
      const queue = TaskQueue.make(1)
      const log: Array<string> = []
      const use = (name: string) => Effect.zipRight(Effect.sync(() => log.push(name)), Effect.sleep(10))
      for (const name of ["read 1", "read 2", "read 3"]) yield* Effect.fork(queue.run(use(name), patient))
      for (const name of ["cancel 1", "cancel 2"]) {
        yield* Effect.fork(queue.run(use(name), { ...patient, urgent: true }))
      }
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(log, ["read 1", "cancel 1", "cancel 2", "read 2", "read 3"])
    }))

  describe("urgent now", () => {
    const now = { ...patient, urgent: "now" as const }
    /** what began, and when */
    const log: Array<string> = []
    const task = (name: string, millis: number) =>
      Effect.zipRight(
        Effect.map(Clock.currentTimeMillis, (at) => log.push(`${at} ${name}`)),
        Effect.sleep(millis)
      )

    it.effect("goes before all others, and waits half a second at most behind a task that hangs", () =>
      Effect.gen(function*() {
        log.length = 0
        const queue = TaskQueue.make(1)
        yield* Effect.fork(queue.run(task("hangs", 60_000), patient))
        yield* Effect.fork(queue.run(task("write", 10), { ...patient, urgent: true }))
        for (const name of ["cancel 1", "cancel 2"]) yield* Effect.fork(queue.run(task(name, 100), now))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(log, ["0 hangs", "500 cancel 1", "600 cancel 2"])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(log.slice(3), ["60000 write"])
      }))

    it.effect("abandons tasks that hang before it, if they can be abandoned", () =>
      Effect.gen(function*() {
        log.length = 0
        const queue = TaskQueue.make(1)
        const fiber = yield* Effect.fork(queue.run(task("hangs", 60_000), {
          ...patient,
          abort: () => Effect.runFork(Fiber.interruptFork(fiber))
        }))
        yield* Effect.fork(queue.run(task("write", 10), { ...patient, urgent: true }))
        yield* Effect.fork(queue.run(task("cancel", 100), now))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(log, ["0 hangs", "500 cancel", "500 write"])
      }))

    it.effect("takes the next permit if no task hangs, and uses the additional one only if it must", () =>
      Effect.gen(function*() {
        log.length = 0
        const queue = TaskQueue.make(1)
        yield* Effect.fork(queue.run(task("read 1", 200), patient))
        yield* Effect.fork(queue.run(task("read 2", 200), patient))
        yield* Effect.fork(queue.run(task("cancel", 200), now))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(log, ["0 read 1", "200 cancel", "400 read 2"])
      }))

    it.effect("does not wait longer than the caller allows, although another one of its kind hangs", () =>
      Effect.gen(function*() {
        const queue = TaskQueue.make(1)
        yield* Effect.fork(queue.run(Effect.never, patient))
        const hanging = yield* Effect.fork(queue.run(Effect.never, now))
        const late = yield* Effect.fork(Effect.flip(queue.run(Effect.void, { ...now, maxWait: 2_000 })))
        const waiting = yield* Effect.fork(queue.run(Effect.succeed("mine"), now))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(late), "late")
        assert.isNull(waiting.unsafePoll())
        yield* Fiber.interrupt(hanging)
        assert.strictEqual(yield* Fiber.join(waiting), "mine")
      }))
  })

  describe("a permit of synchronous code", () => {
    it.effect("is granted while one is free, and passes to the first waiting task when it is released", () =>
      Effect.gen(function*() {
        const queue = TaskQueue.make(1)
        const leave = queue.tryEnter()
        assert.isDefined(leave)
        assert.isUndefined(queue.tryEnter())
        const waiting = yield* Effect.fork(queue.run(Effect.sleep(10), patient))
        yield* Effect.yieldNow()
        leave!()
        // it is that of the task that waited
        assert.isUndefined(queue.tryEnter())
        yield* TestClock.adjust(10)
        yield* Fiber.join(waiting)
        assert.isDefined(queue.tryEnter())
      }))

    it.effect("that is released when it is aborted passes to the next task, and only to that one", () =>
      Effect.gen(function*() {
        const queue = TaskQueue.make(1)
        const log: Array<string> = []
        const leave: (() => void) | undefined = queue.tryEnter(() => {
          log.push("aborted")
          leave!()
        })
        yield* Effect.fork(
          queue.run(Effect.zipRight(Effect.sync(() => log.push("cancel")), Effect.sleep(10)), {
            ...patient,
            urgent: "now"
          })
        )
        yield* TestClock.adjust(500)
        assert.deepStrictEqual(log, ["aborted", "cancel"])
        assert.isUndefined(queue.tryEnter())
        yield* TestClock.adjust(10)
        assert.isDefined(queue.tryEnter())
        assert.isUndefined(queue.tryEnter())
      }))
  })

  it.effect("does not wait longer than the caller allows, and passes the place on", () =>
    Effect.gen(function*() {
      const queue = TaskQueue.make(1)
      yield* Effect.fork(queue.run(Effect.sleep(1000), patient))
      const hasty = yield* Effect.fork(Effect.flip(queue.run(Effect.void, { ...patient, maxWait: 500 })))
      const next = yield* Effect.fork(queue.run(Effect.succeed("mine"), patient))
      yield* TestClock.adjust(500)
      assert.strictEqual(yield* Fiber.join(hasty), "late")
      yield* TestClock.adjust(500)
      assert.strictEqual(yield* Fiber.join(next), "mine")
    }))

  it.effect.prop(
    "loses no permit and grants none twice when callers are interrupted, fail or are late",
    [
      FastCheck.array(
        FastCheck.record({
          gap: FastCheck.nat(20),
          takes: FastCheck.nat(50),
          end: FastCheck.constantFrom("well", "fails", "interrupted"),
          after: FastCheck.nat(60),
          maxWait: FastCheck.constantFrom(0, 10, 40, Infinity)
        }),
        { minLength: 1, maxLength: 25 }
      ),
      FastCheck.integer({ min: 1, max: 3 })
    ],
    ([calls, count]) =>
      Effect.gen(function*() {
        const queue = TaskQueue.make(count)
        let running = 0
        let most = 0
        for (const { after, end, gap, maxWait, takes } of calls) {
          yield* TestClock.adjust(gap)
          const use = Effect.acquireUseRelease(
            Effect.sync(() => {
              most = Math.max(most, ++running)
            }),
            () => Effect.zipRight(Effect.sleep(takes), end === "fails" ? Effect.fail("no") : Effect.void),
            () => Effect.sync(() => running--)
          )
          const fiber = yield* Effect.fork(queue.run(use, { ...patient, maxWait }))
          if (end === "interrupted") yield* Effect.fork(Effect.zipRight(Effect.sleep(after), Fiber.interrupt(fiber)))
          yield* Effect.yieldNow()
        }
        yield* TestClock.adjust(25 * 50 + 100)
        assert.isAtMost(most, count)
        assert.strictEqual(running, 0)
        // all permits are free again
        const all = yield* Effect.fork(
          Effect.all(Array.from({ length: count }, () => queue.run(Effect.sleep(10), patient)), {
            concurrency: "unbounded"
          })
        )
        yield* TestClock.adjust(10)
        yield* Fiber.join(all)
      }),
    { fastCheck: { numRuns: Env.runs(15, 60) } }
  )
})
