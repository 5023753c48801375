/**
 * The knowledge of one available balance: the steps from one state to the next. All of it is pure.
 *
 * An answer of the venue bears no mark of the request. Requests of one login are answered in their order, so an answer
 * belongs to the oldest request that is not answered. Its value is current only if the account has not changed since that
 * request was written.
 *
 * @internal
 */
import type { AvailableAmount, AvailableReason } from "../../AccountView.ts"

/** A request that is not answered. */
export interface Request {
  /** its place among the requests and changes */
  readonly order: number
  /** ms of the steady clock */
  readonly at: number
  /** ms by the clock of this machine */
  readonly mts: number
}

export interface Value extends AvailableAmount {
  /** the place of the request that it answers */
  readonly order: number
  /** ms of the steady clock, when that request was written */
  readonly at: number
}

export interface Availability {
  /** the place of the last change of the account that may concern the wallet */
  readonly changed: number
  /** requests of this login that are not answered, the oldest first */
  readonly pending: ReadonlyArray<Request>
  readonly value: Value | undefined
}

export interface Times {
  /** ms after which a request counts as not answered */
  readonly timeout: number
  /** ms after which a value counts as old */
  readonly maxAge: number
}

/** ms after which an answer is no longer expected */
const lost = 60_000

export const initial: Availability = { changed: 0, pending: [], value: undefined }

/** the account has changed */
export const changed = (before: Availability, order: number): Availability => ({ ...before, changed: order })

/** another login: requests of the previous one will not be answered */
export const loggedIn = (before: Availability, order: number): Availability => ({
  ...before,
  changed: order,
  pending: []
})

export const asked = (before: Availability, request: Request): Availability => ({
  ...before,
  pending: [...before.pending.filter(({ at }) => at > request.at - lost), request]
})

/** the value, if it fits to the last change */
const current = ({ changed, value }: Availability): Value | undefined =>
  value !== undefined && value.order > changed ? value : undefined

/** The venue has computed the value. `now` has the place of this event, for a value that was not requested. */
export const answered = (before: Availability, amount: number, epoch: number, now: Request): Availability => {
  const [request, ...pending] = before.pending.filter(({ at }) => at > now.at - lost)
  if (request !== undefined) return { ...before, pending, value: { ...request, amount, epoch } }
  // the same value once more is no change: asking again would not end if the venue sent each answer twice
  if (current(before)?.amount === amount) return before
  return { changed: now.order, pending, value: { ...now, amount, epoch, order: 0 } }
}

/** Why the value is not known; undefined if it is. */
export const staleness = (
  state: Availability,
  now: number,
  { maxAge, timeout }: Times
): AvailableReason | undefined => {
  const value = current(state)
  if (value !== undefined) return now - value.at < maxAge ? undefined : { _tag: "Expired" }
  const first = state.pending.find(({ order }) => order > state.changed)
  return { _tag: first !== undefined && now - first.at >= timeout ? "Unanswered" : "NotComputed" }
}

/** ms of the steady clock at which to ask; in the past if it is time */
export const dueAt = (state: Availability, { maxAge, timeout }: Times): number => {
  const value = current(state)
  const due = value === undefined ? Number.NEGATIVE_INFINITY : value.at + maxAge / 2
  const last = state.pending.at(-1)
  return last === undefined || last.order < state.changed
    ? due
    : Math.max(due, last.at + timeout * state.pending.length)
}

/** ms of the steady clock of the next moment after `now` at which it becomes stale, or another reason holds */
export const turnsAt = (state: Availability, now: number, { maxAge, timeout }: Times): number => {
  const value = current(state)
  const times = value !== undefined
    ? [value.at + maxAge]
    : state.pending.filter(({ order }) => order > state.changed).slice(0, 1).map(({ at }) => at + timeout)
  return Math.min(...times.filter((at) => at > now), Number.POSITIVE_INFINITY)
}
