/**
 * One command on the account's socket, from its check to its end: accepted, refused, unknown within its deadline, or never
 * sent.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { windowOf } from "../../BitfinexConfig.ts"
import {
  type AccountStreamError,
  ConnectionClosed,
  ConnectionEnded,
  InvalidInput,
  Maintenance,
  type NotifyError,
  outcomeOf,
  type OutcomeUnknown,
  PermissionMissing,
  RateLimited,
  type Unsent
} from "../../BitfinexError.ts"
import type { accountChannels } from "../../protocol/channels/Account.ts"
import type { Input } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs, Kind } from "../../protocol/Endpoint.ts"
import type * as ErrorTable from "../../protocol/internal/refusals.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type { Login } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import type { Closing } from "../socket/link.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"
import * as Sleep from "../time/sleep.ts"
import * as Waiting from "../time/wait.ts"
import * as Exclusion from "./exclusion.ts"
import type { Accepted, Settlement } from "./inFlight.ts"
import type { LiveOrders } from "./liveOrders.ts"
import * as Metrics from "./metrics.ts"
import type { Operation } from "./operation.ts"
import type { Sending, Sendings } from "./sending.ts"

/** A frame with its arguments, and the operations that it is made of. */
export interface Command<A = unknown, U extends OutcomeUnknown = OutcomeUnknown> {
  readonly operation: string
  readonly input: Input
  /** as they were checked */
  readonly args: AnyArgs
  /** third item of the frame */
  readonly messageId?: number
  readonly parts: ReadonlyArray<Operation<A, U>>
}

/** A command that was sent. */
export interface Sent<A, U> {
  readonly epoch: number
  /** ms, by the clock of this machine */
  readonly mts: number
  /** in the order of the parts */
  readonly results: ReadonlyArray<Settlement<A, U>>
}

/** The answer to a command of one operation. */
export interface Answered<A> extends Omit<Sent<A, never>, "results"> {
  readonly answer: Accepted<A>
}

/** What a command of one operation fails with. */
export type Failure<U, K extends Kind = Kind> = Unsent | ErrorTable.RefusedOf<K> | U

export interface Commands {
  /** fails when nothing was sent */
  readonly run: <A, U extends OutcomeUnknown>(
    command: Command<A, U>
  ) => Effect.Effect<Sent<A, U>, Unsent>
  /** a command of one operation */
  readonly one: <A, U extends OutcomeUnknown, K extends Kind>(
    input: Input,
    args: AnyArgs,
    operation: Operation<A, U, K>
  ) => Effect.Effect<Answered<A>, Failure<U, K>>
  /** sends a frame that nothing answers */
  readonly send: (command: Omit<Command, "parts">) => Effect.Effect<void, NotifyError>
  readonly budgetRemaining: Effect.Effect<number>
}

/** failures of a login, less those that only streams of market data have */
const ofLogin = (operation: string, error: AccountStreamError): NotifyError => {
  switch (error._tag) {
    case "SubscriptionRejected":
    case "BufferOverflow":
      return new ConnectionEnded({ operation, reason: error.message, isRetryable: false })
    default:
      return error
  }
}

const refuseFilter = (session: Session, operation: string, { answers }: Input): InvalidInput | undefined => {
  const hidden = answers.filter((name: keyof typeof accountChannels) => !session.lets(name))
  return hidden.length === 0 ? undefined : new InvalidInput({
    operation,
    field: "filter",
    value: hidden.join(", "),
    reason: "the filter of the login hides what answers this command; add `trading` or `funding`, and `notify`"
  })
}

const refusePermission = (operation: string, { permission }: Input, { caps }: Login): PermissionMissing | undefined => {
  if (permission === null) return undefined
  // the cast: the two words of a permission
  const [scope] = permission.split(".") as ["orders" | "funding"]
  return caps?.[scope]?.write === 0 ? new PermissionMissing({ operation, permission }) : undefined
}

const frameOf = ({ args, input, messageId }: Omit<Command, "parts">): ReadonlyArray<unknown> => [
  0,
  input.type,
  messageId ?? null,
  input.body(args)
]

