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
import { type OrderUnknown, orderUnknown, type OutcomeUnknown } from "../../BitfinexError.ts"
import type { Outcome, Resolution, Unresolvable } from "../../Command.ts"
import { fromOrders, type Shown } from "../../OrderOutcome.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { SessionEvent } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import * as Later from "../time/later.ts"
import type { Unresolved } from "./inFlight.ts"
import * as LatePairs from "./latePairs.ts"
import type { LiveOrders } from "./liveOrders.ts"
import * as Metrics from "./metrics.ts"
import type { Operation, Plan, Subject, Watch } from "./operation.ts"
import type { Known } from "./rules/rule.ts"
import * as Watches from "./watches.ts"

export interface Resolver {
  readonly resolutions: Stream.Stream<Resolution>
  /** waits for the outcome; `None` for an error that is not being resolved, because its operation has no plan */
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
  /**
   * waits for the order to appear after `NotSeen` or `Unresolvable`; undefined when the watch ended without it, or the
   * outcome was another
   */
  readonly lateOf: (unknown: OutcomeUnknown) => Effect.Effect<Shown | undefined>
  /**
   * the scope of these submissions has ended and no longer cancels them: one that is being resolved, and turns out to
   * be open, appeared late
   */
  readonly orphan: (cids: Iterable<number>) => void
  /** orders that the socket shows after it was published that they were never placed, or are not watched for */
  readonly onOrders: (event: SessionEvent) => void
  readonly start: (operation: Operation, plan: Plan<unknown>, unresolved: Unresolved) => void
  /** the layer is released: no order is watched for any longer */
  readonly release: Effect.Effect<void>
}

/** submissions that were published as absent, and may still appear: how many are remembered, and for how long, ms */
const [remembered, memory] = [10_000, 7 * 86_400_000]

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

/** a case whose outcome was published */
interface Published {
  readonly subject: Subject
  readonly unknown: OutcomeUnknown
}

/**
 * A submission that was published as absent. Of the error only its terms are kept, unless the program keeps it: with its
 * stack and its cause it takes some 4 KiB.
 */
interface Absent {
  readonly subject: Subject
  readonly unknown: WeakRef<OutcomeUnknown>
  readonly terms: Pick<OutcomeUnknown, "operation" | "mts" | "reason"> & {
    readonly cid: number
    readonly cidDate: OrderUnknown["cidDate"]
  }
  /** ms of the steady clock */
  readonly since: number
}

/** an operation whose outcome is being resolved */
interface Case extends Promised {
  readonly operation: Operation
  readonly plan: Plan<unknown>
  readonly unresolved: Unresolved
}

interface Needs extends Watches.Needs {
  /** the open orders of this login */
  readonly known: Pick<Known, "orders">
  readonly liveOrders: LiveOrders
  /** ms of a clock that never steps */
  readonly steady: () => number
  /**
   * handles an order that appeared late: returns its outcome if it was cancelled, undefined if it was kept or had ended
   */
  readonly onLate: (shown: Shown) => Effect.Effect<Shown | undefined>
}

interface Core extends Needs {
  readonly hub: Hub.Hub<Resolution>
  readonly watches: Watches.Watches
  readonly pairs: LatePairs.LatePairs<Published>
  /** by cid, submissions that are being resolved; `orphaned`: their scope has ended */
  readonly resolving: Map<number, "owned" | "orphaned">
  /** by cid, the oldest first */
  readonly absent: Map<number, Absent>
}

/** the part of a case that remains after its outcome was published */
const publishedOf = ({ operation: { change, submission }, unresolved: { unknown } }: Case): Published => ({
  subject: { ...(change === undefined ? {} : { change }), ...(submission === undefined ? {} : { submission }) },
  unknown
})

const isAbsent = ({ absent, steady }: Core, published: Published): void => {
  const { subject, unknown } = published
  const { cid, cidDate, mts, operation, reason } = unknown
  // another cid may be used again
  if (cid === null || cidDate === null || !Cid.isIssued(cid)) return
  const terms = { operation, cid, cidDate, mts, reason }
  absent.delete(cid)
  absent.set(cid, { subject, unknown: new WeakRef(unknown), terms, since: steady() })
  for (const [oldest, { since }] of absent) {
    if (absent.size <= remembered && steady() - since < memory) break
    absent.delete(oldest)
  }
}

