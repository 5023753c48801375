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
import type { PageOverflow, RestError } from "./BitfinexError.ts"
import * as Rest from "./internal/rest/call.ts"
import { histories, type RowOf } from "./internal/rest/histories.ts"
import * as RestMethods from "./internal/rest/methods.ts"
import * as Schedules from "./internal/time/schedules.ts"
import type * as Endpoint from "./protocol/Endpoint.ts"
import { publicEndpoints } from "./protocol/endpoints/Market.ts"
import { merchantEndpoints } from "./protocol/endpoints/Merchant.ts"
import { pulseEndpoints } from "./protocol/endpoints/Pulse.ts"
import * as RateLimiter from "./RateLimiter.ts"

/** no parameter besides those of the endpoint, which a generic argument would let pass */
type NoOthers<E extends Endpoint.AnyEndpoint, A> = { readonly [K in Exclude<keyof A, keyof E["params"]>]: never }

/**
 * The method of an endpoint. The argument may be left out where every parameter may; where the result depends on the
 * arguments (a trading or a funding symbol), their types select it.
 *
 * @since 0.1.0
 * @category models
 */
export type Method<E extends Endpoint.AnyEndpoint> = Endpoint.LambdaOf<E>["depends"] extends false
  ? {} extends Endpoint.Args<E> ? keyof E["params"] extends never ? () => Effect.Effect<Endpoint.Result<E>, RestError>
    : (args?: Endpoint.Args<E>) => Effect.Effect<Endpoint.Result<E>, RestError>
  : (args: Endpoint.Args<E>) => Effect.Effect<Endpoint.Result<E>, RestError>
  : {} extends Endpoint.Args<E>
    ? <const A extends Endpoint.Args<E>>(args?: A & NoOthers<E, A>) => Effect.Effect<Endpoint.Result<E, A>, RestError>
  : <const A extends Endpoint.Args<E>>(args: A & NoOthers<E, A>) => Effect.Effect<Endpoint.Result<E, A>, RestError>

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
 * Names of the endpoints of a table that need no key, where most of its endpoints need one.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenName<T> = Extract<keyof T, `public${string}`>

/**
 * A history as a stream, with the arguments of the endpoint that gives its pages. The stream asks for a page when its
 * rows are wanted, waits its turn under the rate limit however long that takes, and delivers every row within the bounds
 * once, in order:
 *
 * - `start` and `end` are inclusive. Oldest first without `end`, it ends with the time at which it was started.
 * - `sort` is 1 for oldest first and -1 for newest first. Left out, it is 1 when `start` is given and -1 when not. Where
 *   the endpoint has no `sort`, the order is newest first.
 * - `limit` is the size of a page (the largest when left out), not of the stream: for that there is `Stream.take`.
 *
 * It fails with `PageOverflow` when one millisecond has more rows than the largest page, and with `DecodeError` when the
 * venue does not keep to the order or the bounds that were asked for: rows would be lost.
 *
 * @since 0.1.0
 * @category models
 */
export type HistoryStream<E extends Endpoint.AnyEndpoint> = Endpoint.LambdaOf<E>["depends"] extends false
  ? {} extends Endpoint.Args<E>
    ? (args?: Endpoint.Args<E>) => Stream.Stream<RowOf<Endpoint.Result<E>>, RestError | PageOverflow>
  : (args: Endpoint.Args<E>) => Stream.Stream<RowOf<Endpoint.Result<E>>, RestError | PageOverflow>
  : <const A extends Endpoint.Args<E>>(
    args: A & NoOthers<E, A>
  ) => Stream.Stream<RowOf<Endpoint.Result<E, A>>, RestError | PageOverflow>

/**
 * The streams of histories.
 *
 * @since 0.1.0
 * @category streams
 */
export interface HistoryStreams {
  /** Trades of one symbol, told apart by id. */
  readonly tradesStream: HistoryStream<typeof publicEndpoints.trades>
  /** Candles of one symbol; one that is still open is delivered as it was when its page came. */
  readonly candlesStream: HistoryStream<typeof publicEndpoints.candlesHistory>
  /**
   * Best prices by the hour. All symbols share their milliseconds and a page has at most 250 rows, so `ALL`, or more
   * symbols than that, may fail with `PageOverflow`.
   */
  readonly tickersHistoryStream: HistoryStream<typeof publicEndpoints.tickersHistory>
  /** Values of a statistic. */
  readonly statsStream: HistoryStream<typeof publicEndpoints.statsHistory>
  /** Status of one derivative. */
  readonly derivativesStatusStream: HistoryStream<typeof publicEndpoints.derivativesStatusHistory>
  /** Liquidations of all symbols. Three pages a minute. */
  readonly liquidationsStream: HistoryStream<typeof publicEndpoints.liquidations>
  /** Leaderboards; the rows of one board share their time. */
  readonly leaderboardsStream: HistoryStream<typeof publicEndpoints.leaderboardsHistory>
  /** Funding of one currency, always newest first: the endpoint has no `sort`. */
  readonly fundingStatsStream: HistoryStream<typeof publicEndpoints.fundingStats>
}

// each table is mapped by itself: mapped together, the rows' comments would not reach the methods
/**
 * The endpoints as methods. Each checks its arguments before anything is sent (`InvalidInput`), waits its turn under the
 * rate limit (`RateLimited` when that would take longer than `limitWait`), and repeats reads that failed with a
 * retryable error by the schedule `retryReads`.
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
  /** How many calls of an endpoint its limit allows right now, those who wait not subtracted. 0 during a pause. */
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

/**
 * Makes a client. The settings are read once, here.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, HttpClient.HttpClient | RateLimiter.RateLimiter> = Effect.gen(
  function*() {
    const client = yield* HttpClient.HttpClient
    const limiter = yield* RateLimiter.RateLimiter
    const settings = Schedules.ofRest(yield* BitfinexConfig.BitfinexConfig)
    const callOf = Rest.make({ client, limiter, settings })
    const service: unknown = {
      ...RestMethods.methods(endpoints, callOf),
      ...RestMethods.streams(histories, callOf),
      budgetRemaining: RestMethods.budgetRemaining(endpoints, limiter, settings),
      ...RestMethods.healthProbe(endpoints, limiter, settings)
    }
    // the cast: methods and their types are derived from the same tables
    return service as Service
  }
)

/**
 * The client, under the limiter of the context: `RateLimiter.layerProcess` for the one that the whole process shares, as
 * the venue counts all calls from one address together, or another where calls leave by another address.
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
export const layer: Layer.Layer<RestClient, never, HttpClient.HttpClient | RateLimiter.RateLimiter> = Layer.effect(
  RestClient,
  make
)
