/**
 * Lists in which a row that cannot be decoded does not hide the others.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { DecodeError, type Readable } from "../../BitfinexError.ts"

/**
 * Turns the failure of a list into the rows that can be decoded and those that cannot.
 *
 * @internal
 */
export const readable = <A, E, R>(
  list: Effect.Effect<ReadonlyArray<A>, E, R>
): Effect.Effect<Readable<A>, E, R> =>
  Effect.matchEffect(list, {
    onSuccess: (rows) => Effect.succeed({ rows, unread: [] }),
    onFailure: (error) =>
      error instanceof DecodeError && error.partial !== null
        // the cast: the rows are those of the list that failed
        ? Effect.succeed(error.partial as Readable<A>)
        : Effect.fail(error)
  })
