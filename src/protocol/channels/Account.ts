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
 * Reads the rows of a family: the record, or undefined if the row is invalid; `decode` gives the reason.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reader<out A> extends Layout.Decoder<A> {
  readonly read: (row: unknown) => A | undefined
}

/**
 * One family of events. If it has a snapshot, the venue sends the snapshot after each login.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountChannel<in out A> {
  /** its key in the table */
  readonly name: string
  /** type of the event that carries the whole state; null if there is none */
  readonly snapshot: string | null
  /** types of the events that change the state */
  readonly updates: ReadonlyArray<string>
  /** the record that the events carry */
  readonly record: Reader<A>
  /** how its rows form the state */
  readonly state: Channel.State<A>
  /** prefixes of the login filters that include the family, such as `trading` of `trading-tBTCUSD` */
  readonly filter: ReadonlyArray<string>
  /** URL of the manual's page */
  readonly doc: string
}

/**
 * Any family, for code that iterates over the table.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyAccountChannel extends Omit<AccountChannel<unknown>, "state"> {
  readonly state: Channel.State<never>
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

/** the payload of an alert is not documented */
const alert: Reader<ReadonlyArray<unknown>> = {
  name: "alert",
  read: (row) => Array.isArray(row) ? row : undefined,
  decode: (row): Either.Either<ReadonlyArray<unknown>, DecodeError> => Either.right(Array.isArray(row) ? row : [])
}

/** rows of the current state; events of the type `gone` remove their row */
const held = <A extends { readonly id: number }>(gone: string, updated?: (row: A) => number) =>
  Channel.keyed<A>({
    key: (row) => row.id,
    removes: (_, type) => type === gone,
    lifetime: { id: (row) => row.id, ...(updated === undefined ? {} : { updated }) },
    order: (a, b) => a.id - b.id
  })

/** funding moves between credits and loans as it is used; the manual does not say whether it keeps its id */
const lent = <A extends { readonly id: number; readonly mtsUpdate: number }>(gone: string) =>
  held<A>(gone, (row) => row.mtsUpdate)

/** number of past events that a late consumer receives */
const kept = 250

/**
 * The families of account events.
 *
 * @since 0.1.0
 * @category channels
 */
export const accountChannels = {
  /**
   * Open orders: `on` new, `ou` updated, `oc` ended (executed or cancelled). An order may be reported by `oc` alone.
   */
  orders: make<Order>({
    snapshot: "os",
    updates: ["on", "ou", "oc"],
    record: Order,
    state: held<Order>("oc"),
    filter: ["trading", "algo"],
    doc: "ws-auth-orders"
  }),

  /** Open positions: `pn` new, `pu` updated or computed, `pc` closed. Profit, leverage and liquidation price are null
   * until requested with `calc`. */
  positions: make<Position>({
    snapshot: "ps",
    updates: ["pn", "pu", "pc"],
    record: Position,
    state: Channel.keyed<Position>({
      key: (row) => row.symbol,
      removes: (_, type) => type === "pc",
      // the next position in a symbol has an id of its own
      lifetime: { id: (row) => row.positionId, updated: (row) => row.mtsUpdate },
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

  /** Balances. The available balance is null until requested with `calc`. */
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

  /** Margin of the account and of symbols, in reply to `calc`; there is no snapshot. */
  marginInfo: make<MarginInfoBase | MarginInfoSymbol>({
    snapshot: null,
    updates: ["miu"],
    record: marginInfo,
    state: Channel.events<MarginInfoBase | MarginInfoSymbol>((row) => row.key === "base" ? "base" : row.symbol, kept),
    filter: ["trading"],
    doc: "ws-auth-margin-info"
  }),

  /** Open offers and bids: `fon` new, `fou` updated, `foc` ended. An offer may be reported by `foc` alone. */
  fundingOffers: make<FundingOffer>({
    snapshot: "fos",
    updates: ["fon", "fou", "foc"],
    record: FundingOffer,
    state: held<FundingOffer>("foc"),
    filter: ["funding"],
    doc: "ws-auth-funding-offers"
  }),

  /** Credits, funding used in positions: `fcn` new, `fcu` updated, `fcc` closed. */
  fundingCredits: make<FundingCredit>({
    snapshot: "fcs",
    updates: ["fcn", "fcu", "fcc"],
    record: FundingCredit,
    state: lent<FundingCredit>("fcc"),
    filter: ["funding"],
    doc: "ws-auth-funding-credits"
  }),

  /** Loans, funding taken and not used in positions: `fln` new, `flu` updated, `flc` closed. */
  fundingLoans: make<FundingLoan>({
    snapshot: "fls",
    updates: ["fln", "flu", "flc"],
    record: FundingLoan,
    state: lent<FundingLoan>("flc"),
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

  /** Rates and durations of funding, in reply to `calc`; there is no snapshot. */
  fundingInfo: make<FundingInfo>({
    snapshot: null,
    updates: ["fiu"],
    record: FundingInfo,
    state: Channel.events<FundingInfo>((row) => row.symbol, kept),
    filter: ["funding"],
    doc: "ws-auth-funding-info"
  }),

  /** Notifications of any type: replies to commands, including those of other programs of the user, and messages between
   * programs (`ucm-…`). The payload is undecoded. A late consumer receives no past notifications. */
  notifications: make<Layout.Type<typeof Notification>>({
    snapshot: null,
    updates: ["n"],
    record: Notification,
    state: Channel.events<Layout.Type<typeof Notification>>((row) => `${row.mts}:${row.type}:${row.text}`, 0),
    filter: ["notify"],
    doc: "ws-auth-notifications"
  }),

  /** Price alerts. Sources disagree on their name, and none shows a sample: the rows are undecoded. */
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
 * The table, for code that iterates over it.
 *
 * @internal
 */
export const channels: ReadonlyArray<AnyAccountChannel> = Object.entries(accountChannels).map(([name, row]) => ({
  ...row,
  name
}))
