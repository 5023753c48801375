/**
 * Makes calls out of endpoint rows. A call checks its arguments, waits for its limit, is signed and sent, and its reply
 * is classified and decoded. Reads are repeated; every call has a span and metrics.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { hasProperty } from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import type * as Auth from "../../Auth.ts"
import { type Settings, windowOf } from "../../BitfinexConfig.ts"
import {
  AuthenticationFailed,
  DecodeError,
  decodeErrorOfList,
  type InvalidInput,
  NonceTooSmall,
  outcomeOf,
  RateLimited,
  type RestError,
  TransportError,
  type UnreadRow
} from "../../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint, ErrorOf } from "../../protocol/Endpoint.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import * as Request from "../../protocol/internal/request.ts"
import { scrub } from "../../protocol/internal/scrub.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as Resends from "../platform/resends.ts"
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"
import * as Schedules from "../time/schedules.ts"
import * as Lifetime from "./lifetime.ts"
import * as Metrics from "./metrics.ts"
import * as Transport from "./transport.ts"
import { Urgency } from "./urgency.ts"
import type * as VenueTime from "./venueTime.ts"

/**
 * The dependencies of the calls of one client.
 *
 * @internal
 */
export interface Options {
  readonly client: HttpClient.HttpClient
  readonly limiter: RateLimiter.Service
  readonly settings: Settings
  /** signs requests and queues them; may be absent if no row of the client is signed */
  readonly auth?: Signer
  /** receives the `Date` of the replies, and the time of notifications */
  readonly venueTime?: VenueTime.VenueTime
  /** when its calls end though they have no reply; by default never */
  readonly lifetime?: Lifetime.Lifetime
}

/**
 * The part of `Auth` that signed requests need.
 *
 * @internal
 */
export interface Signer {
  /** the headers that authenticate a request, made at every attempt right before it is sent */
  readonly headers: (
    request: { readonly path: string; readonly body: string }
  ) => Effect.Effect<{ readonly [header: string]: string }, RestError>
  readonly enqueue: <A, E, R, E2>(
    exchange: Effect.Effect<A, E, R>,
    options: {
      readonly maxWait: Duration.DurationInput
      readonly late: () => E2
      readonly urgent?: boolean | "now"
      readonly abort?: () => void
    }
  ) => Effect.Effect<A, AuthenticationFailed | E | E2 | InvalidInput, R>
  /** a place where nothing has to wait, see `Auth`; undefined if each request is to go the long way */
  readonly tryEnter?: Auth.Service["tryEnter"]
}

/**
 * Calls one endpoint. `wait` is how long the call may wait in the queue.
 *
 * @internal
 */
export type Call<E = RestError> = (
  args?: AnyArgs,
  options?: { readonly wait?: Duration.DurationInput }
) => Effect.Effect<unknown, E>

/**
 * Makes the call of a row. With `hides`, the reply is a secret: it is returned as a `Redacted`, because a tracer may
 * print the result of a span, and no error shows any part of it.
 *
 * @internal
 */
export type CallOf = <E extends AnyEndpoint>(row: E, options?: { readonly hides?: boolean }) => Call<ErrorOf<E>>

/** a failed attempt, and the rule by which it may be repeated: undefined for none */
interface Failed {
  readonly error: RestError
  readonly again: "read" | "unsent" | undefined
}

/** an attempt while it runs */
interface Attempt extends Lifetime.InFlight {
  /** undefined if no tracer is set */
  readonly span: Tracer.Span | undefined
  readonly request: Request.Request
  /** how long it may wait in the queue */
  readonly wait: Duration.DurationInput
  /** whether it is a cancellation, or a call of a program that shuts down (`Urgency`) */
  readonly isUrgent: boolean
  headers: { readonly [header: string]: string }
  /** whether the limiter has no place for it at once */
  isLimited: boolean
  /** whether the request was handed to the transport */
  started: boolean
  /** number of urgent calls of the client that were sent before it */
  urgentBefore: number
  /** its exchange; undefined before that has started, and when it has ended */
  running: Transport.Running | undefined
  /** whether the release of the layer ended it */
  isReleased: boolean
  /** whether the layer was released after the call began; calls that begin later are not affected */
  readonly isLate: () => boolean
  readonly lifetime: Lifetime.Lifetime
}

