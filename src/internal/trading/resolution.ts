/**
 * Unknown outcomes: each is resolved by the plan of its operation, published once it is known, and watched further where
 * the order was not seen. No command is ever sent again.
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
  /** the outcome, once it is known; none where nothing can be found out */
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
  /** what appears after `NotSeen`; undefined when the time for it is over, or the outcome was another one */
  readonly lateOf: (unknown: OutcomeUnknown) => Effect.Effect<Shown | undefined>
  readonly start: (plan: Plan<unknown>, unresolved: Unresolved) => void
}

const retry = Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")), Schedule.jittered)

export const unresolvable = (
  reason: string,
  orders: ReadonlyArray<Order> = [],
  offers: ReadonlyArray<FundingOffer> = []
): Unresolvable => ({ _tag: "Unresolvable", reason, orders, offers })

interface Promised {
  readonly outcome: Deferred.Deferred<Outcome>
  readonly late: Deferred.Deferred<Shown | undefined>
}

export const make = ({ fork, liveOrders, onLate }: {
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly liveOrders: LiveOrders
  /** what is done with an order that appears late, until it has ended or is kept */
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
        log(`${unknown.message} ${isLate ? "It appeared late" : "Found out"}: ${outcome._tag}${detail}`)
      )
    })

  /** what appears late is published, and ended where the policy says so */
  const watch = (plan: Plan<unknown>, unresolved: Unresolved, late: Promised["late"]): Effect.Effect<void> =>
    Effect.gen(function*() {
      const { forget, unknown } = unresolved
      const shown = yield* plan.watch?.(unresolved) ?? Effect.succeed(undefined)
      forget()
      if (shown === undefined) {
        if (unknown.cid !== null) liveOrders.onUnwatched(unknown.cid)
        yield* Effect.logInfo(`${unknown.message} It did not appear, and is not watched for any longer`)
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
        Effect.logWarning(`${unresolved.unknown.message} It is not looked for any longer, since the program ends`)
      )
    )

  const promiseOf = (unknown: OutcomeUnknown): Promised | undefined =>
    // within a span, Effect fails with a shell around the error
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
