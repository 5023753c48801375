import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import * as util from "node:util"
import * as Bitfinex from "../src/Bitfinex.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeHttp from "../src/NodeHttp.ts"
import * as NodeProxy from "../src/NodeProxy.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as RestClient from "../src/RestClient.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Proxies from "./support/proxy.ts"

const certificate = Proxies.certificate()
const withTls = certificate === undefined ? it.scopedLive.skip : it.scopedLive

const ticker = Effect.flatMap(RestClient.RestClient, (rest) => rest.ticker({ symbol: "tBTCUSD" }))
const streamed = Stream.runCollect(Stream.take(MarketData.ticker("tBTCUSD"), 3))

/** the exchange behind TLS, and settings that lead there by name */
const secured = Effect.gen(function*() {
  const { restUrl } = yield* FakeExchange.FakeExchange
  const port = yield* Proxies.tls(certificate!, Number(new URL(restUrl).port))
  return {
    host: `localhost:${port}`,
    settings: BitfinexConfig.layer({
      rest: { publicUrl: `https://localhost:${port}`, authUrl: `https://localhost:${port}` },
      socket: { url: `wss://localhost:${port}/ws/2`, reconnect: Schedule.spaced("10 millis") }
    })
  }
})

const exchange = Effect.provide(FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD"], tick: 20 }))
const quiet = Effect.provide(Logger.remove(Logger.defaultLogger))
const at = (port: number, user = "") => Redacted.make(`http://${user}127.0.0.1:${port}`)

describe("NodeProxy", () => {
  withTls(
    "REST and a socket that streams go through the proxy, with TLS to its other side",
    () =>
      Effect.gen(function*() {
        const proxy = yield* Proxies.proxy(200)
        const { host, settings } = yield* secured
        const transport = NodeProxy.layer({
          https: at(proxy.port, "desk:p%40ss@"),
          tls: { ca: certificate!.cert }
        })
        const Live = Bitfinex.layerPublicWithoutTransport.pipe(Layer.provide(transport), Layer.provide(settings))
        yield* Effect.gen(function*() {
          assert.isNotNull((yield* ticker).lastPrice)
          assert.deepStrictEqual(proxy.tunnels, [host])
          // over the connection that is there
          yield* ticker
          assert.lengthOf(proxy.tunnels, 1)
          assert.lengthOf([...yield* streamed], 3)
          assert.deepStrictEqual(proxy.tunnels, [host, host])
        }).pipe(Effect.provide(Live))
        const basic = `Basic ${Buffer.from("desk:p@ss").toString("base64")}`
        assert.deepStrictEqual(proxy.authorizations, [basic, basic])
      }).pipe(exchange, quiet)
  )

  withTls("a certificate that is not trusted is refused, through the proxy too", () =>
    Effect.gen(function*() {
      const proxy = yield* Proxies.proxy(200)
      const { settings } = yield* secured
      const Live = Bitfinex.layerPublicWithoutTransport.pipe(
        Layer.provide(NodeProxy.layer({ https: at(proxy.port) })),
        Layer.provide(Layer.provideMerge(BitfinexConfig.layer({ rest: { retryReads: Schedule.stop } }), settings))
      )
      const error = yield* Effect.flip(Effect.provide(ticker, Live))
      assert.include(error.message, "self")
      assert.lengthOf(proxy.tunnels, 1)
    }).pipe(exchange, quiet))

  for (const status of [407, 403, 502] as const) {
    it.scopedLive(`a proxy that answers ${status}: a write was not sent, a socket says why, no password shows`, () =>
      Effect.gen(function*() {
        const proxy = yield* Proxies.proxy(status)
        const settings = BitfinexConfig.layer({
          rest: {
            publicUrl: "https://localhost:9",
            authUrl: "https://localhost:9",
            retryUnsent: Schedule.recurs(1)
          },
          socket: { url: "wss://localhost:9/ws/2", reconnect: Schedule.spaced("10 millis") }
        })
        const key = { apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }
        const lines: Array<string> = []
        const logger = Logger.make(({ cause, message }) =>
          void lines.push(util.inspect([message, cause], { depth: 9 }))
        )
        const [error, problem] = yield* Effect.gen(function*() {
          const rest = yield* RestAuthClient.RestAuthClient
          const market = yield* MarketData.MarketData
          const error = yield* Effect.flip(
            rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "1", price: "1" })
          )
          assert.lengthOf(proxy.tunnels, status === 407 ? 1 : 2)
          yield* Effect.fork(Stream.runDrain(MarketData.ticker("tBTCUSD")))
          const problem = yield* Stream.runHead(Stream.filter(market.problems, ({ _tag }) => _tag === "Disconnected"))
          yield* Effect.logError(error, problem)
          return [error, problem] as const
        }).pipe(
          Effect.provide(
            Bitfinex.layerWithoutTransport(key).pipe(
              Layer.provide(NodeProxy.layer({ https: at(proxy.port, "desk:hunter22@") })),
              Layer.provide(settings)
            )
          ),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        assert.deepInclude(error, { _tag: "TransportError", stage: "connect", outcome: "unsent", status: null })
        assert.include(error.message, `the proxy refused the connection with ${status}`)
        assert.include(JSON.stringify(problem), `the proxy refused the connection with ${status}`)
        const printed = [...lines, util.inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)].join(
          "\n"
        )
        assert.notMatch(printed, /hunter22|ZGVzazpodW50ZXIyMg/)
      }))
  }

  it.scopedLive("the usual variables: HTTP_PROXY in either case, but not for the hosts of NO_PROXY", () =>
    Effect.gen(function*() {
      const proxy = yield* Proxies.proxy(200)
      const { restUrl } = yield* FakeExchange.FakeExchange
      const { host, hostname, port } = new URL(restUrl)
      const used = (variables: { readonly [name: string]: string }) =>
        Effect.gen(function*() {
          const before = proxy.tunnels.length
          yield* Effect.zipRight(ticker, streamed).pipe(
            Effect.provide(
              Bitfinex.layerPublicWithoutTransport.pipe(
                Layer.provide(NodeProxy.layerConfig),
                Layer.provide(FakeExchange.layerConfig),
                Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))))
              )
            )
          )
          return proxy.tunnels.slice(before)
        })
      const url = `http://127.0.0.1:${proxy.port}`
      assert.deepStrictEqual(yield* used({ HTTP_PROXY: url }), [host, host])
      assert.deepStrictEqual(yield* used({ http_proxy: url, NO_PROXY: `other,${hostname}:1` }), [host, host])
      for (const list of [hostname, `a.example, ${hostname}:${port}`, "*", ".0.0.1"]) {
        assert.deepStrictEqual(yield* used({ HTTP_PROXY: url, NO_PROXY: list }), [], list)
      }
      assert.deepStrictEqual(yield* used({ HTTPS_PROXY: url }), [])
      assert.deepStrictEqual(yield* used({ HTTP_PROXY: "" }), [])
      assert.deepStrictEqual(yield* used({}), [])
    }).pipe(exchange, quiet))

  it.scopedLive("NO_PROXY with addresses of IPv6, in brackets with a port or bare", () =>
    Effect.gen(function*() {
      const proxy = yield* Proxies.proxy(403)
      const port = yield* Proxies.replies("[1,2,3,4,5,6,7,8,9,10]", "::1")
      if (port === undefined) return
      const tunnels = (noProxy: string) =>
        Effect.gen(function*() {
          const before = proxy.tunnels.length
          yield* Effect.exit(ticker).pipe(Effect.provide(
            Bitfinex.layerPublicWithoutTransport.pipe(
              Layer.provide(NodeProxy.layer({ http: Redacted.make(`http://127.0.0.1:${proxy.port}`), noProxy })),
              Layer.provide(
                BitfinexConfig.layer({ rest: { publicUrl: `http://[::1]:${port}`, retryReads: Schedule.stop } })
              )
            )
          ))
          return proxy.tunnels.length - before
        })
      for (const list of ["::1", "localhost,::1", "[::1]", `[::1]:${port}`]) {
        assert.strictEqual(yield* tunnels(list), 0, list)
      }
      for (const list of ["", "::2", "1", "[::1]:9"]) {
        assert.strictEqual(yield* tunnels(list), 1, list)
      }
    }))

  it.scopedLive("a % in the password of a proxy that stands for itself", () =>
    Effect.gen(function*() {
      const proxy = yield* Proxies.proxy(403)
      yield* Effect.exit(ticker).pipe(Effect.provide(
        Bitfinex.layerPublicWithoutTransport.pipe(
          Layer.provide(NodeProxy.layer({ http: at(proxy.port, "desk:100%&%40@") })),
          Layer.provide(
            BitfinexConfig.layer({ rest: { publicUrl: "http://venue.invalid", retryReads: Schedule.stop } })
          )
        )
      ))
      assert.deepStrictEqual(proxy.authorizations, [`Basic ${Buffer.from("desk:100%&@").toString("base64")}`])
    }))

  it.effect("an address that cannot be is refused, and not shown", () =>
    Effect.gen(function*() {
      for (const address of ["proxy:3128", "desk:hunter22@proxy", "socks5://desk:hunter22@proxy:1080", ""]) {
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(NodeProxy.layer({ https: Redacted.make(address) })))
        )
        assert.strictEqual(error._tag, "InvalidInput")
        assert.include(error.message, "http://proxy:3128")
        assert.notInclude(util.inspect(error, { depth: 9 }), "hunter22")
      }
    }))
})

