/**
 * Cancels orders, and believes that none is left only when the venue shows it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type CommandError, OutcomeUnknown, type RestError } from "../../BitfinexError.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import * as Session from "../account/session.ts"
import { idsPerLook, inParts } from "../state/query.ts"
import type { Known } from "./rules/order.ts"

/** Which orders are meant. */
export type Which =
  | { readonly all: true }
  | { readonly symbol: Symbols.Trading }
  | { readonly gid: number }

export interface Needs {
  readonly session: Session.Session
  readonly rest: RestAuthClient.Service
  readonly known: Known
  readonly cancel: (ids: ReadonlyArray<number>) => Effect.Effect<unknown, CommandError>
}

/** an order that was submitted within a scope */
interface Own {
  readonly cid: number
  readonly symbol: Symbols.Trading
  /** ms of the submission */
  readonly mts: number
  /** legs of a pair share a cid */
  readonly ids: Set<number>
  readonly ended: Set<number>
  readonly legs: number
  /** `sent`: under way. `unknown`: nobody knows yet. `none`: it does not exist */
  stage: "sent" | "unknown" | "placed" | "none"
}

/** ms after which an order that was placed is shown for certain */
const settled = 3_600_000

/** between two looks */
const pause = Duration.seconds(1)

const retry = Schedule.spaced("2 seconds")

const isOf = (which: Which) => (order: Order): boolean =>
  "all" in which ? true : "symbol" in which ? order.symbol === which.symbol : order.gid === which.gid

