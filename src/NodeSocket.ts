/**
 * Sockets on Node: a `WebSocketConstructor` of `@effect/platform` that uses the package `ws`. Sockets of `ws` accept every
 * legal close code, can be paused and terminated, and deliver messages without an event object for each.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BitfinexConfig } from "./BitfinexConfig.ts"
import type * as PlatformSocket from "./internal/platform/socket.ts"

/**
 * Sockets of `ws`. Compression is off, because the venue does not offer it. The UTF-8 check of `ws` is off, because
 * `JSON.parse` repeats it. Both would be a considerable part of the cost of a small frame.
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
  Effect.gen(function*() {
    const { socket: { maxFrameBytes } } = yield* BitfinexConfig
    // loaded with the layer, not with this module: programs that open no socket, and scripts, start faster
    const { WebSocket } = yield* Effect.promise(() => import("ws"))
    return (url, protocols) =>
      // the cast: `ws` has all members of the browser's WebSocket that are used here
      new WebSocket(url, protocols ?? [], {
        perMessageDeflate: false,
        skipUTF8Validation: true,
        maxPayload: maxFrameBytes
      }) as unknown as PlatformSocket.WebSocket
  })
)
