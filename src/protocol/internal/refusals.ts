/**
 * Classifies a reply: the requested JSON, or an error. The body is read before the status, because the venue sends
 * refusals with 200 as well as with 500.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as BitfinexError from "../../BitfinexError.ts"
import {
  ApiError,
  AuthenticationFailed,
  InsufficientBalance,
  InvalidOrder,
  Maintenance,
  NonceTooSmall,
  OrderNotFound,
  RateLimited,
  render,
  TransportError
} from "../../BitfinexError.ts"
import type { Kind } from "../Endpoint.ts"

/**
 * A refusal of the venue, in any of its forms.
 *
 * @internal
 */
export interface Refusal {
  readonly operation: string
  readonly code: number | null
  /** the venue's complete text */
  readonly text: string
  /** HTTP status; null for a refusal on a socket */
  readonly status: number | null
  /** the status of the notification, such as `ERROR`, if the refusal is a notification. Its code is mostly null, and it
   * may be `SUCCESS` while the rest of the notification contradicts that */
  readonly notification?: string
  /** the value of `Retry-After`, in milliseconds; null if there is none */
  readonly retryAfter: number | null
}

/**
 * The errors of the table, and `ApiError` for all other refusals.
 *
 * @internal
 */
export type Refused =
  | BitfinexError.RateLimited
  | BitfinexError.Maintenance
  | BitfinexError.AuthenticationFailed
  | BitfinexError.NonceTooSmall
  | BitfinexError.InsufficientBalance
  | BitfinexError.OrderNotFound
  | BitfinexError.InvalidOrder
  | BitfinexError.ApiError

/**
 * One row: it matches if all its columns match.
 *
 * @internal
 */
export interface Rule {
  readonly code?: number | ReadonlyArray<number>
  readonly text?: RegExp
  readonly status?: number
  readonly error: (refusal: Refusal, isWrite: boolean) => Refused
}

/**
 * How long the venue blocks an IP address that exceeded a limit, in milliseconds, if the venue gives no time.
 *
 * @internal
 */
export const block = 60_000

/** the code of most refusals; a notification without a code is treated the same */
const general = 10001

/** The codes of the venue that prove that it examined the request and did not execute it. */
const proving: ReadonlySet<number> = new Set([
  general,
  10020,
  10050,
  10100,
  10111,
  10112,
  10113,
  10114,
  10200,
  10300,
  10301,
  10302,
  10305,
  10400,
  10401,
  11000,
  11010,
  20060,
  110202
])

/**
 * Unknown errors (10000), a conflict with another request (10008) and refusals without a code prove nothing: the
 * request may have been forwarded before they occurred. A notification with a status that is not in the manual proves
 * nothing either.
 */
const proves = ({ code, notification, text }: Refusal): boolean =>
  (notification === undefined ? code !== null && proving.has(code) : /^(ERROR|FAILURE|SUCCESS)$/.test(notification))
  && !/time[ds]?[ -]?out/i.test(text)

const outcome = (refusal: Refusal) => proves(refusal) ? "refused" : "unknown"

const rateLimited = ({ operation, retryAfter, text }: Refusal) =>
  new RateLimited({ operation, text, retryAfter: retryAfter ?? block, outcome: "refused" })
const maintenance = (refusal: Refusal, isWrite: boolean) =>
  new Maintenance({
    operation: refusal.operation,
    text: refusal.text,
    outcome: isWrite ? outcome(refusal) : "refused"
  })
const nonceTooSmall = ({ operation, text }: Refusal) => new NonceTooSmall({ operation, text })
const authentication = ({ code, operation, text }: Refusal) => new AuthenticationFailed({ operation, code, text })
const balance = ({ code, operation, text }: Refusal) => new InsufficientBalance({ operation, code, text })
const notFound = ({ code, operation, text }: Refusal) => new OrderNotFound({ operation, code, text })
const invalidOrder = ({ code, operation, text }: Refusal) => new InvalidOrder({ operation, code, text })
const api = (refusal: Refusal) => {
  const { code, operation, status, text } = refusal
  return new ApiError({ operation, code, text, status, outcome: outcome(refusal) })
}

/**
 * The table; the first matching row decides. Codes come first, as the manual recommends. Texts are matched only if one
 * code stands for many refusals (10001), or if a text was observed without its code.
 *
 * @internal
 */
export const rules: ReadonlyArray<Rule> = [
  { code: 11010, error: rateLimited },
  { text: /^(ERR_RATE_LIMIT|ratelimit)\b/i, error: rateLimited },
  { code: 20060, error: maintenance },
  { code: 503, error: maintenance },
  { text: /^temporarily_unavailable\b/, error: maintenance },
  { code: 10114, error: nonceTooSmall },
  // with code 10100 in old reports
  { text: /^nonce: small/i, error: nonceTooSmall },
  { code: [10100, 10111, 10112, 10113, 10200], error: authentication },
  { code: general, text: /permission/i, error: authentication },
  { text: /^(apikey|api_key|token): /i, error: authentication },
  { text: /^ERR_AUTH_/, error: authentication },
  { code: general, text: /not enough .*balance|balance insufficient|available balance is only/i, error: balance },
  { code: general, text: /order not found/i, error: notFound },
  { code: general, text: /^invalid (order|price)\b|^(price|amount|direction): invalid/i, error: invalidOrder },
  { status: 429, error: rateLimited },
  { status: 503, error: maintenance }
]

const matches = (rule: Rule, { code: given, notification, status, text }: Refusal): boolean => {
  const code = given === null && notification !== undefined ? general : given
  return (rule.code === undefined
    || (code !== null && (typeof rule.code === "number" ? rule.code === code : rule.code.includes(code))))
    && (rule.text === undefined || rule.text.test(text))
    && (rule.status === undefined || rule.status === status)
}

