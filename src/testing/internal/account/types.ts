/**
 * Types that the modules of an account share.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { FundingCredit, FundingOffer, FundingTrade } from "../../../protocol/records/Funding.ts"
import type { Order, Trade } from "../../../protocol/records/Order.ts"
import type { Market } from "../market/model.ts"
import type { AccountEvent, Command, OrRefusal, Refusal } from "./model.ts"
import type { Positions } from "./positions.ts"
import type { Wallets } from "./wallets.ts"

export interface Fees {
  /** fraction of the received amount */
  readonly maker: number
  readonly taker: number
}

/** An order, open or ended. */
export interface OrderState {
  readonly id: number
  readonly symbol: string
  readonly base: string
  readonly quote: string
  readonly wallet: "exchange" | "margin"
  readonly derivative: boolean
  readonly side: 1 | -1
  readonly cid: number
  readonly created: number
  original: number
  gid: number | null
  updated: number
  lots: number
  type: string
  typePrev: string | null
  tif: number | null
  flags: number
  /** the text after it is computed from the fills */
  end: string | undefined
  /** 0 for market orders without trades */
  price: number
  trailing: number
  aux: number
  hidden: boolean
  postOnly: boolean
  /** submitted by the venue, for a liquidation */
  readonly forced: boolean
  leverage: number
  meta: { readonly [key: string]: unknown }
  placedId: number | null
  /** the other leg of an OCO pair, while it is open */
  partner: OrderState | undefined
  /** prices and lots, oldest first */
  fills: Array<readonly [price: number, lots: number]>
  /** lots of a currency that are reserved for it */
  held: number
  stage: "stop" | "book" | "done"
}

/** An offer to lend (side -1 in the book) or a bid to borrow (1). */
export interface OfferState {
  readonly id: number
  readonly symbol: string
  readonly currency: string
  readonly side: 1 | -1
  readonly created: number
  readonly original: number
  readonly type: "LIMIT" | "FRRDELTAVAR" | "FRRDELTAFIX"
  /** as submitted: for the FRR types the distance to the flash return rate */
  readonly rate: number
  readonly realRate: number
  readonly period: number
  readonly hidden: boolean
  readonly renew: boolean
  updated: number
  lots: number
  canceled: boolean
  fills: Array<readonly [rate: number, lots: number]>
}

/** A loan: funds lent (side 1) or borrowed (-1). */
export interface LoanState {
  readonly id: number
  readonly symbol: string
  readonly currency: string
  readonly side: 1 | -1
  readonly created: number
  readonly lots: number
  readonly rate: number
  readonly period: number
  readonly variable: boolean
  /** the position that uses it; null while unused */
  readonly pair: string | null
  updated: number
  lastPayout: number | null
  status: string
  renew: boolean
  noClose: boolean
}

export interface FundingBooks {
  readonly offers: Map<number, OfferState>
  readonly closedOffers: Array<FundingOffer>
  readonly loans: Map<number, LoanState>
  readonly closedLoans: Array<FundingCredit>
  readonly trades: Array<FundingTrade>
  /** by currency; 0 lots mean no limit, rate 0 the flash return rate */
  readonly autoRenew: Map<string, { readonly period: number; readonly rate: number; readonly lots: number }>
}

export type EventOrder = "tradesFirst" | "orderFirst"

/** One user of the exchange. */
export interface Account {
  readonly userId: number
  readonly wallets: Wallets
  readonly positions: Positions
  readonly orders: Map<number, OrderState>
  readonly closed: Array<Order>
  readonly trades: Array<Trade>
  readonly funding: FundingBooks
  readonly commands: Array<Command>
  /** orders and offers that REST or the socket does not show yet, by id */
  readonly concealed: Map<number, Concealment>
}

/** where an order or offer is not shown yet */
export interface Concealment {
  readonly rest: boolean
  readonly socket: boolean
}

/** The environment: market, time and ids, shared by all accounts. */
export interface Core {
  readonly market: Market
  readonly fees: Fees
  /** whether trades of a match or the order are published first */
  readonly eventOrder: EventOrder
  /** effect of a changed amount on the original amount */
  originalAmount: "sum" | "first"
  /** ends the orders of a cancellation: at once, unless a fault puts it off */
  cancelling: (end: () => void) => void
  readonly now: () => number
  readonly nextId: () => number
  readonly accounts: ReadonlyMap<number, Account>
  readonly emit: (account: Account, event: AccountEvent) => void
}

/** publishes positions and wallets that have changed since the last call */
export const flush = (core: Core, account: Account): void => {
  flushPositions(core, account)
  for (const { heldOnly, record } of account.wallets.changed()) core.emit(account, { type: "wu", record, heldOnly })
}

export const flushPositions = (core: Core, account: Account): void => {
  for (const event of account.positions.events()) core.emit(account, event)
}

export const refuse = (code: number, text: string): Either.Either<never, Refusal> => Either.left({ code, text })

/** refusal of an invalid parameter */
export const invalid = (name: string): Either.Either<never, Refusal> => refuse(10020, `${name}: invalid`)

export const right = <A>(value: A): OrRefusal<A> => Either.right(value)
