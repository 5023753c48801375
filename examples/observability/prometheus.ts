/** Metrics for Prometheus and probes for Kubernetes over HTTP: /metrics, /health and /alive. */
/*
 * `npm run example observability/prometheus` trades on a fake exchange for a few seconds, scrapes itself, prints the result,
 * and ends. With `-- --serve` it runs until Ctrl-C, on port 9464 or `--port`; with `--live` it uses public data of Bitfinex.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as Health from "effect-bitfinex/Health"
import * as MarketData from "effect-bitfinex/MarketData"
import * as OrderBook from "effect-bitfinex/OrderBook"
import * as Prometheus from "effect-bitfinex/Prometheus"
import * as RestClient from "effect-bitfinex/RestClient"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"

/** 200 or 503, with the reasons and the whole report */
const answer = (report: Health.Report, reasons: ReadonlyArray<Health.Reason>) =>
  HttpServerResponse.unsafeJson({ isHealthy: reasons.length === 0, reasons, report }, {
    status: reasons.length === 0 ? 200 : 503
  })

/** serves metrics and health of the SDK's services in the context */
export const routes = HttpRouter.empty.pipe(
  HttpRouter.get(
    "/metrics",
    Effect.map(Prometheus.text, (text) => HttpServerResponse.text(text, { contentType: Prometheus.contentType }))
  ),
  // readiness: whether the program can do its work
  HttpRouter.get("/health", Effect.map(Health.report, (report) => answer(report, Health.reasons(report)))),
  // liveness: whether a restart could help
  HttpRouter.get(
    "/alive",
    Effect.map(Health.report, (report) =>
      answer(
        report,
        Health.reasons(report, { grace: "5 minutes" }).filter(({ _tag }) => _tag !== "Maintenance")
      ))
  )
)

/** some work to report on */
const market = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  yield* rest.ticker({ symbol: "tBTCUSD" })
  const trades = Stream.runDrain(MarketData.trades("tBTCUSD"))
  const book = Stream.runDrain(OrderBook.live({ symbol: "tBTCUSD" }))
  yield* Effect.all([trades, book], { concurrency: "unbounded" })
})

const trade = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 100 } as const
  yield* trading.submitOrder(order)
  yield* trading.cancelOpenOrders()
})

/** the requests of Prometheus and of a probe */
const ask = Effect.gen(function*() {
  const server = yield* HttpServer.HttpServer
  // the server listens on a port of this machine
  const port = server.address._tag === "TcpAddress" ? server.address.port : 0
  const get = (path: string) =>
    Effect.flatMap(
      HttpClient.get(`http://127.0.0.1:${port}${path}`),
      (response) => Effect.map(response.text, (text) => ({ status: response.status, text }))
    )
  const { text } = yield* get("/metrics")
  const lines = text.split("\n").filter((line) => /bitfinex_/.test(line) && !/^# HELP|_bucket/.test(line))
  yield* Console.log(lines.join("\n"))
  const health = yield* get("/health")
  yield* Console.log(`/health ${health.status} ${health.text.slice(0, 200)}…`)
}).pipe(Effect.provide(FetchHttpClient.layer))

const served = <E, R>(work: Effect.Effect<unknown, E, R>, stays: boolean) =>
  Effect.gen(function*() {
    yield* HttpServer.serveEffect(routes)
    yield* HttpServer.addressFormattedWith((address) => Console.log(`${address}/metrics, ${address}/health`))
    yield* stays ? work : Effect.zipRight(Effect.timeoutOption(work, "5 seconds"), ask)
  }).pipe(Effect.scoped)

const command = Command.make(
  "prometheus",
  {
    serve: Options.boolean("serve").pipe(Options.withDescription("stay until Ctrl-C")),
    port: Options.integer("port").pipe(
      Options.withDescription("port to listen on; default 9464 with --serve, and a free one without"),
      Options.optional
    ),
    live: Options.boolean("live").pipe(Options.withDescription("public data of Bitfinex, instead of a fake exchange"))
  },
  ({ live, port, serve }) => {
    const listen = NodeHttpServer.layer(createServer, {
      host: "127.0.0.1",
      port: port._tag === "Some" ? port.value : serve ? 9464 : 0
    })
    if (live) return served(market, serve).pipe(Effect.provide([Bitfinex.layerPublic, listen]))
    const demo = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
    return served(Effect.zipRight(trade, market), serve).pipe(
      Effect.provide(Layer.merge(Layer.provideMerge(Bitfinex.layer(demo), FakeExchange.layerConfig), listen)),
      Effect.provide(FakeExchange.layerServer())
    )
  }
).pipe(Command.withDescription("Serves metrics and health of a program that uses the SDK."))

const cli = Command.run(command, { name: "prometheus", version: "0.1.0" })

/** reads the command line, and serves */
export const main = (argv: ReadonlyArray<string>) =>
  cli(argv).pipe(
    // its text has already been printed
    Effect.catchIf(ValidationError.isValidationError, () =>
      Effect.sync(() => {
        process.exitCode = 1
      })),
    Effect.provide(NodeContext.layer)
  )

// not when imported, as by `npm run example`
if (process.argv[1] === fileURLToPath(import.meta.url)) NodeRuntime.runMain(main(process.argv))
