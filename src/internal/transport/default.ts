/**
 * The transport of the assembled layers: Node's. For browsers, `package.json` puts `defaultWeb.ts` in the place of this
 * file.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import type * as Layer from "effect/Layer"
import * as NodeHttp from "../../NodeHttp.ts"
import * as NodeSocket from "../../NodeSocket.ts"

export const rest: Layer.Layer<HttpClient.HttpClient> = NodeHttp.layer

export const sockets: Layer.Layer<Socket.WebSocketConstructor> = NodeSocket.layer
