/**
 * Schedules with delays that a clock can keep, and drivers of schedules.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Settings } from "../../BitfinexConfig.ts"

/** the same schedule in whole milliseconds, rounded up */
const whole = <Out, In>(schedule: Schedule.Schedule<Out, In>): Schedule.Schedule<Out, In> =>
  Schedule.modifyDelay(schedule, (_, delay) => {
    const millis = Duration.toMillis(delay)
    return Number.isFinite(millis) ? Duration.millis(Math.ceil(millis)) : delay
  })

/**
 * The settings with delays between repeated calls in whole milliseconds. Jitter makes fractions, and a TestClock that
 * stands between two milliseconds cannot give its nanoseconds: every span would die of it.
 *
 * @internal
 */
export const ofRest = (settings: Settings): Settings => ({
  ...settings,
  rest: { ...settings.rest, retryReads: whole(settings.rest.retryReads), retryUnsent: whole(settings.rest.retryUnsent) }
})

/** The same schedule for another input. */
export const mapInput = <Out, In, In2>(
  schedule: Schedule.Schedule<Out, In>,
  f: (input: In2) => In
): Schedule.Schedule<Out, In2> => Schedule.mapInput(schedule, f)

/** A schedule that is advanced step by step. */
export interface Driver<in In> {
  /** waits for the next delay; fails when the schedule has ended */
  readonly next: (input: In) => Effect.Effect<unknown, "over">
  /** back to the first delay */
  readonly reset: Effect.Effect<void>
}

/** Delays are whole milliseconds, for the reason given at `ofRest`. */
export const driver = <Out, In>(schedule: Schedule.Schedule<Out, In>): Effect.Effect<Driver<In>> =>
  Effect.map(Schedule.driver(whole(schedule)), (driver) => ({
    next: (input) => Effect.mapError(driver.next(input), () => "over" as const),
    reset: driver.reset
  }))
