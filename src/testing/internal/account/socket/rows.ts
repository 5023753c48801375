/**
 * Rows of channel 0.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { FundingCredit, FundingLoan, FundingOffer, FundingTrade } from "../../../../protocol/records/Funding.ts"
import { Notification } from "../../../../protocol/records/Notification.ts"
import { Order, Trade } from "../../../../protocol/records/Order.ts"
import { Position } from "../../../../protocol/records/Position.ts"
import { Wallet } from "../../../../protocol/records/Wallet.ts"
import type { StrayAnswer } from "../../../Fault.ts"
import type { CommandType } from "../commands.ts"
import type { Input } from "../input.ts"
import type { AccountEvent, Notice, OrRefusal } from "../model.ts"

export type Cells = ReadonlyArray<unknown>

/**
 * a wallet row without the available balance, which is computed only on request; positions in events and snapshots
 * have no computed values either
 */
export const walletRow = (record: Wallet): unknown => Wallet.encode({ ...record, availableBalance: null })

export const rowOf = (event: AccountEvent): unknown => {
  switch (event.type) {
    case "on":
    case "ou":
    case "oc":
      return Order.encode(event.record)
    case "te":
    case "tu":
      return Trade.encode(event.record)
    case "wu":
      return walletRow(event.record)
    case "pn":
    case "pu":
    case "pc":
      return Position.encode(event.record)
    case "fon":
    case "fou":
    case "foc":
      return FundingOffer.encode(event.record)
    case "fln":
    case "flu":
    case "flc":
      return FundingLoan.encode(event.record)
    case "fcn":
    case "fcu":
    case "fcc":
      return FundingCredit.encode(event.record)
    case "fte":
    case "ftu":
      return FundingTrade.encode(event.record)
  }
}

/** a row of `length` cells, null except for these */
const sparse = (length: number, cells: { readonly [index: number]: unknown }): Cells =>
  Array.from({ length }, (_, index) => cells[index] ?? null)

// cells of Order and FundingOffer, from the manual
const order = {
  id: 0,
  gid: 1,
  cid: 2,
  symbol: 3,
  amount: 6,
  amountOrig: 7,
  orderType: 8,
  price: 16,
  length: 32
} as const
const offer = { id: 0, symbol: 1, amount: 4, type: 6, rate: 14, period: 15, length: 21 } as const

/** in captures, orders in `on-req` have no times and no status yet */
const fresh = (row: unknown): unknown =>
  Array.isArray(row) ? row.map((cell, index) => [4, 5, 13].includes(index) ? null : cell) : row

/** in captures, offers in `fon-req` have only these cells */
const freshOffer = (record: FundingOffer): Cells =>
  sparse(offer.length, {
    [offer.id]: record.id,
    [offer.amount]: record.amount,
    [offer.rate]: record.rate,
    [offer.period]: record.period
  })

const infoOf = (type: CommandType, info: Notice["info"]): unknown => {
  switch (info._tag) {
    // for an OCO pair the venue shows only one order; on the socket it is not in a list, unlike on REST
    case "orders":
      return type === "on"
        ? fresh(Order.encode(info.orders[0]!))
        : info.orders.map((one) => Order.encode(one))
    case "order":
      return Order.encode(info.order)
    case "offer":
      return type === "fon" ? freshOffer(info.offer) : FundingOffer.encode(info.offer)
    default:
      return null
  }
}

/** a number as it was sent, if it was a number */
const plain = (value: number | undefined): number | null => value === undefined || Number.isNaN(value) ? null : value

/**
 * the payload of a refusal contains only values of the request: for a submission its `cid`, for other commands the
 * named ids
 */
const refusedInfo = (type: CommandType, input: Input): unknown => {
  switch (type) {
    case "on":
      return sparse(order.length, {
        [order.gid]: plain(input.int("gid")),
        [order.cid]: plain(input.int("cid")),
        [order.symbol]: input.text("symbol") ?? null,
        [order.amount]: plain(input.number("amount")),
        [order.orderType]: input.text("type") ?? null,
        [order.price]: plain(input.number("price"))
      })
    case "ou":
    case "oc":
      return sparse(order.length, {
        [order.id]: plain(input.int("id")),
        [order.gid]: plain(input.int("gid")),
        [order.cid]: plain(input.int("cid"))
      })
    case "fon":
      return sparse(offer.length, {
        [offer.symbol]: input.text("symbol") ?? null,
        [offer.amount]: plain(input.number("amount")),
        [offer.type]: input.text("type") ?? null,
        [offer.rate]: plain(input.number("rate")),
        [offer.period]: plain(input.int("period"))
      })
    case "foc":
      return sparse(offer.length, { [offer.id]: plain(input.int("id")) })
    default:
      return null
  }
}

