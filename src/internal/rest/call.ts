/**
 * Calls of endpoints: checked, limited, sent, classified, decoded; reads repeated, every call traced and counted.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  AuthenticationFailed,
  DecodeError,
  type InvalidInput,
  NonceTooSmall,
  outcomeOf,
  RateLimited,
  type RestError
} from "../../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint } from "../../protocol/Endpoint.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import * as Request from "../../protocol/internal/request.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Schedules from "../time/schedules.ts"
import * as Metrics from "./metrics.ts"
import * as Transport from "./transport.ts"
import { Urgency } from "./urgency.ts"
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
  /** signs requests, and queues them; not needed where no row of the client is signed */
  readonly auth?: Signer
  /** hears the time that the replies say */
  readonly venueTime?: VenueTime.VenueTime
}

/**
 * What signed requests need, as `Auth` has it.
 *
 * @internal
 */
export interface Signer {
  /** the headers that authenticate a request, made at every attempt right before it is sent */
  readonly headers: (
    request: { readonly path: string; readonly body: string }
  ) => Effect.Effect<{ readonly [header: string]: string }, RestError>
  readonly inTurn: <A, E, R, E2>(
    exchange: Effect.Effect<A, E, R>,
    options: { readonly maxWait: Duration.DurationInput; readonly late: () => E2; readonly urgent?: boolean | "now" }
  ) => Effect.Effect<A, AuthenticationFailed | E | E2 | InvalidInput, R>
}

/**
 * Calls one endpoint. `wait` is how long the call may wait in the queue.
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

/** an attempt while it runs */
interface Attempt {
  readonly span: Tracer.Span
  readonly request: Request.Request
  /** how long it may wait in the queue */
  readonly wait: Duration.DurationInput
  /** of a program that leaves, or a cancellation */
  readonly isUrgent: boolean
  headers: { readonly [header: string]: string }
  /** whether it came to sending */
  started: boolean
  /** urgent calls that were sent before it */
  urgentBefore: number
}

const none: { readonly [header: string]: string } = {}

/** what must not be shown of an attempt: what authenticates it, and what a call that hides its reply was given */
const secretsOf = ({ headers, request }: Attempt, hides: boolean): ReadonlyArray<string> => [
  ...Object.values(headers),
  ...(hides ? Object.values(request.args).filter((value) => typeof value === "string") : [])
]

