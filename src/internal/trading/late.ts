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
import * as Pair from "../../protocol/internal/pair.ts"
import { isOrderMoving } from "../../protocol/records/Order.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Session } from "../account/session.ts"
import type { Known } from "./rules/rule.ts"

/** how long an order that appeared late is cancelled for, until its end is shown */
const patience = Duration.minutes(10)

const pause = Schedule.exponential("500 millis").pipe(Schedule.union(Schedule.spaced("15 seconds")))

/**
 * Cancels an order that appeared late, over the socket where that is up and over REST, again until the venue shows its
 * end. Of an OCO both orders are cancelled by their ids: the second may have another cid, and need not be shown yet.
 * Answers what became of it; undefined where it had ended already, or where no end of it was shown in time.
 */
export const cancel = ({ cancelOnSocket, known, rest, session }: {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  /** the open orders of this login */
  readonly known: Pick<Known, "orders">
  readonly cancelOnSocket: (id: number) => Effect.Effect<unknown, { readonly message: string }>
}) =>
(shown: OrderOutcome.Shown): Effect.Effect<OrderOutcome.Shown | undefined> => {
  const hasEnded = shown._tag === "Filled" || shown._tag === "Cancelled"
  if (hasEnded && !shown.orders.some(({ status }) => isOrderMoving(status))) return Effect.succeed(undefined)
  const { cid } = shown
  /** the orders, as all readings have shown them */
  let rows = shown.orders
  const idsOf = (): ReadonlyArray<number> => [
    ...Pair.idsOf([...rows, ...[...known.orders.values()].filter(Pair.among(rows))])
  ]
  const cancelOne = (id: number) =>
    Effect.suspend((): Effect.Effect<unknown, { readonly message: string }> =>
      session.state.get().isLive ? cancelOnSocket(id) : rest.cancelOrder({ id })
    ).pipe(Effect.catchAll(() => Effect.ignore(rest.cancelOrder({ id }))))
  const attempt = Effect.gen(function*() {
    const ids = idsOf()
    yield* Effect.forEach(ids, cancelOne, { concurrency: "unbounded", discard: true })
    const past = yield* rest.ordersHistory({ id: ids })
    rows = [...shown.orders, ...past]
    const isWhole = idsOf().every((id) => past.some((row) => row.id === id))
    return isWhole ? OrderOutcome.fromOrders({ cid, open: [], past }) : undefined
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
            `orders ${idsOf().join(", ")} appeared late, and their cancellation is not shown after ${
              Duration.format(patience)
            }`
          )
      )
    )
}
