/**
 * Every way in which a call to Bitfinex can fail, as tagged classes.
 *
 * All of them carry `operation` (what was being done), `message` (what happened, with what, what to do) and
 * `isRetryable`. None of them holds a header, a signature or a signed body.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What is known of a request that failed: `unsent` if nothing can have reached the venue, `unknown` if it may have.
 *
 * @since 0.1.0
 * @category models
 */
export const Outcome = Schema.Literal("unsent", "unknown")

/**
 * @since 0.1.0
 * @category models
 */
export type Outcome = typeof Outcome.Type

const attempt = (text: () => string | undefined): string | undefined => {
  try {
    return text()
  } catch {
    // a cycle, a bigint inside, a nesting deeper than the stack, a getter that throws: showing a value must not fail
    return undefined
  }
}

const show = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value === "bigint") return `${value}n`
  const text = (typeof value === "number" ? undefined : attempt(() => JSON.stringify(value)))
    ?? attempt(() => String(value))
    ?? `a value of type ${typeof value} that cannot be shown`
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

/**
 * A parameter was refused before anything was sent. `field` and `value` name it, `reason` says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidInput extends Schema.TaggedError<InvalidInput>("effect-bitfinex/InvalidInput")("InvalidInput", {
  operation: Schema.String,
  field: Schema.String,
  value: Schema.Unknown,
  reason: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${this.field} = ${show(this.value)} was not sent: ${this.reason}`
  }
}

/**
 * The transport failed: no connection, a broken one, a timeout, or an answer that is no JSON.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError
  extends Schema.TaggedError<TransportError>("effect-bitfinex/TransportError")("TransportError", {
    operation: Schema.String,
    stage: Schema.Literal("connect", "send", "receive", "timeout", "body"),
    outcome: Outcome,
    reason: Schema.String,
    status: Schema.NullOr(Schema.Number),
    /** reads may be repeated; writes only while unsent */
    isRetryable: Schema.Boolean
  })
{
  override get message(): string {
    const status = this.status === null ? "" : ` (HTTP ${this.status})`
    return `${this.operation}: ${this.stage} failed${status}: ${this.reason}. Outcome ${this.outcome}`
  }
}

/**
 * The socket ended before a command that was sent on it was answered. Streams never fail with it: they live through lost
 * sockets. Code 1006 means that no close frame came.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionClosed
  extends Schema.TaggedError<ConnectionClosed>("effect-bitfinex/ConnectionClosed")("ConnectionClosed", {
    operation: Schema.String,
    code: Schema.Number,
    reason: Schema.String,
    outcome: Outcome
  })
{
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation}: the socket closed with ${this.code} ${show(this.reason)}. Outcome ${this.outcome}`
  }
}

/**
 * The reconnect schedule ended, or the venue gave a reason that no reconnection can mend.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReconnectExhausted
  extends Schema.TaggedError<ReconnectExhausted>("effect-bitfinex/ReconnectExhausted")("ReconnectExhausted", {
    operation: Schema.String,
    attempts: Schema.Number,
    lastError: Schema.String
  })
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: gave up after ${this.attempts} attempts to connect; the last one: ${this.lastError}`
  }
}

/**
 * The server speaks another version of the protocol than 2.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedVersion
  extends Schema.TaggedError<UnsupportedVersion>("effect-bitfinex/UnsupportedVersion")("UnsupportedVersion", {
    operation: Schema.String,
    version: Schema.Unknown
  })
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: the server speaks version ${show(this.version)}, this SDK speaks version 2; update it`
  }
}

/**
 * A limit of requests was reached: ours (`outcome` is `unsent`), or the venue's (`refused`). Nothing was executed.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-bitfinex/RateLimited")("RateLimited", {
  operation: Schema.String,
  /** milliseconds to wait before the next attempt */
  retryAfter: Schema.Number,
  text: Schema.String,
  outcome: Schema.Literal("unsent", "refused")
}) {
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation}: rate limit (${this.text}); try again in ${this.retryAfter} ms`
  }
}

/**
 * The platform is closed for maintenance (code 20060, or a refusal of the venue's own with HTTP 503). `outcome` is `refused`
 * where the venue's code proves that nothing was executed, and `unknown` after a mere 503. A page of HTML with 503 is not
 * the platform's but that of a proxy before it: a `TransportError` with status 503.
 *
 * @since 0.1.0
 * @category errors
 */
export class Maintenance extends Schema.TaggedError<Maintenance>("effect-bitfinex/Maintenance")("Maintenance", {
  operation: Schema.String,
  text: Schema.String,
  outcome: Schema.Literal("refused", "unknown")
}) {
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation}: Bitfinex is in maintenance (${this.text}); wait for platform status 1`
  }
}

