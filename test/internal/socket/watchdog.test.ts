import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BitfinexConfig } from "../../../src/BitfinexConfig.ts"
import type { Dispatch } from "../../../src/internal/socket/dispatch.ts"
import type { End } from "../../../src/internal/socket/end.ts"
import * as Epochs from "../../../src/internal/socket/epoch.ts"
import type { Ledger } from "../../../src/internal/socket/ledger.ts"
import * as Watchdog from "../../../src/internal/socket/watchdog.ts"
import type { SleepDetector } from "../../../src/internal/time/sleep.ts"

/** a watchdog whose clock is ahead of the scheduler's by `clock.ahead`, as where this process was held up */
const start = Effect.gen(function*() {
  const settings = yield* BitfinexConfig
  const world = yield* Effect.clock
  const clock = { ahead: 0 }
  const now = () => world.unsafeCurrentTimeMillis() + clock.ahead
  const looks: Array<number> = []
  const epoch = Epochs.make(1, now())
  epoch.link = { ...epoch.link, send: () => true }
  Epochs.advance(epoch, { _tag: "Opened" })
  Epochs.advance(epoch, { _tag: "Agreed", at: now(), isClosedForTrade: false })
  const watch = Watchdog.make({
    settings,
    now,
    account: undefined,
    // the casts: the members that a watchdog calls
    ledger: {
      overdue: (_: unknown, at: number): End | undefined => {
        looks.push(at)
        return undefined
      },
      nextDue: () => Number.POSITIVE_INFINITY
    } as unknown as Ledger,
    dispatch: { beats: false } as Dispatch,
    isPaused: () => false,
    sleep: { look: () => 0, expect: () => undefined } as unknown as SleepDetector,
    onDoubt: () => undefined,
    report: Effect.void
  })
  yield* Effect.forkScoped(watch(epoch))
  yield* TestClock.adjust("5 seconds")
  return { clock, epoch, looks, now }
})

describe("a pass of the watchdog", () => {
  it.scoped("checks for overdue answers each second", () =>
    Effect.gen(function*() {
      const { epoch, looks } = yield* start
      assert.deepStrictEqual(looks, [0, 1000, 2000, 3000, 4000, 5000])
      assert.isFalse(epoch.over)
    }))

  it.scoped("that is more than 2 s late finds nothing overdue: the answers may have been delayed too", () =>
    Effect.gen(function*() {
      const { clock, epoch, looks, now } = yield* start
      looks.length = 0
      // frames wait in the kernel, and so does the pong
      Epochs.ping(epoch, now() - 4_000)
      clock.ahead = 60_000
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(looks, [])
      assert.isFalse(epoch.over)
      // the deadline of the pong counts from then on
      assert.strictEqual(epoch.unanswered, now())
      assert.strictEqual(epoch.heard, now())
      epoch.last = now()
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(looks, [now()])
      assert.isFalse(epoch.over)
    }))

  it.scoped("abandons a socket whose maintenance does not end within 150 s", () =>
    Effect.gen(function*() {
      const { epoch, now } = yield* start
      Epochs.advance(epoch, { _tag: "MaintenanceBegan", at: now() })
      yield* TestClock.adjust("150 seconds")
      assert.isFalse(epoch.over)
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(epoch.over)
      assert.include(epoch.closing.reason, "maintenance")
    }))
})