describe("transports in the user's hands", () => {
  it.scopedLive("transformClient sees each REST call, public and signed", () =>
    Effect.gen(function*() {
      const venue = yield* FakeExchange.FakeExchange
      const seen: Array<string> = []
      const transformClient = HttpClient.tapRequest(({ headers, url }) =>
        Effect.sync(() => void seen.push(`${new URL(url).pathname} ${"bfx-signature" in headers}`))
      )
      const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
      const wallets = Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.wallets())
      yield* Effect.provide(wallets, Bitfinex.layer(key, undefined, { transformClient }))
      yield* Effect.provide(ticker, Bitfinex.layerPublicWith({ transformClient }))
      assert.deepStrictEqual(seen, ["/v2/auth/r/wallets true", "/v2/ticker/tBTCUSD false"])
      assert.lengthOf(yield* venue.requests, 2)
    }).pipe(Effect.provide(FakeExchange.layerConfig), exchange, quiet))

  it.scopedLive("NodeSocket sends headers of the user's", () =>
    Effect.gen(function*() {
      const server = yield* Proxies.upgrades
      yield* Effect.gen(function*() {
        const market = yield* MarketData.MarketData
        yield* Effect.fork(Stream.runDrain(MarketData.ticker("tBTCUSD")))
        yield* Stream.runHead(Stream.filter(market.problems, ({ _tag }) => _tag === "Disconnected"))
      }).pipe(
        Effect.provide(
          Layer.provide(Bitfinex.layerPublicWithoutTransport, [
            NodeHttp.layer,
            NodeSocket.layerWith({ headers: { "x-desk": "2" } })
          ])
        ),
        Effect.provide(BitfinexConfig.layer({ socket: { url: `ws://127.0.0.1:${server.port}/ws/2` } }))
      )
      assert.deepInclude(server.headers[0]!, { "x-desk": "2", upgrade: "websocket" })
    }).pipe(quiet))

  it.scopedLive("one agent of the user's serves REST and sockets, and stays open", () =>
    Effect.gen(function*() {
      const agent = new Http.Agent()
      let made = 0
      const create = agent.createConnection.bind(agent)
      agent.createConnection = (...args) => {
        made++
        return create(...args)
      }
      const transport = Layer.merge(NodeHttp.layerWith({ agent }), NodeSocket.layerWith({ agent: () => agent }))
      const Live = Layer.provide(Bitfinex.layerPublicWithoutTransport, transport)
      yield* Effect.provide(Effect.zipRight(ticker, streamed), Live)
      assert.strictEqual(made, 2)
      yield* Effect.provide(ticker, Live)
      assert.strictEqual(made, 3)
    }).pipe(Effect.provide(FakeExchange.layerConfig), exchange, quiet))
})