/**
 * Key, signature or permission was refused.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationFailed
  extends Schema.TaggedError<AuthenticationFailed>("effect-bitfinex/AuthenticationFailed")("AuthenticationFailed", {
    operation: Schema.String,
    code: Schema.NullOr(Schema.Number),
    text: Schema.String
  })
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: authentication failed (${this.code}, ${
      show(this.text)
    }); check key, secret and permissions`
  }
}

/**
 * The nonce was not above the last one that the venue saw for this key. Nothing was executed.
 *
 * @since 0.1.0
 * @category errors
 */
export class NonceTooSmall extends Schema.TaggedError<NonceTooSmall>("effect-bitfinex/NonceTooSmall")("NonceTooSmall", {
  operation: Schema.String,
  text: Schema.String
}) {
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation}: the nonce was too small; does another program use the same key?`
  }
}

const refusal = { operation: Schema.String, code: Schema.NullOr(Schema.Number), text: Schema.String }

/**
 * The balance does not cover the request. Nothing was executed.
 *
 * @since 0.1.0
 * @category errors
 */
export class InsufficientBalance
  extends Schema.TaggedError<InsufficientBalance>("effect-bitfinex/InsufficientBalance")("InsufficientBalance", refusal)
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${this.text}`
  }
}

/**
 * The venue knows no such order.
 *
 * @since 0.1.0
 * @category errors
 */
export class OrderNotFound
  extends Schema.TaggedError<OrderNotFound>("effect-bitfinex/OrderNotFound")("OrderNotFound", refusal)
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${this.text}`
  }
}

/**
 * The venue refused the order's price, amount, direction or size.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOrder
  extends Schema.TaggedError<InvalidOrder>("effect-bitfinex/InvalidOrder")("InvalidOrder", refusal)
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${this.text}`
  }
}

/**
 * Any other refusal of the venue, with its code and text kept whole. Only code 11000 (not ready) may pass by itself.
 *
 * `outcome` is `refused` where these words prove that nothing was executed, and `unknown` where they do not: no code,
 * a code for unknown errors (10000), or a text about a timeout.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiError extends Schema.TaggedError<ApiError>("effect-bitfinex/ApiError")("ApiError", {
  operation: Schema.String,
  code: Schema.NullOr(Schema.Number),
  text: Schema.String,
  status: Schema.NullOr(Schema.Number),
  outcome: Schema.Literal("refused", "unknown")
}) {
  get isRetryable(): boolean {
    return this.code === 11000
  }
  override get message(): string {
    const status = this.status === null ? "" : `, HTTP ${this.status}`
    const outcome = this.outcome === "unknown" ? ". Outcome unknown" : ""
    return `${this.operation}: refused with code ${this.code}${status}: ${this.text}${outcome}`
  }
}

/**
 * The venue refused a subscription (10300 failed, 10301 duplicate, 10302 unknown channel, 10305 too many channels); code
 * null when it gave none. A connection of one socket refuses with 10301 and 10305 by itself what does not fit on it.
 *
 * No stream fails with what may pass: one that is put off (10008, 11000) or not answered is asked for again, and 10305
 * moves it to another socket, where there may be more than one.
 *
 * @since 0.1.0
 * @category errors
 */
export class SubscriptionRejected
  extends Schema.TaggedError<SubscriptionRejected>("effect-bitfinex/SubscriptionRejected")("SubscriptionRejected", {
    operation: Schema.String,
    channel: Schema.String,
    /** the canonical request, such as `book|tBTCUSD|P0|F0|25` */
    request: Schema.String,
    code: Schema.NullOr(Schema.Number),
    text: Schema.String
  })
{
  /** only the channel limit may pass by itself */
  get isRetryable(): boolean {
    return this.code === 10305 || this.code === null
  }
  override get message(): string {
    return `${this.operation}: subscription ${this.request} was refused with code ${this.code}: ${this.text}`
  }
}

