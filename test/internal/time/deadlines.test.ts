import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import * as Deadlines from "../../../src/internal/time/deadlines.ts"
import * as Env from "../../support/env.ts"

/** sets a deadline whose coming is noted by name */
const setting = (deadlines: Deadlines.Deadlines, log: Array<string>) => (name: string, millis: number) =>
  Effect.withFiberRuntime<() => void>((fiber) => Effect.succeed(deadlines.set(fiber, millis, () => log.push(name))))

/** how many sleep on the test's clock */
const sleepers = Effect.map(TestClock.sleeps(), (sleeps) => Array.from(sleeps).length)

describe("deadlines", () => {
  it.effect("run at their time, to the millisecond, whatever others were set before", () =>
    Effect.gen(function*() {
      // a time of today, at which nanoseconds are beyond what a number holds exactly
      yield* TestClock.setTime(1_790_000_000_123)
      const log: Array<string> = []
      const set = setting(Deadlines.make(), log)
      yield* set("first", 1000)
      yield* TestClock.adjust(400)
      yield* set("second", 1000)
      yield* set("short", 10)
      yield* TestClock.adjust(9)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["short"])
      yield* TestClock.adjust(589)
      assert.deepStrictEqual(log, ["short"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["short", "first"])
      yield* TestClock.adjust(399)
      assert.deepStrictEqual(log, ["short", "first"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["short", "first", "second"])
    }))

  it.effect("run at once without time, repeatedly, and never without a bound", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const set = setting(Deadlines.make(), log)
      yield* set("now", 0)
      yield* set("now again", 0)
      yield* set("never", Infinity)
      yield* Effect.yieldNow()
      assert.deepStrictEqual(log, ["now", "now again"])
      yield* TestClock.adjust("1000 days")
      assert.deepStrictEqual(log, ["now", "now again"])
    }))

  it.effect("share one sleeping fiber, which ends with the last of them", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const set = setting(Deadlines.make(), log)
      const callOffs = yield* Effect.forEach([1, 2, 3], (i) => set(`${i}`, 1000))
      yield* Effect.yieldNow()
      assert.strictEqual(yield* sleepers, 1)
      callOffs.forEach((callOff) => callOff())
      yield* Effect.yieldNow({ priority: 2 })
      // the sleep of an ended fiber stays in the test's clock, but nothing comes of it, and a new one begins afresh
      yield* TestClock.adjust(500)
      yield* set("new", 1000)
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["new"])
    }))

  it.effect("of a length that was used once are not remembered", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const deadlines = Deadlines.make()
      const set = setting(deadlines, log)
      const lengths = Effect.withFiberRuntime<number>((fiber) => Effect.succeed(deadlines.lengths(fiber)))
      // waits until a computed time, each of another length
      for (let k = 1; k <= 20; k++) {
        yield* set(`${k}`, 100 + k / 7)
        yield* TestClock.adjust("1 second")
      }
      const callOff = yield* set("called off", 500)
      assert.strictEqual(yield* lengths, 1)
      callOff()
      yield* Effect.yieldNow({ priority: 2 })
      assert.strictEqual(yield* lengths, 0)
      yield* set("now", 0)
      assert.strictEqual(yield* lengths, 0)
      assert.lengthOf(log, 21)
    }))

  it.live("keep no process alive: the timer ends with the last of them", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length
      const set = setting(Deadlines.make(), [])
      const before = timers()
      const callOff = yield* set("far", 86_400_000)
      yield* Effect.yieldNow()
      assert.strictEqual(timers(), before + 1)
      callOff()
      yield* Effect.yieldNow({ priority: 2 })
      yield* Effect.yieldNow({ priority: 2 })
      assert.strictEqual(timers(), before)
    }))

  it.effect.prop(
    "each comes exactly once, at its time, unless it was called off",
    [FastCheck.array(
      FastCheck.record({
        gap: FastCheck.nat(30),
        millis: FastCheck.constantFrom(0, 7, 20, 100),
        off: FastCheck.option(FastCheck.nat(120))
      }),
      { minLength: 1, maxLength: 30 }
    )],
    ([plan]) =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const set = setting(Deadlines.make(), log)
        const expected: Array<readonly [at: number, name: string]> = []
        const offs: Array<readonly [at: number, callOff: () => void]> = []
        let now = 0
        // deadlines are cancelled between the times of others
        const until = (time: number) =>
          Effect.gen(function*() {
            const stops = offs.map(([at]) => at).filter((at) => at > now && at < time)
            for (const stop of [...stops.sort((a, b) => a - b), time]) {
              yield* TestClock.adjust(stop - now)
              now = stop
              for (const [at, callOff] of offs) if (at === now) callOff()
            }
          })
        for (const [k, { gap, millis, off }] of plan.entries()) {
          yield* until(now + gap)
          const name = `${k} at ${now + millis}`
          const callOff = yield* set(name, millis)
          if (off !== null) offs.push([now + off, callOff])
          if (off === null || off >= millis) expected.push([now + millis, name])
          if (off === 0) callOff()
        }
        yield* until(now + 130)
        assert.sameMembers(log, expected.map(([, name]) => name))
        const times = log.map((name) => Number(name.split(" at ")[1]))
        assert.deepStrictEqual(times, [...times].sort((a, b) => a - b))
      }),
    { fastCheck: { numRuns: Env.runs(15, 40) } }
  )
})
