import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as Rest from "../../../src/internal/rest/call.ts"
import * as TaskQueue from "../../../src/internal/time/queue.ts"
import * as NodeHttp from "../../../src/NodeHttp.ts"
import * as Endpoint from "../../../src/protocol/Endpoint.ts"
import * as Layout from "../../../src/protocol/Layout.ts"
import * as Param from "../../../src/protocol/Param.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"

const rows = Endpoint.table("test", {
  things: Endpoint.open({
    path: "v2/things/{name}",
    params: { name: Param.text, limit: Param.limit(10) },
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  }),
  submit: Endpoint.write({
    path: "v2/auth/w/order/submit",
    params: { symbol: Param.trading, text: Param.optional(Param.text) },
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  })
})

/** a server on a port of its own, closed with the scope; answers by path */
const serve = (answer: (request: Http.IncomingMessage, response: Http.ServerResponse, body: string) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly server: Http.Server; readonly requests: Array<string> }>((resume) => {
      const requests: Array<string> = []
      const server = Http.createServer((request, response) => {
        requests.push(`${request.method} ${request.url}`)
        let body = ""
        request.setEncoding("utf8")
        request.on("data", (chunk: string) => body += chunk)
        request.on("end", () => answer(request, response, body))
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, server, requests }))
      })
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )

const client = (url: string, more: BitfinexConfig.Overrides = {}) =>
  Effect.gen(function*() {
    const none = { retryReads: Schedule.stop, retryUnsent: Schedule.stop }
    const settings = BitfinexConfig.merge(
      BitfinexConfig.defaults,
      { rest: { publicUrl: url, authUrl: url, ...none } },
      more
    )
    return Rest.make({
      client: yield* HttpClient.HttpClient,
      limiter: yield* RateLimiter.make,
      settings,
      auth: { headers: () => Effect.succeed({ "bfx-signature": "a-secret" }), enqueue: TaskQueue.make(1).run }
    })
  })

/** behaviour of the server, and the result for the caller */
const broken: ReadonlyArray<readonly [name: string, answer: (response: Http.ServerResponse) => void, error: object]> = [
  [
    "an HTML page",
    (to) => to.writeHead(502, { "content-type": "text/html" }).end("<html><h1>Bad gateway</h1></html>"),
    { _tag: "TransportError", stage: "body", status: 502, outcome: "unknown" }
  ],
  [
    "no body",
    (to) => to.writeHead(200, { "content-type": "application/json" }).end(),
    { _tag: "TransportError", stage: "body", status: 200, outcome: "unknown" }
  ],
  ["no content", (to) => to.writeHead(204).end(), {
    _tag: "TransportError",
    stage: "body",
    status: 204,
    outcome: "unknown"
  }],
  [
    "another content type",
    (to) => to.writeHead(200, { "content-type": "text/html" }).end("[1]"),
    { _tag: "TransportError", stage: "body", status: 200, outcome: "unknown" }
  ],
  [
    "JSON cut short",
    (to) => to.writeHead(200, { "content-type": "application/json" }).end("[1,"),
    { _tag: "TransportError", stage: "body", status: 200, outcome: "unknown" }
  ],
  [
    "a body of declared length that breaks off",
    (to) => {
      to.writeHead(200, { "content-type": "application/json", "content-length": "50" })
      to.write("[1,", () => to.destroy())
    },
    { _tag: "TransportError", stage: "receive", status: 200, outcome: "unknown" }
  ],
  [
    "a body in chunks that breaks off",
    (to) => {
      to.writeHead(200, { "content-type": "application/json" })
      to.write("[1,", () => to.destroy())
    },
    { _tag: "TransportError", stage: "receive", status: 200, outcome: "unknown" }
  ],
  ["a connection that ends without an answer", (to) => to.destroy(), {
    _tag: "TransportError",
    stage: "send",
    status: null,
    outcome: "unknown"
  }],
  [
    "500 with the error array",
    (to) => to.writeHead(500, { "content-type": "application/json" }).end(`["error",10020,"symbol: invalid"]`),
    { _tag: "ApiError", code: 10020, text: "symbol: invalid", status: 500 }
  ],
  [
    "200 with the error array",
    (to) => to.writeHead(200, { "content-type": "application/json" }).end(`["error",10001,"Order not found."]`),
    // neither of the two calls names an order
    { _tag: "ApiError", code: 10001, text: "Order not found." }
  ],
  [
    "429 with Retry-After",
    (to) =>
      to.writeHead(429, { "content-type": "application/json", "retry-after": "3" }).end(`{"error":"ERR_RATE_LIMIT"}`),
    { _tag: "RateLimited", retryAfter: 3000, text: "ERR_RATE_LIMIT" }
  ],
  [
    "429 without",
    (to) => to.writeHead(429, { "content-type": "application/json" }).end(`{"error":"ERR_RATE_LIMIT"}`),
    { _tag: "RateLimited", retryAfter: 60_000, text: "ERR_RATE_LIMIT" }
  ],
  [
    "the 503 object",
    (to) =>
      to.writeHead(503, { "content-type": "application/json" }).end(
        `{"code":503,"error":"temporarily_unavailable","error_description":"closed"}`
      ),
    { _tag: "Maintenance", text: "temporarily_unavailable: closed" }
  ]
]

