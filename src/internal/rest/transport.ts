/**
 * One HTTP exchange: the request, the reply as text, and the error when either is incomplete.
 *
 * @internal
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { TransportError } from "../../BitfinexError.ts"
import type { Request } from "../../protocol/internal/request.ts"
import { type HttpFacts, httpFacts } from "../platform/failures.ts"
import * as Proxied from "../platform/proxied.ts"
import * as Clocks from "../time/clock.ts"
import * as Deadlines from "../time/deadlines.ts"
import * as Fibers from "../time/fibers.ts"
import * as RetryAfter from "../time/retryAfter.ts"
import * as Direct from "./direct.ts"

/**
 * A reply, read to its end.
 *
 * @internal
 */
export interface Reply {
  readonly status: number
  readonly contentType: string | undefined
  /** the pause that the other end requests, milliseconds; never more than `RetryAfter.longestPause` */
  readonly retryAfter: number | null
  /** the requested pause, if it is longer than that */
  readonly retryAfterAsked?: number | undefined
  /** the time of day at the other end, as HTTP writes it */
  readonly date?: string | undefined
  readonly body: string
}

/**
 * The common parts of all exchanges of a client.
 *
 * @internal
 */
export interface Options {
  readonly timeout: Duration.DurationInput
  readonly maxBytes: number
}

/**
 * The parts of one exchange.
 *
 * @internal
 */
export interface Exchange {
  readonly operation: string
  readonly read: boolean
  readonly url: string
  readonly request: Request
  readonly headers: { readonly [name: string]: string }
}

/**
 * An exchange that runs.
 *
 * @internal
 */
export interface Running {
  /** ends it with an error that has this reason */
  readonly abort: (reason: string) => void
  /** gives it up: its end is not reported */
  readonly giveUp: () => Effect.Effect<unknown>
}

/**
 * Starts an exchange for a fiber. `end` is called once, and may be called before `Start` returns.
 *
 * @internal
 */
export type Start = (
  exchange: Exchange,
  caller: Fibers.Caller,
  end: (exit: Exit.Exit<Reply, TransportError>) => void
) => Running

/** the name of a failed connection's error, found through the causes that fetch and others wrap around it */
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
  // messages of the platform's errors repeat the request; those below them are the socket's own. TLS ends its with a line
  const reason = [named?.code, found.at(-1)?.text.trim()].filter(Boolean).join(": ") || "the connection failed"
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

/** of a header that is given twice, the first one counts */
const first = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "object" ? value[0] : value

const byteOrderMark = 0xfeff

