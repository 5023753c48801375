/**
 * Runs commands one after the other whose answers could not be distinguished.
 *
 * @internal
 */
import * as Waiting from "../time/wait.ts"

/** A place in the order of commands. */
export interface Turn extends Waiting.Sleeper {
  readonly keys: ReadonlyArray<string>
}

export interface Turns {
  readonly add: (keys: ReadonlyArray<string>) => Turn
  readonly remove: (turn: Turn) => void
  /** whether an earlier one shares a key */
  readonly isBlocked: (turn: Turn) => boolean
  /** has all of them check again */
  readonly wakeAll: () => void
}

export const make = (): Turns => {
  const turns = new Set<Turn>()
  const wakeAll = (): void => {
    for (const turn of turns) Waiting.wake(turn)
  }
  return {
    add: (keys) => {
      const turn: Turn = { ...Waiting.sleeper(), keys }
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
