/**
 * REST on Node: an `HttpClient` of `@effect/platform` over `node:http` and `node:https`. The layers of `Bitfinex` use
 * it. A signed call over it costs about a third of a call over `fetch`.
 *
 * It is a layer like any other: the layers `Bitfinex.…WithoutTransport` take `FetchHttpClient.layer`, or a client of
 * your own, in its place.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Http from "node:http"
import type * as Https from "node:https"
import * as Failures from "./internal/platform/failures.ts"
import * as Direct from "./internal/rest/direct.ts"
import * as Node from "./internal/rest/nodeHttp.ts"
import * as Later from "./internal/time/later.ts"

/**
 * Options of the connections.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * makes the connections in place of the agents of this module, such as an agent of `https-proxy-agent`; a function
   * picks one by scheme and host, and undefined means a direct connection. It is yours: the scope does not close it
   */
  readonly agent?: Http.Agent | ((origin: URL) => Http.Agent | undefined)
  /** connections to one host at a time; further requests wait for one. Default no bound */
  readonly maxConnections?: number
  /** options of the connections, such as certificates; see `https.AgentOptions` of Node */
  readonly tls?: Https.AgentOptions
  /** a longer body of a reply is not read; default 16 MiB. The clients of this SDK also have their own bound */
  readonly maxBytes?: number
}

const bodyOf = ({ body }: HttpClientRequest.HttpClientRequest): string | Uint8Array | undefined =>
  body._tag === "Uint8Array" ? body.body : undefined

const failureOf = (request: HttpClientRequest.HttpClientRequest, { cause, stage, status }: Direct.Failure) =>
  status === undefined
    ? stage === "make"
      ? Failures.unencodable(request, cause.message)
      : Failures.disconnected(request, cause, cause.message)
    : Failures.unreadable(
      request,
      HttpClientResponse.fromWeb(request, new Response(null, { status })),
      cause,
      stage === "long" ? "the body is too long" : cause.message
    )

/** statuses whose replies have no body */
const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304])

const webResponse = ({ body, headers, status }: Direct.Received): Response => {
  const pairs: Array<[string, string]> = []
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) pairs.push([name, each])
  }
  return new Response(bodiless.has(status) ? null : new Uint8Array(body), { status, headers: pairs })
}

/**
 * Makes a client. Connections are kept for four seconds after a reply, and closed with the scope. It follows no redirect,
 * and asks for no compression. Bodies that are streams or forms are not supported: no endpoint has one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { agent, maxBytes = 16 * 1024 * 1024, maxConnections = Number.POSITIVE_INFINITY, tls = {} }: Options = {}
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.gen(function*() {
    const modules = yield* Effect.promise(Node.load)
    const agents = yield* Effect.acquireRelease(
      Effect.sync(() => Node.agentsOf(modules, maxConnections, tls)),
      ({ http, https }) =>
        Effect.sync(() => {
          http.destroy()
          https.destroy()
        })
    )
    const send = Node.make(modules, (origin) => {
      const own = typeof agent === "function" ? agent(origin) : agent
      // an agent of the user's knows nothing of our certificates
      return own === undefined
        ? { agent: origin.protocol === "https:" ? agents.https : agents.http, tls: undefined }
        : { agent: own, tls }
    })
    const client = HttpClient.make((request, url) => {
      if (request.body._tag !== "Empty" && request.body._tag !== "Uint8Array") {
        return Effect.fail(Failures.unencodable(request, "bodies that are streams or forms are not supported"))
      }
      const sent = {
        method: request.method,
        url: url.href,
        headers: request.headers,
        more: [],
        body: bodyOf(request),
        maxBytes
      }
      const exchange = Later.callback<Direct.Received, Direct.Failure>((resume) =>
        Effect.sync(
          send(
            sent,
            (result) => resume(Either.isRight(result) ? Effect.succeed(result.right) : Effect.fail(result.left))
          )
        )
      )
      return Effect.mapBoth(exchange, {
        onSuccess: (received) => HttpClientResponse.fromWeb(request, webResponse(received)),
        onFailure: (failure) => failureOf(request, failure)
      })
    })
    Direct.known.set(client, send)
    return client
  })

/**
 * The client with its default options.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeHttp from "effect-bitfinex/NodeHttp"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
 *
 * const Client = RestClient.layer.pipe(Layer.provide([NodeHttp.layer, RateLimiter.layerProcess]))
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.scoped(HttpClient.HttpClient, make())

/**
 * The client with other options.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeHttp from "effect-bitfinex/NodeHttp"
 * import { readFileSync } from "node:fs"
 *
 * const behindOurGateway = NodeHttp.layerWith({ maxConnections: 8, tls: { ca: readFileSync("gateway.pem") } })
 */
export const layerWith = (options: Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(HttpClient.HttpClient, make(options))
