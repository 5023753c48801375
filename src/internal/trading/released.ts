/**
 * The release of the service's layer: from then on no socket answers, so what still waits for an answer ends.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Later from "../time/later.ts"

export interface Released {
  /** called once, when the layer is released */
  readonly release: () => void
  /** The effect; fails as soon as the layer is released, or at once if it was. */
  readonly before: <A, E, E2>(effect: Effect.Effect<A, E>, failure: () => E2) => Effect.Effect<A, E | E2>
}

export const make = (): Released => {
  const gone = Later.deferred<void>()
  return {
    release: () => Later.done(gone, Effect.void),
    before: (effect, failure) =>
      Effect.raceFirst(
        // disconnected: work that was begun may end in its own time
        Effect.disconnect(effect),
        // a finalizer, which cannot be interrupted, may call a command too
        Effect.interruptible(Effect.flatMap(Deferred.await(gone), () => Effect.failSync(failure)))
      )
  }
}
