/**
 * Assembled layers: everything a program needs, in one line. Bundlers for browsers put `fetch` and the global `WebSocket`
 * in the place of `node:http` and `ws`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AccountConnection from "./AccountConnection.ts"
import * as AccountEvents from "./AccountEvents.ts"
import * as AccountState from "./AccountState.ts"
import * as Auth from "./Auth.ts"
import type { InvalidInput } from "./BitfinexError.ts"
import * as Credentials from "./Credentials.ts"
import * as Transports from "./internal/transport/default.ts"
import * as MarketData from "./MarketData.ts"
import * as Nonce from "./Nonce.ts"
import * as Policies from "./protocol/internal/policies.ts"
import * as RateLimiter from "./RateLimiter.ts"
import * as RestAuthClient from "./RestAuthClient.ts"
import * as RestClient from "./RestClient.ts"
import * as Trading from "./Trading.ts"

/**
 * The services that the layers without a transport require: a client for REST, and a constructor of sockets.
 *
 * @since 0.1.0
 * @category models
 */
export type Transport = HttpClient.HttpClient | Socket.WebSocketConstructor

/**
 * Options of the HTTP client for REST calls.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface ClientOptions {
  /**
   * changes the client, for example to add a header or a log line. It sees signed requests, headers included. It must
   * not repeat a request: the SDK repeats what can be repeated, and a write that is sent twice may be executed twice
   */
  readonly transformClient?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
}

const transportOf = ({ transformClient }: ClientOptions): Layer.Layer<Transport> =>
  Layer.merge(
    transformClient === undefined
      ? Transports.rest
      : Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, transformClient)).pipe(
        Layer.provide(Transports.rest)
      ),
    Transports.sockets
  )

/**
 * The public side of the exchange, over the `HttpClient` and the `WebSocketConstructor` of the context: `NodeProxy`
 * provides both for a proxy; in a browser they are `FetchHttpClient.layer` and
 * `Socket.layerWebSocketConstructorGlobal`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as NodeProxy from "effect-bitfinex/NodeProxy"
 * import * as Layer from "effect/Layer"
 *
 * const Public = Bitfinex.layerPublicWithoutTransport.pipe(Layer.provide(NodeProxy.layerConfig))
 */
export const layerPublicWithoutTransport: Layer.Layer<
  RestClient.RestClient | MarketData.MarketData,
  never,
  Transport
> = Layer.mergeAll(RestClient.layer, MarketData.layer).pipe(Layer.provide(RateLimiter.layerProcess))

/**
 * `layerPublic` with a changed HTTP client.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 *
 * const Public = Bitfinex.layerPublicWith({
 *   transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-desk", "2"))
 * })
 */
export const layerPublicWith = (options: ClientOptions): Layer.Layer<RestClient.RestClient | MarketData.MarketData> =>
  Layer.provide(layerPublicWithoutTransport, transportOf(options))

/**
 * The public side of the exchange, without a key: REST over `node:http` and channels over `ws`, under the limiter of
 * the process. Hosts, schedules and limits are those of `BitfinexConfig`.
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
export const layerPublic: Layer.Layer<RestClient.RestClient | MarketData.MarketData> = layerPublicWith({})

/**
 * The services that `layer` and `layerConfig` provide: the public side, signed REST with its signer, and the account's
 * socket with the services on it.
 *
 * @since 0.1.0
 * @category models
 */
export type Services =
  | RestClient.RestClient
  | RestAuthClient.RestAuthClient
  | MarketData.MarketData
  | Auth.Auth
  | AccountConnection.AccountConnection
  | AccountConnection.AccountSession
  | AccountEvents.AccountEvents
  | AccountState.AccountState
  | Trading.Trading

/**
 * Options of an account: how to log in on its socket, and rules for its orders.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface AccountOptions extends AccountConnection.Options, Trading.Options {
  /**
   * Whether orders are post-only by policy, on the socket (`Trading`) and over REST (`RestAuthClient`); default false. An
   * order that may take is refused before it is sent, unless its `flags` have `postOnly`. The options of those services
   * have the details.
   */
  readonly postOnly?: boolean | undefined
}

/**
 * `layerCredentials` over the `HttpClient` and the `WebSocketConstructor` of the context, such as those of `NodeProxy`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as NodeProxy from "effect-bitfinex/NodeProxy"
 * import * as Layer from "effect/Layer"
 *
 * const Account = Bitfinex.layerCredentialsWithoutTransport(Credentials.layerConfig()).pipe(
 *   Layer.provide(NodeProxy.layerConfig)
 * )
 */
export const layerCredentialsWithoutTransport = <E>(
  credentials: Layer.Layer<Credentials.Credentials, E>,
  account: AccountOptions = {}
): Layer.Layer<Services, E | InvalidInput, Transport> => {
  const refused = Policies.refusedAccount("Bitfinex.layer", account)
  if (refused !== undefined) return Layer.fail(refused)
  const trading = Trading.layer(Policies.pick(account, "onLate", "postOnly"))
  return Layer.mergeAll(AccountEvents.layer(), AccountState.layer(), trading).pipe(
    Layer.provideMerge(AccountConnection.layer(Policies.pick(account, "dms", "filter"))),
    Layer.provideMerge(
      Layer.mergeAll(RestClient.layer, RestAuthClient.layer(Policies.pick(account, "postOnly")), MarketData.layer)
    ),
    Layer.provideMerge(Auth.layer()),
    Layer.provide([RateLimiter.layerProcess, Nonce.layerProcess, credentials])
  )
}

