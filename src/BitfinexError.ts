/**
 * Every way in which a call to Bitfinex can fail, as tagged classes.
 *
 * Each error carries `operation` (the call that failed), `message` (what happened and what to do) and `isRetryable`. No
 * error holds a header, a signature or a signed body.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * The outcome of a request that failed: `unsent` if it cannot have reached the venue, `unknown` if it may have.
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
    const fault = this.value === undefined ? "is missing" : `= ${show(this.value)} cannot be used`
    return `${this.operation}: ${this.field} ${fault}, nothing was sent: ${this.reason}`
  }
}

/**
 * The transport failed: no connection, a broken connection, a timeout, or a reply that is not JSON.
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
 * The socket closed before the venue answered a command. Streams never fail with this error, because they survive
 * reconnects. Code 1006 means that no close frame was received; `code` is null if no socket closed, and the command was
 * not sent for another reason.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionClosed
  extends Schema.TaggedError<ConnectionClosed>("effect-bitfinex/ConnectionClosed")("ConnectionClosed", {
    operation: Schema.String,
    code: Schema.NullOr(Schema.Number),
    reason: Schema.String,
    outcome: Outcome
  })
{
  get isRetryable(): boolean {
    return this.outcome === "unsent"
  }
  override get message(): string {
    const { code, operation, outcome, reason } = this
    return outcome === "unsent"
      ? `${operation} was not sent: ${show(reason)}`
      : `${operation}: the socket closed with ${code} ${show(reason)}. Outcome ${outcome}`
  }
}

/**
 * The reconnect schedule ended. The default one never does.
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
 * This program ended the connection: it was closed, its scope ended, or a mistake in code ended it. `isRetryable` says
 * whether the next use makes another connection.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionEnded
  extends Schema.TaggedError<ConnectionEnded>("effect-bitfinex/ConnectionEnded")("ConnectionEnded", {
    operation: Schema.String,
    reason: Schema.String,
    isRetryable: Schema.Boolean
  })
{
  override get message(): string {
    return `${this.operation}: the connection was ended by this program: ${this.reason}`
  }
}

/**
 * The server does not speak version 2 of the protocol.
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
 * A rate limit was reached: that of this SDK (`outcome` is `unsent`), or the venue's (`refused`). Nothing was executed.
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
 * The platform is in maintenance (code 20060, or a refusal in the venue's format with HTTP 503). `outcome` is `refused`
 * if nothing was executed: the venue's code proves it, or the call only reads. It is `unknown` after a write with a 503
 * without such a code, which must not be repeated. An HTML page with 503 comes from a proxy in front of the platform, and is
 * a `TransportError` with status 503.
 *
 * @since 0.1.0
 * @category errors
 */
export class Maintenance extends Schema.TaggedError<Maintenance>("effect-bitfinex/Maintenance")("Maintenance", {
  operation: Schema.String,
  text: Schema.String,
  outcome: Schema.Literal("refused", "unknown")
}) {
  get isRetryable(): boolean {
    return this.outcome === "refused"
  }
  override get message(): string {
    const outcome = this.outcome === "unknown" ? ". Outcome unknown" : ""
    return `${this.operation}: Bitfinex is in maintenance (${this.text}); wait for platform status 1${outcome}`
  }
}

/**
 * The venue refused the key, the signature or the permission.
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
    const code = this.code === null ? "" : `${this.code}, `
    return `${this.operation}: authentication failed (${code}${show(this.text)}); check key, secret and permissions`
  }
}

/**
 * A time as text, in ms where it is not one: a wrong clock, or a row of the venue, may give any number.
 *
 * @internal
 */
export const timeOf = (mts: number): string => Math.abs(mts) < 8.64e15 ? new Date(mts).toISOString() : `${mts} ms`

const lengthOf = (millis: number): string => Duration.format(Duration.seconds(Math.max(1, Math.round(millis / 1000))))

/**
 * The nonce was not above the last nonce that the venue received for this key. Nothing was executed.
 *
 * If another program uses the key, some calls succeed. If the last nonce lies ahead of this clock, because a clock was
 * fast, all calls fail until this clock has passed it, which takes as long as the other one was ahead.
 * `Nonce.layerFloor` begins above it, and a new key begins at 0.
 *
 * @since 0.1.0
 * @category errors
 */
