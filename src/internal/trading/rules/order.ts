/**
 * How commands on orders recognise their answers.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../../BitfinexError.ts"
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import * as Cid from "../../../protocol/internal/cid.ts"
import { isSameAmount, isSamePrice } from "../../../protocol/internal/quantity.ts"
import { type Order, OrderNotice, type Trade } from "../../../protocol/records/Order.ts"
import {
  type Cells,
  cellsOf,
  isNone,
  isOrNone,
  type Known,
  type Match,
  number,
  order,
  rowsOf,
  type Rule
} from "./rule.ts"

/** A notice that names its order. */
export type NamedNotice = OrderNotice & { readonly id: number }

const isNamed = (row: OrderNotice): row is NamedNotice => row.id !== null

/** the notification that takes an order up must name it */
const accepted = (info: unknown): Either.Either<NamedNotice, DecodeError> =>
  Either.filterOrLeft(
    OrderNotice.decode(cellsOf(info)),
    isNamed,
    (row) =>
      new DecodeError({
        operation: "decode",
        layout: "OrderNotice",
        field: "id",
        index: 0,
        row: null,
        expected: "id of the order",
        actual: render(row.id)
      })
  )

/** the known facts of an order that is about to be submitted */
const isNothing = (row: Cells | undefined): boolean =>
  row === undefined || (isNone(row[order.cid]) && isNone(row[order.id]))

/**
 * Whether a row is the order of a submission: it has its `cid` and an id that was not known before. A `cid` of the
 * user's may be used again, also by another program, so that symbol and side must fit too. Amounts may differ: the venue
 * changes those of orders that close or reduce a position.
 */
export const isSubmitted = (args: AnyArgs, known: Known) => {
  const { amount, cid, symbol } = args
  const namesakes = known.namesakes(cid as number) // checked
  const others = namesakes.size === 0 ? namesakes : new Set(namesakes)
  const isOurCid = Cid.isIssued(cid as number)
  const side = Math.sign(number(amount))
  const isOfSide = (cell: unknown): boolean => typeof cell !== "number" || cell === 0 || Math.sign(cell) === side
  return (row: Cells): boolean =>
    row[order.cid] === cid
    && !others.has(row[order.id] as number)
    && (isOurCid
      || (isOrNone(row[order.symbol], symbol) && isOfSide(row[order.amountOrig]) && isOfSide(row[order.amount])))
}

/** the cells of a decoded row that distinguish orders */
export const tellingCells = (row: Order): Cells => {
  const cells: Array<unknown> = []
  cells[order.id] = row.id
  cells[order.cid] = row.cid
  cells[order.symbol] = row.symbol
  cells[order.mtsCreate] = row.mtsCreate
  cells[order.amount] = row.amount
  cells[order.amountOrig] = row.amountOrig
  return cells
}

/** the order of a trade, as far as the trade names it */
const noticeOf = ({ cid, orderId, symbol }: Trade): NamedNotice | undefined => {
  const cells: Array<unknown> = Array(32).fill(null)
  cells[order.id] = orderId
  cells[order.cid] = cid
  cells[order.symbol] = symbol
  const notice = OrderNotice.read(cells)
  return notice !== undefined && isNamed(notice) ? notice : undefined
}

const cellsOfTrade = ({ cid, execAmount, orderId, symbol }: Trade): Cells => {
  const cells: Array<unknown> = []
  cells[order.id] = orderId
  cells[order.cid] = cid
  cells[order.symbol] = symbol
  cells[order.amount] = execAmount
  return cells
}

/** A new order is known by its `cid`. */
export const on = (args: AnyArgs, known: Known): Rule<NamedNotice> => {
  const isOurs = isSubmitted(args, known)
  const seen = known.seen()
  // an older trade may be of an earlier order under a cid of the user's
  const isOfOurs = (trade: Trade): boolean =>
    isOurs(cellsOfTrade(trade)) && (Cid.isIssued(args["cid"] as number) || trade.mts >= seen) // checked
  return {
    type: "on",
    shared: false,
    about: (info, isAccepted) => {
      const row = cellsOf(info)
      if (row === undefined || isNothing(row)) return "unnamed"
      if (isOurs(row)) return "ours"
      // it names our cid, and something else that does not fit
      return !isAccepted && row[order.cid] === args["cid"] ? "unnamed" : "no"
    },
    contradicts: () => false,
    read: accepted,
    // a late order may come with the snapshot of a later login
    proves: (event) => {
      if (event.family === "orders") return event.rows.find((row) => isOurs(tellingCells(row)))
      const trade = event.family === "trades" ? event.rows.find(isOfOurs) : undefined
      return trade === undefined ? undefined : noticeOf(trade)
    }
  }
}

