/**
 * What became of commands whose outcome was unknown, found out once the account can be asked again. Nothing is ever sent
 * again.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { OrderUnknown, OutcomeUnknown, PageOverflow, RestError } from "../../BitfinexError.ts"
import type { Outcome, Resolution, Unresolvable } from "../../Command.ts"
import * as Decimal from "../../protocol/Decimal.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import * as Session from "../account/session.ts"
import * as OrderResolution from "../rest/orderLookup.ts"
import * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as Metrics from "./metrics.ts"
import type { Unresolved } from "./pending.ts"
import * as Rules from "./rules/order.ts"

type LookError = RestError | PageOverflow | OrderUnknown

/** a single look: undefined when another one, later, may say more */
type Look = (isLast: boolean, unresolved: Unresolved) => Effect.Effect<Outcome | undefined, LookError>

export interface Resolver {
  readonly resolutions: Stream.Stream<Resolution>
  /** what became of it, when that is known; none for what nobody finds out */
  readonly outcomeOf: (unknown: OutcomeUnknown) => Option.Option<Effect.Effect<Outcome>>
  /** outcomes that are being found out */
  readonly pending: () => ReadonlyArray<OutcomeUnknown>
  /** each is given the arguments of a command, and what was open when it was sent */
  readonly submission: (args: AnyArgs) => OnUnknown
  readonly update: (args: AnyArgs) => OnUnknown
  readonly cancellation: (args: AnyArgs) => OnUnknown
  readonly cancellations: (args: AnyArgs) => OnUnknown
  readonly offer: (args: AnyArgs) => OnUnknown
  readonly offerCancellation: (args: AnyArgs) => OnUnknown
}

type OnUnknown = (known: Rules.Known) => (unresolved: Unresolved) => void

/** how long the next login is awaited before REST is asked without it */
const patience = Duration.seconds(30)

/** by how much an offer may be older or younger than its command, by two clocks, and still be the one, ms */
const [before, after] = [60_000, 600_000]

/** how far the venue's clocks may differ from one another, ms */
const margin = 60_000

/** past offers in one reply, at most */
const offersShown = 500

const retry = Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")), Schedule.jittered)

const unresolvable = (
  reason: string,
  orders: ReadonlyArray<Order> = [],
  offers: ReadonlyArray<FundingOffer> = []
): Unresolvable => ({ _tag: "Unresolvable", reason, orders, offers })

