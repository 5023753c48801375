/**
 * Finds out what became of an order, by its `cid`.
 *
 * A `cid` that a clock made names one order. One of the user's own may be used again each day, and a day is a reading of
 * a clock: which of several orders is meant, and whether one of them is, follows from when it was sent by the venue's
 * time, where that is known.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  InvalidInput,
  type OrderUnknown,
  orderUnknown,
  type PageOverflow,
  type RestError
} from "../../BitfinexError.ts"
import * as OrderOutcome from "../../OrderOutcome.ts"
import { orderEndpoints } from "../../protocol/endpoints/Orders.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Inputs from "../../protocol/internal/params.ts"
import * as Request from "../../protocol/internal/request.ts"
import * as Param from "../../protocol/Param.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import * as Clocks from "../time/clock.ts"
import type * as Rest from "./call.ts"
import { accountHistories } from "./histories.ts"
import * as RestMethods from "./methods.ts"
import type { VenueTime } from "./venueTime.ts"

/**
 * What is asked.
 *
 * @internal
 */
export interface Query {
  readonly cid: number
  readonly cidDate: Param.Day
  readonly symbol?: Symbols.Trading | undefined
  readonly since?: Param.Time | undefined
}

/**
 * When an order was sent.
 *
 * @internal
 */
export interface Sent {
  /** the venue's time that was heard last before that, ms; undefined when none was */
  readonly after: number | undefined
  /** ms of the steady clock between which it was sent */
  readonly from: number
  readonly until: number
  /** ms by the clock of this machine at `from` */
  readonly mts: number
}

const sentKey: unique symbol = Symbol.for("effect-bitfinex/OrderResolution/sent")

/**
 * A query that knows when the order was sent. Under a symbol, since it is no parameter of users: what it says of the
 * steady clock has a meaning in this process only.
 *
 * @internal
 */
export const withSent = (query: Query, sent: Sent): Query => Object.assign({ ...query }, { [sentKey]: sent })

const day = 86_400_000

/** how far from its day an order is looked for at first: clocks differ, and a call may have waited to be sent */
const slack = 3_600_000

/** how far the venue's clocks may differ from one another, and what is computed of its time from what it is, ms */
const margin = 300_000

/** by how much this clock and the venue's may differ and yet be taken to agree: a reply takes its time, ms */
const same = 60_000

/** by how much a day may be wrong that nothing else is known of, as local time taken for UTC is, ms */
const doubt = 2 * day

/** the manual: two weeks */
const reach = 14 * day

type DayText = Extract<Param.Day, string>

const row = {
  params: {
    cid: Inputs.cid,
    cidDate: Inputs.cidDate,
    symbol: Param.optional(Param.trading),
    since: Param.optional(Param.time)
  },
  check: () => undefined
}

interface Checked {
  readonly cid: number
  readonly cidDate: DayText
  readonly symbol: Symbols.Trading | undefined
  readonly since: number
  readonly sent: Sent | undefined
}

/** the query as it was checked, whatever came in its place */
const checked = (query: Query, operation: string): Either.Either<Checked, InvalidInput> =>
  Either.map(Request.checked(operation, row, { ...query }), (args) => {
    // the casts: its parts were checked, and days are written as text
    const { cid, cidDate, since, symbol } = args as unknown as Query
    return {
      cid,
      cidDate: Inputs.cidDate.write(cidDate) as DayText,
      symbol,
      since: since === undefined ? Number.NEGATIVE_INFINITY : Param.toMillis(since),
      sent: (query as { readonly [sentKey]?: Sent })[sentKey]
    }
  })

/** what is known of the times by now */
interface Times {
  /** the venue's time, or what this clock says where that is not known, ms */
  readonly now: number
  /** an order that was created before is another one, by the venue's time, ms */
  readonly floor: number
  /** no order that was sent can be older: what is older need not be shown any more, ms */
  readonly earliest: number
  /** whether an order that was created then is the one that is meant */
  readonly isMeant: (mtsCreate: number) => boolean
  /** where it should be */
  readonly likely: Bounds
}

interface Bounds {
  readonly start?: number
  readonly end?: number
}

// the first day of a TestClock has none before it
const before = (mts: number): number => Math.max(0, mts - slack)

const timesOf = (
  { cidDate, sent, since }: Checked,
  clock: { readonly wall: number; readonly steady: number; readonly venue: number | undefined }
): Times => {
  const begin = Date.parse(cidDate)
  const now = clock.venue ?? clock.wall
  const floor = Math.max(since, sent?.after ?? Number.NEGATIVE_INFINITY) - margin
  const byDay = { start: before(begin), end: begin + day + slack }
  if (sent === undefined) {
    // the day is a reading of a clock: where it is known to be wrong now, the day has to fit by either
    const wrong = clock.wall - now
    const days = Math.abs(wrong) <= same ? [begin] : [begin, begin - wrong]
    return {
      now,
      floor,
      earliest: Math.max(floor, begin - doubt),
      isMeant: (mts) => mts >= floor && days.every((from) => mts >= from && mts < from + day),
      likely: byDay
    }
  }
  // the steady clock stands still while the machine sleeps, and the other one may be set: the longer time is the safe one
  const age = Math.max(clock.steady - sent.from, clock.wall - sent.mts)
  const [from, until] = [now - (clock.steady - sent.from) - margin, now - (clock.steady - sent.until) + margin]
  const isKnown = clock.venue !== undefined
  return {
    now,
    floor,
    earliest: Math.max(floor, now - age - margin),
    // without the venue's time, its day is all there is
    isMeant: (mts) => mts >= floor && (isKnown ? mts >= from && mts <= until : mts >= begin && mts < begin + day),
    likely: isKnown ? { start: before(from) } : byDay
  }
}