export const make = ({ cancel, known, rest, session }: Needs) => {
  /** over the socket where that is up, else over REST; a failure shows when one looks */
  const cancelAll = (ids: ReadonlyArray<number>): Effect.Effect<void> =>
    Effect.suspend((): Effect.Effect<unknown, CommandError | RestError> =>
      session.state.get().isLive ? cancel(ids) : rest.cancelOrders({ id: ids })
    ).pipe(
      Effect.catchAll((error) => Effect.logDebug(`a cancellation failed: ${error.message}`)),
      Effect.asVoid
    )

  const isRetryable = (error: RestError): boolean => error.isRetryable

  /** until two looks in a row show none; what is left is told when the time is over */
  const closeOut = (
    which: Which,
    within: Duration.DurationInput
  ): Effect.Effect<{ readonly cancelled: ReadonlyArray<Order>; readonly left: ReadonlyArray<number> }, RestError> => {
    const isMeant = isOf(which)
    const seen = new Map<number, Order>()
    let left: ReadonlyArray<number> = []
    const look = Effect.gen(function*() {
      const shown = (yield* rest.activeOrders()).filter(isMeant)
      const told = session.state.get().isLive ? [...known.orders.values()].filter(isMeant) : []
      const open = new Map([...shown, ...told].map((order) => [order.id, order]))
      for (const order of open.values()) seen.set(order.id, order)
      left = [...open.keys()]
      return left.length === 0
    }).pipe(Effect.retry({ while: isRetryable, schedule: retry }))
    const loop: Effect.Effect<void, RestError> = Effect.gen(function*() {
      for (let empty = 0; empty < 2;) {
        if (yield* look) empty++
        else {
          empty = 0
          yield* cancelAll(left)
        }
        if (empty < 2) yield* Effect.sleep(pause)
      }
    })
    return Effect.map(Effect.timeoutOption(loop, within), (done) => ({
      cancelled: [...seen.values()].filter(({ id }) => !left.includes(id)),
      left: Option.isSome(done) ? [] : left
    }))
  }

  const isDone = ({ ended, ids, legs, stage }: Own): boolean =>
    stage === "none" || (ids.size >= legs && [...ids].every((id) => ended.has(id)))

  const onEnded = (own: Set<Own>, id: number): void => {
    for (const order of own) {
      if (!order.ids.has(id)) continue
      order.ended.add(id)
      if (isDone(order)) own.delete(order)
    }
  }

  /** remembers what is submitted, and what is told of it */
  const track = Effect.gen(function*() {
    const own = new Set<Own>()
    const logins = yield* Queue.sliding<void>(1)
    const listener: Session.Listener = {
      ...Session.deaf,
      onLive: () => {
        if (own.size > 0) Queue.unsafeOffer(logins, undefined)
      },
      onEvent: ({ payload, type }) => {
        if ((type !== "on" && type !== "ou" && type !== "oc") || own.size === 0 || !Array.isArray(payload)) return
        const [id, , cid]: ReadonlyArray<unknown> = payload
        if (typeof id !== "number") return
        const namesakes = [...own].filter((order) => order.cid === cid)
        // under a cid that is used again, what is news is of the newest
        if (!namesakes.some(({ ids }) => ids.has(id))) {
          namesakes.findLast(({ ids, legs }) => ids.size < legs)?.ids.add(id)
        }
        if (type === "oc") onEnded(own, id)
      }
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => session.listen(listener)),
      (stop) => Effect.sync(stop)
    )
    yield* Queue.take(logins).pipe(
      Effect.zipRight(Effect.suspend(() => sweep(own))),
      Effect.forever,
      Effect.forkScoped
    )
    return own
  })

  /** forgets what ended unseen, while the socket was away: over months it would be much, and all to be asked for in the end */
  const sweep = (own: Set<Own>): Effect.Effect<void> =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const old = [...own].filter(({ mts, stage }) => stage !== "sent" && now - mts >= settled)
      const open = yield* rest.activeOrders()
      const isOpen = new Set(open.map(({ id }) => id))
      const left = [...own].flatMap(({ ended, ids }) => [...ids].filter((id) => !ended.has(id) && !isOpen.has(id)))
      for (const part of inParts(left, idsPerLook)) {
        const rows = part.length === 0 ? [] : yield* rest.ordersHistory({ id: part, limit: 2500 })
        for (const { id } of rows) onEnded(own, id)
      }
      // what is neither told nor open after so long is no more, or never was
      for (const order of old) {
        if (!open.some(({ cid, id }) => cid === order.cid || order.ids.has(id))) own.delete(order)
      }
    }).pipe(Effect.catchAll((error) => Effect.logDebug(`a look failed: ${error.message}`)))

  /** one step towards the end of what was submitted */
  const settle = (order: Own): Effect.Effect<void, unknown> =>
    Effect.gen(function*() {
      if (order.stage === "sent") return
      const { cid, mts, symbol } = order
      const missing = order.ids.size < order.legs
      const outcome = order.stage === "unknown" || missing
        ? yield* rest.resolveOrder({ cid, cidDate: Cid.dayOf(mts), symbol })
        : undefined
      if (outcome !== undefined) {
        if (outcome._tag === "NeverPlaced") {
          order.stage = "none"
          return
        }
        order.stage = "placed"
        for (const { id } of outcome.orders) order.ids.add(id)
      }
      const ids = [...order.ids].filter((id) => !order.ended.has(id))
      if (ids.length === 0) return
      const open = yield* rest.activeOrders({ id: ids })
      if (open.length > 0) yield* cancelAll(open.map(({ id }) => id))
      // past orders, not the lack of open ones, prove the end: a new order may not be shown yet
      for (const { id } of yield* rest.ordersHistory({ id: ids })) order.ended.add(id)
      const now = yield* Clock.currentTimeMillis
      if (now - mts < settled) return
      // those of long ago are not among the past ones any more
      for (const id of ids) if (!open.some((row) => row.id === id)) order.ended.add(id)
    })

  const closeOwn = (
    own: Set<Own>,
    within: Duration.DurationInput
  ): Effect.Effect<ReadonlyArray<Own>> => {
    const left = () => [...own].filter((order) => !isDone(order))
    const loop: Effect.Effect<void> = Effect.gen(function*() {
      // at once what is known to be open, then one by one what is not certain
      const ids = left().flatMap(({ ended, ids }) => [...ids].filter((id) => !ended.has(id)))
      if (ids.length > 0 && session.state.get().isLive) yield* cancelAll(ids)
      if (left().length > 1) yield* sweep(own)
      while (left().length > 0) {
        for (const order of left()) {
          yield* Effect.catchAll(settle(order), (error) => Effect.logDebug(`a look failed: ${String(error)}`))
        }
        if (left().length > 0) yield* Effect.sleep(pause)
      }
    })
    return Effect.map(Effect.timeoutOption(loop, within), left)
  }

  /** a finalizer cannot be interrupted, but what it waits for can */
  const bounded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join)

  return {
    /** cancels what is open and confirms it */
    now: (operation: string, which: Which, within: Duration.DurationInput) =>
      Effect.flatMap(
        closeOut(which, within),
        ({ cancelled, left }) =>
          left.length === 0 ? Effect.succeed(cancelled) : Effect.fail(
            new OutcomeUnknown({
              operation,
              cid: null,
              cidDate: null,
              id: left.length === 1 ? left[0]! : null,
              mts: null,
              reason: `orders ${left.join(", ")} are open after ${Duration.format(within)}`,
              error: null
            })
          )
      ),

    /** cancels when the scope ends, and lets it end when none is left */
    onExit: (
      operation: string,
      which: Which,
      within: Duration.DurationInput
    ): Effect.Effect<void, never, Scope.Scope> =>
      Effect.addFinalizer(() =>
        bounded(closeOut(which, within)).pipe(
          Effect.flatMap(({ left }) =>
            left.length === 0
              ? Effect.void
              : Effect.logError(`${operation}: orders are open after ${Duration.format(within)}: ${left.join(", ")}`)
          ),
          Effect.catchAll((error) => Effect.logError(`${operation}: orders may be open: ${error.message}`))
        )
      ),

    /** the same for what `submit` submits */
    ownOnExit: (operation: string, within: Duration.DurationInput) =>
      Effect.gen(function*() {
        // added first, so that it runs behind the finalizer
        const own = yield* track
        yield* Effect.addFinalizer(() =>
          Effect.flatMap(bounded(closeOwn(own, within)), (left) =>
            left.length === 0 ? Effect.void : Effect.logError(
              `${operation}: nobody knows that these ended within ${Duration.format(within)}: `
                + left.map(({ cid, ids }) => `cid ${cid} (${ids.size === 0 ? "no id" : [...ids].join(", ")})`).join(
                  ", "
                )
            ))
        )
        /** a submission under a cid, watched; the cid is given, so that it is known whatever happens to the caller */
        return <A extends { readonly id: number }, E extends CommandError>(
          order: { readonly cid: number; readonly symbol: Symbols.Trading; readonly legs: number },
          submit: Effect.Effect<A, E>
        ): Effect.Effect<A, E> =>
          Effect.suspend(() => {
            const entry = (mts: number): Own => ({
              ...order,
              mts,
              ids: new Set(),
              ended: new Set(),
              stage: "sent"
            })
            return Effect.flatMap(Clock.currentTimeMillis, (mts) => {
              const mine = entry(mts)
              own.add(mine)
              return submit.pipe(
                Effect.tapBoth({
                  onFailure: (error) =>
                    Effect.sync(() => {
                      mine.stage = error._tag === "OutcomeUnknown" ? "unknown" : "none"
                      if (mine.stage === "none") own.delete(mine)
                    }),
                  onSuccess: ({ id }) =>
                    Effect.sync(() => {
                      mine.stage = "placed"
                      mine.ids.add(id)
                    })
                }),
                Effect.onInterrupt(() =>
                  Effect.sync(() => {
                    if (mine.stage === "sent") mine.stage = "unknown"
                  })
                )
              )
            })
          })
      })
  }
}