const none: { readonly [header: string]: string } = {}

/**
 * the strings of an attempt that no error may show: its signing headers, and the arguments of a call that hides its
 * reply
 */
const secretsOf = ({ headers, request }: Attempt, hides: boolean): ReadonlyArray<string> => [
  ...Object.values(headers),
  ...(hides ? Object.values(request.args).filter((value) => typeof value === "string") : [])
]

/**
 * The key and the limit of a row: the limit that the manual states, or `unstatedLimit` if it states none.
 *
 * @internal
 */
export const budget = (
  row: AnyEndpoint,
  settings: Settings
): { readonly key: RateLimiter.Key; readonly limit: RateLimiter.Limit } => {
  const limit = row.limit === null
    ? settings.rest.unstatedLimit
    : { count: row.limit[0], per: Duration.seconds(row.limit[1]) }
  return {
    // the venue counts by address, so keys on one host share a limit
    key: { host: row.auth ? settings.rest.authUrl : settings.rest.publicUrl, family: Request.family(row.path) },
    limit: windowOf(limit, settings)
  }
}

/** the nonces of a client, over all rows */
interface NonceLog {
  /** number of urgent calls that were sent: each may have reached the venue before calls that were sent earlier */
  urgent: number
  /** calls in a row that were refused for their nonce */
  refusals: number
  /** ms by the clock of this machine */
  since: number
}

/** the common parts of all calls of one row */
interface Calls {
  readonly row: AnyEndpoint
  readonly hides: boolean
  readonly options: Options
  readonly exchange: ReturnType<typeof Transport.make>
  readonly nonces: NonceLog
  readonly lifetime: Lifetime.Lifetime
  readonly operation: string
  readonly host: string
  /** the name of the host, without scheme and port */
  readonly serverAddress: string
  readonly key: RateLimiter.Key
  readonly limit: RateLimiter.Limit
  readonly read: boolean
  /** whether the platform may have sent a write twice, so that a refused nonce says nothing of the first */
  readonly isSentTwice: boolean
  readonly metrics: Metrics.OfEndpoint
  readonly annotations: { readonly [name: string]: string }
}

/** hands the request of an attempt to the transport; `end` is called once */
const start = (
  { exchange, host, metrics, nonces, operation, options, read, row }: Calls,
  attempt: Attempt,
  caller: Fibers.Caller,
  left: number,
  end: (exit: Exit.Exit<Transport.Reply, RestError>) => void
): void => {
  attempt.started = true
  attempt.urgentBefore = nonces.urgent
  if (attempt.isUrgent) nonces.urgent++
  const { headers, request, span } = attempt
  const { clock, fiber } = caller
  const labels = Fibers.labelsOf(fiber)
  metrics.left(left, labels)
  metrics.sent(labels)
  const from = Clocks.micros(clock)
  let isOver = false
  const running = exchange({ operation, read, url: `${host}/${request.path}`, request, headers }, caller, (exit) => {
    isOver = true
    attempt.running = undefined
    attempt.lifetime.inFlight.delete(attempt)
    if (Exit.isSuccess(exit)) {
      const { date, status } = exit.value
      const now = Clocks.micros(clock)
      metrics.took((now - from) / 1e6, labels)
      // an error reply may come from a proxy, whose clock is not the venue's
      if (status === 200) options.venueTime?.hear(date, Math.floor(now / 1000))
      span?.attribute("http.response.status_code", status)
    }
    end(exit)
  })
  if (isOver) return
  attempt.running = running
  // a cancellation goes on: abandoned, it could leave orders open
  if (!row.cancels) attempt.lifetime.inFlight.add(attempt)
}

/** an exchange that a fiber waits for. Emptied at its end, since what interrupts an Effect may be kept (`nodeHttp.ts`) */
interface Pending {
  attempt: Attempt | undefined
  /** called when the exchange has ended, however it ends */
  leave: () => void
  exit: Exit.Exit<Transport.Reply, RestError> | undefined
  resume: ((exit: Exit.Exit<Transport.Reply, RestError>) => void) | undefined
}

const nothing = (): void => undefined

const settle = (pending: Pending, exit: Exit.Exit<Transport.Reply, RestError>): void => {
  const { leave, resume } = pending
  pending.attempt = undefined
  pending.leave = nothing
  pending.resume = undefined
  leave()
  if (resume === undefined) pending.exit = exit
  else resume(exit)
}

