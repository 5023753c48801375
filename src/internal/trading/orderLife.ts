/**
 * One order as a stream: from its submission until it was filled or cancelled, through any number of reconnections.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type OfferError, type OrderUnknown, orderUnknown, type OutcomeUnknown } from "../../BitfinexError.ts"
import type { OrderFill, OrderLifecycle, OrderUpdate, Outcome, SubmittedOrder } from "../../Command.ts"
import * as OrderOutcome from "../../OrderOutcome.ts"
import type { accountInputs, Args } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Executions from "../../protocol/internal/executions.ts"
import { isOrderMoving, type Order, type Trade } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Listener } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import * as Pulls from "../stream/pulls.ts"
import type { Released } from "./released.ts"
import type { Resolver } from "./resolution.ts"
import { isSubmitted, tellingCells } from "./rules/order.ts"
import type { Known } from "./rules/rule.ts"

type NewOrder = Args<typeof accountInputs.submitOrder>

type Failure = Exclude<OfferError, OutcomeUnknown> | OrderUnknown

export interface Needs {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  readonly submit: (order: NewOrder) => Effect.Effect<SubmittedOrder, Failure>
  readonly resolver: Pick<Resolver, "outcomeOf" | "lateOf">
  readonly released: Released
  readonly known: Known
  /** calls a function with each past order that REST shows; returns the function that ends it */
  readonly onPast: (listener: (order: Order) => void) => () => void
}

type Heard =
  | { readonly _tag: "order"; readonly by: "on" | "ou" | "oc"; readonly order: Order }
  | { readonly _tag: "trade"; readonly hasFee: boolean; readonly trade: Trade }
  /** REST shows it among the past orders */
  | { readonly _tag: "past"; readonly order: Order }
  /** logged in again: events of the time in between did not come. `readings` were made since then */
  | { readonly _tag: "back"; readonly login: number; readonly readings: number }

/** how long trades are awaited after the end of their order before REST is queried, and between two queries */
const [patience, pause] = [Duration.seconds(5), Duration.seconds(2)]

/** readings of trades that the venue shows late */
const readings = 3

/** after how many readings, each twice as long after the one before, an order that no list shows is looked for every 32 s */
const doublings = 5

/** after how many readings, some 25 minutes, an order that no list shows is given up: past orders reach back two weeks */
const enough = 50

const retry = Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")))

/** trades that arrived before the id of their order was known */
const stashed = 1000

/**
 * Collects the events of an order, in the order of the frames. Under a cid that the user gave, other programs and
 * earlier submissions may have orders too: only orders that match the submission count, and not more of them than it
 * has legs. The second order of a pair may have any cid: it is the one that a row of the pair names.
 */
const hear = (order: NewOrder & { readonly cid: number }, known: Known, legs: number, queue: Queue.Enqueue<Heard>) => {
  const { cid } = order
  const isOurCid = Cid.isIssued(cid)
  const fits = isSubmitted(order as unknown as AnyArgs, known) // the cast: it reads fields of any type
  const ids = new Set<number>()
  let logins = 0
  let stash: Array<Heard & { readonly _tag: "trade" }> = []
  const learn = (id: number): void => {
    if (ids.has(id)) return
    ids.add(id)
    for (const heard of stash) if (heard.trade.orderId === id) Queue.unsafeOffer(queue, heard)
    stash = stash.filter(({ trade }) => trade.orderId !== id)
  }
  const learnOrder = ({ id, placedId }: Order): void => {
    learn(id)
    if (legs === 2 && ids.size < legs && placedId !== null) learn(placedId)
  }
  const isPartner = ({ placedId }: Order): boolean =>
    legs === 2 && ids.size < legs && placedId !== null && ids.has(placedId)
  const isOurs = (order: Order): boolean =>
    ids.has(order.id) || isPartner(order) || ((isOurCid || ids.size < legs) && fits(tellingCells(order)))
  const listener: Listener = (event) => {
    if (event._tag === "Live") return void Queue.unsafeOffer(queue, { _tag: "back", login: ++logins, readings: 0 })
    if (event._tag !== "Update") return
    if (event.family === "orders") {
      for (const order of event.rows) {
        if (!isOurs(order)) continue
        Queue.unsafeOffer(queue, { _tag: "order", by: event.type, order })
        learnOrder(order)
      }
    } else if (event.family === "trades") {
      for (const trade of event.rows) {
        const heard = { _tag: "trade", hasFee: event.type === "tu", trade } as const
        if ((isOurCid && trade.cid === cid) || ids.has(trade.orderId)) Queue.unsafeOffer(queue, heard)
        // old rows have no cid
        else if (ids.size < legs && (trade.cid === null || trade.cid === cid) && stash.length < stashed) {
          stash.push(heard)
        }
      }
    }
  }
  const onPast = (order: Order): void => {
    if (ids.has(order.id)) Queue.unsafeOffer(queue, { _tag: "past", order })
  }
  return { listener, onPast, learn, learnOrder, ids: (): ReadonlyArray<number> => [...ids], logins: () => logins }
}