/** submissions without an answer that are remembered */
const remembered = 10_000

/**
 * Looks through open orders, then past ones, so that an order that ends meanwhile is in one of them. Twice, `orderSettle`
 * apart, before it answers that there is none.
 *
 * The first look also shuts the door: the venue takes no nonce below the last one that it saw, so a submission that is
 * still on its way cannot be accepted any more once a later signed call was. A token has no nonce; then only time tells.
 *
 * @internal
 */
export const make = (callOf: Rest.CallOf, settings: Settings, hasNonce: () => boolean, venueTime: VenueTime) => {
  const rows = {
    all: callOf(orderEndpoints.activeOrders),
    symbol: callOf(orderEndpoints.activeOrdersBySymbol)
  }
  const histories = {
    all: RestMethods.stream(accountHistories.ordersHistoryStream, callOf(orderEndpoints.ordersHistory)),
    symbol: RestMethods.stream(
      accountHistories.ordersHistoryBySymbolStream,
      callOf(orderEndpoints.ordersHistoryBySymbol)
    )
  }
  /** credentials may change from a key to a token */
  const settle = () => Duration.sum(settings.orderSettle, hasNonce() ? Duration.zero : settings.requestTimeout)

  /** submissions without an answer, by `cid` */
  const lost = new Map<number, Sent & { readonly cidDate: DayText }>()

  /** Before a submission; what it gives is to be done when that has ended without an answer. */
  const submitting = (clock: Clock.Clock, cid: number, cidDate: DayText): () => void => {
    const [after, from, mts] = [venueTime.heard(), Clocks.steady(clock)(), Clocks.mts(clock)]
    // of two with one cid, nobody could tell which of them an order is
    lost.delete(cid)
    return () => {
      lost.set(cid, { after, from, until: Clocks.steady(clock)(), mts, cidDate })
      for (const oldest of lost.size > remembered ? lost.keys() : []) {
        lost.delete(oldest)
        break
      }
    }
  }

  const sentOf = ({ cid, cidDate, sent }: Checked): Sent | undefined => {
    const known = lost.get(cid)
    return sent ?? (known?.cidDate === cidDate ? known : undefined)
  }

  const resolve = Effect.fnUntraced(function*(
    query: Query,
    operation: string
  ): Effect.fn.Return<OrderOutcome.OrderOutcome, RestError | PageOverflow | OrderUnknown> {
    const given = yield* checked(query, operation)
    const asked: Checked = { ...given, sent: sentOf(given) }
    const { cid, cidDate, symbol } = asked
    const clock = yield* Effect.clock
    const times = (): Times => {
      const steady = Clocks.steady(clock)()
      return timesOf(asked, { wall: Clocks.mts(clock), steady, venue: venueTime.at(steady) })
    }
    const unique = Cid.isUnique(cid)
    const { now } = times()
    const refuse = (field: string, value: unknown, reason: string) =>
      Effect.fail(new InvalidInput({ operation, field, value, reason }))
    if (!unique && asked.sent === undefined && Date.parse(cidDate) - doubt > now) {
      return yield* refuse("cidDate", cidDate, "that day has not begun yet, in UTC")
    }
    // it would make another order of each
    if (asked.since > now + same) return yield* refuse("since", query.since, "that time has not come yet")
    const unknown = (reason: string) =>
      Effect.fail(orderUnknown({ operation, cid, cidDate, mts: null, reason, error: null }))

    const where = symbol === undefined ? {} : { symbol }
    const which = symbol === undefined ? "all" : "symbol"
    // not by the venue's filters of cid and day: should they err, the order would seem never to have been placed
    const hasCid = (order: Order): boolean => order.cid === cid

    const look = Effect.fnUntraced(function*(bounds: Bounds) {
      // the casts: the rows of these endpoints are orders
      const open = (yield* rows[which](where)) as ReadonlyArray<Order>
      const past = yield* (histories[which]({ ...where, ...bounds }) as Stream.Stream<
        Order,
        RestError | PageOverflow
      >).pipe(
        Stream.filter(hasCid),
        Stream.runCollect
      )
      return { open: open.filter(hasCid), past: [...past] }
    })

    for (const last of [false, true]) {
      const { floor, likely } = times()
      // wherever it could be: what lies outside of its day may be the order, if a clock was wrong
      const anywhere = unique || floor <= 0 ? {} : { start: floor }
      const seen = yield* look(last ? anywhere : likely)
      const { isMeant } = times()
      const counts = ({ mtsCreate }: Order): boolean => unique || isMeant(mtsCreate)
      const found = OrderOutcome.fromOrders({
        cid,
        cidDate,
        open: seen.open.filter(counts),
        past: seen.past.filter(counts)
      })
      if (found !== undefined) return found
      const other = [...seen.open, ...seen.past].find(({ mtsCreate }) => mtsCreate >= floor)
      if (last && other !== undefined) {
        return yield* unknown(
          `there is an order with this cid (id ${other.id}), but its day is ${Cid.dayOf(other.mtsCreate)}:`
            + " a clock was wrong, or it is another one. Look at it, or ask with `since` if you know by when it cannot be"
        )
      }
      if (!last) yield* Effect.sleep(settle())
    }
    const end = times()
    if (end.now - end.earliest > reach) {
      return yield* unknown("past orders are shown for two weeks only, and it may be older")
    }
    return { _tag: "NeverPlaced", cid, cidDate }
  })

  return { resolve, submitting }
}
