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
import { type CommandError, InvalidInput, OutcomeUnknown, type RestError } from "../../BitfinexError.ts"
import type { NothingLeft, Replaced, SubmittedOrder } from "../../Command.ts"
import type { accountInputs, Args } from "../../protocol/channels/Inputs.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Executions from "../../protocol/internal/executions.ts"
import * as Pair from "../../protocol/internal/pair.ts"
import { isSameAmount, sum } from "../../protocol/internal/quantity.ts"
import { hasExecutions, type Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Session } from "../account/session.ts"
import * as Later from "../time/later.ts"
import type { Commands } from "./commands.ts"
import type { LiveOrders } from "./liveOrders.ts"
import type { Place } from "./operation.ts"
import { refusedOptions } from "./refused.ts"
import type { Released } from "./released.ts"
import { type Known, number } from "./rules/rule.ts"

type NewOrder = Args<typeof accountInputs.submitOrder>

/** between two readings */
const pause = Duration.seconds(1)

const aMinute = Duration.minutes(1)

type Submit = (order: NewOrder, place: Place) => Effect.Effect<SubmittedOrder, CommandError>

const unclear = (operation: string, id: number, reason: string): OutcomeUnknown =>
  new OutcomeUnknown({ operation, cid: null, cidDate: null, id, mts: null, error: null, reason })

interface Needs {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  readonly released: Released
  readonly liveOrders: Pick<LiveOrders, "isUnsettled" | "onPlanned" | "onPlanEnded">
  readonly cancel: (id: number, place: Place | undefined) => Effect.Effect<unknown, CommandError>
  readonly reserve: Commands["reserve"]
  /** the open orders of this login */
  readonly known: Pick<Known, "orders">
}

/** the past order as the venue shows it, in an event or in a query */
const endOf = ({ rest, session }: Needs, id: number): Effect.Effect<Order> =>
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
 * The signed amount that an ended order executed: the sum of its trades, each counted once. Trades may be shown late,
 * so they count only when they agree with the row of the order. If they never do, the caller gives up.
 */
const executedOf = ({ rest, session: { settings } }: Needs, order: Order): Effect.Effect<number, RestError> => {
  if (!hasExecutions(order) && isSameAmount(order.amount, order.amountOrig)) return Effect.succeed(0)
  // the cast: symbols of orders are those of trading
  const symbol = order.symbol as Symbols.TradingSymbol
  const traded = Effect.map(
    rest.orderTrades({ symbol, id: order.id }),
    (rows) => [...new Map(rows.filter(({ orderId }) => orderId === order.id).map((row) => [row.id, row])).values()]
  )
  return Effect.gen(function*() {
    for (let reading = 0;; reading++) {
      const trades = yield* traded
      // an update may have changed one of the two amounts alone: without executions there are no trades
      const isNone = trades.length === 0 && !hasExecutions(order) && reading > 0
      if (isNone || (trades.length > 0 && Executions.areAllOf(order, trades))) {
        return sum(trades.map(({ execAmount }) => execAmount))
      }
      yield* Effect.sleep(settings.account.orderSettle)
    }
  }).pipe(Effect.retry({ while: (error) => error.isRetryable, schedule: settings.rest.retryReads }))
}

interface Replacement {
  readonly operation: string
  readonly id: number
  /** with the cid of the second order */
  readonly order: NewOrder & { readonly cid: number }
  readonly submit: Submit
  readonly within: Duration.DurationInput
}

/** the end of the order, once it is cancelled and the venue shows it */
const close = (
  needs: Needs,
  { operation, within }: Replacement,
  id: number,
  place: Place | undefined
): Effect.Effect<Order, CommandError> =>
  Effect.scoped(Effect.gen(function*() {
    const watch = yield* Effect.fork(endOf(needs, id))
    const cancelled = yield* Effect.either(needs.cancel(id, place))
    const failure = Either.isLeft(cancelled) ? cancelled.left : undefined
    const isGone = failure?._tag === "OrderNotFound"
    if (failure !== undefined && failure._tag !== "OutcomeUnknown" && !isGone) return yield* Effect.fail(failure)
    // an order that is no longer open is among the past ones, which the venue may show late
    const settle = Duration.times(needs.session.settings.account.orderSettle, 2)
    const ended = yield* Effect.timeoutOption(Fiber.join(watch), isGone ? settle : within)
    if (Option.isSome(ended)) return ended.value
    const reason = `its end is not proven within ${Duration.format(within)}, so nothing was submitted`
    return yield* Effect.fail(failure ?? unclear(operation, id, reason))
  }))

/** the other order of an OCO, by the row of either */
const partnerIn = (orders: Known["orders"], id: number): number | null => {
  const row = orders.get(id)
  const named = row === undefined ? null : Pair.partnerOf(row)
  return named ?? [...orders.values()].find((each) => Pair.partnerOf(each) === id)?.id ?? null
}

/** places in the order budget for each command of a replacement */
interface Places {
  readonly submission: Place
  readonly first: Place
  /** undefined if the order is of no OCO, as far as is known */
  readonly partner: Place | undefined
}

