/**
 * Finds the outcome of an order by its `cid`.
 *
 * A `cid` that was made from a clock names one order. A `cid` that the user chose may be used again each day, and a day
 * is a reading of a clock. Which of several orders is the right one, if any, follows from the time at which it was
 * sent, by the venue's clock if that is known.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  InvalidInput,
  type OrderUnknown,
  orderUnknown,
  type PageOverflow,
  type RestReadError
} from "../../BitfinexError.ts"
import * as OrderOutcome from "../../OrderOutcome.ts"
import { orderEndpoints } from "../../protocol/endpoints/Orders.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Pair from "../../protocol/internal/pair.ts"
import * as Inputs from "../../protocol/internal/params.ts"
import * as Request from "../../protocol/internal/request.ts"
import * as Param from "../../protocol/Param.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import * as Clocks from "../time/clock.ts"
import type * as Rest from "./call.ts"
import { accountHistories } from "./histories.ts"
import * as RestMethods from "./methods.ts"
import { readable } from "./readable.ts"
import { refuseUnread } from "./unreadOrders.ts"
import type { VenueTime } from "./venueTime.ts"

/**
 * The question.
 *
 * @internal
 */
export interface Query {
  readonly cid: number
  readonly cidDate: Param.Day
  readonly symbol?: Symbols.TradingSymbol | undefined
  readonly since?: Param.Time | undefined
}

/**
 * When an order was sent.
 *
 * @internal
 */
export interface Sent {
  /** the last time that the venue reported before that, ms; undefined if there was none */
  readonly after: number | undefined
  /** ms of the steady clock between which it was sent */
  readonly from: number
  readonly until: number
  /** ms by the clock of this machine at `from` */
  readonly mts: number
}

const day = 86_400_000

/** how far from its day an order is looked for at first: clocks differ, and a call may have waited to be sent */
const slack = 3_600_000

/** how far the venue's clocks may differ from one another, and the estimate of its time from the true one, ms */
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
  readonly symbol: Symbols.TradingSymbol | undefined
  readonly since: number
  readonly sent: Lost | undefined
}

/** the checked query */
const checked = (query: Query, operation: string): Either.Either<Checked, InvalidInput> =>
  Either.map(Request.checked(operation, row, { ...query }), (args) => {
    // the casts: its parts were checked, and days are written as text
    const { cid, cidDate, since, symbol } = args as unknown as Query
    return {
      cid,
      cidDate: Inputs.cidDate.write(cidDate) as DayText,
      symbol,
      since: since === undefined ? Number.NEGATIVE_INFINITY : Param.toMillis(since),
      sent: undefined
    }
  })

