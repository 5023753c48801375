/**
 * The account's state: a listener keeps the families by what the socket tells, and one fiber finds out by REST what the
 * socket did not.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Problem } from "../../AccountView.ts"
import { type AccountStreamError, BufferOverflow, ConnectionEnded, type DecodeError } from "../../BitfinexError.ts"
import type { CaughtUp, MissedEvent } from "../../MissedEvent.ts"
import { FundingTrade } from "../../protocol/records/Funding.ts"
import { Trade } from "../../protocol/records/Order.ts"
import type { Position } from "../../protocol/records/Position.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import { deaf, type Login, type RawEvent, type Session } from "../account/session.ts"
import * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as Closed from "./closed.ts"
import { type Row, specs } from "./families.ts"
import { type Differences, Family } from "./family.ts"
import * as Offers from "./offers.ts"
import * as Orders from "./orders.ts"
import type { Looker, LookError } from "./query.ts"
import * as CatchUp from "./reconcile.ts"
import * as Trades from "./trades.ts"

const operation = "AccountState"

/** elements that may wait for a consumer of trades or away events */
export const capacity = 16_384

/** A family, and the streams of its view. */
export interface Kept<K extends string | number, A> {
  readonly name: string
  readonly family: Family<K, A>
  readonly newest: Hub.Newest<ReturnType<Family<K, A>["state"]>, AccountStreamError>
}

