import type * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A clock whose time of day can be set; its sleep and its nanoseconds are those of the underlying clock. */
export interface SteppedClock {
  readonly clock: Clock.Clock
  /** sets the offset to the underlying clock, ms */
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
      // extends the underlying clock, so that a TestClock remains one
      clock: Object.assign(Object.create(below) as Clock.Clock, {
        unsafeCurrentTimeMillis: millis,
        currentTimeMillis: Effect.sync(millis),
        unsafeCurrentTimeNanos: () => below.unsafeCurrentTimeNanos(),
        currentTimeNanos: Effect.sync(() => below.unsafeCurrentTimeNanos()),
        sleep: (duration: Duration.Duration) => below.sleep(duration)
      })
    }
  })
