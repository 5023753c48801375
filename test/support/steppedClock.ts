import type * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A clock whose time of day can be set; what it sleeps by, and its nanoseconds, are those of the clock below. */
export interface SteppedClock {
  readonly clock: Clock.Clock
  /** how far it is ahead of the clock below from now on, ms */
  readonly set: (ahead: number) => void
}

/** Makes one on top of the clock of the test. */
export const make = (ahead = 0): Effect.Effect<SteppedClock> =>
  Effect.map(Effect.clock, (below) => {
    let by = ahead
    const millis = () => below.unsafeCurrentTimeMillis() + by
    return {
      set: (ahead) => {
        by = ahead
      },
      // on top of the clock below, so that a TestClock is one still
      clock: Object.assign(Object.create(below) as Clock.Clock, {
        unsafeCurrentTimeMillis: millis,
        currentTimeMillis: Effect.sync(millis),
        unsafeCurrentTimeNanos: () => below.unsafeCurrentTimeNanos(),
        currentTimeNanos: Effect.sync(() => below.unsafeCurrentTimeNanos()),
        sleep: (duration: Duration.Duration) => below.sleep(duration)
      })
    }
  })
