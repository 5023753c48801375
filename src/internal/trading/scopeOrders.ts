/**
 * Closes out the orders that were submitted within a scope, until each is proven to have ended.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CommandError } from "../../BitfinexError.ts"
import type * as ExitReport from "../../ExitReport.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type { SessionEvent } from "../account/events.ts"
import { mts } from "../time/clock.ts"
import * as Later from "../time/later.ts"
import { type Exits, oneByOne, pause } from "./exits.ts"
import * as OwnOrders from "./ownOrders.ts"
import * as Ways from "./ways.ts"

/** records an event of the socket that concerns orders of the scope */
const onEvent = ({ now }: Exits, own: OwnOrders.OwnOrders, event: SessionEvent): void => {
  if ((event._tag !== "Update" && event._tag !== "Snapshot") || event.family !== "orders") return
  const isOver = event._tag === "Update" && event.type === "oc"
  for (const order of event.rows) OwnOrders.show(own, Ways.shownOfOrder(order), isOver, now())
  for (const { cells } of event.unread) OwnOrders.show(own, Ways.shownOfCells(cells), isOver, now())
}

/** queries the orders of a scope over REST; succeeds with the reason why REST did not answer, null when it did */
const query = ({ now, ways }: Exits, own: OwnOrders.OwnOrders): Effect.Effect<string | null> =>
  Effect.gen(function*() {
    const { cids, ids } = OwnOrders.cancellation(own)
    const none = Effect.succeed(Either.right<ReadonlyArray<Ways.Shown>>([]))
    // past orders, not the lack of open ones, prove the end: a new order may not be shown yet
    const [open, ...past] = yield* Effect.all([
      Ways.bounded(ways.open),
      ids.length === 0 ? none : Ways.bounded(ways.past(ids)),
      cids.length === 0 ? none : Ways.bounded(ways.past())
    ], { concurrency: "unbounded" })
    for (const shown of past.flatMap((found) => Either.getOrElse(found, () => []))) {
      OwnOrders.show(own, shown, true, now())
    }
    if (Either.isRight(open)) {
      for (const shown of open.right) OwnOrders.show(own, shown, false, now())
      OwnOrders.forgetOld(own, open.right, now())
    }
    const hidden = [open, ...past].find(Either.isLeft)
    return hidden === undefined ? null : `the venue could not be queried: ${hidden.left}`
  })

export const reportOf = (operation: string, own: OwnOrders.OwnOrders, reason: string | null): ExitReport.ExitReport => {
  const left = [...own.left]
  return left.length === 0 ? { _tag: "NoneLeft", operation } : {
    _tag: "MayBeOpen",
    operation,
    open: left.flatMap(OwnOrders.idsLeft),
    unproven: left.flatMap((order) =>
      OwnOrders.idsLeft(order).length > 0 ? [] : [{ cid: order.cid, cidDate: order.days[0] ?? "an unknown day" }]
    ),
    reason
  }
}

/** over both ways at once, again and again, until each order is proven to have ended */
export const closeOut = (
  exits: Exits,
  operation: string,
  own: OwnOrders.OwnOrders,
  within: Duration.DurationInput
): Effect.Effect<ExitReport.ExitReport> =>
  Effect.gen(function*() {
    const { ways } = exits
    const done = Later.deferred<void>()
    own.onDone = () => Later.done(done, Effect.void)
    let reason: string | null = null
    const rounds = Effect.gen(function*() {
      for (let place = 0; own.left.size > 0; place++) {
        const what = OwnOrders.cancellation(own)
        ways.overSocket(what, place >= oneByOne)
        // started in this order, and neither waits for the other if that one hangs
        const [, hidden] = yield* Effect.all([ways.overRest(what), query(exits, own)], { concurrency: "unbounded" })
        reason = hidden
        if (own.left.size > 0) yield* Effect.sleep(pause)
      }
    })
    // by the group at least, should one have been forgotten
    if (own.left.size === 0) ways.overSocket(OwnOrders.cancellation(own), false)
    else {
      // disconnected: a timeout that is interrupted before it has begun waits for its end (Effect 3.22)
      const ended = Effect.raceFirst(Effect.disconnect(rounds), Deferred.await(done))
      yield* Effect.timeoutOption(ended, within)
    }
    return reportOf(operation, own, reason)
  })

/** listens to the events of the orders of a scope, as long as it lasts */
export const track = (exits: Exits, own: OwnOrders.OwnOrders): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { resolutions, session } = exits
    const logins = yield* Queue.sliding<void>(1)
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        session.subscribe((event) => {
          if (event._tag === "Live") Queue.unsafeOffer(logins, undefined)
          else if (own.left.size > 0 || own.usesGid) onEvent(exits, own, event)
        })
      ),
      (stop) => Effect.sync(stop)
    )
    yield* Stream.runForEach(resolutions, ({ outcome, unknown }) =>
      Effect.sync(() => {
        if (unknown.cid !== null) OwnOrders.resolve(own, unknown.cid, outcome)
      })).pipe(Effect.forkScoped)
    // what ended unseen while the socket was away is forgotten: over months it would be much
    yield* Queue.take(logins).pipe(
      Effect.zipRight(Effect.suspend(() => own.left.size === 0 ? Effect.void : query(exits, own))),
      Effect.forever,
      Effect.forkScoped
    )
  })

const logEvicted = (operation: string, { cid, ids }: OwnOrders.Own): Effect.Effect<void> =>
  Effect.logWarning(
    `${operation}: more than ${OwnOrders.remembered} orders of one scope may be open; the order with cid ${cid} `
      + `(${ids.size === 0 ? "no id" : [...ids].join(", ")}) is cancelled at the end by its group only`
  )

/** the terms of an order that are watched for */
export interface Terms {
  readonly cid: number
  readonly symbol: Symbols.TradingSymbol
  /** sign of the amount */
  readonly side: number
  readonly gid: number | null
  readonly legs: number
}

/** a submission that is watched; the cid is given, so that it is known even if the caller is interrupted */
export const watched = <A extends { readonly id: number }, E extends CommandError>(
  exits: Exits,
  operation: string,
  own: OwnOrders.OwnOrders,
  terms: Terms,
  submit: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.clock, (clock) => {
    const mine: OwnOrders.Own = {
      ...terms,
      others: new Set(exits.known.namesakes(terms.cid)),
      days: OwnOrders.daysOf(mts(clock)),
      at: exits.now(),
      ids: new Set(),
      ended: new Set(),
      stage: "sent"
    }
    const evicted = OwnOrders.add(own, mine)
    const sent = submit.pipe(
      Effect.tapBoth({
        onFailure: (error) =>
          Effect.sync(() => {
            // an order that was shown is open, whatever was reported about it
            if (error._tag === "OutcomeUnknown" || mine.ids.size > 0) mine.stage = "unknown"
            else OwnOrders.remove(own, mine)
          }),
        onSuccess: ({ id }) =>
          Effect.sync(() => {
            mine.stage = "placed"
            mine.ids.add(id)
          })
      }),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          if (mine.stage !== "sent") return
          // a frame that was never written, as one that waits for the first login, places nothing
          if (mine.ids.size === 0 && !exits.isWritten(terms.cid)) OwnOrders.remove(own, mine)
          else mine.stage = "unknown"
        })
      )
    )
    return Effect.zipRight(Effect.forEach(evicted, (each) => logEvicted(operation, each), { discard: true }), sent)
  })
