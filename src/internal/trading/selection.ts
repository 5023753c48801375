/**
 * Closes out the orders of a selection: it cancels them until the venue shows none.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ExitReport from "../../ExitReport.ts"
import type { Order } from "../../protocol/records/Order.ts"
import { type Exits, isOf, oneByOne, pause, type Which } from "./exits.ts"
import * as Ways from "./ways.ts"

/** queries in a row that must show none: one may have been answered from before the last cancellation */
const enough = 2

/** The progress of closing out a selection. */
interface Selection {
  readonly seen: Map<number, Order>
  /** orders that were shown as open and whose end is not proven, with the time in ms at which they were shown last */
  readonly owed: Map<number, number>
  /** orders whose end the venue has shown: a list that is late may show them as open */
  readonly ended: Set<number>
  /** ids that the last round showed */
  left: ReadonlyArray<number>
  /** rows that can neither be read nor cancelled by id */
  nameless: number
  /** queries in a row that showed none, and ms at which something was shown last, or the first round began */
  empty: number
  lastShown: number
  /** ms at which a cancellation was written to the socket last, or the first round began */
  writtenAt: number
  /** ms at which the first round began */
  readonly begun: number
  /** ms at which the last pong arrived that answers a ping written since */
  pongAt: number
  /** null once the venue has shown the open orders */
  reason: string | null
}

export interface Closed {
  readonly cancelled: ReadonlyArray<Order>
  readonly report: ExitReport.ExitReport
}

/** whether a frame of the account or a pong arrived on the socket after that time: otherwise its state may be old */
const isHeardSince = ({ now, session }: Exits, { pongAt }: Selection, since: number): boolean => {
  if (!session.state.get().isLive) return false
  const frameAge = session.health().account?.frameAge
  return pongAt >= since || (typeof frameAge === "number" && now() - frameAge > since)
}

/**
 * Proves the end of orders that were shown as open and no longer are: by past orders, or because an order is missing in
 * a list of open orders that was queried over REST `orderSettle` or more after the order was last shown. Before that
 * its absence proves nothing, since the venue may show an order late over REST and early on the socket, or the reverse.
 */
const proveEnds = (exits: Exits, selection: Selection, askedAt: number, isRead: boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { ended, left, owed } = selection
    const settle = Duration.toMillis(exits.session.settings.account.orderSettle)
    for (const id of left) owed.set(id, exits.now())
    for (const [id, at] of owed) if (!left.includes(id) && isRead && askedAt - at >= settle) owed.delete(id)
    if (owed.size === 0) return Effect.void
    return Effect.map(Ways.bounded(exits.ways.past([...owed.keys()])), (past) => {
      for (const { id } of Either.getOrElse(past, () => [])) {
        if (id === null) continue
        ended.add(id)
        owed.delete(id)
      }
      selection.left = left.filter((id) => !ended.has(id))
    })
  })

/** open orders by REST and by the socket; where REST does not answer, by a socket that is alive */
const lookAt = (
  exits: Exits,
  which: Which,
  selection: Selection
): Effect.Effect<Either.Either<ReadonlyArray<Ways.Shown>, string>> =>
  Effect.map(Ways.bounded(exits.ways.open, () => isHeardSince(exits, selection, selection.writtenAt)), (rest) => {
    const isMeant = isOf(which)
    const shown = Either.getOrElse(rest, () => []).filter(isMeant)
    const onSocket = exits.session.state.get().isLive
      ? [...exits.known.orders.values()].filter(isMeant).map(Ways.shownOfOrder)
      : []
    if (Either.isLeft(rest) && !isHeardSince(exits, selection, selection.writtenAt)) return Either.left(rest.left)
    const ids = new Set(shown.map(({ id }) => id))
    return Either.right([...shown, ...onSocket.filter(({ id }) => !ids.has(id))])
  })

/** as a whole too while something is shown, or nothing is known */
const cancellationOf = (which: Which, { left, nameless, owed, reason }: Selection): Ways.Cancellation => {
  const ids = [...new Set([...left, ...owed.keys()])]
  const isWhole = ids.length + nameless > 0 || reason !== null
  return { ids, cids: [], gids: isWhole && "gid" in which ? [which.gid] : [], all: isWhole && "all" in which }
}

const note = (
  { now }: Exits,
  selection: Selection,
  found: Either.Either<ReadonlyArray<Ways.Shown>, string>
): void => {
  if (Either.isLeft(found)) {
    selection.reason = `open orders could not be read: ${found.left}`
    selection.empty = 0
    selection.lastShown = now()
    return
  }
  selection.reason = null
  const open = found.right.filter(({ id }) => id === null || !selection.ended.has(id))
  for (const { id, order } of open) if (id !== null && order !== null) selection.seen.set(id, order)
  selection.left = open.flatMap(({ id }) => id === null ? [] : [id])
  selection.nameless = open.filter(({ id }) => id === null).length
  selection.empty = open.length > 0 ? 0 : selection.empty + 1
  if (open.length > 0) selection.lastShown = now()
}

