/**
 * Deadlines: what happens at a time, unless it is called off before. All of one length share one fiber that sleeps, since
 * a fiber and a timer of its own for each costs more than most operations that have a deadline.
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
  /** a check is scheduled whether any deadline is left */
  ending: boolean
}

/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000

/** sleeps until the first deadline, and so on until there is none */
const watch = (clock: Clock.Clock, deadlines: Set<Deadline>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const now = Clocks.micros(clock)
    for (const deadline of deadlines) {
      const left = Math.ceil((deadline.at - now - 1) / 1000)
      if (left > 0) {
        const sleep = clock.sleep(Duration.millis(Math.min(longestSleep, left)))
        return Effect.flatMap(sleep, () => watch(clock, deadlines))
      }
      deadlines.delete(deadline)
      deadline.expire()
    }
    return Effect.void
  })

/**
 * Makes deadlines.
 *
 * @internal
 */
export const make = (): Deadlines => {
  const clocks = new WeakMap<Clock.Clock, Map<number, Line>>()

  const linesOf = (clock: Clock.Clock): Map<number, Line> => {
    let lines = clocks.get(clock)
    if (lines === undefined) clocks.set(clock, lines = new Map())
    return lines
  }

  return {
    set: (fiber, millis, expire) => {
      if (!Number.isFinite(millis)) return () => {}
      const clock = Fibers.clockOf(fiber)
      const lines = linesOf(clock)
      let line = lines.get(millis)
      if (line === undefined) lines.set(millis, line = { deadlines: new Set(), watch: undefined, ending: false })
      const { deadlines } = line
      const deadline: Deadline = { at: Clocks.micros(clock) + millis * 1000, expire }
      deadlines.add(deadline)
      // what watched before may have seen the last of them come
      if (line.watch === undefined || Fibers.isDone(line.watch)) {
        // it sleeps on this clock and needs nothing else of the caller, whom it may outlive
        line.watch = Effect.runFork(watch(clock, deadlines))
      }
      const end = (): void => {
        line.ending = false
        if (deadlines.size > 0) return
        if (line.watch !== undefined) Fibers.interrupt(line.watch)
        // most lengths are settings, but a caller may use any number of them
        if (lines.get(millis) === line) lines.delete(millis)
      }
      return () => {
        deadlines.delete(deadline)
        if (deadlines.size > 0 || line.ending) return
        // A timer keeps the process alive, so it ends with the last deadline. Not at once: one call after the other is
        // the rule, and the task that runs next may set a new one.
        line.ending = true
        Fibers.scheduler(fiber, 1)(end)
      }
    }
  }
}
