/**
 * Assembled layers: everything a program needs, in one line.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as MarketData from "./MarketData.ts"
import * as NodeSocket from "./NodeSocket.ts"
import * as RateLimiter from "./RateLimiter.ts"
import * as RestClient from "./RestClient.ts"

/**
 * The public side of the exchange, without a key: REST over `fetch` and channels over `ws`, under one limiter. Hosts,
 * schedules and limits are those of `BitfinexConfig`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * MarketData.trades("tBTCUSD").pipe(
 *   Stream.runForEach((event) => Effect.log(event)),
 *   Effect.provide(Bitfinex.layerPublic),
 *   NodeRuntime.runMain
 * )
 */
export const layerPublic: Layer.Layer<RestClient.RestClient | MarketData.MarketData> = Layer.mergeAll(
  RestClient.layerWithoutLimiter,
  MarketData.layer
).pipe(Layer.provide([RateLimiter.layerMemory, FetchHttpClient.layer, NodeSocket.layer]))
