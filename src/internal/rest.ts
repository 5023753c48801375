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
import * as Schedule from "effect/Schedule"
import type { Settings } from "../BitfinexConfig.ts"
import { AuthenticationFailed, DecodeError, type RestError } from "../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint } from "../Endpoint.ts"
import type * as RateLimiter from "../RateLimiter.ts"
import * as ErrorTable from "./errorTable.ts"
import * as Metrics from "./restMetrics.ts"
import * as Request from "./request.ts"
import * as Transport from "./transport.ts"

/**
 * What calls are made with.
 *
 * @internal
 */
export interface Options {
  readonly client: HttpClient.HttpClient
  readonly limiter: RateLimiter.Service
  readonly settings: Settings
  /** the headers that authenticate a request; asked for anew at every attempt */
  readonly sign?: (request: Request.Request) => Effect.Effect<{ readonly [header: string]: string }, RestError>
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

/** a failed attempt, and whether another one is allowed */
interface Failed {
  readonly error: RestError
  readonly again: boolean
}

/**
 * Makes calls out of endpoint rows.
 *
 * @internal
 */
export const make = (options: Options): (row: AnyEndpoint) => Call => {
  const { limiter, settings, sign } = options
  const exchange = Transport.make(options.client, {
    timeout: settings.requestTimeout,
    maxBytes: settings.maxReplyBytes
  })
  const margin = Duration.toSeconds(settings.limitMargin)

  return (row) => {
    const operation = `RestClient.${row.name}`
    const host = row.auth ? settings.restAuthUrl : settings.restPublicUrl
    const key: RateLimiter.Key = { host, family: Request.family(row.path) }
    const [count, seconds] = row.limit ?? settings.unstatedLimit
    const limit: RateLimiter.Limit = [count, seconds + margin]
    const read = Request.isRead(row)
    const metrics = Metrics.forEndpoint(row.name, key.family)
    const annotations = { endpoint: row.name, group: row.group, family: key.family, host }

    const headersOf = (request: Request.Request) => {
      if (!row.auth) return Effect.succeed({})
      return sign === undefined
        ? Effect.fail(new AuthenticationFailed({ operation, code: null, text: "this client has no key" }))
        : sign(request)
    }

    const send = Effect.fnUntraced(function*(request: Request.Request) {
      const headers = yield* headersOf(request)
      yield* metrics.sent
      const from = yield* Clock.currentTimeNanos
      const reply = yield* exchange({ operation, read, url: `${host}/${request.path}`, request, headers })
      yield* metrics.took(Number((yield* Clock.currentTimeNanos) - from) / 1e6)
      yield* Effect.annotateCurrentSpan("http.response.status_code", reply.status)
      const json = ErrorTable.classify({ ...reply, operation, read })
      const pause = Either.isLeft(json) && json.left._tag === "RateLimited"
        ? json.left.retryAfter
        : reply.status === 429
        ? reply.retryAfter ?? ErrorTable.block
        : 0
      if (pause > 0) {
        // the venue blocks the address, not the endpoint
        yield* limiter.penalize({ host }, pause)
        yield* Effect.annotateLogs(Effect.logWarning(`Bitfinex asks for a pause of ${pause} ms`), annotations)
      }
      if (Either.isLeft(json)) return yield* Effect.fail(json.left)
      const result = row.decode(json.right, request.args)
      if (Either.isLeft(result)) return yield* Effect.fail(new DecodeError({ ...result.left, operation }))
      return result.right
    })

    const attempt = (request: Request.Request, wait: Duration.DurationInput): Effect.Effect<unknown, Failed> => {
      const turn = limiter.acquire(key, limit, { operation, maxWait: wait }).pipe(
        // the caller's bound on waiting holds: what is refused here is not tried again
        Effect.mapError((error): Failed => ({ error, again: false })),
        Effect.zipRight(Effect.flatMap(limiter.remaining(key, limit), metrics.left))
      )
      const sent = Effect.mapError(send(request), (error): Failed => ({ error, again: read && error.isRetryable }))
      return Effect.zipRight(turn, sent)
    }

    return (args, { wait = settings.limitWait } = {}) =>
      Effect.suspend(() => {
        const request = Request.build(row, args)
        if (Either.isLeft(request)) return Effect.fail(request.left)
        let attempts = 0
        return Effect.suspend(() => {
          attempts++
          return attempt(request.right, wait)
        }).pipe(
          Effect.tapError(({ error }) =>
            Effect.zipRight(
              metrics.failed(error._tag),
              Effect.annotateLogs(Effect.logDebug(`attempt ${attempts} failed: ${error.message}`), annotations)
            )
          ),
          Effect.retry({
            schedule: Schedule.mapInput(settings.retryReads, (failed: Failed) => failed.error),
            while: (failed) => failed.again
          }),
          Effect.mapError((failed) => failed.error),
          Effect.ensuring(Effect.suspend(() => Effect.annotateCurrentSpan("bitfinex.attempts", attempts)))
        )
      }).pipe(
        Effect.withSpan(operation, {
          kind: "client",
          captureStackTrace: false,
          attributes: { "bitfinex.endpoint": row.name, "bitfinex.group": row.group, "http.request.method": row.method }
        })
      )
  }
}
