/**
 * Schedules whose delays a clock can keep.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { Settings } from "../../BitfinexConfig.ts"

/** the same schedule in whole milliseconds, rounded up */
const whole = <Out, In>(schedule: Schedule.Schedule<Out, In>): Schedule.Schedule<Out, In> =>
  Schedule.modifyDelay(schedule, (_, delay) => {
    const millis = Duration.toMillis(delay)
    return Number.isFinite(millis) ? Duration.millis(Math.ceil(millis)) : delay
  })

/**
 * The settings with what repeats calls in whole milliseconds. Jitter gives fractions of them, and a TestClock that stands
 * between two milliseconds cannot tell its nanoseconds: every span would die of it.
 *
 * @internal
 */
export const ofRest = (settings: Settings): Settings => ({
  ...settings,
  retryReads: whole(settings.retryReads),
  retryUnsent: whole(settings.retryUnsent)
})
