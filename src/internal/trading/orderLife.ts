/**
 * The life of one order as a stream: from its submission until it was filled or cancelled, whatever happens to the
 * connection.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type CommandError, type OrderUnknown, orderUnknown, type OutcomeUnknown } from "../../BitfinexError.ts"
import type { OrderLifecycle, Outcome, SubmittedOrder } from "../../Command.ts"
import * as OrderOutcome from "../../OrderOutcome.ts"
import type { accountInputs, Args } from "../../protocol/channels/Inputs.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import { isOrderMoving, Order, Trade } from "../../protocol/records/Order.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import * as Session from "../account/session.ts"
import * as OrderResolution from "../rest/orderLookup.ts"
import * as Pulls from "../stream/pulls.ts"
import * as Clocks from "../time/clock.ts"

type NewOrder = Args<typeof accountInputs.submitOrder>

type Failure = Exclude<CommandError, OutcomeUnknown> | OrderUnknown

export interface Needs {
  readonly session: Session.Session
  readonly rest: RestAuthClient.Service
  readonly submit: (order: NewOrder) => Effect.Effect<SubmittedOrder, Failure>
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
}

type Told =
  | { readonly _tag: "order"; readonly by: "on" | "ou" | "oc"; readonly order: Order }
  | { readonly _tag: "trade"; readonly hasFee: boolean; readonly trade: Trade }
  /** logged in again: what happened in between was not told */
  | { readonly _tag: "back" }

/** how long trades are awaited behind the end of their order before REST is asked, and between two looks */
const [patience, pause] = [Duration.seconds(5), Duration.seconds(2)]

/** looks for trades that the venue shows late */
const looks = 3

const retry = Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")))

/** trades that came before their order had a name */
const stashed = 1000

/** collects what is told of an order, in the order of the frames */
const hear = (cid: number, queue: Queue.Enqueue<Told>) => {
  const ids = new Set<number>()
  let stash: Array<Told & { readonly _tag: "trade" }> = []
  const learn = (id: number): void => {
    if (ids.has(id)) return
    ids.add(id)
    for (const told of stash) if (told.trade.orderId === id) Queue.unsafeOffer(queue, told)
    stash = stash.filter(({ trade }) => trade.orderId !== id)
  }
  const listener: Session.Listener = {
    ...Session.deaf,
    onLive: () => {
      Queue.unsafeOffer(queue, { _tag: "back" })
    },
    onEvent: ({ payload, type }) => {
      if (type === "on" || type === "ou" || type === "oc") {
        if (!Array.isArray(payload) || payload[2] !== cid) return
        const order = Order.read(payload)
        if (order === undefined) return
        Queue.unsafeOffer(queue, { _tag: "order", by: type, order })
        learn(order.id)
      } else if (type === "te" || type === "tu") {
        const trade = Trade.read(payload)
        if (trade === undefined) return
        const told = { _tag: "trade", hasFee: type === "tu", trade } as const
        // old rows have no cid
        if (trade.cid === cid || ids.has(trade.orderId)) Queue.unsafeOffer(queue, told)
        else if (ids.size === 0 && trade.cid === null && stash.length < stashed) stash.push(told)
      }
    }
  }
  return { listener, learn }
}

/** what is the same however often it is told */
const faceOf = ({ amount, mtsUpdate, price, status }: Order): string => `${status} ${amount} ${price} ${mtsUpdate}`

