/**
 * Deadlines: what happens at a time, unless it is called off before. All of one length share one fiber that sleeps, since
 * a fiber and a timer of its own for each costs more than most of what has a deadline.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/**
 * Deadlines of any lengths.
 *
 * @internal
 */
export interface Deadlines {
  /** Runs `expire` after so many milliseconds on the clock of the fiber, unless it is called off by what this gives. */
  readonly set: (fiber: Fiber.RuntimeFiber<unknown, unknown>, millis: number, expire: () => void) => () => void
}

interface Deadline {
  /** microseconds, see `micros` */
  readonly at: number
  readonly expire: () => void
}

/** deadlines of one length on one clock: the first that was set is the first to come */
interface Line {
  readonly deadlines: Set<Deadline>
  watch: Fiber.RuntimeFiber<void> | undefined
  /** whether it is to be looked at whether there is still something to watch */
  ending: boolean
}

/** whole microseconds of a clock that never steps back, within one of what they are: nanoseconds exceed a number */
const micros = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1000n)

/**
 * Whole milliseconds of a clock that never steps back: what is waited for is not to be held up, nor taken to be overdue,
 * because somebody sets the time of day.
 */
export const steady = (clock: Clock.Clock) => (): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)

/**
 * The same, read once in each task of the event loop: nothing in one lasts long, and reading the clock for each of the
 * frames that arrive together costs a tenth of what they cost.
 */
export const perTask = (now: () => number): () => number => {
  let at = 0
  let isRead = false
  const forget = (): void => {
    isRead = false
  }
  return () => {
    if (!isRead) {
      isRead = true
      at = now()
      queueMicrotask(forget)
    }
    return at
  }
}

/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000

/** sleeps until the first deadline, and so on until there is none */
const watch = (clock: Clock.Clock, deadlines: Set<Deadline>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const now = micros(clock)
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
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const lines = linesOf(clock)
      let line = lines.get(millis)
      if (line === undefined) lines.set(millis, line = { deadlines: new Set(), watch: undefined, ending: false })
      const { deadlines } = line
      const deadline: Deadline = { at: micros(clock) + millis * 1000, expire }
      deadlines.add(deadline)
      // what watched before may have seen the last of them come
      if (line.watch === undefined || line.watch.unsafePoll() !== null) {
        // it sleeps on this clock and needs nothing else of the caller, whom it may outlive
        line.watch = Effect.runFork(watch(clock, deadlines))
      }
      const end = (): void => {
        line.ending = false
        if (deadlines.size > 0) return
        line.watch?.unsafeInterruptAsFork(FiberId.none)
        // most lengths are settings, but a caller may use any number of them
        if (lines.get(millis) === line) lines.delete(millis)
      }
      return () => {
        deadlines.delete(deadline)
        if (deadlines.size > 0 || line.ending) return
        // A timer keeps the process alive, so it ends with the last deadline. Not at once: one call after the other is
        // the rule, and what is scheduled to run next may set a new one.
        line.ending = true
        fiber.currentScheduler.scheduleTask(end, 1, fiber)
      }
    }
  }
}