/**
 * A consumer under the buffer policy `fail` was too slow, and elements would have been lost.
 *
 * @since 0.1.0
 * @category errors
 */
export class BufferOverflow
  extends Schema.TaggedError<BufferOverflow>("effect-bitfinex/BufferOverflow")("BufferOverflow", {
    operation: Schema.String,
    capacity: Schema.Number
  })
{
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation}: more than ${this.capacity} elements waited for the consumer; consume faster or choose `
      + `another buffer policy`
  }
}

/**
 * A row is not what its layout declares. `field` and `index` name the cell, `row` the place in a list (null outside one).
 * After a write, `outcome` is there and `unknown`: the reply came but cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("effect-bitfinex/DecodeError")("DecodeError", {
  operation: Schema.String,
  layout: Schema.String,
  /** field name, dotted into nested records; empty when the row as a whole is wrong */
  field: Schema.String,
  /** position in the row, or the key of an object; null when the row as a whole is wrong */
  index: Schema.NullOr(Schema.Union(Schema.Number, Schema.String)),
  row: Schema.NullOr(Schema.Number),
  expected: Schema.String,
  actual: Schema.String,
  outcome: Schema.optionalWith(Schema.Literal("unknown"), { exact: true })
}) {
  readonly isRetryable = false
  override get message(): string {
    const place = this.field === "" ? this.layout : `${this.layout}.${this.field} [${this.index}]`
    const row = this.row === null ? "" : ` in row ${this.row}`
    const outcome = this.outcome === undefined ? "" : ". Outcome unknown"
    return `${this.operation}: ${place}${row}: expected ${this.expected}, got ${this.actual}${outcome}`
  }
}

/**
 * A page of the largest size held rows of one millisecond only, so paging by time would lose those that did not fit.
 * `mts` is that millisecond, `limit` the size of the page. Nothing was lost so far: all earlier rows were delivered.
 *
 * @since 0.1.0
 * @category errors
 */
export class PageOverflow extends Schema.TaggedError<PageOverflow>("effect-bitfinex/PageOverflow")("PageOverflow", {
  operation: Schema.String,
  mts: Schema.Number,
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: all ${this.limit} rows of the largest page are of ${this.mts}, and there may be more; ask `
      + `for fewer symbols, or go on behind that millisecond and accept the loss`
  }
}

/**
 * The key lacks a permission that the program needs, by what the venue said at the login. `permission` is a scope and what
 * to do with it, as in `orders.write`. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class PermissionMissing
  extends Schema.TaggedError<PermissionMissing>("effect-bitfinex/PermissionMissing")("PermissionMissing", {
    operation: Schema.String,
    permission: Schema.String
  })
{
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: the key has no permission ${this.permission}; give it one on the venue's page of keys`
  }
}

const isDay = (text: string): text is `${number}-${number}-${number}` => /^\d{4}-\d{2}-\d{2}$/.test(text)

/**
 * Nobody knows whether a command was carried out: an order or offer submitted, changed or cancelled. `mts` is when it was
 * sent, by the clock of this machine (null where that is not known); `error` is what hid the outcome (null when the venue
 * was asked and its answers prove nothing).
 *
 * `cid` and `cidDate` name the order of a submission, `id` the order or offer that was to be changed or cancelled; null
 * where the command has no such name. Ask `resolveOrder` before an order is placed again.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutcomeUnknown
  extends Schema.TaggedError<OutcomeUnknown>("effect-bitfinex/OutcomeUnknown")("OutcomeUnknown", {
    operation: Schema.String,
    cid: Schema.NullOr(Schema.Number),
    /** UTC day of the order, `YYYY-MM-DD` */
    cidDate: Schema.NullOr(Schema.String.pipe(Schema.filter(isDay))),
    /** of the order or offer */
    id: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
    /** milliseconds */
    mts: Schema.NullOr(Schema.Number),
    reason: Schema.String,
    error: Schema.NullOr(Schema.Union(TransportError, ConnectionClosed, Maintenance, ApiError, DecodeError))
  })
{
  readonly isRetryable = false
  override get message(): string {
    const what = this.cid !== null
      ? `whether the order with cid ${this.cid} of ${this.cidDate} was placed`
      : this.id !== null
      ? `what became of the command to ${this.id}`
      : "what became of the command"
    const next = this.cid !== null ? "Ask resolveOrder before it is placed again" : "Look before it is repeated"
    return `${this.operation}: nobody knows ${what}: ${this.reason}. ${next}`
  }
}

