/**
 * Commands that were sent and wait for their answers: each part ends as accepted, refused, or unknown.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type CommandError, ConnectionClosed, type OutcomeUnknown, TransportError } from "../../BitfinexError.ts"
import type { Closing } from "../socket/link.ts"
import * as Waiting from "../time/wait.ts"
import type * as Correlation from "./correlation.ts"
import type { Known, Rule } from "./rules/order.ts"

/** One operation of a command; all but batches have one. */
export interface Operation {
  readonly operation: string
  /** made in the moment of sending */
  readonly rule: (known: Known) => Rule
  /** what it is told apart by: commands that share one of these are sent one after the other */
  readonly keys: ReadonlyArray<string>
  /** the error of an unknown outcome */
  readonly unknown: (about: {
    readonly mts: number
    readonly reason: string
    readonly error: OutcomeUnknown["error"]
  }) => OutcomeUnknown
  /** asked in the moment of sending, what is to be done about an unknown outcome; null when nothing can be */
  readonly onUnknown: ((known: Known) => (unresolved: Unresolved) => void) | null
  /** it stands for the command as a whole, which is answered only when it is refused: then all parts are */
  readonly isWhole?: true
}

/** A command whose outcome nobody knows. */
export interface Unresolved {
  readonly unknown: OutcomeUnknown
  /** ms, by the clock of this machine */
  readonly sent: number
  /** what was answered after all, as long as the login lasts */
  readonly late: () => Correlation.Answer | undefined
  /** lets nobody listen for a late answer any more */
  readonly forget: () => void
}

export type Settlement = Either.Either<Correlation.Accepted, CommandError>

interface Entry {
  readonly operation: Operation
  readonly part: Correlation.Part
  readonly resolve: ((unresolved: Unresolved) => void) | undefined
  result: Settlement | undefined
  doubt: Correlation.Doubt | undefined
  /** ms when something refused that named no command */
  refusedAt: number | undefined
  /** what came after the result */
  late: Correlation.Answer | undefined
}

export interface Pending extends Waiting.Sleeper {
  readonly epoch: number
  /** ms of the time of day */
  readonly sent: number
  /** ms, as `now` of this module has them, which no step of the clock changes */
  readonly deadline: number
  entries: ReadonlyArray<Entry>
}

export interface Pendings {
  /** before it is sent, since the answer may be there at once */
  readonly add: (
    about: { readonly epoch: number; readonly sent: number; readonly deadline: number },
    operations: ReadonlyArray<Operation>
  ) => Pending
  /** it was not sent after all */
  readonly remove: (pending: Pending) => void
  /** waits until all parts have a result */
  readonly finish: (pending: Pending) => Effect.Effect<void>
  /** nobody waits any more: what is open by now is unknown */
  readonly abandon: (pending: Pending) => void
  readonly onEnd: (epoch: number, closing: Closing) => void
  readonly results: (pending: Pending) => ReadonlyArray<Settlement>
}

/** how long a refusal that names no command may be contradicted, ms */
const grace = 1000

const isOpen = ({ operation, result }: Entry): boolean => result === undefined && operation.isWhole !== true

const asCause = (error: Correlation.Doubt["error"] | undefined): OutcomeUnknown["error"] =>
  error?._tag === "ApiError" || error?._tag === "Maintenance" || error?._tag === "DecodeError" ? error : null

