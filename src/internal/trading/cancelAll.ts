/**
 * Cancels orders, and believes that none is left only when the venue shows it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type CommandError, ConnectionClosed, OutcomeUnknown } from "../../BitfinexError.ts"
import type { Resolution } from "../../Command.ts"
import * as ExitReport from "../../ExitReport.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { SessionEvent } from "../account/events.ts"
import type * as Session from "../account/session.ts"
import { mts, steady } from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as OwnOrders from "./ownOrders.ts"
import type { Known } from "./rules/rule.ts"
import * as Ways from "./ways.ts"

/** Which orders are meant. */
export type Which =
  | { readonly all: true }
  | { readonly symbol: Symbols.TradingSymbol }
  | { readonly gid: number }

export interface Needs {
  readonly session: Session.Session
  readonly rest: RestAuthClient.Service
  readonly known: Known
  readonly resolutions: Stream.Stream<Resolution>
  /** whether a submission under this cid was written to the socket, and may be live */
  readonly isWritten: (cid: number) => boolean
}

interface Exits extends Needs {
  readonly ways: Ways.Ways
  /** ms of a clock that never steps */
  readonly now: () => number
}

/** between two rounds of cancellations */
const pause = Duration.seconds(1)

/** from this round on each order has a frame of its own */
const oneByOne = 1

/** queries in a row that must show none: one may have been answered from before the last cancellation */
const enough = 2

const isOf = (which: Which) => ({ gid, symbol }: Pick<Ways.Shown, "gid" | "symbol">): boolean =>
  "all" in which ? true : "symbol" in which ? symbol === which.symbol : gid === which.gid

// --- the orders of a selection ---------------------------------------------------------------------------------------

/** The progress of closing out a selection. */
interface Selection {
  readonly seen: Map<number, Order>
  /** orders that were shown as open and whose end is not proven, with the time in ms at which they were shown last */
  readonly owed: Map<number, number>
  /** ids that the last round showed */
  left: ReadonlyArray<number>
  /** rows that can neither be read nor cancelled by id */
  nameless: number
  /** queries in a row that showed none, and ms at which something was shown last, or the first round began */
  empty: number
  lastShown: number
  /** ms at which a cancellation was written to the socket last, or the first round began */
  writtenAt: number
  /** null once the venue has shown the open orders */
  reason: string | null
}

export interface Closed {
  readonly cancelled: ReadonlyArray<Order>
  readonly report: ExitReport.ExitReport
}

/** whether a frame came on the socket after that time: otherwise what it shows may be old */
const isHeardSince = ({ now, session }: Exits, since: number): boolean => {
  const frameAge = session.health().account?.frameAge
  return session.state.get().isLive && typeof frameAge === "number" && now() - frameAge >= since
}

/**
 * Proves the end of orders that were shown as open and are not any more: by past orders, or by the lack of an order in the
 * open ones of REST which were asked for `orderSettle` or more after the order was shown last. The lack alone proves
 * nothing before that, since the venue may show an order late on one way and early on the other.
 */
const proveEnds = (exits: Exits, { left, owed }: Selection, askedAt: number, isRead: boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const settle = Duration.toMillis(exits.session.settings.account.orderSettle)
    for (const id of left) owed.set(id, exits.now())
    const missing = [...owed].filter(([id]) => !left.includes(id))
    for (const [id, at] of missing) if (isRead && askedAt - at >= settle) owed.delete(id)
    const ids = missing.flatMap(([id]) => owed.has(id) ? [id] : [])
    if (ids.length === 0) return Effect.void
    return Effect.map(Ways.bounded(exits.ways.past(ids)), (past) => {
      for (const { id } of Either.getOrElse(past, () => [])) if (id !== null) owed.delete(id)
    })
  })

