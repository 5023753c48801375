import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as util from "node:util"
import * as Auth from "../src/Auth.ts"
import * as Credentials from "../src/Credentials.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as Http from "./support/httpDouble.ts"
import SecretsReporter from "./support/secretsReporter.ts"

const apiKey = "KEY0123456789abcdef"
const apiSecret = "SECRET0123456789abcdef"
const token = "pub:api:TOKEN0123456789abcdef"
const made = "pub:api:MADE0123456789abcdef"

/** all ways in which a program may print a value */
const printed = (value: unknown): string =>
  [
    JSON.stringify(value, (_, each: unknown) => typeof each === "bigint" ? String(each) : each),
    Inspectable.toStringUnknown(value),
    util.inspect(value, { depth: 6, showHidden: true }),
    String(value)
  ].join("\n")

const collecting = () => {
  const lines: Array<string> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        spanId: "span",
        traceId: "trace",
        parent,
        context,
        links,
        sampled: true,
        status: { _tag: "Started", startTime },
        attributes: new Map(),
        kind,
        end: (_, exit) => void lines.push(`span ${name} ${printed(exit)}`),
        attribute: (key, value) => void lines.push(`span ${name} ${key} ${printed(value)}`),
        event: (event, _, attributes) => void lines.push(`span ${name} ${event} ${printed(attributes)}`),
        addLinks: () => undefined
      }
      lines.push(`span ${name}`)
      return span
    },
    context: (run) => run()
  })
  const logger = Logger.make(({ annotations, cause, message }) => {
    lines.push(printed(message), Cause.pretty(cause), printed([...annotations]))
  })
  return { lines, tracer, logger: Logger.replace(Logger.defaultLogger, logger) }
}

/** replies and failures, one after the other; some repeat the request */
const answers: ReadonlyArray<(seen: Http.Seen) => Response | Effect.Effect<Response> | "broken"> = [
  () => Http.json([]),
  ({ headers }) => Http.json(["error", 10100, `apikey: invalid ${JSON.stringify(headers)}`], 500),
  ({ headers }) => Http.json(["error", 10001, `no: ${headers["bfx-signature"] ?? headers["bfx-token"]}`], 500),
  ({ headers }) => new Response(`<html>${JSON.stringify(headers)}</html>`, { status: 502 }),
  ({ headers }) => Http.json({ error: "ERR_RATE_LIMIT", headers }, 429),
  ({ headers }) => Http.json({ code: 503, error: "temporarily_unavailable", headers }, 503),
  () => Http.json(["error", 10114, "nonce: small"], 500),
  // new tokens come from one endpoint only
  ({ url }) =>
    new Response(url.href.endsWith("/token") ? `["${made}` : `["a`, {
      headers: { "content-type": "application/json" }
    }),
  ({ url }) => Http.json(url.href.endsWith("/token") ? [[made]] : [["a"]]),
  ({ url }) => Http.json(url.href.endsWith("/token") ? [made] : ["a"]),
  () => "broken",
  () => Effect.never
]

