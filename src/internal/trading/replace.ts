/**
 * Cancel and replace, as one operation that never leaves two orders by its own doing.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { type CommandError, OutcomeUnknown, type RestError } from "../../BitfinexError.ts"
import type { NothingLeft, Replaced, SubmittedOrder } from "../../Command.ts"
import type { accountInputs, Args } from "../../protocol/channels/Inputs.ts"
import { isSameAmount, sum } from "../../protocol/internal/quantity.ts"
import { hasExecutions, type Order, orderStatus } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Session } from "../account/session.ts"
import * as Later from "../time/later.ts"
import { number } from "./rules/rule.ts"

type NewOrder = Args<typeof accountInputs.submitOrder>

/** between two readings */
const pause = Duration.seconds(1)

export const make = ({ cancel, rest, session, submit }: {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  readonly cancel: (id: number) => Effect.Effect<unknown, CommandError>
  readonly submit: (order: NewOrder) => Effect.Effect<SubmittedOrder, CommandError>
}) => {
  const settle = session.settings.orderSettle

  /** what the venue shows of the past order, by an event or when it is asked */
  const endOf = (id: number): Effect.Effect<Order> =>
    Effect.suspend(() => {
      const ended = Later.deferred<Order>()
      const stop = session.subscribe((event) => {
        if (event._tag !== "Update" || event.family !== "orders" || event.type !== "oc") return
        const row = event.rows.find((each) => each.id === id)
        if (row !== undefined) Later.done(ended, Effect.succeed(row))
      })
      const asked = Effect.gen(function*() {
        while (true) {
          yield* Effect.sleep(pause)
          // a reading that fails is made again
          const rows = yield* Effect.orElseSucceed(rest.ordersHistory({ id: [id] }), () => [])
          const row = rows.find((each) => each.id === id)
          if (row !== undefined) return row
        }
      })
      return Effect.ensuring(Effect.raceFirst(Deferred.await(ended), asked), Effect.sync(stop))
    })

  /**
   * What an order that has ended executed, signed. Its trades say it, which may be shown late: they count when they are
   * as many as the row implies, or have not changed for `orderSettle`.
   */
  const executedOf = (order: Order): Effect.Effect<number, RestError> => {
    if (!hasExecutions(order)) return Effect.succeed(0)
    const implied = orderStatus(order.status) === "Executed" ? order.amountOrig : order.amountOrig - order.amount
    // the cast: symbols of orders are those of trading
    const symbol = order.symbol as Symbols.Trading
    const traded = Effect.map(
      rest.orderTrades({ symbol, id: order.id }),
      (trades) => sum(trades.map(({ execAmount }) => execAmount))
    )
    return Effect.gen(function*() {
      let before = yield* traded
      while (true) {
        if (!isSameAmount(before, 0) && isSameAmount(before, implied)) return before
        yield* Effect.sleep(settle)
        const now = yield* traded
        if (!isSameAmount(now, 0) && isSameAmount(now, before)) return now
        before = now
      }
    }).pipe(Effect.retry({ while: (error) => error.isRetryable, schedule: session.settings.retryReads }))
  }

  return (
    operation: string,
    { id, order }: { readonly id: number; readonly order: NewOrder },
    within: Duration.DurationInput
  ): Effect.Effect<Replaced | NothingLeft, CommandError> =>
    Effect.gen(function*() {
      const unclear = (reason: string): OutcomeUnknown =>
        new OutcomeUnknown({ operation, cid: null, cidDate: null, id, mts: null, error: null, reason })
      const close = Effect.gen(function*() {
        const watch = yield* Effect.fork(endOf(id))
        const cancelled = yield* Effect.either(cancel(id))
        const failure = Either.isLeft(cancelled) ? cancelled.left : undefined
        const isGone = failure?._tag === "OrderNotFound"
        if (failure !== undefined && failure._tag !== "OutcomeUnknown" && !isGone) return yield* Effect.fail(failure)
        // an order that is not open any more is among past ones, which the venue may show late
        const ended = yield* Effect.timeoutOption(Fiber.join(watch), isGone ? Duration.times(settle, 2) : within)
        if (Option.isSome(ended)) return ended.value
        return yield* Effect.fail(
          failure ?? unclear(`its end is not proven within ${Duration.format(within)}, so nothing was submitted`)
        )
      })
      const ended = yield* Effect.scoped(close)
      const executed = yield* executedOf(ended).pipe(
        Effect.mapError((error) =>
          unclear(`what it executed is not known, so nothing was submitted: ${error.message}`)
        ),
        Effect.timeoutFail({
          duration: within,
          onTimeout: () => unclear("what it executed is not shown, so nothing was submitted in its place")
        })
      )
      const wanted = number(order.amount)
      const left = sum([wanted, -executed])
      if (isSameAmount(left, 0) || Math.sign(left) !== Math.sign(wanted)) {
        return { _tag: "NothingLeft", ended, executed } as const
      }
      const amount = isSameAmount(executed, 0) ? order.amount : left
      const submitted = yield* submit({ ...order, amount })
      return { _tag: "Replaced", ended, executed, submitted } as const
    })
}
