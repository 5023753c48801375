/**
 * REST and sockets through a proxy, on Node: one layer gives the `HttpClient` and the `WebSocketConstructor` that the
 * layers `Bitfinex.…WithoutTransport` need. Connections are tunnels (`CONNECT`), so the proxy sees host and port, and
 * nothing of a request. It uses the package `https-proxy-agent`, which is optional: `npm install https-proxy-agent`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Http from "node:http"
import type * as Https from "node:https"
import { InvalidInput } from "./BitfinexError.ts"
import * as Resends from "./internal/platform/resends.ts"
import * as NodeHttp from "./NodeHttp.ts"
import * as NodeSocket from "./NodeSocket.ts"

/**
 * The addresses of the proxy, and the hosts that are reached without it.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /** address for `https:` and `wss:`, such as `http://user:password@proxy:3128`; without it, those go directly */
  readonly https?: Redacted.Redacted
  /** the same for `http:` and `ws:` */
  readonly http?: Redacted.Redacted
  /**
   * hosts that are reached directly, with commas between them: `localhost,.example.com,10.0.0.5:8080`. A name also holds
   * for its subdomains, and `*` for every host
   */
  readonly noProxy?: string
  /** options of TLS, such as the certificates that the exchange's host is checked against; see `https.AgentOptions` */
  readonly tls?: Https.AgentOptions
}

const refused = (field: string, reason: string) =>
  // the value may hold a password
  new InvalidInput({ operation: "NodeProxy.layer", field, value: "<redacted>", reason })

const addressOf = (field: string, text: string): Effect.Effect<URL, InvalidInput> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === "http:" || url?.protocol === "https:"
    ? Effect.succeed(url)
    : Effect.fail(refused(field, "give an address such as http://proxy:3128, with its scheme, http or https"))
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, "")

/** whether a host is on the list of those that are reached directly */
const excludes = (noProxy: string): (url: URL) => boolean => {
  const entries = noProxy.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "").map((entry) => {
    // an address of IPv6 has colons of its own: ::1, or [::1]:8080 with a port
    const [, host = entry, port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? []
    return { host: bare(host).replace(/^\*?\.(?=.)/, ""), port }
  })
  return ({ hostname: name, port, protocol }) => {
    const hostname = bare(name)
    const own = port || (protocol === "https:" || protocol === "wss:" ? "443" : "80")
    return entries.some((entry) =>
      (entry.port === undefined || entry.port === own)
      && (entry.host === "*" || hostname === entry.host || hostname.endsWith(`.${entry.host}`))
    )
  }
}

/** a % that stands for itself, as many programs accept it in a password */
const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (all) => {
    try {
      return decodeURIComponent(all)
    } catch {
      return all
    }
  })

const agentOf = (
  field: "http" | "https",
  secret: Redacted.Redacted | undefined,
  tls: Https.AgentOptions,
  keepAlive: boolean
): Effect.Effect<Http.Agent | undefined, InvalidInput, Scope.Scope> =>
  secret === undefined ? Effect.succeed(undefined) : Effect.gen(function*() {
    const url = yield* addressOf(field, Redacted.value(secret))
    const { HttpsProxyAgent } = yield* Effect.tryPromise({
      try: () => import("https-proxy-agent"),
      catch: () => refused(field, "a proxy needs the package https-proxy-agent: npm install https-proxy-agent")
    })
    const user = url.username === "" && url.password === ""
      ? undefined
      : `${decoded(url.username)}:${decoded(url.password)}`
    // kept out of the address: the agent shows that in events and in its debug log
    url.username = ""
    url.password = ""
    const headers: { [name: string]: string } = user === undefined
      ? {}
      : { "Proxy-Authorization": `Basic ${Buffer.from(user).toString("base64")}` }
    return yield* Effect.acquireRelease(
      Effect.sync(() => {
        const agent = new HttpsProxyAgent(url, { ...tls, keepAlive, headers: () => headers })
        // the agent drops the options of the pool; connections are kept as long as those of `NodeHttp`
        agent.options.timeout = 4_000
        return agent
      }),
      (agent) => Effect.sync(() => agent.destroy())
    )
  })

/**
 * REST and sockets through a proxy. Fails with `InvalidInput` when an address is invalid, and when `https-proxy-agent`
 * is not installed. A proxy that refuses a tunnel fails a call with `TransportError`, stage `connect`, outcome
 * `unsent`; a socket is `Disconnected` with the same reason, and tries again. User and password are in no error and in
 * no log.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as NodeProxy from "effect-bitfinex/NodeProxy"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const Public = Bitfinex.layerPublicWithoutTransport.pipe(
 *   Layer.provide(NodeProxy.layer({ https: Redacted.make("http://proxy.example.com:3128") }))
 * )
 */
export const layer = (
  { http, https, noProxy = "", tls = {} }: Options
): Layer.Layer<HttpClient.HttpClient | Socket.WebSocketConstructor, InvalidInput> =>
  Layer.unwrapScoped(Effect.gen(function*() {
    const isDirect = excludes(noProxy)
    const picking = (keepAlive: boolean) =>
      Effect.gen(function*() {
        const agents = {
          http: yield* agentOf("http", http, tls, keepAlive),
          https: yield* agentOf("https", https, tls, keepAlive)
        }
        return (url: URL) =>
          isDirect(url) ? undefined : url.protocol === "https:" || url.protocol === "wss:" ? agents.https : agents.http
      })
    const calls = yield* picking(!Resends.isDeno())
    // agents of their own: a socket on a connection that REST kept would fail where the other side has just closed it
    const sockets = yield* picking(false)
    return Layer.merge(NodeHttp.layerWith({ agent: calls, tls }), NodeSocket.layerWith({ agent: sockets, tls }))
  }))

const variable = <A>(name: string, read: (name: string) => Config.Config<A>): Config.Config<Option.Option<A>> =>
  Config.option(Config.orElse(read(name.toLowerCase()), () => read(name)))

const secretFrom = (name: string): Config.Config<Option.Option<Redacted.Redacted>> =>
  Config.map(
    variable(name, (each) => Config.redacted(each)),
    Option.filter((secret) => Redacted.value(secret) !== "")
  )

/**
 * The options from the usual environment variables, in small letters or capitals: `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY`. Each may be missing or empty.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.map(
  Config.all({
    https: secretFrom("HTTPS_PROXY"),
    http: secretFrom("HTTP_PROXY"),
    noProxy: variable("NO_PROXY", Config.string)
  }),
  ({ http, https, noProxy }): Options => ({
    ...(Option.isSome(https) ? { https: https.value } : {}),
    ...(Option.isSome(http) ? { http: http.value } : {}),
    ...(Option.isSome(noProxy) ? { noProxy: noProxy.value } : {})
  })
)

/**
 * The same by the environment variables of `config`; without them, connections are direct.
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
export const layerConfig: Layer.Layer<
  HttpClient.HttpClient | Socket.WebSocketConstructor,
  ConfigError.ConfigError | InvalidInput
> = Layer.unwrapEffect(Effect.map(config, layer))
