/**
 * The account's state: a listener updates the families with the events of the socket, and one fiber queries REST for
 * the events that the socket did not report.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Problem } from "../../AccountView.ts"
import { type AccountStreamError, BufferOverflow, ConnectionEnded } from "../../BitfinexError.ts"
import type { CaughtUp, MissedEvent } from "../../MissedEvent.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import { type Listener, type Login, refusals, type RowsEvent } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import * as Hub from "../stream/hub.ts"
import type { Unreadable } from "../stream/rowFeed.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as Waiting from "../time/wait.ts"
import * as Balances from "./available.ts"
import type { Family } from "./family.ts"
import * as Keep from "./keep.ts"
import * as Orders from "./orders.ts"
import * as Progress from "./progress.ts"
import type { Needs } from "./query.ts"
import * as Reconcile from "./reconcile.ts"
import * as Trades from "./trades.ts"

const operation = "AccountState"

/** elements that may wait for a consumer of trades or missed events */
export const capacity = 16_384

/** whether an event leaves something unknown */
const isUnknown = (event: MissedEvent): boolean =>
  event._tag.endsWith("Unknown")
  || ("isComplete" in event && event._tag !== "CaughtUp" && !event.isComplete)
  || ("reason" in event && event.reason !== null)

/** The progress, its publication, and the callers that wait until the state is caught up. */
const makeProgress = () => {
  let progress = Progress.initial
  const waiting = new Set<Deferred.Deferred<CaughtUp, AccountStreamError>>()
  const missed = Hub.make<MissedEvent, AccountStreamError>({
    capacity,
    overflow: () => new BufferOverflow({ operation: `${operation}.missed`, capacity })
  })

  const wake = (how: Effect.Effect<CaughtUp, AccountStreamError>): void => {
    for (const each of waiting) Later.done(each, how)
    waiting.clear()
  }

  const apply = (input: Progress.Input): void => {
    const before = progress
    progress = Progress.step(before, input)
    if (progress._tag !== "CaughtUp" || before._tag === "CaughtUp") return
    missed.publish(progress.event)
    wake(Effect.succeed(progress.event))
  }

  return {
    missed,
    apply,
    now: () => progress,
    publish: (event: MissedEvent): void => {
      if (isUnknown(event)) apply({ _tag: "StayedUnknown" })
      missed.publish(event)
    },
    end: (failure: AccountStreamError | undefined): void => {
      missed.end(failure)
      wake(Effect.fail(failure ?? new ConnectionEnded({ operation, reason: "it was closed", isRetryable: true })))
    },
    /** waits until the state is caught up, now or after `start` */
    caughtUp: (start: Effect.Effect<void, AccountStreamError>): Effect.Effect<CaughtUp, AccountStreamError> =>
      Effect.suspend(() => {
        if (progress._tag === "CaughtUp") return Effect.succeed(progress.event)
        const done = Later.deferred<CaughtUp, AccountStreamError>()
        waiting.add(done)
        return Effect.ensuring(
          Effect.zipRight(start, Deferred.await(done)),
          Effect.sync(() => waiting.delete(done))
        )
      })
  }
}

interface Parts {
  readonly needs: Needs
  readonly progress: ReturnType<typeof makeProgress>
  readonly families: ReturnType<typeof Keep.makeAll>
  readonly feed: Trades.Feed
  readonly problem: (problem: Problem) => void
  readonly sleeper: Waiting.Sleeper
  readonly catchUp: Reconcile.CatchUp
}

/** the error is made when it is looked at */
const problemOf = (epoch: number, family: string, unread: Unreadable): Problem => ({
  _tag: "Malformed",
  epoch,
  family,
  count: unread.count,
  get error() {
    return unread.error
  }
})

