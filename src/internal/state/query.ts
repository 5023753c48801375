/**
 * What REST is asked when the socket cannot say what happened: shared by the families.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { PageOverflow, RestError } from "../../BitfinexError.ts"
import type { MissedEvent } from "../../MissedEvent.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"

export type QueryError = RestError | PageOverflow

/** What queries are made with. */
export interface Needs {
  readonly rest: RestAuthClient.Service
  /** ms of a clock that never steps, by which deadlines are kept */
  readonly now: () => number
  /** ms of the time of day */
  readonly timeOfDay: () => number
  /** the current login */
  readonly epoch: () => number
  readonly publish: (event: MissedEvent) => void
  /** how long REST may lag behind the socket, ms */
  readonly settle: number
}

/** Questions of one kind that wait for an answer. */
export interface Step {
  readonly name: string
  readonly hasWork: () => boolean
  /** answers what can be answered now; what cannot stays, to be asked again */
  readonly run: Effect.Effect<void, QueryError>
  /** reports what was asked until then as unknown, and forgets it; Infinity for all */
  readonly giveUp: (reason: string, until: number) => void
}

/** ids in one request; how many the venue takes is not documented */
export const idsPerQuery = 100

export const inParts = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))

/** a reply that cannot be read may only have been cut off on its way */
export const mayPass = (error: QueryError): boolean => error.isRetryable || error._tag === "DecodeError"
