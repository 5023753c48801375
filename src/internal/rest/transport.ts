/**
 * One HTTP exchange: the request, the reply as text, and the error when either is incomplete.
 *
 * @internal
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { TransportError } from "../../BitfinexError.ts"
import type { Request } from "../../protocol/internal/request.ts"
import { type HttpFacts, httpFacts } from "../platform/failures.ts"
import * as Proxied from "../platform/proxied.ts"
import * as Deadlines from "../time/deadlines.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"
import * as Direct from "./direct.ts"

/**
 * A reply, read to its end.
 *
 * @internal
 */
export interface Reply {
  readonly status: number
  readonly contentType: string | undefined
  /** what the other end asks for, milliseconds; never more than `longestPause` */
  readonly retryAfter: number | null
  /** the same as it was asked for, where that is more */
  readonly retryAfterAsked?: number | undefined
  /** the time of day at the other end, as HTTP writes it */
  readonly date?: string | undefined
  readonly body: string
}

/**
 * What every exchange of a client shares.
 *
 * @internal
 */
export interface Options {
  readonly timeout: Duration.DurationInput
  readonly maxBytes: number
}

/**
 * What one exchange is.
 *
 * @internal
 */
export interface Exchange {
  readonly operation: string
  readonly read: boolean
  readonly url: string
  readonly request: Request
  readonly headers: { readonly [name: string]: string }
  /** is given the function that aborts the exchange, with a reason; undefined where nothing aborts it */
  readonly onStart?: ((abort: (reason: string) => void) => void) | undefined
}

/** what a failed connection names itself by, through the causes that fetch and others wrap around it */
const traces = (
  error: unknown
): ReadonlyArray<{ readonly code: string; readonly syscall: string; readonly text: string }> => {
  const found: Array<{ readonly code: string; readonly syscall: string; readonly text: string }> = []
  const queue: Array<unknown> = [error]
  // bounded: a cause may be its own cause
  for (let step = 0; step < 16 && queue.length > 0; step++) {
    const at = queue.shift()
    if (typeof at !== "object" || at === null) continue
    const word = (name: string): string =>
      Predicate.hasProperty(at, name) && typeof at[name] === "string" ? at[name] : ""
    found.push({ code: word("code"), syscall: word("syscall"), text: word("message") })
    if ("cause" in at) queue.push(at.cause)
    if ("errors" in at && Array.isArray(at.errors)) queue.push(...at.errors)
  }
  return found
}

const neverConnected = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_CERT_\w+|\w*CERT\w*)$/

const sendFailure = ({ operation, read }: Exchange, error: Pick<HttpFacts, "cause" | "reason">): TransportError => {
  if (error.reason !== "Transport") {
    const reason = `the request could not be made (${error.reason}); check the host`
    return new TransportError({ operation, stage: "send", outcome: "unsent", reason, status: null, isRetryable: false })
  }
  const found = traces(error.cause)
  const named = found.filter(({ code }) => code !== "").at(-1)
  const unsent = found.some(({ code, syscall }) =>
    neverConnected.test(code) || syscall === "connect" || syscall === "getaddrinfo"
  )
  // messages of the platform's errors repeat the request; those below them are the socket's own
  const reason = [named?.code, found.at(-1)?.text].filter(Boolean).join(": ") || "the connection failed"
  return new TransportError({
    operation,
    stage: unsent ? "connect" : "send",
    outcome: unsent ? "unsent" : "unknown",
    reason,
    status: null,
    isRetryable: (unsent || read) && named?.code !== Proxied.unauthorized
  })
}

const broken = (
  { operation, read }: Exchange,
  stage: "receive" | "body",
  status: number,
  reason: string
): TransportError =>
  new TransportError({ operation, stage, outcome: "unknown", reason, status, isRetryable: stage === "receive" && read })

/**
 * The longest pause that a reply can ask for, ms. A longer one is a mistake, or the work of a proxy: the host would be
 * shut for the whole process, cancellations of orders included.
 *
 * @internal
 */