/** the times that are known by now */
interface Times {
  /** the venue's time, or that of this clock if it is not known, ms */
  readonly now: number
  /** an order that was created before is another one, by the venue's time, ms */
  readonly floor: number
  /** no order that was sent can be older; the venue may no longer show older ones. ms */
  readonly earliest: number
  /** whether an order that was created then is the right one */
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
  // a time that was reported before it was sent cannot be later than the sending: such a `Date` was wrong
  const after = sent?.after === undefined
    ? Number.NEGATIVE_INFINITY
    : Math.min(sent.after, now - (clock.steady - sent.from))
  const floor = Math.max(since, after) - margin
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

/**
 * Whether an order without a `cid` can be the right one: by its terms if this client sent it, otherwise by its day and
 * a margin, since accounts may have many orders without a `cid`.
 */
const mayBe = ({ cidDate, sent, symbol }: Checked, { floor }: Times, order: Order): boolean => {
  if (order.mtsCreate < floor || (symbol !== undefined && order.symbol !== symbol)) return false
  if (sent === undefined) {
    const begin = Date.parse(cidDate)
    return order.mtsCreate >= begin - slack && order.mtsCreate < begin + day + slack
  }
  const { gid, side, symbol: of } = sent.terms
  return order.symbol === of && (side === 0 || Math.sign(order.amountOrig) === side)
    && (gid === undefined || order.gid === null || order.gid === gid)
}

/** submissions without an answer that are remembered */
const remembered = 10_000

/** reads open orders, then past ones, of one symbol or of all */
const listsOf = (callOf: Rest.CallOf) => {
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
  return Effect.fnUntraced(
    function*(
      symbol: Symbols.TradingSymbol | undefined,
      bounds: Bounds,
      cid: number,
      isMeant: (row: Order) => boolean
    ) {
      const check = refuseUnread(cid)
      const where = symbol === undefined ? {} : { symbol }
      const which = symbol === undefined ? "all" : "symbol"
      // the casts: the rows of these endpoints are orders
      const open = yield* readable(rows[which](where) as Effect.Effect<ReadonlyArray<Order>, RestReadError>)
      yield* Effect.forEach(open.unread, check, { discard: true })
      const past = yield* (histories[which]({ ...where, ...bounds }, { onUnread: check }) as Stream.Stream<
        Order,
        RestReadError | PageOverflow
      >).pipe(
        Stream.filter(isMeant),
        Stream.runCollect
      )
      return { open: open.rows.filter(isMeant), past: [...past] }
    }
  )
}

/** The terms of a submission by which a row without a `cid` is another order. */
export interface Terms {
  readonly symbol: unknown
  /** sign of the amount; 0 where it is not known */
  readonly side: number
  readonly gid: unknown
}

/** A submission that ended without an answer. */
interface Lost extends Sent {
  readonly terms: Terms
  readonly cidDate: DayText
  /** of the credentials that signed it; undefined when they may have changed meanwhile, or have no nonce */
  readonly generation: number | undefined
  /** ids of orders that this client knew under the cid before */
  readonly others: ReadonlySet<number>
}

/** The submissions that are remembered by `cid`: those that were lost, and the ids of those that were accepted. */
const makeMemory = () => {
  const lost = new Map<number, Lost>()
  const ids = new Map<number, Set<number>>()
  const trim = (all: Map<number, unknown>): void => {
    for (const oldest of all.size > remembered ? all.keys() : []) {
      all.delete(oldest)
      break
    }
  }
  return {
    find: (cid: number, cidDate: DayText): Lost | undefined => {
      const known = lost.get(cid)
      return known?.cidDate === cidDate ? known : undefined
    },
    forget: (cid: number): void => void lost.delete(cid),
    lose: (cid: number, how: Lost): void => {
      lost.set(cid, how)
      trim(lost)
    },
    idsOf: (cid: number): ReadonlySet<number> => new Set(ids.get(cid)),
    accept: (cid: number, id: number): void => {
      // an id of this process names one order anyway
      if (Cid.isIssued(cid)) return
      ids.set(cid, (ids.get(cid) ?? new Set()).add(id))
      trim(ids)
    }
  }
}

/** How a submission goes on. */
export interface Submitting {
  readonly accepted: (ids: ReadonlyArray<number>) => void
  readonly unanswered: () => void
}

interface Identity {
  readonly hasNonce: boolean
  readonly generation: number
}

/**
 * The generation of the credentials that signed the calls in between: `before` and `after` are those that were last
 * read at its beginning and at its end. A generation never returns.
 */
const generationOf = (before: Identity | null, after: Identity | null): number | undefined =>
  after !== null && after.hasNonce && (before?.generation ?? 1) === after.generation ? after.generation : undefined

/** Readings of the orders with the queried `cid`. */
const readingsOf = (lists: ReturnType<typeof listsOf>, asked: Checked, times: () => Times) => {
  const { cid, sent, symbol } = asked
  const unique = Cid.isUnique(cid)

  // not by the venue's filters of cid and day: should they err, the order would seem never to have been placed
  const hasCid = (order: Order): boolean => order.cid === cid && sent?.others.has(order.id) !== true

  /** orders without a readable `cid` that may be the one: while there is any, nothing proves that it is not there */
  const nameless = new Set<number>()
  const isMeantOrNameless = (order: Order): boolean => {
    if (order.cid === null && mayBe(asked, times(), order)) nameless.add(order.id)
    return hasCid(order) || Pair.partnerOf(order) !== null
  }

  const read = Effect.fnUntraced(function*(bounds: Bounds) {
    const seen = yield* lists(symbol, bounds, cid, isMeantOrNameless)
    const { isMeant } = times()
    const counts = (order: Order): boolean => hasCid(order) && (unique || isMeant(order.mtsCreate))
    // the other order of an OCO may have another cid, or none
    const counted = Pair.among([...seen.open, ...seen.past].filter(counts))
    const found = OrderOutcome.fromOrders({
      cid,
      open: seen.open.filter(counted),
      past: seen.past.filter(counted)
    })
    return { found, all: [...seen.open, ...seen.past].filter(hasCid) }
  })

  return { read, nameless }
}

/**
 * Reads open orders, then past ones, so that an order that ends meanwhile is in one of them.
 *
 * The first reading is also the fence of a submission that this client has lost: the venue takes no nonce below the
 * last one of the same key, so a submission that is still in transit can no longer be accepted once a later signed call
 * was. The fence needs the same key: a call after the key was replaced is not a fence, nor is a call with a token. Then
 * two readings prove that there is no such order. The first begins `orderSettle` after the fence: an order that is not
 * among the open ones has ended by then. The second begins `orderSettle` after the end of the first: it shows the
 * orders that have ended. No clock is used for that: an order that has the `cid`, but by its time seems to be another
 * one, leaves the outcome unknown.
 *
 * @internal
 */
export const make = (
  callOf: Rest.CallOf,
  settings: Settings,
  /** the credentials that were last read */
  identity: () => Identity | null,
  venueTime: VenueTime
) => {
  const lists = listsOf(callOf)
  const memory = makeMemory()

  /** to be called before a submission */
  const submitting = (clock: Clock.Clock, cid: number, cidDate: DayText, terms: Terms): Submitting => {
    const [after, from, mts] = [venueTime.heard(), Clocks.steady(clock)(), Clocks.mts(clock)]
    const before = identity()
    const others = memory.idsOf(cid)
    // of two with one cid, an order could be either
    memory.forget(cid)
    return {
      accepted: (ids) => {
        for (const id of ids) memory.accept(cid, id)
      },
      unanswered: () => {
        const until = Clocks.steady(clock)()
        memory.lose(cid, {
          after,
          from,
          until,
          mts,
          cidDate,
          terms,
          others,
          generation: generationOf(before, identity())
        })
      }
    }
  }

  const resolve = Effect.fnUntraced(function*(
    query: Query,
    operation: string
  ): Effect.fn.Return<OrderOutcome.OrderOutcome, RestReadError | PageOverflow | OrderUnknown> {
    const given = yield* checked(query, operation)
    const lost = memory.find(given.cid, given.cidDate)
    const asked: Checked = { ...given, sent: lost }
    const { cid, cidDate } = asked
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
    if (asked.since > now + same) return yield* refuse("since", query.since, "that time is in the future")
    const unknown = (reason: string) =>
      Effect.fail(orderUnknown({ operation, cid, cidDate, mts: null, reason, error: null }))
    const { nameless, read } = readingsOf(lists, asked, times)

    const before = identity()
    const first = yield* read(times().likely)
    if (first.found !== undefined) return first.found
    const isFenced = lost?.generation !== undefined && lost.generation === generationOf(before, identity())
    // wherever it could be: an order outside of its day may be the one, if a clock was wrong
    const floor = asked.since - margin
    const anywhere = unique || floor <= 0 ? {} : { start: floor }
    for (let reading = 1; reading <= 2; reading++) {
      yield* Effect.sleep(settings.account.orderSettle)
      const { all, found } = yield* read(anywhere)
      if (found !== undefined) return found
      const other = all.find(({ mtsCreate }) => mtsCreate >= floor)
      if (other !== undefined) {
        return yield* unknown(
          `there is an order with this cid (id ${other.id}), but its day is ${Cid.dayOf(other.mtsCreate)}:`
            + " a clock was wrong, or it is another one. Check it, or give `since`, a time before which yours was not sent"
        )
      }
    }
    if (nameless.size > 0) {
      return yield* unknown(
        `the venue shows orders without a cid, and one of them may be this order (${[...nameless].join(", ")})`
      )
    }
    const end = times()
    if (end.now - end.earliest > reach) {
      return yield* unknown("past orders are shown for two weeks only, and it may be older")
    }
    return { _tag: isFenced ? "NeverPlaced" : "NotSeen", cid, cidDate }
  })

  return { resolve, submitting }
}
