/**
 * Accounts of the fake exchange: their options in a test, and their state.
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
 * A scope of a key's permissions.
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
 * One key, and the account behind it. Keys with the same `userId` share an account, which has the wallets of the
 * first.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  readonly key: string | Redacted.Redacted
  readonly secret: string | Redacted.Redacted
  /** permissions of the key; default all. Scopes that are missing in the list are refused with 10001 */
  readonly permissions?:
    | { readonly [S in Scope]?: { readonly read?: boolean; readonly write?: boolean } | undefined }
    | undefined
  /**
   * balances by currency code; default none. At most 50 million per currency, since larger amounts would not be exact
   */
  readonly wallets?: {
    readonly exchange?: { readonly [currency: string]: number } | undefined
    readonly margin?: { readonly [currency: string]: number } | undefined
    readonly funding?: { readonly [currency: string]: number } | undefined
  } | undefined
  /** a positive integer; default 1,000,001 and following */
  readonly userId?: number | undefined
  /** a token that represents this key and does not expire */
  readonly token?: string | Redacted.Redacted | undefined
}

/**
 * Trading fees, as fractions of the received amount: 0.001 is 0.1 %.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Fees {
  /** for orders that rested; default 0.001 */
  readonly maker?: number | undefined
  /** for orders that took, and for hidden orders; default 0.002 */
  readonly taker?: number | undefined
}

/**
 * A command that was executed or refused, in the order of execution. Requests that were rejected earlier, because of a
 * fault, a signature or a nonce, are not included.
 *
 * @since 0.1.0
 * @category models
 */
export interface Command {
  /** the venue's time, ms since the epoch */
  readonly at: number
  /** `on`, `ou`, `oc`, `oc_multi`, `fon` or `foc`, as on the socket. Operations of a multi-op are separate commands */
  readonly type: string
  /**
   * `socket` and `rest`: a connection or request of a client. `elsewhere`: another program of the user, as in
   * `View.submit` and similar methods, and the fault `TwinOrder`
   */
  readonly origin: "socket" | "rest" | "elsewhere"
  /** the command named its `cid`; for a submission without one, the venue uses its clock */
  readonly isOwnCid: boolean
  /** of the order; null if there is none */
  readonly cid: number | null
  /** of the order or offer; null if there is none */
  readonly id: number | null
  readonly accepted: boolean
  /** text of the notification, or the reason of the refusal; may be null */
  readonly text: string | null
}

/**
 * The exchange's state of an account, to compare with the state that a client shows. Lists are oldest first.
 *
 * @since 0.1.0
 * @category models
 */
export interface State {
  readonly userId: number
  readonly wallets: () => ReadonlyArray<Wallet>
  /** total and free amount of a wallet; 0 if the wallet does not exist */
  readonly balance: (
    wallet: "exchange" | "margin" | "funding",
    currency: string
  ) => { readonly total: number; readonly available: number }
  /** open orders */
  readonly orders: () => ReadonlyArray<Order>
  /** executed and cancelled orders */
  readonly ordersHistory: () => ReadonlyArray<Order>
  readonly trades: () => ReadonlyArray<Trade>
  /** open positions, with profit and leverage at current market prices */
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
   * number of accepted client orders by client id that they named: more than 1 means that an order was placed twice.
   * Orders of `elsewhere`, and orders whose id is the venue's clock, do not count
   */
  readonly counts: () => ReadonlyMap<number, number>
  /** the last accepted nonce of a key of this account; 0 before the first */
  readonly nonce: (key: string) => number
}

/**
 * An account, and actions of other parties on it: another program of the same user, or the market. Sockets receive the
 * resulting events like all others. An action that is not possible is a defect with the reason.
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
   * a simulated trader takes exactly this order or offer, at its price and up to `amount` (default: all that remains),
   * regardless of other orders in the book. The order must rest there, which stops do not; the trade is public
   */
  readonly fill: (id: number, amount?: number) => Effect.Effect<void>
  /** adds to a wallet; a negative amount is withdrawn */
  readonly deposit: (
    wallet: "exchange" | "margin" | "funding",
    currency: string,
    amount: number
  ) => Effect.Effect<void>
}
