/**
 * Waits until synchronous code wakes the waiter, or until a time is over.
 *
 * A wait needs no interruption to end, so it keeps its time in finalizers too.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Deadlines from "./deadlines.ts"
import * as Fibers from "./fibers.ts"
import * as Later from "./later.ts"

/** A fiber that waits. */
export interface Sleeper {
  /** something happened since `listen` */
  woken: boolean
  wake: () => void
}

const nothing = (): void => undefined

export const sleeper = (): Sleeper => ({ woken: false, wake: nothing })

/** call this before checking whether there is something to wait for */
export const listen = (one: Sleeper): void => {
  one.woken = false
}

export const wake = (one: Sleeper): void => {
  one.woken = true
  one.wake()
}

const deadlines = Deadlines.make()

/** until it is woken, but no longer than `millis` */
export const sleep = (one: Sleeper, millis: number): Effect.Effect<void> =>
  Fibers.withFiber((fiber) =>
    Later.callback((resume) => {
      // a fiber may yield anywhere: the event may have happened already
      if (one.woken) return resume(Effect.void)
      const callOff = deadlines.set(fiber, Math.max(0, millis), () => resume(Effect.void))
      one.wake = () => {
        one.wake = nothing
        callOff()
        resume(Effect.void)
      }
      return Effect.sync(callOff)
    })
  )
