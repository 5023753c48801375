/**
 * The phases of one operation of a command, from its frame to its outcome.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { DecodeError, OutcomeUnknown } from "../../BitfinexError.ts"
import type { Kind } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type * as ErrorTable from "../../protocol/internal/refusals.ts"
import type { RowsEvent } from "../account/events.ts"
import * as Later from "../time/later.ts"
import type * as Fences from "./fences.ts"
import type { Rule } from "./rules/rule.ts"

export interface Accepted<out A = unknown> {
  readonly _tag: "Accepted"
  readonly record: A
  /**
   * type of the notification or event that proved it; `rest` for a row that REST showed; empty for a partial result
   * that was taken at the deadline
   */
  readonly by: string
  /** the notification's text; null for events */
  readonly text: string | null
  /** ms, by the venue's clock, at which it made the notification; null for events */
  readonly mts: number | null
}

interface Refused {
  readonly _tag: "Refused"
  readonly error: ErrorTable.Refused
}

export type Answer<A> = Accepted<A> | Refused

/** Why an outcome is unknown. */
export interface Lost {
  /** ms at which the frame was written, by the clock of this machine */
  readonly mts: number
  readonly reason: string
  readonly error: OutcomeUnknown["error"]
}

/** a refusal that does not name this operation, or an answer that cannot be decoded: neither proves how it ended */
export type Suspicion = ErrorTable.Refused | DecodeError

export type Phase<A, U> =
  | { readonly _tag: "Waiting"; readonly suspicion: Suspicion | undefined }
  | Accepted<A>
  | Refused
  /** `late` is an answer that arrived after the outcome was declared unknown */
  | { readonly _tag: "Unknown"; readonly unknown: U; readonly late: Answer<A> | undefined }

export type Input<A> =
  | Answer<A>
  | { readonly _tag: "Suspected"; readonly error: Suspicion }
  /** the deadline passed, the caller was interrupted, or the login ended */
  | { readonly _tag: "GivenUp"; readonly mts: number; readonly reason: string; readonly error: OutcomeUnknown["error"] }

const asCause = (error: Suspicion | undefined): OutcomeUnknown["error"] =>
  error?._tag === "ApiError" || error?._tag === "Maintenance" || error?._tag === "DecodeError" ? error : null

/**
 * The next phase. A suspicion does not end the waiting: it is kept, and becomes the cause of an unknown outcome if no
 * answer comes. After an unknown outcome the first late answer counts, except that an acceptance replaces a refusal.
 */
export const step = <A, U>(phase: Phase<A, U>, input: Input<A>, unknown: (lost: Lost) => U): Phase<A, U> => {
  switch (phase._tag) {
    case "Accepted":
    case "Refused":
      return phase
    case "Waiting":
      switch (input._tag) {
        case "Accepted":
        case "Refused":
          return input
        case "Suspected":
          return phase.suspicion === undefined ? { _tag: "Waiting", suspicion: input.error } : phase
        case "GivenUp": {
          const { suspicion } = phase
          const { error, mts, reason } = input
          const lost: Lost = {
            mts,
            reason: suspicion === undefined
              ? reason
              : `${reason}; a message arrived that proves nothing about it: ${suspicion.message}`,
            error: asCause(suspicion) ?? error
          }
          return { _tag: "Unknown", unknown: unknown(lost), late: undefined }
        }
      }
    // falls through: each case above returns
    case "Unknown":
      return (input._tag === "Accepted" && phase.late?._tag !== "Accepted")
          || (input._tag === "Refused" && phase.late === undefined)
        ? { ...phase, late: input }
        : phase
  }
}

/**
 * Reads the stack of an error that is kept for long. Until it is read, V8 keeps the objects whose methods were being called:
 * here the socket that has ended, with its buffers.
 */
const readStack = (error: Error | null): void => void error?.stack

/** An operation that is in flight, without the types of its record and its error. */
export interface InFlight {
  readonly operation: string
  /** which refusals it can get */
  readonly kind: Kind
  readonly rule: Rule
  readonly isInBatch: boolean
  readonly isSettled: () => boolean
  /** the venue's answer, on time or late; undefined while there is none */
  readonly answer: () => Answer<unknown> | undefined
  /** the ids in the record of the acceptance; null where it has none, and before it */
  readonly answeredIds: () => { readonly cid: number | null; readonly id: number | null }
  /** takes a notification of success; false when its record cannot be decoded, which leaves a suspicion */
  readonly accept: (info: unknown, by: string, text: string | null, mts: number | null) => boolean
  /** takes an event, and returns whether it proves that the venue has executed the operation */
  readonly prove: (event: RowsEvent) => boolean
  readonly refuse: (error: ErrorTable.Refused) => void
  readonly suspect: (error: Suspicion) => void
  readonly giveUp: (mts: number, reason: string, error: OutcomeUnknown["error"]) => void
  /**
   * at the deadline: accepts the answers to some of several independent parts; false when no part was answered, or the
   * operation has no such parts
   */
  readonly takePartial: () => boolean
}

export type Settlement<A, U> = Either.Either<Accepted<A>, ErrorTable.Refused | U>

