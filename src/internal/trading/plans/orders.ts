/**
 * How unknown outcomes of changes and cancellations of orders are resolved.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../../Command.ts"
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import * as Cid from "../../../protocol/internal/cid.ts"
import type { Order, OrderNotice } from "../../../protocol/records/Order.ts"
import type { LookupError, Plan } from "../operation.ts"
import { unresolvable } from "../resolution.ts"
import * as Rules from "../rules/order.ts"
import type { Known } from "../rules/rule.ts"
import type { Needs } from "./needs.ts"
import { isFinal, untilProven } from "./reading.ts"

/** An order as the venue shows it. */
interface Place {
  readonly isPast: boolean
  readonly order: Order
  /** all orders under the same cid and day, where the command names these and more than one is shown */
  readonly alike: ReadonlyArray<Order>
}

const historyOf = ({ rest }: Needs, ids: ReadonlyArray<number>) =>
  ids.length === 0 ? Effect.succeed<ReadonlyArray<Order>>([]) : rest.ordersHistory({ id: ids })

/** the order that a command names, as it is now: open, or past */
const lookUp = (
  needs: Needs,
  args: AnyArgs,
  before: Order | undefined
): Effect.Effect<Place | undefined, LookupError> =>
  Effect.gen(function*() {
    const { cid, cidDate } = args
    const placed = (order: Order | undefined, isPast: boolean, alike: ReadonlyArray<Order> = []): Place | undefined =>
      order === undefined ? undefined : { isPast, order, alike }
    // the cast: the arguments were checked
    const id = (args["id"] as number | undefined) ?? before?.id
    if (id !== undefined) {
      const open = (yield* needs.rest.activeOrders({ id: [id] })).find((row) => row.id === id)
      return placed(open, false) ?? placed((yield* historyOf(needs, [id])).find((row) => row.id === id), true)
    }
    const isOurs = (row: Order) => row.cid === cid && Cid.dayOf(row.mtsCreate) === cidDate
    const open = (yield* needs.rest.activeOrders()).filter(isOurs)
    const from = Date.parse(String(cidDate))
    const past = (yield* needs.rest.ordersHistory({ start: from, end: from + 86_400_000 - 1, limit: 2500 })).filter(
      isOurs
    )
    const all = [...new Map([...open, ...past].map((row) => [row.id, row])).values()]
    return placed(open[0] ?? past[0], open.length === 0, all.length > 1 ? all : [])
  })

const none = unresolvable("the venue shows no such order")

export const update = (needs: Needs) => (args: AnyArgs) => (known: Known): Plan<OrderNotice> => {
  const before = Rules.orderOf(args, known)
  const has = Rules.hasTerms(args, before)
  const hadAll = before === undefined ? undefined : has(before)
  const look = lookUp(needs, args, before)
  const isUpdated = (order: Order): boolean => has(order) === true && (hadAll === false || Rules.isVisible(args))
  const unclear = (order: Order): Outcome => unresolvable("the order does not show whether it was changed", [order])
  const unchanged = (order: Order, isFinal: boolean): Outcome =>
    has(order) === false ? { _tag: "NotUpdated", isFinal, order } : unclear(order)
  return {
    probe: Effect.map(
      look,
      (place) => place !== undefined && place.alike.length === 0 && isUpdated(place.order) ? place.order : undefined
    ),
    resolve: (unresolved) =>
      Effect.gen(function*() {
        // once it has ended, or shows the terms, nothing can change it any more
        const final = Effect.map(look, (place): Outcome | undefined =>
          place === undefined || place.alike.length > 0
            ? undefined
            : isUpdated(place.order)
            ? { _tag: "Updated", order: place.order }
            : place.isPast
            ? unchanged(place.order, true)
            : undefined)
        const absence = yield* untilProven(final, unresolved, { ...needs, settle: needs.settings.account.orderSettle })
        if (absence._tag === "Found") return absence.value
        const place = yield* look
        if (place === undefined) return none
        const { order } = place
        if (place.alike.length > 0) return unresolvable("several orders have this cid", place.alike)
        if (absence._tag === "Answered") {
          return unresolved.late()?._tag === "Accepted"
            ? { _tag: "Updated", order }
            : { _tag: "NotUpdated", isFinal: true, order }
        }
        return unchanged(order, absence._tag === "Absent")
      })
  }
}

export const cancellation = (needs: Needs) => (args: AnyArgs) => (known: Known): Plan<OrderNotice> => {
  const look = lookUp(needs, args, Rules.orderOf(args, known))
  const past = Effect.map(look, (place) => place?.isPast === true ? place.order : undefined)
  return {
    probe: past,
    resolve: (unresolved) =>
      Effect.gen(function*() {
        const absence = yield* untilProven(past, unresolved, { ...needs, settle: needs.settings.account.orderSettle })
        if (absence._tag === "Found") return { _tag: "OrdersEnded", ended: [absence.value] }
        const place = yield* look
        if (place === undefined) return none
        const { isPast, order } = place
        if (isPast) return { _tag: "OrdersEnded", ended: [order] }
        return { _tag: "OrdersOpen", isFinal: isFinal(absence, unresolved), open: [order], ended: [] }
      })
  }
}

export const cancellations = (needs: Needs) => (args: AnyArgs) => (known: Known): Plan<ReadonlyArray<OrderNotice>> => {
  const isMeant = Rules.selects(args)
  const before = [...known.orders.values()].filter(isMeant).map(({ id }) => id)
  const ids = new Set([...before, ...(args["id"] as ReadonlyArray<number> | undefined ?? [])]) // checked
  const seen = known.seen()
  // the command does not concern orders that were placed after it
  const stillOpen = Effect.map(
    needs.rest.activeOrders(),
    (rows) => rows.filter((row) => isMeant(row) && (ids.has(row.id) || row.mtsCreate <= seen))
  )
  const endedBut = (open: ReadonlyArray<Order>) => {
    const isOpen = new Set(open.map(({ id }) => id))
    return historyOf(needs, [...ids].filter((id) => !isOpen.has(id)))
  }
  return {
    resolve: (unresolved) =>
      Effect.gen(function*() {
        const none = Effect.flatMap(stillOpen, (open) => open.length > 0 ? Effect.succeed(undefined) : endedBut(open))
        const absence = yield* untilProven(none, unresolved, { ...needs, settle: needs.settings.account.orderSettle })
        if (absence._tag === "Found") return { _tag: "OrdersEnded", ended: absence.value }
        const open = yield* stillOpen
        const ended = yield* endedBut(open)
        if (open.length === 0) return { _tag: "OrdersEnded", ended }
        return { _tag: "OrdersOpen", isFinal: isFinal(absence, unresolved), open, ended }
      })
  }
}