/** open orders by REST and by the socket; where REST does not answer, by a socket that is alive */
const lookAt = (
  exits: Exits,
  which: Which,
  since: number
): Effect.Effect<Either.Either<ReadonlyArray<Ways.Shown>, string>> =>
  Effect.map(Ways.bounded(exits.ways.open), (rest) => {
    const isMeant = isOf(which)
    const shown = Either.getOrElse(rest, () => []).filter(isMeant)
    const onSocket = exits.session.state.get().isLive
      ? [...exits.known.orders.values()].filter(isMeant).map(Ways.shownOfOrder)
      : []
    if (Either.isLeft(rest) && !isHeardSince(exits, since)) return Either.left(rest.left)
    const ids = new Set(shown.map(({ id }) => id))
    return Either.right([...shown, ...onSocket.filter(({ id }) => !ids.has(id))])
  })

/** as a whole too while something is shown, or nothing is known */
const cancellationOf = (which: Which, { left, nameless, owed, reason }: Selection): Ways.Cancellation => {
  const ids = [...new Set([...left, ...owed.keys()])]
  const isWhole = ids.length + nameless > 0 || reason !== null
  return { ids, cids: [], gids: isWhole && "gid" in which ? [which.gid] : [], all: isWhole && "all" in which }
}

const note = (
  { now }: Exits,
  selection: Selection,
  found: Either.Either<ReadonlyArray<Ways.Shown>, string>
): void => {
  if (Either.isLeft(found)) {
    selection.reason = `open orders could not be read: ${found.left}`
    selection.empty = 0
    selection.lastShown = now()
    return
  }
  selection.reason = null
  for (const { id, order } of found.right) if (id !== null && order !== null) selection.seen.set(id, order)
  selection.left = found.right.flatMap(({ id }) => id === null ? [] : [id])
  selection.nameless = found.right.filter(({ id }) => id === null).length
  selection.empty = found.right.length > 0 ? 0 : selection.empty + 1
  if (found.right.length > 0) selection.lastShown = now()
}

/** cancels over both ways at once, and queries the open orders */
const round = (exits: Exits, which: Which, selection: Selection, place: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { now, ways } = exits
    const what = cancellationOf(which, selection)
    if (ways.overSocket(what, place >= oneByOne)) selection.writtenAt = now()
    // asked for in this order, and neither waits for the other if that hangs
    const look = lookAt(exits, which, selection.writtenAt)
    const askedAt = now()
    const both = Effect.all([ways.overRest(what), look], { concurrency: "unbounded" })
    return Effect.flatMap(both, ([, found]) => {
      note(exits, selection, found)
      return proveEnds(exits, selection, askedAt, Either.isRight(found))
    })
  })

const reportOf = (operation: string, selection: Selection, isDone: boolean): ExitReport.ExitReport => {
  if (isDone) return { _tag: "NoneLeft", operation }
  const { left, nameless, owed, reason } = selection
  const open = [...new Set([...left, ...owed.keys()])]
  const hidden = nameless === 0 ? reason : `${nameless} open orders have no id that can be read`
  const isUnproven = left.length === 0 && owed.size > 0
  return {
    _tag: "MayBeOpen",
    operation,
    open,
    unproven: [],
    reason: hidden ?? (isUnproven ? "the venue has not shown the end of these orders" : null)
  }
}

interface CloseOut {
  readonly operation: string
  /** orders of the selection that were shown as open in this program, with the time in ms */
  readonly shown: ReadonlyMap<number, number>
  readonly which: Which
  readonly within: Duration.DurationInput
  /** for how long none must be shown */
  readonly watch: Duration.DurationInput
  /** queries open orders before it cancels by group or all, so that the result can list them */
  readonly lists: boolean
}