/** equal for two rows that show the same */
const faceOf = ({ amount, mtsUpdate, price, status }: Order): string => `${status} ${amount} ${price} ${mtsUpdate}`

/** The order and its trades as they are known; each step answers the element of the stream that it makes. */
class Picture {
  readonly #orders = new Map<number, { readonly order: Order; readonly isOver: boolean }>()
  readonly #trades = new Map<number, { readonly trade: Trade; readonly hasFee: boolean }>()
  readonly #legs: number

  constructor(legs: number) {
    this.#legs = legs
  }

  see(order: Order, by: OrderUpdate["by"], isOver: boolean): OrderUpdate | undefined {
    const before = this.#orders.get(order.id)
    // an order that ended does not come back: an event may be older than the row that was found
    if (before?.isOver === true) return undefined
    this.#orders.set(order.id, { order, isOver })
    return by === null && before !== undefined && faceOf(before.order) === faceOf(order)
      ? undefined
      : { _tag: "OrderUpdate", order, by }
  }

  fill(trade: Trade, hasFee: boolean): OrderFill | undefined {
    const before = this.#trades.get(trade.id)
    if (before !== undefined && (before.hasFee || !hasFee)) return undefined
    this.#trades.set(trade.id, { trade, hasFee })
    return { _tag: "OrderFill", trade, hasFee }
  }

  hasEnded(id: number): boolean {
    return this.#orders.get(id)?.isOver === true
  }

