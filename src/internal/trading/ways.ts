/**
 * The two ways on which orders are cancelled and looked at: the account's socket, and REST. A program that leaves uses
 * both at once, since either may be dead without a sign.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Readable, RestError } from "../../BitfinexError.ts"
import { accountInputs } from "../../protocol/channels/Inputs.ts"
import type * as Param from "../../protocol/Param.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type * as Session from "../account/session.ts"
import { inQueries } from "../rest/inQueries.ts"
import { readable } from "../rest/readable.ts"
import { Urgency } from "../rest/urgency.ts"

/** A cancellation of several orders. */
export interface Cancellation {
  readonly ids: ReadonlyArray<number>
  /** of orders whose id is not known */
  readonly cids: ReadonlyArray<readonly [cid: number, day: Param.Day]>
  readonly gids: ReadonlyArray<number>
  readonly all: boolean
}

/** An order as a row shows it: all that is needed to cancel it, which may be readable where the row is not. */
export interface Shown {
  readonly id: number | null
  readonly cid: number | null
  readonly gid: number | null
  readonly symbol: string | null
  /** sign of the requested amount; null if it cannot be read */
  readonly side: number | null
  /** ms; null where it cannot be read */
  readonly mtsCreate: number | null
  /** id of the other order of an OCO, or of the order that caused it; null where there is none */
  readonly placedId: number | null
  /** null when the row cannot be read */
  readonly order: Order | null
}