/** The login that a command belongs to, and why it is not sent in it. */
const loginsOf = (session: Session, sendings: Sendings, steady: () => number) => {
  /** how the last login ended */
  let lost: Closing | undefined
  let isReleased = false

  const unsent = (operation: string): ConnectionClosed =>
    new ConnectionClosed({
      operation,
      code: lost?.code ?? 1006,
      reason: isReleased
        ? "its layer was released"
        : lost?.reason ?? (session.state.get().login === null ? "there was no login in time" : "the login is over"),
      outcome: "unsent"
    })

  const maintenance = (operation: string): Maintenance | undefined =>
    session.state.get().socket?._tag === "Maintenance"
      ? new Maintenance({ operation, text: "announced on the socket; nothing was sent", outcome: "refused" })
      : undefined

  const find = (operation: string, deadline: number): Effect.Effect<Login, NotifyError> =>
    Effect.suspend(() => {
      const { isLive, login } = session.state.get()
      if (isLive && login !== null) return Effect.succeed(login)
      const closed = maintenance(operation)
      if (closed !== undefined) return Effect.fail(closed)
      // a new login fails with it too, unless the credentials have changed: that is for `login` to find out
      const ended = session.failure()
      if (ended !== undefined) return Effect.fail(ofLogin(operation, ended))
      // the market has moved since a login was lost: a caller who still wants the order waits for the next one by `login`
      if (lost !== undefined || (login !== null && login.epoch > 1)) return Effect.fail(unsent(operation))
      return session.awaitLive.pipe(
        Effect.mapError((error) => ofLogin(operation, error)),
        Effect.interruptible,
        Effect.timeoutFail({
          duration: Duration.millis(deadline - steady()),
          onTimeout: () => maintenance(operation) ?? unsent(operation)
        })
      )
    })

  /** why nothing can be sent in a login right now */
  const barred = (operation: string, epoch: number): Unsent | undefined => {
    const closed = maintenance(operation)
    if (closed !== undefined) return closed
    if (isReleased || !session.state.get().isLive) return unsent(operation)
    return sendings.isDead(epoch)
      ? new ConnectionClosed({
        operation,
        code: 1006,
        reason: "the venue answers nothing on this socket, which is about to be replaced",
        outcome: "unsent"
      })
      : undefined
  }

  /** fails when the login is over */
  const ended = (epoch: number, operation: string): Effect.Effect<never, ConnectionClosed> =>
    Later.callback<never, ConnectionClosed>((resume) => {
      const fail = () => {
        stop()
        resume(Effect.fail(unsent(operation)))
      }
      const stop = session.subscribe((event) => event._tag === "LoggedOut" ? fail() : undefined)
      if (session.state.get().login?.epoch !== epoch) fail()
      return Effect.sync(stop)
    })

  return {
    unsent,
    find,
    barred,
    ended,
    onLost: (closing: Closing) => {
      lost = closing
    },
    release: () => {
      isReleased = true
    }
  }
}

/** Orders of an account share a budget. */
const budgetOf = (session: Session, limiter: RateLimiter.Service) => {
  const { settings } = session
  const limit = windowOf(settings.account.orderLimit, settings)
  const { host } = new URL(settings.account.url)
  // the venue counts by user
  const keyOf = (userId: number | null): RateLimiter.Key => ({ host, family: `orders of ${userId ?? "unknown"}` })

  return {
    remaining: Effect.suspend(() => limiter.remaining(keyOf(session.state.get().login?.userId ?? null), limit)),
    acquire: (
      { userId }: Login,
      { cost, ended, operation, within }: {
        readonly operation: string
        readonly cost: number
        readonly within: () => number
        readonly ended: Effect.Effect<never, ConnectionClosed>
      }
    ): Effect.Effect<void, Unsent> => {
      if (cost === 0) return Effect.void
      const key = keyOf(userId)
      const patient = Effect.suspend(() => limiter.acquire(key, limit, { operation, maxWait: within() }))
      // a command that need not wait pays for no race
      const once = Effect.catchAll(
        limiter.acquire(key, limit, { operation, maxWait: 0 }),
        () => Effect.raceFirst(patient, ended)
      )
      return cost === 1 ? once : Effect.forEach(Array.from({ length: cost }), () => once, { discard: true })
    }
  }
}