/** Effects of the session's events on the state. */
const listenerOf = ({ catchUp, families, feed, needs, problem, progress, sleeper }: Parts): Listener => {
  const followed: ReadonlyArray<Keep.Followed> = Object.values(families)

  const onLogin = (login: Login): void => {
    progress.apply({ _tag: "LoggedIn", login, at: needs.now() })
    for (const { family, isExcluded } of followed) {
      family.login(login.epoch)
      if (isExcluded(login)) family.lose({ _tag: "Excluded" }, needs.timeOfDay())
    }
    feed.login(login)
  }

  const onLive = (login: Login): void => {
    const now = progress.now()
    // live again after a maintenance is the same login
    if (now._tag !== "LoggedIn") return
    for (const { family, isExcluded } of followed) {
      if (family.hasSnapshot || family.doubt !== undefined || isExcluded(login)) continue
      family.ask({ _tag: "SnapshotMissing" }, needs.timeOfDay(), now.since)
    }
    progress.apply({ _tag: "Live" })
    catchUp.kick()
  }

  const lose = (reason: Parameters<Family<never, never>["lose"]>[0]): void => {
    progress.apply({ _tag: "LoggedOut" })
    for (const { family } of followed) family.lose(reason, needs.timeOfDay())
  }

  const onRows = (event: RowsEvent): void => {
    if (event.family in families) return families[event.family as keyof typeof families].receive(event)
    if (event._tag !== "Update") return
    if (event.family === "fundingTrades") {
      for (const each of refusals(event.unread)) malformed("fundingTrades", each)
      for (const trade of event.rows) families.fundingOffers.step.reported(trade)
    } else if (event.family === "trades") {
      for (const each of refusals(event.unread)) malformed("trades", each)
      for (const trade of event.rows) feed.receive(trade, event.type === "tu")
      if (event.unread.length > 0) {
        feed.doubt()
        progress.apply({ _tag: "Doubted" })
      }
      // a fee that does not arrive is queried later
      if (event.unread.length > 0 || (event.type === "te" && feed.final.count() > 0)) Waiting.wake(sleeper)
    }
  }

  const malformed = (family: string, unread: Unreadable): void => problem(problemOf(needs.epoch(), family, unread))

  return (event) => {
    switch (event._tag) {
      case "LoggedIn":
        return onLogin(event.login)
      case "Live":
        return onLive(event.login)
      case "Snapshot":
      case "Update":
        return onRows(event)
      case "LoggedOut":
        feed.lose()
        return lose({ _tag: "Disconnected", reason: event.closing.reason })
      case "Over":
        lose({ _tag: "NotConnected" })
        for (const { newest } of followed) newest.end(event.failure)
        feed.end(event.failure)
        return progress.end(event.failure)
      default:
    }
  }
}

export const make = Effect.fnUntraced(function*(
  session: Session,
  rest: RestAuthClient.Service,
  limiter: RateLimiter.Service
) {
  const clock = yield* Effect.clock
  const steady = Clocks.steady(clock)
  const problems = Hub.make<Problem>({ capacity: 1024 })
  const problem = (each: Problem): void => problems.publish(each)
  const progress = makeProgress()
  const epoch = (): number => Progress.epochOf(progress.now())
  const needs: Needs = {
    rest,
    now: steady,
    // time shown to users; deadlines do not use it
    timeOfDay: Clocks.wall(clock),
    settle: Duration.toMillis(session.settings.account.orderSettle),
    publish: progress.publish,
    epoch
  }
  const missed = Orders.makeMissed()
  const feed = Trades.make({ needs, lets: () => session.lets("trades"), missed: missed.add, capacity })
  const sleeper = Waiting.sleeper()
  const asker = Waiting.sleeper()
  const families = Keep.makeAll(
    {
      needs,
      lets: session.lets,
      onChange: () => {
        catchUp.kick()
        Waiting.wake(asker)
      },
      onUnread: (family, unread) => {
        problem(problemOf(epoch(), family, unread))
        progress.apply({ _tag: "Doubted" })
        Waiting.wake(sleeper)
      }
    },
    missed,
    feed.read
  )
  const { fundingCredits, fundingLoans, fundingOffers, orders, positions, wallets } = families
  const followed: ReadonlyArray<Keep.Followed> = Object.values(families)

  const check = (): void => {
    const now = progress.now()
    if (now._tag !== "Behind" || catchUp.hasWork()) return
    if (followed.some(({ family }) => !family.isSynced && !family.isUnreadable)) return
    const isWhole = followed.every(({ family, isExcluded }) => family.isSynced || isExcluded(now.login))
    progress.apply({ _tag: "Finished", isWhole })
  }

  const catchUp = Reconcile.make({
    needs,
    isLoggedIn: () => progress.now()._tag !== "Away",
    families: followed,
    trades: feed,
    orders: orders.step,
    others: [positions.step, fundingOffers.step, fundingCredits.step, fundingLoans.step],
    onDoubt: () => progress.apply({ _tag: "Doubted" }),
    onPass: check,
    problem,
    sleeper
  })

  const listener = listenerOf({ needs, progress, families, feed, problem, sleeper, catchUp })
  // another service may have connected before
  yield* Effect.acquireRelease(
    Effect.sync(() => session.subscribe(listener, { from: "login" })),
    (stop) => Effect.sync(stop)
  )
  // it listens after the families, whose rows it reads
  const available = yield* Balances.make({
    session,
    limiter,
    sleeper: asker,
    families: {
      wallets: wallets.family,
      orders: orders.family,
      positions: positions.family,
      fundingOffers: fundingOffers.family,
      fundingCredits: fundingCredits.family,
      fundingLoans: fundingLoans.family
    },
    steady,
    timeOfDay: needs.timeOfDay,
    problem
  })
  yield* Effect.forkScoped(catchUp.run)

  return {
    available,
    families: { orders, positions, wallets, fundingOffers, fundingCredits, fundingLoans },
    missed: progress.missed,
    feed,
    problems,
    caughtUp: progress.caughtUp(session.start)
  }
})