const giveUp = (pending: Pending): Effect.Effect<void> => {
  const { attempt, leave } = pending
  if (attempt?.running === undefined) return Effect.void
  pending.leave = nothing
  attempt.lifetime.inFlight.delete(attempt)
  return Effect.map(attempt.running.giveUp(), leave)
}

// a separate function: everything that it references is kept for a while
const replyOf = (pending: Pending): Effect.Effect<Transport.Reply, RestError> =>
  Later.callback((resume) => {
    if (pending.exit !== undefined) return resume(pending.exit)
    pending.resume = resume
    return Effect.suspend(() => giveUp(pending))
  })

/**
 * Sends the request of an attempt at once, and returns the reply as an Effect. `leave` is called when the exchange has
 * ended: also where the Effect is never run, because its fiber was interrupted in between.
 */
const send = (
  calls: Calls,
  attempt: Attempt,
  caller: Fibers.Caller,
  left: number,
  leave: () => void
): Effect.Effect<Transport.Reply, RestError> => {
  const pending: Pending = { attempt, leave, exit: undefined, resume: undefined }
  start(calls, attempt, caller, left, (exit) => settle(pending, exit))
  return replyOf(pending)
}

/**
 * ms after which a program that exits sends its cancellation again, whatever pause the venue asked for: otherwise its
 * orders would stay open
 */
const exitPause = 1_500

/** pauses the host for as long as the reply demands */
const pausing = (calls: Calls, pause: number, asked: number | undefined): Effect.Effect<void> => {
  const { annotations, host, options, row } = calls
  const text = asked === undefined
    ? `Bitfinex asks for a pause of ${pause} ms`
    : `Bitfinex asks for a pause of ${asked} ms, which is more than this SDK keeps: it tries again after ${pause} ms`
  // the whole host, because the venue blocks the address, not the endpoint. A refused cancellation pauses urgent calls
  // too; those of a program that leaves only for a short time
  const penalize = Effect.flatMap(Urgency, (isLeaving) =>
    row.cancels && isLeaving
      ? Effect.zipRight(
        options.limiter.penalize({ host }, Math.min(pause, exitPause), { urgent: true }),
        options.limiter.penalize({ host }, pause)
      )
      : options.limiter.penalize({ host }, pause, { urgent: row.cancels }))
  return Effect.zipRight(penalize, Effect.annotateLogs(Effect.logWarning(text), annotations))
}

/** the pause that a reply demands, ms; 0 for none */
const pauseOf = ({ retryAfter, status }: Transport.Reply, error: RestError | undefined): number =>
  error?._tag === "RateLimited"
    ? error.retryAfter
    : status === 429
    ? retryAfter ?? ErrorTable.block
    : status === 503
    ? retryAfter ?? 0
    : 0

/** names the call in the error of a row, because a log shows only this text. Made when it is read: it costs 40 µs */
const namedAfter = (operation: string, unread: UnreadRow): UnreadRow => {
  let error: DecodeError | undefined
  return {
    row: unread.row,
    cells: unread.cells,
    get error() {
      return error ??= new DecodeError({ ...unread.error, operation }, true)
    }
  }
}

/** classifies and decodes a reply */
const meaningOf = (
  calls: Calls,
  request: Request.Request,
  reply: Transport.Reply
): Either.Either<unknown, RestError> => {
  const { hides, operation, read, row } = calls
  const { body, contentType, retryAfter, status } = reply
  const quotes = !row.auth || status !== 200
  // a literal: one with the reply spread into it costs 2 µs more
  const found = ErrorTable.classify({ status, contentType, retryAfter, body, operation, read, kind: row.kind, quotes })
  if (Either.isLeft(found)) return Either.left(found.left)
  const json = found.right
  const failed = (error: DecodeError) => {
    const hidden = hides ? { actual: "a value that is not shown" } : {}
    const outcome = read ? {} : { outcome: "unknown" as const }
    const { partial } = error
    const named = partial === null
      ? null
      : { rows: partial.rows, unread: partial.unread.map((row) => namedAfter(operation, row)) }
    return decodeErrorOfList({ ...error, operation, ...hidden, ...outcome }, hides ? null : named)
  }
  const mismatch = row.mismatch(json, request.args)
  if (mismatch !== undefined) return Either.left(failed(mismatch))
  const no = row.refusal(json)
  if (no !== undefined) {
    const { code, status: notification, text } = no
    const refusal = { operation, code, text, status, retryAfter, notification }
    return Either.left(ErrorTable.fromRefusal(refusal, row.kind))
  }
  const decoded = row.decode(json, request.args)
  return Either.isLeft(decoded) ? Either.left(failed(decoded.left)) : decoded
}