/**
 * The same as `layer` with any source of credentials, such as `Credentials.layerEffect`, whose credentials may change
 * while the program runs: a key that is replaced, or a token that is renewed.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Redacted from "effect/Redacted"
 * import * as Ref from "effect/Ref"
 *
 * const current = Ref.unsafeMake<Credentials.Options>({
 *   apiKey: Redacted.make("key"),
 *   apiSecret: Redacted.make("secret")
 * })
 * const Account = Bitfinex.layerCredentials(Credentials.layerEffect(Ref.get(current)))
 */
export const layerCredentials = <E>(
  credentials: Layer.Layer<Credentials.Credentials, E>,
  account?: AccountOptions,
  client: ClientOptions = {}
): Layer.Layer<Services, E | InvalidInput> =>
  Layer.provide(layerCredentialsWithoutTransport(credentials, account), transportOf(client))

/**
 * The public side and the signed one, with a key or a token. The account's socket is opened when it is first needed;
 * `account` says how to log in on it. REST goes over `NodeHttp`, which `client` may change; for other transports see
 * `layerWithoutTransport`. Fails with `InvalidInput` when a part of the credentials is empty or holds characters that
 * no key has, and when `account` or the address of the socket is invalid.
 *
 * Each call makes one account: two calls in one program are two accounts, whether their layers are merged, nested,
 * built with one `MemoMap` or in several runtimes. Call it once for each key, and use the result wherever you need that
 * account: Effect builds each layer reference once, so all of its users share one socket.
 *
 * The same holds for your own layers. A constant `const Desk = Layer.effect(…)` that needs an account is built once in
 * a program, with the first account that it is given, and everything after that gets the same desk: Bob's desk would
 * trade for Alice. Make it a function, `const desk = () => Layer.effect(…)`, or give each account its own tag, or wrap
 * the constant in `Layer.fresh` at each use.
 *
 * Nonces, and the queue that keeps the calls of a key in order, belong to the key: all layers of one key in a process
 * share them, and layers of different keys do not. The limiter belongs to the address of this machine, as the venue's
 * limits do, so all accounts of the process share it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const wallets = Effect.gen(function*() {
 *   const rest = yield* RestAuthClient.RestAuthClient
 *   return yield* rest.wallets()
 * }).pipe(
 *   Effect.provide(Bitfinex.layer({ apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }))
 * )
 * @example
 * // two accounts in one program
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import type * as Credentials from "effect-bitfinex/Credentials"
 * import * as Context from "effect/Context"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * class AliceOrders extends Context.Tag("AliceOrders")<AliceOrders, number>() {}
 * class BobOrders extends Context.Tag("BobOrders")<BobOrders, number>() {}
 *
 * const openOrders = Effect.gen(function*() {
 *   const state = yield* AccountState.AccountState
 *   return (yield* state.orders.synced).rows.size
 * })
 *
 * const both = (alice: Credentials.Options, bob: Credentials.Options) =>
 *   Layer.mergeAll(
 *     Layer.effect(AliceOrders, openOrders).pipe(Layer.provide(Bitfinex.layer(alice))),
 *     Layer.effect(BobOrders, openOrders).pipe(Layer.provide(Bitfinex.layer(bob)))
 *   )
 */
export const layer = (
  options: Credentials.Options,
  account?: AccountOptions,
  client?: ClientOptions
): Layer.Layer<Services, InvalidInput> => layerCredentials(Credentials.layer(options), account, client)

/**
 * `layer` over the `HttpClient` and the `WebSocketConstructor` of the context, such as those of `NodeProxy`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as NodeProxy from "effect-bitfinex/NodeProxy"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const key = { apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }
 * const Account = Bitfinex.layerWithoutTransport(key).pipe(Layer.provide(NodeProxy.layerConfig))
 */
export const layerWithoutTransport = (
  options: Credentials.Options,
  account?: AccountOptions
): Layer.Layer<Services, InvalidInput, Transport> =>
  layerCredentialsWithoutTransport(Credentials.layer(options), account)

/**
 * The same with credentials from configuration, by default from the environment: `BFX_TOKEN`, or `BFX_API_KEY` and
 * `BFX_API_SECRET`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Effect from "effect/Effect"
 *
 * Effect.gen(function*() {
 *   const rest = yield* RestAuthClient.RestAuthClient
 *   yield* Effect.log(yield* rest.activeOrders())
 * }).pipe(Effect.provide(Bitfinex.layerConfig()), NodeRuntime.runMain)
 */
export const layerConfig = (
  options?: Config.Config<Credentials.Options>,
  account?: AccountOptions,
  client?: ClientOptions
): Layer.Layer<Services, ConfigError.ConfigError | InvalidInput> =>
  layerCredentials(Credentials.layerConfig(options), account, client)

/**
 * `layerConfig` over the `HttpClient` and the `WebSocketConstructor` of the context, such as those of `NodeProxy`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as NodeProxy from "effect-bitfinex/NodeProxy"
 * import * as Layer from "effect/Layer"
 *
 * const Account = Bitfinex.layerConfigWithoutTransport().pipe(Layer.provide(NodeProxy.layerConfig))
 */
export const layerConfigWithoutTransport = (
  options?: Config.Config<Credentials.Options>,
  account?: AccountOptions
): Layer.Layer<Services, ConfigError.ConfigError | InvalidInput, Transport> =>
  layerCredentialsWithoutTransport(Credentials.layerConfig(options), account)
