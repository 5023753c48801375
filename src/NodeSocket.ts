/**
 * Sockets on Node: the `WebSocketConstructor` of `@effect/platform` made of the package `ws`, which accepts every legal
 * close code, can be paused and terminated, and hands over messages without an event object for each.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { WebSocket } from "ws"
import { BitfinexConfig } from "./BitfinexConfig.ts"

/**
 * Sockets made by `ws`. Compression is off (the venue offers none), and so is the check of UTF-8, which `JSON.parse`
 * does again: together they are a good part of what a small frame costs.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Layer from "effect/Layer"
 *
 * const Live = MarketData.layer.pipe(Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]))
 */
export const layer: Layer.Layer<Socket.WebSocketConstructor> = Layer.effect(
  Socket.WebSocketConstructor,
  Effect.map(BitfinexConfig, ({ maxFrameBytes }) => (url, protocols) =>
    // the cast: `ws` has everything of the browser's WebSocket that is used here, and more
    new WebSocket(url, protocols ?? [], {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: maxFrameBytes
    }) as unknown as globalThis.WebSocket)
)