const closeOut = (exits: Exits, { lists, operation, shown, watch, which, within }: CloseOut): Effect.Effect<Closed> =>
  Effect.suspend(() => {
    const known = [...exits.known.orders.values()].filter(isOf(which))
    const selection: Selection = {
      seen: new Map(known.map((order) => [order.id, order])),
      owed: new Map([...shown, ...known.map(({ id }) => [id, exits.now()] as const)]),
      left: known.map(({ id }) => id),
      nameless: 0,
      empty: 0,
      lastShown: exits.now(),
      writtenAt: exits.now(),
      reason: "the venue was not asked"
    }
    const quiet = Duration.toMillis(watch)
    const isDone = (): boolean =>
      selection.empty >= enough && selection.owed.size === 0 && exits.now() - selection.lastShown >= quiet
    // the end of an order as the socket shows it
    const listen = Effect.acquireRelease(
      Effect.sync(() =>
        exits.session.subscribe((event) => {
          if (event._tag !== "Update" || event.family !== "orders" || event.type !== "oc") return
          for (const { id } of event.rows) selection.owed.delete(id)
        })
      ),
      (stop) => Effect.sync(stop)
    )
    const first = Effect.map(lookAt(exits, which, exits.now()), (found) => note(exits, selection, found))
    const loop = Effect.gen(function*() {
      if (lists) yield* first
      for (let place = 0;; place++) {
        yield* round(exits, which, selection, place)
        if (isDone()) return
        yield* Effect.sleep(pause)
      }
    })
    const closed = Effect.map(Effect.timeoutOption(Effect.disconnect(loop), within), (done) => ({
      cancelled: [...selection.seen.values()].filter(({ id }) => !selection.left.includes(id)),
      report: reportOf(operation, selection, Option.isSome(done))
    }))
    return Effect.scoped(Effect.zipRight(listen, closed))
  })

// --- the orders of a scope -------------------------------------------------------------------------------------------

/** takes in an event of the socket that concerns orders of the scope */
const onEvent = ({ now }: Exits, own: OwnOrders.OwnOrders, event: SessionEvent): void => {
  if ((event._tag !== "Update" && event._tag !== "Snapshot") || event.family !== "orders") return
  const isOver = event._tag === "Update" && event.type === "oc"
  for (const order of event.rows) OwnOrders.show(own, Ways.shownOfOrder(order), isOver, now())
  for (const { cells } of event.unread) OwnOrders.show(own, Ways.shownOfCells(cells), isOver, now())
}

/** queries the orders of a scope over REST; succeeds with the reason why REST did not answer, null when it did */
const query = ({ now, ways }: Exits, own: OwnOrders.OwnOrders): Effect.Effect<string | null> =>
  Effect.gen(function*() {
    const { cids, ids } = OwnOrders.cancellation(own)
    const none = Effect.succeed(Either.right<ReadonlyArray<Ways.Shown>>([]))
    // past orders, not the lack of open ones, prove the end: a new order may not be shown yet
    const [open, ...past] = yield* Effect.all([
      Ways.bounded(ways.open),
      ids.length === 0 ? none : Ways.bounded(ways.past(ids)),
      cids.length === 0 ? none : Ways.bounded(ways.past())
    ], { concurrency: "unbounded" })
    for (const shown of past.flatMap((found) => Either.getOrElse(found, () => []))) {
      OwnOrders.show(own, shown, true, now())
    }
    if (Either.isRight(open)) {
      for (const shown of open.right) OwnOrders.show(own, shown, false, now())
      OwnOrders.forgetOld(own, open.right, now())
    }
    const hidden = [open, ...past].find(Either.isLeft)
    return hidden === undefined ? null : `the venue could not be asked: ${hidden.left}`
  })

const ownReport = (operation: string, own: OwnOrders.OwnOrders, reason: string | null): ExitReport.ExitReport => {
  const left = [...own.left]
  return left.length === 0 ? { _tag: "NoneLeft", operation } : {
    _tag: "MayBeOpen",
    operation,
    open: left.flatMap(OwnOrders.idsLeft),
    unproven: left.flatMap((order) =>
      OwnOrders.idsLeft(order).length > 0 ? [] : [{ cid: order.cid, cidDate: order.days[0] ?? "an unknown day" }]
    ),
    reason
  }
}