const execute = (
  needs: Needs,
  replacement: Replacement,
  known: number | null,
  places: Places
): Effect.Effect<Replaced | NothingLeft, CommandError> =>
  Effect.gen(function*() {
    const { id, operation, order, submit, within } = replacement
    const no = (reason: string) => unclear(operation, id, `${reason}, so nothing was submitted`)
    const executedBy = (order: Order) =>
      executedOf(needs, order).pipe(
        Effect.mapError((error) =>
          unclear(operation, id, `the amount that it executed is not known, so nothing was submitted: ${error.message}`)
        ),
        Effect.timeoutFail({
          duration: within,
          onTimeout: () => no("its trades do not agree with its remaining amount")
        })
      )
    const executing = Effect.gen(function*() {
      const ended = yield* close(needs, replacement, id, places.first)
      if (ended.symbol !== order.symbol) return yield* no(`it was an order of ${ended.symbol}`)
      const own = yield* executedBy(ended)
      const partner = known ?? Pair.partnerOf(ended)
      if (partner === null) return { ended, executed: own }
      // of a pair the other order ends with it, and may be what ended it: by an execution
      const other = yield* Effect.mapError(
        close(needs, replacement, partner, places.partner),
        ({ message }) =>
          no(`it is one of an OCO, and the end of the other order, ${partner}, is not proven (${message})`)
      )
      return { ended, executed: sum([own, yield* executedBy(other)]) }
    })
    const { ended, executed } = yield* needs.released.before(executing, () => no("its layer was released"))
    const wanted = number(order.amount)
    const left = sum([wanted, -executed])
    if (isSameAmount(left, 0) || Math.sign(left) !== Math.sign(wanted)) {
      return { _tag: "NothingLeft", ended, executed } as const
    }
    const amount = isSameAmount(executed, 0) ? order.amount : left
    const submitted = yield* submit({ ...order, amount }, places.submission)
    return { _tag: "Replaced", ended, executed, submitted } as const
  })

/** takes the budget of all commands before the first is sent: one that had to wait later could leave no order at all */
const reserved = (needs: Needs, replacement: Replacement): Effect.Effect<Replaced | NothingLeft, CommandError> =>
  Effect.suspend(() => {
    const known = partnerIn(needs.known.orders, replacement.id)
    return needs.reserve(replacement.operation, known === null ? 2 : 3, ([submission, first, partner]) =>
      // as many places as were requested
      execute(needs, replacement, known, { submission: submission!, first: first!, partner }))
  })

/** amounts of two symbols have no sum */
const otherSymbol = (operation: string, { symbol }: NewOrder, first: string): InvalidInput => {
  const reason = `the order that it replaces is of ${first}; cancel that one, and submit this one when it has ended`
  return new InvalidInput({ operation, field: "symbol", value: symbol, reason })
}

/** Makes `replaceOrder` for each way to submit; all of them share the rule that an order is replaced once at a time. */
export const make = (needs: Needs) => {
  /** orders whose replacement is in progress: a second one would submit twice for the same amount */
  const replacing = new Set<number>()

  const begin = ({ id, operation, order }: Replacement): Effect.Effect<void, InvalidInput> =>
    Effect.suspend(() => {
      const symbol = needs.known.orders.get(id)?.symbol
      if (symbol !== undefined && symbol !== order.symbol) return Effect.fail(otherSymbol(operation, order, symbol))
      if (replacing.has(id)) {
        const reason = "another call is replacing this order; wait for its result"
        return Effect.fail(new InvalidInput({ operation, field: "id", value: String(id), reason }))
      }
      if (needs.liveOrders.isUnsettled(order.cid)) {
        const reason = "another submission has this cid, and its outcome is not known yet; give another cid, or none"
        return Effect.fail(new InvalidInput({ operation, field: "cid", value: String(order.cid), reason }))
      }
      replacing.add(id)
      // the amount of the second order counts from now on
      needs.liveOrders.onPlanned(order.cid, { id, symbol: order.symbol, amount: number(order.amount) })
      return Effect.void
    })

  return (submit: Submit) =>
    Effect.fn("Trading.replaceOrder")(function*(
      given: { readonly id: number; readonly order: NewOrder },
      options?: { readonly within?: Duration.DurationInput }
    ): Effect.fn.Return<Replaced | NothingLeft, CommandError> {
      const wrong = refusedOptions("Trading.replaceOrder", options)
      if (wrong !== undefined) return yield* Effect.fail(wrong)
      const cid = given.order.cid ?? (yield* Cid.next)
      const replacement: Replacement = {
        operation: "Trading.replaceOrder",
        id: given.id,
        order: { ...given.order, cid },
        submit,
        within: options?.within ?? aMinute
      }
      return yield* Effect.acquireUseRelease(
        begin(replacement),
        () => reserved(needs, replacement),
        () =>
          Effect.sync(() => {
            replacing.delete(replacement.id)
            needs.liveOrders.onPlanEnded(cid)
          })
      )
    })
}
