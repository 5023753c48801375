/**
 * Runs commands one after the other whose answers could not be distinguished.
 *
 * @internal
 */
import * as Waiting from "../time/wait.ts"

/** A place in the order of commands. */
export interface Place extends Waiting.Sleeper {
  readonly keys: ReadonlyArray<string>
}

export interface Exclusion {
  readonly add: (keys: ReadonlyArray<string>) => Place
  readonly remove: (place: Place) => void
  /** whether an earlier one shares a key */
  readonly isBlocked: (place: Place) => boolean
  /** has all of them check again */
  readonly wakeAll: () => void
}

export const make = (): Exclusion => {
  const places = new Set<Place>()
  const wakeAll = (): void => {
    for (const place of places) Waiting.wake(place)
  }
  return {
    add: (keys) => {
      const place: Place = { ...Waiting.sleeper(), keys }
      places.add(place)
      return place
    },
    remove: (place) => {
      places.delete(place)
      wakeAll()
    },
    isBlocked: (place) => {
      if (places.size === 1) return false
      for (const other of places) {
        if (other === place) return false
        if (other.keys.some((key) => place.keys.includes(key))) return true
      }
      return false
    },
    wakeAll
  }
}
