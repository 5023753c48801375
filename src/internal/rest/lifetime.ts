/**
 * The lifetime of one client: when its layer is released, its calls end.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Later from "../time/later.ts"

/** A request that was sent, and has not ended. */
export interface InFlight {
  /** ends it without a reply, because the layer is released */
  readonly release: () => void
}

/** The lifetime of a client, as its calls see it. */
export interface Lifetime {
  readonly isReleased: () => boolean
  readonly inFlight: Set<InFlight>
  /** called once, when the layer is released */
  readonly release: () => void
  /** The effect; if the layer is released before its end, or was before it began, what `end` makes comes in its place. */
  readonly before: <A, E, E2>(
    effect: Effect.Effect<A, E>,
    end: () => Effect.Effect<never, E2>
  ) => Effect.Effect<A, E | E2>
}

/** A lifetime that lasts until `release` is called. */
export const make = (): Lifetime => {
  const gone = Later.deferred<void>()
  const inFlight = new Set<InFlight>()
  let isReleased = false
  return {
    isReleased: () => isReleased,
    inFlight,
    release: () => {
      isReleased = true
      for (const each of inFlight) each.release()
      inFlight.clear()
      Later.done(gone, Effect.void)
    },
    before: (effect, end) =>
      Effect.suspend(() => {
        if (isReleased) return end()
        // reads within it are interrupted by the release too: `end` decides the result
        const alive = Effect.catchAllCause(
          effect,
          (cause) => isReleased && Cause.isInterruptedOnly(cause) ? Effect.never : Effect.failCause(cause)
        )
        return Effect.raceFirst(
          // disconnected, and the other interruptible: a finalizer, which cannot be interrupted, may call too
          Effect.disconnect(alive),
          Effect.interruptible(Effect.flatMap(Deferred.await(gone), end))
        )
      })
  }
}

/** Ends with the scope. */
export const scoped = Effect.acquireRelease(Effect.sync(make), ({ release }) => Effect.sync(release))
