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
 * One history: the endpoint that gives its pages, and how its rows are told apart.
 *
 * @internal
 */
export interface History<E extends Endpoint.AnyEndpoint = Endpoint.AnyEndpoint> {
  readonly endpoint: E
  /** the largest page, which is also the size of a page when the caller names none */
  readonly maxLimit: number
  readonly mts: (row: never) => number
  readonly identity: (row: never) => string | number
  /** false where the parameter `sort` is not the manual's: then only newest first is relied on */
  readonly sorts: boolean
}

/**
 * The rows of an endpoint that answers a list.
 *
 * @internal
 */
export type RowOf<Result> = Result extends ReadonlyArray<infer Row> ? Row : never

const history = <E extends Endpoint.AnyEndpoint>(endpoint: E, columns: {
  readonly maxLimit: number
  readonly mts?: (row: RowOf<Endpoint.Result<E>>) => number
  readonly identity: (row: RowOf<Endpoint.Result<E>>) => string | number
  readonly sorts?: false
}): History<E> => ({
  endpoint,
  sorts: true,
  // the cast: all rows of histories have this column, or name another
  mts: ((row: { readonly mts: number }) => row.mts) as (row: never) => number,
  ...columns
})

/** rows without an id: equal when all their cells are, and counted where several are equal */
const whole = (row: unknown): string => JSON.stringify(row)

/** rows of which there is one for each point in time; the newest may still change */
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
  derivativesStatusStream: history(publicEndpoints.derivativesStatusHistory, { maxLimit: 5000, identity: whole }),
  // a position has a row for the trigger and one for each execution, so its id is not the row's
  liquidationsStream: history(publicEndpoints.liquidations, { maxLimit: 500, identity: whole }),
  leaderboardsStream: history(publicEndpoints.leaderboardsHistory, { maxLimit: 10000, identity: whole }),
  fundingStatsStream: history(publicEndpoints.fundingStats, { maxLimit: 250, identity: whole })
} as const

const byId = (row: { readonly id: number }): number => row.id

/**
 * Each stream of `RestAuthClient` and its history.
 *
 * `mts` is the time that the venue compares bounds with, and orders rows by. The manual says so of orders (the time of
 * submission) and movements (the last change), and trades and ledgers have no other. Of funding offers, loans and
 * credits it does not say; the time of the last change is that by which the venue's own reports page them. Should the
 * venue order them otherwise, their streams fail with `DecodeError` at the first row out of order, and lose none.
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
  // one trade between two orders of the account is two rows with one id
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
  // the most that a page may hold is not documented: this is what the other histories of funding have
  fundingTradesHistoryStream: history(fundingEndpoints.fundingTradesHistory, {
    maxLimit: 500,
    mts: (row) => row.mtsCreate,
    identity: byId,
    sorts: false
  })
} as const