export class NonceTooSmall extends Schema.TaggedError<NonceTooSmall>("effect-bitfinex/NonceTooSmall")("NonceTooSmall", {
  operation: Schema.String,
  text: Schema.String,
  /** the nonce that was refused, in microseconds; null if it is not known */
  nonce: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
  /** calls of this client in a row that were refused for their nonce, this one included */
  refusals: Schema.optionalWith(Schema.Number, { default: () => 1 }),
  /** when the first of them was refused, ms by the clock of this machine; null if it is not known */
  since: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
  /** when this one was refused, ms by the clock of this machine; null if it is not known */
  mts: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
  /** how far the clock of this machine is behind the venue's, ms; null if the venue's time is not known */
  clockBehind: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null })
}) {
  readonly isRetryable = true
  override get message(): string {
    const { clockBehind, mts, nonce, operation, refusals, since } = this
    const what = nonce === null
      ? "the nonce was too small"
      : `the nonce ${nonce} (${timeOf(nonce / 1000)}) was too small`
    const clock = clockBehind !== null && clockBehind >= 60_000
      ? ` The clock of this machine is ${lengthOf(clockBehind)} behind the venue's: set it.`
      : ""
    const ahead = since === null || mts === null || refusals < 3
      ? ""
      : ` No call of this client was accepted since ${
        timeOf(since)
      } (${refusals} refusals), so the last nonce of this key`
        + ` lies ahead of this clock: by more than ${lengthOf(mts - since)} at the first refusal, and calls fail until`
        + " the clock has passed it. Only the venue knows that nonce. If the clock that gave it was less than an hour"
        + ` fast, the floor ${Math.round((since + 3_600_000) * 1000)} is above it.`
    return `${operation}: ${what}; nothing was executed.${clock}${ahead} If some calls succeed, another program uses this`
      + " key: give each program its own key. If all fail, an earlier nonce lies ahead of the clock, because a clock was"
      + " fast: start above it with Nonce.layerFloor, make a new key, or wait until the clock has passed it"
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
 * The venue does not know the order.
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
 * Any other refusal of the venue, with its complete code and text. Only code 11000 (not ready) is temporary.
 *
 * `outcome` is `refused` if code and text prove that nothing was executed, and `unknown` if they do not: no code, the code
 * for unknown errors (10000), or a text about a timeout. The SDK itself repeats a read with an unknown outcome, unless its
 * HTTP status is 4xx; `isRetryable` stays false, because an order may have been executed.
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
    const marks = [
      ...(this.code === null ? [] : [`code ${this.code}`]),
      ...(this.status === null ? [] : [`HTTP ${this.status}`])
    ]
    const refused = marks.length === 0 ? "refused" : `refused with ${marks.join(", ")}`
    const outcome = this.outcome === "unknown" ? ". Outcome unknown" : ""
    const text = this.text.trim() === "" ? "the venue gave no reason" : this.text
    return `${this.operation}: ${refused}: ${text}${outcome}`
  }
}

/**
 * The venue refused a subscription (10300 failed, 10301 duplicate, 10302 unknown channel, 10305 too many channels). `code`
 * is null if the venue gave no code. A `WsConnection` itself refuses what its one socket cannot hold, with 10301 or 10305.
 *
 * After 10301 the acknowledgement is awaited, up to `subscribeTimeout`, because it may come later than that.
 *
 * Streams do not fail with temporary refusals: a deferred (10008, 11000) or unanswered subscription is repeated, and 10305
 * moves the subscription to another socket if more than one is allowed.
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
  /** only the channel limit and refusals without a code are temporary */
  get isRetryable(): boolean {
    return this.code === 10305 || this.code === null
  }
  override get message(): string {
    const code = this.code === null ? "" : ` with code ${this.code}`
    return `${this.operation}: subscription ${this.request} was refused${code}: ${this.text}`
  }
}

/**
 * A consumer with the buffer policy `fail` was too slow, and elements would have been lost.
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
 * A row of a list that cannot be decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnreadRow {
  /** position in the list */
  readonly row: number
  /** the row as it arrived. Its first cells, such as an id, may still be readable */
  readonly cells: unknown
  readonly error: DecodeError
}