describe("transport", () => {
  const answer = (request: HttpClientRequest.HttpClientRequest, text = "[1]") =>
    HttpClientResponse.fromWeb(
      request,
      new Response(text, { headers: { "content-type": "application/json", "content-length": `${text.length}` } })
    )
  const silent = HttpClient.make(() => Effect.never)

  it.effect("keeps its deadline for a caller that cannot be interrupted", () =>
    Effect.gen(function*() {
      const call = yield* Effect.provideService(
        client("http://127.0.0.1:1", { rest: { timeout: "4 seconds" } }),
        HttpClient.HttpClient,
        silent
      )
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(call(rows.things)({ name: "x" }))))
      yield* TestClock.adjust(3999)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", stage: "timeout" })
    }))

  it.effect("gives each of many calls its own deadline, and none to those that were answered", () =>
    Effect.gen(function*() {
      const http = HttpClient.make((request, url) =>
        Effect.delay(Effect.succeed(answer(request)), url.pathname.endsWith("/quick") ? 3000 : 5000)
      )
      const call = yield* Effect.provideService(
        client("http://127.0.0.1:1", { rest: { timeout: 4000 } }),
        HttpClient.HttpClient,
        http
      )
      const at = (name: string) => Effect.fork(Effect.either(call(rows.things)({ name })))
      const fibers = yield* Effect.forEach(
        ["slow", "quick", "slow", "quick"],
        (name) => Effect.zipLeft(at(name), TestClock.adjust(1000))
      )
      const ended = () => fibers.map((fiber) => fiber.unsafePoll() !== null)
      // the first ends at 4 s, the second at 4 s with its answer, the third at 6 s, the fourth at 6 s
      assert.deepStrictEqual(ended(), [true, true, false, false])
      yield* TestClock.adjust(1999)
      assert.deepStrictEqual(ended(), [true, true, false, false])
      yield* TestClock.adjust(1)
      const results = yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual(results.map((result) => result._tag), ["Left", "Right", "Left", "Right"])
    }))

  it.effect("sends for a caller that is being interrupted, as when a bot ends by cancelling its orders", () =>
    Effect.gen(function*() {
      const http = HttpClient.make((request) => Effect.delay(Effect.succeed(answer(request)), 1000))
      const call = yield* Effect.provideService(client("http://127.0.0.1:1"), HttpClient.HttpClient, http)
      const last = yield* Deferred.make<unknown, unknown>()
      const bot = yield* Effect.fork(
        Effect.onInterrupt(Effect.never, () => Deferred.complete(last, call(rows.submit)({ symbol: "tBTCUSD" })))
      )
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(bot)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* Deferred.await(last), [1])
    }))

  it.scoped("sends in the context of the caller, without its own span, following no redirect", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const fetch: typeof globalThis.fetch = (url, init) => {
        seen.push([String(url), init?.redirect])
        return Promise.resolve(
          new Response("[1]", { headers: { "content-type": "application/json", "content-length": "3" } })
        )
      }
      const mine = yield* FiberRef.make("unset")
      const http = HttpClient.tapRequest(
        yield* HttpClient.HttpClient,
        () => Effect.map(FiberRef.get(mine), (value) => seen.push(value))
      )
      const call = yield* Effect.provideService(client("http://127.0.0.1:1"), HttpClient.HttpClient, http)
      const spans: Array<string> = []
      const tracer = Tracer.make({
        context: (f) => f(),
        span: (name, parent, context, links, startTime, kind) => {
          spans.push(name)
          return {
            _tag: "Span",
            name,
            spanId: "1",
            traceId: "1",
            parent,
            context,
            links,
            kind,
            sampled: true,
            status: { _tag: "Started", startTime },
            attributes: new Map(),
            end: () => {},
            attribute: () => {},
            event: () => {},
            addLinks: () => {}
          }
        }
      })
      yield* call(rows.things)({ name: "x" }).pipe(
        Effect.locally(mine, "the caller's"),
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.withTracer(tracer)
      )
      assert.deepStrictEqual(seen, ["the caller's", ["http://127.0.0.1:1/v2/things/x", "manual"]])
      assert.deepStrictEqual(spans, ["RestClient.things"])
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})

