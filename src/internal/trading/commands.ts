/**
 * One command on the account's socket, from its check to its end: accepted, refused, unknown within its deadline, or never
 * sent.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import {
  type AccountStreamError,
  type CommandError,
  ConnectionClosed,
  ConnectionEnded,
  InvalidInput,
  Maintenance,
  outcomeOf,
  PermissionMissing,
  RateLimited
} from "../../BitfinexError.ts"
import type { accountChannels } from "../../protocol/channels/Account.ts"
import type { Input } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as Session from "../account/session.ts"
import type { Closing } from "../socket/link.ts"
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"
import * as Waiting from "../time/wait.ts"
import * as Correlation from "./correlation.ts"
import * as Metrics from "./metrics.ts"
import * as Pendings from "./pending.ts"
import type { Known } from "./rules/order.ts"

export interface Command {
  readonly operation: string
  readonly input: Input
  /** as they were checked */
  readonly args: AnyArgs
  /** third item of the frame */
  readonly messageId?: number
  readonly parts: ReadonlyArray<Pendings.Operation>
}

/** What came of a command that was sent. */
export interface Sent {
  readonly epoch: number
  /** ms, by the clock of this machine */
  readonly mts: number
  /** in the order of the parts */
  readonly results: ReadonlyArray<Pendings.Settlement>
}

export interface Commands {
  readonly known: Known
  /** fails when nothing was sent */
  readonly run: (command: Command) => Effect.Effect<Sent, CommandError>
  /** sends what nothing answers */
  readonly send: (command: Command) => Effect.Effect<void, CommandError>
  readonly budgetRemaining: Effect.Effect<number>
}