/**
 * The rows of a list that can be decoded, and those that cannot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Readable<out A> {
  readonly rows: ReadonlyArray<A>
  readonly unread: ReadonlyArray<UnreadRow>
}

/** kept out of the errors themselves, so that printing one does not print a whole list */
const partials = new WeakMap<DecodeError, Readable<unknown>>()

/**
 * The error of a list, with the rows that can be decoded and those that cannot.
 *
 * @internal
 */
export const decodeErrorOfList = (
  props: ConstructorParameters<typeof DecodeError>[0],
  partial: Readable<unknown> | null
): DecodeError => {
  const error = new DecodeError(props)
  if (partial !== null) partials.set(error, partial)
  return error
}

/**
 * A row does not match its layout. `field` and `index` name the cell, `row` the position in a list (null outside a list).
 * After a write, `outcome` is present and `unknown`: the venue replied, but the reply cannot be decoded.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("effect-bitfinex/DecodeError")("DecodeError", {
  operation: Schema.String,
  layout: Schema.String,
  /** field name, with dots for nested records; empty when the row as a whole is wrong */
  field: Schema.String,
  /** position in the row, or the key of an object; null when the row as a whole is wrong */
  index: Schema.NullOr(Schema.Union(Schema.Number, Schema.String)),
  row: Schema.NullOr(Schema.Number),
  expected: Schema.String,
  actual: Schema.String,
  outcome: Schema.optionalWith(Schema.Literal("unknown"), { exact: true })
}) {
  readonly isRetryable = false
  /**
   * If the error is that of a list: the rows that can be decoded, and all those that cannot, of which this error describes
   * the first. Null otherwise. `RestClient.readable` gives both with their types.
   */
  get partial(): Readable<unknown> | null {
    return partials.get(this) ?? null
  }
  override get message(): string {
    const place = this.field === "" ? this.layout : `${this.layout}.${this.field} [${this.index}]`
    const others = (this.partial?.unread.length ?? 1) - 1
    const row = this.row === null ? "" : ` in row ${this.row}${others === 0 ? "" : ` and in ${others} more rows`}`
    const outcome = this.outcome === undefined ? "" : ". Outcome unknown"
    return `${this.operation}: ${place}${row}: expected ${this.expected}, got ${this.actual}${outcome}`
  }
}

/**
 * All rows of a page of the largest size share one millisecond, so paging by time would lose the rows that did not fit.
 * `mts` is that millisecond, `limit` the size of the page. All earlier rows were delivered.
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
    return `${this.operation}: all ${this.limit} rows of the largest page have the time ${this.mts}, and there may be `
      + `more; ask for fewer symbols, or continue after that millisecond and accept the gap`
  }
}

/**
 * The key lacks a permission that the program needs, according to the venue's reply to the login. `permission` is a scope
 * and an action, as in `orders.write`. Nothing was sent.
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
    return `${this.operation}: the key lacks the permission ${this.permission}; grant it on the venue's page of keys`
  }
}

const isDay = (text: string): text is `${number}-${number}-${number}` => /^\d{4}-\d{2}-\d{2}$/.test(text)

/**
 * It is unknown whether a command (to submit, update or cancel an order or offer) was executed. `mts` is when the command
 * was sent, by the clock of this machine (null if unknown); `error` is the error that hid the outcome (null if the venue
 * was queried and its replies prove nothing).
 *
 * `cid` and `cidDate` name the order of a submission, `id` the order or offer that was to be updated or cancelled; they
 * are null if the command has no such name. Call `resolveOrder` before you place the order again.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutcomeUnknown
  extends Schema.TaggedError<OutcomeUnknown>("effect-bitfinex/OutcomeUnknown")("OutcomeUnknown", {
    operation: Schema.String,
    cid: Schema.NullOr(Schema.Number),
    /** UTC day of the submission by the clock of this machine, `YYYY-MM-DD` */
    cidDate: Schema.NullOr(Schema.String.pipe(Schema.filter(isDay))),
    /** id of the order or offer */
    id: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
    /** milliseconds */
    mts: Schema.NullOr(Schema.Number),
    reason: Schema.String,
    error: Schema.NullOr(Schema.Union(TransportError, ConnectionClosed, Maintenance, ApiError, DecodeError))
  })
{
  readonly isRetryable = false
  override get message(): string {
    const { cid, cidDate, id, operation, reason } = this
    const question = cid !== null
      ? `what became of the order with cid ${cid} of ${cidDate}`
      : `whether the command${id === null ? "" : ` for ${id}`} was executed`
    // a stream follows its order itself
    const isResolved = operation.startsWith("Trading.") && operation !== "Trading.submitOrderStream"
    const next = operation === "Trading.calc"
      ? "It changes nothing, so you can repeat it"
      : cid !== null
      ? `Before you place it again, ${
        isResolved ? "wait for Trading.resolutions, or " : ""
      }call RestAuthClient.resolveOrder`
      : `Before you repeat it, ${isResolved ? "wait for Trading.resolutions" : "check the outcome"}`
    return `${operation}: it is unknown ${question}: ${reason}. ${next}`
  }
}

