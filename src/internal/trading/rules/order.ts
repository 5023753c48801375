/**
 * How each command recognises what is said about it among all that an account tells, other programs' commands included.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { DecodeError, render } from "../../../BitfinexError.ts"
import type { CalcItem } from "../../../protocol/channels/Inputs.ts"
import * as Decimal from "../../../protocol/Decimal.ts"
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import * as Cid from "../../../protocol/internal/cid.ts"
import { FundingInfo, FundingOffer, FundingOfferNotice } from "../../../protocol/records/Funding.ts"
import { MarginInfoBase, MarginInfoSymbol } from "../../../protocol/records/Margin.ts"
import { Order, OrderNotice } from "../../../protocol/records/Order.ts"
import { Position } from "../../../protocol/records/Position.ts"
import { BalanceUpdate, Wallet } from "../../../protocol/records/Wallet.ts"

/** What is open, by what the socket told in this login. */
export interface Known {
  readonly orders: ReadonlyMap<number, Order>
  readonly offers: ReadonlyMap<number, FundingOffer>
  /** offers that answered a submission already */
  readonly claimed: Set<number>
  /** the latest time that the venue told, by its clock, ms; 0 before it told any */
  readonly seen: () => number
}

/** `unnamed`: the payload names nothing, as some refusals do */
export type Match = "ours" | "unnamed" | "no"

/** What a command waits for. A rule is made when its command is sent, and may remember what it saw since. */
export interface Rule<out A = unknown> {
  /** type of the command; a notification for it is of this type and `-req` */
  readonly type: string
  /** an answer holds for all commands that ask for the same */
  readonly shared: boolean
  /** whether a notification of this type is about the command */
  readonly about: (info: unknown, isAccepted: boolean) => Match
  /** whether a notification that names the command shows other terms; decides between several */
  readonly contradicts: (info: unknown) => boolean
  readonly read: (info: unknown) => Either.Either<A, DecodeError>
  /** what proves without a notification that the command was carried out */
  readonly proves: (type: string, payload: unknown) => A | undefined
  /** what was found out by the deadline, for commands of several independent parts */
  readonly partial?: () => A | undefined
}

type Cells = ReadonlyArray<unknown>

/** a row, also where it comes in a list of its own, as over REST */
const cellsOf = (info: unknown): Cells | undefined =>
  !Array.isArray(info) ? undefined : Array.isArray(info[0]) ? (info as ReadonlyArray<Cells>)[0] : info

const rowsOf = (info: unknown): ReadonlyArray<Cells> | undefined =>
  !Array.isArray(info) ? undefined : info.length === 0 || Array.isArray(info[0]) ? info : [info]

// cells of Order and FundingOffer, by the manual; notifications are looked at before they are decoded
const order = { id: 0, gid: 1, cid: 2, symbol: 3, mtsCreate: 4, amountOrig: 7 } as const
const offer = { id: 0, symbol: 1, amount: 4, rate: 14, period: 15 } as const

const isNone = (cell: unknown): boolean => cell === null || cell === undefined
const isOrNone = (cell: unknown, wanted: unknown): boolean => isNone(cell) || cell === wanted

/** of an argument that was checked */
const number = (value: unknown): number => Number(Option.getOrElse(Decimal.print(value), () => "NaN"))

const isOrderEvent = (type: string): boolean => type === "on" || type === "ou" || type === "oc"