  get orders(): ReadonlyArray<Order> {
    return [...this.#orders.values()].map(({ order }) => order)
  }

  get trades(): ReadonlyArray<Trade> {
    return [...this.#trades.values()].map(({ trade }) => trade).sort((a, b) => a.mts - b.mts || a.id - b.id)
  }

  get isOver(): boolean {
    const all = [...this.#orders.values()]
    return all.length >= this.#legs && all.every(({ isOver }) => isOver)
  }

  /** of a pair, one order has ended and the other one was not shown */
  get isLackingOne(): boolean {
    const all = [...this.#orders.values()]
    return all.length > 0 && all.length < this.#legs && all.every(({ isOver }) => isOver)
  }

  get hasFees(): boolean {
    return [...this.#trades.values()].every(({ hasFee }) => hasFee)
  }

  /** the trades are all of the orders, whichever rule the original amount follows after an update, and have their fees */
  get hasAll(): boolean {
    const known = this.trades
    return this.hasFees
      && this.orders.every((row) => Executions.areAllOf(row, known.filter(({ orderId }) => orderId === row.id)))
  }
}

/** queries the trades of the orders; returns how many are new, or undefined if the query failed */
const readTrades = (rest: RestAuthClient.Service, symbol: Symbols.TradingSymbol, ids: ReadonlyArray<number>) =>
  Effect.forEach(ids, (id) =>
    // the reply of another call may show those of another order
    Effect.map(rest.orderTrades({ symbol, id }), (rows) => rows.filter(({ orderId }) => orderId === id))).pipe(
      Effect.map((found) => found.flat().sort((a, b) => a.mts - b.mts || a.id - b.id)),
      Effect.catchAll((error) =>
        Effect.as(Effect.logWarning(`Trades of ${ids.join(", ")} are not known: ${error.message}`), undefined)
      )
    )

/** the orders of the submission, open and past, as REST shows them */
const readOrders = (rest: RestAuthClient.Service, ids: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    // open ones first, so that an order which ends meanwhile is in one of the lists
    const open = yield* rest.activeOrders({ id: ids })
    const past = yield* rest.ordersHistory({ id: ids })
    const isPast = new Set(past.map(({ id }) => id))
    return [
      ...open.filter(({ id }) => !isPast.has(id)).map((order) => ({ order, isOver: false })),
      ...past.map((order) => ({ order, isOver: true }))
    ]
  })

interface Life {
  readonly cid: number
  readonly symbol: Symbols.TradingSymbol
  readonly picture: Picture
  readonly learn: (id: number) => void
  /** with the other order of a pair, where the row names it */
  readonly learnOrder: (order: Order) => void
  /** ids of its orders that are known */
  readonly ids: () => ReadonlyArray<number>
  /** number of logins since its begin */
  readonly logins: () => number
  readonly heard: Queue.Queue<Heard>
  readonly out: Pulls.Outbox<OrderLifecycle, Failure>
}

const lost = (cid: number, cidDate: OrderUnknown["cidDate"], reason: string): OrderUnknown =>
  orderUnknown({ operation: "Trading.submitOrderStream", cid, cidDate, mts: null, reason, error: null })

/** records rows of the order, and emits the elements that follow from them */
const recording = ({ learnOrder, out, picture }: Life) => {
  const emit = (element: OrderLifecycle | undefined): Effect.Effect<void> =>
    Effect.sync(() => element === undefined ? undefined : out.offer(element))

  const see = (order: Order, by: OrderUpdate["by"], isOver: boolean): Effect.Effect<void> =>
    Effect.suspend(() => {
      const element = picture.see(order, by, isOver)
      learnOrder(order)
      return emit(element)
    })

  const adopt = (shown: OrderOutcome.Shown): Effect.Effect<void> => {
    const isPast = shown._tag === "Filled" || shown._tag === "Cancelled"
    return Effect.forEach(
      shown.orders,
      // of a pair each has its own end
      (row) => see(row, null, shown.orders.length === 1 ? isPast : !isOrderMoving(row.status)),
      { discard: true }
    )
  }

  return { emit, see, adopt }
}

/** reads the orders once more: the more readings there were, the later */
const readAgain = (heard: Queue.Enqueue<Heard>) => (event: Heard & { readonly _tag: "back" }): Effect.Effect<unknown> =>
  Effect.sync(() => Queue.unsafeOffer(heard, { ...event, readings: event.readings + 1 })).pipe(
    Effect.delay(Duration.seconds(2 ** Math.min(event.readings, doublings))),
    Effect.fork
  )

/** follows a known order until it has ended and its trades are known */
const follow = ({ known, rest }: Needs, life: Life) => {
  const { cid, heard, picture, symbol } = life
  const lookAgain = readAgain(heard)
  const { adopt, emit, see } = recording(life)

  /** false if the query failed, or showed trades that were not known */
  const lookForTrades: Effect.Effect<boolean> = Effect.suspend(() => {
    const before = picture.trades.length
    return Effect.flatMap(
      readTrades(rest, symbol, picture.orders.map(({ id }) => id)),
      (trades) =>
        trades === undefined ? Effect.succeed(false) : Effect.as(
          Effect.forEach(trades, (trade) => Effect.suspend(() => emit(picture.fill(trade, trade.fee !== null))), {
            discard: true
          }),
          trades.length > 0 && picture.trades.length === before && picture.hasFees
        )
    )
  })

  /**
   * Looks up the events of a time without a connection. The venue may show an end late, so an order that has not ended,
   * and that the socket does not show as open, is looked up again.
   */
  const catchUp = (
    cidDate: OrderUnknown["cidDate"],
    event: Heard & { readonly _tag: "back" }
  ): Effect.Effect<void, Failure> =>
    Effect.gen(function*() {
      const ids = life.ids()
      if (ids.length === 0 || event.login !== life.logins()) return
      const rows = yield* readOrders(rest, ids).pipe(
        Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
        Effect.mapError((error) => lost(cid, cidDate, `it could not be looked up: ${error.message}`))
      )
      yield* Effect.forEach(rows, ({ isOver, order }) => see(order, null, isOver), { discard: true })
      if (!picture.hasAll) yield* lookForTrades
      const missing = ids.filter((id) => !picture.hasEnded(id) && !known.orders.has(id))
      if (missing.length === 0) return
      if (event.readings >= enough && !rows.some(({ order }) => missing.includes(order.id))) {
        const reason = `it was placed and is no longer open, but past orders do not show how it ended (${
          missing.join(", ")
        })`
        return yield* Effect.fail(lost(cid, cidDate, reason))
      }
      yield* lookAgain(event)
    })

  const take = (cidDate: OrderUnknown["cidDate"]) => (event: Heard): Effect.Effect<void, Failure> => {
    switch (event._tag) {
      case "order":
        return Effect.zipRight(
          see(event.order, event.by, event.by === "oc"),
          // of a pair: the end of the other order may have come before its name was known
          Effect.suspend(() =>
            picture.isLackingOne ? lookAgain({ _tag: "back", login: life.logins(), readings: 0 }) : Effect.void
          )
        )
      case "trade":
        return Effect.suspend(() => emit(picture.fill(event.trade, event.hasFee)))
      case "past":
        return see(event.order, null, true)
      case "back":
        return catchUp(cidDate, event)
    }
  }

  const until = (cidDate: OrderUnknown["cidDate"], isDone: () => boolean): Effect.Effect<void, Failure> =>
    Effect.suspend(() =>
      isDone() ? Effect.void : Effect.zipRight(Effect.flatMap(Queue.take(heard), take(cidDate)), until(cidDate, isDone))
    )

  const finish = (cidDate: OrderUnknown["cidDate"]): Effect.Effect<void, Failure> =>
    Effect.gen(function*() {
      // trades may come behind the end of their order
      yield* Effect.timeoutOption(until(cidDate, () => picture.hasAll), patience)
      let isComplete = picture.hasAll
      for (let reading = 0; !isComplete && reading < readings; reading++) {
        if (reading > 0) yield* Effect.sleep(pause)
        // two readings that agree count where the rows imply another figure, as after an update of the amount
        const agrees = yield* lookForTrades
        isComplete = picture.hasAll || agrees
      }
      const outcome = OrderOutcome.fromOrders({ cid, open: [], past: picture.orders })
      yield* emit({
        _tag: "OrderEnded",
        // the cast: all of them ended
        outcome: outcome as OrderOutcome.Filled | OrderOutcome.Cancelled,
        trades: picture.trades,
        isComplete
      })
    })

  return {
    emit,
    adopt,
    toTheEnd: (cidDate: OrderUnknown["cidDate"]) =>
      Effect.zipRight(until(cidDate, () => picture.isOver), finish(cidDate))
  }
}

/** submits the order; returns its day if there is a lifecycle to follow */
const begin = (
  { released, resolver, submit }: Needs,
  order: NewOrder,
  life: Life,
  { adopt, emit }: ReturnType<typeof follow>
) => {
  type Day = OrderUnknown["cidDate"]
  const none: Option.Option<Day> = Option.none()
  return submit(order).pipe(
    Effect.flatMap((submitted) => {
      life.learn(submitted.id)
      return Effect.as(emit({ _tag: "Accepted", ...submitted }), Option.some(submitted.cidDate))
    }),
    Effect.catchTag("OutcomeUnknown", (unknown): Effect.Effect<Option.Option<Day>, Failure> =>
      Effect.gen(function*() {
        const outcome = yield* released.before(
          Option.getOrElse(resolver.outcomeOf(unknown), (): Effect.Effect<Outcome> => Effect.never),
          () => unknown
        )
        switch (outcome._tag) {
          case "NeverPlaced":
            return yield* Effect.as(emit(outcome), none)
          case "NotSeen": {
            yield* emit(outcome)
            const late = yield* released.before(resolver.lateOf(unknown), () => unknown)
            if (late === undefined) return none
            return yield* Effect.as(adopt(late), Option.some(late.cidDate))
          }
          case "Placed":
          case "PartiallyFilled":
          case "Filled":
          case "Cancelled":
            return yield* Effect.as(adopt(outcome), Option.some(outcome.cidDate))
          default:
            return yield* Effect.fail(unknown)
        }
      }))
  )
}

export const make = (needs: Needs) => (given: NewOrder): Stream.Stream<OrderLifecycle, Failure> =>
  Stream.unwrapScoped(Effect.gen(function*(): Effect.fn.Return<
    Stream.Stream<OrderLifecycle, Failure>,
    never,
    Scope.Scope
  > {
    const cid = given?.cid === undefined ? yield* Cid.next : given.cid
    const order = { ...given, cid }
    const legs = order.flags?.oco === true ? 2 : 1
    const queue = yield* Queue.unbounded<Heard>()
    const { listener, onPast, ...hearing } = hear(order, needs.known, legs, queue)
    yield* Effect.acquireRelease(
      Effect.sync(() => [needs.session.subscribe(listener), needs.onPast(onPast)]),
      (stops) => Effect.sync(() => stops.forEach((stop) => stop()))
    )
    const out = yield* Pulls.outbox<OrderLifecycle, Failure>()
    const picture = new Picture(legs)
    const life: Life = { ...hearing, cid, symbol: order.symbol, picture, heard: queue, out }
    const following = follow(needs, life)
    const wasReleased = (cidDate: OrderUnknown["cidDate"]) =>
      lost(cid, cidDate, "its layer was released, so it is not followed any longer")
    yield* Effect.flatMap(
      begin(needs, order, life, following),
      Option.match({
        onNone: () => Effect.void,
        onSome: (cidDate) => needs.released.before(following.toTheEnd(cidDate), () => wasReleased(cidDate))
      })
    ).pipe(
      Effect.exit,
      Effect.flatMap((exit) => out.end(exit)),
      Effect.forkScoped
    )
    return out.stream
  }))