const publish = (
  { hub, liveOrders }: Core,
  { subject, unknown }: Published,
  outcome: Outcome,
  isLate: boolean
): Effect.Effect<void> =>
  Effect.suspend(() => {
    liveOrders.onOutcome(subject, outcome)
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

/** an order that appears late is published, and cancelled where the policy says so; of an OCO both orders are */
const appeared = (
  core: Core,
  published: Published,
  found: Shown,
  late?: Promised["late"]
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const isPair = published.subject.submission?.legs === 2
    const shown = isPair ? core.pairs.complete({ published, shown: found }) : found
    yield* publish(core, published, shown, true)
    if (late !== undefined) Later.done(late, Effect.succeed(shown))
    const ended = yield* core.onLate(shown)
    if (ended !== undefined) yield* publish(core, published, ended, true)
  })

/** watches for an order that may still appear: publishes it if it does, and applies the policy `onLate` */
const watch = (core: Core, each: Case, how: Watch): void => {
  const { late, unresolved } = each
  const published = publishedOf(each)
  core.watches.begin({
    watch: how,
    unresolved,
    onEnd: (shown) =>
      Effect.gen(function*() {
        unresolved.forget()
        if (shown !== undefined && shown._tag !== "Unresolvable") return yield* appeared(core, published, shown, late)
        core.liveOrders.onUnwatched(published.subject)
        isAbsent(core, published)
        yield* shown === undefined
          ? Effect.logInfo(`${unresolved.unknown.message} It has not appeared; the SDK stops watching for it`)
          : publish(core, published, shown, true)
        Later.done(late, Effect.succeed(undefined))
      })
  })
}

/** true for a submission whose scope has ended meanwhile */
const isOrphan = ({ resolving }: Core, { cid }: OutcomeUnknown): boolean => {
  if (cid === null) return false
  const isOrphaned = resolving.get(cid) === "orphaned"
  resolving.delete(cid)
  return isOrphaned
}

const resolve = (core: Core, each: Case): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { late, outcome, plan, unresolved } = each
    const { forget, unknown } = unresolved
    const found = yield* plan.resolve(unresolved).pipe(
      Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
      Effect.catchAll((error) => Effect.succeed(unresolvable(error.message)))
    )
    // an order that nothing proves to be the one may still show its cid
    const how = found._tag === "NotSeen" || found._tag === "Unresolvable" ? plan.watch : undefined
    if (how === undefined) forget()
    const published = publishedOf(each)
    const isLeft = isOrphan(core, unknown)
    if (found._tag === "NeverPlaced") isAbsent(core, published)
    if (isLeft && (found._tag === "Placed" || found._tag === "PartiallyFilled")) {
      Later.done(outcome, Effect.succeed(found))
      Later.done(late, Effect.succeed(undefined))
      return yield* appeared(core, published, found)
    }
    yield* Effect.ensuring(
      publish(core, published, found, false),
      // also when the program's logger throws
      Effect.sync(() => {
        Later.done(outcome, Effect.succeed(found))
        if (how === undefined) Later.done(late, Effect.succeed(undefined))
        else watch(core, each, how)
      })
    )
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.logWarning(
        `${each.unresolved.unknown.message} Its resolution was stopped before the outcome was known, because the program ends`
      )
    )
  )

/** an order that the socket shows after it was published that it was never placed, or is not watched for */
const onOrders = (core: Core, event: SessionEvent): void => {
  const { absent, fork, pairs } = core
  if (event._tag !== "Update" && event._tag !== "Snapshot") return
  if (event.family !== "orders" || (event._tag === "Update" && event.type === "oc")) return
  for (const { published, shown } of pairs.take(event.rows)) fork(appeared(core, published, shown))
  if (absent.size === 0) return
  for (const row of event.rows) {
    const each = row.cid === null ? undefined : absent.get(row.cid)
    if (row.cid === null || each === undefined) continue
    absent.delete(row.cid)
    const { subject, terms, unknown } = each
    const shown = fromOrders({ cid: row.cid, open: [row], past: [] })
    const published = { subject, unknown: unknown.deref() ?? orderUnknown({ ...terms, error: null }) }
    if (shown !== undefined) fork(appeared(core, published, shown))
  }
}

export const make = (needs: Needs): Resolver => {
  const hub = Hub.make<Resolution>({ capacity: 1024 })
  const promises = new WeakMap<OutcomeUnknown, Promised>()
  const core: Core = {
    ...needs,
    hub,
    watches: Watches.make(needs),
    pairs: LatePairs.make(needs.known),
    resolving: new Map(),
    absent: new Map()
  }

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
      for (const cid of cids) if (core.resolving.has(cid)) core.resolving.set(cid, "orphaned")
    },
    onOrders: (event) => onOrders(core, event),
    start: (operation, plan, unresolved) => {
      const promised: Promised = { outcome: Later.deferred(), late: Later.deferred() }
      promises.set(unresolved.unknown, promised)
      const { cid } = unresolved.unknown
      if (cid !== null) core.resolving.set(cid, "owned")
      needs.fork(resolve(core, { ...promised, operation, plan, unresolved }))
    },
    release: core.watches.release
  }
}