/** An unknown outcome, with what its resolution needs. */
export interface Unresolved<out A = unknown> {
  readonly unknown: OutcomeUnknown
  /** ms at which the frame was written, by the clock of this machine */
  readonly sent: number
  /** the frame; its fence proves that it can no longer arrive */
  readonly mark: Fences.Mark
  /** an answer that arrived after the outcome was declared unknown */
  readonly late: () => Answer<A> | undefined
  readonly awaitLate: Effect.Effect<Answer<A>>
  /** calls a function for each late answer that comes from now on, in place of one that was given before */
  readonly onLate: (listener: () => void) => void
  /** ends the resolution: late answers are no longer listened for, and the keys of the command may be used again */
  readonly forget: () => void
}

interface Row {
  readonly id?: unknown
  readonly cid?: unknown
  readonly mtsCreate?: unknown
}

const isRow = (record: unknown): record is Row =>
  typeof record === "object" && record !== null && !Array.isArray(record)

const numberOr = (value: unknown): number | null => typeof value === "number" ? value : null

/** the year 2001: some notifications have seconds in place of milliseconds */
const leastMts = 1e12

/**
 * UTC day of an order by the venue's clock, as the answer to its submission shows it; undefined where it shows none. The
 * venue finds an order by `cid` under this day, which around midnight is not always that of the clock of this machine.
 */
export const dayOf = ({ mts, record }: Pick<Accepted, "mts" | "record">): ReturnType<typeof Cid.dayOf> | undefined => {
  const made = (isRow(record) ? numberOr(record.mtsCreate) : null) ?? mts
  return made === null || made < leastMts ? undefined : Cid.dayOf(made)
}

export class Flight<A, U extends OutcomeUnknown> implements InFlight {
  phase: Phase<A, U> = { _tag: "Waiting", suspicion: undefined }
  readonly operation: string
  readonly kind: Kind
  readonly rule: Rule<A>
  readonly isInBatch: boolean
  /** made when it is awaited: most operations are answered in time */
  #latest: Deferred.Deferred<Answer<A>> | undefined
  /** called for each late answer */
  onLate: () => void = () => undefined
  readonly #unknown: (lost: Lost) => U
  readonly #onChange: () => void

  /** `onChange` is called after each step that changed the phase */
  constructor(
    { kind, operation, unknown }: {
      readonly operation: string
      readonly kind: Kind
      readonly unknown: (lost: Lost) => U
    },
    rule: Rule<A>,
    isInBatch: boolean,
    onChange: () => void
  ) {
    this.operation = operation
    this.kind = kind
    this.rule = rule
    this.isInBatch = isInBatch
    this.#unknown = unknown
    this.#onChange = onChange
  }

  #take(input: Input<A>): void {
    const before = this.phase
    this.phase = step(before, input, this.#unknown)
    if (this.phase === before) return
    if (this.phase._tag === "Unknown") {
      const { late, unknown } = this.phase
      if (late === undefined) [unknown, unknown.error].forEach(readStack)
      else {
        if (this.#latest !== undefined) Later.done(this.#latest, Effect.succeed(late))
        this.onLate()
      }
    }
    this.#onChange()
  }

  get awaitLate(): Effect.Effect<Answer<A>> {
    return Effect.suspend(() => {
      const late = this.phase._tag === "Unknown" ? this.phase.late : undefined
      return late === undefined ? Deferred.await(this.#latest ??= Later.deferred()) : Effect.succeed(late)
    })
  }

  isSettled(): boolean {
    return this.phase._tag !== "Waiting"
  }

  answer(): Answer<A> | undefined {
    return this.phase._tag === "Unknown" ? this.phase.late : this.phase._tag === "Waiting" ? undefined : this.phase
  }

  answeredIds(): { readonly cid: number | null; readonly id: number | null } {
    const answer = this.answer()
    return answer?._tag === "Accepted" && isRow(answer.record)
      ? { cid: numberOr(answer.record.cid), id: numberOr(answer.record.id) }
      : { cid: null, id: null }
  }

  settle(record: A, by: string, text: string | null = null, mts: number | null = null): void {
    this.#take({ _tag: "Accepted", record, by, text, mts })
  }

  accept(info: unknown, by: string, text: string | null, mts: number | null): boolean {
    const record = this.rule.read(info)
    if (Either.isLeft(record)) this.suspect(record.left)
    else this.settle(record.right, by, text, mts)
    return Either.isRight(record)
  }

  prove(event: RowsEvent): boolean {
    const record = this.rule.proves(event)
    if (record === undefined) return false
    this.settle(record, event._tag === "Update" ? event.type : "os")
    return true
  }

  refuse(error: ErrorTable.Refused): void {
    this.#take({ _tag: "Refused", error })
  }

  suspect(error: Suspicion): void {
    this.#take({ _tag: "Suspected", error })
  }

  giveUp(mts: number, reason: string, error: OutcomeUnknown["error"]): void {
    this.#take({ _tag: "GivenUp", mts, reason, error })
  }

  takePartial(): boolean {
    const partial = this.phase._tag === "Waiting" ? this.rule.partial?.() : undefined
    if (partial === undefined) return false
    this.settle(partial, "")
    return true
  }

  /** the result for the caller; undefined while the operation waits */
  result(): Settlement<A, U> | undefined {
    switch (this.phase._tag) {
      case "Waiting":
        return undefined
      case "Accepted":
        return Either.right(this.phase)
      case "Refused":
        return Either.left(this.phase.error)
      case "Unknown":
        return Either.left(this.phase.unknown)
    }
  }
}