for (
  const [name, layer] of [
    ["fetch", FetchHttpClient.layer],
    ["node:http", NodeHttpClient.layer],
    ["undici", NodeHttpClient.layerUndici],
    ["NodeHttp", NodeHttp.layer]
  ] as const
) {
  describe(`transport over ${name}`, () => {
    for (const [what, answer, expected] of broken) {
      it.scoped(what, () =>
        Effect.gen(function*() {
          const { requests, url } = yield* serve((_, response) => answer(response))
          for (const [row, args] of [[rows.things, { name: "x" }], [rows.submit, { symbol: "tBTCUSD" }]] as const) {
            const call = yield* client(url)
            const error = yield* Effect.flip(call(row)(args))
            assert.deepInclude(error, expected)
            if (error._tag === "TransportError") assert.strictEqual(error.isRetryable, row.name === "things")
            assert.notInclude(error.message, "a-secret")
          }
          assert.lengthOf(requests, 2)
        }).pipe(Effect.provide(layer)))
    }

    it.scoped("no server listens", () =>
      Effect.gen(function*() {
        const url = yield* Effect.scoped(Effect.map(serve(() => undefined), (server) => server.url))
        const call = yield* client(url)
        const error = yield* Effect.flip(call(rows.submit)({ symbol: "tBTCUSD" }))
        assert.deepInclude(error, { _tag: "TransportError", stage: "connect", outcome: "unsent", isRetryable: true })
        assert.include(error.message, "ECONNREFUSED")
      }).pipe(Effect.provide(layer)))

    it.scoped("sends paths, queries, headers and bodies as they were built", () =>
      Effect.gen(function*() {
        const { requests, url } = yield* serve((request, response, body) =>
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify([
            request.headers["content-type"] ?? null,
            request.headers["bfx-signature"] ?? null,
            body
          ]))
        )
        const call = yield* client(url)
        const seen = yield* call(rows.things)({ name: "tBTCF0:USTF0,é d", limit: 3 })
        assert.deepStrictEqual(seen, [null, null, ""])
        assert.deepStrictEqual(requests, ["GET /v2/things/tBTCF0:USTF0,%C3%A9%20d?limit=3"])
        const written = yield* call(rows.submit)({ symbol: "tBTCUSD", text: "é" })
        assert.deepStrictEqual(written, ["application/json", "a-secret", `{"symbol":"tBTCUSD","text":"é"}`])
      }).pipe(Effect.provide(layer)))

    it.scoped("reads a reply that begins with a byte order mark", () =>
      Effect.gen(function*() {
        const { url } = yield* serve((_, response) =>
          response.writeHead(200, { "content-type": "application/json" }).end("\ufeff[1]")
        )
        const call = yield* client(url)
        assert.deepStrictEqual(yield* call(rows.things)({ name: "x" }), [1])
      }).pipe(Effect.provide(layer)))

    it.scoped("does not follow a redirect with a signed request", () =>
      Effect.gen(function*() {
        const other = yield* serve((_, response) => response.writeHead(200).end("[1]"))
        const { url } = yield* serve((_, response) => response.writeHead(307, { location: `${other.url}/v2/x` }).end())
        const call = yield* client(url)
        const error = yield* Effect.flip(call(rows.submit)({ symbol: "tBTCUSD" }))
        assert.deepInclude(error, { _tag: "TransportError", stage: "body", status: 307 })
        assert.lengthOf(other.requests, 0)
      }).pipe(Effect.provide(layer)))

    it.scoped("bounds a reply by its uncompressed size", () =>
      Effect.gen(function*() {
        const text = `["${"x".repeat(5000)}"]`
        const { url } = yield* serve((request, response) => {
          const packed = String(request.headers["accept-encoding"]).includes("gzip")
          response.setHeader("content-type", "application/json")
          if (packed) response.setHeader("content-encoding", "gzip")
          const bytes = packed ? gzipSync(text) : Buffer.from(text)
          response.setHeader("content-length", bytes.length).end(bytes)
        })
        const small = yield* client(url, { rest: { maxReplyBytes: 1000 } })
        const error = yield* Effect.flip(small(rows.things)({ name: "x" }))
        assert.include(error.message, "longer than 1000 bytes")
        const large = yield* client(url, { rest: { maxReplyBytes: 6000 } })
        assert.deepStrictEqual(yield* large(rows.things)({ name: "x" }), ["x".repeat(5000)])
      }).pipe(Effect.provide(layer)))

    for (const how of ["the caller is interrupted", "time is up"]) {
      it.scoped(`closes the connection when ${how}`, () =>
        Effect.gen(function*() {
          const arrived = yield* Deferred.make<void>()
          const closed = yield* Deferred.make<void>()
          const { url } = yield* serve((_, response) => {
            Deferred.unsafeDone(arrived, Effect.void)
            response.on("close", () => Deferred.unsafeDone(closed, Effect.void))
          })
          const call = yield* client(url, { rest: { timeout: "4 seconds" } })
          const fiber = yield* Effect.fork(call(rows.things)({ name: "x" }))
          yield* Deferred.await(arrived)
          if (how === "time is up") {
            yield* TestClock.adjust("4 seconds")
            const error = yield* Effect.flip(Fiber.join(fiber))
            assert.deepInclude(error, { _tag: "TransportError", stage: "timeout", outcome: "unknown" })
          } else {
            yield* Fiber.interrupt(fiber)
          }
          yield* Deferred.await(closed)
        }).pipe(Effect.provide(layer)))
    }
  })
}
