/**
 * Sockets on Node: a `WebSocketConstructor` of `@effect/platform` that uses the package `ws`. Sockets of `ws` accept every
 * legal close code, can be paused and terminated, and deliver messages without an event object for each.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Http from "node:http"
import type * as Https from "node:https"
import { BitfinexConfig } from "./BitfinexConfig.ts"
import * as Proxied from "./internal/platform/proxied.ts"
import * as PlatformSocket from "./internal/platform/socket.ts"

/**
 * Options of the connections.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * makes the connections, such as an agent of `https-proxy-agent`; a function picks one by the address of the socket, and
   * undefined means a direct connection
   */
  readonly agent?: Http.Agent | ((url: URL) => Http.Agent | undefined)
  /** sent with the request that opens a socket */
  readonly headers?: { readonly [name: string]: string }
  /** options of TLS, such as certificates; see `https.AgentOptions` of Node */
  readonly tls?: Https.AgentOptions
}

/**
 * Sockets with other options.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import { readFileSync } from "node:fs"
 *
 * const behindOurGateway = NodeSocket.layerWith({
 *   headers: { "x-desk": "2" },
 *   tls: { ca: readFileSync("gateway.pem") }
 * })
 */
export const layerWith = ({ agent, headers, tls }: Options): Layer.Layer<Socket.WebSocketConstructor> =>
  Layer.effect(
    Socket.WebSocketConstructor,
    Effect.gen(function*() {
      const { socket: { maxFrameBytes } } = yield* BitfinexConfig
      // loaded with the layer, not with this module: programs that open no socket, and scripts, start faster
      const { WebSocket } = yield* Effect.promise(() => import("ws"))
      return (url, protocols) =>
        PlatformSocket.from(
          new WebSocket(url, protocols ?? [], {
            ...tls,
            agent: typeof agent === "function" ? agent(new URL(url)) : agent,
            headers,
            perMessageDeflate: false,
            skipUTF8Validation: true,
            maxPayload: maxFrameBytes,
            finishRequest: (request, socket) => {
              Proxied.watch(request)
              // the error that `ws` makes of a refusal has the status alone
              request.on("response", ({ headers }) => {
                const retryAfter = headers["retry-after"]
                if (retryAfter !== undefined) PlatformSocket.refuse(socket, { retryAfter, date: headers.date })
              })
              request.end()
            }
          })
        )
    })
  )

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
export const layer: Layer.Layer<Socket.WebSocketConstructor> = layerWith({})
