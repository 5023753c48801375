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
import type { Shown } from "../../OrderOutcome.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
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
  readonly start: (plan: Plan<unknown>, unresolved: Unresolved) => void
}

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

  /** watches for an order after `NotSeen`: publishes it if it appears, and applies the policy `onLate` */
  const watch = (plan: Plan<unknown>, unresolved: Unresolved, late: Promised["late"]): Effect.Effect<void> =>
    Effect.gen(function*() {
      const { forget, unknown } = unresolved
      const shown = yield* plan.watch?.(unresolved) ?? Effect.succeed(undefined)
      forget()
      if (shown === undefined) {
        if (unknown.cid !== null) liveOrders.onUnwatched(unknown.cid)
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
