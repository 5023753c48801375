/**
 * The histories that can be streamed, as data.
 *
 * @internal
 */
import type * as Endpoint from "../../protocol/Endpoint.ts"
import { fundingEndpoints } from "../../protocol/endpoints/Funding.ts"
import { publicEndpoints } from "../../protocol/endpoints/Market.ts"
import { orderEndpoints } from "../../protocol/endpoints/Orders.ts"
import { transferEndpoints } from "../../protocol/endpoints/Transfers.ts"
import { ledgerEndpoints } from "../../protocol/endpoints/Wallets.ts"

/**
 * One history: the endpoint that returns its pages, and how its rows are identified.
 *
 * @internal
 */
export interface History<E extends Endpoint.AnyEndpoint = Endpoint.AnyEndpoint> {
  readonly endpoint: E
  /** the size of the largest page, which is also the default size */
  readonly maxLimit: number
  readonly mts: (row: never) => number
  readonly identity: (row: never) => string | number
  /** whether several rows of one millisecond may share their identity */
  readonly repeats: boolean
  /** whether rows keep their time and are never removed */
  readonly keeps: boolean
  /** false if the manual does not list the parameter `sort`: then only the order newest first is relied on */
  readonly sorts: boolean
}

/**
 * The type of the rows of an endpoint that returns a list.
 *
 * @internal
 */
export type RowOf<Rows> = Rows extends ReadonlyArray<infer Row> ? Row : never

const history = <E extends Endpoint.AnyEndpoint>(endpoint: E, columns: {
  readonly maxLimit: number
  readonly mts?: (row: RowOf<Endpoint.ResultOf<E>>) => number
  readonly identity: (row: RowOf<Endpoint.ResultOf<E>>) => string | number
  readonly repeats?: true
  readonly keeps?: false
  readonly sorts?: false
}): History<E> => ({
  endpoint,
  sorts: true,
  repeats: false,
  keeps: true,
  // the cast: the rows of all histories have this column, or override `mts`
  mts: ((row: { readonly mts: number }) => row.mts) as (row: never) => number,
  ...columns
})

/** identity of rows without an id: rows are equal if all their cells are; equal rows are counted */
const whole = { identity: (row: unknown): string => JSON.stringify(row), repeats: true } as const

/** identity of rows that exist once for each point in time; the newest row may still change */
const byTime = (row: { readonly mts: number }): number => row.mts

/**
 * Each stream of `RestClient` and its history.
 *
 * @internal
 */
export const histories = {
  tradesStream: history(publicEndpoints.trades, { maxLimit: 10000, identity: (row) => row.id }),
  candlesStream: history(publicEndpoints.candlesHistory, { maxLimit: 10000, identity: byTime }),
  tickersHistoryStream: history(publicEndpoints.tickersHistory, {
    maxLimit: 250,
    identity: (row) => `${row.symbol} ${row.mts}`
  }),
  statsStream: history(publicEndpoints.statsHistory, { maxLimit: 10000, identity: byTime }),
  derivativesStatusStream: history(publicEndpoints.derivativesStatusHistory, { maxLimit: 5000, ...whole }),
  // a position has one row for the trigger and one for each execution, so its id does not identify a row
  liquidationsStream: history(publicEndpoints.liquidations, { maxLimit: 500, ...whole }),
  leaderboardsStream: history(publicEndpoints.leaderboardsHistory, { maxLimit: 10000, keeps: false, ...whole }),
  fundingStatsStream: history(publicEndpoints.fundingStats, { maxLimit: 250, ...whole })
} as const

const byId = (row: { readonly id: number }): number => row.id

/**
 * Each stream of `RestAuthClient` and its history.
 *
 * `mts` is the time that the venue compares with the bounds and sorts rows by. The manual documents it for orders (time of
 * submission) and movements (last change); trades and ledgers have only one time. For funding offers, loans and credits it
 * is not documented; the venue's own reports page them by the time of the last change. If the venue sorts them otherwise,
 * pages out of order are requested again in smaller parts (`paging.ts`), and no row is lost.
 *
 * A row whose time changes may be gone from the page that follows (`keeps`); so may one that grew older than the venue
 * reaches back, which is two weeks for orders and three days for loans and credits.
 *
 * @internal
 */
export const accountHistories = {
  ordersHistoryStream: history(orderEndpoints.ordersHistory, {
    maxLimit: 2500,
    mts: (row) => row.mtsCreate,
    identity: byId
  }),
  ordersHistoryBySymbolStream: history(orderEndpoints.ordersHistoryBySymbol, {
    maxLimit: 2500,
    mts: (row) => row.mtsCreate,
    identity: byId
  }),
  // a trade between two orders of the same account is two rows with the same id
  accountTradesStream: history(orderEndpoints.accountTrades, {
    maxLimit: 2500,
    identity: (row) => `${row.id} ${row.orderId}`
  }),
  accountTradesBySymbolStream: history(orderEndpoints.accountTradesBySymbol, {
    maxLimit: 2500,
    identity: (row) => `${row.id} ${row.orderId}`
  }),
  ledgersStream: history(ledgerEndpoints.ledgers, { maxLimit: 2500, identity: byId }),
  movementsStream: history(transferEndpoints.movements, {
    maxLimit: 2500,
    mts: (row) => row.mtsUpdated,
    identity: byId
  }),
  fundingOffersHistoryStream: history(fundingEndpoints.fundingOffersHistory, {
    maxLimit: 500,
    mts: (row) => row.mtsUpdated,
    identity: byId
  }),
  fundingLoansHistoryStream: history(fundingEndpoints.fundingLoansHistory, {
    maxLimit: 500,
    mts: (row) => row.mtsUpdate,
    identity: byId
  }),
  fundingCreditsHistoryStream: history(fundingEndpoints.fundingCreditsHistory, {
    maxLimit: 500,
    mts: (row) => row.mtsUpdate,
    identity: byId
  }),
  // the largest page is not documented: this is the figure of the other funding histories
  fundingTradesHistoryStream: history(fundingEndpoints.fundingTradesHistory, {
    maxLimit: 500,
    mts: (row) => row.mtsCreate,
    identity: byId,
    sorts: false
  })
} as const
