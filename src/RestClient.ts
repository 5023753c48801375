/**
 * The REST endpoints as methods, and their histories as streams.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import * as BitfinexConfig from "./BitfinexConfig.ts"
import type { PageOverflow, Readable, UnreadRow } from "./BitfinexError.ts"
import * as Rest from "./internal/rest/call.ts"
import { histories, type RowOf } from "./internal/rest/histories.ts"
import * as Lifetime from "./internal/rest/lifetime.ts"
import * as RestMethods from "./internal/rest/methods.ts"
import * as Rows from "./internal/rest/readable.ts"
import * as Schedules from "./internal/time/schedules.ts"
import type * as Endpoint from "./protocol/Endpoint.ts"
import { publicEndpoints } from "./protocol/endpoints/Market.ts"
import { merchantEndpoints } from "./protocol/endpoints/Merchant.ts"
import { pulseEndpoints } from "./protocol/endpoints/Pulse.ts"
import type * as Param from "./protocol/Param.ts"
import * as RateLimiter from "./RateLimiter.ts"

/**
 * The method of an endpoint. The argument is optional if every parameter is. If the result depends on the arguments (a
 * trading or a funding symbol), their types select the type of the result.
 *
 * @since 0.1.0
 * @category models
 */
export type Method<E extends Endpoint.AnyEndpoint> = Endpoint.LambdaOf<E>["depends"] extends false
  ? {} extends Endpoint.Args<E> ?
    keyof E["params"] extends never ? () => Effect.Effect<Endpoint.ResultOf<E>, Endpoint.ErrorOf<E>>
    : (args?: Endpoint.Args<E>) => Effect.Effect<Endpoint.ResultOf<E>, Endpoint.ErrorOf<E>>
  : (args: Endpoint.Args<E>) => Effect.Effect<Endpoint.ResultOf<E>, Endpoint.ErrorOf<E>>
  : {} extends Endpoint.Args<E> ? <const A extends Endpoint.Args<E>>(
      args?: Param.Exact<A, keyof E["params"]>
    ) => Effect.Effect<Endpoint.ResultOf<E, A>, Endpoint.ErrorOf<E>>
  : <const A extends Endpoint.Args<E>>(
    args: Param.Exact<A, keyof E["params"]>
  ) => Effect.Effect<Endpoint.ResultOf<E, A>, Endpoint.ErrorOf<E>>

/**
 * The methods of a table of endpoints.
 *
 * @since 0.1.0
 * @category models
 */
export type Methods<T extends { readonly [name: string]: Endpoint.AnyEndpoint }> = {
  readonly [K in keyof T]: Method<T[K]>
}

/**
 * Names of the endpoints that need no key, in a table where most endpoints need one.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenName<T> = Extract<keyof T, `public${string}`>

/**
 * A history as a stream, with the arguments of the endpoint that returns its pages. The stream requests a page when the
 * consumer needs its rows, waits for the rate limit as long as necessary, and delivers every row within the bounds exactly
 * once, in order:
 *
 * - `start` and `end` are inclusive. Oldest first and without `end`, the stream ends at the time at which it was started, by
 *   the clock of this machine: if that is slow, give an `end`.
 * - `sort` is 1 for oldest first and -1 for newest first. By default it is 1 if `start` is given, else -1. If the endpoint
 *   has no `sort`, the order is newest first.
 * - `limit` is the size of a page (by default the largest), not of the stream: use `Stream.take` to limit the stream.
 *
 * - A row whose time changes while pages are read, such as that of a movement, is delivered again if it moved ahead of the
 *   stream, and is missed if it moved behind it.
 * - If `start` is after `end`, or after the present, the stream is empty: a download that is resumed behind its last row.
 *
 * A row that cannot be decoded does not end the stream: it is left out, logged as a warning and counted in the metric
 * `bitfinex_channel_rows_malformed_total`. With `onUnread` it is given to you instead, and you may fail.
 *
 * It fails with `PageOverflow` if one millisecond has more rows than the largest page, and with `DecodeError` if rows would
 * be lost: the venue does not respect the requested bounds, a page lacks the rows at which the page before it ended (it is
 * requested once more; not where rows may move or disappear), or the largest page cannot be decoded at all. Without
 * `onUnread` it also fails if the history has several rows and none of them can be decoded.
 *
 * @since 0.1.0
 * @category models
 */
export type HistoryStream<E extends Endpoint.AnyEndpoint> = Endpoint.LambdaOf<E>["depends"] extends false
  ? {} extends Endpoint.Args<E> ? <E2 = never, R2 = never>(
      args?: Endpoint.Args<E>,
      options?: HistoryOptions<E2, R2>
    ) => Stream.Stream<RowOf<Endpoint.ResultOf<E>>, Endpoint.ErrorOf<E> | PageOverflow | E2, R2>
  : <E2 = never, R2 = never>(
    args: Endpoint.Args<E>,
    options?: HistoryOptions<E2, R2>
  ) => Stream.Stream<RowOf<Endpoint.ResultOf<E>>, Endpoint.ErrorOf<E> | PageOverflow | E2, R2>
  : <const A extends Endpoint.Args<E>, E2 = never, R2 = never>(
    args: Param.Exact<A, keyof E["params"]>,
    options?: HistoryOptions<E2, R2>
  ) => Stream.Stream<RowOf<Endpoint.ResultOf<E, A>>, Endpoint.ErrorOf<E> | PageOverflow | E2, R2>