/** what a login may fail with, less what only streams of market data do */
const ofLogin = (operation: string, error: AccountStreamError): CommandError => {
  switch (error._tag) {
    case "SubscriptionRejected":
    case "BufferOverflow":
      return new ConnectionEnded({ operation, reason: error.message, isRetryable: false })
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
  const now = Clocks.wall(clock)
  /** by which deadlines are kept: see `Clocks.steady` */
  const steady = Clocks.steady(clock)
  const timeout = Duration.toMillis(settings.commandTimeout)
  const correlation = Correlation.make()
  const pendings = Pendings.make(correlation, settings.commandTimeout, steady)
  const turns = Waiting.makeTurns()
  /** what a lost login leaves to be said to those who come after it */
  let lost: Closing | undefined

  // --- the login -----------------------------------------------------------------------------------------------------

  const listener: Session.Listener = {
    ...Session.deaf,
    onLogin: correlation.onLogin,
    onEvent: correlation.onEvent,
    onError: correlation.onError,
    onEnd: (epoch, closing) => {
      lost = closing
      pendings.onEnd(epoch, closing)
      turns.wakeAll()
    }
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
      // a new login fails with it too, unless the credentials have changed: that is for `login` to find out
      const ended = session.failure()
      if (ended !== undefined) return Effect.fail(ofLogin(operation, ended))
      // the market has moved since a login was lost: whoever still wants the order waits for the next one by `login`
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

  // --- turns, budget, sending ----------------------------------------------------------------------------------------

  const awaitTurn = (
    turn: Waiting.Turn,
    login: Session.Login,
    operation: string,
    deadline: number
  ): Effect.Effect<void, CommandError> =>
    Effect.suspend(() => {
      Waiting.listen(turn)
      if (!turns.isBlocked(turn)) return Effect.void
      if (session.state.get().login?.epoch !== login.epoch) return Effect.fail(unsent(operation))
      const left = deadline - steady()
      if (left <= 0) {
        const text = "an earlier command for the same is under way, and their answers could not be told apart"
        return Effect.fail(new RateLimited({ operation, retryAfter: timeout, text, outcome: "unsent" }))
      }
      return Effect.flatMap(Waiting.sleep(turn, left), () => awaitTurn(turn, login, operation, deadline))
    })

  const [commands, seconds] = settings.orderLimit
  const limit = [commands, seconds + Duration.toSeconds(settings.limitMargin)] as const
  const { host } = new URL(settings.socketAuthUrl)
  // the venue counts by user
  const keyOf = (userId: number | null): RateLimiter.Key => ({ host, family: `orders of ${userId ?? "somebody"}` })

  /** until the login is over */
  const ended = (epoch: number, operation: string): Effect.Effect<never, ConnectionClosed> =>
    Later.callback<never, ConnectionClosed>((resume) => {
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
    const patient = Effect.suspend(() => limiter.acquire(key, limit, { operation, maxWait: deadline - steady() }))
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

  /** the login in which the command is to be sent */
  const prepare = (command: Command, deadline: number): Effect.Effect<Session.Login, CommandError> => {
    const { input, operation } = command
    const filtered = refuseFilter(operation, input)
    if (filtered !== undefined) return Effect.fail(filtered)
    return Effect.flatMap(loginFor(operation, deadline), (login) => {
      const forbidden = refusePermission(operation, input, login)
      return forbidden === undefined ? Effect.succeed(login) : Effect.fail(forbidden)
    })
  }

  /** nothing comes between the last look and the sending */
  const transmit = (
    command: Command,
    { epoch }: Session.Login,
    deadline: number
  ): Either.Either<Pendings.Pending, CommandError> => {
    const { operation } = command
    const closed = maintenance(operation)
    if (closed !== undefined) return Either.left(closed)
    if (!session.state.get().isLive) return Either.left(unsent(operation))
    const frame = frameOf(command)
    const sent = now()
    const pending = pendings.add({ epoch, sent, deadline: Math.max(deadline, steady()) }, command.parts)
    if (session.send(epoch, frame)) return Either.right(pending)
    pendings.remove(pending)
    return Either.left(unsent(operation))
  }

  const attempt = (command: Command): Effect.Effect<Sent, CommandError> =>
    Effect.suspend(() => {
      const { args, input, operation, parts } = command
      const deadline = steady() + timeout
      return Effect.flatMap(prepare(command, deadline), (login) =>
        Effect.uninterruptibleMask((restore) => {
          const turn = turns.add(parts.length === 1 ? parts[0]!.keys : parts.flatMap(({ keys }) => keys))
          const pay = acquire(login, operation, input.cost(args), deadline)
          const ready = turns.isBlocked(turn)
            ? Effect.zipRight(awaitTurn(turn, login, operation, deadline), pay)
            : pay
          const sent = Effect.flatMap(restore(ready), () => {
            const pending = transmit(command, login, deadline)
            if (Either.isLeft(pending)) return Effect.fail(pending.left)
            const { epoch, sent } = pending.right
            return Effect.onExit(
              Effect.map(restore(pendings.finish(pending.right)), (): Sent => ({
                epoch,
                mts: sent,
                results: pendings.results(pending.right)
              })),
              () => Effect.sync(() => pendings.abandon(pending.right))
            )
          })
          return Effect.onExit(sent, () => Effect.sync(() => turns.remove(turn)))
        }))
    })

  const metricsOf = new Map<string, Metrics.OfCommand>()
  const metricsFor = (operation: string): Metrics.OfCommand => {
    const known = metricsOf.get(operation) ?? Metrics.forCommand(operation)
    metricsOf.set(operation, known)
    return known
  }

  const budgetRemaining = Effect.suspend(() =>
    limiter.remaining(keyOf(session.state.get().login?.userId ?? null), limit)
  )

  const run: Commands["run"] = (command) =>
    Fibers.withFiber((fiber) => {
      const metrics = metricsFor(command.operation)
      const labels = Fibers.labelsOf(fiber)
      const left = Effect.map(budgetRemaining, (commands) => Metrics.left(commands, labels))
      return Effect.matchEffect(attempt(command), {
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

  return {
    known: correlation.known,
    run,
    send: (command) =>
      Effect.suspend(() =>
        Effect.flatMap(
          prepare(command, steady() + timeout),
          ({ epoch }) => session.send(epoch, frameOf(command)) ? Effect.void : Effect.fail(unsent(command.operation))
        )
      ),
    budgetRemaining
  } satisfies Commands as Commands
})
