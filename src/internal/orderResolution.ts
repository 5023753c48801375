/**
 * Finds out what became of an order, by its `cid`.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Settings } from "../BitfinexConfig.ts"
import { InvalidInput, type OrderUnknown, orderUnknown, type PageOverflow, type RestError } from "../BitfinexError.ts"
import { orderEndpoints } from "../endpoints/Orders.ts"
import * as OrderOutcome from "../OrderOutcome.ts"
import * as Param from "../Param.ts"
import type { Order } from "../records/Order.ts"
import type * as Symbols from "../Symbols.ts"
import * as Cid from "./cid.ts"
import { accountHistories } from "./histories.ts"
import * as Inputs from "./inputs.ts"
import * as Request from "./request.ts"
import type * as Rest from "./rest.ts"
import * as RestMethods from "./restMethods.ts"

/**
 * What is asked.
 *
 * @internal
 */
export interface Query {
  readonly cid: number
  readonly cidDate: Param.Day
  readonly symbol?: Symbols.Trading | undefined
}

const day = 86_400_000

/** how far the clock of this machine and the venue's may differ, and how long a call may have waited to be sent */
const slack = 3_600_000

/** the manual: two weeks */
const reach = 14 * day

type DayText = Extract<Param.Day, string>

const row = {
  params: { cid: Inputs.cid, cidDate: Inputs.cidDate, symbol: Param.optional(Param.trading) },
  check: () => undefined
}

/** the query as it was checked, whatever came in its place */
const checked = (
  query: Query,
  operation: string
): Either.Either<Query & { readonly cidDate: DayText }, InvalidInput> =>
  Either.map(Request.checked(operation, row, { ...query }), (args) => {
    // the casts: its parts were checked, and days are written as text
    const { cid, cidDate, symbol } = args as unknown as Query
    return { cid, cidDate: Inputs.cidDate.write(cidDate) as DayText, symbol }
  })

/**
 * Looks through open orders, then past ones, so that an order that ends meanwhile is in one of them. Twice, `orderSettle`
 * apart, before it answers that there is none.
 *
 * The first look also shuts the door: the venue takes no nonce below the last one that it saw, so a submission that is
 * still on its way cannot be accepted any more once a later signed call was. A token has no nonce; then only time tells.
 *
 * @internal
 */
export const make = (callOf: Rest.CallOf, settings: Settings, hasNonce: boolean) => {
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
  const settle = Duration.sum(settings.orderSettle, hasNonce ? Duration.zero : settings.requestTimeout)

  return Effect.fnUntraced(function*(
    query: Query,
    operation: string
  ): Effect.fn.Return<OrderOutcome.OrderOutcome, RestError | PageOverflow | OrderUnknown> {
    const { cid, cidDate, symbol } = yield* checked(query, operation)
    const begin = Date.parse(cidDate)
    // the first day of a TestClock has none before it
    const [from, to] = [Math.max(0, begin - slack), begin + day + slack]
    const now = yield* Clock.currentTimeMillis
    if (from > now) {
      const reason = "that day has not begun yet, in UTC"
      return yield* Effect.fail(new InvalidInput({ operation, field: "cidDate", value: cidDate, reason }))
    }
    const unknown = (reason: string) =>
      Effect.fail(orderUnknown({ operation, cid, cidDate, mts: null, reason, error: null }))

    const where = symbol === undefined ? {} : { symbol }
    const which = symbol === undefined ? "all" : "symbol"
    const unique = Cid.isClock(cid)
    // Not by the venue's filters of cid and day: should they err, the order would seem never to have been placed.
    // Nor by the day alone: the venue's clock is not ours, and an order from our future proves that ours is wrong
    const ours = (order: Order): boolean =>
      order.cid === cid
      && (unique || (order.mtsCreate >= from && order.mtsCreate <= to) || order.mtsCreate > now + slack)

    const look = Effect.fnUntraced(function*(bounds: { readonly start?: number; readonly end?: number }) {
      // the casts: the rows of these endpoints are orders
      const open = (yield* rows[which](where)) as ReadonlyArray<Order>
      const past = yield* (histories[which]({ ...where, ...bounds }) as Stream.Stream<
        Order,
        RestError | PageOverflow
      >).pipe(
        Stream.filter(ours),
        Stream.runCollect
      )
      return { open: open.filter(ours), past: [...past] }
    })

    for (const last of [false, true]) {
      // where it should be, then wherever it could be
      const seen = yield* look(!last ? { start: from, end: to } : unique ? {} : { start: from })
      const all = [...seen.open, ...seen.past]
      if (all.length > 0) {
        const within = (order: Order): boolean => order.mtsCreate >= begin && order.mtsCreate < begin + day
        // one that was made near midnight, by whichever clock; a small cid may be that of the day beside
        if (!unique && !all.some(within)) {
          return yield* unknown(`there is an order with this cid, but its day is ${Cid.dayOf(all[0]!.mtsCreate)}`)
        }
        const counts = (order: Order): boolean => unique || within(order)
        return OrderOutcome.fromOrders({
          cid,
          cidDate,
          open: seen.open.filter(counts),
          past: seen.past.filter(counts)
        })!
      }
      if (!last) yield* Effect.sleep(settle)
    }
    if (now - from > reach) return yield* unknown("past orders are shown for two weeks only, and it is older")
    return { _tag: "NeverPlaced", cid, cidDate }
  })
}
