/**
 * The events of an account on the socket as a table of rows, one for each family of records.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { DecodeError } from "../../BitfinexError.ts"
import * as Channel from "../Channel.ts"
import * as Layout from "../Layout.ts"
import { FundingCredit, FundingInfo, FundingLoan, FundingOffer, FundingTrade } from "../records/Funding.ts"
import { MarginInfoBase, MarginInfoSymbol } from "../records/Margin.ts"
import { Notification } from "../records/Notification.ts"
import { Order, Trade } from "../records/Order.ts"
import { Position } from "../records/Position.ts"
import { BalanceUpdate, Wallet } from "../records/Wallet.ts"

/**
 * Reads the rows of a family: the record, or undefined when the row is none; `decode` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reader<out A> extends Layout.Decoder<A> {
  readonly read: (row: unknown) => A | undefined
}

/**
 * One family of events. Those that have a snapshot send it after each login.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountChannel<out A> {
  /** its key in the table */
  readonly name: string
  /** type of the event that brings the whole state; null when there is none */
  readonly snapshot: string | null
  /** types of the events that change it */
  readonly updates: ReadonlyArray<string>
  /** what the events carry */
  readonly record: Reader<A>
  /** how the rows make up the state */
  readonly state: Channel.State
  /** what a login filter begins with when it lets the family through, as in `trading-tBTCUSD` for `trading` */
  readonly filter: ReadonlyArray<string>
  /** the manual's page */
  readonly doc: string
}

/**
 * The record of a family.
 *
 * @since 0.1.0
 * @category models
 */
export type RecordOf<C> = C extends AccountChannel<infer A> ? A : never

const make = <A>(row: Omit<AccountChannel<A>, "name">): AccountChannel<A> => ({
  ...row,
  name: "",
  doc: `https://docs.bitfinex.com/reference/${row.doc}`
})

const isBase = (row: unknown): boolean => Array.isArray(row) && row[0] === "base"

const marginInfo: Reader<MarginInfoBase | MarginInfoSymbol> = {
  ...Layout.either(isBase, MarginInfoBase, MarginInfoSymbol),
  read: (row) => isBase(row) ? MarginInfoBase.read(row) : MarginInfoSymbol.read(row)
}

/** what an alert carries is not documented */
const alert: Reader<ReadonlyArray<unknown>> = {
  name: "alert",
  read: (row) => Array.isArray(row) ? row : undefined,
  decode: (row): Either.Either<ReadonlyArray<unknown>, DecodeError> => Either.right(Array.isArray(row) ? row : [])
}

/** rows that say what is, and of which one type says what is no more */
const held = <A extends { readonly id: number }>(gone: string) =>
  Channel.keyed<A>({ key: (row) => row.id, removes: (_, type) => type === gone, order: (a, b) => a.id - b.id })

/** how many of what happened a late consumer is given */
const kept = 250

/**
 * The families of account events.
 *
 * @since 0.1.0
 * @category channels
 */
