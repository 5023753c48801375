/**
 * Turns: so many at a time, in the order in which they were asked for.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"

/**
 * A queue for turns.
 *
 * @internal
 */
export interface Turns {
  /**
   * Runs an effect in its turn. Nobody is overtaken; one who is interrupted while it waits, or waits longer than
   * `maxWait`, leaves its place to the next. Then it fails with `late`.
   */
  readonly run: <A, E, R, E2>(
    use: Effect.Effect<A, E, R>,
    options: { readonly maxWait: Duration.DurationInput; readonly late: () => E2 }
  ) => Effect.Effect<A, E | E2, R>
}

interface Waiter {
  readonly wake: Deferred.Deferred<void>
  given: boolean
}

/**
 * Makes a queue with so many turns at a time. Semaphores of Effect would do, but for two things: one who comes while a
 * turn changes hands can take it before those who wait, and a wait that runs out may lose a turn.
 *
 * @internal
 */
export const make = (turns: number): Turns => {
  let free = turns
  // a set keeps its order, and forgets from the middle at no cost
  const waiting = new Set<Waiter>()

  const release = Effect.sync(() => {
    for (const next of waiting) {
      waiting.delete(next)
      next.given = true
      Deferred.unsafeDone(next.wake, Effect.void)
      return
    }
    free++
  })

  return {
    run: <A, E, R, E2>(use: Effect.Effect<A, E, R>, { late, maxWait }: {
      readonly maxWait: Duration.DurationInput
      readonly late: () => E2
    }) =>
      Effect.uninterruptibleMask((restore) => {
        const go: Effect.Effect<A, E | E2, R> = Effect.ensuring(restore(use), release)
        if (free > 0) {
          free--
          return go
        }
        const waiter: Waiter = { wake: Deferred.unsafeMake<void>(FiberId.none), given: false }
        waiting.add(waiter)
        const turn = Deferred.await(waiter.wake)
        const bounded = Duration.isFinite(Duration.decode(maxWait)) ? Effect.timeoutOption(turn, maxWait) : turn
        return restore(bounded).pipe(
          Effect.exit,
          Effect.flatMap((exit): Effect.Effect<A, E | E2, R> => {
            // the turn may have come in the very moment in which the wait ended otherwise
            if (waiter.given) return Exit.isSuccess(exit) ? go : Effect.zipRight(release, Effect.failCause(exit.cause))
            waiting.delete(waiter)
            return Exit.isSuccess(exit) ? Effect.fail(late()) : Effect.failCause(exit.cause)
          })
        )
      })
  }
}
