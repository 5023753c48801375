/**
 * Watches for orders that may still appear after their outcome was published. Between two readings of the venue, and
 * before an answer that comes late, a watch is an entry of a map and no fiber: by default it lasts for 64 minutes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Unresolvable } from "../../Command.ts"
import type { Shown } from "../../OrderOutcome.ts"
import type { Unresolved } from "./inFlight.ts"
import type { Watch } from "./operation.ts"

/** The result: the order, or orders that may be it; undefined when the venue has shown none. */
export type Sighting = Shown | Unresolvable | undefined

type Entry =
  | { readonly _tag: "Waiting"; readonly callOff: () => void }
  | { readonly _tag: "Reading" }

/** A case to watch for. */
export interface Watched {
  readonly watch: Watch
  readonly unresolved: Pick<Unresolved, "late" | "onLate" | "unknown">
  /** called once, when the watch ends */
  readonly onEnd: (found: Sighting) => Effect.Effect<void>
}

export interface Watches {
  readonly begin: (watched: Watched) => void
  /** the layer is released: nothing is watched for any longer */
  readonly release: Effect.Effect<void>
}

export interface Needs {
  readonly fork: (effect: Effect.Effect<void>) => void
  /** calls a function after a number of ms, unless the function that it returns is called before */
  readonly after: (millis: number, expire: () => void) => () => void
}

export const make = ({ after, fork }: Needs): Watches => {
  const entries = new Map<Watched, Entry>()
  let isReleased = false

  const end = (watched: Watched, found: Sighting): Effect.Effect<void> =>
    Effect.suspend(() => {
      const entry = entries.get(watched)
      // a reading and a late answer may both have found it
      if (entry === undefined) return Effect.void
      if (entry._tag === "Waiting") entry.callOff()
      entries.delete(watched)
      return watched.onEnd(found)
    })

  /** false when the last reading was made */
  const wait = (watched: Watched, place: number, unclear: Sighting): boolean => {
    const { times } = watched.watch
    const at = times[place]
    if (at === undefined) return false
    const callOff = after(at - (times[place - 1] ?? 0), () => {
      entries.set(watched, { _tag: "Reading" })
      fork(read(watched, place, unclear))
    })
    entries.set(watched, { _tag: "Waiting", callOff })
    return true
  }

  const read = (watched: Watched, place: number, before: Sighting): Effect.Effect<void> =>
    // a reading that fails is made again by the next one
    Effect.flatMap(Effect.option(watched.watch.read), (result) => {
      const found = Option.getOrUndefined(result)
      if (found !== undefined && found._tag !== "Unresolvable") return end(watched, found)
      const unclear = found ?? before
      return entries.has(watched) && wait(watched, place + 1, unclear) ? Effect.void : end(watched, unclear)
    })

  const onAnswer = (watched: Watched): void =>
    fork(
      watched.unresolved.late()?._tag === "Refused"
        ? end(watched, undefined)
        // one that was accepted is watched for to the end
        : Effect.flatMap(watched.watch.untilShown, (shown) => shown === undefined ? Effect.void : end(watched, shown))
    )

  return {
    begin: (watched) => {
      const { late, onLate } = watched.unresolved
      if (isReleased) return
      wait(watched, 0, undefined)
      onLate(() => onAnswer(watched))
      if (late() !== undefined) onAnswer(watched)
    },
    release: Effect.suspend(() => {
      isReleased = true
      const left = [...entries]
      entries.clear()
      for (const [, entry] of left) if (entry._tag === "Waiting") entry.callOff()
      return Effect.forEach(left, ([{ unresolved }]) =>
        Effect.logWarning(
          `${unresolved.unknown.message} Its resolution was stopped before the outcome was known, because the program ends`
        ), { discard: true })
    })
  }
}