/** the open orders under a cid and day: the legs of a pair share them, and other programs may use them too */
const openUnder = ({ cid, cidDate }: AnyArgs, known: Known): ReadonlyArray<Order> =>
  [...known.orders.values()].filter((row) => row.cid === cid && Cid.dayOf(row.mtsCreate) === cidDate)

/**
 * Whether a row is of the order that a command names by id, or by cid and day. Another program may use the same cid: where
 * ids are known for it, only those count.
 */
const named = ({ cid, cidDate, id }: AnyArgs, known: Known) => {
  if (id !== undefined) return (row: Cells): boolean => row[order.id] === id
  const isOfDay = (mts: unknown): boolean => typeof mts !== "number" || Cid.dayOf(mts) === cidDate
  const open = openUnder({ cid, cidDate }, known)
  // the cast: it was checked
  const ids = new Set(open.length > 0 ? open.map((row) => row.id) : known.namesakes(cid as number))
  const isKnown = (cell: unknown): boolean => ids.size === 0 || isNone(cell) || ids.has(cell as number)
  return (row: Cells): boolean => row[order.cid] === cid && isOfDay(row[order.mtsCreate]) && isKnown(row[order.id])
}

const aboutNamed = (isOurs: (row: Cells) => boolean) => (info: unknown): Match => {
  const row = cellsOf(info)
  if (row === undefined || isNothing(row)) return "unnamed"
  return isOurs(row) ? "ours" : "no"
}

type Terms = Pick<OrderNotice, "amount" | "amountOrig" | "gid" | "price" | "priceAuxLimit" | "priceTrailing">

/**
 * Whether an order has the terms that an update requests: false when one of them differs, undefined when the row shows
 * none of them. `before` is the order as it was.
 */
export const hasTerms = (args: AnyArgs, before: Terms | undefined) => {
  const wanted: Array<(row: Terms) => boolean | undefined> = []
  const { amount, gid } = args
  if (gid !== undefined) wanted.push((row) => row.gid === null ? undefined : row.gid === gid)
  for (const name of ["price", "priceAuxLimit", "priceTrailing"] as const) {
    const value = args[name]
    if (value === undefined) continue
    wanted.push((row) => {
      const actual = row[name]
      return actual === null ? undefined : isSamePrice(actual, number(value))
    })
  }
  if (amount !== undefined) {
    const is = (actual: number | null): boolean => actual !== null && isSameAmount(actual, number(amount))
    // sources disagree which of the two an update sets, and a fill changes the remaining amount
    wanted.push((row) =>
      is(row.amount) || is(row.amountOrig)
        ? true
        : before !== undefined && row.amount !== null && before.amount !== null &&
            isSameAmount(row.amount, before.amount)
        ? false
        : undefined
    )
  }
  return (row: Terms): boolean | undefined => {
    const seen = wanted.map((each) => each(row)).filter((each) => each !== undefined)
    return seen.length === 0 ? undefined : seen.every((each) => each)
  }
}

/** whether all that an update asks for can be seen on the order */
export const isVisible = ({ delta, flags, lev, meta, tif }: AnyArgs): boolean =>
  [delta, flags, lev, meta, tif].every((each) => each === undefined)

/** An update is known by id, or by cid and day. Its event may be a fill, so it must show the requested terms. */
export const ou = (args: AnyArgs, known: Known): Rule<OrderNotice> => {
  const isOurs = named(args, known)
  const before = orderOf(args, known)
  const has = hasTerms(args, before)
  return {
    type: "ou",
    shared: false,
    about: aboutNamed(isOurs),
    contradicts: (info) => {
      const row = OrderNotice.read(cellsOf(info))
      return row !== undefined && has(row) === false
    },
    read: (info) => OrderNotice.decode(cellsOf(info)),
    proves: (event) => {
      // terms that the order had before prove nothing
      if (event.family !== "orders" || event._tag !== "Update" || event.type === "on") return undefined
      if (before === undefined || has(before) !== false) return undefined
      return event.rows.find((row) => isOurs(tellingCells(row)) && has(row) === true)
    }
  }
}

/** The open order that a command names, if the socket has reported it, and no other one under the same cid and day. */
export const orderOf = (args: AnyArgs, known: Known): Order | undefined => {
  const { id } = args
  if (typeof id === "number") return known.orders.get(id)
  const [only, second] = openUnder(args, known)
  return second === undefined ? only : undefined
}

