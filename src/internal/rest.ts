/**
 * Calls of endpoints: checked, limited, sent, classified, decoded; reads repeated, every call traced and counted.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type { Settings } from "../BitfinexConfig.ts"
import { AuthenticationFailed, DecodeError, outcomeOf, RateLimited, type RestError } from "../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint } from "../Endpoint.ts"
import type * as RateLimiter from "../RateLimiter.ts"
import * as ErrorTable from "./errorTable.ts"
import * as Request from "./request.ts"
import * as Metrics from "./restMetrics.ts"
import * as Transport from "./transport.ts"
import type { Turns } from "./turns.ts"

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
  const { auth, limiter, settings } = options
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

    const send = Effect.fnUntraced(function*(
      request: Request.Request,
      headers: { readonly [header: string]: string },
      span: Tracer.Span
    ) {
      yield* metrics.sent
      const from = yield* Clock.currentTimeNanos
      const reply = yield* exchange({ operation, read, url: `${host}/${request.path}`, request, headers })
      yield* metrics.took(Number((yield* Clock.currentTimeNanos) - from) / 1e6)
      span.attribute("http.response.status_code", reply.status)
      return reply
    })

    const understand = Effect.fnUntraced(function*(
      request: Request.Request,
      headers: { readonly [header: string]: string },
      reply: Transport.Reply
    ) {
      const body = reply.status === 200 ? reply.body : scrub(reply.body, headers)
      const json = ErrorTable.classify({ ...reply, body, operation, read, quotes: !row.auth || reply.status !== 200 })
      const pause = Either.isLeft(json) && json.left._tag === "RateLimited"
        ? json.left.retryAfter
        : reply.status === 429
        ? reply.retryAfter ?? ErrorTable.block
        : reply.status === 503
        ? reply.retryAfter ?? 0
        : 0
      if (pause > 0) {
        // the venue blocks the address, not the endpoint
        yield* limiter.penalize({ host }, pause)
        yield* Effect.annotateLogs(Effect.logWarning(`Bitfinex asks for a pause of ${pause} ms`), annotations)
      }
      if (Either.isLeft(json)) return yield* Effect.fail(json.left)
      const no = row.refusal(json.right)
      if (no !== undefined) {
        const { code, status: notification, text } = no
        const refusal = { operation, code, text, status: reply.status, retryAfter: reply.retryAfter, notification }
        return yield* Effect.fail(ErrorTable.fromRefusal(refusal))
      }
      const result = row.decode(json.right, request.args)
      if (Either.isLeft(result)) {
        const hidden = hides ? { actual: "what is not shown" } : {}
        const outcome = read ? {} : { outcome: "unknown" as const }
        return yield* Effect.fail(new DecodeError({ ...result.left, operation, ...hidden, ...outcome }))
      }
      return hides ? Redacted.make(result.right) : result.right
    })

    const left = Effect.flatMap(limiter.remaining(key, limit), metrics.left)

    const openExchange = (request: Request.Request, wait: Duration.DurationInput, span: Tracer.Span) =>
      limiter.acquire(key, limit, { operation, maxWait: wait }).pipe(
        // the caller's bound on waiting holds: what is refused here is not tried again
        Effect.mapError((error): Failed => ({ error, again: undefined })),
        Effect.zipRight(left),
        Effect.zipRight(Effect.mapError(send(request, none, span), failed)),
        Effect.flatMap((reply) => Effect.mapError(understand(request, none, reply), failed))
      )

    // The limit counts what is sent, so a call holds its place while it waits for its turn. It does not wait for its
    // limit within its turn, which would hold up the calls of all other endpoints.
    const signedExchange = (
      { headers, inTurn }: Signer,
      request: Request.Request,
      wait: Duration.DurationInput,
      span: Tracer.Span
    ) => {
      const late = (): Failed => ({
        error: new RateLimited({
          operation,
          retryAfter: Duration.toMillis(settings.requestTimeout),
          text: `refused here, before sending: its turn did not come within ${Duration.format(wait)}`,
          outcome: "unsent"
        }),
        again: undefined
      })
      const refused = (error: RestError): Failed => ({ error, again: undefined })
      const signable = { path: request.path, body: request.body ?? "" }
      return limiter.hold(key, limit, { operation, maxWait: wait }, (start) =>
        inTurn(
          Effect.mapError(start, refused).pipe(
            Effect.zipRight(left),
            Effect.zipRight(Effect.mapError(headers(signable), refused)),
            Effect.flatMap((signed) =>
              Effect.map(Effect.mapError(send(request, signed, span), failed), (reply) => [signed, reply] as const)
            )
          ),
          { maxWait: wait, late }
        )).pipe(
          Effect.mapError((error) => "_tag" in error ? refused(error) : error),
          Effect.flatMap(([signed, reply]) => Effect.mapError(understand(request, signed, reply), failed))
        )
    }

    const failed = (error: RestError): Failed => ({
      error,
      again: !error.isRetryable ? undefined : read ? "read" : outcomeOf(error) === "unsent" ? "unsent" : undefined
    })

    const attempt = (
      request: Request.Request,
      wait: Duration.DurationInput,
      span: Tracer.Span
    ): Effect.Effect<unknown, Failed> => {
      if (!row.auth) return openExchange(request, wait, span)
      if (auth !== undefined) return signedExchange(auth, request, wait, span)
      const error = new AuthenticationFailed({ operation, code: null, text: "this client has no key" })
      return Effect.fail({ error, again: undefined })
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
          return attempt(request.right, wait, span)
        }).pipe(
          Effect.tapError(({ error }) =>
            Effect.zipRight(
              metrics.failed(error._tag),
              Effect.annotateLogs(Effect.logDebug(`attempt ${attempts} failed: ${error.message}`), annotations)
            )
          ),
          Effect.catchIf(
            // the venue looks at the nonce first: nothing was executed, be it a read or a write
            ({ error }) => error._tag === "NonceTooSmall" && !renewed,
            () => {
              renewed = true
              return once
            }
          )
        )
        const by = (why: Failed["again"], schedule: Schedule.Schedule<unknown, unknown>) => ({
          schedule: Schedule.mapInput(schedule, (failed: Failed) => failed.error),
          while: (failed: Failed) => failed.again === why
        })
        return once.pipe(
          Effect.retry(read ? by("read", settings.retryReads) : by("unsent", settings.retryUnsent)),
          Effect.mapError((failed) => failed.error),
          Effect.ensuring(Effect.sync(() => span.attribute("bitfinex.attempts", attempts)))
        )
      })
  }
}