export const make = Effect.fnUntraced(function*(session: Session, rest: RestAuthClient.Service) {
  const clock = yield* Effect.clock
  /** what is told to users; nothing is waited for by it */
  const now = Clocks.wall(clock)
  const steady = Clocks.steady(clock)
  const settle = Duration.toMillis(session.settings.orderSettle)
  const problems = Hub.make<Problem>({ capacity: 1024 })
  const away = Hub.make<MissedEvent, AccountStreamError>({
    capacity,
    overflow: () => new BufferOverflow({ operation: `${operation}.away`, capacity })
  })
  const waiting = new Set<Deferred.Deferred<CaughtUp, AccountStreamError>>()
  /** the login in force */
  let login: Login | undefined
  /** when it came, or when it was found to be there; of the steady clock */
  let loggedInAt = 0
  let epoch = 0
  let isLive = false
  /** something is to be caught up with; what is, when it is */
  let isBehind = true
  let isComplete = true
  let caughtUp: CaughtUp | undefined

  const tell = (event: MissedEvent): void => {
    const isUnknown = event._tag.endsWith("Unknown")
      || ("isComplete" in event && event._tag !== "CaughtUp" && !event.isComplete)
      || ("reason" in event && event.reason !== null)
    if (isUnknown) isComplete = false
    away.publish(event)
  }

  const looker: Looker = { rest, now: steady, timeOfDay: now, settle, tell, epoch: () => epoch }

  // --- what is kept ----------------------------------------------------------------------------------------------------

  const keep = <K extends string | number, A>(
    { channel, scope, ...spec }: Row<K, A>,
    name: string,
    list: Effect.Effect<ReadonlyArray<A>, LookError>,
    tellOf: (family: Family<K, A>) => (differences: Differences<K, A>) => void
  ) => {
    const family: Family<K, A> = new Family({ ...spec, settle, steady }, () => newest.changed())
    const newest: Kept<K, A>["newest"] = Hub.newest(() => family.state())
    const differ = tellOf(family)
    const apply = (differences: Differences<K, A> | undefined): void => {
      if (differences !== undefined) differ(differences)
      catchUp.kick()
    }
    const malformed = (bad: ReadonlyArray<DecodeError>): void => {
      for (const error of bad) problems.publish({ _tag: "Malformed", epoch, family: name, error })
      behind()
    }
    return {
      name,
      family,
      newest,
      types: [channel.snapshot!, ...channel.updates], // all of these have a snapshot
      isExcluded: (of: Login) => !session.lets(name) || of.caps?.[scope]?.read === 0,
      begin: (rows: ReadonlyArray<unknown> | undefined) => {
        // the cast: the session decodes by the same row of the table
        if (rows !== undefined) apply(family.snapshotOf(rows as ReadonlyArray<A>, now()))
      },
      event: ({ payload, type }: RawEvent): void => {
        const at = now()
        if (type === channel.snapshot) Either.match(family.snapshot(payload, at), { onLeft: malformed, onRight: apply })
        else {
          const bad = family.event(payload, type, at)
          if (bad.length > 0) malformed(bad)
        }
      },
      look: Effect.suspend(() => {
        const { doubt } = family
        if (doubt === undefined || steady() < doubt.askAt) return Effect.void
        return Effect.map(list, (rows) => {
          const differences = family.list(doubt, rows, now())
          if (differences !== "late") apply(differences)
        })
      })
    }
  }

  const readTrade = (trade: Trade): void => feed.read(trade)
  let orderJobs!: Orders.Orders
  const orders = keep(specs.orders, "orders", Effect.suspend(() => rest.activeOrders()), (family) => {
    orderJobs = Orders.make(looker, family, readTrade)
    return orderJobs.add
  })

  let positionJobs!: Closed.Closings<string, Position>
  const positions = keep(specs.positions, "positions", Effect.suspend(() => rest.positions()), (family) => {
    positionJobs = Closed.make(looker, family, {
      tag: "Position",
      find: ({ positionId, symbol }) =>
        positionId === null
          ? Effect.succeed(undefined)
          : Effect.map(rest.positionsHistory({ id: positionId, limit: 50 }), (rows) =>
            rows.find((row) =>
              row.positionId === positionId && row.symbol === symbol && row.status.startsWith("CLOSED")
            )),
      isOther: (before, after) => before.positionId !== after.positionId
    })
    return positionJobs.add
  })

  const wallets = keep(specs.wallets, "wallets", Effect.suspend(() => rest.wallets()), () => (differences) => {
    const told = (before: WalletRow | null, wallet: WalletRow | null): void =>
      tell({ _tag: "WalletChanged", epoch, before, wallet })
    for (const [, before] of differences.gone) told(before, null)
    for (const { after, before } of differences.changed) told(before, after)
    for (const [, wallet] of differences.fresh) told(null, wallet)
  })

  let offerJobs!: Offers.Offers
  const offers = keep(specs.fundingOffers, "fundingOffers", Effect.suspend(() => rest.fundingOffers()), (family) => {
    offerJobs = Offers.make(looker, family)
    return offerJobs.add
  })

  const fundingClosed = <A extends { readonly id: number; readonly symbol: string; readonly mtsCreate: number }>(
    tag: "Credit" | "Loan",
    family: Family<number, A>,
    history: Parameters<typeof Offers.among<A, LookError>>[0]
  ) =>
    Closed.make(looker, family, {
      tag,
      find: ({ id, mtsCreate: made }) => Offers.among(history, { id, made }),
      isOther: () => false
    })

  const jobs: Array<Closed.Closings<number, never>> = []
  const credits = keep(
    specs.fundingCredits,
    "fundingCredits",
    Effect.suspend(() => rest.fundingCredits()),
    (family) => {
      const made = fundingClosed("Credit", family, rest.fundingCreditsHistory)
      jobs.push(made)
      return made.add
    }
  )
  const loans = keep(specs.fundingLoans, "fundingLoans", Effect.suspend(() => rest.fundingLoans()), (family) => {
    const made = fundingClosed("Loan", family, rest.fundingLoansHistory)
    jobs.push(made)
    return made.add
  })

  const kept = [orders, positions, wallets, offers, credits, loans]

  const feed = Trades.make({
    looker,
    lets: () => session.lets("trades"),
    missed: (trade) => orderJobs.missed(trade),
    sort: () => orderJobs.sort(),
    capacity
  })

  // --- catching up -----------------------------------------------------------------------------------------------------

  const behind = (): void => {
    isBehind = true
    catchUp.note()
  }

  const check = (): void => {
    if (!isBehind || login === undefined || !isLive) return
    if (catchUp.hasWork() || kept.some(({ family }) => !family.isSynced && !family.isUnreadable)) return
    isBehind = false
    const isWhole = isComplete && kept.every(({ family, isExcluded }) => family.isSynced || isExcluded(login!))
    isComplete = true
    caughtUp = { _tag: "CaughtUp", epoch, isComplete: isWhole }
    away.publish(caughtUp)
    wake(Effect.succeed(caughtUp))
  }

  const wake = (how: Effect.Effect<CaughtUp, AccountStreamError>): void => {
    for (const each of waiting) Later.done(each, how)
    waiting.clear()
  }

  const catchUp = CatchUp.make({
    looker,
    isLoggedIn: () => login !== undefined,
    families: kept,
    trades: feed,
    orders: orderJobs,
    others: [positionJobs, offerJobs, ...jobs],
    onPass: check,
    problem: (problem) => problems.publish(problem)
  })

  // --- the socket ------------------------------------------------------------------------------------------------------

  const routes = new Map<string, (event: RawEvent) => void>()
  for (const one of kept) for (const type of one.types) routes.set(type, one.event)

  /** the trades of a payload; what is none is told */
  const rowsOf = <A>(
    layout: {
      readonly read: (row: unknown) => A | undefined
      readonly decode: (row: unknown) => Either.Either<A, DecodeError>
    },
    family: string,
    payload: unknown
  ): ReadonlyArray<A> | undefined => {
    const list = Array.isArray(payload) && Array.isArray(payload[0]) ? payload as ReadonlyArray<unknown> : [payload]
    const rows: Array<A> = []
    for (const row of list) {
      const record = layout.read(row)
      if (record !== undefined) rows.push(record)
      else Either.mapLeft(layout.decode(row), (error) => problems.publish({ _tag: "Malformed", epoch, family, error }))
    }
    return rows.length === list.length ? rows : undefined
  }

  for (const type of ["te", "tu"]) {
    routes.set(type, ({ payload }) => {
      const rows = rowsOf(Trade, "trades", payload)
      for (const trade of rows ?? []) feed.told(trade, type === "tu")
      if (rows === undefined) {
        feed.doubt()
        behind()
      }
      // a fee that does not come is asked for after a while
      if (type === "te" && feed.final.count() > 0) catchUp.note()
    })
  }
  for (const type of ["fte", "ftu"]) {
    routes.set(type, ({ payload }) => {
      for (const trade of rowsOf(FundingTrade, "fundingTrades", payload) ?? []) offerJobs.told(trade)
    })
  }

  const onLogin = (next: Login): void => {
    login = next
    loggedInAt = steady()
    epoch = next.epoch
    isBehind = true
    for (const { family, isExcluded } of kept) {
      family.login(epoch)
      if (isExcluded(next)) family.lose({ _tag: "Excluded" }, now())
    }
    feed.login(next)
  }

  const onLive = (of: Login): void => {
    isLive = true
    for (const { family, isExcluded } of kept) {
      if (family.hasSnapshot || family.doubt !== undefined || isExcluded(of)) continue
      family.ask({ _tag: "SnapshotMissing" }, now(), loggedInAt)
    }
    catchUp.kick()
  }

  const lose = (reason: Parameters<(typeof orders)["family"]["lose"]>[0]): void => {
    login = undefined
    isLive = false
    isBehind = true
    for (const { family } of kept) family.lose(reason, now())
  }

  const stop = session.listen({
    ...deaf,
    onLogin,
    // live again after maintenance is the same login
    onLive: (of) => isLive ? undefined : onLive(of),
    onEvent: (event) => routes.get(event.type)?.(event),
    onEnd: (_, { reason }) => {
      feed.lose()
      lose({ _tag: "Disconnected", reason })
    },
    onOver: (failure) => {
      lose({ _tag: "NotConnected" })
      for (const { newest } of kept) newest.end(failure)
      away.end(failure)
      feed.end(failure)
      wake(Effect.fail(failure ?? new ConnectionEnded({ operation, reason: "it was closed", isRetryable: true })))
    }
  })
  yield* Effect.addFinalizer(() => Effect.sync(stop))

  // somebody else may have connected before
  const state = session.state.get()
  if (state.login !== null) {
    onLogin(state.login)
    for (const { begin, name } of kept) begin(session.rows(name))
    if (state.isLive) onLive(state.login)
  }
  yield* Effect.forkScoped(catchUp.run)

  const settled: Effect.Effect<CaughtUp, AccountStreamError> = Effect.suspend(() => {
    if (!isBehind && caughtUp !== undefined) return Effect.succeed(caughtUp)
    const done = Later.deferred<CaughtUp, AccountStreamError>()
    waiting.add(done)
    return Effect.ensuring(
      Effect.zipRight(session.start, Deferred.await(done)),
      Effect.sync(() => waiting.delete(done))
    )
  })

  return { orders, positions, wallets, offers, credits, loans, away, feed, problems, settled }
})

type WalletRow = Parameters<(typeof specs.wallets)["key"]>[0]