const repliedWith = (
  status: number,
  headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined },
  text: string,
  clock: Clock.Clock
): Reply => {
  // fetch drops it, the clients of Node keep it
  const body = text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
  const contentType = first(headers["content-type"])
  const date = first(headers["date"])
  const asks = first(headers["retry-after"])
  if (asks === undefined) return { status, contentType, retryAfter: null, date, body }
  const asked = RetryAfter.parse(asks, date, Clocks.mts(clock))
  return {
    status,
    contentType,
    retryAfter: asked === null ? null : Math.min(asked, RetryAfter.longestPause),
    ...(asked !== null && asked > RetryAfter.longestPause ? { retryAfterAsked: asked } : {}),
    date,
    body
  }
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

/** A write that was never sent is not repeated after its deadline either: it would be that much older. */
const late = (exchange: Exchange, reason: string, isUnsent: boolean) =>
  new TransportError({
    operation: exchange.operation,
    stage: "timeout",
    outcome: isUnsent ? "unsent" : "unknown",
    reason: isUnsent ? `${reason}: there was no connection yet` : reason,
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

/** additions to the caller's context for the client */
const requestInit: globalThis.RequestInit = { redirect: "manual" }

/** the span of a call is ours: that of the client would carry every header */
const untraced = () => true

/** headers that say what a reply should be, and those that say so of a body as well */
const ofReply: Direct.Headers = [["accept", "application/json"]]
const ofBoth: Direct.Headers = [...ofReply, ["content-type", "application/json"]]

/** an exchange over a client that is called directly; emptied at its end, for the reason given in nodeHttp.ts */
interface Open {
  end: ((exit: Exit.Exit<Reply, TransportError>) => void) | undefined
  callOff: () => void
  /** true if nothing of the request can have been sent */
  giveUp: () => boolean
}

const nothing = (): void => undefined
/** the exchange has already ended, with a known result */
const over = (): boolean => false

const close = (open: Open): Open["end"] => {
  const { callOff, end } = open
  open.end = undefined
  open.giveUp = over
  open.callOff = nothing
  callOff()
  return end
}

/**
 * Sends a request once and reads the reply to its end. Giving it up, or running out of time, aborts the request.
 * Redirects are not followed: a signed request must not travel to another host.
 *
 * @internal
 */
export const make = (client: HttpClient.HttpClient, options: Options): Start => {
  const timeout = Duration.toMillis(options.timeout)
  const deadlines = Deadlines.make()

  const expired = `no complete reply within ${Duration.format(timeout)}`

  const directly = (send: Direct.Send): Start => (exchange, { clock, fiber }, end) => {
    const { body, method, query } = exchange.request
    const url = query.length === 0
      ? exchange.url
      : `${exchange.url}?${new URLSearchParams(query.map(([...pair]) => pair))}`
    const open: Open = { end, callOff: nothing, giveUp: over }
    const abort = (reason: string): void => {
      const isUnsent = open.giveUp()
      close(open)?.(Exit.fail(late(exchange, reason, isUnsent)))
    }
    const more = body === undefined ? ofReply : ofBoth
    const sent = { method, url, headers: exchange.headers, more, body, maxBytes: options.maxBytes }
    const giveUp = send(sent, (result) =>
      close(open)?.(
        Either.isRight(result)
          ? Exit.succeed(repliedWith(result.right.status, result.right.headers, result.right.text(), clock))
          : Exit.fail(failedDirectly(exchange, result.left, options.maxBytes))
      ))
    if (open.end !== undefined) {
      open.giveUp = giveUp
      open.callOff = deadlines.set(fiber, timeout, () => abort(expired))
    }
    return {
      abort,
      giveUp: () =>
        Effect.sync(() => {
          close(open)
          giveUp()
        })
    }
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
          (body) => Effect.map(Effect.clock, (clock) => repliedWith(response.status, headers, body, clock))
        )
      }
    })
  }

  // What `Effect.timeout`, `provideService` and `withTracerDisabledWhen` do together, at a fraction of the cost: the
  // exchange is a fiber of its own, which begins with all of this set, and which the deadline interrupts. A value that
  // the client sets in a FiberRef is not visible outside of it.
  const overPlatform: Start = (exchange, caller, end) => {
    const fiber = Fibers.fork(caller, send(exchange), {
      context: Context.add(caller.fiber.currentContext, FetchHttpClient.RequestInit, requestInit),
      ref: HttpClient.currentTracerDisabledWhen,
      value: untraced
    })
    let abortedBy: string | undefined
    const abort = (reason: string) => {
      abortedBy ??= reason
      Fibers.interrupt(fiber)
    }
    const callOff = deadlines.set(caller.fiber, timeout, () => abort(expired))
    const observe = (exit: Exit.Exit<Reply, TransportError>): void => {
      callOff()
      end(abortedBy !== undefined && Exit.isInterrupted(exit) ? Exit.fail(late(exchange, abortedBy, false)) : exit)
    }
    fiber.addObserver(observe)
    return {
      abort,
      giveUp: () => {
        fiber.removeObserver(observe)
        callOff()
        return Fiber.interrupt(fiber)
      }
    }
  }

  const known = Direct.known.get(client)
  return known === undefined ? overPlatform : directly(known)
}
