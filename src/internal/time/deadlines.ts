/**
 * Deadlines: functions that run at a time unless they are cancelled before. All deadlines of one length share one
 * sleeping fiber, since a fiber and a timer for each would cost more than most operations that have a deadline.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Clocks from "./clock.ts"
import * as Fibers from "./fibers.ts"

/**
 * Deadlines of any lengths.
 *
 * @internal
 */
export interface Deadlines {
  /** Runs `expire` after `millis` on the clock of the fiber, unless the function that it returns is called before. */
  readonly set: (fiber: Fiber.RuntimeFiber<unknown, unknown>, millis: number, expire: () => void) => () => void
  /** How many lengths have deadlines to come, on the clock of the fiber. */
  readonly lengths: (fiber: Fiber.RuntimeFiber<unknown, unknown>) => number
}

interface Deadline {
  /** microseconds, see `Clocks.micros` */
  readonly at: number
  readonly expire: () => void
}

/** deadlines of one length on one clock: the first that was set is the first to come */
interface Line {
  readonly deadlines: Set<Deadline>
  watch: Fiber.RuntimeFiber<void> | undefined
  /** most lengths are settings, but a caller may use any number of them: a line is kept while it has deadlines */
  readonly forget: () => void
  /** a check is scheduled whether any deadline is left */
  ending: boolean
  readonly end: () => void
}

/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000

/** sleeps until the first deadline, and so on until there is none; then calls `onOver` */
const watch = (clock: Clock.Clock, deadlines: Set<Deadline>, onOver: () => void): Effect.Effect<void> =>
  Effect.suspend(() => {
    const now = Clocks.micros(clock)
    for (const deadline of deadlines) {
      const left = Math.ceil((deadline.at - now - 1) / 1000)
      if (left > 0) {
        const sleep = clock.sleep(Duration.millis(Math.min(longestSleep, left)))
        return Effect.flatMap(sleep, () => watch(clock, deadlines, onOver))
      }
      deadlines.delete(deadline)
      deadline.expire()
    }
    onOver()
    return Effect.void
  })

/**
 * Makes deadlines.
 *
 * @internal
 */
export const make = (): Deadlines => {
  const clocks = new WeakMap<Clock.Clock, Map<number, Line>>()

  const lineOf = (clock: Clock.Clock, millis: number): Line => {
    let lines = clocks.get(clock)
    if (lines === undefined) clocks.set(clock, lines = new Map())
    const known = lines.get(millis)
    if (known !== undefined) return known
    const line: Line = {
      deadlines: new Set(),
      watch: undefined,
      forget: () => lines.get(millis) === line ? lines.delete(millis) : undefined,
      ending: false,
      end: () => {
        line.ending = false
        if (line.deadlines.size > 0) return
        if (line.watch !== undefined) Fibers.interrupt(line.watch)
        line.forget()
      }
    }
    lines.set(millis, line)
    return line
  }

  return {
    set: (fiber, millis, expire) => {
      if (!Number.isFinite(millis)) return () => {}
      const clock = Fibers.clockOf(fiber)
      const line = lineOf(clock, millis)
      const { deadlines } = line
      const deadline: Deadline = { at: Clocks.micros(clock) + millis * 1000, expire }
      deadlines.add(deadline)
      // one that a deadline has ended by an exception watches no longer
      if (line.watch === undefined || Fibers.isDone(line.watch)) {
        // it sleeps on this clock and needs nothing else of the caller, whom it may outlive
        line.watch = Effect.runFork(watch(clock, deadlines, line.forget))
      }
      return () => {
        if (!deadlines.delete(deadline) || deadlines.size > 0 || line.ending) return
        // A timer keeps the process alive, so it ends with the last deadline. Not at once: one call after the other is
        // the rule, and the task that runs next may set a new one.
        line.ending = true
        Fibers.scheduler(fiber, 1)(line.end)
      }
    },
    lengths: (fiber) => clocks.get(Fibers.clockOf(fiber))?.size ?? 0
  }
}
