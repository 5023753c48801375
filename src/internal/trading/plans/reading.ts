/**
 * Readings of the venue's orders, and when they prove that an order does not exist.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Unresolved } from "../inFlight.ts"
import type { LookupError } from "../operation.ts"

/** between two readings of something that must appear */
const pause = Duration.seconds(1)

/** The result of readings. */
export type Absence<A> =
  | { readonly _tag: "Found"; readonly value: A }
  | { readonly _tag: "Answered" }
  /** not there, and nothing of it can still arrive */
  | { readonly _tag: "Absent" }
  /** not there, but it may still arrive */
  | { readonly _tag: "NotSeen" }

/**
 * Reads at once; then, when a barrier is known, twice more: first `settle` or more after it, then `settle` or more after
 * the end of that reading. Ends early with what a reading finds, or with a late answer.
 *
 * An order that the venue accepted before the barrier is among the open ones at the first of the two, or it has ended
 * before; then it is among the past ones at the second. A reading that fails ends all: the next attempt begins with the
 * first of the two again.
 */
export const untilProven = <A>(
  read: Effect.Effect<A | undefined, LookupError>,
  { awaitLate, late, mark }: Pick<Unresolved, "awaitLate" | "late" | "mark">,
  { settle, steady }: { readonly settle: Duration.DurationInput; readonly steady: () => number }
): Effect.Effect<Absence<A>, LookupError> => {
  const answered = Effect.as(awaitLate, { _tag: "Answered" } as const)

  const readings = Effect.gen(function*() {
    const first = yield* read
    if (first !== undefined) return { _tag: "Found", value: first } as const
    const barrier = yield* mark.awaitBarrier
    for (let from = barrier.at, left = 2; left > 0; from = steady(), left--) {
      yield* Effect.sleep(Math.max(0, from + Duration.toMillis(settle) - steady()))
      const found = yield* read
      if (found !== undefined) return { _tag: "Found", value: found } as const
    }
    return { _tag: barrier._tag === "Fenced" ? "Absent" : "NotSeen" } as const
  })

  return Effect.suspend((): Effect.Effect<Absence<A>, LookupError> =>
    late() === undefined ? Effect.raceFirst(readings, answered) : answered
  )
}

/**
 * Whether a command that had no effect can no longer have one: nothing of it can arrive, or the venue refused it late.
 */
export const isFinal = ({ _tag }: Absence<unknown>, { late }: Pick<Unresolved, "late">): boolean =>
  _tag === "Absent" || (_tag === "Answered" && late()?._tag === "Refused")

/**
 * Repeats a reading until it finds something, for up to twice the time that the venue may take to show an effect. The
 * last reading is not cut short: one that hangs shows nothing, and fails by its own deadline.
 */
export const untilShown = <A>(
  read: Effect.Effect<A | undefined, LookupError>,
  { settle, steady }: { readonly settle: Duration.DurationInput; readonly steady: () => number }
): Effect.Effect<A | undefined, LookupError> =>
  Effect.gen(function*() {
    const until = steady() + 2 * Duration.toMillis(settle)
    while (true) {
      const found = yield* read
      if (found !== undefined || steady() >= until) return found
      yield* Effect.sleep(pause)
    }
  })