export const make =
  ({ outcomeOf, rest, session, submit }: Needs) => (given: NewOrder): Stream.Stream<OrderLifecycle, Failure> =>
    Stream.unwrapScoped(Effect.gen(function*() {
      const cid = given?.cid === undefined ? yield* Cid.next : given.cid
      const order: NewOrder = { ...given, cid }
      const { flags, symbol } = order
      const legs = flags?.oco === true ? 2 : 1
      const queue = yield* Queue.unbounded<Told>()
      const out = yield* Pulls.outbox<OrderLifecycle, Failure>()
      const { learn, listener } = hear(cid, queue)
      yield* Effect.acquireRelease(
        Effect.sync(() => session.listen(listener)),
        (stop) => Effect.sync(stop)
      )
      const seen = new Map<number, { readonly order: Order; readonly isOver: boolean }>()
      const trades = new Map<number, { readonly trade: Trade; readonly hasFee: boolean }>()
      const clock = yield* Effect.clock
      const steady = Clocks.steady(clock)
      const mts = Clocks.mts(clock)
      let cidDate = Cid.dayOf(mts)
      const from = steady()
      let until: number | undefined
      const when = (): OrderResolution.Sent => ({ after: undefined, from, until: until ?? steady(), mts })

      const emit = (life: OrderLifecycle) => Effect.sync(() => out.offer(life))

      const see = (row: Order, by: "on" | "ou" | "oc" | null, isOver: boolean): Effect.Effect<void> =>
        Effect.suspend(() => {
          const before = seen.get(row.id)
          // what ended does not come back: an event may be older than what was found
          if (before?.isOver === true) return Effect.void
          seen.set(row.id, { order: row, isOver })
          learn(row.id)
          if (by === null && before !== undefined && faceOf(before.order) === faceOf(row)) return Effect.void
          return emit({ _tag: "OrderUpdate", order: row, by })
        })

      const fill = (trade: Trade, hasFee: boolean): Effect.Effect<void> =>
        Effect.suspend(() => {
          const before = trades.get(trade.id)
          if (before !== undefined && (before.hasFee || !hasFee)) return Effect.void
          trades.set(trade.id, { trade, hasFee })
          return emit({ _tag: "OrderFill", trade, hasFee })
        })

      const isOver = (): boolean => {
        const all = [...seen.values()]
        return all.length >= legs && all.every((each) => each.isOver)
      }

      const hasAll = (): boolean => {
        const executed = [...seen.values()].reduce(
          (sum, { order: row }) => sum + Math.abs(row.amountOrig - row.amount),
          0
        )
        const known = [...trades.values()].reduce((sum, { trade }) => sum + Math.abs(trade.execAmount), 0)
        return Math.abs(executed - known) < 1e-9 && [...trades.values()].every(({ hasFee }) => hasFee)
      }

      /** false when the venue could not be asked */
      const lookForTrades: Effect.Effect<boolean> = Effect.suspend(() =>
        Effect.forEach([...seen.keys()], (id) => rest.orderTrades({ symbol, id }))
      ).pipe(
        Effect.flatMap((found) => {
          const all = found.flat().sort((a, b) => a.mts - b.mts || a.id - b.id)
          return Effect.forEach(all, (trade) => fill(trade, trade.fee !== null), { discard: true })
        }),
        Effect.as(true),
        Effect.catchAll((error) =>
          Effect.as(Effect.logWarning(`Trades of ${cid} are not known: ${error.message}`), false)
        )
      )

      /** what REST or a resolution found */
      const adopt = (outcome: OrderOutcome.OrderOutcome): Effect.Effect<void, Failure> => {
        if (outcome._tag === "NeverPlaced") return emit(outcome)
        const isPast = outcome._tag === "Filled" || outcome._tag === "Cancelled"
        return Effect.forEach(
          outcome.orders,
          // of a pair each has its own end
          (row) => see(row, null, outcome.orders.length === 1 ? isPast : !isOrderMoving(row.status)),
          { discard: true }
        )
      }

      /** what happened while nobody was told */
      const catchUp: Effect.Effect<void, Failure> = Effect.gen(function*() {
        const outcome = yield* rest.resolveOrder(OrderResolution.withSent({ cid, cidDate, symbol }, when())).pipe(
          Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
          Effect.mapError((error) => lost(`it could not be found out: ${error.message}`))
        )
        if (outcome._tag === "NeverPlaced") {
          return yield* Effect.fail(lost("it was accepted, and the venue shows it no more"))
        }
        yield* adopt(outcome)
        if (!hasAll()) yield* lookForTrades
      })

      const lost = (reason: string): OrderUnknown =>
        orderUnknown({ operation: "Trading.submitOrderStream", cid, cidDate, mts: null, reason, error: null })

      const take = (told: Told): Effect.Effect<void, Failure> => {
        switch (told._tag) {
          case "order":
            return see(told.order, told.by, told.by === "oc")
          case "trade":
            return fill(told.trade, told.hasFee)
          case "back":
            return catchUp
        }
      }

      const follow: Effect.Effect<void, Failure> = Effect.suspend(() =>
        isOver() ? Effect.void : Effect.zipRight(Effect.flatMap(Queue.take(queue), take), follow)
      )

      /** trades may be told behind the end of their order */
      const awaitTrades: Effect.Effect<void, Failure> = Effect.suspend(() =>
        hasAll() ? Effect.void : Effect.zipRight(Effect.flatMap(Queue.take(queue), take), awaitTrades)
      )

      const finish = Effect.gen(function*() {
        yield* Effect.timeoutOption(awaitTrades, patience)
        let isComplete = hasAll()
        for (let look = 0; !isComplete && look < looks; look++) {
          if (look > 0) yield* Effect.sleep(pause)
          const asked = yield* lookForTrades
          // after an update of its amount, what is left does not tell what was executed: the venue's list counts
          isComplete = asked && (hasAll() || look === looks - 1)
        }
        const outcome = OrderOutcome.fromOrders({
          cid,
          cidDate,
          open: [],
          past: [...seen.values()].map((each) => each.order)
        })
        yield* emit({
          _tag: "OrderEnded",
          // the cast: all of them ended
          outcome: outcome as OrderOutcome.Filled | OrderOutcome.Cancelled,
          trades: [...trades.values()].map(({ trade }) => trade).sort((a, b) => a.mts - b.mts || a.id - b.id),
          isComplete
        })
      })

      /** false when there is no life to follow */
      const answered = Effect.sync(() => {
        until = steady()
      })
      const begin: Effect.Effect<boolean, Failure> = Effect.ensuring(submit(order), answered).pipe(
        Effect.flatMap((submitted) => {
          cidDate = submitted.cidDate
          learn(submitted.id)
          return Effect.as(emit({ _tag: "Accepted", ...submitted }), true)
        }),
        Effect.catchTag("OutcomeUnknown", (unknown): Effect.Effect<boolean, Failure> =>
          Effect.gen(function*() {
            cidDate = unknown.cidDate
            const outcome = yield* Option.getOrElse(outcomeOf(unknown), (): Effect.Effect<Outcome> => Effect.never)
            if (outcome._tag === "Unresolvable") return yield* Effect.fail(unknown)
            yield* adopt(outcome as OrderOutcome.OrderOutcome) // what becomes of a submission
            return outcome._tag !== "NeverPlaced"
          }))
      )

      yield* Effect.flatMap(begin, (goesOn) => goesOn ? Effect.zipRight(follow, finish) : Effect.void).pipe(
        Effect.exit,
        Effect.flatMap((exit) => out.end(exit)),
        Effect.forkScoped
      )
      return out.stream
    }))
