/**
 * Waiting for something that synchronous code tells, or for a time; and turns among commands whose answers could not be
 * told apart.
 *
 * What waits here needs no interruption to end, so it keeps its time in finalizers too.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Deadlines from "./deadlines.ts"
import * as Fibers from "./fibers.ts"
import * as Later from "./later.ts"

/** One who waits. */
export interface Sleeper {
  /** something happened since `listen` */
  woken: boolean
  wake: () => void
}

const nothing = (): void => undefined

export const sleeper = (): Sleeper => ({ woken: false, wake: nothing })

/** to be called before one looks whether there is something to wait for */
export const listen = (one: Sleeper): void => {
  one.woken = false
}

export const wake = (one: Sleeper): void => {
  one.woken = true
  one.wake()
}

const deadlines = Deadlines.make()

/** until it is woken, but no longer than so many ms */
export const sleep = (one: Sleeper, millis: number): Effect.Effect<void> =>
  Fibers.withFiber((fiber) =>
    Later.callback((resume) => {
      // a fiber may give way to others anywhere: what is waited for may have happened already
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

/** A place in the order of commands. */
export interface Turn extends Sleeper {
  readonly keys: ReadonlyArray<string>
}

export interface Turns {
  readonly add: (keys: ReadonlyArray<string>) => Turn
  readonly remove: (turn: Turn) => void
  /** whether one that came before shares a key */
  readonly isBlocked: (turn: Turn) => boolean
  /** lets all of them look again */
  readonly wakeAll: () => void
}

export const makeTurns = (): Turns => {
  const turns = new Set<Turn>()
  const wakeAll = (): void => {
    for (const turn of turns) wake(turn)
  }
  return {
    add: (keys) => {
      const turn: Turn = { ...sleeper(), keys }
      turns.add(turn)
      return turn
    },
    remove: (turn) => {
      turns.delete(turn)
      wakeAll()
    },
    isBlocked: (turn) => {
      if (turns.size === 1) return false
      for (const other of turns) {
        if (other === turn) return false
        if (other.keys.some((key) => turn.keys.includes(key))) return true
      }
      return false
    },
    wakeAll
  }
}
