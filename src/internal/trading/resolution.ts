/**
 * Resolves unknown outcomes: runs the plan of each operation, and publishes the outcome. After `NotSeen`, and where nothing
 * proves which order it is, it goes on watching for the order. It never sends the command again.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import type { OutcomeUnknown } from "../../BitfinexError.ts"
import type { Outcome, Resolution, Unresolvable } from "../../Command.ts"
import { fromOrders, type Shown } from "../../OrderOutcome.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { SessionEvent } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import * as Later from "../time/later.ts"
import type { Unresolved } from "./inFlight.ts"
import type { LiveOrders } from "./liveOrders.ts"
import * as Metrics from "./metrics.ts"
import type { Operation, Plan } from "./operation.ts"

export interface Resolver {
  readonly resolutions: Stream.Stream<Resolution>
  /** waits for the outcome; `None` for an error that is not being resolved, because its operation has no plan */
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
  /**
   * waits for the order to appear after `NotSeen` or `Unresolvable`; undefined when the watch ended without it, or the
   * outcome was another
   */
  readonly lateOf: (unknown: OutcomeUnknown) => Effect.Effect<Shown | undefined>
  /** the scope of these submissions has ended and cancels them no more: one that proves to be open appeared late */
  readonly orphan: (cids: Iterable<number>) => void
  /** orders that the socket shows after it was published that they were never placed, or are not watched for */
  readonly onOrders: (event: SessionEvent) => void
  readonly start: (operation: Operation, plan: Plan<unknown>, unresolved: Unresolved) => void
}

/** submissions that were published as absent, and may still appear */
const remembered = 10_000

const retry = Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")), Schedule.jittered)

export const unresolvable = (
  reason: string,
  orders: ReadonlyArray<Order> = [],
  offers: ReadonlyArray<FundingOffer> = []
): Unresolvable => ({ _tag: "Unresolvable", reason, orders, offers })

/** the results of one resolution, which others may await */
interface Promised {
  readonly outcome: Deferred.Deferred<Outcome>
  readonly late: Deferred.Deferred<Shown | undefined>
}

/** an operation whose outcome is unknown */
interface Case extends Promised {
  readonly operation: Operation
  readonly plan: Plan<unknown>
  readonly unresolved: Unresolved
}

interface Needs {
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly liveOrders: LiveOrders
  /**
   * handles an order that appeared late: returns its outcome if it was cancelled, undefined if it was kept or had ended
   */
  readonly onLate: (shown: Shown) => Effect.Effect<Shown | undefined>
}

interface Core extends Needs {
  readonly hub: Hub.Hub<Resolution>
  /** cids of submissions that outlived their scope */
  readonly orphans: Set<number>
  /** by cid, submissions that were published as absent */
  readonly absent: Map<number, Case>
}

const isAbsent = ({ absent }: Core, each: Case): void => {
  const { cid } = each.unresolved.unknown
  // another cid may be used again
  if (cid === null || !Cid.isIssued(cid)) return
  absent.set(cid, each)
  if (absent.size > remembered) absent.delete(absent.keys().next().value!)
}

const publish = (
  { hub, liveOrders }: Core,
  { operation, unresolved: { unknown } }: Case,
  outcome: Outcome,
  isLate: boolean
): Effect.Effect<void> =>
  Effect.suspend(() => {
    liveOrders.onOutcome(operation, outcome)
    hub.publish({ unknown, outcome, isLate })
    const log = outcome._tag === "Unresolvable" || outcome._tag === "NotSeen" || isLate
      ? Effect.logWarning
      : Effect.logInfo
    const detail = outcome._tag === "Unresolvable" ? `, ${outcome.reason}` : ""
    return Effect.zipRight(
      Metrics.resolution(outcome._tag),
      log(`${unknown.message} ${isLate ? "It appeared late" : "Resolved"}: ${outcome._tag}${detail}`)
    )
  })

/** an order that appears late is published, and cancelled where the policy says so */
const appeared = (core: Core, each: Case, shown: Shown): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* publish(core, each, shown, true)
    Later.done(each.late, Effect.succeed(shown))
    const ended = yield* core.onLate(shown)
    if (ended !== undefined) yield* publish(core, each, ended, true)
  })