export const longestPause = 300_000

/** Date.parse makes a date of nearly anything, such as -5 */
const dateOf = (text: string | undefined): number =>
  text !== undefined && /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN

/**
 * Seconds, or a date, as milliseconds from now; null where that is no time to come, which says nothing. A date is one of
 * the other end's clock, as the `Date` of the same reply is: the clock of this machine may be wrong.
 */
const retryAfter = (header: string, date: string | undefined): Effect.Effect<number | null> =>
  Effect.map(Clock.currentTimeMillis, (here) => {
    const text = header.trim()
    const there = dateOf(date)
    const now = Number.isFinite(there) ? there : here
    const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateOf(text) - now
    return wait > 0 && Number.isFinite(wait) ? wait : null
  })

const repliedWith = (
  status: number,
  headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined },
  body: string
): Effect.Effect<Reply> => {
  // of a header that is given twice, the first one counts
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === "object" ? value[0] : value
  }
  const contentType = header("content-type")
  const date = header("date")
  const asks = header("retry-after")
  if (asks === undefined) return Effect.succeed({ status, contentType, retryAfter: null, date, body })
  return Effect.map(retryAfter(asks, date), (asked): Reply => ({
    status,
    contentType,
    retryAfter: asked === null ? null : Math.min(asked, longestPause),
    ...(asked !== null && asked > longestPause ? { retryAfterAsked: asked } : {}),
    date,
    body
  }))
}

const cut = (exchange: Exchange, status: number, { cause, reason }: Pick<HttpFacts, "cause" | "reason">) =>
  broken(exchange, "receive", status, `the reply broke off: ${traces(cause).at(-1)?.text || reason}`)

/** made only where it is needed: an error costs more than all else here */
const tooLong = (exchange: Exchange, status: number, maxBytes: number) =>
  broken(exchange, "body", status, `the reply is longer than ${maxBytes} bytes and was not read`)

const readBody = (
  exchange: Exchange,
  response: HttpClientResponse.HttpClientResponse,
  headers: HttpClientResponse.HttpClientResponse["headers"],
  maxBytes: number
): Effect.Effect<string, TransportError> => {
  const { status } = response
  const declared = headers["content-length"]
  // the declared length is that of the text only when nothing was compressed
  if (declared !== undefined && headers["content-encoding"] === undefined && Number(declared) <= maxBytes) {
    return Effect.mapError(response.text, (error) => cut(exchange, status, httpFacts(error)))
  }
  const most = Number(declared) > maxBytes ? 0 : maxBytes
  return Effect.suspend(() => {
    const decoder = new TextDecoder()
    let bytes = 0
    let text = ""
    // a stream that is left aborts its request
    return response.stream.pipe(
      Stream.catchAll((error) =>
        httpFacts(error).reason === "EmptyBody" ? Stream.empty : Stream.fail(cut(exchange, status, httpFacts(error)))
      ),
      Stream.runForEach((chunk) => {
        bytes += chunk.length
        if (bytes > most) return Effect.fail(tooLong(exchange, status, maxBytes))
        text += decoder.decode(chunk, { stream: true })
        return Effect.void
      }),
      Effect.map(() => text + decoder.decode())
    )
  })
}

const late = (exchange: Exchange, reason: string) =>
  new TransportError({
    operation: exchange.operation,
    stage: "timeout",
    outcome: "unknown",
    reason,
    status: null,
    isRetryable: exchange.read
  })

const failedDirectly = (
  exchange: Exchange,
  { cause, stage, status }: Direct.Failure,
  maxBytes: number
): TransportError =>
  status === undefined
    ? sendFailure(exchange, {
      reason: stage === "make" ? "Encode" : "Transport",
      cause
    })
    : stage === "long"
    ? tooLong(exchange, status, maxBytes)
    : cut(exchange, status, { cause, reason: cause.message })

/** what a client is given besides the context of its caller */
const requestInit: globalThis.RequestInit = { redirect: "manual" }

/** the span of a call is ours: that of the client would carry every header */
const untraced = () => true

