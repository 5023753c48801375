/**
 * One command on the account's socket, from its check to its end: accepted, refused, unknown within its deadline, or never
 * sent.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import {
  type AccountStreamError,
  type CommandError,
  ConnectionClosed,
  InvalidInput,
  Maintenance,
  outcomeOf,
  type OutcomeUnknown,
  PermissionMissing,
  RateLimited,
  ReconnectExhausted,
  TransportError
} from "../../BitfinexError.ts"
import type { accountChannels } from "../../channels/Account.ts"
import type { Input } from "../../channels/Inputs.ts"
import type { AnyArgs } from "../../Endpoint.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type { FundingOffer } from "../../records/Funding.ts"
import type { Order } from "../../records/Order.ts"
import type { Closing } from "../socket/link.ts"
import * as Correlation from "./correlation.ts"
import * as Metrics from "./metrics.ts"
import type { Known, Rule } from "./rules.ts"
import * as Session from "./session.ts"

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

export interface Command {
  readonly operation: string
  readonly input: Input
  /** as they were checked */
  readonly args: AnyArgs
  /** third item of the frame */
  readonly messageId?: number
  readonly parts: ReadonlyArray<Operation>
}

export type Result = Either.Either<Correlation.Accepted, CommandError>

/** What came of a command that was sent. */
export interface Sent {
  readonly epoch: number
  /** ms, by the clock of this machine */
  readonly mts: number
  /** in the order of the parts */
  readonly results: ReadonlyArray<Result>
}

export interface Commands {
  readonly known: Known
  /** fails when nothing was sent */
  readonly run: (command: Command) => Effect.Effect<Sent, CommandError>
  /** sends what nothing answers */
  readonly send: (command: Command) => Effect.Effect<void, CommandError>
  readonly budgetLeft: Effect.Effect<number>
  /** commands that wait for their answer, of which some event may still come */
  readonly underWay: () => number
}

interface Entry {
  readonly operation: Operation
  readonly part: Correlation.Part
  readonly resolve: ((unresolved: Unresolved) => void) | undefined
  result: Result | undefined
  doubt: Correlation.Doubt | undefined
  /** ms when something refused that named no command */
  refusedAt: number | undefined
  /** what came after the result */
  late: Correlation.Answer | undefined
}

interface Pending {
  readonly epoch: number
  readonly sent: number
  readonly deadline: number
  readonly entries: ReadonlyArray<Entry>
  wake: Deferred.Deferred<void> | undefined
}

interface Turn {
  readonly keys: ReadonlyArray<string>
  readonly epoch: number
  wake: Deferred.Deferred<void> | undefined
}

/** how long a refusal that names no command may be contradicted, ms */
const grace = 1000

const wake = (sleeper: { wake: Deferred.Deferred<void> | undefined }): void => {
  const { wake } = sleeper
  sleeper.wake = undefined
  if (wake !== undefined) Deferred.unsafeDone(wake, Effect.void)
}

const sleep = (sleeper: { wake: Deferred.Deferred<void> | undefined }, millis: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const deferred = Deferred.unsafeMake<void>(FiberId.none)
    sleeper.wake = deferred
    // in a finalizer, what cannot be interrupted would outlive its time
    const woken = Effect.interruptible(Deferred.await(deferred))
    return Effect.asVoid(Effect.timeoutOption(woken, Duration.millis(Math.max(0, millis))))
  })

/** what a login may fail with, less what only streams of market data do */
const ofLogin = (operation: string, error: AccountStreamError): CommandError => {
  switch (error._tag) {
    case "SubscriptionRejected":
    case "BufferOverflow":
      return new ReconnectExhausted({ operation, attempts: 0, lastError: error.message })
    default:
      return error
  }
}

