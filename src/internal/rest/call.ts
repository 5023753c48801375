/**
 * Calls of endpoints: checked, limited, sent, classified, decoded; reads repeated, every call traced and counted.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type { Settings } from "../../BitfinexConfig.ts"
import { AuthenticationFailed, DecodeError, outcomeOf, RateLimited, type RestError } from "../../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint } from "../../protocol/Endpoint.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import * as Request from "../../protocol/internal/request.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type { Turns } from "../time/queue.ts"
import * as Metrics from "./metrics.ts"
import * as Transport from "./transport.ts"
import type * as VenueTime from "./venueTime.ts"

/**
 * What calls are made with.
 *
 * @internal
 */
export interface Options {
  readonly client: HttpClient.HttpClient
  readonly limiter: RateLimiter.Service
  readonly settings: Settings
  /** signs requests, and lets them be sent in turn; none of the client's rows need it otherwise */
  readonly auth?: Signer
  /** is told what the replies say */
  readonly venueTime?: VenueTime.VenueTime
}

/**
 * What signed requests need, as `Auth` has it.
 *
 * @internal
 */
export interface Signer {
  /** the headers that authenticate a request; asked for anew at every attempt, right before it is sent */
  readonly headers: (
    request: { readonly path: string; readonly body: string }
  ) => Effect.Effect<{ readonly [header: string]: string }, RestError>
  readonly inTurn: Turns["run"]
}

/**
 * Calls one endpoint. `wait` is how long the call may wait for its turn.
 *
 * @internal
 */
export type Call = (
  args?: AnyArgs,
  options?: { readonly wait?: Duration.DurationInput }
) => Effect.Effect<unknown, RestError>

/**
 * The call of a row. With `hides`, the reply is a secret: it is given as such, since the end of a span may print it, and
 * no error shows anything of it.
 *
 * @internal
 */
export type CallOf = (row: AnyEndpoint, options?: { readonly hides?: boolean }) => Call

/** a failed attempt, and what allows another one */
interface Failed {
  readonly error: RestError
  readonly again: "read" | "unsent" | undefined
}

/** what is known of an attempt while it runs */
interface Attempt {
  readonly span: Tracer.Span
  headers: { readonly [header: string]: string }
  /** whether it came to sending */
  started: boolean
}

const none: { readonly [header: string]: string } = {}

/** a proxy's error page may repeat what it was sent: no error is to show that. No key is as short as a word */
const scrub = (body: string, headers: { readonly [header: string]: string }): string =>
  Object.values(headers).reduce((text, value) => value.length < 8 ? text : text.replaceAll(value, "<redacted>"), body)

/**
 * What a row is counted by: the limit that the manual states for it, or the one assumed where it states none.
 *
 * @internal
 */
export const budget = (
  row: AnyEndpoint,
  settings: Settings
): { readonly key: RateLimiter.Key; readonly limit: RateLimiter.Limit } => {
  const [count, seconds] = row.limit ?? settings.unstatedLimit
  return {
    // the venue counts by address, so keys on one host share a limit
    key: { host: row.auth ? settings.restAuthUrl : settings.restPublicUrl, family: Request.family(row.path) },
    limit: [count, seconds + Duration.toSeconds(settings.limitMargin)]
  }
}

/**
 * Makes calls out of endpoint rows.
 *
 * @internal
 */
