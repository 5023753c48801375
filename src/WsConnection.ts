/**
 * One scoped, supervised socket on the public host, for programs that control the connection themselves: its
 * subscriptions, when it is closed, and with which code and reason.
 *
 * It connects when the first stream starts, and reconnects by itself. Most programs should use `MarketData`, which does
 * the same over as many sockets as it needs.
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Control, make as makeStreams, type Streams } from "./internal/socket/channels.ts"
import type { RateLimiter } from "./RateLimiter.ts"

/**
 * One method for each public channel. A channel beyond the capacity of the socket fails with `SubscriptionRejected`, code
 * 10305.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service extends Streams, Control {}

/**
 * One supervised socket.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as WsConnection from "effect-bitfinex/WsConnection"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const connection = yield* WsConnection.WsConnection
 *   yield* connection.ticker({ symbol: "tBTCUSD" }).pipe(Stream.take(10), Stream.runDrain)
 *   yield* connection.close(4000, "enough")
 * })
 */
export class WsConnection extends Context.Tag("effect-bitfinex/WsConnection")<WsConnection, Service>() {}

/**
 * Makes a connection. Its socket is closed with the scope: with 1000 `done` after success, with 3000 after a failure.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Scope.Scope | Socket.WebSocketConstructor | RateLimiter> = makeStreams(
  { service: "WsConnection", name: "connection", maxSockets: 1 }
)

/**
 * Provides one connection, which the layer owns.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as WsConnection from "effect-bitfinex/WsConnection"
 * import * as Layer from "effect/Layer"
 *
 * const Live = WsConnection.layer.pipe(Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]))
 */
export const layer: Layer.Layer<WsConnection, never, Socket.WebSocketConstructor | RateLimiter> = Layer.scoped(
  WsConnection,
  make
)
