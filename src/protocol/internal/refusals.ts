/**
 * What a reply means: the JSON that was asked for, or an error. The body is read before the status, since the venue
 * sends refusals with 200 as well as with 500.
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

/**
 * A refusal of the venue, in whatever form it came.
 *
 * @internal
 */
export interface Refusal {
  readonly operation: string
  readonly code: number | null
  /** the venue's text, whole */
  readonly text: string
  /** HTTP status; null for a refusal that came over a socket */
  readonly status: number | null
  /** the status of a notification, such as `ERROR`, when the refusal is one; its code is mostly null, and it may say
   * `SUCCESS` while the rest of it denies that */
  readonly notification?: string
  /** what the venue asked for in `Retry-After`, in milliseconds */
  readonly retryAfter: number | null
}

/**
 * The errors that the table knows, and `ApiError` for what it does not.
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
 * One row: it matches when all that it states does.
 *
 * @internal
 */
export interface Rule {
  readonly code?: number | ReadonlyArray<number>
  readonly text?: RegExp
  readonly status?: number
  readonly error: (refusal: Refusal) => Refused
}

/**
 * How long the venue blocks an address that exceeded a limit, in milliseconds, when it does not say.
 *
 * @internal
 */
export const block = 60_000

/** the code that stands for most refusals; a notification without a code is as general */
const general = 10001

/** What the codes of the venue prove: that it looked at the request and did not carry it out. */
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
 * Unknown errors (10000), a conflict with another request (10008) and refusals without a code prove nothing: the request
 * may have passed on before they arose. Nor does a notification of a status that the manual does not know.
 */
const proves = ({ code, notification, text }: Refusal): boolean =>
  (notification === undefined ? code !== null && proving.has(code) : /^(ERROR|FAILURE|SUCCESS)$/.test(notification))
  && !/time[ds]?[ -]?out/i.test(text)

const outcome = (refusal: Refusal) => proves(refusal) ? "refused" : "unknown"

const rateLimited = ({ operation, retryAfter, text }: Refusal) =>
  new RateLimited({ operation, text, retryAfter: retryAfter ?? block, outcome: "refused" })
const maintenance = (refusal: Refusal) =>
  new Maintenance({ operation: refusal.operation, text: refusal.text, outcome: outcome(refusal) })
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
 * The table; the first row that matches decides. Codes come first, as the manual asks for. Texts are matched only where
 * one code stands for many refusals (10001), or where a text was seen without its code.
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
  // under 10100 in old reports
  { text: /^nonce: small/i, error: nonceTooSmall },
  { code: [10100, 10111, 10112, 10113, 10200], error: authentication },
  { code: general, text: /permission/i, error: authentication },
  { text: /^(apikey|api_key|token): /i, error: authentication },
  { text: /^ERR_AUTH_/, error: authentication },
  { code: general, text: /not enough .*balance|available balance is only/i, error: balance },
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

/**
 * The error of a refusal.
 *
 * @internal
 */
export const fromRefusal = (refusal: Refusal): Refused =>
  (rules.find((rule) => matches(rule, refusal))?.error ?? api)(refusal)

/**
 * A reply as it came.
 *
 * @internal
 */
export interface Reply {
  readonly operation: string
  readonly status: number
  readonly contentType: string | undefined
  /** what `Retry-After` said, in milliseconds */
  readonly retryAfter: number | null
  readonly body: string
  /** whether the call only reads, so that a broken reply may be asked for again */
  readonly read: boolean
  /** false where the body may hold a secret, such as a new token, and no error may show a part of it */
  readonly quotes?: boolean
}

const isOk = (status: number): boolean => status >= 200 && status < 300

/** the text is kept whole, unless it is so deep that it can only be named */
const words = (value: unknown): string =>
  typeof value === "string"
    ? value
    : value === null || value === undefined
    ? ""
    : Either.getOrElse(Either.try(() => JSON.stringify(value)), () => render(value))

/** code and text of a body that refuses */
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
  // With a good status the object may be the very reply, and with 5xx a proxy's: then only the venue's own words count
  if ((isOk(status) || status >= 500) && !/^(ERR_|temporarily_unavailable\b)/.test(json.error)) return undefined
  return { code, text: more === "" ? json.error : `${json.error}: ${more}` }
}

const isJson = (contentType: string | undefined): boolean => contentType === undefined || /\bjson\b/i.test(contentType)

/**
 * Reads a reply.
 *
 * @internal
 */
export const classify = (reply: Reply): Either.Either<unknown, Refused | BitfinexError.TransportError> => {
  const { body, contentType, operation, retryAfter, status } = reply
  const broken = (reason: string, isRetryable = reply.read) =>
    Either.left(
      status === 429
        // the block counts, whatever the page says
        ? rateLimited({ operation, code: null, text: reason, status, retryAfter })
        : new TransportError({
          operation,
          stage: "body",
          outcome: "unknown",
          reason,
          status,
          isRetryable
        })
    )
  const quoted = (value: unknown): string =>
    reply.quotes === false ? `${body.length} characters, not shown` : render(value)
  if (status >= 300 && status < 400) {
    return broken("a redirect, which is not followed; check the host", false)
  }
  if (body.trim() === "") return broken("the body is empty")
  const parsed = Either.try({ try: (): unknown => JSON.parse(body), catch: () => undefined })
  if (Either.isLeft(parsed)) return broken(`no JSON but ${contentType ?? "no content type"}: ${quoted(body)}`)

  const json = parsed.right
  const refusal = refusalIn(json, status)
  if (refusal !== undefined) return Either.left(fromRefusal({ operation, status, retryAfter, ...refusal }))
  if (isOk(status)) return isJson(contentType) ? Either.right(json) : broken(`the content type is ${contentType}`)
  // JSON, but not the venue's own way to refuse. Behind a 5xx nobody says that the request was not carried out
  return status >= 500
    ? broken(`unexpected JSON: ${quoted(json)}`)
    : Either.left(fromRefusal({ operation, code: null, text: body, status, retryAfter }))
}
