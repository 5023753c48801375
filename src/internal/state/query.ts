/**
 * REST queries for events that the socket did not report: parts that the families share.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { PageOverflow, RestError } from "../../BitfinexError.ts"
import type { MissedEvent } from "../../MissedEvent.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"

export type QueryError = RestError | PageOverflow

/** The environment of queries. */
export interface Needs {
  readonly rest: RestAuthClient.Service
  /** ms of a clock that never steps; deadlines use it */
  readonly now: () => number
  /** ms of the wall clock */
  readonly timeOfDay: () => number
  /** the current login */
  readonly epoch: () => number
  readonly publish: (event: MissedEvent) => void
  /** how long REST may lag behind the socket, ms */
  readonly settle: number
}

/** Open questions of one kind. */
export interface Step {
  readonly name: string
  readonly hasWork: () => boolean
  /** resolves every question that can be answered now; the others stay, and are queried again */
  readonly run: Effect.Effect<void, QueryError>
  /** reports the questions up to `until` as unknown, and drops them; Infinity for all */
  readonly giveUp: (reason: string, until: number) => void
}

/** an unreadable reply may only have been truncated in transit */
export const mayPass = (error: QueryError): boolean => error.isRetryable || error._tag === "DecodeError"