export const make = (
  correlation: Correlation.Correlation,
  commandTimeout: Duration.DurationInput,
  now: () => number
): Pendings => {
  const pendings = new Set<Pending>()

  const giveUp = (pending: Pending, entry: Entry, reason: string, error: OutcomeUnknown["error"], isOver: boolean) => {
    const { operation, part, resolve } = entry
    const about = entry.doubt?.error
    const unknown = operation.unknown({
      mts: pending.sent,
      reason: about === undefined ? reason : `${reason}; what was said before proves nothing: ${about.message}`,
      error: error ?? asCause(about)
    })
    entry.result = Either.left(unknown)
    // while the login lasts, an answer may still come
    if (isOver || resolve === undefined) correlation.remove(part)
    resolve?.({
      unknown,
      sent: pending.sent,
      late: () => entry.late,
      forget: () => correlation.remove(part)
    })
  }

  const conclude = (pending: Pending, at: number): void => {
    for (const entry of pending.entries) {
      if (entry.result !== undefined) continue
      const { operation, part, refusedAt } = entry
      if (refusedAt !== undefined && (at >= refusedAt + grace || at >= pending.deadline)) {
        for (const each of operation.isWhole === true ? pending.entries.filter(isOpen) : [entry]) {
          correlation.remove(each.part)
          // the cast: only what refuses sets `refusedAt`
          each.result = Either.left(entry.doubt!.error as CommandError)
        }
        continue
      }
      if (at < pending.deadline || operation.isWhole === true) continue
      const partial = part.rule.partial?.()
      if (partial !== undefined) {
        correlation.remove(part)
        entry.result = Either.right({ _tag: "Accepted", record: partial, by: "", text: null })
        continue
      }
      const reason = `no answer within ${Duration.format(commandTimeout)}`
      const error = new TransportError({
        operation: operation.operation,
        stage: "timeout",
        outcome: "unknown",
        reason,
        status: null,
        isRetryable: false
      })
      giveUp(pending, entry, reason, asCause(entry.doubt?.error) ?? error, false)
    }
  }

  const entryOf = (pending: Pending, operation: Operation): Entry => {
    const entry: Entry = {
      operation,
      part: {
        operation: operation.operation,
        rule: operation.rule(correlation.known),
        settle: (answer) => {
          if (entry.result !== undefined) {
            entry.late = answer
            return
          }
          entry.result = answer._tag === "Accepted" ? Either.right(answer) : Either.left(answer.error)
          Waiting.wake(pending)
        },
        suspect: (doubt) => {
          if (entry.result !== undefined || entry.refusedAt !== undefined) return
          entry.doubt = doubt
          if (doubt.refuses) {
            entry.refusedAt = now()
            Waiting.wake(pending)
          }
        }
      },
      resolve: operation.onUnknown?.(correlation.known),
      result: undefined,
      doubt: undefined,
      refusedAt: undefined,
      late: undefined
    }
    return entry
  }

  const finish = (pending: Pending): Effect.Effect<void> =>
    Effect.suspend(() => {
      Waiting.listen(pending)
      const at = now()
      conclude(pending, at)
      if (!pending.entries.some(isOpen)) return Effect.void
      let until = pending.deadline
      for (const { refusedAt, result } of pending.entries) {
        if (refusedAt !== undefined && result === undefined) until = Math.min(until, refusedAt + grace)
      }
      return Effect.flatMap(Waiting.sleep(pending, until - at), () => finish(pending))
    })

  return {
    add: (about, operations) => {
      const pending: Pending = { ...Waiting.sleeper(), ...about, entries: [] }
      pending.entries = operations.map((operation) => entryOf(pending, operation))
      for (const { part } of pending.entries) correlation.add(part)
      pendings.add(pending)
      return pending
    },
    remove: (pending) => {
      pendings.delete(pending)
      for (const { part } of pending.entries) correlation.remove(part)
    },
    finish,
    abandon: (pending) => {
      pendings.delete(pending)
      for (const entry of pending.entries) {
        if (isOpen(entry)) giveUp(pending, entry, "the call was interrupted before an answer came", null, false)
        if (entry.operation.isWhole === true) correlation.remove(entry.part)
      }
    },
    onEnd: (epoch, closing) => {
      for (const pending of pendings) {
        if (pending.epoch !== epoch) continue
        for (const entry of pending.entries.filter(isOpen)) {
          const { operation } = entry.operation
          const error = new ConnectionClosed({ operation, ...closing, outcome: "unknown" })
          giveUp(pending, entry, "the login ended before the answer", error, true)
        }
        Waiting.wake(pending)
      }
    },
    results: ({ entries }) =>
      entries.flatMap(({ operation, result }) => operation.isWhole === true || result === undefined ? [] : [result])
  }
}
