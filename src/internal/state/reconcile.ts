/**
 * One fiber that queries REST for events that the socket did not report, until it has the outcome or gives up.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Problem } from "../../AccountView.ts"
import * as Waiting from "../time/wait.ts"
import type { Doubt } from "./family.ts"
import type { Orders } from "./orders.ts"
import { mayPass, type Needs, type QueryError, type Step } from "./query.ts"
import type { Feed } from "./trades.ts"

/** how long REST may fail, or be unreachable, before open questions are reported as unknown, ms */
const patience = 300_000

/** delay before a failed query is retried, from the first to the longest, ms */
const [soonest, latest] = [1000, 30_000]

export interface Options {
  readonly needs: Needs
  readonly isLoggedIn: () => boolean
  readonly families: ReadonlyArray<{
    readonly name: string
    readonly family: { readonly doubt: Doubt | undefined; readonly refuse: (reason: string) => void }
    readonly query: Effect.Effect<void, QueryError>
  }>
  readonly trades: Feed
  readonly orders: Orders
  readonly others: ReadonlyArray<Step>
  /** the socket did not report something that REST shows */
  readonly onDoubt: () => void
  /** after each pass */
  readonly onPass: () => void
  readonly problem: (problem: Problem) => void
  /** woken when there may be new work */
  readonly sleeper: Waiting.Sleeper
}

export interface CatchUp {
  /** there is new work at once */
  readonly kick: () => void
  readonly hasWork: () => boolean
  readonly run: Effect.Effect<never>
}

/** whether it succeeded, or will not be retried */
const attempts = (problem: Options["problem"], epoch: () => number) =>
(
  what: string,
  query: Effect.Effect<void, QueryError>,
  onRefused: (reason: string) => void
): Effect.Effect<boolean> =>
  Effect.matchEffect(query, {
    onSuccess: () => Effect.succeed(true),
    onFailure: (error) => {
      const isRetryable = mayPass(error)
      return Effect.as(
        Effect.zipRight(
          Effect.sync(() => {
            const { message: reason } = error
            problem({ _tag: "QueryFailed", epoch: epoch(), what, reason, isRetryable })
            if (!isRetryable) onRefused(reason)
          }),
          Effect.logWarning(`${what}: ${error.message}`)
        ),
        !isRetryable
      )
    }
  })

/** the families that are in doubt, once REST has to show everything that happened before */
const listed = ({ families, needs: { now } }: Options, attempt: ReturnType<typeof attempts>): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (const { family, name, query } of families) {
      const { doubt } = family
      if (doubt === undefined || doubt.askAt > now()) continue
      yield* attempt(name, query, (why) => {
        if (family.doubt === doubt) family.refuse(why)
      })
    }
  })

export const make = (options: Options): CatchUp => {
  const { families, isLoggedIn, needs: { epoch, now }, orders, others, problem, sleeper, trades } = options
  const steps = [orders, ...others]
  /** number of consecutive passes that left work */
  let tries = 0
  let retryAt = 0

  const kick = (): void => {
    tries = 0
    retryAt = 0
    Waiting.wake(sleeper)
  }

  const canQuery = (): boolean => isLoggedIn() && trades.isDue()

  const hasWork = (): boolean =>
    trades.isDue() || steps.some((step) => step.hasWork()) || families.some(({ family }) => family.doubt !== undefined)

  /** orders that are known only from their trades are looked up */
  const tradesOf = (query: Effect.Effect<void, QueryError>) => Effect.zipRight(query, Effect.sync(orders.sort))

  const attempt = attempts(problem, epoch)

  const pass = Effect.gen(function*() {
    let reason = "REST does not show it"
    const failed = (why: string): void => void (reason = why)
    const last = (ok: boolean, what: string): boolean => {
      if (!ok) failed(`REST could not be queried for ${what}`)
      return ok
    }
    if (isLoggedIn()) yield* listed(options, attempt)
    if (isLoggedIn() && orders.auditAt() <= now()) {
      const audit = Effect.map(orders.audit, (isFound) => isFound ? options.onDoubt() : undefined)
      yield* attempt("orders", audit, () => undefined)
    }
    let isRead = true
    if (canQuery()) {
      isRead = last(yield* attempt("trades", tradesOf(trades.query), (why) => trades.giveUp(why, true)), "trades")
      if (!isRead && now() >= trades.dueSince() + patience) trades.giveUp(reason, false)
    }
    for (const step of steps) {
      // without the missed trades, the fills of an order are not known
      if (step.hasWork() && (isRead || step !== orders)) {
        last(yield* attempt(step.name, step.run, (why) => step.giveUp(why, Number.POSITIVE_INFINITY)), step.name)
      }
      step.giveUp(reason, now() - patience)
    }
    if (isLoggedIn() && trades.laterAt() <= now()) {
      yield* attempt("trades", tradesOf(trades.queryLater), (why) => trades.giveUp(why, true))
    }
  })

  /** whether there is work left that waits neither for its time nor for the socket */
  const isLeft = (): boolean =>
    steps.some((step) => step.hasWork()) || canQuery()
    || (isLoggedIn() && (trades.laterAt() <= now() || orders.auditAt() <= now()
      || families.some(({ family }) => family.doubt !== undefined && family.doubt.askAt <= now())))

  /** time of the next work, ms; overdue work counts as left, and is done with the next retry */
  const nextAt = (): number => {
    let at = isLeft() ? retryAt : Number.POSITIVE_INFINITY
    if (!isLoggedIn()) return at
    const times = [
      trades.laterAt(),
      orders.auditAt(),
      ...families.map(({ family }) => family.doubt?.askAt ?? Number.POSITIVE_INFINITY)
    ]
    for (const time of times) if (time > now()) at = Math.min(at, time)
    return at
  }

  const turn = Effect.gen(function*() {
    const at = nextAt()
    if (at > now()) yield* Waiting.sleep(sleeper, at - now())
    Waiting.listen(sleeper)
    if (isLeft() && now() >= retryAt) {
      yield* Effect.withSpan(pass, "AccountState.catchUp", { attributes: { epoch: epoch() } })
      // new work has reset it meanwhile
      const isAgain = isLeft()
      if (!sleeper.woken) retryAt = isAgain ? now() + Math.min(latest, soonest * 2 ** Math.min(tries, 10)) : 0
      tries = isAgain ? tries + 1 : 0
    }
    options.onPass()
  })

  return {
    kick,
    hasWork,
    run: turn.pipe(
      Effect.catchAllCause((cause) => {
        if (Cause.isInterrupted(cause)) return Effect.failCause(cause)
        problem({ _tag: "Defect", epoch: epoch(), reason: Cause.pretty(cause) })
        return Effect.zipRight(Effect.logError("AccountState.catchUp", cause), Effect.sleep(latest))
      }),
      Effect.annotateLogs({ connection: "account" }),
      Effect.forever
    )
  }
}
