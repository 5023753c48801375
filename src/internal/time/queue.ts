/**
 * A queue: a number of tasks run at a time, first come, first served, urgent ones first.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Deadlines from "./deadlines.ts"
import * as Fibers from "./fibers.ts"
import * as Later from "./later.ts"

/**
 * How a task waits for its permit.
 *
 * @internal
 */
export interface Options<out E2> {
  /** a task that waits longer leaves the queue, and fails with `late` */
  readonly maxWait: Duration.DurationInput
  readonly late: () => E2
  /**
   * `true` goes before those that are not urgent. `now` goes before all others, and does not wait behind a task that
   * hangs: after half a second it runs in addition to those that have a permit, one of this kind at a time. Default
   * false
   */
  readonly urgent?: boolean | "now"
  /** gives the task up while it runs: called when one that is urgent now has waited for half a second */
  readonly abort?: () => void
}

/**
 * A queue of tasks.
 *
 * @internal
 */
export interface TaskQueue {
  /** Runs an effect with a permit, when its place in the queue comes. One that is interrupted while it waits leaves its place to the next. */
  readonly run: <A, E, R, E2>(use: Effect.Effect<A, E, R>, options: Options<E2>) => Effect.Effect<A, E | E2, R>
  /**
   * A permit for a task of synchronous code, if one is free: then nothing waits. Returns the function that gives it back,
   * which is to be called once. `abort` as in `Options`.
   */
  readonly tryEnter: (abort?: () => void) => (() => void) | undefined
}

/** `extra` is one additional permit, for tasks that are urgent now */
type Permit = "regular" | "extra"

interface Waiter {
  /** resumes the waiter */
  wake: () => void
  permit: Permit | undefined
}

/** how long a task that is urgent now waits behind the others, ms: a healthy call takes less */
const patience = 500

interface Queue {
  free: number
  extra: "free" | "taken"
  // a set keeps its order, and forgets from the middle at no cost
  readonly now: Set<Waiter>
  readonly urgent: Set<Waiter>
  readonly patient: Set<Waiter>
  /** of the running tasks that can be abandoned */
  readonly aborts: Set<() => void>
}

const give = (waiting: Set<Waiter>, permit: Permit): boolean => {
  for (const next of waiting) {
    waiting.delete(next)
    next.permit = permit
    next.wake()
    return true
  }
  return false
}

const release = (queue: Queue, permit: Permit): void => {
  if (permit === "extra") {
    if (!give(queue.now, "extra")) queue.extra = "free"
    return
  }
  if (!give(queue.now, permit) && !give(queue.urgent, permit) && !give(queue.patient, permit)) queue.free++
}

const deadlines = Deadlines.make()

/** until a permit is given, but no longer than this many ms */
const wait = (waiter: Waiter, millis: number): Effect.Effect<void> =>
  Fibers.withFiber((fiber) =>
    Later.callback((resume) => {
      // a fiber may give way to others anywhere: the permit may be here already
      if (waiter.permit !== undefined) return resume(Effect.void)
      const callOff = deadlines.set(fiber, millis, () => resume(Effect.void))
      waiter.wake = () => {
        callOff()
        resume(Effect.void)
      }
      return Effect.sync(callOff)
    })
  )

/** a task that is urgent now waits for a moment, and then takes the extra permit if that is free */
const waitNow = (queue: Queue, waiter: Waiter, millis: number): Effect.Effect<void> =>
  Effect.flatMap(wait(waiter, Math.min(patience, millis)), () => {
    if (waiter.permit !== undefined || millis <= patience) return Effect.void
    for (const abort of queue.aborts) abort()
    // one that ended at once gave its permit to the first that waits, which may be this one
    if (waiter.permit !== undefined) return Effect.void
    if (queue.extra === "free") {
      queue.extra = "taken"
      queue.now.delete(waiter)
      waiter.permit = "extra"
      return Effect.void
    }
    return wait(waiter, millis - patience)
  })

/**
 * Makes a queue that runs this many tasks at a time. Semaphores of Effect would do, but for two things: one that comes
 * while a permit changes hands can take it before those that wait, and a wait that runs out may lose a permit.
 *
 * @internal
 */
export const make = (permits: number): TaskQueue => {
  const queue: Queue = {
    free: permits,
    extra: "free",
    now: new Set(),
    urgent: new Set(),
    patient: new Set(),
    aborts: new Set()
  }

  const entered = (permit: Permit, abort: (() => void) | undefined): () => void => {
    if (abort === undefined) return () => release(queue, permit)
    queue.aborts.add(abort)
    return () => {
      queue.aborts.delete(abort)
      release(queue, permit)
    }
  }

  return {
    tryEnter: (abort) => {
      if (queue.free === 0) return undefined
      queue.free--
      return entered("regular", abort)
    },
    run: <A, E, R, E2>(use: Effect.Effect<A, E, R>, { abort, late, maxWait, urgent = false }: Options<E2>) =>
      Effect.uninterruptibleMask((restore) => {
        // as `Effect.ensuring`, which would set up once more that this cannot be interrupted
        const go = (permit: Permit): Effect.Effect<A, E | E2, R> => {
          const end = entered(permit, abort)
          return Effect.matchCauseEffect(restore(use), {
            onFailure: (cause) => {
              end()
              return Effect.failCause(cause)
            },
            onSuccess: (value) => {
              end()
              return Effect.succeed(value)
            }
          })
        }
        if (queue.free > 0) {
          queue.free--
          return go("regular")
        }
        const waiter: Waiter = { wake: () => {}, permit: undefined }
        const waiting = urgent === "now" ? queue.now : urgent ? queue.urgent : queue.patient
        waiting.add(waiter)
        const millis = Duration.toMillis(maxWait)
        return Effect.matchCauseEffect(
          restore(urgent === "now" ? waitNow(queue, waiter, millis) : wait(waiter, millis)),
          {
            onFailure: (cause) => {
              // the permit may have come in the very moment in which the wait ended otherwise
              if (waiter.permit !== undefined) release(queue, waiter.permit)
              else waiting.delete(waiter)
              return Effect.failCause(cause)
            },
            onSuccess: (): Effect.Effect<A, E | E2, R> => {
              if (waiter.permit !== undefined) return go(waiter.permit)
              waiting.delete(waiter)
              return Effect.fail(late())
            }
          }
        )
      })
  }
}