const run = (credentials: Credentials.Options) =>
  Effect.gen(function*() {
    const { lines, logger, tracer } = collecting()
    const asked = new Map<string, number>()
    const { client: answering, seen } = Http.make((request) => {
      // each endpoint gets each reply
      const place = asked.get(request.url.pathname) ?? 0
      asked.set(request.url.pathname, place + 1)
      const answer = answers[place % answers.length]!(request)
      return answer === "broken" ? Effect.die("broken") : answer
    })
    // an error of a transport may contain the request
    const client = HttpClient.make((request, url, signal, fiber) =>
      Effect.catchAllDefect(
        Effect.suspend(() => answering.execute(request)),
        () =>
          Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error(url.href) }))
      ).pipe(Effect.annotateLogs("fiber", fiber.id().toString()), Effect.tap(() => Effect.sync(() => signal.aborted)))
    )
    const program = Effect.gen(function*() {
      const rest = yield* RestAuthClient.RestAuthClient
      lines.push(printed(rest), printed(yield* Auth.Auth), printed(yield* Credentials.Credentials))
      for (let round = 0; round < 2 * answers.length; round++) {
        const exits: ReadonlyArray<Exit.Exit<unknown, unknown>> = yield* Effect.all([
          Effect.exit(rest.wallets()),
          Effect.exit(rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: 1, price: 1 })),
          Effect.exit(rest.generateToken({ scope: "api" })),
          Effect.exit(rest.invalidateToken({ token: Redacted.make(made) })),
          Effect.exit(rest.resolveOrder({ cid: 5, cidDate: 1e12 })),
          Effect.exit(Stream.runDrain(rest.ledgersStream()))
        ])
        for (const exit of exits) {
          lines.push(printed(exit))
          if (Exit.isFailure(exit)) lines.push(Cause.pretty(exit.cause))
        }
      }
      lines.push(printed(yield* Metric.snapshot))
    })
    const layer = RestAuthClient.layer().pipe(
      Layer.provideMerge(Auth.layer()),
      Layer.provideMerge(Credentials.layer(credentials)),
      Layer.provide([Nonce.layerMemory, RateLimiter.layerMemory, Layer.succeed(HttpClient.HttpClient, client)])
    )
    yield* TestClock.setTime(1e12)
    const fiber = yield* Effect.fork(
      program.pipe(
        Effect.provide(layer),
        Effect.withTracer(tracer),
        Effect.provide(Layer.merge(logger, Logger.minimumLogLevel(LogLevel.All))),
        Effect.exit
      )
    )
    yield* TestClock.adjust("10 hours")
    const exit = yield* Fiber.join(fiber)
    lines.push(printed(exit))
    assert.isTrue(Exit.isSuccess(exit), Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")
    return { text: lines.join("\n"), seen }
  })

describe("secrets", () => {
  const cases: ReadonlyArray<readonly [name: string, credentials: Credentials.Options, sent: string]> = [
    ["a key", { apiKey: Redacted.make(apiKey), apiSecret: Redacted.make(apiSecret) }, "bfx-signature"],
    ["a token", { token: Redacted.make(token) }, "bfx-token"]
  ]
  for (const [name, credentials, sent] of cases) {
    it.effect(`of ${name} are in no log, span, error, metric or printed value, whatever the venue answers`, () =>
      Effect.gen(function*() {
        const { seen, text } = yield* run(credentials)
        // the run covered all cases
        assert.isAbove(seen.length, 50)
        for (
          const tag of [
            "AuthenticationFailed",
            "TransportError",
            "RateLimited",
            "Maintenance",
            "OutcomeUnknown",
            "DecodeError",
            "ApiError",
            "span RestAuthClient.wallets",
            "an attempt failed"
          ]
        ) assert.include(text, tag)

        const secrets = [apiKey, apiSecret, token, made, ...seen.map(({ headers }) => headers[sent]!)]
        for (const secret of new Set(secrets)) {
          assert.isString(secret)
          const at = text.indexOf(secret)
          if (at >= 0) assert.fail(`${secret} in: ${text.slice(Math.max(0, at - 300), at + 100)}`)
        }
      }))
  }
})

describe("the grep through the output of the whole suite", () => {
  const log = (content: string) => {
    const reporter = new SecretsReporter()
    reporter.onUserConsoleLog({ content, type: "stdout", taskId: "1", time: 0, size: 0 })
    return reporter.leaks
  }
  it("finds secrets, tokens and signatures, and does not repeat them", () => {
    const signature = Auth.sign(Redacted.make(apiSecret), "AUTH1")
    for (const secret of [apiSecret, token, made, "demo-secret", signature]) {
      const [leak] = log(`level=INFO message="key of mine: ${secret}" and more`)
      assert.include(leak, "key of mine: <secret>")
      assert.notInclude(leak, secret)
    }
  })
  it("accepts everything else", () => {
    for (const text of ["demo-key", String(Redacted.make(apiSecret)), "0".repeat(64), "secret", ""]) {
      assert.deepStrictEqual(log(text), [])
    }
  })
})