/**
 * An unknown outcome of an order's submission, whose `cid` identifies the order in queries.
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
 * Renders any value for an error text, in at most 120 characters. Never throws.
 *
 * @internal
 */
export const render = show

/**
 * Failures of a REST call that needs no key. A refusal that such calls are not known to receive, such as one of a
 * nonce, is an `ApiError`.
 *
 * @since 0.1.0
 * @category errors
 */
export type RestPublicError = InvalidInput | TransportError | RateLimited | Maintenance | ApiError | DecodeError

/**
 * Failures of a signed REST call that reads.
 *
 * @since 0.1.0
 * @category errors
 */
export type RestReadError = RestPublicError | AuthenticationFailed | NonceTooSmall

/**
 * Failures of a signed REST call that writes, except those that change or cancel orders.
 *
 * @since 0.1.0
 * @category errors
 */
export type RestWriteError = RestReadError | InsufficientBalance | InvalidOrder

/**
 * Failures of any REST call. Only calls that change or cancel orders fail with `OrderNotFound`.
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
 * Failures that end a stream, because reconnecting cannot help.
 *
 * @since 0.1.0
 * @category errors
 */
export type StreamError =
  | InvalidInput
  | SubscriptionRejected
  | ReconnectExhausted
  | ConnectionEnded
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
 * Failures of a command on the socket that the venue does not answer (`Trading.notify`). Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type NotifyError =
  | InvalidInput
  | ConnectionClosed
  | Maintenance
  | AuthenticationFailed
  | NonceTooSmall
  | ReconnectExhausted
  | ConnectionEnded
  | UnsupportedVersion

/**
 * Why a command on the socket was not sent.
 *
 * @internal
 */
export type Unsent = NotifyError | PermissionMissing | RateLimited

/**
 * Failures of a computation on the socket (`Trading.calc`). A refusal that such commands are not known to receive, such
 * as one of an order, is an `ApiError`.
 *
 * @since 0.1.0
 * @category errors
 */
export type CalcError = NotifyError | RateLimited | ApiError | OutcomeUnknown

/**
 * Failures of a command on the socket that submits an order or changes funding offers. They are not known to be refused
 * because an order was not found; such a refusal is an `ApiError`.
 *
 * @since 0.1.0
 * @category errors
 */
export type OfferError = CalcError | PermissionMissing | InsufficientBalance | InvalidOrder

/**
 * Failures of any command on the socket. Only commands that change or cancel orders fail with `OrderNotFound`. After
 * `ConnectionClosed` with outcome `unsent`, `InvalidInput`, `PermissionMissing`, `RateLimited` and `Maintenance`, nothing
 * was executed; after `OutcomeUnknown`, it may have been.
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
  | ConnectionEnded
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
 * The outcome of a request that failed with this error, to decide whether to repeat it:
 *
 * - `unsent`: it never reached the venue.
 * - `refused`: the venue refused it, and nothing was executed.
 * - `unknown`: it may have been executed. Check the outcome before you repeat it.
 *
 * @since 0.1.0
 * @category guards
 */
export const outcomeOf = (error: RestError | CommandError): "unsent" | "refused" | "unknown" => {
  switch (error._tag) {
    case "InvalidInput":
    case "PermissionMissing":
    case "ReconnectExhausted":
    case "ConnectionEnded":
    case "UnsupportedVersion":
      return "unsent"
    case "TransportError":
    case "ConnectionClosed":
    case "RateLimited":
    case "Maintenance":
    case "ApiError":
      return error.outcome
    // the venue replied, but the outcome cannot be read from the reply
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