export const make = Effect.fnUntraced(function*(
  session: Session.Session,
  rest: RestAuthClient.Service
): Effect.fn.Return<Resolver, never, Scope.Scope> {
  const { settings } = session
  const clock = yield* Effect.clock
  const steady = Clocks.steady(clock)
  const scope = yield* Effect.scope
  const queue = yield* Queue.unbounded<Effect.Effect<void>>()
  const hub = Hub.make<Resolution>({ capacity: 1024 })
  const outcomes = new WeakMap<OutcomeUnknown, Deferred.Deferred<Outcome>>()
  const pending = new Set<OutcomeUnknown>()

  const live: Effect.Effect<void> = Later.callback<void>((resume) => {
    if (session.state.get().isLive) return resume(Effect.void)
    const stop = session.listen({ ...Session.deaf, onLive: () => resume(Effect.void) })
    return Effect.sync(stop)
  }).pipe(Effect.timeoutOption(patience), Effect.asVoid)

  const find = (look: Look, unresolved: Unresolved): Effect.Effect<Outcome, LookError> =>
    Effect.gen(function*() {
      const first = yield* look(false, unresolved)
      if (first !== undefined) return first
      yield* Effect.sleep(settings.orderSettle)
      const last = yield* look(true, unresolved)
      return last ?? unresolvable("the venue shows neither the one nor the other")
    })

  const start = (look: Look) => (unresolved: Unresolved): void => {
    const { forget, unknown } = unresolved
    const outcome = Later.deferred<Outcome>()
    outcomes.set(unknown, outcome)
    pending.add(unknown)
    const resolve = Effect.gen(function*() {
      yield* live
      const found = yield* find(look, unresolved).pipe(
        Effect.retry({ schedule: retry, while: (error) => error.isRetryable }),
        Effect.catchAll((error) => Effect.succeed(unresolvable(error.message)))
      )
      pending.delete(unknown)
      forget()
      yield* Metrics.resolution(found._tag)
      yield* (found._tag === "Unresolvable" ? Effect.logWarning : Effect.logInfo)(
        `${unknown.message} It was found out: ${found._tag}${found._tag === "Unresolvable" ? `, ${found.reason}` : ""}`
      )
      Later.done(outcome, Effect.succeed(found))
      hub.publish({ unknown, outcome: found })
    }).pipe(
      Effect.onInterrupt(() => Effect.logWarning(`${unknown.message} Nobody looks any more, since the program ends`))
    )
    Queue.unsafeOffer(queue, resolve)
  }

  // the listener of the socket cannot fork
  yield* Queue.take(queue).pipe(
    Effect.flatMap((resolve) => Effect.forkIn(resolve, scope)),
    Effect.forever,
    Effect.forkIn(scope)
  )

  // --- orders --------------------------------------------------------------------------------------------------------

  const historyOf = (ids: ReadonlyArray<number>) =>
    ids.length === 0 ? Effect.succeed<ReadonlyArray<Order>>([]) : rest.ordersHistory({ id: ids })

  const submission: Resolver["submission"] = (args) => (known) => {
    // by the time of day alone, an order could be taken for another with its cid, or be missed
    const at = steady()
    const heard = known.seen()
    const mts = Clocks.mts(clock)
    const when = { after: heard > 0 ? heard : undefined, from: at, until: at, mts }
    // the look itself looks twice
    return start((_, { late, sent }) =>
      Effect.suspend((): Effect.Effect<Outcome | undefined, LookError> => {
        const cidDate = Cid.dayOf(sent)
        // the casts: the arguments were checked
        const [cid, symbol] = [args["cid"] as number, args["symbol"] as Symbols.Trading]
        if (late()?._tag === "Refused") return Effect.succeed({ _tag: "NeverPlaced", cid, cidDate })
        const query = OrderResolution.withSent({ cid, cidDate, symbol }, when)
        return Effect.map(rest.resolveOrder(query), (outcome) =>
          // the answer came while we looked, and says otherwise
          outcome._tag === "NeverPlaced" && late()?._tag === "Accepted" ? undefined : outcome)
      })
    )
  }

  /** the order that a command names, as it is now: open, or past */
  const lookUp = (args: AnyArgs, before: Order | undefined) =>
    Effect.gen(function*() {
      const { cid, cidDate } = args
      // the cast: the arguments were checked
      const id = (args["id"] as number | undefined) ?? before?.id
      if (id !== undefined) {
        const open = (yield* rest.activeOrders({ id: [id] })).find((row) => row.id === id)
        return open === undefined
          ? { open, past: (yield* historyOf([id])).find((row) => row.id === id) }
          : { open, past: undefined }
      }
      const isOurs = (row: Order) => row.cid === cid && Cid.dayOf(row.mtsCreate) === cidDate
      const open = (yield* rest.activeOrders()).find(isOurs)
      if (open !== undefined) return { open, past: undefined }
      const from = Date.parse(String(cidDate))
      const past = yield* rest.ordersHistory({ start: from, end: from + 86_400_000 - 1, limit: 2500 })
      return { open, past: past.find(isOurs) }
    })

  const update: Resolver["update"] = (args) => (known) => {
    const before = Rules.orderOf(args, known)
    const has = Rules.hasTerms(args, before)
    const hadAll = before === undefined ? undefined : has(before)
    return start((isLast, { late }) =>
      Effect.map(lookUp(args, before), ({ open, past }): Outcome | undefined => {
        const order = open ?? past
        if (order === undefined) return isLast ? unresolvable("the venue shows no such order") : undefined
        const now = has(order)
        const answer = late()?._tag
        if (answer === "Accepted" || (now === true && (hadAll === false || Rules.isVisible(args)))) {
          return { _tag: "Updated", order }
        }
        // until then, an update that is on its way may still come
        if (!isLast && past === undefined) return undefined
        return answer === "Refused" || now === false
          ? { _tag: "NotUpdated", order }
          : unresolvable("the order does not show whether it was changed", [order])
      })
    )
  }

  const cancellation: Resolver["cancellation"] = (args) => (known) => {
    const before = Rules.orderOf(args, known)
    return start((isLast) =>
      Effect.map(lookUp(args, before), ({ open, past }): Outcome | undefined =>
        past !== undefined
          ? { _tag: "OrdersEnded", ended: [past] }
          : !isLast
          ? undefined
          : open !== undefined
          ? { _tag: "OrdersOpen", open: [open], ended: [] }
          : unresolvable("the venue shows no such order"))
    )
  }

  const cancellations: Resolver["cancellations"] = (args) => (known) => {
    const isMeant = Rules.selects(args)
    const before = new Set([...known.orders.values()].filter(isMeant).map(({ id }) => id))
    const ids = new Set([...before, ...(args["id"] as ReadonlyArray<number> | undefined ?? [])]) // checked
    const seen = known.seen()
    return start((isLast) =>
      Effect.gen(function*() {
        // orders that came after the command are not meant by it
        const open = (yield* rest.activeOrders()).filter((row) =>
          isMeant(row) && (ids.has(row.id) || row.mtsCreate <= seen)
        )
        if (open.length > 0 && !isLast) return undefined
        const isOpen = new Set(open.map(({ id }) => id))
        const ended = yield* historyOf([...ids].filter((id) => !isOpen.has(id)))
        return open.length > 0 ? { _tag: "OrdersOpen", open, ended } : { _tag: "OrdersEnded", ended }
      })
    )
  }

  // --- offers --------------------------------------------------------------------------------------------------------

  const number = (value: unknown): number => Number(Option.getOrElse(Decimal.print(value), () => "NaN"))

  const offer: Resolver["offer"] = (args) => (known) => {
    const { period, type } = args
    const symbol = args["symbol"] as Symbols.Funding // checked
    const [amount, rate] = [number(args["amount"]), number(args["rate"])]
    const others = new Set([...known.offers.keys(), ...known.claimed])
    const seen = known.seen()
    return start((isLast, { late, sent }) =>
      Effect.gen(function*() {
        const answer = late()
        if (answer?._tag === "Refused") return { _tag: "OfferNeverPlaced" }
        // what the venue told of before, by its own clock, is another offer
        const isNew = (row: FundingOffer): boolean => !others.has(row.id) && row.mtsCreated >= seen
        const isOurs = (row: FundingOffer): boolean =>
          row.amountOrig === amount && row.rate === rate && row.period === period
          && (row.type === null || row.type === type) && isNew(row)
        // whether the venue gives terms back as they were sent is not documented, and its clocks may differ
        const mayBe = (row: FundingOffer): boolean =>
          row.period === period && Math.sign(row.amountOrig) === Math.sign(amount)
          && !others.has(row.id) && row.mtsCreated >= seen - margin
        const open = yield* rest.fundingOffers({ symbol })
        // bounds compare with a time that the manual does not name
        const past = yield* rest.fundingOffersHistory({ symbol, limit: offersShown })
        const found = new Map([...open, ...past].filter(isOurs).map((row) => [row.id, row]))
        const all = [...found.values()]
        const [only, second] = all
        if (only === undefined) {
          if (!isLast) return undefined
          const alike = [...new Map([...open, ...past].filter(mayBe).map((row) => [row.id, row])).values()]
          if (alike.length > 0) {
            return unresolvable("offers have no name of ours, and these may be meant", [], alike)
          }
          return past.length >= offersShown && past.every((row) => row.mtsUpdated >= seen - margin)
            ? unresolvable("more offers ended since than the venue shows at once")
            : { _tag: "OfferNeverPlaced" }
        }
        const age = only.mtsCreated - sent
        if (second === undefined && !known.claimed.has(only.id) && age > -before && age < after) {
          known.claimed.add(only.id)
          return { _tag: "OfferPlaced", offer: only }
        }
        return isLast ? unresolvable("offers have no name of ours, and these may be meant", [], all) : undefined
      })
    )
  }

  const offerCancellation: Resolver["offerCancellation"] = ({ id }) => (known) => {
    const before = known.offers.get(id as number) // checked
    return start((isLast) =>
      Effect.gen(function*() {
        const byId = (row: FundingOffer) => row.id === id
        const open = (yield* rest.fundingOffers()).find(byId)
        if (open !== undefined) return isLast ? { _tag: "OfferOpen", offer: open } : undefined
        // the cast: symbols of offers are those of funding
        const where = before === undefined ? {} : { symbol: before.symbol as Symbols.Funding }
        const past = (yield* rest.fundingOffersHistory({ ...where, limit: 500 })).find(byId)
        if (past !== undefined) return { _tag: "OfferEnded", offer: past }
        return isLast ? unresolvable("the venue shows no such offer") : undefined
      })
    )
  }

  return {
    resolutions: hub.stream(),
    outcomeOf: (unknown) =>
      // within a span, Effect fails with a shell around the error
      Option.map(Option.fromNullable(outcomes.get(Cause.originalError(unknown))), Deferred.await),
    pending: () => Array.from(pending),
    submission,
    update,
    cancellation,
    cancellations,
    offer,
    offerCancellation
  } satisfies Resolver as Resolver
})
