/**
 * Turns: so many at a time, in the order in which they were asked for, the urgent ones first.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Deadlines from "./deadlines.ts"

/**
 * A queue for turns.
 *
 * @internal
 */
export interface Turns {
  /**
   * Runs an effect in its turn. Nobody is overtaken but by one who is `urgent`; one who is interrupted while it waits, or
   * waits longer than `maxWait`, leaves its place to the next. Then it fails with `late`.
   */
  readonly run: <A, E, R, E2>(
    use: Effect.Effect<A, E, R>,
    options: { readonly maxWait: Duration.DurationInput; readonly late: () => E2; readonly urgent?: boolean }
  ) => Effect.Effect<A, E | E2, R>
}

interface Waiter {
  /** lets the one who waits look what became of its place */
  wake: () => void
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
  const hasty = new Set<Waiter>()
  const patient = new Set<Waiter>()
  const deadlines = Deadlines.make()

  const release = Effect.sync(() => {
    for (const next of hasty.size > 0 ? hasty : patient) {
      hasty.delete(next)
      patient.delete(next)
      next.given = true
      next.wake()
      return
    }
    free++
  })

  const wait = (waiter: Waiter, maxWait: Duration.DurationInput): Effect.Effect<void> =>
    Effect.withFiberRuntime((fiber) =>
      Effect.async((resume) => {
        // a fiber may give way to others anywhere: the turn may be here already
        if (waiter.given) return resume(Effect.void)
        const callOff = deadlines.set(fiber, Duration.toMillis(maxWait), () => resume(Effect.void))
        waiter.wake = () => {
          callOff()
          resume(Effect.void)
        }
        return Effect.sync(callOff)
      })
    )

  return {
    run: <A, E, R, E2>(use: Effect.Effect<A, E, R>, { late, maxWait, urgent = false }: {
      readonly maxWait: Duration.DurationInput
      readonly late: () => E2
      readonly urgent?: boolean
    }) =>
      Effect.uninterruptibleMask((restore) => {
        const go: Effect.Effect<A, E | E2, R> = Effect.ensuring(restore(use), release)
        if (free > 0) {
          free--
          return go
        }
        const waiter: Waiter = { wake: () => {}, given: false }
        const waiting = urgent ? hasty : patient
        waiting.add(waiter)
        return Effect.matchCauseEffect(restore(wait(waiter, maxWait)), {
          onFailure: (cause) => {
            // the turn may have come in the very moment in which the wait ended otherwise
            if (waiter.given) return Effect.zipRight(release, Effect.failCause(cause))
            waiting.delete(waiter)
            return Effect.failCause(cause)
          },
          onSuccess: (): Effect.Effect<A, E | E2, R> => {
            if (waiter.given) return go
            waiting.delete(waiter)
            return Effect.fail(late())
          }
        })
      })
  }
}
