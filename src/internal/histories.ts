/**
 * The histories that can be streamed, as data.
 *
 * @internal
 */
import type * as Endpoint from "../Endpoint.ts"
import { publicEndpoints } from "../endpoints/Market.ts"

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
}): History<E> => ({
  endpoint,
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