/** terms of another program's order or offer */
const otherTerms = { symbol: "tLTCUSD", amount: 0.75, type: "EXCHANGE LIMIT", price: 61 } as const
const otherOffer = { symbol: "fEUR", amount: 777, type: "LIMIT", rate: 0.0004, period: 30 } as const

/** the subject of a stray reply: an order, or for `fon` and `foc` an offer */
const strayInfo = (
  type: CommandType,
  input: Input,
  { as, status = "ERROR" }: typeof StrayAnswer.Type,
  nextId: () => number
): unknown => {
  const isOffer = type === "fon" || type === "foc"
  const { length } = isOffer ? offer : order
  if (as === "null" || as === "error") return null
  if (as === "empty") return sparse(length, {})
  // an accepted order has an id
  const id = status === "SUCCESS" ? nextId() : null
  if (isOffer) {
    const terms = as === "other" ? otherOffer : {
      symbol: input.text("symbol") ?? null,
      amount: plain(input.number("amount")),
      type: input.text("type") ?? null,
      rate: plain(input.number("rate")),
      period: plain(input.int("period"))
    }
    return sparse(length, {
      [offer.id]: id,
      [offer.symbol]: terms.symbol,
      [offer.amount]: terms.amount,
      [offer.type]: terms.type,
      [offer.rate]: terms.rate,
      [offer.period]: terms.period
    })
  }
  const terms = as === "other" ? otherTerms : {
    symbol: input.text("symbol") ?? null,
    amount: plain(input.number("amount")),
    type: input.text("type") ?? null,
    price: plain(input.number("price"))
  }
  return sparse(length, {
    [order.id]: id,
    [order.cid]: as === "equalCid" ? plain(input.int("cid")) : null,
    [order.symbol]: terms.symbol,
    [order.amount]: terms.amount,
    [order.amountOrig]: terms.amount,
    [order.orderType]: terms.type,
    [order.price]: terms.price
  })
}

/** a notification of another program, by its form */
export const strayRow = (
  mts: number,
  type: CommandType,
  input: Input,
  fault: typeof StrayAnswer.Type,
  nextId: () => number
): unknown => {
  const { code = null, status = "ERROR", text } = fault
  return notification({
    mts,
    type: `${type}-req`,
    notifyInfo: strayInfo(type, input, fault, nextId),
    code,
    status,
    text: text ?? (status === "SUCCESS" ? "Submitting exchange limit buy order." : "Invalid order: not enough balance.")
  })
}

export const notification = (fields: {
  readonly mts: number
  readonly type: string
  readonly messageId?: number | null
  readonly notifyInfo: unknown
  readonly code?: number | null
  readonly status: "SUCCESS" | "ERROR" | "FAILURE"
  readonly text: string | null
}): unknown => Notification.encode({ messageId: null, code: null, ...fields })

/**
 * The acknowledgement of a command. The cancellation of an offer has none: in samples only its `foc` follows, although
 * the glossary lists `foc-req`, which is used here for refusals.
 */
export const noticeRow = (mts: number, type: CommandType, input: Input, result: OrRefusal<Notice>): unknown =>
  Either.match(result, {
    onLeft: ({ code, text }) =>
      notification({
        mts,
        type: `${type}-req`,
        notifyInfo: refusedInfo(type, input),
        // null in all captures; refusals in maintenance are not known, so they have the text of REST
        code: code === maintenance ? code : null,
        status: "ERROR",
        text
      }),
    onRight: (notice) =>
      type === "foc"
        ? undefined
        : notification({
          mts,
          type: notice.type,
          notifyInfo: infoOf(type, notice.info),
          status: notice.status,
          text: notice.text
        })
  })

export const maintenance = 20060