export const make = Effect.fnUntraced(function*(
  session: Session.Session,
  limiter: RateLimiter.Service
): Effect.fn.Return<Commands, never, Scope.Scope> {
  const { settings } = session
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const timeout = Duration.toMillis(settings.commandTimeout)
  const correlation = Correlation.make()
  const pendings = new Set<Pending>()
  const turns = new Set<Turn>()
  /** what a lost login leaves to be said to those who come after it */
  let lost: Closing | undefined

  // --- answers -------------------------------------------------------------------------------------------------------

  const isOpen = ({ operation, result }: Entry): boolean => result === undefined && operation.isWhole !== true

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

  const asCause = (error: Correlation.Doubt["error"] | undefined): OutcomeUnknown["error"] =>
    error?._tag === "ApiError" || error?._tag === "Maintenance" || error?._tag === "DecodeError" ? error : null

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
      const reason = `no answer within ${Duration.format(settings.commandTimeout)}`
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

  const entryOf = (pending: () => Pending, operation: Operation): Entry => {
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
          wake(pending())
        },
        suspect: (doubt) => {
          if (entry.result !== undefined || entry.refusedAt !== undefined) return
          entry.doubt = doubt
          if (doubt.refuses) {
            entry.refusedAt = now()
            wake(pending())
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

  /** waits until all parts have a result */
  const finish = (pending: Pending): Effect.Effect<void> =>
    Effect.suspend(() => {
      const at = now()
      conclude(pending, at)
      const open = pending.entries.filter(isOpen)
      if (open.length === 0) return Effect.void
      const until = Math.min(
        pending.deadline,
        ...pending.entries.flatMap(({ refusedAt, result }) =>
          refusedAt === undefined || result !== undefined ? [] : [refusedAt + grace]
        )
      )
      return Effect.zipRight(sleep(pending, until - at), finish(pending))
    })

  // --- life of the login ---------------------------------------------------------------------------------------------

  const onEnd = (epoch: number, closing: Closing): void => {
    lost = closing
    for (const pending of pendings) {
      if (pending.epoch !== epoch) continue
      for (const entry of pending.entries.filter(isOpen)) {
        const { operation } = entry.operation
        const error = new ConnectionClosed({ operation, ...closing, outcome: "unknown" })
        giveUp(pending, entry, "the login ended before the answer", error, true)
      }
      wake(pending)
    }
    for (const turn of turns) wake(turn)
  }

  const listener: Session.Listener = {
    ...Session.deaf,
    onLogin: correlation.onLogin,
    onEvent: correlation.onEvent,
    onError: correlation.onError,
    onEnd
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      // the casts: the records of these families
      const rowsOf = (name: "orders" | "fundingOffers") => session.rows(name) ?? []
      correlation.seed(rowsOf("orders") as ReadonlyArray<Order>, rowsOf("fundingOffers") as ReadonlyArray<FundingOffer>)
      return session.listen(listener)
    }),
    (remove) => Effect.sync(remove)
  )

  const unsent = (operation: string): ConnectionClosed =>
    new ConnectionClosed({
      operation,
      code: lost?.code ?? 1006,
      reason: lost?.reason ?? (session.state.get().login === null ? "there was no login in time" : "the login is over"),
      outcome: "unsent"
    })

  const maintenance = (operation: string): Maintenance | undefined =>
    session.state.get().socket?._tag === "Maintenance"
      ? new Maintenance({ operation, text: "announced on the socket; nothing was sent", outcome: "refused" })
      : undefined

  /** the login that the command belongs to */
  const loginFor = (operation: string, deadline: number): Effect.Effect<Session.Login, CommandError> =>
    Effect.suspend(() => {
      const { isLive, login } = session.state.get()
      if (isLive && login !== null) return Effect.succeed(login)
      const closed = maintenance(operation)
      if (closed !== undefined) return Effect.fail(closed)
      // the market has moved since a login was lost: whoever still wants the order waits for the next one by `login`
      if (lost !== undefined || (login !== null && login.epoch > 1)) return Effect.fail(unsent(operation))
      return session.awaitLive.pipe(
        Effect.mapError((error) => ofLogin(operation, error)),
        Effect.interruptible,
        Effect.timeoutFail({
          duration: Duration.millis(deadline - now()),
          onTimeout: () => maintenance(operation) ?? unsent(operation)
        })
      )
    })

  // --- turns, budget, sending ----------------------------------------------------------------------------------------

  const isBlocked = (turn: Turn): boolean => {
    for (const other of turns) {
      if (other === turn) return false
      if (other.keys.some((key) => turn.keys.includes(key))) return true
    }
    return false
  }

  const awaitTurn = (turn: Turn, operation: string, deadline: number): Effect.Effect<void, CommandError> =>
    Effect.suspend(() => {
      if (turns.size === 1 || !isBlocked(turn)) return Effect.void
      if (session.state.get().login?.epoch !== turn.epoch) return Effect.fail(unsent(operation))
      const left = deadline - now()
      if (left <= 0) {
        const text = "an earlier command for the same is under way, and their answers could not be told apart"
        return Effect.fail(new RateLimited({ operation, retryAfter: timeout, text, outcome: "unsent" }))
      }
      return Effect.zipRight(sleep(turn, left), awaitTurn(turn, operation, deadline))
    })

  const [commands, seconds] = settings.orderLimit
  const limit = [commands, seconds + Duration.toSeconds(settings.limitMargin)] as const
  const { host } = new URL(settings.socketAuthUrl)
  // the venue counts by user
  const keyOf = (userId: number | null): RateLimiter.Key => ({ host, family: `orders of ${userId ?? "somebody"}` })

  /** until the login is over */
  const ended = (epoch: number, operation: string): Effect.Effect<never, ConnectionClosed> =>
    Effect.async<never, ConnectionClosed>((resume) => {
      const stop = session.listen({ ...Session.deaf, onEnd: () => resume(Effect.fail(unsent(operation))) })
      if (session.state.get().login?.epoch !== epoch) resume(Effect.fail(unsent(operation)))
      return Effect.sync(stop)
    })

  const acquire = (
    { epoch, userId }: Session.Login,
    operation: string,
    cost: number,
    deadline: number
  ): Effect.Effect<void, CommandError> => {
    if (cost === 0) return Effect.void
    const key = keyOf(userId)
    const patient = Effect.suspend(() => limiter.acquire(key, limit, { operation, maxWait: deadline - now() }))
    // what need not wait pays for no race
    const once = Effect.catchAll(
      limiter.acquire(key, limit, { operation, maxWait: 0 }),
      () => Effect.raceFirst(patient, ended(epoch, operation))
    )
    return cost === 1 ? once : Effect.forEach(Array.from({ length: cost }), () => once, { discard: true })
  }

  const refuseFilter = (operation: string, { answers }: Input): InvalidInput | undefined => {
    const hidden = answers.filter((name: keyof typeof accountChannels) => !session.lets(name))
    return hidden.length === 0 ? undefined : new InvalidInput({
      operation,
      field: "filter",
      value: hidden.join(", "),
      reason: "the filter of the login hides what answers this command; add `trading` or `funding`, and `notify`"
    })
  }

  const refusePermission = (
    operation: string,
    input: Input,
    { caps }: Session.Login
  ): PermissionMissing | undefined => {
    const { permission } = input
    if (permission === null) return undefined
    // the cast: the two words of a permission
    const [scope] = permission.split(".") as ["orders" | "funding"]
    return caps?.[scope]?.write === 0 ? new PermissionMissing({ operation, permission }) : undefined
  }

  const frameOf = ({ args, input, messageId }: Command): ReadonlyArray<unknown> => [
    0,
    input.type,
    messageId ?? null,
    input.body(args)
  ]

  /** from the call to the moment of sending */
  const prepare = (command: Command, deadline: number) =>
    Effect.gen(function*() {
      const { args, input, operation } = command
      const filtered = refuseFilter(operation, input)
      if (filtered !== undefined) return yield* Effect.fail(filtered)
      const login = yield* loginFor(operation, deadline)
      const forbidden = refusePermission(operation, input, login)
      if (forbidden !== undefined) return yield* Effect.fail(forbidden)
      yield* Effect.annotateCurrentSpan("bitfinex.epoch", login.epoch)
      return { login, pay: acquire(login, operation, input.cost(args), deadline) }
    })

  /** nothing comes between the last look and the sending */
  const transmit = (command: Command, login: Session.Login, deadline: number) =>
    Effect.suspend((): Effect.Effect<Pending, CommandError> => {
      const { operation } = command
      const closed = maintenance(operation)
      if (closed !== undefined) return Effect.fail(closed)
      const { isLive } = session.state.get()
      if (!isLive) return Effect.fail(unsent(operation))
      const at = now()
      const pending: Pending = {
        epoch: login.epoch,
        sent: at,
        deadline: Math.max(deadline, at),
        entries: command.parts.map((part) => entryOf(() => pending, part)),
        wake: undefined
      }
      for (const { part } of pending.entries) correlation.add(part)
      pendings.add(pending)
      if (session.send(login.epoch, frameOf(command))) return Effect.succeed(pending)
      pendings.delete(pending)
      for (const { part } of pending.entries) correlation.remove(part)
      return Effect.fail(unsent(operation))
    })

  const abandon = (pending: Pending) =>
    Effect.sync(() => {
      pendings.delete(pending)
      for (const entry of pending.entries) {
        if (isOpen(entry)) giveUp(pending, entry, "the call was interrupted before an answer came", null, false)
        if (entry.operation.isWhole === true) correlation.remove(entry.part)
      }
    })

  const attempt = Effect.fnUntraced(function*(command: Command, metrics: ReturnType<typeof Metrics.forCommand>) {
    const deadline = now() + timeout
    const { login, pay } = yield* prepare(command, deadline)
    const turn: Turn = { keys: command.parts.flatMap(({ keys }) => keys), epoch: login.epoch, wake: undefined }
    return yield* Effect.acquireUseRelease(
      Effect.sync(() => turns.add(turn)),
      () =>
        Effect.uninterruptibleMask((restore) =>
          restore(Effect.zipRight(awaitTurn(turn, command.operation, deadline), pay)).pipe(
            Effect.zipRight(transmit(command, login, deadline)),
            Effect.flatMap((pending) =>
              restore(finish(pending)).pipe(
                Effect.ensuring(abandon(pending)),
                Effect.zipRight(Effect.suspend(() => metrics.took(now() - pending.sent))),
                Effect.zipRight(Effect.sync((): Sent => ({
                  epoch: pending.epoch,
                  mts: pending.sent,
                  results: pending.entries.flatMap(({ result, operation }) =>
                    operation.isWhole === true ? [] : [result!]
                  )
                })))
              )
            )
          )
        ),
      () =>
        Effect.sync(() => {
          turns.delete(turn)
          for (const other of turns) wake(other)
        })
    )
  })

  const metricsOf = new Map<string, ReturnType<typeof Metrics.forCommand>>()
  const metricsFor = (operation: string) => {
    const known = metricsOf.get(operation) ?? Metrics.forCommand(operation)
    metricsOf.set(operation, known)
    return known
  }

  const run: Commands["run"] = (command) => {
    const metrics = metricsFor(command.operation)
    return attempt(command, metrics).pipe(
      Effect.tapError((error) => metrics.ended(outcomeOf(error))),
      Effect.tap(({ results }) =>
        Effect.forEach(
          results,
          (result) => metrics.ended(Either.isRight(result) ? "accepted" : outcomeOf(result.left)),
          { discard: true }
        )
      )
    )
  }

  return {
    known: correlation.known,
    run,
    send: (command) =>
      Effect.suspend(() => {
        const deadline = now() + timeout
        return Effect.flatMap(prepare(command, deadline), ({ login }) =>
          session.send(login.epoch, frameOf(command)) ? Effect.void : Effect.fail(unsent(command.operation)))
      }),
    budgetLeft: Effect.suspend(() => limiter.remaining(keyOf(session.state.get().login?.userId ?? null), limit)),
    underWay: () => pendings.size
  } satisfies Commands as Commands
})
