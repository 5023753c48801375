/**
 * Resolves unknown outcomes: runs the plan of each operation, and publishes the outcome. After `NotSeen` it goes on
 * watching for the order. It never sends the command again.
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
import type { Plan } from "./operation.ts"

export interface Resolver {
  readonly resolutions: Stream.Stream<Resolution>
  /** waits for the outcome; `None` for an error that is not being resolved, because its operation has no plan */
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
  /**
   * waits for the order to appear after `NotSeen`; undefined when the watch ended without it, or the outcome was
   * another
   */
  readonly lateOf: (unknown: OutcomeUnknown) => Effect.Effect<Shown | undefined>
  /** the scope of these submissions has ended and cancels them no more: one that proves to be open appeared late */
  readonly orphan: (cids: Iterable<number>) => void
  /** orders that the socket shows after it was published that they were never placed, or are not watched for */
  readonly onOrders: (event: SessionEvent) => void
  readonly start: (plan: Plan<unknown>, unresolved: Unresolved) => void
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

export const make = ({ fork, liveOrders, onLate }: {
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly liveOrders: LiveOrders
  /**
   * handles an order that appeared late: returns its outcome if it was cancelled, undefined if it was kept or had ended
   */
  readonly onLate: (shown: Shown) => Effect.Effect<Shown | undefined>
}): Resolver => {
  const hub = Hub.make<Resolution>({ capacity: 1024 })
  const promises = new WeakMap<OutcomeUnknown, Promised>()
  /** cids of submissions that outlived their scope */
  const orphans = new Set<number>()
  /** by cid, submissions that were published as absent */
  const absent = new Map<number, OutcomeUnknown>()

  const isAbsent = (unknown: OutcomeUnknown): void => {
    // another cid may be used again
    if (unknown.cid === null || !Cid.isIssued(unknown.cid)) return
    absent.set(unknown.cid, unknown)
    if (absent.size > remembered) absent.delete(absent.keys().next().value!)
  }

  const publish = (unknown: OutcomeUnknown, outcome: Outcome, isLate: boolean): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (unknown.cid !== null) liveOrders.onOutcome(unknown.cid, outcome)
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
  const appeared = (unknown: OutcomeUnknown, shown: Shown): Effect.Effect<void> =>
    Effect.gen(function*() {
      yield* publish(unknown, shown, true)
      const ended = yield* onLate(shown)
      if (ended !== undefined) yield* publish(unknown, ended, true)
    })

  /** watches for an order after `NotSeen`: publishes it if it appears, and applies the policy `onLate` */
  const watch = (plan: Plan<unknown>, unresolved: Unresolved, late: Promised["late"]): Effect.Effect<void> =>
    Effect.gen(function*() {
      const { forget, unknown } = unresolved
      const shown = yield* plan.watch?.(unresolved) ?? Effect.succeed(undefined)
      forget()
      if (shown === undefined) {
        if (unknown.cid !== null) liveOrders.onUnwatched(unknown.cid)
        isAbsent(unknown)
        yield* Effect.logInfo(`${unknown.message} It has not appeared; the SDK stops watching for it`)
      } else {
        yield* publish(unknown, shown, true)
      }
      Later.done(late, Effect.succeed(shown))
      const ended = shown === undefined ? undefined : yield* onLate(shown)
      if (ended !== undefined) yield* publish(unknown, ended, true)
    })

  const resolve = (plan: Plan<unknown>, unresolved: Unresolved, { late, outcome }: Promised): Effect.Effect<void> =>
    Effect.gen(function*() {
      const { forget, unknown } = unresolved
      const found = yield* plan.resolve(unresolved).pipe(
        Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
        Effect.catchAll((error) => Effect.succeed(unresolvable(error.message)))
      )
      const isWatched = found._tag === "NotSeen"
      if (!isWatched) forget()
      const isOrphan = unknown.cid !== null && orphans.delete(unknown.cid)
      if (found._tag === "NeverPlaced") isAbsent(unknown)
      if (isOrphan && (found._tag === "Placed" || found._tag === "PartiallyFilled")) {
        Later.done(outcome, Effect.succeed(found))
        Later.done(late, Effect.succeed(undefined))
        return yield* appeared(unknown, found)
      }
      yield* publish(unknown, found, false)
      Later.done(outcome, Effect.succeed(found))
      if (isWatched) yield* watch(plan, unresolved, late)
      else Later.done(late, Effect.succeed(undefined))
    }).pipe(
      Effect.onInterrupt(() =>
        Effect.logWarning(
          `${unresolved.unknown.message} Its resolution was stopped before the outcome was known, because the program ends`
        )
      )
    )

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
      for (const cid of cids) orphans.add(cid)
    },
    onOrders: (event) => {
      if (absent.size === 0 || (event._tag !== "Update" && event._tag !== "Snapshot")) return
      if (event.family !== "orders" || (event._tag === "Update" && event.type === "oc")) return
      for (const row of event.rows) {
        const unknown = row.cid === null ? undefined : absent.get(row.cid)
        if (row.cid === null || unknown === undefined || unknown.cidDate === null) continue
        absent.delete(row.cid)
        const shown = fromOrders({ cid: row.cid, cidDate: unknown.cidDate, open: [row], past: [] })
        if (shown !== undefined) fork(appeared(unknown, shown))
      }
    },
    start: (plan, unresolved) => {
      const promised: Promised = {
        outcome: Later.deferred(),
        late: Later.deferred()
      }
      promises.set(unresolved.unknown, promised)
      fork(resolve(plan, unresolved, promised))
    }
  }
}