/** learns the venue's time from the notification that answers a write */
const stamp = ({ options: { venueTime } }: Calls, result: unknown, clock: Clock.Clock): void => {
  if (hasProperty(result, "accepted") && hasProperty(result, "mts") && typeof result.mts === "number") {
    venueTime?.stamp(result.mts, Clocks.steady(clock)())
  }
}

const understand = (
  calls: Calls,
  attempt: Attempt,
  reply: Transport.Reply,
  { clock }: Fibers.Caller
): Effect.Effect<unknown, RestError> => {
  const found = meaningOf(calls, attempt.request, reply)
  if (Either.isRight(found) && reply.status !== 429 && reply.status !== 503) {
    if (!calls.read) stamp(calls, found.right, clock)
    return Effect.succeed(calls.hides ? Redacted.make(found.right) : found.right)
  }
  // a failure is classified a second time, from the body without secrets, so that its text cannot show them
  const body = scrub(reply.body, secretsOf(attempt, calls.hides))
  const shown = body === reply.body ? found : meaningOf(calls, attempt.request, { ...reply, body })
  const pause = pauseOf(reply, Either.isLeft(shown) ? shown.left : undefined)
  return pause > 0 ? Effect.zipRight(pausing(calls, pause, reply.retryAfterAsked), shown) : shown
}

/** sends a request whose start was counted */
const sendCounted = (calls: Calls, attempt: Attempt): Effect.Effect<Transport.Reply, RestError> =>
  Effect.flatMap(
    calls.options.limiter.remaining(calls.key, calls.limit),
    (left) => Fibers.withCaller((caller) => send(calls, attempt, caller, left, nothing))
  )

const released = "its layer was released"

/** a call whose layer was released before it was sent */
const neverSent = ({ operation, read }: Calls): Effect.Effect<never, TransportError> =>
  read ? Effect.interrupt : Effect.fail(
    new TransportError({
      operation,
      stage: "send",
      outcome: "unsent",
      reason: released,
      status: null,
      isRetryable: false
    })
  )

/**
 * Waits for the limit, and sends; the release of the layer ends the wait. A call that has a place at once, and waits for
 * another one of its key only, is spared the race: the release ends the other one, and then it is its turn.
 */
const whileAlive = (
  calls: Calls,
  attempt: Attempt,
  sending: Effect.Effect<Transport.Reply, RestError>
): Effect.Effect<Transport.Reply, RestError> => {
  const { key, lifetime, limit, options: { limiter } } = calls
  if (lifetime.isReleased()) return sending
  // one that was sent ends by itself
  const end = () => attempt.started ? Effect.never : neverSent(calls)
  // a limiter that is not in memory never has a place at once: to ask it for what is left costs a round trip
  if (attempt.isLimited) return lifetime.before(sending, end)
  return Effect.flatMap(limiter.remaining(key, limit), (left) => left > 0 ? sending : lifetime.before(sending, end))
}

/** the last step of a call that had to wait */
const sendInTime = (calls: Calls, attempt: Attempt): Effect.Effect<Transport.Reply, RestError> =>
  Effect.suspend(() => attempt.isLate() ? neverSent(calls) : sendCounted(calls, attempt))

const openExchange = (calls: Calls, attempt: Attempt): Effect.Effect<Transport.Reply, RestError> => {
  const { key, limit, operation, options } = calls
  return Effect.flatMap(
    options.limiter.acquire(key, limit, { operation, maxWait: attempt.wait }),
    () => sendInTime(calls, attempt)
  )
}

/** abandons an attempt that hangs. Only a read, which is repeated later */
const aborted = ({ read }: Calls, attempt: Attempt): (() => void) | undefined =>
  read && !attempt.isUrgent
    ? () => attempt.running?.abort("it was aborted, because a cancellation waited behind it")
    : undefined