/** the errors of the table that calls of a kind do not get */
const foreign: { readonly [K in Kind]: ReadonlySet<Refused["_tag"]> } = {
  public: new Set(["AuthenticationFailed", "NonceTooSmall", "InsufficientBalance", "InvalidOrder", "OrderNotFound"]),
  read: new Set(["InsufficientBalance", "InvalidOrder", "OrderNotFound"]),
  write: new Set(["OrderNotFound"]),
  order: new Set()
}

/**
 * The errors of refusals of calls of a kind.
 *
 * @internal
 */
export type RefusedOf<K extends Kind> = K extends "order" ? Refused
  : K extends "write" ? Exclude<Refused, BitfinexError.OrderNotFound>
  : Exclude<Refused, BitfinexError.OrderNotFound | BitfinexError.InsufficientBalance | BitfinexError.InvalidOrder>

/**
 * The error of a refusal. One that calls of this kind are not known to get is an `ApiError`, with its code and whole text.
 *
 * @internal
 */
export const fromRefusal = (refusal: Refusal, kind: Kind = "order"): Refused => {
  const isWrite = kind === "write" || kind === "order"
  const error = (rules.find((rule) => matches(rule, refusal))?.error ?? api)(refusal, isWrite)
  return foreign[kind].has(error._tag) ? api(refusal) : error
}

/**
 * A raw reply.
 *
 * @internal
 */
export interface Reply {
  readonly operation: string
  readonly status: number
  readonly contentType: string | undefined
  /** the value of `Retry-After`, in milliseconds; null if there is none */
  readonly retryAfter: number | null
  readonly body: string
  /** whether the call only reads, so that it may be repeated after a malformed reply */
  readonly read: boolean
  /** what the call does; by default any error of the table is possible */
  readonly kind?: Kind
  /** false if the body may hold a secret, such as a new token, so that no error may quote it */
  readonly quotes?: boolean
}

const isOk = (status: number): boolean => status >= 200 && status < 300

/** the complete text, unless the value is nested too deep for JSON */
const words = (value: unknown): string =>
  typeof value === "string"
    ? value
    : value === null || value === undefined
    ? ""
    : Either.getOrElse(Either.try(() => JSON.stringify(value)), () => render(value))

/** code and text of a body that is a refusal; undefined if it is not */
const refusalIn = (
  json: unknown,
  status: number
): { readonly code: number | null; readonly text: string } | undefined => {
  if (Array.isArray(json)) {
    if (json[0] !== "error") return undefined
    return { code: typeof json[1] === "number" ? json[1] : null, text: words(json[2]) }
  }
  if (typeof json !== "object" || json === null || !("error" in json) || typeof json.error !== "string") {
    return undefined
  }
  const code = "code" in json && typeof json.code === "number" ? json.code : null
  const more = "error_description" in json ? words(json.error_description) : ""
  // with a success status the object may be the requested reply, and with 5xx that of a proxy: then only the venue's
  // own words make it a refusal
  if ((isOk(status) || status >= 500) && !/^(ERR_|temporarily_unavailable\b)/.test(json.error)) return undefined
  return { code, text: more === "" ? json.error : `${json.error}: ${more}` }
}

/** Gateways send JSON as plain text, or as nothing in particular. A page that happens to be JSON is still a page. */
const mayBeJson = (contentType: string | undefined): boolean =>
  contentType === undefined || /^\s*$|\bjson\b|^\s*text\/plain\b/i.test(contentType)

const broken = ({ operation, read, retryAfter, status }: Reply, reason: string, isRetryable = read) =>
  Either.left(
    status === 429
      // the IP address is blocked, regardless of the body
      ? rateLimited({ operation, code: null, text: reason, status, retryAfter })
      : new TransportError({ operation, stage: "body", outcome: "unknown", reason, status, isRetryable })
  )

const quoted = ({ body, quotes }: Reply, value: unknown): string =>
  quotes === false ? `${body.length} characters, not shown` : render(value)

/** JSON has no undefined: it stands for a text that is not JSON */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Reads a reply.
 *
 * @internal
 */
export const classify = (reply: Reply): Either.Either<unknown, Refused | BitfinexError.TransportError> => {
  const { body, contentType, operation, retryAfter, status } = reply
  // a browser shows a redirect that is not followed as status 0; 304 is none
  if (status === 0 || (status >= 300 && status < 400 && status !== 304)) {
    return broken(reply, "a redirect, which the SDK does not follow; check the host", false)
  }
  // a page that is missing or forbidden stays so: only a request timeout (408) is of the moment
  const mayPass = reply.read && (status < 400 || status >= 500 || status === 408)
  if (body.trim() === "") return broken(reply, "the body is empty", mayPass)
  const json = parse(body)
  if (json === undefined) {
    return broken(
      reply,
      `the body is not JSON (content type: ${contentType ?? "none"}): ${quoted(reply, body)}`,
      mayPass
    )
  }
  const refusal = refusalIn(json, status)
  if (refusal !== undefined) return Either.left(fromRefusal({ operation, status, retryAfter, ...refusal }, reply.kind))
  if (isOk(status)) {
    return mayBeJson(contentType)
      ? Either.right(json)
      : broken(reply, `the content type is ${contentType}`)
  }
  // JSON, but not a refusal in the venue's format. After a 5xx, nothing proves that the request was not executed
  return status >= 500
    ? broken(reply, `unexpected JSON: ${quoted(reply, json)}`)
    : Either.left(fromRefusal({ operation, code: null, text: body, status, retryAfter }, reply.kind))
}