/** the pong shows that the socket is alive, and that everything sent before it was delivered */
const ping = ({ session }: Exits): void => {
  const { login } = session.state.get()
  if (login !== null) session.ping(login.epoch)
}

/** cancels over both ways at once, and queries the open orders */
const round = (exits: Exits, which: Which, selection: Selection, place: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { now, ways } = exits
    const what = cancellationOf(which, selection)
    if (ways.overSocket(what, place >= oneByOne)) selection.writtenAt = now()
    ping(exits)
    // started in this order, and neither waits for the other if that one hangs
    const look = lookAt(exits, which, selection)
    const askedAt = now()
    const both = Effect.all([ways.overRest(what), look], { concurrency: "unbounded" })
    return Effect.flatMap(both, ([, found]) => {
      note(exits, selection, found)
      return proveEnds(exits, selection, askedAt, Either.isRight(found))
    })
  })

const reportOf = (operation: string, selection: Selection, isDone: boolean): ExitReport.ExitReport => {
  if (isDone) return { _tag: "NoneLeft", operation }
  const { left, nameless, owed, reason } = selection
  const open = [...new Set([...left, ...owed.keys()])]
  const hidden = nameless === 0 ? reason : `${nameless} open orders have no id that can be read`
  const isUnproven = left.length === 0 && owed.size > 0
  return {
    _tag: "MayBeOpen",
    operation,
    open,
    unproven: [],
    reason: hidden ?? (isUnproven ? "the venue has not shown the end of these orders" : null)
  }
}

interface CloseOut {
  readonly operation: string
  /** orders of the selection that were shown as open in this program, with the time in ms */
  readonly shown: ReadonlyMap<number, number>
  readonly which: Which
  readonly within: Duration.DurationInput
  /** for how long none must be shown */
  readonly watch: Duration.DurationInput
  /** for how long, where only the lists of REST show none: the venue may show an order late there */
  readonly watchUnheard: Duration.DurationInput
  /** queries open orders before it cancels by group or all, so that the result can list them */
  readonly lists: boolean
}

/** a selection of which nothing was closed out yet */
const begin = (exits: Exits, { shown, which }: CloseOut): Selection => {
  const known = [...exits.known.orders.values()].filter(isOf(which))
  const now = exits.now()
  return {
    seen: new Map(known.map((order) => [order.id, order])),
    owed: new Map([...shown, ...known.map(({ id }) => [id, now] as const)]),
    ended: new Set(),
    left: known.map(({ id }) => id),
    nameless: 0,
    empty: 0,
    lastShown: now,
    writtenAt: now,
    begun: now,
    pongAt: Number.NEGATIVE_INFINITY,
    reason: "the venue was not queried"
  }
}

/** takes in the end of an order as the socket shows it, and pongs */
const listen = ({ now, session }: Exits, selection: Selection) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      session.subscribe((event) => {
        if (event._tag === "Pong") selection.pongAt = now()
        if (event._tag !== "Update" || event.family !== "orders" || event.type !== "oc") return
        const unread = event.unread.flatMap(({ cells }) => Array.isArray(cells) ? [cells[0]] : [])
        for (const id of [...event.rows.map(({ id }) => id), ...unread]) {
          selection.ended.add(id)
          selection.owed.delete(id)
        }
      })
    ),
    (stop) => Effect.sync(stop)
  )

export const closeOut = (exits: Exits, options: CloseOut): Effect.Effect<Closed> =>
  Effect.suspend(() => {
    const { lists, operation, watch, watchUnheard, which, within } = options
    const selection = begin(exits, options)
    const isQuiet = (): boolean => {
      const quiet = exits.now() - selection.lastShown
      if (quiet < Duration.toMillis(watch)) return false
      return isHeardSince(exits, selection, selection.begun) || quiet >= Duration.toMillis(watchUnheard)
    }
    const isShownNone = (): boolean => selection.empty >= enough && selection.owed.size === 0
    const first = Effect.map(lookAt(exits, which, selection), (found) => note(exits, selection, found))
    const loop = Effect.gen(function*() {
      if (lists) yield* first
      for (let place = 0;; place++) {
        yield* round(exits, which, selection, place)
        if (isShownNone() && isQuiet()) return
        yield* Effect.sleep(pause)
      }
    })
    const closed = Effect.map(Effect.timeoutOption(Effect.disconnect(loop), within), (done): Closed => {
      if (Option.isNone(done) && isShownNone() && selection.reason === null) {
        selection.reason = "no order is shown, but the lists of REST alone do not prove that, since they may be late: "
          + "the account's socket is not available to confirm it"
      }
      return {
        cancelled: [...selection.seen.values()].filter(({ id }) => !selection.left.includes(id)),
        report: reportOf(operation, selection, Option.isSome(done))
      }
    })
    return Effect.scoped(Effect.zipRight(listen(exits, selection), closed))
  })