/** over both ways at once, again and again, until each order is proven to have ended */
const closeOwn = (
  exits: Exits,
  operation: string,
  own: OwnOrders.OwnOrders,
  within: Duration.DurationInput
): Effect.Effect<ExitReport.ExitReport> =>
  Effect.gen(function*() {
    const { ways } = exits
    const done = Later.deferred<void>()
    own.onDone = () => Later.done(done, Effect.void)
    let reason: string | null = null
    const rounds = Effect.gen(function*() {
      for (let place = 0; own.left.size > 0; place++) {
        const what = OwnOrders.cancellation(own)
        ways.overSocket(what, place >= oneByOne)
        // asked for in this order, and neither waits for the other if that hangs
        const [, hidden] = yield* Effect.all([ways.overRest(what), query(exits, own)], { concurrency: "unbounded" })
        reason = hidden
        if (own.left.size > 0) yield* Effect.sleep(pause)
      }
    })
    // by the group at least, should one have been forgotten
    if (own.left.size === 0) ways.overSocket(OwnOrders.cancellation(own), false)
    else {
      // disconnected: a timeout that is interrupted before it has begun waits for its end (Effect 3.22)
      const ended = Effect.raceFirst(Effect.disconnect(rounds), Deferred.await(done))
      yield* Effect.timeoutOption(ended, within)
    }
    return ownReport(operation, own, reason)
  })

/** listens to what happens to the orders of a scope, for as long as it lasts */
const track = (exits: Exits, own: OwnOrders.OwnOrders): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { resolutions, session } = exits
    const logins = yield* Queue.sliding<void>(1)
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        session.subscribe((event) => {
          if (event._tag === "Live") Queue.unsafeOffer(logins, undefined)
          else if (own.left.size > 0 || own.usesGid) onEvent(exits, own, event)
        })
      ),
      (stop) => Effect.sync(stop)
    )
    yield* Stream.runForEach(resolutions, ({ outcome, unknown }) =>
      Effect.sync(() => {
        if (unknown.cid !== null) OwnOrders.resolve(own, unknown.cid, outcome)
      })).pipe(Effect.forkScoped)
    // what ended unseen while the socket was away is forgotten: over months it would be much
    yield* Queue.take(logins).pipe(
      Effect.zipRight(Effect.suspend(() => own.left.size === 0 ? Effect.void : query(exits, own))),
      Effect.forever,
      Effect.forkScoped
    )
  })

const logEvicted = (operation: string, { cid, ids }: OwnOrders.Own): Effect.Effect<void> =>
  Effect.logWarning(
    `${operation}: more than ${OwnOrders.remembered} orders of one scope may be open; the order with cid ${cid} `
      + `(${ids.size === 0 ? "no id" : [...ids].join(", ")}) is cancelled at the end by its group only`
  )

/** the terms of an order that are watched for */
interface Terms {
  readonly cid: number
  readonly symbol: Symbols.TradingSymbol
  /** sign of the amount */
  readonly side: number
  readonly gid: number | null
  readonly legs: number
}

/** a submission that is watched; the cid is given, so that it is known even if the caller is interrupted */
const watched = <A extends { readonly id: number }, E extends CommandError>(
  exits: Exits,
  operation: string,
  own: OwnOrders.OwnOrders,
  terms: Terms,
  submit: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.clock, (clock) => {
    const mine: OwnOrders.Own = {
      ...terms,
      others: new Set(exits.known.namesakes(terms.cid)),
      days: OwnOrders.daysOf(mts(clock)),
      at: exits.now(),
      ids: new Set(),
      ended: new Set(),
      stage: "sent"
    }
    const evicted = OwnOrders.add(own, mine)
    const sent = submit.pipe(
      Effect.tapBoth({
        onFailure: (error) =>
          Effect.sync(() => {
            // an order that was shown is open, whatever was said of it
            if (error._tag === "OutcomeUnknown" || mine.ids.size > 0) mine.stage = "unknown"
            else OwnOrders.remove(own, mine)
          }),
        onSuccess: ({ id }) =>
          Effect.sync(() => {
            mine.stage = "placed"
            mine.ids.add(id)
          })
      }),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          if (mine.stage !== "sent") return
          // a frame that was never written, as one that waits for the first login, places nothing
          if (mine.ids.size === 0 && !exits.isWritten(terms.cid)) OwnOrders.remove(own, mine)
          else mine.stage = "unknown"
        })
      )
    )
    return Effect.zipRight(Effect.forEach(evicted, (each) => logEvicted(operation, each), { discard: true }), sent)
  })