/** Measures each command. */
const measured = (now: () => number, remaining: Effect.Effect<number>) => {
  const byOperation = new Map<string, Metrics.OfCommand>()
  const metricsFor = (operation: string): Metrics.OfCommand => {
    const known = byOperation.get(operation) ?? Metrics.forCommand(operation)
    byOperation.set(operation, known)
    return known
  }
  return <A, U extends OutcomeUnknown>(operation: string, attempt: Effect.Effect<Sent<A, U>, Unsent>) =>
    Fibers.withFiber<Sent<A, U>, Unsent>((fiber) => {
      const metrics = metricsFor(operation)
      const labels = Fibers.labelsOf(fiber)
      const left = Effect.map(remaining, (commands) => Metrics.left(commands, labels))
      return Effect.matchEffect(attempt, {
        onFailure: (error) => {
          metrics.ended(outcomeOf(error), labels)
          return Effect.zipRight(left, Effect.fail(error))
        },
        onSuccess: (sent) => {
          metrics.took(now() - sent.mts, labels)
          for (const result of sent.results) {
            metrics.ended(Either.isRight(result) ? "accepted" : outcomeOf(result.left), labels)
          }
          return Effect.as(left, sent)
        }
      })
    })
}

type Logins = ReturnType<typeof loginsOf>

interface Queueing {
  readonly session: Session
  readonly logins: Logins
  readonly exclusion: Exclusion.Exclusion
  readonly steady: () => number
  /** ms that a command has */
  readonly timeout: number
}

/** waits until no earlier command shares a key */
const awaitPlace = (
  { logins, session, steady, timeout, exclusion }: Queueing,
  place: Exclusion.Place,
  epoch: number,
  operation: string,
  deadline: number
): Effect.Effect<void, Unsent> =>
  Effect.suspend(() => {
    Waiting.listen(place)
    const barred = logins.barred(operation, epoch)
    if (barred !== undefined || session.state.get().login?.epoch !== epoch) {
      return Effect.fail(barred ?? logins.unsent(operation))
    }
    if (!exclusion.isBlocked(place)) return Effect.void
    const left = deadline - steady()
    if (left <= 0) {
      const text = "an earlier command for the same is in flight, and their answers could not be distinguished"
      return Effect.fail(new RateLimited({ operation, retryAfter: timeout, text, outcome: "unsent" }))
    }
    return Effect.flatMap(
      Waiting.sleep(place, left),
      () => awaitPlace({ logins, session, steady, timeout, exclusion }, place, epoch, operation, deadline)
    )
  })

/** the login in which the command is to be sent, whether or not it permits the command */
const findLogin = (
  session: Session,
  logins: Logins,
  { input, operation }: Omit<Command, "parts">,
  deadline: number
): Effect.Effect<Login, NotifyError> => {
  const filtered = refuseFilter(session, operation, input)
  return filtered === undefined ? logins.find(operation, deadline) : Effect.fail(filtered)
}

/** the login in which the command is to be sent */
const prepare = (
  session: Session,
  logins: Logins,
  command: Omit<Command, "parts">,
  deadline: number
): Effect.Effect<Login, Unsent> => {
  const { input, operation } = command
  return Effect.flatMap(findLogin(session, logins, command, deadline), (login) => {
    const forbidden = refusePermission(operation, input, login)
    return forbidden === undefined ? Effect.succeed(login) : Effect.fail(forbidden)
  })
}

/** of two submissions with one cid, no answer would say which of them it is for */
const reused = (liveOrders: LiveOrders, { operation, parts }: Command): InvalidInput | undefined => {
  const cids = parts.flatMap(({ submission }) => submission === undefined ? [] : [submission.cid])
  const cid = cids.find((each, at) => liveOrders.isUnsettled(each) || cids.indexOf(each) !== at)
  return cid === undefined ? undefined : new InvalidInput({
    operation,
    field: "cid",
    value: String(cid),
    reason: "another submission bears it, and what became of that one is not known yet; give another cid, or none"
  })
}

/** why one of its operations must not be sent any more */
const refusedOf = ({ parts }: Command): Unsent | undefined => {
  for (const { refuse } of parts) {
    const refused = refuse?.()
    if (refused !== undefined) return refused
  }
  return undefined
}

