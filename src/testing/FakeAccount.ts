/**
 * Accounts of the fake exchange: what a test gives them, and what it sees of them.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { FundingCredit, FundingLoan, FundingOffer, FundingTrade } from "../protocol/records/Funding.ts"
import type { LedgerEntry } from "../protocol/records/Ledger.ts"
import type { Movement } from "../protocol/records/Movement.ts"
import type { Order, Trade } from "../protocol/records/Order.ts"
import type { Position } from "../protocol/records/Position.ts"
import type { Wallet } from "../protocol/records/Wallet.ts"

/**
 * What a key may be allowed to do.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope =
  | "account"
  | "history"
  | "orders"
  | "positions"
  | "funding"
  | "settings"
  | "wallets"
  | "withdraw"
  | "ui_withdraw"
  | "bfxpay"

/**
 * One key, and the account behind it. Keys of one `userId` share an account, which has the wallets of the first.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  readonly key: string | Redacted.Redacted
  readonly secret: string | Redacted.Redacted
  /** what the key may do; default everything. Scopes that are left out of a list are refused with 10001 */
  readonly permissions?:
    | { readonly [S in Scope]?: { readonly read?: boolean; readonly write?: boolean } | undefined }
    | undefined
  /** balances by currency code; default none. At most 50 million of each, beyond which they would not be exact */
  readonly wallets?: {
    readonly exchange?: { readonly [currency: string]: number } | undefined
    readonly margin?: { readonly [currency: string]: number } | undefined
    readonly funding?: { readonly [currency: string]: number } | undefined
  } | undefined
  /** a whole number above 0; default 1,000,001 and on */
  readonly userId?: number | undefined
  /** a token that stands for this key and does not expire */
  readonly token?: string | Redacted.Redacted | undefined
}

/**
 * What trades cost, as fractions of what is received: 0.001 is 0.1 %.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Fees {
  /** of orders that rested; default 0.001 */
  readonly maker?: number | undefined
  /** of orders that took, and of hidden ones; default 0.002 */
  readonly taker?: number | undefined
}

/**
 * A command that was carried out or refused, in the order of execution. Requests that never came that far, for a fault,
 * a signature or a nonce, are not among them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Command {
  /** the venue's time, ms since the epoch */
  readonly at: number
  /** `on`, `ou`, `oc`, `oc_multi`, `fon` or `foc`, as on the socket. Operations of a multi-op are commands of their own */
  readonly type: string
  /**
   * a connection or a request of a client; `elsewhere` is another program of the user: `View.submit` and the like, and
   * the fault `TwinOrder`
   */
  readonly origin: "socket" | "rest" | "elsewhere"
  /** the command named its `cid`; where a submission does not, the venue gives its clock */
  readonly isOwnCid: boolean
  /** of the order; null when there is none */
  readonly cid: number | null
  /** of the order or offer; null when there is none */
  readonly id: number | null
  readonly accepted: boolean
  /** text of the notification, or why it was refused; may be null */
  readonly text: string | null
}

/**
 * What the exchange knows of an account, to compare with what a client believes. Lists are oldest first.
 *
 * @since 0.1.0
 * @category models
 */
export interface State {
  readonly userId: number
  readonly wallets: () => ReadonlyArray<Wallet>
  /** total and free amount of a wallet; 0 when there is no such wallet */
  readonly balance: (
    wallet: "exchange" | "margin" | "funding",
    currency: string
  ) => { readonly total: number; readonly available: number }
  /** open orders */
  readonly orders: () => ReadonlyArray<Order>
  /** orders that are executed or cancelled */
  readonly ordersHistory: () => ReadonlyArray<Order>
  readonly trades: () => ReadonlyArray<Trade>
  /** open positions, with profit and leverage by the market of now */
  readonly positions: () => ReadonlyArray<Position>
  readonly positionsHistory: () => ReadonlyArray<Position>
  /** open offers and bids */
  readonly fundingOffers: () => ReadonlyArray<FundingOffer>
  readonly fundingOffersHistory: () => ReadonlyArray<FundingOffer>
  readonly fundingLoans: () => ReadonlyArray<FundingLoan>
  readonly fundingCredits: () => ReadonlyArray<FundingCredit>
  readonly fundingTrades: () => ReadonlyArray<FundingTrade>
  readonly ledgers: () => ReadonlyArray<LedgerEntry>
  readonly movements: () => ReadonlyArray<Movement>
  /** commands, refused ones included */
  readonly commands: () => ReadonlyArray<Command>
  /**
   * how many orders of clients were accepted under each client id that they named: more than 1 is an order placed twice.
   * Orders of `elsewhere`, and those to which the venue gave its clock, do not count
   */
  readonly counts: () => ReadonlyMap<number, number>
  /** the last nonce that was taken of a key of this account, 0 before the first */
  readonly nonce: (key: string) => number
}

/**
 * An account, and what others do to it while a client looks away or listens: another program of the same user, or the
 * market. Sockets are told of it as of everything else. What cannot be done is a defect that says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface View extends State {
  /** places an order over another connection, by the venue's own parameters (`type`, `symbol`, `amount`, `price`, …) */
  readonly submit: (order: { readonly [name: string]: unknown }) => Effect.Effect<ReadonlyArray<Order>>
  /** places a funding offer over another connection, by the venue's own parameters */
  readonly offer: (offer: { readonly [name: string]: unknown }) => Effect.Effect<FundingOffer>
  /** cancels an order or a funding offer over another connection */
  readonly cancel: (id: number) => Effect.Effect<void>
  /**
   * a simulated trader takes exactly this order or offer, at its price and up to `amount` (default all that is left),
   * whatever else stands in the book. It must rest there, which stops do not; the trade is public
   */
  readonly fill: (id: number, amount?: number) => Effect.Effect<void>
  /** adds to a wallet, or, below zero, takes away */
  readonly deposit: (
    wallet: "exchange" | "margin" | "funding",
    currency: string,
    amount: number
  ) => Effect.Effect<void>
}
