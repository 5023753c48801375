/**
 * Assembled layers: everything a program needs, in one line.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as RestClient from "./RestClient.ts"

/**
 * The public side of the exchange, without a key: REST over `fetch`, under one limiter.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Effect from "effect/Effect"
 *
 * const isOperative = Effect.gen(function*() {
 *   const rest = yield* RestClient.RestClient
 *   return (yield* rest.platformStatus()).status === 1
 * }).pipe(Effect.provide(Bitfinex.layerPublic))
 */
export const layerPublic: Layer.Layer<RestClient.RestClient> = RestClient.layer.pipe(
  Layer.provide(FetchHttpClient.layer)
)