/** a refusal or an error page may repeat what was sent: no error may show that. No key is as short as a word */
const scrub = (body: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((text, secret) => {
    if (secret.length < 8) return text
    const encoded = encodeURIComponent(secret)
    const scrubbed = text.replaceAll(secret, "<redacted>")
    return encoded === secret ? scrubbed : scrubbed.replaceAll(encoded, "<redacted>")
  }, body)

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

/** the nonces of a client, over all rows */
interface NonceLog {
  /** urgent calls that were sent: each may have overtaken the calls that were sent before it */
  urgent: number
  /** calls in a row that were refused for their nonce */
  refusals: number
  /** ms by the clock of this machine */
  since: number
}

/** what all calls of one row have in common */
interface Calls {
  readonly row: AnyEndpoint
  readonly hides: boolean
  readonly options: Options
  readonly exchange: ReturnType<typeof Transport.make>
  readonly nonces: NonceLog
  readonly operation: string
  readonly host: string
  readonly key: RateLimiter.Key
  readonly limit: RateLimiter.Limit
  readonly read: boolean
  readonly metrics: Metrics.OfEndpoint
  readonly annotations: { readonly [name: string]: string }
}

const send = (calls: Calls, { headers, request, span }: Attempt): Effect.Effect<Transport.Reply, RestError> =>
  Fibers.withFiber((fiber) => {
    const { exchange, host, metrics, operation, options, read } = calls
    metrics.sent(Fibers.labelsOf(fiber))
    const from = Clocks.micros(Fibers.clockOf(fiber))
    return Effect.map(exchange({ operation, read, url: `${host}/${request.path}`, request, headers }), (reply) => {
      const now = Clocks.micros(Fibers.clockOf(fiber))
      metrics.took((now - from) / 1000, Fibers.labelsOf(fiber))
      // an error may be that of a proxy in between
      if (reply.status === 200) options.venueTime?.hear(reply.date, Math.floor(now / 1000))
      span.attribute("http.response.status_code", reply.status)
      return reply
    })
  })

/** lets nothing more start, where the reply asks for that */
const pausing = (calls: Calls, pause: number, asked: number | undefined): Effect.Effect<void> => {
  const { annotations, host, options, row } = calls
  const text = asked === undefined
    ? `Bitfinex asks for a pause of ${pause} ms`
    : `Bitfinex asks for a pause of ${asked} ms, which is more than this SDK keeps: it asks again after ${pause} ms`
  return Effect.zipRight(
    // the venue blocks the address, not the endpoint; a cancellation that was refused shows that none may pass
    options.limiter.penalize({ host }, pause, { urgent: row.cancels }),
    Effect.annotateLogs(Effect.logWarning(text), annotations)
  )
}

/** ms for which the reply wants nothing more to be sent; 0 for no pause */
const pauseOf = ({ retryAfter, status }: Transport.Reply, error: RestError | undefined): number =>
  error?._tag === "RateLimited"
    ? error.retryAfter
    : status === 429
    ? retryAfter ?? ErrorTable.block
    : status === 503
    ? retryAfter ?? 0
    : 0

/** what a body of this text means */
const meaningOf = (
  calls: Calls,
  request: Request.Request,
  reply: Transport.Reply
): Either.Either<unknown, RestError> => {
  const { hides, operation, read, row } = calls
  return Either.flatMap(
    ErrorTable.classify({ ...reply, operation, read, quotes: !row.auth || reply.status !== 200 }),
    (json): Either.Either<unknown, RestError> => {
      const no = row.refusal(json)
      if (no !== undefined) {
        const { code, status: notification, text } = no
        const refusal = { operation, code, text, status: reply.status, retryAfter: reply.retryAfter, notification }
        return Either.left(ErrorTable.fromRefusal(refusal))
      }
      return Either.mapLeft(row.decode(json, request.args), (error) => {
        const hidden = hides ? { actual: "a value that is not shown" } : {}
        const outcome = read ? {} : { outcome: "unknown" as const }
        return new DecodeError({ ...error, operation, ...hidden, ...outcome })
      })
    }
  )
}

const understand = (calls: Calls, attempt: Attempt, reply: Transport.Reply): Effect.Effect<unknown, RestError> => {
  const found = meaningOf(calls, attempt.request, reply)
  if (Either.isRight(found) && reply.status !== 429 && reply.status !== 503) {
    return Effect.succeed(calls.hides ? Redacted.make(found.right) : found.right)
  }
  // only what fails is read a second time, without what it may repeat of the request
  const body = scrub(reply.body, secretsOf(attempt, calls.hides))
  const shown = body === reply.body ? found : meaningOf(calls, attempt.request, { ...reply, body })
  const pause = pauseOf(reply, Either.isLeft(shown) ? shown.left : undefined)
  return pause > 0 ? Effect.zipRight(pausing(calls, pause, reply.retryAfterAsked), shown) : shown
}

const left = ({ key, limit, metrics, options }: Calls) =>
  Effect.flatMap(options.limiter.remaining(key, limit), (requests) =>
    Fibers.withFiber<void>((fiber) => {
      metrics.left(requests, Fibers.labelsOf(fiber))
      return Effect.void
    }))

const sendIn = (calls: Calls, attempt: Attempt): Effect.Effect<Transport.Reply, RestError> =>
  Effect.flatMap(left(calls), () => {
    attempt.started = true
    attempt.urgentBefore = calls.nonces.urgent
    if (attempt.isUrgent) calls.nonces.urgent++
    return send(calls, attempt)
  })

const openExchange = (calls: Calls, attempt: Attempt) => {
  const { key, limit, operation, options } = calls
  return options.limiter.acquire(key, limit, { operation, maxWait: attempt.wait }).pipe(
    Effect.flatMap(() => sendIn(calls, attempt)),
    Effect.flatMap((reply) => understand(calls, attempt, reply))
  )
}

// The limit counts what is sent, so a call holds its place while it waits in the queue of its key. It does not wait for its
// limit at the head of that queue, which would hold up the calls of all other endpoints.
const signedExchange = (calls: Calls, { headers, inTurn }: Signer, attempt: Attempt) => {
  const { key, limit, operation, options, read, row } = calls
  const { isUrgent, request, wait } = attempt
  const late = () =>
    new RateLimited({
      operation,
      retryAfter: Duration.toMillis(options.settings.requestTimeout),
      text: `refused here, before sending: its turn did not come within ${Duration.format(wait)}`,
      outcome: "unsent"
    })
  const signable = { path: request.path, body: request.body ?? "" }
  const exchange = (start: Effect.Effect<void, RateLimited>) =>
    start.pipe(
      Effect.flatMap(() => headers(signable)),
      Effect.flatMap((signed) => {
        attempt.headers = signed
        return sendIn(calls, attempt)
      })
    )
  // a cancellation does not stand behind a hundred pages of history, nor behind one that hangs
  const urgent = isUrgent ? "now" : !read
  const held = options.limiter.hold(
    key,
    limit,
    { operation, maxWait: wait, urgent: row.cancels },
    (start) => inTurn(exchange(start), { maxWait: wait, late, urgent })
  )
  return Effect.flatMap(held, (reply) => understand(calls, attempt, reply))
}

const exchangeOf = (calls: Calls, attempt: Attempt): Effect.Effect<unknown, RestError> => {
  const { operation, options: { auth }, row } = calls
  if (!row.auth) return openExchange(calls, attempt)
  if (auth !== undefined) return signedExchange(calls, auth, attempt)
  return Effect.fail(new AuthenticationFailed({ operation, code: null, text: "this client has no key" }))
}

const failed = ({ read }: Calls, error: RestError, { started }: Attempt): Failed => ({
  error,
  // the caller's bound on waiting holds: a call that is refused before it is sent is not tried again
  again: !started || !error.isRetryable
    ? undefined
    : read
    ? "read"
    : outcomeOf(error) === "unsent"
    ? "unsent"
    : undefined
})

/** the same refusal with its nonce, and with the refusals before it */
const explained = (
  { nonces, options }: Calls,
  error: NonceTooSmall,
  { headers }: Attempt
): Effect.Effect<NonceTooSmall> =>
  Effect.map(Effect.clock, (clock) => {
    const now = Clocks.mts(clock)
    nonces.since = nonces.refusals === 0 ? now : nonces.since
    nonces.refusals++
    const venue = options.venueTime?.at(Clocks.steady(clock)())
    const nonce = Number(headers["bfx-nonce"])
    return new NonceTooSmall({
      operation: error.operation,
      text: error.text,
      nonce: Number.isSafeInteger(nonce) ? nonce : null,
      refusals: nonces.refusals,
      since: nonces.since,
      mts: now,
      clockBehind: venue === undefined ? null : venue - now
    })
  })

/** the attempts of one call */
interface Tries {
  readonly next: () => Attempt
  /** whether one was made again for its nonce */
  isRenewed: boolean
}

/**
 * Whether a cancellation overtook a write: then the write is not made again, since an order would be placed behind the
 * cancellation that was to take it back.
 */
const isOvertaken = ({ nonces, read, row }: Calls, { urgentBefore }: Attempt): boolean =>
  !read && !row.cancels && nonces.urgent !== urgentBefore

/** one attempt, and another one where the nonce was refused: the venue looks at that first, so nothing was executed */
const once = (calls: Calls, tries: Tries): Effect.Effect<unknown, Failed> =>
  Effect.suspend(() => {
    const attempt = tries.next()
    return Effect.matchEffect(exchangeOf(calls, attempt), {
      onSuccess: (result) => {
        if (calls.row.auth) calls.nonces.refusals = 0
        return Effect.succeed(result)
      },
      onFailure: (error) =>
        Effect.gen(function*() {
          yield* calls.metrics.failed(error._tag)
          yield* Effect.annotateLogs(Effect.logDebug(`an attempt failed: ${error.message}`), calls.annotations)
          if (error._tag !== "NonceTooSmall") return yield* Effect.fail(failed(calls, error, attempt))
          const refused = yield* explained(calls, error, attempt)
          if (tries.isRenewed || isOvertaken(calls, attempt)) return yield* Effect.fail(failed(calls, refused, attempt))
          tries.isRenewed = true
          return yield* once(calls, tries)
        })
    })
  })

/** repeats what may be repeated, by the schedule of the settings */
const repeated = (
  { options: { settings }, read }: Calls,
  attempt: Effect.Effect<unknown, Failed>
): Effect.Effect<unknown, RestError> => {
  const retried = read ? "read" : "unsent"
  // what a schedule needs is made when there is something to repeat
  return Effect.catchAll(attempt, (first) => {
    if (first.again !== retried) return Effect.fail(first.error)
    let seen = false
    const next = Effect.suspend(() => {
      if (seen) return attempt
      seen = true
      return Effect.fail(first)
    })
    const schedule = Schedules.mapInput(
      read ? settings.retryReads : settings.retryUnsent,
      (failed: Failed): unknown => failed.error
    )
    const repeats = { schedule, while: (failed: Failed) => failed.again === retried }
    return Effect.mapError(Effect.retry(next, repeats), (failed) => failed.error)
  })
}

const callWith = (calls: Calls): Call => {
  const { operation, options: { settings }, row } = calls
  const spanOptions: Tracer.SpanOptions = {
    kind: "client",
    captureStackTrace: false,
    attributes: { "bitfinex.endpoint": row.name, "bitfinex.group": row.group, "http.request.method": row.method }
  }
  return (args, { wait = settings.limitWait } = {}) =>
    // the span is the parent of none: it need not be put into the context, which takes longer than to make it
    Effect.useSpan(operation, spanOptions, (span) =>
      Fibers.withFiber((fiber) => {
        const request = Request.build(row, args)
        if (Either.isLeft(request)) return Effect.fail(request.left)
        const isUrgent = row.cancels || Context.get(fiber.currentContext as Context.Context<never>, Urgency)
        let attempts = 0
        const next = (): Attempt => {
          span.attribute("bitfinex.attempts", ++attempts)
          return { span, request: request.right, wait, isUrgent, headers: none, started: false, urgentBefore: 0 }
        }
        return repeated(calls, once(calls, { next, isRenewed: false }))
      }))
}

/**
 * Makes calls out of endpoint rows.
 *
 * @internal
 */
export const make = (options: Options): CallOf => {
  const { settings } = options
  const exchange = Transport.make(options.client, {
    timeout: settings.requestTimeout,
    maxBytes: settings.maxReplyBytes
  })
  const nonces: NonceLog = { urgent: 0, refusals: 0, since: 0 }
  return (row, { hides = false } = {}) => {
    const host = row.auth ? settings.restAuthUrl : settings.restPublicUrl
    const { key, limit } = budget(row, settings)
    return callWith({
      row,
      hides,
      options,
      exchange,
      nonces,
      operation: Request.operationOf(row),
      host,
      key,
      limit,
      read: Request.isRead(row),
      metrics: Metrics.forEndpoint(row.name, key.family),
      annotations: { endpoint: row.name, group: row.group, family: key.family, host }
    })
  }
}