/**
 * Sends a request once and reads the reply to its end. Interrupting it, or running out of time, aborts the request.
 * Redirects are not followed: a signed request must not travel to another host.
 *
 * @internal
 */
export const make = (client: HttpClient.HttpClient, options: Options) => {
  const timeout = Duration.toMillis(options.timeout)
  const deadlines = Deadlines.make()

  const expired = `no complete reply within ${Duration.format(timeout)}`

  /** one Effect for all of it, without a fiber */
  const directly = (exchange: Exchange, caller: Fibers.AnyFiber, send: Direct.Send) => {
    const { body, method, query } = exchange.request
    const url = query.length === 0
      ? exchange.url
      : `${exchange.url}?${new URLSearchParams(query.map(([...pair]) => pair))}`
    const headers = body === undefined
      ? { ...exchange.headers, accept: "application/json" }
      : { ...exchange.headers, accept: "application/json", "content-type": "application/json" }
    const sent = {
      method,
      url,
      headers,
      body,
      maxBytes: options.maxBytes,
      onStart: (abort: (reason: string) => void) => {
        exchange.onStart?.(abort)
        return deadlines.set(caller, timeout, () => abort(expired))
      }
    }
    return Effect.matchEffect(send(sent), {
      onFailure: (failure) =>
        Effect.fail(
          failure.stage === "aborted"
            ? late(exchange, failure.cause.message)
            : failedDirectly(exchange, failure, options.maxBytes)
        ),
      onSuccess: (reply) => repliedWith(reply.status, reply.headers, reply.text())
    })
  }

  const send = (exchange: Exchange): Effect.Effect<Reply, TransportError> => {
    const { body, method, query } = exchange.request
    let request = HttpClientRequest.make(method)(exchange.url, {
      headers: { ...exchange.headers, accept: "application/json" }
    })
    if (query.length > 0) request = HttpClientRequest.setUrlParams(request, query)
    if (body !== undefined) request = HttpClientRequest.bodyText(request, body, "application/json")
    return Effect.matchEffect(client.execute(request), {
      onFailure: (error) => {
        const facts = httpFacts(error)
        return Effect.fail(
          facts.status === undefined
            ? sendFailure(exchange, facts)
            : broken(exchange, "receive", facts.status, facts.message)
        )
      },
      onSuccess: (response) => {
        // read once: some transports make them again each time
        const { headers } = response
        return Effect.flatMap(
          readBody(exchange, response, headers, options.maxBytes),
          (body) => repliedWith(response.status, headers, body)
        )
      }
    })
  }

  // What `Effect.timeout`, `provideService` and `withTracerDisabledWhen` do together, at a fraction of the cost: the
  // exchange is a fiber of its own, which begins with all of this set, and which the deadline interrupts. What a client
  // leaves in a FiberRef is not seen outside of it.
  const overPlatform = (exchange: Exchange): Effect.Effect<Reply, TransportError> =>
    Fibers.withFiber((caller, status) => {
      const options = {
        context: Context.add(caller.currentContext, FetchHttpClient.RequestInit, requestInit),
        ref: HttpClient.currentTracerDisabledWhen,
        value: untraced
      }
      return Later.callback((resume) => {
        let abortedBy: string | undefined
        const fiber = Fibers.fork(caller, status, send(exchange), options)
        const abort = (reason: string) => {
          abortedBy ??= reason
          Fibers.interrupt(fiber)
        }
        const callOff = deadlines.set(caller, timeout, () => abort(expired))
        exchange.onStart?.(abort)
        fiber.addObserver((exit) => {
          resume(abortedBy !== undefined && Exit.isInterrupted(exit) ? Effect.fail(late(exchange, abortedBy)) : exit)
          callOff()
        })
        return Fiber.interrupt(fiber)
      })
    })

  const direct = Direct.known.get(client)
  return direct === undefined
    ? overPlatform
    : (exchange: Exchange) => Fibers.withFiber<Reply, TransportError>((caller) => directly(exchange, caller, direct))
}