export const accountChannels = {
  /** Open orders: `on` new, `ou` changed, `oc` gone, be it executed or cancelled. An order may come as `oc` alone. */
  orders: make<Order>({
    snapshot: "os",
    updates: ["on", "ou", "oc"],
    record: Order,
    state: held<Order>("oc"),
    filter: ["trading", "algo"],
    doc: "ws-auth-orders"
  }),

  /** Open positions: `pn` new, `pu` changed or computed, `pc` closed. Profit, leverage and liquidation price are null
   * until `calc` asks for them. */
  positions: make<Position>({
    snapshot: "ps",
    updates: ["pn", "pu", "pc"],
    record: Position,
    state: Channel.keyed<Position>({
      key: (row) => row.symbol,
      removes: (_, type) => type === "pc",
      order: (a, b) => a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0
    }),
    filter: ["trading"],
    doc: "ws-auth-position"
  }),

  /** Trades of the account: `te` at once, without the fee, and `tu` later, with it, under the same id. */
  trades: make<Trade>({
    snapshot: null,
    updates: ["te", "tu"],
    record: Trade,
    state: Channel.events<Trade>((row) => row.id, kept),
    filter: ["trading"],
    doc: "ws-auth-trades"
  }),

  /** Balances. What is available is null until `calc` asks for it. */
  wallets: make<Wallet>({
    snapshot: "ws",
    updates: ["wu"],
    record: Wallet,
    state: Channel.keyed<Wallet>({
      key: (row) => `${row.type}:${row.currency}`,
      order: (a, b) => a.type < b.type ? -1 : a.type > b.type ? 1 : a.currency < b.currency ? -1 : 1
    }),
    filter: ["wallet"],
    doc: "ws-auth-wallets"
  }),

  /** Value of the account as a whole; there is no snapshot. */
  balances: make<BalanceUpdate>({
    snapshot: null,
    updates: ["bu"],
    record: BalanceUpdate,
    state: Channel.events<BalanceUpdate>(() => "", 1),
    filter: ["balance"],
    doc: "ws-auth-balance"
  }),

  /** Margin of the account and of symbols, as `calc` asked for it; there is no snapshot. */
  marginInfo: make<MarginInfoBase | MarginInfoSymbol>({
    snapshot: null,
    updates: ["miu"],
    record: marginInfo,
    state: Channel.events<MarginInfoBase | MarginInfoSymbol>((row) => row.key === "base" ? "base" : row.symbol, kept),
    filter: ["trading"],
    doc: "ws-auth-margin-info"
  }),

  /** Open offers and bids: `fon` new, `fou` changed, `foc` gone. An offer may come as `foc` alone. */
  fundingOffers: make<FundingOffer>({
    snapshot: "fos",
    updates: ["fon", "fou", "foc"],
    record: FundingOffer,
    state: held<FundingOffer>("foc"),
    filter: ["funding"],
    doc: "ws-auth-funding-offers"
  }),

  /** Funding in use for positions: `fcn` new, `fcu` changed, `fcc` closed. */
  fundingCredits: make<FundingCredit>({
    snapshot: "fcs",
    updates: ["fcn", "fcu", "fcc"],
    record: FundingCredit,
    state: held<FundingCredit>("fcc"),
    filter: ["funding"],
    doc: "ws-auth-funding-credits"
  }),

  /** Funding taken and not in use: `fln` new, `flu` changed, `flc` closed. */
  fundingLoans: make<FundingLoan>({
    snapshot: "fls",
    updates: ["fln", "flu", "flc"],
    record: FundingLoan,
    state: held<FundingLoan>("flc"),
    filter: ["funding"],
    doc: "ws-auth-funding-loans"
  }),

  /** Trades of funding: `fte` at once, `ftu` later, under the same id. */
  fundingTrades: make<FundingTrade>({
    snapshot: null,
    updates: ["fte", "ftu"],
    record: FundingTrade,
    state: Channel.events<FundingTrade>((row) => row.id, kept),
    filter: ["funding"],
    doc: "ws-auth-funding-trades"
  }),

  /** Rates and durations of funding, as `calc` asked for them; there is no snapshot. */
  fundingInfo: make<FundingInfo>({
    snapshot: null,
    updates: ["fiu"],
    record: FundingInfo,
    state: Channel.events<FundingInfo>((row) => row.symbol, kept),
    filter: ["funding"],
    doc: "ws-auth-funding-info"
  }),

  /** Notifications, of whatever type: answers to commands, those of other programs of the user among them, and what
   * programs send to one another (`ucm-…`). The payload is as it came. A late consumer is not given past ones. */
  notifications: make<Layout.Type<typeof Notification>>({
    snapshot: null,
    updates: ["n"],
    record: Notification,
    state: Channel.events<Layout.Type<typeof Notification>>((row) => `${row.mts}:${row.type}:${row.text}`, 0),
    filter: ["notify"],
    doc: "ws-auth-notifications"
  }),

  /** Price alerts. Sources do not agree on their name, and none shows one: rows as they came. */
  alerts: make<ReadonlyArray<unknown>>({
    snapshot: null,
    updates: ["uac", "uca"],
    record: alert,
    state: Channel.events<ReadonlyArray<unknown>>((row) => JSON.stringify(row), 0),
    filter: ["notify"],
    doc: "ws-auth-notifications"
  })
} as const

/**
 * The table, for code that walks it.
 *
 * @internal
 */
export const channels: ReadonlyArray<AccountChannel<unknown>> = Object.entries(accountChannels).map(([name, row]) => ({
  ...row,
  name
}))