const signable = ({ request: { body = "", path } }: Attempt): Auth.Signable => ({ path, body })

// A call first waits for its limit, and reserves its place there while it waits in the queue of its key; the start is
// counted when it is sent. The other way round, a call that waits for its limit at the head of the queue would block the
// calls of all other endpoints.
const signedExchange = (
  calls: Calls,
  { enqueue, headers }: Signer,
  attempt: Attempt
): Effect.Effect<Transport.Reply, RestError> => {
  const { key, limit, operation, options, read, row } = calls
  const { isUrgent, wait } = attempt
  const late = () =>
    new RateLimited({
      operation,
      retryAfter: Duration.toMillis(options.settings.rest.timeout),
      text: `refused here, before sending: it was still in the queue after ${Duration.format(wait)}`,
      outcome: "unsent"
    })
  const exchange = (start: Effect.Effect<void, RateLimited>) =>
    start.pipe(
      Effect.flatMap(() => headers(signable(attempt))),
      Effect.flatMap((signed) => {
        attempt.headers = signed
        return sendInTime(calls, attempt)
      })
    )
  // writes go before reads, such as a hundred pages of history; urgent calls do not even wait for a request that hangs
  const urgent = isUrgent ? "now" : !read
  const abort = aborted(calls, attempt)
  return options.limiter.hold(
    key,
    limit,
    { operation, maxWait: wait, urgent: row.cancels },
    (start) => enqueue(exchange(start), { maxWait: wait, late, urgent, ...(abort === undefined ? {} : { abort }) })
  )
}

/**
 * The same in one step where nothing has to wait, neither for a limit nor for a request of the same key: most calls. An
 * Effect for each part, each of which could be interrupted, cost a call twice as much as all of its own work.
 */
const atOnce = (
  calls: Calls,
  attempt: Attempt,
  caller: Fibers.Caller
): Effect.Effect<Transport.Reply, RestError> | undefined => {
  const { key, limit, options: { auth, limiter }, row } = calls
  const { clock } = caller
  const place = row.auth ? auth?.tryEnter?.(aborted(calls, attempt)) : undefined
  const signed = place?.sign(clock, signable(attempt))
  if (row.auth && signed === undefined) {
    place?.leave()
    return undefined
  }
  // a nonce that is not used after all does no harm: each one only has to be above the one before
  const left = limiter.tryAcquire(clock, key, limit, row.cancels)
  if (left === undefined) {
    attempt.isLimited = true
    place?.leave()
    return undefined
  }
  if (signed !== undefined) attempt.headers = signed
  return send(calls, attempt, caller, left, place?.leave ?? nothing)
}

const exchangeOf = (
  calls: Calls,
  attempt: Attempt,
  caller: Fibers.Caller
): Effect.Effect<unknown, RestError> => {
  const { operation, options: { auth }, row } = calls
  if (row.auth && auth === undefined) {
    return Effect.fail(new AuthenticationFailed({ operation, code: null, text: "this client has no key" }))
  }
  const reply = atOnce(calls, attempt, caller)
    ?? whileAlive(calls, attempt, row.auth ? signedExchange(calls, auth!, attempt) : openExchange(calls, attempt))
  return Effect.flatMap(reply, (reply) => understand(calls, attempt, reply, caller))
}

/** a refusal whose code proves nothing, such as none or 10000, and whose status does not blame the request */
const isVague = (error: RestError): boolean =>
  error._tag === "ApiError" && error.outcome === "unknown" && !(error.status! >= 400 && error.status! < 500)

const failed = ({ read }: Calls, error: RestError, { isLate, started }: Attempt): Failed => ({
  error,
  // a call that was refused before it was sent is not repeated: the caller's `wait` bounds the whole wait
  again: !started || isLate() || !(error.isRetryable || (read && isVague(error)))
    ? undefined
    : read
    ? "read"
    : outcomeOf(error) === "unsent"
    ? "unsent"
    : undefined
})

/** adds to a refusal of a nonce: the nonce, the number of refusals in a row, and by how much this clock is behind */
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

/** refusals of nonces in a row from which on they are a state, and not a call that was overtaken */
const longRefused = 3