export interface Ways {
  /**
   * Writes the cancellation to the socket if it is logged in, and does not wait for an answer. With `oneByOne` each
   * order has its own frame, since the effect of a list with an order that the venue does not know is not documented.
   */
  readonly overSocket: (what: Cancellation, oneByOne: boolean) => boolean
  /**
   * Asks for the cancellation over REST; succeeds with the failures. A list that the venue refuses is cancelled one by one,
   * since one order of it, or the list as such, may be the reason of the refusal.
   */
  readonly overRest: (what: Cancellation) => Effect.Effect<ReadonlyArray<RestError>>
  /** Open orders, unreadable ones included. */
  readonly open: Effect.Effect<ReadonlyArray<Shown>, RestError>
  /** Past orders: of these ids, or the newest of all. */
  readonly past: (ids?: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<Shown>, RestError>
}

/** A cancellation over REST that takes longer is abandoned; the next round sends another one. ms */
const patience = 2_000

/** A query is abandoned after this time, ms: it may be waiting in the queue behind a cancellation that hangs. */
const queryPatience = 2 * patience

/** orders that are cancelled one by one in a round, at most: calls have a limit */
const singles = 30

/** the newest past orders that are looked through for those of which no id is known */
const newest = 500

export const isEmpty = ({ all, cids, gids, ids }: Cancellation): boolean =>
  !all && ids.length + cids.length + gids.length === 0

/** the orders that one request cancels */
type Part =
  | { readonly all: true }
  | { readonly gid: ReadonlyArray<number> }
  | { readonly id: ReadonlyArray<number> }
  | { readonly cid: ReadonlyArray<readonly [cid: number, day: Param.Day]> }

const partsOf = ({ all, cids, gids, ids }: Cancellation): ReadonlyArray<Part> => [
  ...(all ? [{ all: true } as const] : []),
  ...(gids.length === 0 ? [] : [{ gid: gids }]),
  ...inQueries(ids).map((id) => ({ id })),
  ...inQueries(cids).map((cid) => ({ cid }))
]

/** a refusal that may be about the list, and not about the key or the pace */
const isOfTheList = ({ _tag }: RestError): boolean =>
  _tag === "ApiError" || _tag === "OrderNotFound" || _tag === "InvalidOrder" || _tag === "InsufficientBalance"

const wholeNumber = (cell: unknown): number | null =>
  typeof cell === "number" && Number.isSafeInteger(cell) ? cell : null

/** the readable cells of a row that does not match its layout, by their positions in the manual */
export const shownOfCells = (row: unknown): Shown => {
  const [id, gid, cid, symbol, mtsCreate, , , amountOrig]: ReadonlyArray<unknown> = Array.isArray(row) ? row : []
  return {
    id: wholeNumber(id),
    gid: wholeNumber(gid),
    cid: wholeNumber(cid),
    symbol: typeof symbol === "string" ? symbol : null,
    side: typeof amountOrig === "number" ? Math.sign(amountOrig) : null,
    mtsCreate: wholeNumber(mtsCreate),
    placedId: wholeNumber(Array.isArray(row) ? row[25] : null),
    order: null
  }
}

export const shownOfOrder = (order: Order): Shown => ({
  id: order.id,
  cid: order.cid,
  gid: order.gid,
  symbol: order.symbol,
  side: Math.sign(order.amountOrig),
  mtsCreate: order.mtsCreate,
  placedId: order.placedId,
  order
})

const shownOf = ({ rows, unread }: Readable<Order>): ReadonlyArray<Shown> => [
  ...rows.map(shownOfOrder),
  ...unread.map(({ cells }) => shownOfCells(cells))
]

export const make = (session: Session.Session, rest: RestAuthClient.Service): Ways => {
  const { cancelOrder, cancelOrders } = accountInputs

  const overSocket: Ways["overSocket"] = (what, oneByOne) => {
    const { login } = session.state.get()
    if (login === null || isEmpty(what)) return false
    const frames: Array<readonly [type: string, body: unknown]> = partsOf(what).map((args) => [
      cancelOrders.type,
      cancelOrders.body(args)
    ])
    if (oneByOne) {
      for (const id of what.ids) frames.push([cancelOrder.type, cancelOrder.body({ id })])
      for (const [cid, cidDate] of what.cids) frames.push([cancelOrder.type, cancelOrder.body({ cid, cidDate })])
    }
    return frames.every(([type, body]) => session.send(login.epoch, [0, type, null, body]))
  }

  /** ahead of the other calls of the key, and not behind one that hangs */
  const urgent = <A>(call: Effect.Effect<A, RestError>) => Effect.provideService(call, Urgency, true)

  const limited = (call: Effect.Effect<unknown, RestError>): Effect.Effect<ReadonlyArray<RestError>> =>
    urgent(call).pipe(
      Effect.timeoutOption(Duration.millis(patience)),
      Effect.as<ReadonlyArray<RestError>>([]),
      Effect.catchAll((error) =>
        Effect.as(Effect.logDebug(`a cancellation over REST failed: ${error.message}`), [error])
      )
    )

  const each = (what: ReadonlyArray<Parameters<RestAuthClient.Service["cancelOrder"]>[0]>) =>
    Effect.map(
      Effect.forEach(what.slice(0, singles), (args) => limited(rest.cancelOrder(args)), { concurrency: "unbounded" }),
      (failures) => failures.flat()
    )

  const cancel = (args: Part): Effect.Effect<ReadonlyArray<RestError>> =>
    Effect.flatMap(limited(rest.cancelOrders(args)), (failures) => {
      if (!failures.some(isOfTheList)) return Effect.succeed(failures)
      return "id" in args
        ? each(args.id.map((id) => ({ id })))
        : "cid" in args
        ? each(args.cid.map(([cid, cidDate]) => ({ cid, cidDate })))
        : Effect.succeed(failures)
    })

  return {
    overSocket,
    overRest: (what) =>
      Effect.map(Effect.forEach(partsOf(what), cancel, { concurrency: "unbounded" }), (failures) => failures.flat()),
    open: Effect.suspend(() => Effect.map(readable(urgent(rest.activeOrders())), shownOf)),
    past: (ids) =>
      ids === undefined
        ? Effect.map(readable(urgent(rest.ordersHistory({ limit: newest }))), shownOf)
        : Effect.map(
          Effect.forEach(inQueries(ids), (id) => readable(urgent(rest.ordersHistory({ id, limit: 2500 })))),
          (replies) => replies.flatMap(shownOf)
        )
  }
}

/**
 * A query that takes too long is abandoned, sooner if the caller can do without it. The left side is the reason why
 * there is no answer.
 */
export const bounded = <A>(
  query: Effect.Effect<A, RestError>,
  canDoWithout: () => boolean = () => false
): Effect.Effect<Either.Either<A, string>> => {
  const tooLong = (millis: number) =>
    Either.left(`REST did not answer within ${Duration.format(Duration.millis(millis))}`)
  const expired = Effect.flatMap(Effect.sleep(patience), () =>
    canDoWithout()
      ? Effect.succeed(tooLong(patience))
      : Effect.delay(Effect.succeed(tooLong(queryPatience)), queryPatience - patience))
  return query.pipe(
    Effect.tapError((error) => Effect.logDebug(`a query failed: ${error.message}`)),
    Effect.map((found): Either.Either<A, string> => Either.right(found)),
    Effect.catchAll((error) => Effect.succeed(Either.left(error.message))),
    Effect.raceFirst(expired)
  )
}
