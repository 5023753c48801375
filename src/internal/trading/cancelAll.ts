/**
 * Cancels orders, and believes that none is left only when the venue shows it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type CommandError, ConnectionClosed, OutcomeUnknown } from "../../BitfinexError.ts"
import * as ExitReport from "../../ExitReport.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { SessionEvent } from "../account/events.ts"
import { steady } from "../time/clock.ts"
import * as Later from "../time/later.ts"
import { type Exits, isOf, type Needs, refusal, type Which } from "./exits.ts"
import * as OwnOrders from "./ownOrders.ts"
import * as ScopeOrders from "./scopeOrders.ts"
import * as Selection from "./selection.ts"
import * as Ways from "./ways.ts"

export { refusal, type Which }

/** submits within a scope */
export interface Watcher {
  readonly gid: number
  /** whether the scope is being closed: then nothing more is submitted */
  readonly refuse: (operation: string) => ConnectionClosed | undefined
  /** the order with the group of the scope, unless it has one */
  readonly named: <O extends { readonly gid?: number | undefined }>(order: O) => O
  readonly watched: <A extends { readonly id: number }, E extends CommandError>(
    terms: ScopeOrders.Terms,
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

/** a finalizer cannot be interrupted, but the effects for which it waits can */
const interruptibly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join)

/**
 * Logs the reports, then gives all of them to one listener after the other. One that dies, as the program's own may, keeps
 * nothing from the others.
 */
const announce = (
  reports: ReadonlyArray<ExitReport.ExitReport>,
  within: Duration.DurationInput,
  listeners: ReadonlyArray<(report: ExitReport.ExitReport) => Effect.Effect<void>>
): Effect.Effect<void> => {
  const log = (report: ExitReport.ExitReport) =>
    report._tag === "NoneLeft"
      ? Effect.logDebug(ExitReport.render(report))
      : Effect.logError(`${ExitReport.render(report)} (after ${Duration.format(within)})`)
  const all = [log, ...listeners].flatMap((hear) => reports.map((report) => Effect.suspend(() => hear(report))))
  return Effect.flatMap(
    Effect.forEach(all, Effect.exit),
    (exits) => Option.getOrElse(Exit.all(exits), () => Exit.succeed([]))
  )
}

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
  const report = ScopeOrders.reportOf(operation, own, null)
  const others = [...alsoShown.keys()]
  if (report._tag === "MayBeOpen") return { ...report, open: [...new Set([...report.open, ...others])] }
  return others.length === 0 ? report : { _tag: "MayBeOpen", operation, open: others, unproven: [], reason: null }
}

/** closes out the orders of a scope, and those of `also`; reports how that ended */
const close = (
  exits: Exits,
  operation: string,
  { also, within }: OnExit,
  { listeners, own, shown }: {
    readonly own: OwnOrders.OwnOrders
    /** orders of `also` */
    readonly shown: ReadonlyMap<number, number>
    readonly listeners: ReadonlyArray<ExitReport.Observer["report"]>
  }
): Effect.Effect<void> => {
  const { orderSettle } = exits.session.settings.account
  const others = also === undefined ? [] : [
    Selection.closeOut(exits, {
      operation,
      which: also,
      within,
      watch: 0,
      watchUnheard: orderSettle,
      lists: false,
      shown
    })
  ]
  const closings = [
    ScopeOrders.closeOut(exits, operation, own, within),
    ...others.map((other) => Effect.map(other, ({ report }) => report))
  ]
  return Effect.flatMap(
    interruptibly(Effect.all(closings, { concurrency: "unbounded" })),
    (reports) => announce(reports, within, listeners)
  )
}

const onExit = (exits: Exits, open: Set<Effect.Effect<void>>, operation: string, options: OnExit) =>
  Effect.gen(function*() {
    const { also, onReport } = options
    const own = OwnOrders.make(yield* newGid)
    const observer = yield* ExitReport.ExitReports
    const listeners = onReport === undefined ? [observer.report] : [observer.report, onReport]
    let isClosing = false
    // added first, so that these run behind the finalizer
    yield* ScopeOrders.track(exits, own)
    const shown = also === undefined ? new Map<number, number>() : yield* remember(exits, operation, also)
    let stop = (): void => undefined
    // once, by the first of: the scope, the release of the layer, the end of the program
    const closed: Effect.Effect<void> = yield* Effect.cached(Effect.suspend(() => {
      isClosing = true
      return Effect.ensuring(
        close(exits, operation, options, { own, shown, listeners }),
        Effect.sync(() => {
          open.delete(closed)
          stop()
        })
      )
    }))
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        open.add(closed)
        stop = observer.watch({ snapshot: () => leftNow(operation, own, shown), close: closed })
      }),
      () => closed
    )
    const watcher: Watcher = {
      gid: own.gid,
      refuse: (operation) =>
        isClosing
          ? new ConnectionClosed({
            operation,
            code: null,
            reason: "the scope of cancelOnExit is being closed: its orders are cancelled",
            outcome: "unsent"
          })
          : undefined,
      named: (order) => {
        if (order.gid !== undefined) return order
        own.usesGid = true
        return { ...order, gid: own.gid }
      },
      watched: (terms, submit) => ScopeOrders.watched(exits, operation, own, terms, submit)
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
  /** Closes out the scopes that are still open, as those of daemon fibers. */
  readonly closeOpen: Effect.Effect<void>
}

export const make = (needs: Needs): Effect.Effect<CancelAll> =>
  Effect.map(Effect.clock, (clock): CancelAll => {
    const exits: Exits = {
      ...needs,
      ways: Ways.make(needs.session, needs.rest),
      now: steady(clock)
    }
    const open = new Set<Effect.Effect<void>>()
    return {
      closeOpen: Effect.suspend(() => Effect.all([...open], { concurrency: "unbounded", discard: true })),
      now: (operation, which, { watch, within }) =>
        Effect.flatMap(
          Selection.closeOut(exits, {
            operation,
            which,
            within,
            watch,
            watchUnheard: 0,
            lists: true,
            shown: new Map()
          }),
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
      onExit: (operation, options) => onExit(exits, open, operation, options)
    }
  })
