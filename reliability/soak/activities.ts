/**
 * The short-lived activities of the workload: commands, calls, visits. They are held before each reading of the gauges. A
 * fiber in flight takes some 20 KiB, so the heap would otherwise scatter by several hundred, more than a leak of a minute.
 */
import * as Effect from "effect/Effect"

export interface Activities {
  /** begins once the activities are not held */
  readonly run: <A, E, R>(activity: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** lets those in flight end, and begins none */
  readonly hold: Effect.Effect<void>
  readonly release: Effect.Effect<void>
  readonly inFlight: () => number
}

export const make: Effect.Effect<Activities> = Effect.map(Effect.makeLatch(true), (latch) => {
  let inFlight = 0
  return {
    run: (activity) =>
      Effect.zipRight(
        latch.await,
        Effect.acquireUseRelease(
          Effect.sync(() => inFlight++),
          () => activity,
          () => Effect.sync(() => inFlight--)
        )
      ),
    hold: Effect.asVoid(latch.close),
    release: Effect.asVoid(latch.open),
    inFlight: () => inFlight
  }
})
