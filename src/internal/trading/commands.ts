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
import type { Operation, Place } from "./operation.ts"
import type { Sending, Sendings } from "./sending.ts"

/** A frame with its arguments and its operations. */
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

/** The error of a command of one operation. */
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
  /**
   * Reserves places in the order budget for as long as `use` runs, for commands that must all be sent, or none. It waits as
   * long as a command would, and then fails.
   */
  readonly reserve: <A, E>(
    operation: string,
    count: number,
    use: (places: ReadonlyArray<Place>) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | Unsent>
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

/** symbols of the orders and offers that a command may make */
const symbolsOf = ({ args, parts }: Pick<Command, "args" | "parts">): ReadonlyArray<unknown> => [
  ...parts.flatMap(({ submission }) => submission === undefined ? [] : [submission.symbol]),
  ...(args["symbol"] === undefined ? [] : [args["symbol"]])
]

const refuseFilter = (
  session: Session,
  command: Omit<Command, "parts"> & Partial<Command>
): InvalidInput | undefined => {
  const { args, input: { answers }, operation, parts = [] } = command
  const refuse = (value: string, reason: string) =>
    new InvalidInput({ operation, field: "filter", value, reason: `the filter of the login hides ${reason}` })
  const hidden = answers.filter((name: keyof typeof accountChannels) => !session.lets(name))
  if (hidden.length > 0) {
    return refuse(hidden.join(", "), "the answers to this command; add `trading` or `funding`, and `notify`")
  }
  const family = answers.find((name) => name === "orders" || name === "fundingOffers")
  if (family === undefined || session.letsAll(family)) return undefined
  // a notification would answer the command, but nothing would show how the order ends
  const symbol = symbolsOf({ args, parts }).find((each) => !session.letsSymbol(family, String(each)))
  const word = family === "orders" ? "trading" : "funding"
  return symbol === undefined
    ? undefined
    : refuse(String(symbol), `the events of orders of this symbol; add \`${word}\`, or \`${word}-${String(symbol)}\``)
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

  const whyUnsent = (): Pick<ConnectionClosed, "code" | "reason"> => {
    const { isLive, login } = session.state.get()
    const because = (reason: string) => ({ code: null, reason })
    if (isReleased) return because("its layer was released")
    if (login !== null && !isLive) {
      return because(
        "the login is not confirmed yet: its snapshots, or the pong after a sleep of the process, have not arrived"
      )
    }
    return lost ?? because(login === null ? "there was no login in time" : "the login is over")
  }

  const unsent = (operation: string): ConnectionClosed => {
    const { code, reason } = whyUnsent()
    return new ConnectionClosed({ operation, code, reason, outcome: "unsent" })
  }

  const maintenance = (operation: string): Maintenance | undefined =>
    session.state.get().socket?._tag === "Maintenance"
      ? new Maintenance({ operation, text: "announced on the socket; nothing was sent", outcome: "refused" })
      : undefined

  /** the login in which commands can be sent at once */
  const now = (): Login | undefined => {
    const { isLive, login } = session.state.get()
    return isLive && login !== null ? login : undefined
  }

  const find = (operation: string, deadline: number): Effect.Effect<Login, NotifyError> =>
    Effect.suspend(() => {
      const live = now()
      if (live !== undefined) return Effect.succeed(live)
      const { login } = session.state.get()
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
        code: null,
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
    now,
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

interface BudgetWait {
  readonly operation: string
  readonly within: () => number
  /** fails when the login is over */
  readonly ended: () => Effect.Effect<never, ConnectionClosed>
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
      { cost, ended, operation, within }: BudgetWait & { readonly cost: number }
    ): Effect.Effect<void, Unsent> => {
      if (cost === 0) return Effect.void
      const key = keyOf(userId)
      // a command that need not wait pays for no race
      const once = Effect.catchAll(
        limiter.acquire(key, limit, { operation, maxWait: 0 }),
        () =>
          Effect.raceFirst(
            Effect.suspend(() => limiter.acquire(key, limit, { operation, maxWait: within() })),
            ended()
          )
      )
      return cost === 1 ? once : Effect.forEach(Array.from({ length: cost }), () => once, { discard: true })
    },
    reserve: <A, E>(
      { userId }: Login,
      { count, ended, operation, within }: BudgetWait & { readonly count: number },
      use: (places: ReadonlyArray<Place>) => Effect.Effect<A, E>
    ): Effect.Effect<A, E | Unsent> =>
      Effect.suspend((): Effect.Effect<A, E | Unsent> => {
        if (limit[0] < count) {
          const reason = `${operation} sends ${count} commands that belong together; allow at least as many`
          const [value, field] = [String(limit[0]), "account.orderLimit"]
          return Effect.fail(new InvalidInput({ operation, field, value, reason }))
        }
        let isTaken = false
        const taking = (places: ReadonlyArray<Place>): Effect.Effect<A, E | RateLimited> => {
          isTaken = places.length === count
          return isTaken
            ? use(places)
            : limiter.hold(
              keyOf(userId),
              limit,
              { operation, maxWait: within() },
              (place) => taking([...places, place])
            )
        }
        // the end of the login ends the wait, not the steps after it
        const over = Effect.catchAll(ended(), (error) => isTaken ? Effect.never : Effect.fail(error))
        return Effect.raceFirst(taking([]), Effect.interruptible(over))
      })
  }
}

/** Measures each command. */
const measuring = (now: () => number, remaining: Effect.Effect<number>) => {
  const byOperation = new Map<string, Metrics.OfCommand>()
  const metricsFor = (operation: string): Metrics.OfCommand => {
    const known = byOperation.get(operation) ?? Metrics.forCommand(operation)
    byOperation.set(operation, known)
    return known
  }
  return <A, U extends OutcomeUnknown>(
    operation: string,
    attempt: () => Effect.Effect<Sent<A, U>, Unsent>
  ): Effect.Effect<Sent<A, U>, Unsent> =>
    Fibers.withFiber((fiber) => {
      const metrics = metricsFor(operation)
      const labels = Fibers.labelsOf(fiber)
      const last = <E>(end: Effect.Effect<Sent<A, U>, E>) =>
        Effect.flatMap(remaining, (commands) => {
          Metrics.left(commands, labels)
          return end
        })
      return Effect.matchEffect(attempt(), {
        onFailure: (error) => {
          metrics.ended(outcomeOf(error), labels)
          return last(Effect.fail(error))
        },
        onSuccess: (sent) => {
          metrics.took(now() - sent.mts, labels)
          for (const result of sent.results) {
            metrics.ended(Either.isRight(result) ? "accepted" : outcomeOf(result.left), labels)
          }
          return last(Effect.succeed(sent))
        }
      })
    })
}

type Logins = ReturnType<typeof loginsOf>

interface Core {
  readonly session: Session
  readonly sendings: Sendings
  readonly liveOrders: LiveOrders
  readonly logins: Logins
  readonly exclusion: Exclusion.Exclusion
  readonly budget: ReturnType<typeof budgetOf>
  readonly now: () => number
  readonly steady: () => number
  /** ms that a command has */
  readonly timeout: number
}

/** When a command was called, and by when it has to end, in ms of the steady clock. */
interface Call {
  readonly called: Sleep.Reading
  readonly deadline: number
}

/** waits until no earlier command shares a key */
const awaitPlace = (
  core: Core,
  place: Exclusion.Place,
  epoch: number,
  operation: string,
  deadline: number
): Effect.Effect<void, Unsent> =>
  Effect.suspend(() => {
    const { exclusion, logins, session, steady, timeout } = core
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
    return Effect.flatMap(Waiting.sleep(place, left), () => awaitPlace(core, place, epoch, operation, deadline))
  })

/** of two submissions with one cid, no answer would say which of them it is for */
const reused = (liveOrders: LiveOrders, { operation, parts }: Command): InvalidInput | undefined => {
  const isAgain = (cid: number, at: number): boolean =>
    liveOrders.isUnsettled(cid) || parts.some(({ submission }, before) => before < at && submission?.cid === cid)
  const cid = parts.find(({ submission }, at) => submission !== undefined && isAgain(submission.cid, at))?.submission
    ?.cid
  return cid === undefined ? undefined : new InvalidInput({
    operation,
    field: "cid",
    value: String(cid),
    reason: "another submission has this cid, and its outcome is not known yet; give another cid, or none"
  })
}

/** why one of its operations must no longer be sent */
const refusedOf = ({ parts }: Command): Unsent | undefined => {
  for (const { refuse } of parts) {
    const refused = refuse?.()
    if (refused !== undefined) return refused
  }
  return undefined
}

/** nothing comes between the last check and the writing */
const transmit = <A, U extends OutcomeUnknown>(
  { liveOrders, logins, now, sendings, steady }: Core,
  command: Command<A, U>,
  { epoch }: Login,
  { called, deadline }: Call,
  onFree: () => void
): Either.Either<Sending<A, U>, Unsent> => {
  const { operation, parts } = command
  const at = steady()
  // the market has moved since: the caller decides whether the command is still wanted
  if (Sleep.between(called, { steady: at, wall: now() }, deadline) > 0) {
    const reason = "the process slept since the command was called"
    return Either.left(new ConnectionClosed({ operation, code: null, reason, outcome: "unsent" }))
  }
  const barred = logins.barred(operation, epoch) ?? refusedOf(command) ?? reused(liveOrders, command)
  if (barred !== undefined) return Either.left(barred)
  const within = Math.max(0, deadline - at)
  const sending = sendings.write({ epoch, frame: frameOf(command), parts, within, onFree })
  return sending === undefined ? Either.left(logins.unsent(operation)) : Either.right(sending)
}

type Restore = <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** waits for the results of a command that was written */
const answered = <A, U extends OutcomeUnknown>(
  { abandon, await: results, epoch, flights, sent }: Sending<A, U>,
  restore: Restore
): Effect.Effect<Sent<A, U>> =>
  Effect.matchCauseEffect(restore(results), {
    // only an interruption ends the wait
    onFailure: (cause) => {
      abandon()
      return Effect.failCause(cause)
    },
    onSuccess: () => Effect.succeed({ epoch, mts: sent, results: flights.map((flight) => flight.result()!) })
  })

/**
 * Waits for the commands before it and for the budget, writes the command, and waits for its results. It can be
 * interrupted while it waits, and nowhere between: a frame that was written is abandoned by its caller, or answered.
 *
 * An order that need not wait goes through without a fiber, a queue or a race of its own.
 */
const send = <A, U extends OutcomeUnknown>(
  core: Core,
  command: Command<A, U>,
  login: Login,
  call: Call
): Effect.Effect<Sent<A, U>, Unsent> =>
  Effect.uninterruptibleMask((restore) => {
    const { args, input, operation, parts } = command
    const { budget, exclusion, logins, steady } = core
    const { epoch } = login
    const place = exclusion.add(parts.length === 1 ? parts[0]!.keys : parts.flatMap(({ keys }) => keys))
    const free = () => exclusion.remove(place)
    const pay = parts[0]?.place ?? budget.acquire(login, {
      operation,
      cost: input.cost(args),
      within: () => call.deadline - steady(),
      ended: () => logins.ended(epoch, operation)
    })
    const ready = exclusion.isBlocked(place)
      ? Effect.zipRight(awaitPlace(core, place, epoch, operation, call.deadline), pay)
      : pay
    return Effect.matchCauseEffect(restore(ready), {
      onFailure: (cause): Effect.Effect<Sent<A, U>, Unsent> => {
        free()
        return Effect.failCause(cause)
      },
      onSuccess: () => {
        const sending = transmit(core, command, login, call, free)
        if (Either.isRight(sending)) return answered(sending.right, restore)
        free()
        return Effect.fail(sending.left)
      }
    })
  })

/** sends a command in the login that there is, or in the first one */
const attempt = <A, U extends OutcomeUnknown>(
  core: Core,
  command: Command<A, U>
): Effect.Effect<Sent<A, U>, Unsent> => {
  const { logins, now, session, steady, timeout } = core
  const { input, operation } = command
  const called: Sleep.Reading = { steady: steady(), wall: now() }
  const call: Call = { called, deadline: called.steady + timeout }
  const sendIn = (login: Login): Effect.Effect<Sent<A, U>, Unsent> => {
    const forbidden = refusePermission(operation, input, login)
    return forbidden === undefined ? send(core, command, login, call) : Effect.fail(forbidden)
  }
  const filtered = refuseFilter(session, command)
  if (filtered !== undefined) return Effect.fail(filtered)
  const login = logins.now()
  return login === undefined ? Effect.flatMap(logins.find(operation, call.deadline), sendIn) : sendIn(login)
}

export const make = ({ limiter, ...needs }: {
  readonly session: Session
  readonly sendings: Sendings
  readonly liveOrders: LiveOrders
  readonly limiter: RateLimiter.Service
  readonly now: () => number
  readonly steady: () => number
}): { readonly commands: Commands; readonly onLost: (closing: Closing) => void; readonly release: () => void } => {
  const { now, sendings, session, steady } = needs
  const timeout = Duration.toMillis(session.settings.account.commandTimeout)
  const exclusion = Exclusion.make()
  const logins = loginsOf(session, sendings, steady)
  const budget = budgetOf(session, limiter)
  const core: Core = { ...needs, timeout, exclusion, logins, budget }
  const measured = measuring(now, budget.remaining)

  const run: Commands["run"] = (command) => measured(command.operation, () => attempt(core, command))

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
        Effect.suspend(() => {
          const { operation } = command
          const filtered = refuseFilter(session, command)
          if (filtered !== undefined) return Effect.fail(filtered)
          // a message that is not answered needs no permission either
          return Effect.flatMap(logins.find(operation, steady() + timeout), ({ epoch }) =>
            session.send(epoch, frameOf(command)) ? Effect.void : Effect.fail(logins.unsent(operation)))
        }),
      budgetRemaining: budget.remaining,
      reserve: (operation, count, use) =>
        Effect.suspend(() => {
          const deadline = steady() + timeout
          return Effect.flatMap(logins.find(operation, deadline), (login) => {
            const ended = () => logins.ended(login.epoch, operation)
            return budget.reserve(login, { operation, count, within: () => deadline - steady(), ended }, use)
          })
        })
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