/**
 * Options of a history stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface HistoryOptions<E = never, R = never> {
  /**
   * Runs for each row that cannot be decoded, once, before the other rows of its page are delivered. If it fails, the
   * stream fails. By default the row is logged as a warning.
   */
  readonly onUnread?: (row: UnreadRow) => Effect.Effect<unknown, E, R>
}

/**
 * The rows of a list that can be decoded, and those that cannot, where the list alone would fail with `DecodeError`. Apply
 * it to the call itself, before operators that change its rows.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Effect from "effect/Effect"
 *
 * const orders = Effect.gen(function*() {
 *   const rest = yield* RestAuthClient.RestAuthClient
 *   const { rows, unread } = yield* RestClient.readable(rest.activeOrders())
 *   for (const { cells, error } of unread) yield* Effect.logWarning(error.message, cells)
 *   return rows
 * })
 */
export const readable: <A, E, R>(
  list: Effect.Effect<ReadonlyArray<A>, E, R>
) => Effect.Effect<Readable<A>, E, R> = Rows.readable

/**
 * The streams of histories.
 *
 * @since 0.1.0
 * @category streams
 */
export interface HistoryStreams {
  /** Trades of one symbol, deduplicated by id. */
  readonly tradesStream: HistoryStream<typeof publicEndpoints.trades>
  /** Candles of one symbol; a candle that is still open is delivered as it was when its page was read. */
  readonly candlesStream: HistoryStream<typeof publicEndpoints.candlesHistory>
  /**
   * Best prices by the hour. The rows of all symbols share their milliseconds and a page has at most 250 rows, so `ALL`, or
   * more than 250 symbols, may fail with `PageOverflow`.
   */
  readonly tickersHistoryStream: HistoryStream<typeof publicEndpoints.tickersHistory>
  /** Values of a statistic. */
  readonly statsStream: HistoryStream<typeof publicEndpoints.statsHistory>
  /** Status of one derivative. */
  readonly derivativesStatusStream: HistoryStream<typeof publicEndpoints.derivativesStatusHistory>
  /** Liquidations of all symbols. The rate limit allows three pages a minute. */
  readonly liquidationsStream: HistoryStream<typeof publicEndpoints.liquidations>
  /** Leaderboards; the rows of one board share their time. */
  readonly leaderboardsStream: HistoryStream<typeof publicEndpoints.leaderboardsHistory>
  /** Funding of one currency, always newest first: the endpoint has no `sort`. */
  readonly fundingStatsStream: HistoryStream<typeof publicEndpoints.fundingStats>
}

// each table is mapped separately: if they were mapped together, the rows' comments would not reach the methods
/**
 * The endpoints as methods. Each method checks its arguments before anything is sent (`InvalidInput`), waits for the rate
 * limit (`RateLimited` if that would take longer than `limitWait`), and repeats reads that failed with a retryable error
 * according to the schedule `retryReads`.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service
  extends
    Methods<typeof publicEndpoints>,
    Pick<Methods<typeof pulseEndpoints>, OpenName<typeof pulseEndpoints>>,
    Pick<Methods<typeof merchantEndpoints>, OpenName<typeof merchantEndpoints>>,
    HistoryStreams
{
  /** Number of calls that the limit of an endpoint allows right now, without subtracting calls that wait. 0 during a pause. */
  readonly budgetRemaining: (
    endpoint: keyof typeof publicEndpoints | OpenName<typeof pulseEndpoints> | OpenName<typeof merchantEndpoints>
  ) => Effect.Effect<number>
}

/**
 * The REST client.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Effect from "effect/Effect"
 *
 * const spread = Effect.gen(function*() {
 *   const rest = yield* RestClient.RestClient
 *   const { ask, bid } = yield* rest.ticker({ symbol: "tBTCUSD" })
 *   return ask === null || bid === null ? null : ask - bid
 * }).pipe(Effect.provide(Bitfinex.layerPublic))
 */
export class RestClient extends Context.Tag("effect-bitfinex/RestClient")<RestClient, Service>() {}

const endpoints = RestMethods.only({ ...publicEndpoints, ...pulseEndpoints, ...merchantEndpoints }, { auth: false })

const makeWith = (
  lifetime: Lifetime.Lifetime
): Effect.Effect<Service, never, HttpClient.HttpClient | RateLimiter.RateLimiter> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const limiter = yield* RateLimiter.RateLimiter
    const settings = Schedules.ofRest(yield* BitfinexConfig.BitfinexConfig)
    const callOf = Rest.make({ client, limiter, settings, lifetime })
    const service: unknown = {
      ...RestMethods.methods(endpoints, callOf),
      ...RestMethods.streams(histories, callOf),
      budgetRemaining: RestMethods.budgetRemaining(endpoints, limiter, settings),
      ...RestMethods.healthProbe(endpoints, limiter, settings)
    }
    // the cast: methods and their types are derived from the same tables
    return service as Service
  })

/**
 * Makes a client. It reads the settings once, when it is made. Its calls belong to no layer, so no release ends them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, HttpClient.HttpClient | RateLimiter.RateLimiter> = Effect.suspend(() =>
  makeWith(Lifetime.make())
)

/**
 * The client, with the limiter of the context. Use `RateLimiter.layerProcess`, which the whole process shares, because the
 * venue counts all calls from one address together; use another limiter for calls that leave from another address.
 * Calls in flight are interrupted when the layer is released.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
 *
 * const Client = RestClient.layer.pipe(Layer.provide([FetchHttpClient.layer, RateLimiter.layerProcess]))
 */
export const layer: Layer.Layer<RestClient, never, HttpClient.HttpClient | RateLimiter.RateLimiter> = Layer.scoped(
  RestClient,
  Effect.flatMap(Lifetime.scoped, makeWith)
)
