/**
 * The only file that reads a clock without an Effect: the others ask these functions.
 *
 * @internal
 */
import * as Clock from "effect/Clock"

/** Whole microseconds of a clock that never steps back, off by one at most: nanoseconds exceed a number. */
export const micros = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1000n)

/**
 * Whole milliseconds of a clock that never steps back. A deadline that is kept by it neither waits longer nor ends early
 * when the time of day is set.
 */
export const steady = (clock: Clock.Clock) => (): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)

/** Milliseconds since 1970 by the time of day, which may be set. */
export const mts = (clock: Clock.Clock): number => clock.unsafeCurrentTimeMillis()

/** The same as a function without arguments. */
export const wall = (clock: Clock.Clock) => (): number => clock.unsafeCurrentTimeMillis()

/**
 * The same clock, read once in each task of the event loop. A task is short, and reading the clock for each of the frames
 * that arrive together costs a tenth of their handling.
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

/** A clock of the machine, for what must end even under a `TestClock` that no test adjusts. */
export const real = (): Clock.Clock => Clock.make()