/** after refusals: by now it is known how far ahead the last nonce of the key was */
const takenAgain = ({ annotations, nonces }: Calls): Effect.Effect<void> =>
  Effect.clockWith((clock) => {
    const ahead = Duration.format(Duration.seconds(Math.round((Clocks.mts(clock) - nonces.since) / 1000)))
    const text =
      `Nonces of this key are accepted again: the last one was at most ${ahead} ahead of this clock when the first was`
      + " refused, unless Nonce.layerFloor has raised them since"
    return Effect.annotateLogs(Effect.logInfo(text), annotations)
  })

/** the attempts of one call */
interface Tries {
  readonly next: () => Attempt
  /** the attempt that runs; undefined after one that failed */
  last: Attempt | undefined
  /** whether the layer was released before the call began */
  readonly wasReleased: boolean
  /** whether an attempt was repeated because its nonce was refused */
  isRenewed: boolean
}

/**
 * Whether an urgent call was sent after a write. Then the write is not repeated: its order would be placed after the
 * cancellation that was meant to cancel it.
 */
const isOvertaken = ({ nonces, read, row }: Calls, { urgentBefore }: Attempt): boolean =>
  !read && !row.cancels && nonces.urgent !== urgentBefore

/** The venue refuses the second copy of a request for its nonce, and may have executed the first. */
const maybeExecuted = ({ operation }: Calls, { text }: NonceTooSmall): TransportError =>
  new TransportError({
    operation,
    stage: "receive",
    outcome: "unknown",
    reason:
      `${text}, but this platform sends a request again when its connection is lost, and the first may have arrived`,
    status: null,
    isRetryable: false
  })

/**
 * One attempt, whose request is sent at once where nothing has to wait; and a second one if the nonce was refused: the venue
 * checks the nonce first, so nothing was executed.
 */
const once = (calls: Calls, tries: Tries, caller: Fibers.Caller): Effect.Effect<unknown, Failed> => {
  const attempt = tries.next()
  return Effect.matchEffect(exchangeOf(calls, attempt, caller), {
    onSuccess: (result) => {
      const { nonces, row } = calls
      if (!row.auth || nonces.refusals === 0) return Effect.succeed(result)
      const isLong = nonces.refusals >= longRefused
      nonces.refusals = 0
      return isLong ? Effect.as(takenAgain(calls), result) : Effect.succeed(result)
    },
    onFailure: (error) =>
      Effect.gen(function*() {
        tries.last = undefined
        if (calls.read && attempt.isReleased) return yield* Effect.interrupt
        yield* calls.metrics.failed(error._tag)
        yield* Effect.annotateLogs(Effect.logDebug(`an attempt failed: ${error.message}`), calls.annotations)
        if (error._tag !== "NonceTooSmall") return yield* Effect.fail(failed(calls, error, attempt))
        if (calls.isSentTwice) return yield* Effect.fail(failed(calls, maybeExecuted(calls, error), attempt))
        const refused = yield* explained(calls, error, attempt)
        if (tries.isRenewed || isOvertaken(calls, attempt)) return yield* Effect.fail(failed(calls, refused, attempt))
        tries.isRenewed = true
        return yield* again(calls, tries)
      })
  })
}

const again = (calls: Calls, tries: Tries): Effect.Effect<unknown, Failed> =>
  Fibers.withCaller((caller) => once(calls, tries, caller))

/** repeats a call that may be repeated, by the schedule of the settings */
const repeated = (
  calls: Calls,
  tries: Tries,
  attempt: Effect.Effect<unknown, Failed>
): Effect.Effect<unknown, RestError> => {
  const { lifetime, options: { settings }, read } = calls
  const retried = read ? "read" : "unsent"
  // the schedule is only set up after a first failure, because most calls succeed at once
  return Effect.catchAll(attempt, (first) => {
    if (first.again !== retried) return Effect.fail(first.error)
    let seen = false
    const next = Effect.suspend(() => {
      if (seen) return again(calls, tries)
      seen = true
      return Effect.fail(first)
    })
    const schedule = Schedules.mapInput(
      read ? settings.rest.retryReads : settings.rest.retryUnsent,
      (failed: Failed): unknown => failed.error
    )
    const repeats = { schedule, while: (failed: Failed) => failed.again === retried }
    // an attempt that was sent ends by itself
    const end = () => tries.last?.started === true ? Effect.never : read ? Effect.interrupt : Effect.fail(first)
    const retrying = Effect.retry(next, repeats)
    return Effect.mapError(
      tries.wasReleased ? retrying : lifetime.before(retrying, end),
      (failed) => failed.error
    )
  })
}