/** the notification that takes an order up must name it */
const accepted = (info: unknown): Either.Either<OrderNotice, DecodeError> =>
  Either.filterOrLeft(
    OrderNotice.decode(cellsOf(info)),
    (row) => row.id !== null,
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

/** A new order is known by its `cid`. */
export const on = (args: AnyArgs, known: Known): Rule<OrderNotice> => {
  const { amount, cid, flags, symbol } = args
  // one that is open already is another order, with a cid that was used again
  const others = new Set([...known.orders.values()].filter((row) => row.cid === cid).map(({ id }) => id))
  const { close, reduceOnly } = (flags ?? {}) as { readonly close?: boolean; readonly reduceOnly?: boolean }
  const mayBeCut = close === true || reduceOnly === true
  const isOurs = (row: Cells): boolean =>
    row[order.cid] === cid
    && isOrNone(row[order.symbol], symbol)
    // another program may have made the same cid of the same millisecond
    && (mayBeCut || isOrNone(row[order.amountOrig], number(amount)))
    && !others.has(row[order.id] as number)
  return {
    type: "on",
    shared: false,
    about: (info) => {
      const row = cellsOf(info)
      if (row === undefined || (isNone(row[order.cid]) && isNone(row[order.id]))) return "unnamed"
      return isOurs(row) ? "ours" : "no"
    },
    contradicts: () => false,
    read: accepted,
    proves: (type, payload) =>
      isOrderEvent(type) && Array.isArray(payload) && isOurs(payload) ? Order.read(payload) : undefined
  }
}

/** whether a row is of the order that a command names by id, or by cid and day */
const named = ({ cid, cidDate, id }: AnyArgs) => (row: Cells): boolean => {
  if (id !== undefined) return row[order.id] === id
  const mts = row[order.mtsCreate]
  return row[order.cid] === cid && (typeof mts !== "number" || Cid.dayOf(mts) === cidDate)
}

const aboutNamed = (isOurs: (row: Cells) => boolean) => (info: unknown): Match => {
  const row = cellsOf(info)
  if (row === undefined || (isNone(row[order.cid]) && isNone(row[order.id]))) return "unnamed"
  return isOurs(row) ? "ours" : "no"
}

type Terms = Pick<OrderNotice, "amount" | "amountOrig" | "gid" | "price" | "priceAuxLimit" | "priceTrailing">

/**
 * Whether an order has the terms that an update asks for: false when one of them is missing, undefined when none of them
 * can be seen. `before` is the order as it was.
 */
export const hasTerms = (args: AnyArgs, before: Terms | undefined) => {
  const wanted: Array<(row: Terms) => boolean | undefined> = []
  const term = (name: "gid" | "price" | "priceAuxLimit" | "priceTrailing") => {
    const value = args[name]
    if (value !== undefined) wanted.push((row) => row[name] === null ? undefined : row[name] === number(value))
  }
  for (const name of ["gid", "price", "priceAuxLimit", "priceTrailing"] as const) term(name)
  const { amount } = args
  if (amount !== undefined) {
    // nobody says which of the two an update sets, and a fill changes what is left
    wanted.push((row) =>
      row.amount === number(amount) || row.amountOrig === number(amount)
        ? true
        : before !== undefined && row.amount === before.amount
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

/** An update is known by id, or by cid and day. Its event may be a fill, so it must show the terms that were asked for. */
export const ou = (args: AnyArgs, known: Known): Rule<OrderNotice> => {
  const isOurs = named(args)
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
    proves: (type, payload) => {
      // terms that the order had before prove nothing
      if ((type !== "ou" && type !== "oc") || before === undefined || has(before) !== false) return undefined
      if (!Array.isArray(payload) || !isOurs(payload)) return undefined
      const row = Order.read(payload)
      return row !== undefined && has(row) === true ? row : undefined
    }
  }
}

/** The open order that a command names, if the socket has told of it. */
export const orderOf = (args: AnyArgs, known: Known): Order | undefined => {
  const { cid, cidDate, id } = args
  if (typeof id === "number") return known.orders.get(id)
  return [...known.orders.values()].find((row) => row.cid === cid && Cid.dayOf(row.mtsCreate) === cidDate)
}

/** A cancellation is known by id, or by cid and day. The end of the order, by whatever hand, is what it asked for. */
export const oc = (args: AnyArgs): Rule<OrderNotice> => {
  const isOurs = named(args)
  return {
    type: "oc",
    shared: true,
    about: aboutNamed(isOurs),
    contradicts: () => false,
    read: (info) => OrderNotice.decode(cellsOf(info)),
    proves: (type, payload) =>
      type === "oc" && Array.isArray(payload) && isOurs(payload) ? Order.read(payload) : undefined
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
 * A cancellation of many is answered by the list of what will be cancelled, which bears no other mark: such lists of
 * other programs come here too. One that covers all that we meant, as far as it is still open, is as good as ours.
 */
export const ocMulti = (args: AnyArgs, known: Known): Rule<ReadonlyArray<OrderNotice>> => {
  const isMeant = selects(args)
  const left = new Map([...known.orders].filter(([, row]) => isMeant(row)))
  const meant = left.size
  const ended: Array<Order> = []
  /** a list of our orders which lacks some that are open, by what we know */
  let candidate: ReadonlyArray<OrderNotice> | undefined
  const covers = (rows: ReadonlyArray<OrderNotice>): boolean => {
    const ids = new Set(rows.map(({ id }) => id))
    return [...left.keys()].every((id) => ids.has(id))
  }
  const read = (info: unknown): Either.Either<ReadonlyArray<OrderNotice>, DecodeError> =>
    Either.all((rowsOf(info) ?? []).map((row) => OrderNotice.decode(row)))
  return {
    type: "oc_multi",
    shared: true,
    about: (info, isAccepted) => {
      const rows = rowsOf(info)
      if (!isAccepted) {
        return rows === undefined || rows.length === 0
          ? "unnamed"
          : isList(rows, isMeant)
          ? "ours"
          : "no"
      }
      if (rows === undefined) return "unnamed"
      const list = read(rows)
      if (Either.isLeft(list)) return isList(rows, isMeant) ? "ours" : "no"
      if (!list.right.every(isMeant)) return "no"
      if (covers(list.right)) return "ours"
      if (list.right.length > 0) candidate = list.right
      return "no"
    },
    contradicts: () => false,
    read,
    proves: (type, payload) => {
      if (type !== "oc" || !Array.isArray(payload)) return undefined
      const row = Order.read(payload)
      if (row === undefined || !left.delete(row.id)) return undefined
      ended.push(row)
      if (candidate !== undefined && covers(candidate)) return candidate
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

/**
 * A new offer has no name until the venue gives it one: it is known by its terms, first come, first served. An offer of
 * equal terms which another program makes in the same moment cannot be told from it.
 */
export const fon = (args: AnyArgs, known: Known): Rule<FundingOfferNotice> => {
  const { period, symbol, type } = args
  const [amount, rate] = [number(args["amount"]), number(args["rate"])]
  const before = new Set(known.offers.keys())
  const isFree = (id: unknown): boolean => typeof id !== "number" || (!before.has(id) && !known.claimed.has(id))
  return {
    type: "fon",
    shared: false,
    about: (info) => {
      const row = cellsOf(info)
      if (row === undefined || [offer.amount, offer.rate, offer.period].every((at) => isNone(row[at]))) return "unnamed"
      return isOrNone(row[offer.symbol], symbol)
          && row[offer.amount] === amount && row[offer.rate] === rate && row[offer.period] === period
          && isFree(row[offer.id])
        ? "ours"
        : "no"
    },
    contradicts: () => false,
    read: (info) => FundingOfferNotice.decode(cellsOf(info)),
    proves: (event, payload) => {
      if (event !== "fon" && event !== "fou" && event !== "foc") return undefined
      const row = FundingOffer.read(payload)
      return row !== undefined && row.symbol === symbol && row.amountOrig === amount && row.rate === rate
          && row.period === period && (row.type === null || row.type === type) && isFree(row.id)
        ? row
        : undefined
    }
  }
}

/** The cancellation of an offer is known by id; mostly its `foc` alone tells of it. */
export const foc = ({ id }: AnyArgs): Rule<FundingOfferNotice> => ({
  type: "foc",
  shared: true,
  about: (info) => {
    const row = cellsOf(info)
    return row === undefined || isNone(row[offer.id]) ? "unnamed" : row[offer.id] === id ? "ours" : "no"
  },
  contradicts: () => false,
  read: (info) => FundingOfferNotice.decode(cellsOf(info)),
  proves: (type, payload) => {
    if (type !== "foc") return undefined
    const row = FundingOffer.read(payload)
    return row?.id === id ? row : undefined
  }
})

/** a batch as a whole is answered only where it is refused as a whole */
export const oxMulti: Rule<never> = {
  type: "ox_multi",
  shared: false,
  about: (_, isAccepted) => isAccepted ? "no" : "unnamed",
  contradicts: () => false,
  read: () => Either.left(new DecodeError({ ...whole, actual: "a notification" })),
  proves: () => undefined
}

const whole = {
  operation: "decode",
  layout: "ox_multi",
  field: "",
  index: null,
  row: null,
  expected: "no acceptance of the whole"
} as const

/** What the venue computed of one item. */
export type Computed = MarginInfoBase | MarginInfoSymbol | FundingInfo | Position | Wallet | BalanceUpdate

/** the record of an item in an event; what comes unasked has nulls where there is something to compute */
const computed = (item: CalcItem) => {
  const symbolOf = (prefix: string): string | undefined =>
    item.startsWith(prefix) ? item.slice(prefix.length) : undefined
  const [margin, funding, position] = [symbolOf("margin_sym_"), symbolOf("funding_sym_"), symbolOf("position_")]
  const [, wallet, currency] = /^wallet_([a-z]+)_(.+)$/.exec(item) ?? []
  return (type: string, payload: unknown): Computed | undefined => {
    if (type === "bu") return item === "balance" ? BalanceUpdate.read(payload) : undefined
    if (type === "miu" && item === "margin_base") return MarginInfoBase.read(payload)
    if (type === "miu" && margin !== undefined) {
      const row = MarginInfoSymbol.read(payload)
      return row?.symbol === margin ? row : undefined
    }
    if (type === "fiu" && funding !== undefined) {
      const row = FundingInfo.read(payload)
      return row?.symbol === funding ? row : undefined
    }
    if (type === "pu" && position !== undefined) {
      const row = Position.read(payload)
      return row?.symbol === position && row.pl !== null ? row : undefined
    }
    if (type === "wu" && wallet !== undefined) {
      const row = Wallet.read(payload)
      return row?.type === wallet && row.currency === currency && row.availableBalance !== null ? row : undefined
    }
    return undefined
  }
}

/** What was asked to be computed is answered item by item; the answers bear no mark of who asked. */
export const calc = (items: ReadonlyArray<CalcItem>): Rule<ReadonlyArray<Computed | null>> => {
  const readers = items.map(computed)
  const found: Array<Computed | null> = items.map(() => null)
  return {
    type: "calc",
    shared: true,
    about: () => "no",
    contradicts: () => false,
    read: () => Either.right(found),
    proves: (type, payload) => {
      let isNew = false
      for (const [at, read] of readers.entries()) {
        const row = read(type, payload)
        if (row === undefined) continue
        isNew = true
        found[at] = row
      }
      return isNew && found.every((each) => each !== null) ? found : undefined
    },
    partial: () => found.some((each) => each !== null) ? found : undefined
  }
}