/** submits within a scope */
export interface Watcher {
  readonly gid: number
  /** whether the scope is being closed: nothing is submitted any more */
  readonly refuse: (operation: string) => ConnectionClosed | undefined
  /** the order with the group of the scope, unless it has one */
  readonly named: <O extends { readonly gid?: number | undefined }>(order: O) => O
  readonly watched: <A extends { readonly id: number }, E extends CommandError>(
    terms: Terms,
    submit: Effect.Effect<A, E>
  ) => Effect.Effect<A, E>
}

export interface OnExit {
  readonly also: Which | undefined
  readonly within: Duration.DurationInput
  readonly onReport: ((report: ExitReport.ExitReport) => Effect.Effect<void>) | undefined
}

/** 31 bits, as the socket's page of the manual has it; users' own groups are mostly small numbers */
const newGid = Effect.sync(() => {
  // not `Random`, which two programs may seed alike
  const [bits] = globalThis.crypto.getRandomValues(new Uint32Array(1))
  return 2 ** 30 + (bits! >>> 2)
})

/** a finalizer cannot be interrupted, but what it waits for can */
const interruptibly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join)

const announce = (
  report: ExitReport.ExitReport,
  within: Duration.DurationInput,
  listeners: ReadonlyArray<(report: ExitReport.ExitReport) => Effect.Effect<void>>
): Effect.Effect<void> =>
  Effect.zipRight(
    report._tag === "NoneLeft"
      ? Effect.logDebug(ExitReport.render(report))
      : Effect.logError(`${ExitReport.render(report)} (after ${Duration.format(within)})`),
    Effect.forEach(listeners, (listener) => listener(report), { discard: true })
  )

/** orders of `also` that are remembered, with the time at which each was shown */
const manyOthers = 10_000

/** remembers which orders of a selection were shown as open and not as ended, for as long as the scope lasts */
const remember = (
  { known, now, session }: Exits,
  operation: string,
  which: Which
): Effect.Effect<ReadonlyMap<number, number>, never, Scope.Scope> =>
  Effect.suspend(() => {
    const isMeant = isOf(which)
    const shown = new Map([...known.orders.values()].filter(isMeant).map(({ id }) => [id, now()]))
    const evicted = Later.deferred<void>()
    const listener = (event: SessionEvent): void => {
      if ((event._tag !== "Update" && event._tag !== "Snapshot") || event.family !== "orders") return
      for (const order of event.rows) {
        if (event._tag === "Update" && event.type === "oc") shown.delete(order.id)
        else if (isMeant(order)) shown.set(order.id, now())
        if (shown.size <= manyOthers) continue
        for (const oldest of shown.keys()) {
          shown.delete(oldest)
          break
        }
        Later.done(evicted, Effect.void)
      }
    }
    const text =
      `${operation}: more than ${manyOthers} orders of the selection may be open; older ones are not remembered`
    return Effect.acquireRelease(Effect.sync(() => session.subscribe(listener)), (stop) => Effect.sync(stop)).pipe(
      Effect.zipRight(Effect.forkScoped(Effect.zipRight(Deferred.await(evicted), Effect.logWarning(text)))),
      Effect.as(shown)
    )
  })