export const make = (options: Options): CallOf => {
  const { auth, limiter, settings, venueTime } = options
  const exchange = Transport.make(options.client, {
    timeout: settings.requestTimeout,
    maxBytes: settings.maxReplyBytes
  })
  return (row, { hides = false } = {}) => {
    const operation = Request.operationOf(row)
    const host = row.auth ? settings.restAuthUrl : settings.restPublicUrl
    const { key, limit } = budget(row, settings)
    const read = Request.isRead(row)
    const metrics = Metrics.forEndpoint(row.name, key.family)
    const options: Tracer.SpanOptions = {
      kind: "client",
      captureStackTrace: false,
      attributes: { "bitfinex.endpoint": row.name, "bitfinex.group": row.group, "http.request.method": row.method }
    }
    const annotations = { endpoint: row.name, group: row.group, family: key.family, host }

    const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>) =>
      Context.get(fiber.currentDefaultServices, Clock.Clock)

    const send = (request: Request.Request, { headers, span }: Attempt): Effect.Effect<Transport.Reply, RestError> =>
      Effect.withFiberRuntime((fiber) => {
        metrics.sent(fiber.getFiberRef(FiberRef.currentMetricLabels))
        const from = clockOf(fiber).unsafeCurrentTimeNanos()
        return Effect.map(exchange({ operation, read, url: `${host}/${request.path}`, request, headers }), (reply) => {
          const now = clockOf(fiber).unsafeCurrentTimeNanos()
          metrics.took(Number(now - from) / 1e6, fiber.getFiberRef(FiberRef.currentMetricLabels))
          // an error may be that of somebody in between
          if (reply.status === 200) venueTime?.hear(reply.date, Number(now / 1_000_000n))
          span.attribute("http.response.status_code", reply.status)
          return reply
        })
      })

    /** lets nothing more start, where the reply asks for that */
    const pausing = (pause: number): Effect.Effect<void> =>
      Effect.zipRight(
        // the venue blocks the address, not the endpoint
        limiter.penalize({ host }, pause),
        Effect.annotateLogs(Effect.logWarning(`Bitfinex asks for a pause of ${pause} ms`), annotations)
      )

    const understand = (
      request: Request.Request,
      { headers }: Attempt,
      reply: Transport.Reply
    ): Effect.Effect<unknown, RestError> => {
      const body = reply.status === 200 ? reply.body : scrub(reply.body, headers)
      const json = ErrorTable.classify({ ...reply, body, operation, read, quotes: !row.auth || reply.status !== 200 })
      const pause = Either.isLeft(json) && json.left._tag === "RateLimited"
        ? json.left.retryAfter
        : reply.status === 429
        ? reply.retryAfter ?? ErrorTable.block
        : reply.status === 503
        ? reply.retryAfter ?? 0
        : 0
      const outcome = Either.isLeft(json) ? Effect.fail(json.left) : decoded(request, reply, json.right)
      return pause > 0 ? Effect.zipRight(pausing(pause), outcome) : outcome
    }

    const decoded = (
      request: Request.Request,
      reply: Transport.Reply,
      json: unknown
    ): Effect.Effect<unknown, RestError> => {
      const no = row.refusal(json)
      if (no !== undefined) {
        const { code, status: notification, text } = no
        const refusal = { operation, code, text, status: reply.status, retryAfter: reply.retryAfter, notification }
        return Effect.fail(ErrorTable.fromRefusal(refusal))
      }
      const result = row.decode(json, request.args)
      if (Either.isLeft(result)) {
        const hidden = hides ? { actual: "what is not shown" } : {}
        const outcome = read ? {} : { outcome: "unknown" as const }
        return Effect.fail(new DecodeError({ ...result.left, operation, ...hidden, ...outcome }))
      }
      return Effect.succeed(hides ? Redacted.make(result.right) : result.right)
    }

    const left = Effect.flatMap(limiter.remaining(key, limit), (requests) =>
      Effect.withFiberRuntime<void>((fiber) => {
        metrics.left(requests, fiber.getFiberRef(FiberRef.currentMetricLabels))
        return Effect.void
      }))

    const sendIn = (request: Request.Request, attempt: Attempt): Effect.Effect<Transport.Reply, RestError> =>
      Effect.flatMap(left, () => {
        attempt.started = true
        return send(request, attempt)
      })

    const openExchange = (request: Request.Request, wait: Duration.DurationInput, attempt: Attempt) =>
      limiter.acquire(key, limit, { operation, maxWait: wait }).pipe(
        Effect.flatMap(() => sendIn(request, attempt)),
        Effect.flatMap((reply) => understand(request, attempt, reply))
      )

    // The limit counts what is sent, so a call holds its place while it waits for its turn. It does not wait for its
    // limit within its turn, which would hold up the calls of all other endpoints.
    const signedExchange = (
      { headers, inTurn }: Signer,
      request: Request.Request,
      wait: Duration.DurationInput,
      attempt: Attempt
    ) => {
      const late = () =>
        new RateLimited({
          operation,
          retryAfter: Duration.toMillis(settings.requestTimeout),
          text: `refused here, before sending: its turn did not come within ${Duration.format(wait)}`,
          outcome: "unsent"
        })
      const signable = { path: request.path, body: request.body ?? "" }
      const held = limiter.hold(key, limit, { operation, maxWait: wait }, (start) =>
        inTurn(
          start.pipe(
            Effect.flatMap(() => headers(signable)),
            Effect.flatMap((signed) => {
              attempt.headers = signed
              return sendIn(request, attempt)
            })
          ),
          // a cancellation does not stand behind a hundred pages of history
          { maxWait: wait, late, urgent: !read }
        ))
      return Effect.flatMap(held, (reply) => understand(request, attempt, reply))
    }

    const exchangeOf = (
      request: Request.Request,
      wait: Duration.DurationInput,
      attempt: Attempt
    ): Effect.Effect<unknown, RestError> => {
      if (!row.auth) return openExchange(request, wait, attempt)
      if (auth !== undefined) return signedExchange(auth, request, wait, attempt)
      return Effect.fail(new AuthenticationFailed({ operation, code: null, text: "this client has no key" }))
    }

    const failed = (error: RestError, { started }: Attempt): Failed => ({
      error,
      // the caller's bound on waiting holds: what is refused before it is sent is not tried again
      again: !started || !error.isRetryable
        ? undefined
        : read
        ? "read"
        : outcomeOf(error) === "unsent"
        ? "unsent"
        : undefined
    })

    const retried = read ? "read" : "unsent"
    const retries = {
      schedule: Schedule.mapInput(
        read ? settings.retryReads : settings.retryUnsent,
        (failed: Failed): unknown => failed.error
      ),
      while: (failed: Failed) => failed.again === retried
    }

    return (args, { wait = settings.limitWait } = {}) =>
      // the span is the parent of none: it need not be put into the context, which takes longer than to make it
      Effect.useSpan(operation, options, (span) => {
        const request = Request.build(row, args)
        if (Either.isLeft(request)) return Effect.fail(request.left)
        let attempts = 0
        let renewed = false
        const once: Effect.Effect<unknown, Failed> = Effect.suspend(() => {
          attempts++
          span.attribute("bitfinex.attempts", attempts)
          const attempt: Attempt = { span, headers: none, started: false }
          return Effect.catchAll(exchangeOf(request.right, wait, attempt), (error) =>
            metrics.failed(error._tag).pipe(
              Effect.zipRight(
                Effect.annotateLogs(Effect.logDebug(`attempt ${attempts} failed: ${error.message}`), annotations)
              ),
              Effect.zipRight(Effect.suspend(() => {
                // the venue looks at the nonce first: nothing was executed, be it a read or a write
                if (error._tag !== "NonceTooSmall" || renewed) return Effect.fail(failed(error, attempt))
                renewed = true
                return once
              }))
            ))
        })
        // what a schedule needs is made when there is something to repeat
        return Effect.catchAll(once, (first) => {
          if (first.again !== retried) return Effect.fail(first.error)
          let seen = false
          const next = Effect.suspend(() => {
            if (seen) return once
            seen = true
            return Effect.fail(first)
          })
          return Effect.mapError(Effect.retry(next, retries), (failed) => failed.error)
        })
      })
  }
}
