/**
 * What REST is asked when the socket cannot say what happened: shared by the families.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { PageOverflow, RestError } from "../../BitfinexError.ts"
import type { MissedEvent } from "../../MissedEvent.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"

export type LookError = RestError | PageOverflow

/** What looks are made with. */
export interface Looker {
  readonly rest: RestAuthClient.Service
  /** ms of a clock that never steps, by which is waited */
  readonly now: () => number
  /** ms of the time of day */
  readonly timeOfDay: () => number
  /** the login of now */
  readonly epoch: () => number
  readonly tell: (event: MissedEvent) => void
  /** how long REST may lag behind the socket, ms */
  readonly settle: number
}

/** Questions of one kind that wait for an answer. */
export interface Step {
  readonly name: string
  readonly hasWork: () => boolean
  /** answers what can be answered now; what cannot stays, to be asked again */
  readonly run: Effect.Effect<void, LookError>
  /** tells what was asked until then as unknown, and forgets it; Infinity for all */
  readonly giveUp: (reason: string, until: number) => void
}

/** ids in one request; how many the venue takes is not documented */
export const idsPerLook = 100

export const inParts = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))

/** a reply that cannot be read may only have been cut off on its way */
export const mayPass = (error: LookError): boolean => error.isRetryable || error._tag === "DecodeError"