/** the orders that would be left if the process ended now */
const leftNow = (
  operation: string,
  own: OwnOrders.OwnOrders,
  alsoShown: ReadonlyMap<number, number>
): ExitReport.ExitReport => {
  const report = ownReport(operation, own, null)
  const others = [...alsoShown.keys()]
  if (report._tag === "MayBeOpen") return { ...report, open: [...new Set([...report.open, ...others])] }
  return others.length === 0 ? report : { _tag: "MayBeOpen", operation, open: others, unproven: [], reason: null }
}

const onExit = (exits: Exits, operation: string, { also, onReport, within }: OnExit) =>
  Effect.gen(function*() {
    const own = OwnOrders.make(yield* newGid)
    const observer = yield* ExitReport.ExitReports
    const listeners = onReport === undefined ? [observer.report] : [observer.report, onReport]
    let isClosing = false
    // added first, so that these run behind the finalizer
    yield* track(exits, own)
    const shown = also === undefined ? new Map<number, number>() : yield* remember(exits, operation, also)
    yield* Effect.acquireRelease(
      Effect.sync(() => observer.watch(() => leftNow(operation, own, shown))),
      (stop) => Effect.sync(stop)
    )
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosing = true
        const closings = [
          closeOwn(exits, operation, own, within),
          ...(also === undefined
            ? []
            : [Effect.map(
              closeOut(exits, { operation, which: also, within, watch: 0, lists: false, shown }),
              ({ report }) => report
            )])
        ]
        return Effect.flatMap(
          interruptibly(Effect.all(closings, { concurrency: "unbounded" })),
          Effect.forEach((report) => announce(report, within, listeners), { discard: true })
        )
      })
    )
    const watcher: Watcher = {
      gid: own.gid,
      refuse: (operation) =>
        isClosing
          ? new ConnectionClosed({
            operation,
            code: 1000,
            reason: "the scope of cancelOnExit is being closed: its orders are cancelled",
            outcome: "unsent"
          })
          : undefined,
      named: (order) => {
        if (order.gid !== undefined) return order
        own.usesGid = true
        return { ...order, gid: own.gid }
      },
      watched: (terms, submit) => watched(exits, operation, own, terms, submit)
    }
    return watcher
  })

export interface CancelAll {
  /** Cancels the open orders of a selection until the venue has shown none for `watch`. */
  readonly now: (
    operation: string,
    which: Which,
    options: { readonly within: Duration.DurationInput; readonly watch: Duration.DurationInput }
  ) => Effect.Effect<ReadonlyArray<Order>, OutcomeUnknown>
  /** Cancels the orders of the scope when that is closed, and those that `also` selects. */
  readonly onExit: (operation: string, options: OnExit) => Effect.Effect<Watcher, never, Scope.Scope>
}

export const make = (needs: Needs): Effect.Effect<CancelAll> =>
  Effect.map(Effect.clock, (clock) => {
    const exits: Exits = {
      ...needs,
      ways: Ways.make(needs.session, needs.rest),
      now: steady(clock)
    }
    return {
      now: (operation, which, { watch, within }) =>
        Effect.flatMap(
          closeOut(exits, { operation, which, within, watch, lists: true, shown: new Map() }),
          ({ cancelled, report }) =>
            report._tag === "NoneLeft" ? Effect.succeed(cancelled) : Effect.fail(
              new OutcomeUnknown({
                operation,
                cid: null,
                cidDate: null,
                id: report.open.length === 1 ? report.open[0]! : null,
                mts: null,
                reason: `after ${Duration.format(within)}: ${
                  report.open.length === 0
                    ? report.reason ?? "the venue has not shown for long enough that none is open"
                    : `orders ${report.open.join(", ")} are open${report.reason === null ? "" : `; ${report.reason}`}`
                }`,
                error: null
              })
            )
        ),
      onExit: (operation, options) => onExit(exits, operation, options)
    } satisfies CancelAll as CancelAll
  })