export const make = ({ limiter, liveOrders, now, sendings, session, steady }: {
  readonly session: Session
  readonly sendings: Sendings
  readonly liveOrders: LiveOrders
  readonly limiter: RateLimiter.Service
  readonly now: () => number
  readonly steady: () => number
}): { readonly commands: Commands; readonly onLost: (closing: Closing) => void; readonly release: () => void } => {
  const timeout = Duration.toMillis(session.settings.account.commandTimeout)
  const exclusion = Exclusion.make()
  const logins = loginsOf(session, sendings, steady)
  const queueing: Queueing = { session, logins, exclusion, steady, timeout }
  const budget = budgetOf(session, limiter)
  const measure = measured(now, budget.remaining)

  /** nothing comes between the last check and the writing */
  const transmit = <A, U extends OutcomeUnknown>(
    command: Command<A, U>,
    { epoch }: Login,
    { called, deadline }: { readonly called: Sleep.Reading; readonly deadline: number },
    onFree: () => void
  ): Either.Either<Sending<A, U>, Unsent> => {
    const { operation, parts } = command
    // the market has moved since: the caller decides whether the command is still wanted
    if (Sleep.between(called, { steady: steady(), wall: now() }, deadline) > 0) {
      const reason = "the process slept since the command was called"
      return Either.left(new ConnectionClosed({ operation, code: 1006, reason, outcome: "unsent" }))
    }
    const barred = logins.barred(operation, epoch) ?? refusedOf(command) ?? reused(liveOrders, command)
    if (barred !== undefined) return Either.left(barred)
    const within = Math.max(0, deadline - steady())
    const sending = sendings.write({ epoch, frame: frameOf(command), parts, within, onFree })
    return sending === undefined ? Either.left(logins.unsent(operation)) : Either.right(sending)
  }

  const attempt = <A, U extends OutcomeUnknown>(command: Command<A, U>): Effect.Effect<Sent<A, U>, Unsent> =>
    Effect.suspend(() => {
      const { args, input, operation, parts } = command
      const called: Sleep.Reading = { steady: steady(), wall: now() }
      const deadline = called.steady + timeout
      return Effect.flatMap(
        prepare(session, logins, command, deadline),
        (login) =>
          Effect.uninterruptibleMask((restore) => {
            const place = exclusion.add(parts.length === 1 ? parts[0]!.keys : parts.flatMap(({ keys }) => keys))
            const free = () => exclusion.remove(place)
            const pay = budget.acquire(login, {
              operation,
              cost: input.cost(args),
              within: () => deadline - steady(),
              ended: logins.ended(login.epoch, operation)
            })
            const ready = exclusion.isBlocked(place)
              ? Effect.zipRight(awaitPlace(queueing, place, login.epoch, operation, deadline), pay)
              : pay
            return Effect.flatMap(Effect.onError(restore(ready), () => Effect.sync(free)), () => {
              const sending = transmit(command, login, { called, deadline }, free)
              if (Either.isLeft(sending)) {
                free()
                return Effect.fail(sending.left)
              }
              const { epoch, flights, sent } = sending.right
              const settled = Effect.onInterrupt(restore(sending.right.await), () => Effect.sync(sending.right.abandon))
              return Effect.map(settled, (): Sent<A, U> => ({
                epoch,
                mts: sent,
                results: flights.map((flight) => flight.result()!)
              }))
            })
          })
      )
    })

  const run: Commands["run"] = (command) => measure(command.operation, attempt(command))

  return {
    commands: {
      run,
      one: <A, U extends OutcomeUnknown, K extends Kind>(input: Input, args: AnyArgs, operation: Operation<A, U, K>) =>
        Effect.flatMap(
          run({ operation: operation.operation, input, args, parts: [operation] }),
          ({ epoch, mts, results: [result] }): Effect.Effect<Answered<A>, Failure<U, K>> =>
            Either.match(result!, {
              // the cast: a refusal was read as one of the operation's kind
              onLeft: (error) => Effect.fail(error as U | ErrorTable.RefusedOf<K>),
              onRight: (answer) => Effect.succeed({ epoch, mts, answer })
            })
        ),
      send: (command) =>
        Effect.suspend(() =>
          Effect.flatMap(
            // what nothing answers needs no permission either
            findLogin(session, logins, command, steady() + timeout),
            ({ epoch }) =>
              session.send(epoch, frameOf(command)) ? Effect.void : Effect.fail(logins.unsent(command.operation))
          )
        ),
      budgetRemaining: budget.remaining
    },
    onLost: (closing) => {
      logins.onLost(closing)
      exclusion.wakeAll()
    },
    release: () => {
      logins.release()
      exclusion.wakeAll()
    }
  }
}
