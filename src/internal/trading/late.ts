/**
 * Orders that appear after they were reported as not seen.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as OrderOutcome from "../../OrderOutcome.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Session } from "../account/session.ts"

/** how long an order that appeared late is cancelled for, until its end is shown */
const patience = Duration.minutes(10)

const pause = Schedule.exponential("500 millis").pipe(Schedule.union(Schedule.spaced("15 seconds")))

/**
 * Cancels an order that appeared late, over the socket where that is up and over REST, again until the venue shows its
 * end. Answers what became of it; undefined where it had ended already, or where no end of it was shown in time.
 */
export const cancel = ({ cancelOnSocket, rest, session }: {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  readonly cancelOnSocket: (id: number) => Effect.Effect<unknown, { readonly message: string }>
}) =>
(shown: OrderOutcome.Shown): Effect.Effect<OrderOutcome.Shown | undefined> => {
  if (shown._tag === "Filled" || shown._tag === "Cancelled") return Effect.succeed(undefined)
  const { cid, cidDate } = shown
  const ids = shown.orders.map(({ id }) => id)
  const cancelOne = (id: number) =>
    Effect.suspend((): Effect.Effect<unknown, { readonly message: string }> =>
      session.state.get().isLive ? cancelOnSocket(id) : rest.cancelOrder({ id })
    ).pipe(Effect.catchAll(() => Effect.ignore(rest.cancelOrder({ id }))))
  const attempt = Effect.gen(function*() {
    yield* Effect.forEach(ids, cancelOne, { discard: true })
    const past = yield* rest.ordersHistory({ id: ids })
    return past.length < ids.length ? undefined : OrderOutcome.fromOrders({ cid, cidDate, open: [], past })
  })
  return Effect.flatMap(attempt, (ended) => ended === undefined ? Effect.fail("it is open") : Effect.succeed(ended))
    .pipe(
      Effect.retry({ schedule: pause }),
      Effect.option,
      Effect.timeoutOption(patience),
      Effect.map(Option.flatten),
      Effect.map(Option.getOrUndefined),
      Effect.tap((ended) =>
        ended !== undefined
          ? Effect.void
          : Effect.logError(
            `orders ${ids.join(", ")} appeared late, and their cancellation is not shown after ${
              Duration.format(patience)
            }`
          )
      )
    )
}
