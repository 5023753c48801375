/**
 * Ends of orders that the socket did not report: past orders are read over REST, and what they show counts for the orders
 * that may be live, and for the streams that follow one.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Readable, RestError } from "../../BitfinexError.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Session } from "../account/session.ts"
import { inQueries } from "../rest/inQueries.ts"
import { readable } from "../rest/readable.ts"
import type { LiveOrders } from "./liveOrders.ts"

/** when past orders are read again for orders that the venue does not show as open: they may be shown late */
const sweeping = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("1 minute")),
  Schedule.intersect(Schedule.recurs(30))
)

/** how often past orders are read for accepted ones: the venue may not have sent an end, which no sequence number shows */
const auditEvery = Duration.minutes(5)

export interface Endings {
  /** REST, of which each reading of past orders shows those that have ended */
  readonly rest: RestAuthClient.Service
  /** calls a function with each past order that is read from now on; returns the function that ends it */
  readonly onPast: (listener: (order: Order) => void) => () => void
  /**
   * Reads past orders for accepted ones that are not among `open`, until each is shown, or `isOver`. Past orders reach back
   * two weeks: one that is not among them after all that time, nor among the open ones, has ended.
   */
  readonly sweep: (open: { readonly has: (id: number) => boolean }, isOver: () => boolean) => Effect.Effect<void>
  /** reads past orders for all accepted ones, every five minutes while logged in */
  readonly audit: Effect.Effect<void, never, Scope.Scope>
}

const notRead = (error: { readonly message: string }): Effect.Effect<void> =>
  Effect.logDebug(`orders that may have ended could not be looked up: ${error.message}`)

export const make = (
  { liveOrders, rest: client, session }: {
    readonly session: Session
    readonly rest: RestAuthClient.Service
    readonly liveOrders: LiveOrders
  }
): Endings => {
  const listeners = new Set<(order: Order) => void>()

  const shown = ({ rows, unread }: Readable<Order>): void => {
    liveOrders.onEnded(rows)
    liveOrders.onGone(unread.flatMap(({ cells }) => Array.isArray(cells) ? [cells[0]] : []))
    for (const row of rows) for (const listener of listeners) listener(row)
  }

  const rest: RestAuthClient.Service = {
    ...client,
    ordersHistory: (args) =>
      Effect.tapBoth(client.ordersHistory(args), {
        onSuccess: (rows) => Effect.sync(() => shown({ rows, unread: [] })),
        onFailure: (error) => Effect.ignore(Effect.map(readable<Order, RestError, never>(Effect.fail(error)), shown))
      })
  }

  const readPast = (ids: ReadonlyArray<number>) =>
    Effect.forEach(inQueries(ids), (id) => rest.ordersHistory({ id, limit: 2500 }), { discard: true })

  const sweep: Endings["sweep"] = (open, isOver) => {
    const missingNow = () => isOver() ? [] : liveOrders.accepted().filter((id) => !open.has(id))
    const conclude = Effect.suspend(() => {
      const missing = missingNow()
      if (missing.length === 0) return Effect.void
      return Effect.flatMap(Effect.forEach(inQueries(missing), (id) => rest.activeOrders({ id })), (replies) => {
        const shown = new Set(replies.flatMap((rows) => rows.map(({ id }) => id)))
        const gone = missingNow().filter((id) => missing.includes(id) && !shown.has(id))
        liveOrders.onGone(gone)
        return gone.length === 0
          ? Effect.void
          : Effect.logWarning(`Orders have ended, and past orders do not show how: ${gone.join(", ")}`)
      })
    })
    return Effect.suspend(() => {
      const missing = missingNow()
      return missing.length === 0
        ? Effect.succeed(true)
        : Effect.as(readPast(missing), false)
    }).pipe(
      Effect.catchAll((error) => Effect.as(notRead(error), false)),
      Effect.repeat({ schedule: sweeping, until: (isDone) => isDone }),
      Effect.zipRight(conclude),
      Effect.catchAll(notRead)
    )
  }

  const audit = Effect.suspend(() => {
    const ids = session.state.get().isLive ? liveOrders.accepted() : []
    return readPast(ids)
  }).pipe(
    Effect.catchAll(notRead),
    Effect.delay(auditEvery),
    Effect.forever,
    Effect.forkScoped,
    Effect.asVoid
  )

  return {
    rest,
    onPast: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    sweep,
    audit
  }
}