/** watches for an order that may still appear: publishes it if it does, and applies the policy `onLate` */
const watch = (core: Core, each: Case): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { operation, plan, unresolved } = each
    const shown = yield* plan.watch?.(unresolved) ?? Effect.succeed(undefined)
    unresolved.forget()
    if (shown !== undefined && shown._tag !== "Unresolvable") return yield* appeared(core, each, shown)
    core.liveOrders.onUnwatched(operation)
    isAbsent(core, each)
    yield* shown === undefined
      ? Effect.logInfo(`${unresolved.unknown.message} It has not appeared; the SDK stops watching for it`)
      : publish(core, each, shown, true)
    Later.done(each.late, Effect.succeed(undefined))
  })

const resolve = (core: Core, each: Case): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { late, outcome, plan, unresolved } = each
    const { forget, unknown } = unresolved
    const found = yield* plan.resolve(unresolved).pipe(
      Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
      Effect.catchAll((error) => Effect.succeed(unresolvable(error.message)))
    )
    // an order that nothing proves to be the one may still show its cid
    const isWatched = plan.watch !== undefined && (found._tag === "NotSeen" || found._tag === "Unresolvable")
    if (!isWatched) forget()
    const isOrphan = unknown.cid !== null && core.orphans.delete(unknown.cid)
    if (found._tag === "NeverPlaced") isAbsent(core, each)
    if (isOrphan && (found._tag === "Placed" || found._tag === "PartiallyFilled")) {
      Later.done(outcome, Effect.succeed(found))
      Later.done(late, Effect.succeed(undefined))
      return yield* appeared(core, each, found)
    }
    yield* publish(core, each, found, false)
    Later.done(outcome, Effect.succeed(found))
    if (isWatched) yield* watch(core, each)
    else Later.done(late, Effect.succeed(undefined))
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.logWarning(
        `${each.unresolved.unknown.message} Its resolution was stopped before the outcome was known, because the program ends`
      )
    )
  )

/** an order that the socket shows after it was published that it was never placed, or is not watched for */
const onOrders = (core: Core, event: SessionEvent): void => {
  const { absent, fork } = core
  if (absent.size === 0 || (event._tag !== "Update" && event._tag !== "Snapshot")) return
  if (event.family !== "orders" || (event._tag === "Update" && event.type === "oc")) return
  for (const row of event.rows) {
    const each = row.cid === null ? undefined : absent.get(row.cid)
    const cidDate = each?.unresolved.unknown.cidDate ?? null
    if (row.cid === null || each === undefined || cidDate === null) continue
    absent.delete(row.cid)
    const shown = fromOrders({ cid: row.cid, cidDate, open: [row], past: [] })
    if (shown !== undefined) fork(appeared(core, each, shown))
  }
}

export const make = (needs: Needs): Resolver => {
  const hub = Hub.make<Resolution>({ capacity: 1024 })
  const promises = new WeakMap<OutcomeUnknown, Promised>()
  const core: Core = { ...needs, hub, orphans: new Set(), absent: new Map() }

  const promiseOf = (unknown: OutcomeUnknown): Promised | undefined =>
    // an error that has passed through a span is a wrapper around the original one
    promises.get(Cause.originalError(unknown))

  return {
    resolutions: hub.stream(),
    outcomeOf: (unknown) =>
      Option.map(Option.fromNullable(promiseOf(unknown)), ({ outcome }) => Deferred.await(outcome)),
    lateOf: (unknown) => {
      const promised = promiseOf(unknown)
      return promised === undefined ? Effect.succeed(undefined) : Deferred.await(promised.late)
    },
    orphan: (cids) => {
      for (const cid of cids) core.orphans.add(cid)
    },
    onOrders: (event) => onOrders(core, event),
    start: (operation, plan, unresolved) => {
      const promised: Promised = { outcome: Later.deferred(), late: Later.deferred() }
      promises.set(unresolved.unknown, promised)
      needs.fork(resolve(core, { ...promised, operation, plan, unresolved }))
    }
  }
}
