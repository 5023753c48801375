import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import * as Otlp from "@effect/opentelemetry/Otlp"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as http from "node:http"
import * as Metrics from "../src/Metrics.ts"
import * as RestClient from "../src/RestClient.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as TestClient from "../src/testing/TestClient.ts"
import * as Trading from "../src/Trading.ts"
import { demoOn } from "./support/loopback.ts"
import { pass } from "./support/market.ts"

/** The spans and metrics of the guide, as `@effect/opentelemetry` exports them. */

const work = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const trading = yield* Trading.Trading
  yield* rest.ticker({ symbol: "tBTCUSD" })
  return yield* trading.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 1000 })
})

const expected = [
  "bitfinex_rest_requests_total",
  "bitfinex_rest_latency_seconds",
  "bitfinex_socket_frames_received_total",
  "bitfinex_command_outcomes_total"
]

const named = new Set(Metrics.table.map(({ name }) => name))

describe("OpenTelemetry", () => {
  it.effect("the SDK for Node gets spans with their attributes, and metrics by their names", () =>
    Effect.gen(function*() {
      const spans = new InMemorySpanExporter()
      const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
      const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })
      const Telemetry = NodeSdk.layer(() => ({
        resource: { serviceName: "bot" },
        spanProcessor: new SimpleSpanProcessor(spans),
        metricReader: reader
      }))
      const { cid, shown } = yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(work)
        yield* pass("5 seconds")
        const { cid } = yield* Fiber.join(fiber)
        yield* Effect.promise(() => reader.forceFlush())
        const shown = spans.getFinishedSpans().map(({ attributes, name, resource }) => ({
          attributes,
          name,
          service: resource.attributes["service.name"]
        }))
        return { cid, shown }
      }).pipe(
        Effect.provide(Telemetry),
        Effect.provide(TestClient.layer({ symbols: ["tBTCUSD"], history: 60_000, step: 60_000 }))
      )
      const ticker = shown.find(({ name }) => name === "RestClient.ticker")
      assert(ticker !== undefined)
      assert.strictEqual(ticker.service, "bot")
      assert.deepInclude(ticker.attributes, {
        "bitfinex.endpoint": "ticker",
        "bitfinex.attempts": 1,
        "http.request.method": "GET",
        "http.response.status_code": 200
      })
      assert.isString(ticker.attributes["server.address"])
      assert.isString(ticker.attributes["url.path"])
      const submission = shown.find(({ name }) => name === "Trading.submitOrder")
      assert.strictEqual(submission?.attributes["bitfinex.cid"], cid)

      const names = metrics.getMetrics().flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
      ).filter((name) => name.startsWith("bitfinex_"))
      assert.includeMembers(names, expected)
      assert.deepStrictEqual(names.filter((name) => !named.has(name)), [])
    }))

  it.live("OTLP over HTTP gets them too", () =>
    Effect.gen(function*() {
      const bodies: Array<{ readonly path: string; readonly text: string }> = []
      const server = http.createServer((request, response) => {
        let text = ""
        request.on("data", (chunk: Buffer) => {
          text += chunk.toString()
        })
        request.on("end", () => {
          bodies.push({ path: request.url ?? "", text })
          response.end("{}")
        })
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () => Effect.sync(() => server.close())
      )
      const address = server.address()
      const Telemetry = Otlp.layerJson({
        baseUrl: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
        resource: { serviceName: "bot" }
      }).pipe(Layer.provide(FetchHttpClient.layer))
      yield* work.pipe(
        Effect.provide(demoOn(yield* FakeExchange.FakeExchange)),
        // the rest is exported when its scope closes
        Effect.provide(Telemetry)
      )
      const sent = (path: string) => bodies.filter((each) => each.path === path).map(({ text }) => text).join("\n")
      for (const name of ["RestClient.ticker", "Trading.submitOrder", "http.response.status_code", "bitfinex.cid"]) {
        assert.include(sent("/v1/traces"), `"${name}"`)
      }
      for (const name of expected) assert.include(sent("/v1/metrics"), `"${name}"`)
      const all = bodies.map(({ text }) => text).join("\n")
      assert.include(all, "\"bot\"")
      for (const secret of ["demo-key", "demo-secret"]) assert.notInclude(all, secret)
    }).pipe(
      Effect.scoped,
      Effect.provide(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"] }))
    ), 30_000)
})
