/**
 * How synchronous code wakes a fiber: every listener and every loop that does so goes through this file.
 *
 * The fiber has to go on after its waker has returned, never within the call: code of the user would otherwise run in the
 * middle of a `push`, and could change a list that the waker is walking through. Effect 3 guarantees this, since both
 * functions put the fiber into the queue of its scheduler. In Effect 4 both run it at once, and only this file will differ.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** An Effect that waits until `resume` is called, and then continues with the effect passed to it. */
export const callback: <A, E = never, R = never>(
  register: (resume: (effect: Effect.Effect<A, E, R>) => void) => void | Effect.Effect<void, never, R>
) => Effect.Effect<A, E, R> = Effect.async

/** A Deferred for synchronous code to complete, with `done`. */
export const deferred = <A, E = never>(): Deferred.Deferred<A, E> => Deferred.unsafeMake<A, E>(FiberId.none)

/** Completes a Deferred; the first one to do so counts. */
export const done: <A, E>(deferred: Deferred.Deferred<A, E>, effect: Effect.Effect<A, E>) => void = Deferred.unsafeDone
