import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/TestClock"
import { metrics } from "../src/Metrics.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as Env from "./support/env.ts"

const key: RateLimiter.Key = { host: "https://venue", family: "v2/things" }

/** acquires once and records the time of the start */
const ask = (
  limiter: RateLimiter.Service,
  starts: Array<number>,
  limit: RateLimiter.Limit,
  where: RateLimiter.Key = key
) =>
  limiter.acquire(where, limit).pipe(
    Effect.zipRight(Clock.currentTimeMillis),
    Effect.tap((now) => Effect.sync(() => starts.push(now)))
  )

/** the earliest starts that keep order and limit, by the definition itself */
const ideal = (arrivals: ReadonlyArray<number>, [count, seconds]: RateLimiter.Limit): ReadonlyArray<number> => {
  const starts: Array<number> = []
  for (const arrival of arrivals) {
    const after = starts[starts.length - count]
    starts.push(Math.max(arrival, starts.at(-1) ?? 0, after === undefined ? 0 : after + seconds * 1000))
  }
  return starts
}

describe("RateLimiter", () => {
  it.effect.prop(
    "starts as early as order and window allow, never more than the limit in any window",
    [
      FastCheck.array(FastCheck.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 40 }),
      FastCheck.integer({ min: 1, max: 6 }),
      FastCheck.integer({ min: 1, max: 8 })
    ],
    ([gaps, count, seconds]) =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const starts: Array<readonly [number, number]> = []
        const origin = yield* Clock.currentTimeMillis
        const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
        for (const [place, gap] of gaps.entries()) {
          yield* TestClock.adjust(gap)
          const fiber = yield* Effect.fork(
            Effect.zipRight(
              limiter.acquire(key, [count, seconds]),
              Effect.map(Clock.currentTimeMillis, (now) => starts.push([place, now - origin]))
            )
          )
          fibers.push(fiber)
          yield* Effect.yieldNow()
        }
        yield* TestClock.adjust(seconds * 1000 * (gaps.length + 1))
        for (const fiber of fibers) yield* Fiber.join(fiber)

        let at = 0
        const arrivals = gaps.map((gap) => (at += gap))
        assert.deepStrictEqual(starts, ideal(arrivals, [count, seconds]).map((start, place) => [place, start] as const))
        const times = starts.map(([, time]) => time)
        for (const from of times) {
          assert.isAtMost(times.filter((time) => time >= from && time < from + seconds * 1000).length, count)
        }
      }),
    { fastCheck: { numRuns: Env.runs(15, 40) } }
  )

  it.effect("an interrupted caller leaves its place to the next", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const starts: Array<number> = []
      yield* ask(limiter, starts, [1, 10])
      const first = yield* Effect.fork(ask(limiter, starts, [1, 10]))
      const second = yield* Effect.fork(ask(limiter, starts, [1, 10]))
      const third = yield* Effect.fork(ask(limiter, starts, [1, 10]))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(second)
      assert.deepStrictEqual(starts, [0, 10_000])
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(third)
      assert.deepStrictEqual(starts, [0, 10_000, 20_000])
    }))

  it.effect("a caller interrupted in the middle of the queue does not block it", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const starts: Array<number> = []
      yield* ask(limiter, starts, [1, 10])
      yield* Effect.fork(ask(limiter, starts, [1, 10]))
      const middle = yield* Effect.fork(ask(limiter, starts, [1, 10]))
      const last = yield* Effect.fork(ask(limiter, starts, [1, 10]))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(middle)
      yield* TestClock.adjust("19 seconds")
      yield* Fiber.join(last)
      assert.deepStrictEqual(starts, [0, 10_000, 20_000])
    }))

  it.effect("families and hosts do not wait for one another", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const starts: Array<number> = []
      yield* ask(limiter, starts, [1, 60])
      yield* ask(limiter, starts, [1, 60], { ...key, family: "v2/others" })
      yield* ask(limiter, starts, [1, 60], { ...key, host: "https://other" })
      assert.deepStrictEqual(starts, [0, 0, 0])
    }))

  it.effect("two limits of one family count the same starts", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const starts: Array<number> = []
      for (let i = 0; i < 3; i++) yield* ask(limiter, starts, [5, 10])
      const narrow = yield* Effect.fork(ask(limiter, starts, [2, 10]))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(narrow)
      assert.deepStrictEqual(starts, [0, 0, 0, 10_000])
    }))

  describe("the longest wait", () => {
    it.effect("refuses at once a start that would be too late, and does not count it", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const bounded = limiter.acquire(key, [2, 60], { operation: "RestClient.things", maxWait: "30 seconds" })
        yield* bounded
        yield* TestClock.adjust("20 seconds")
        yield* bounded
        const refused = yield* Effect.flip(bounded)
        assert.strictEqual(refused._tag, "RateLimited")
        assert.strictEqual(refused.retryAfter, 40_000)
        assert.include(refused.message, "RestClient.things")
        yield* TestClock.adjust("10 seconds")
        // now the wait is as long as allowed
        const waiting = yield* Effect.fork(bounded)
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(waiting)
        assert.strictEqual(yield* Clock.currentTimeMillis, 60_000)
      }))

    it.effect("counts the callers ahead in the queue", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        yield* limiter.acquire(key, [1, 10])
        yield* Effect.fork(limiter.acquire(key, [1, 10]))
        yield* Effect.fork(limiter.acquire(key, [1, 10]))
        yield* Effect.yieldNow()
        const refused = yield* Effect.flip(limiter.acquire(key, [1, 10], { maxWait: "29 seconds" }))
        assert.strictEqual(refused.retryAfter, 30_000)
      }))

    it.effect("also fails waiting callers when a pause makes their wait too long", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        yield* limiter.acquire(key, [1, 10])
        const patient = yield* Effect.fork(limiter.acquire(key, [1, 10], { maxWait: "5 minutes" }))
        const hasty = yield* Effect.fork(limiter.acquire(key, [1, 10], { maxWait: "30 seconds" }))
        const last = yield* Effect.fork(Effect.zipRight(limiter.acquire(key, [1, 10]), Clock.currentTimeMillis))
        yield* TestClock.adjust("5 seconds")
        yield* limiter.penalize({ host: key.host }, "60 seconds")
        const exit = yield* Fiber.await(hasty)
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(yield* Clock.currentTimeMillis, 5000)
        yield* TestClock.adjust("60 seconds")
        yield* Fiber.join(patient)
        yield* TestClock.adjust("10 seconds")
        // the place of the interrupted caller was not counted
        assert.strictEqual(yield* Fiber.join(last), 75_000)
      }))
  })

  describe("a pause", () => {
    it.effect("holds all families of a host, and no other host", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const starts: Array<number> = []
        yield* limiter.penalize({ host: key.host }, "60 seconds")
        assert.strictEqual(yield* limiter.remaining(key, [90, 60]), 0)
        const held = yield* Effect.fork(ask(limiter, starts, [90, 60], { ...key, family: "v2/never-seen" }))
        yield* ask(limiter, starts, [90, 60], { ...key, host: "https://other" })
        yield* TestClock.adjust("59999 millis")
        assert.deepStrictEqual(starts, [0])
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(held)
        assert.deepStrictEqual(starts, [0, 60_000])
      }))

    it.effect("of one family does not affect the others", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const starts: Array<number> = []
        yield* limiter.penalize(key, "60 seconds")
        yield* ask(limiter, starts, [1, 1], { ...key, family: "v2/others" })
        assert.deepStrictEqual(starts, [0])
        assert.strictEqual(yield* limiter.remaining(key, [1, 1]), 0)
      }))

    it.effect("is not shortened by a shorter one", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        yield* limiter.penalize({ host: key.host }, "60 seconds")
        yield* limiter.penalize({ host: key.host }, "1 second")
        const refused = yield* Effect.flip(limiter.acquire(key, [1, 1], { maxWait: 0 }))
        assert.strictEqual(refused.retryAfter, 60_000)
      }))

    it.effect("longer than any timer of the platform still ends", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        yield* limiter.penalize({ host: key.host }, "40 days")
        const held = yield* Effect.fork(limiter.acquire(key, [1, 1]))
        yield* TestClock.adjust("40 days")
        yield* Fiber.join(held)
      }))
  })

  it.effect("reports the remaining budget of a window", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      assert.strictEqual(yield* limiter.remaining(key, [3, 60]), 3)
      yield* limiter.acquire(key, [3, 60])
      yield* TestClock.adjust("30 seconds")
      yield* limiter.acquire(key, [3, 60])
      assert.strictEqual(yield* limiter.remaining(key, [3, 60]), 1)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* limiter.remaining(key, [3, 60]), 2)
    }))

  it.effect("keeps exact counts over far more starts than it stores", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      for (let window = 0; window < 5; window++) {
        const starts: Array<number> = []
        for (let i = 0; i < 900; i++) yield* ask(limiter, starts, [900, 60])
        assert.deepStrictEqual([...new Set(starts)], [window * 60_000])
        const held = yield* Effect.flip(limiter.acquire(key, [900, 60], { maxWait: 0 }))
        assert.strictEqual(held.retryAfter, 60_000)
        yield* TestClock.adjust("1 minute")
      }
    }))

  it.effect("a wait is visible: in the log, and in the metric of its family", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.make<unknown, void>(({ logLevel, message }) => {
        lines.push(`${logLevel.label} ${String(message)}`)
      })
      yield* Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const where = { host: "https://venue", family: "v2/visible" }
        const start = limiter.acquire(where, [1, 30], { operation: "RestClient.visible" })
        yield* start
        assert.deepStrictEqual(lines, [])
        const waiting = yield* Effect.fork(start)
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(waiting)
        assert.lengthOf(lines, 1)
        assert.match(lines[0]!, /^INFO RestClient\.visible waits 30s for a limit of this SDK: 1 starts in 30 s/)
        const waits = yield* Metric.value(Metric.tagged(metrics.limitWaits.metric, "family", "v2/visible"))
        assert.deepStrictEqual([waits.count, waits.sum], [1, 30])
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, log)))
    }))

  it.effect("an urgent start passes the pause of its host, until a pause is for urgent ones too", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      yield* limiter.penalize({ host: key.host }, "1 minute")
      yield* limiter.acquire(key, [5, 60], { urgent: true })
      const patient = yield* Effect.fork(limiter.acquire(key, [5, 60]))
      yield* TestClock.adjust("59 seconds")
      assert.isNull(patient.unsafePoll())
      yield* limiter.penalize({ host: key.host }, "1 minute", { urgent: true })
      const refused = yield* Effect.flip(limiter.acquire(key, [5, 60], { urgent: true, maxWait: "30 seconds" }))
      assert.strictEqual(refused.retryAfter, 60_000)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(patient)
    }))

  it.effect("counts a start for synchronous code if there is a place at once, and returns how many are left", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const clock = yield* Effect.clock
      const limit: RateLimiter.Limit = [2, 60]
      assert.strictEqual(limiter.tryAcquire(clock, key, limit), 1)
      assert.strictEqual(limiter.tryAcquire(clock, key, limit), 0)
      assert.isUndefined(limiter.tryAcquire(clock, key, limit))
      assert.strictEqual(yield* limiter.remaining(key, limit), 0)
      const waiting = yield* Effect.fork(limiter.acquire(key, limit))
      yield* TestClock.adjust("61 seconds")
      yield* Fiber.join(waiting)
      // places that are reserved count as well
      yield* limiter.hold(
        key,
        limit,
        {},
        () => Effect.sync(() => assert.isUndefined(limiter.tryAcquire(clock, key, limit)))
      )
      assert.strictEqual(limiter.tryAcquire(clock, key, limit), 0)
    }))

  it.effect("gives synchronous code no place before those that wait, nor in a pause unless it is urgent", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.make
      const clock = yield* Effect.clock
      yield* limiter.acquire(key, [1, 10])
      yield* Effect.fork(limiter.acquire(key, [1, 10]))
      yield* Effect.yieldNow()
      // a larger limit of the same family would allow it
      assert.isUndefined(limiter.tryAcquire(clock, key, [5, 10]))
      yield* TestClock.adjust("30 seconds")
      yield* limiter.penalize({ host: key.host }, "1 minute")
      assert.isUndefined(limiter.tryAcquire(clock, key, [5, 10]))
      assert.isDefined(limiter.tryAcquire(clock, key, [5, 10], true))
    }))

  it.effect("is provided by a layer", () =>
    Effect.gen(function*() {
      const limiter = yield* RateLimiter.RateLimiter
      yield* limiter.acquire(key, [1, 1])
      assert.strictEqual(yield* limiter.remaining(key, [1, 1]), 0)
    }).pipe(Effect.provide(RateLimiter.layerMemory)))

  describe("layers", () => {
    const seconds: RateLimiter.Limit = [1, 1]
    const take = Effect.flatMap(RateLimiter.RateLimiter, (limiter) => limiter.acquire(key, seconds))
    const left = Effect.flatMap(RateLimiter.RateLimiter, (limiter) => limiter.remaining(key, seconds))

    it.effect("that of the process is one limiter across several builds, also concurrent ones", () =>
      Effect.gen(function*() {
        yield* Effect.provide(take, RateLimiter.layerProcess)
        assert.strictEqual(yield* Effect.provide(left, RateLimiter.layerProcess), 0)
        const limiters = yield* Effect.all(
          Array.from(
            { length: 30 },
            () => Effect.provide(RateLimiter.RateLimiter, Layer.fresh(RateLimiter.layerProcess))
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(limiters).size, 1)
      }))

    for (const run of ["first", "second"]) {
      it.effect(`that of the process is new under each test's clock: the ${run} of two tests`, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* Effect.provide(left, RateLimiter.layerProcess), 1)
          yield* Effect.provide(take, RateLimiter.layerProcess)
        }))
    }

    it.effect("that in memory is a new limiter for each build", () =>
      Effect.gen(function*() {
        yield* Effect.provide(take, RateLimiter.layerMemory)
        assert.strictEqual(yield* Effect.provide(left, RateLimiter.layerMemory), 1)
        assert.strictEqual(yield* Effect.provide(left, RateLimiter.layerProcess), 1)
      }))
  })

  describe("hold", () => {
    const startedAt = (started: Array<number>) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        started.push(now)
      })

    it.effect("counts the start when it happens, not when the place was assigned", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const starts: Array<number> = []
        const late = (delay: number) =>
          Effect.fork(
            limiter.hold(key, [2, 60], {}, (start) => Effect.sleep(delay).pipe(Effect.zipRight(start)))
          )
        yield* late(50_000)
        yield* late(55_000)
        yield* Effect.yieldNow()
        assert.strictEqual(yield* limiter.remaining(key, [2, 60]), 0)
        const third = yield* Effect.fork(Effect.zipRight(limiter.acquire(key, [2, 60]), startedAt(starts)))
        yield* TestClock.adjust("2 minutes")
        yield* Fiber.join(third)
        assert.deepStrictEqual(starts, [110_000])
      }))

    it.effect.prop(
      "keeps to the limit in every window, however long the holders take to start",
      [
        FastCheck.array(FastCheck.tuple(FastCheck.nat(3000), FastCheck.nat(9000), FastCheck.boolean()), {
          minLength: 1,
          maxLength: 30
        }),
        FastCheck.integer({ min: 1, max: 4 })
      ],
      ([calls, count]) =>
        Effect.gen(function*() {
          const limiter = yield* RateLimiter.make
          const starts: Array<number> = []
          for (const [gap, delay, starting] of calls) {
            yield* TestClock.adjust(gap)
            yield* Effect.fork(
              limiter.hold(key, [count, 5], {}, (start) =>
                Effect.sleep(delay).pipe(
                  Effect.zipRight(starting ? Effect.zipRight(start, startedAt(starts)) : Effect.void)
                ))
            )
            yield* Effect.yieldNow()
          }
          yield* TestClock.adjust(30 * 15_000)
          assert.lengthOf(
            starts,
            calls.filter(([, , starting]) => starting).length
          )
          starts.sort((a, b) => a - b)
          for (let i = count; i < starts.length; i++) assert.isAtLeast(starts[i]! - starts[i - count]!, 5000)
        }),
      { fastCheck: { numRuns: Env.runs(15, 50) } }
    )

    it.effect("releases the place when the holder is interrupted, fails or never starts", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const held = yield* Effect.fork(limiter.hold(key, [1, 60], {}, () => Effect.never))
        const waiting = yield* Effect.fork(limiter.hold(key, [1, 60], {}, () => Effect.never))
        const next = yield* Effect.fork(limiter.acquire(key, [1, 60]))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(waiting)
        yield* Fiber.interrupt(held)
        yield* Fiber.join(next)
        const other: RateLimiter.Key = { ...key, family: "v2/others" }
        yield* Effect.flip(limiter.hold(other, [1, 60], {}, () => Effect.fail("no")))
        yield* limiter.hold(other, [1, 60], {}, () => Effect.void)
        assert.strictEqual(yield* limiter.remaining(other, [1, 60]), 1)
      }))

    it.effect("allows no start in a pause that began after the place was assigned", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        const starts: Array<number> = []
        const patient = yield* Effect.fork(
          limiter.hold(key, [2, 60], {}, (start) =>
            Effect.sleep(1000).pipe(Effect.zipRight(start), Effect.zipRight(startedAt(starts))))
        )
        const hasty = yield* Effect.fork(
          Effect.flip(limiter.hold(key, [2, 60], { maxWait: "5 seconds" }, (start) =>
            Effect.zipRight(Effect.sleep(1000), start)))
        )
        yield* Effect.yieldNow()
        yield* limiter.penalize({ host: key.host }, "30 seconds")
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(patient)
        assert.deepStrictEqual(starts, [30_000])
        const error = yield* Fiber.join(hasty)
        assert.strictEqual(error.outcome, "unsent")
      }))

    it.effect("refuses callers whose longest wait ends while others hold all places", () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        yield* Effect.fork(limiter.hold(key, [1, 60], {}, () => Effect.never))
        yield* Effect.yieldNow()
        const refusedAt = (maxWait: number) =>
          Effect.fork(
            Effect.zipRight(Effect.flip(limiter.acquire(key, [1, 60], { maxWait })), Clock.currentTimeMillis)
          )
        const first = yield* refusedAt(90_000)
        const second = yield* refusedAt(150_000)
        yield* TestClock.adjust("10 minutes")
        assert.approximately(yield* Fiber.join(first), 90_000, 2)
        assert.approximately(yield* Fiber.join(second), 150_000, 2)
      }))
  })
})
