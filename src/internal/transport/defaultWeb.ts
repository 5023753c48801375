/**
 * The same as `default.ts`, by the globals `fetch` and `WebSocket`.
 *
 * @internal
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import type * as Layer from "effect/Layer"

export const rest: Layer.Layer<HttpClient.HttpClient> = FetchHttpClient.layer

export const sockets: Layer.Layer<Socket.WebSocketConstructor> = Socket.layerWebSocketConstructorGlobal