/**
 * An unknown outcome of an order's submission, which has a `cid` to ask by.
 *
 * @since 0.1.0
 * @category errors
 */
export type OrderUnknown = OutcomeUnknown & {
  readonly cid: number
  readonly cidDate: `${number}-${number}-${number}`
}

/**
 * An unknown outcome that names its order.
 *
 * @internal
 */
export const orderUnknown = (
  props: Omit<ConstructorParameters<typeof OutcomeUnknown>[0], "id"> & Pick<OrderUnknown, "cid" | "cidDate">
): OrderUnknown => new OutcomeUnknown(props) as OrderUnknown // the cast: both names are in the properties

/**
 * Renders a value for an error text: short, never longer than 120 characters, and whatever the value is.
 *
 * @internal
 */
export const render = show

/**
 * Failures of a REST call.
 *
 * @since 0.1.0
 * @category errors
 */
export type RestError =
  | InvalidInput
  | TransportError
  | RateLimited
  | Maintenance
  | AuthenticationFailed
  | NonceTooSmall
  | InsufficientBalance
  | OrderNotFound
  | InvalidOrder
  | ApiError
  | DecodeError

/**
 * Failures that end a stream: what no reconnection can mend.
 *
 * @since 0.1.0
 * @category errors
 */
export type StreamError =
  | InvalidInput
  | SubscriptionRejected
  | ReconnectExhausted
  | UnsupportedVersion
  | BufferOverflow

/**
 * Failures that end a stream of the account: those of any stream, and a refused login.
 *
 * @since 0.1.0
 * @category errors
 */
export type AccountStreamError = StreamError | AuthenticationFailed | NonceTooSmall

/**
 * Failures of a command on the socket. `ConnectionClosed` with outcome `unsent`, `InvalidInput`, `PermissionMissing`,
 * `RateLimited` and `Maintenance` mean that nothing was sent or done; `OutcomeUnknown` that nobody knows.
 *
 * @since 0.1.0
 * @category errors
 */
export type CommandError =
  | InvalidInput
  | PermissionMissing
  | ConnectionClosed
  | RateLimited
  | Maintenance
  | AuthenticationFailed
  | NonceTooSmall
  | InsufficientBalance
  | OrderNotFound
  | InvalidOrder
  | ApiError
  | OutcomeUnknown
  | ReconnectExhausted
  | UnsupportedVersion

/**
 * Every error of this package.
 *
 * @since 0.1.0
 * @category errors
 */
export type BitfinexError =
  | RestError
  | StreamError
  | ConnectionClosed
  | PageOverflow
  | OutcomeUnknown
  | PermissionMissing

/**
 * What is known of a request that ended with this error, for the decision whether to make it again:
 *
 * - `unsent`: it never reached the venue.
 * - `refused`: the venue has said no, and nothing was executed.
 * - `unknown`: it may have been executed. Look before you make it again.
 *
 * @since 0.1.0
 * @category guards
 */
export const outcomeOf = (error: RestError | CommandError): "unsent" | "refused" | "unknown" => {
  switch (error._tag) {
    case "InvalidInput":
    case "PermissionMissing":
    case "ReconnectExhausted":
    case "UnsupportedVersion":
      return "unsent"
    case "TransportError":
    case "ConnectionClosed":
    case "RateLimited":
    case "Maintenance":
    case "ApiError":
      return error.outcome
    // the reply came, but it does not say what happened
    case "DecodeError":
    case "OutcomeUnknown":
      return "unknown"
    case "AuthenticationFailed":
    case "NonceTooSmall":
    case "InsufficientBalance":
    case "OrderNotFound":
    case "InvalidOrder":
      return "refused"
  }
}
