import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Bitfinex from "../src/Bitfinex.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as NodeHttp from "../src/NodeHttp.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as RestClient from "../src/RestClient.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Proxies from "./support/proxy.ts"

const certificate = Proxies.certificate()
const withTls = certificate === undefined ? it.scopedLive.skip : it.scopedLive

const ticker = Effect.flatMap(RestClient.RestClient, (rest) => rest.ticker({ symbol: "tBTCUSD" }))
const submitted = Effect.flatMap(
  RestAuthClient.RestAuthClient,
  (rest) => rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "1" })
)

/** the clients of the exchange behind TLS at a host, without repeats */
const clients = (http: NodeHttp.Options, host: string) =>
  Bitfinex.layerWithoutTransport({ apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") }).pipe(
    Layer.provide([NodeHttp.layerWith(http), NodeSocket.layer]),
    Layer.provide(
      BitfinexConfig.layer({
        rest: {
          publicUrl: `https://${host}`,
          authUrl: `https://${host}`,
          retryReads: Schedule.stop,
          retryUnsent: Schedule.stop
        }
      })
    )
  )

/** the port of an end of TLS in front of the exchange */
const secured = Effect.flatMap(
  FakeExchange.FakeExchange,
  ({ restUrl }) => Proxies.tls(certificate!, Number(new URL(restUrl).port))
)

const exchange = Effect.provide(FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD"] }))
const quiet = Effect.provide(Logger.remove(Logger.defaultLogger))

describe("NodeHttp over TLS, without a proxy", () => {
  withTls("trusts the authority that its options give", () =>
    Effect.gen(function*() {
      const port = yield* secured
      yield* Effect.gen(function*() {
        assert.isNotNull((yield* ticker).lastPrice)
        // the exchange does not know the key: its refusal arrived whole
        assert.strictEqual((yield* Effect.flip(submitted))._tag, "AuthenticationFailed")
      }).pipe(Effect.provide(clients({ tls: { ca: certificate!.cert } }, `localhost:${port}`)))
    }).pipe(exchange, quiet))

  for (
    const [what, http, code] of [
      ["an unknown authority", {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
      [
        "another name",
        { tls: { ca: certificate?.cert, servername: "venue.example" } },
        "ERR_TLS_CERT_ALTNAME_INVALID"
      ]
    ] as const
  ) {
    withTls(
      `refuses a certificate of ${what}: the error names the cause, and says that a write was not sent`,
      () =>
        Effect.gen(function*() {
          const port = yield* secured
          const lost = yield* Effect.flip(submitted).pipe(Effect.provide(clients(http, `localhost:${port}`)))
          assert.deepInclude(lost, { _tag: "TransportError", stage: "connect", outcome: "unsent", status: null })
          assert.include(lost.message, code)
        }).pipe(exchange, quiet)
    )
  }

  withTls("trusts the authorities of NODE_EXTRA_CA_CERTS", () =>
    Effect.gen(function*() {
      const port = yield* secured
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-ca-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
      )
      const file = path.join(folder, "authority.pem")
      fs.writeFileSync(file, certificate!.cert)
      const source = fileURLToPath(new URL("../src/", import.meta.url))
      const program = `
        const [Bitfinex, BitfinexConfig, RestClient, Effect, Layer] = await Promise.all(
          ["${source}Bitfinex.ts", "${source}BitfinexConfig.ts", "${source}RestClient.ts", "effect/Effect", "effect/Layer"]
            .map((name) => import(name))
        )
        const url = "https://localhost:${port}"
        const Live = Bitfinex.layerPublic.pipe(Layer.provide(BitfinexConfig.layer({ rest: { publicUrl: url } })))
        const ticker = Effect.flatMap(RestClient.RestClient, (rest) => rest.ticker({ symbol: "tBTCUSD" }))
        console.log("price " + (await Effect.runPromise(Effect.provide(ticker, Live))).lastPrice)
      `
      const output = yield* Effect.async<string>((resume) => {
        const child = execFile(
          process.execPath,
          ["--import", "tsx", "--input-type=module", "--eval", program],
          {
            cwd: fileURLToPath(new URL("..", import.meta.url)),
            env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
            timeout: 60_000
          },
          (error, stdout, stderr) => resume(Effect.succeed(error === null ? stdout : stderr))
        )
        return Effect.sync(() => child.kill())
      })
      assert.match(output, /^price \d/)
    }).pipe(exchange, quiet), 90_000)
})

describe("NodeHttp: the headers of a request", () => {
  /** a server that answers with the headers that it received */
  const mirror = Effect.acquireRelease(
    Effect.async<Http.Server>((resume) => {
      const server = Http.createServer(({ rawHeaders }, response) => response.end(JSON.stringify(rawHeaders)))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

  /** those of the caller and of the request in the order of their names, without those of tracing and of the connection */
  const received = (options: NodeHttp.Options, request: HttpClientRequest.HttpClientRequest) =>
    Effect.gen(function*() {
      const client = yield* NodeHttp.make(options)
      const raw = (yield* Effect.flatMap(client.execute(request), ({ json }) => json)) as ReadonlyArray<string>
      return raw.flatMap((name, k) => k % 2 === 0 ? [[name.toLowerCase(), raw[k + 1]!] as const] : [])
        .filter(([name]) => !["b3", "connection", "traceparent"].includes(name))
        .sort(([a], [b]) => a < b ? -1 : 1)
    })

  for (
    const [what, options] of [["an agent of ours", {}], ["an agent of the user's", {
      agent: new Http.Agent()
    }]] as const
  ) {
    it.scopedLive(`${what}: each one once, with host, length, and the user of the URL`, () =>
      Effect.gen(function*() {
        const port = yield* mirror
        const request = HttpClientRequest.post(`http://bot:p%40ss@127.0.0.1:${port}/v2/auth/r/wallets`, {
          headers: { "bfx-nonce": "1", accept: "application/json" }
        }).pipe(HttpClientRequest.bodyText("{\"a\":\"ü\"}", "application/json"))
        assert.deepStrictEqual(yield* received(options, request), [
          ["accept", "application/json"],
          ["authorization", `Basic ${Buffer.from("bot:p@ss").toString("base64")}`],
          ["bfx-nonce", "1"],
          ["content-length", "10"],
          ["content-type", "application/json"],
          ["host", `127.0.0.1:${port}`]
        ])
      }))

    it.scopedLive(`${what}: the caller's own host and authorization go before those of the URL; no body has no length`, () =>
      Effect.gen(function*() {
        const port = yield* mirror
        const request = HttpClientRequest.get(`http://bot:pass@127.0.0.1:${port}/`, {
          headers: { host: "venue.example", authorization: "Bearer x" }
        })
        assert.deepStrictEqual(yield* received(options, request), [
          ["authorization", "Bearer x"],
          ["host", "venue.example"]
        ])
      }))

    it.scopedLive(`${what}: one that cannot be sent is an error, and nothing is sent`, () =>
      Effect.gen(function*() {
        const port = yield* mirror
        const request = HttpClientRequest.get(`http://127.0.0.1:${port}/`, { headers: { "x-desk": "a\r\nb: c" } })
        const error = yield* Effect.flip(received(options, request))
        assert.include(error.message, "x-desk")
      }))
  }
})