/**
 * how long a read of a program that exits waits for a limit or a pause, ms: it is repeated each second or two. One that
 * would wait longer is refused at once, so that the program can say why
 */
const exitWait = 2500

const callWith = (calls: Calls): Call => {
  const { lifetime, operation, options: { settings }, read, row, serverAddress } = calls
  const spanOptions: Tracer.SpanOptions = {
    kind: "client",
    captureStackTrace: false,
    attributes: {
      "bitfinex.endpoint": row.name,
      "bitfinex.group": row.group,
      "http.request.method": row.method,
      "server.address": serverAddress
    }
  }
  /** the request without arguments, which is always the same */
  let plain: ReturnType<typeof Request.build> | undefined
  const called = (
    caller: Fibers.Caller,
    args: AnyArgs | undefined,
    given: Duration.DurationInput | undefined,
    span?: Tracer.Span
  ) => {
    const request = args === undefined ? plain ??= Request.build(row, args) : Request.build(row, args)
    if (Either.isLeft(request)) return Effect.fail(request.left)
    span?.attribute("url.path", `/${request.right.path}`)
    // the cast: a reference has a default in every context
    const isLeaving = Context.get(caller.fiber.currentContext as Context.Context<never>, Urgency)
    const isUrgent = row.cancels || isLeaving
    const wait = given ?? (isLeaving && read ? exitWait : settings.rest.limitWait)
    let attempts = 0
    const wasReleased = lifetime.isReleased()
    const isLate = (): boolean => !wasReleased && lifetime.isReleased()
    const next = (): Attempt => {
      span?.attribute("bitfinex.attempts", ++attempts)
      return tries.last = {
        span,
        lifetime,
        isReleased: false,
        isLate,
        release() {
          this.isReleased = true
          this.running?.abort(released)
        },
        request: request.right,
        wait,
        isUrgent,
        headers: none,
        isLimited: false,
        started: false,
        urgentBefore: 0,
        running: undefined
      }
    }
    const tries: Tries = { next, last: undefined, wasReleased, isRenewed: false }
    const attempt = once(calls, tries, caller)
    // a program that leaves asks again by itself
    return isLeaving && read ? Effect.mapError(attempt, ({ error }) => error) : repeated(calls, tries, attempt)
  }
  return (args, { wait } = {}) =>
    Fibers.withCaller((caller) =>
      Fibers.isTraced(caller.fiber)
        // not `Effect.withSpan`: the span has no children, and putting it into the context takes longer than making it
        ? Effect.useSpan(operation, spanOptions, (span) => called(caller, args, wait, span))
        : called(caller, args, wait)
    )
}

/**
 * Makes calls out of endpoint rows.
 *
 * @internal
 */
export const make = (options: Options): CallOf => {
  const { settings } = options
  const exchange = Transport.make(options.client, {
    timeout: settings.rest.timeout,
    maxBytes: settings.rest.maxReplyBytes
  })
  const nonces: NonceLog = { urgent: 0, refusals: 0, since: 0 }
  const resends = Resends.may()
  const lifetime = options.lifetime ?? Lifetime.make()
  const nameOf = (url: string): string => URL.canParse(url) ? new URL(url).hostname : url
  const names = { signed: nameOf(settings.rest.authUrl), open: nameOf(settings.rest.publicUrl) }
  return (row, { hides = false } = {}) => {
    const host = row.auth ? settings.rest.authUrl : settings.rest.publicUrl
    const { key, limit } = budget(row, settings)
    // the cast: a refusal becomes only an error of the kind of its row
    return callWith({
      row,
      hides,
      options,
      exchange,
      nonces,
      lifetime,
      operation: Request.operationOf(row),
      host,
      serverAddress: row.auth ? names.signed : names.open,
      key,
      limit,
      read: Request.isRead(row),
      // to cancel twice does no harm
      isSentTwice: resends && !Request.isRead(row) && !row.cancels,
      metrics: Metrics.forEndpoint(row.name, key.family),
      annotations: { endpoint: row.name, group: row.group, family: key.family, host }
    }) as Call<never>
  }
}