/**
 * A cancellation is known by id, or by cid and day. The end of the order, for any reason, fulfils it. If several orders
 * are open under the cid and day, nothing says which of them is meant: then the end of all of them fulfils it.
 */
export const oc = (args: AnyArgs, known: Known): Rule<OrderNotice> => {
  const isOurs = named(args, known)
  const left = new Set(args["id"] === undefined ? openUnder(args, known).map(({ id }) => id) : [])
  return {
    type: "oc",
    shared: true,
    about: aboutNamed(isOurs),
    contradicts: () => false,
    read: (info) => OrderNotice.decode(cellsOf(info)),
    proves: (event) => {
      if (event.family !== "orders" || event._tag !== "Update" || event.type !== "oc") return undefined
      const ended = event.rows.filter((row) => isOurs(tellingCells(row)))
      for (const { id } of ended) left.delete(id)
      return left.size === 0 ? ended[0] : undefined
    }
  }
}

/** Whether an order is among those that a cancellation of many names. */
export const selects = (args: AnyArgs) => {
  // the casts: the arguments were checked, and days are written as text
  const ids = new Set(args["id"] as ReadonlyArray<number> | undefined)
  const gids = new Set(args["gid"] as ReadonlyArray<number> | undefined)
  const cids = new Set(
    (args["cid"] as ReadonlyArray<readonly [number, string]> | undefined)?.map((pair) => pair.join("/"))
  )
  return ({ cid, gid, id, mtsCreate }: Pick<OrderNotice, "id" | "cid" | "gid" | "mtsCreate">): boolean =>
    args["all"] === true
    || (id !== null && ids.has(id))
    || (gid !== null && gids.has(gid))
    || (cid !== null && mtsCreate !== null && cids.has(`${cid}/${Cid.dayOf(mtsCreate)}`))
}

/**
 * The answer to a cancellation of several orders is the list of orders that will be cancelled. Nothing else identifies
 * it, and lists for other programs arrive here too. A list that covers all orders of our command that are still open
 * counts as the answer to it; so does a refusal with such a list.
 */
export const ocMulti = (args: AnyArgs, known: Known): Rule<ReadonlyArray<OrderNotice>> => {
  const isMeant = selects(args)
  const left = new Map([...known.orders].filter(([, row]) => isMeant(row)))
  const meant = left.size
  const ended: Array<Order> = []
  /** a list of our orders which lacks some that are open, by what we know */
  let candidate: ReadonlyArray<OrderNotice> | undefined
  const covers = (ids: ReadonlySet<unknown>): boolean => [...left.keys()].every((id) => ids.has(id))
  const idsOf = (rows: ReadonlyArray<OrderNotice>) => new Set(rows.map(({ id }) => id))
  const read = (info: unknown): Either.Either<ReadonlyArray<OrderNotice>, DecodeError> =>
    Either.all((rowsOf(info) ?? []).map((row) => OrderNotice.decode(row)))
  const isRefused = (rows: ReadonlyArray<Cells>): Match =>
    rows.length > 0 && isList(rows, isMeant) && covers(new Set(rows.map((row) => row[order.id]))) ? "ours" : "unnamed"
  return {
    type: "oc_multi",
    shared: true,
    about: (info, isAccepted) => {
      const rows = rowsOf(info)
      if (rows === undefined) return "unnamed"
      if (!isAccepted) return isRefused(rows)
      const list = read(rows)
      if (Either.isLeft(list)) return isList(rows, isMeant) ? "ours" : "no"
      if (!list.right.every(isMeant)) return "no"
      if (covers(idsOf(list.right))) return "ours"
      if (list.right.length > 0) candidate = list.right
      return "no"
    },
    contradicts: () => false,
    read,
    proves: (event) => {
      if (event.family !== "orders" || event._tag !== "Update" || event.type !== "oc") return undefined
      const gone = event.rows.filter(({ id }) => left.delete(id))
      if (gone.length === 0) return undefined
      ended.push(...gone)
      if (candidate !== undefined && covers(idsOf(candidate))) return candidate
      return left.size === 0 && meant > 0 ? ended : undefined
    }
  }
}

const isList = (rows: ReadonlyArray<Cells>, isMeant: ReturnType<typeof selects>): boolean =>
  rows.every((row) => {
    const cell = (at: number): number | null => typeof row[at] === "number" ? row[at] : null
    return isMeant({
      id: cell(order.id),
      gid: cell(order.gid),
      cid: cell(order.cid),
      mtsCreate: cell(order.mtsCreate)
    })
  })
