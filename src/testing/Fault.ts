/**
 * Faults as data: plain values that can be printed, stored and replayed. The fake exchange applies them when a test
 * injects them, or at the times of a script.
 *
 * Connections are numbered from 1 in the order of their upgrade requests. A fault without `connection` applies to all of
 * them: to the open ones if it acts on a connection (`Drop`, `Mute`, `Truncate`), to every later request if it waits for
 * one (`Refuse`, `RejectSubscribe`). A fault for a connection that does not exist yet waits for it.
 *
 * Faults that change a frame act on the next frame of each connection that they apply to. `match`, here and in the other
 * faults, is a part of a channel's name. Examples of names are `ticker:tBTCUSD`, `trades:fUSD`, `book:tBTCUSD:P0:F0:25`,
 * `candles:trade:1m:tBTCUSD`, `status:deriv:tBTCF0:USTF0`. Messages of channel 0 have the names `account:on`,
 * `account:n` and so on; faults that change frames skip them unless their `match` begins with `account`.
 *
 * A fault acts when it is injected (`FakeExchange.inject`), at its time (`Script`), or, if it waits for an occasion, on
 * the next `times` occasions. `FakeExchange.faults` lists the faults that took effect: assert on it, because a test whose
 * fault never acted has tested nothing.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { firstIssue } from "../protocol/internal/schemas.ts"

/** without this, a misspelt field would silently apply the fault to other connections or channels than intended */
const strict = { parseOptions: { onExcessProperty: "error" } } as const

/** a number of times, or of a connection: an integer from 1 */
const count = Schema.Int.pipe(Schema.positive())
/** an integer from 0 */
const number = Schema.Int.pipe(Schema.nonNegative())
const millis = Schema.JsonNumber.pipe(Schema.nonNegative())
/** bounded by the length that every JavaScript engine allows for a string */
const bytes = Schema.Int.pipe(Schema.between(1, 268_435_456))
const closeCode = Schema.Int.pipe(Schema.between(1000, 4999))
const status = Schema.Int.pipe(Schema.between(200, 599))
/** of the header `Retry-After` */
const retryAfter = Schema.Union(Schema.JsonNumber.pipe(Schema.nonNegative()), Schema.String)
const connection = Schema.optional(count)
const match = Schema.optional(Schema.String)
/** whether the request is executed in spite of the fault; default false */
const executed = Schema.optional(Schema.Boolean)

/**
 * Ends connections: with a close frame of this code and reason, or, for codes that never travel (1004, 1006, 1015), by
 * resetting the transport, which the client sees as 1006.
 *
 * @since 0.1.0
 * @category models
 */
export const Drop = Schema.TaggedStruct("Drop", {
  code: closeCode,
  reason: Schema.optional(Schema.String),
  connection
})

/**
 * Refuses the next `times` upgrades with an HTTP status, or by resetting the transport. With `retryAfter`, the reply asks
 * for a pause: any number of seconds, or any text.
 *
 * @since 0.1.0
 * @category models
 */
export const Refuse = Schema.TaggedStruct("Refuse", {
  times: count,
  /** default 503 */
  status: Schema.optional(Schema.Union(status, Schema.Literal("reset"))),
  retryAfter: Schema.optional(retryAfter),
  connection
})

/**
 * Refuses upgrades with 429 after more than `connections` (default 20) requests within `millis` (default 60 000).
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectLimit = Schema.TaggedStruct("ConnectLimit", {
  connections: Schema.optional(number),
  millis: Schema.optional(millis)
})

/**
 * Answers the next `times` (default 1) upgrades only after `millis`.
 *
 * @since 0.1.0
 * @category models
 */
export const SlowHandshake = Schema.TaggedStruct("SlowHandshake", {
  millis,
  times: Schema.optional(count),
  connection
})

/**
 * Announces another protocol version to the next `times` (default 1) connections.
 *
 * @since 0.1.0
 * @category models
 */
export const Version = Schema.TaggedStruct("Version", {
  version: Schema.Int,
  times: Schema.optional(count),
  connection
})

/**
 * The exchange becomes unresponsive: it sends and reads nothing more, and does not answer a close frame.
 *
 * @since 0.1.0
 * @category models
 */
export const HalfOpen = Schema.TaggedStruct("HalfOpen", { connection })

/**
 * The path stalls for `millis` while the connection stays open: frames of the client (`toVenue`, the default), or of both
 * sides (`both`), are held and delivered in order after the stall. This includes pings, close frames and the end of the
 * transport, so commands that were sent before the client abandoned the socket are read and executed later. Only a client
 * that resets the transport (`resetAndDestroy`) discards its frames in transit.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // an order sent within these 20 s is placed at their end, although the client abandoned the socket long before
 * const late = Fault.Stall.make({ millis: 20_000 })
 */
export const Stall = Schema.TaggedStruct("Stall", {
  millis,
  direction: Schema.optional(Schema.Literal("toVenue", "both")),
  connection
})

/**
 * Stops answering pings: those of the transport (`frame`), those of the protocol (`event`), or, by default, both. All
 * other traffic continues.
 *
 * @since 0.1.0
 * @category models
 */
export const MutePong = Schema.TaggedStruct("MutePong", {
  of: Schema.optional(Schema.Literal("frame", "event")),
  connection
})

/**
 * Delays every frame to the client by `millis` from now on; 0 ends it.
 *
 * @since 0.1.0
 * @category models
 */
export const Delay = Schema.TaggedStruct("Delay", { millis, connection })

/**
 * Silences a channel, including its heartbeats, until it is resubscribed. `channel` is its id or a part of its name;
 * 0 or `account` is the account's channel, which stays silent permanently.
 *
 * @since 0.1.0
 * @category models
 */
export const Mute = Schema.TaggedStruct("Mute", {
  channel: Schema.Union(number, Schema.String),
  connection
})

/**
 * Silences all channels permanently, including heartbeats; requests are still answered.
 *
 * @since 0.1.0
 * @category models
 */
export const MuteSocket = Schema.TaggedStruct("MuteSocket", { connection })

/**
 * Sends a text frame verbatim: malformed JSON, an unknown channel id, an object without `event`.
 *
 * @since 0.1.0
 * @category models
 */
export const Send = Schema.TaggedStruct("Send", { text: Schema.String, connection })

/**
 * Sends a binary frame.
 *
 * @since 0.1.0
 * @category models
 */
export const SendBinary = Schema.TaggedStruct("SendBinary", { bytes: Schema.Array(Schema.Uint8), connection })

/**
 * Sends a text frame of this many bytes: a JSON array of one long string.
 *
 * @since 0.1.0
 * @category models
 */
export const Huge = Schema.TaggedStruct("Huge", { bytes, connection })

/**
 * Cuts the text of the next data frame in half.
 *
 * @since 0.1.0
 * @category models
 */
export const Truncate = Schema.TaggedStruct("Truncate", { match, connection })

/**
 * Sends the next data frame twice.
 *
 * @since 0.1.0
 * @category models
 */
export const Duplicate = Schema.TaggedStruct("Duplicate", { match, connection })

/**
 * Swaps the next two data frames.
 *
 * @since 0.1.0
 * @category models
 */
export const Reorder = Schema.TaggedStruct("Reorder", { match, connection })

/**
 * Loses the next data frame. With `counted` (default true) its sequence number is lost too, so the numbers have a gap;
 * otherwise the frame never gets a number, and the numbers look complete.
 *
 * @since 0.1.0
 * @category models
 */
export const Lose = Schema.TaggedStruct("Lose", {
  counted: Schema.optional(Schema.Boolean),
  match,
  connection
})

/**
 * Skips sequence numbers although no frame is lost.
 *
 * @since 0.1.0
 * @category models
 */
export const SkipSequence = Schema.TaggedStruct("SkipSequence", { by: Schema.Int, connection })

/**
 * Sends a wrong checksum in place of the next one.
 *
 * @since 0.1.0
 * @category models
 */
export const CorruptChecksum = Schema.TaggedStruct("CorruptChecksum", { match, connection })

/**
 * Sends one number of the next row as a string.
 *
 * @since 0.1.0
 * @category models
 */
export const CorruptRow = Schema.TaggedStruct("CorruptRow", { match, connection })

/**
 * Appends five cells to the rows of the next data frame, as when the venue extends a record.
 *
 * @since 0.1.0
 * @category models
 */
export const LongRow = Schema.TaggedStruct("LongRow", { match, connection })

/**
 * Removes the last cell from the first row of the next data frame.
 *
 * @since 0.1.0
 * @category models
 */
export const ShortRow = Schema.TaggedStruct("ShortRow", { match, connection })

/**
 * Replaces the rows of the next data frame by this number of rows that cannot be decoded (`[1]`).
 *
 * @since 0.1.0
 * @category models
 */
export const UnreadableRows = Schema.TaggedStruct("UnreadableRows", {
  rows: Schema.Int.pipe(Schema.between(1, 1_000_000)),
  match,
  connection
})

/**
 * Sends a notice: 20051 stop, 20060 maintenance begins, 20061 maintenance is over, 5000 plain. When sent to all
 * connections, 20060 and 20061 also set the platform status in the first frame of later connections.
 *
 * @since 0.1.0
 * @category models
 */
export const Info = Schema.TaggedStruct("Info", { code: Schema.Literal(20051, 20060, 20061, 5000), connection })

/**
 * Answers the next `times` subscriptions with an error of this code.
 *
 * @since 0.1.0
 * @category models
 */
export const RejectSubscribe = Schema.TaggedStruct("RejectSubscribe", {
  times: count,
  code: Schema.Int,
  match,
  connection
})

/**
 * Ignores the next `times` subscriptions: no answer and no effect.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreSubscribe = Schema.TaggedStruct("IgnoreSubscribe", { times: count, match, connection })

/**
 * Answers the next `times` (default 1) subscriptions only after `millis`, at the exchange's next tick, and sends their
 * snapshot after the answer. Other channels are not delayed, and heartbeats of the new channel arrive before its answer.
 *
 * @since 0.1.0
 * @category models
 */
export const SlowSubscribe = Schema.TaggedStruct("SlowSubscribe", {
  millis,
  times: Schema.optional(count),
  match,
  connection
})

/**
 * Omits the channel id from the next `times` (default 1) answers to a duplicate subscription (10301), as the venue did in
 * 2018.
 *
 * @since 0.1.0
 * @category models
 */
export const DupWithoutChanId = Schema.TaggedStruct("DupWithoutChanId", {
  times: Schema.optional(count),
  match,
  connection
})

/**
 * Gives the next `times` (default 1) subscriptions the channel id of another channel of the connection, the lowest: their
 * answers and their frames carry it, so that the id stands for two channels. It waits for a subscription on a connection
 * that has another channel.
 *
 * @since 0.1.0
 * @category models
 */
export const SharedChanId = Schema.TaggedStruct("SharedChanId", {
  times: Schema.optional(count),
  match,
  connection
})

/**
 * Sends the snapshot of the next `times` (default 1) subscriptions before the answer that names their channel id.
 *
 * @since 0.1.0
 * @category models
 */
export const DataBeforeSubscribed = Schema.TaggedStruct("DataBeforeSubscribed", {
  times: Schema.optional(count),
  match,
  connection
})

/**
 * Limits the number of channels on a connection from now on; existing channels above the limit stay.
 *
 * @since 0.1.0
 * @category models
 */
export const ChannelLimit = Schema.TaggedStruct("ChannelLimit", { channels: number, connection })

/**
 * Ignores the next `times` (default 1) `conf` frames: no answer and no effect.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreConf = Schema.TaggedStruct("IgnoreConf", { times: Schema.optional(count), connection })

/**
 * A command of the account's socket, named by its frame: the operations within `ox_multi` count as `ox_multi`.
 *
 * @since 0.1.0
 * @category models
 */
export const CommandInput = Schema.Literal("on", "ou", "oc", "oc_multi", "ox_multi", "fon", "foc")

/**
 * A command of the account's socket.
 *
 * @since 0.1.0
 * @category models
 */
export type CommandInput = typeof CommandInput.Type

/**
 * A point in the processing of a command.
 *
 * - `received`: the command was read but not executed.
 * - `executed`: the command was executed, but its notification was not sent.
 * - `notified`: after its notification, before the first event.
 * - `filling`: within the next fill of the order that it placed or changed, immediate or later: between the trade and the
 *   order's event, in the sequence that `eventOrder` sets. A cancellation fills nothing, and drops after its first event.
 *
 * @since 0.1.0
 * @category models
 */
export const CommandPoint = Schema.Literal("received", "executed", "notified", "filling")

/**
 * A point in the processing of a command.
 *
 * @since 0.1.0
 * @category models
 */
export type CommandPoint = typeof CommandPoint.Type

/**
 * Drops the connection at a point of the next `times` (default 1) commands of this kind, with `code` (default 1006, a
 * reset). Other connections of the user still receive all events.
 *
 * @since 0.1.0
 * @category models
 */
export const DropOnCommand = Schema.TaggedStruct("DropOnCommand", {
  input: CommandInput,
  point: CommandPoint,
  code: Schema.optional(closeCode),
  times: Schema.optional(count),
  connection
})

/**
 * Loses the notification of the next `times` (default 1) commands, of one kind when `input` is given, for the connection
 * that sent them. The events that the command causes are still sent.
 *
 * @since 0.1.0
 * @category models
 */
export const LoseNotification = Schema.TaggedStruct("LoseNotification", {
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Delays the notification of the next `times` (default 1) commands by `millis`, for the connection that sent them, so that
 * it arrives after the events.
 *
 * @since 0.1.0
 * @category models
 */
export const DelayNotification = Schema.TaggedStruct("DelayNotification", {
  millis,
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Executes the next `times` (default 1) commands only `millis` after they were read; other frames, including pings, are
 * not delayed. The manual promises no order of execution, although a single gateway and TCP suggest one.
 *
 * @since 0.1.0
 * @category models
 */
export const SlowCommand = Schema.TaggedStruct("SlowCommand", {
  millis,
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Acknowledges the next `times` (default 1) cancellations of orders with SUCCESS, on a socket or over REST, and ends their
 * orders only after `millis`, or, without it, never. Until then they stay open: they can be filled and changed, and another
 * cancellation ends them. With `connection` it applies to cancellations on that connection only.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // the answer to the first cancellation says SUCCESS, and the order stays open
 * const script: Fault.Script = [{ after: 0, fault: Fault.SlowCancel.make({}) }]
 */
export const SlowCancel = Schema.TaggedStruct("SlowCancel", {
  millis: Schema.optional(millis),
  times: Schema.optional(count),
  connection
})

/**
 * The form of a stray answer.
 *
 * - `null`: a notification whose payload is null.
 * - `empty`: its payload is a row of nulls.
 * - `other`: it names another symbol and another amount.
 * - `equal`: type, symbol, amount and price equal those of the command. It has no `cid`.
 * - `equalCid`: the `cid` equals that of the command as well.
 * - `error`: an error frame without context in place of a notification; its code is 10001 unless `code` is given.
 *
 * @since 0.1.0
 * @category models
 */
export const StrayForm = Schema.Literal("null", "empty", "other", "equal", "equalCid", "error")

/**
 * The form of a stray answer.
 *
 * @since 0.1.0
 * @category models
 */
export type StrayForm = typeof StrayForm.Type

/**
 * After each of the next `times` (default 1) commands is read, a message that resembles its answer is sent first, to the
 * connection that sent it: a notification for another program of the user, because notifications go to all connections of
 * a user, or an error frame. The command itself is executed and answered as usual.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // a refusal of another program's order arrives, while ours is placed and its own answer takes 3 s
 * const script: Fault.Script = [
 *   { after: 0, fault: Fault.StrayAnswer.make({ as: "empty", input: "on" }) },
 *   { after: 0, fault: Fault.ShowLate.make({ millis: 3000, where: "socket" }) }
 * ]
 */
export const StrayAnswer = Schema.TaggedStruct("StrayAnswer", {
  as: StrayForm,
  /** status of the notification; default ERROR. With SUCCESS its row has an id */
  status: Schema.optional(Schema.Literal("SUCCESS", "ERROR", "FAILURE")),
  code: Schema.optional(Schema.Int),
  text: Schema.optional(Schema.String),
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Hides the orders and offers of the next `times` (default 1) submissions for `millis`, although they are placed at once
 * and can be filled and cancelled. They are missing from the lists of REST (`rest`), from the notifications, events and
 * snapshots of sockets (`socket`), or, by default, from both (`both`). With `connection` it applies to submissions on that
 * connection, otherwise also to submissions over REST.
 *
 * @since 0.1.0
 * @category models
 */
export const ShowLate = Schema.TaggedStruct("ShowLate", {
  millis,
  where: Schema.optional(Schema.Literal("rest", "socket", "both")),
  times: Schema.optional(count),
  connection
})

/**
 * Holds the notifications and events of the next `count` commands, and sends them in the reverse order of the commands
 * after the last one was executed, or after `millis` (default 2000) if there are fewer commands. Events of the same order,
 * wallet or position keep their order among themselves.
 *
 * @since 0.1.0
 * @category models
 */
export const ReverseAnswers = Schema.TaggedStruct("ReverseAnswers", {
  count: Schema.Int.pipe(Schema.between(2, 100)),
  millis: Schema.optional(millis),
  connection
})

/**
 * Another program of the user also submits the terms of the next `times` (default 1) submissions of a client, in the same
 * millisecond: before the client's (`before`) or after it (`after`, the default). Its `cid` is another one (`other`, the
 * default), the same (`equal`), or the venue's clock, as for orders without one (`none`). Offers have no `cid`.
 *
 * @since 0.1.0
 * @category models
 */
export const TwinOrder = Schema.TaggedStruct("TwinOrder", {
  cid: Schema.optional(Schema.Literal("other", "equal", "none")),
  when: Schema.optional(Schema.Literal("before", "after")),
  times: Schema.optional(count),
  connection
})

/**
 * Sets the original amount that an order shows after a change of its amount, from now on: the remaining plus the executed
 * amount (`sum`, as in rows of the venue; the exchange's default), or the amount before any change (`first`, as on a page
 * of the manual).
 *
 * @since 0.1.0
 * @category models
 */
export const OriginalAmount = Schema.TaggedStruct("OriginalAmount", { rule: Schema.Literal("sum", "first") })

/**
 * Refuses the next `times` (default 1) logins, valid or not; their nonces are not used up.
 *
 * @since 0.1.0
 * @category models
 */
export const RefuseLogin = Schema.TaggedStruct("RefuseLogin", {
  code: Schema.Int,
  msg: Schema.String,
  times: Schema.optional(count),
  connection
})

/**
 * Ignores the next `times` (default 1) logins: no answer and no effect.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreLogin = Schema.TaggedStruct("IgnoreLogin", { times: Schema.optional(count), connection })

/**
 * A snapshot that follows a login.
 *
 * @since 0.1.0
 * @category models
 */
export const SnapshotType = Schema.Literal("ps", "ws", "os", "fos", "fcs", "fls")

/**
 * A snapshot that follows a login.
 *
 * @since 0.1.0
 * @category models
 */
export type SnapshotType = typeof SnapshotType.Type

/**
 * Omits a snapshot of the next `times` (default 1) logins.
 *
 * @since 0.1.0
 * @category models
 */
export const SkipSnapshot = Schema.TaggedStruct("SkipSnapshot", {
  type: SnapshotType,
  times: Schema.optional(count),
  connection
})

/**
 * Sends a snapshot of the next `times` (default 1) logins after `millis`, with the state at that time; events may precede it.
 *
 * @since 0.1.0
 * @category models
 */
export const DelaySnapshot = Schema.TaggedStruct("DelaySnapshot", {
  type: SnapshotType,
  millis,
  times: Schema.optional(count),
  connection
})

/**
 * Sends any payload as an event of the account, to connections that are logged in: an unknown type, or a row of a known
 * type that the exchange itself would not send.
 *
 * @since 0.1.0
 * @category models
 */
export const UnknownAccountEvent = Schema.TaggedStruct("UnknownAccountEvent", {
  type: Schema.String,
  payload: Schema.Unknown,
  connection
})

/**
 * The cell that makes a row of an order, an offer or a trade undecodable: no symbol, the amount as a word, an id beyond
 * 2^53, or no status (in a trade: no order).
 *
 * @since 0.1.0
 * @category models
 */
export const BadCell = Schema.Literal("nullSymbol", "textAmount", "hugeId", "nullStatus")

/**
 * The cell that makes a row undecodable.
 *
 * @since 0.1.0
 * @category models
 */
export type BadCell = typeof BadCell.Type

/**
 * Corrupts the payload of the next `times` (default 1) messages of channel 0, of one `type` when given, such as `ou` or
 * `n`. `how`: the row, or the first row of a snapshot, is cut to two cells (`short`, the default), has its numbers as
 * strings (`text`), or has one bad cell; or the payload is not a row (`notRow`).
 *
 * @since 0.1.0
 * @category models
 */
export const MalformedAccountEvent = Schema.TaggedStruct("MalformedAccountEvent", {
  type: Schema.optional(Schema.String),
  how: Schema.optional(Schema.Union(Schema.Literal("short", "text", "notRow"), BadCell)),
  times: Schema.optional(count),
  connection
})

/**
 * The outcome of an HTTP request in place of its regular answer.
 *
 * `status429` refuses it, with `Retry-After` when given: any number of seconds, or any text. `errorArray` is the venue's
 * `["error", code, text]`, with status 500 unless `status` is given. `html` is an error page of a CDN (default status 502).
 * `empty`, `truncated` (half of the text), `wrongType` (an object named text in place of the array) and `huge` are answers
 * of status 200 that cannot be decoded. `delay` accepts the request at once, including key and nonce, but executes and
 * answers it only after `millis`, whether or not the client still waits. `hang` never answers. `unreadableRow` puts an
 * undecodable row into the answer, on top (`extra`, the default) or in place of the first or last row. `reset` cuts the
 * connection before the request is executed, `loseReply` after.
 *
 * The exchange executes requests that meet `truncated`, `unreadableRow`, `delay` and `loseReply`, and those that meet
 * `errorArray`, `unavailable503`, `html`, `empty` or `hang` with `executed` true. All other requests are ignored: their
 * nonce is not used up.
 *
 * @since 0.1.0
 * @category models
 */
export const HttpReply = Schema.Union(
  Schema.TaggedStruct("status429", {
    retryAfter: Schema.optional(retryAfter)
  }),
  Schema.TaggedStruct("errorArray", {
    code: Schema.NullOr(Schema.Int),
    text: Schema.String,
    status: Schema.optional(status),
    executed
  }),
  Schema.TaggedStruct("unavailable503", { executed }),
  Schema.TaggedStruct("html", { status: Schema.optional(status), executed }),
  Schema.TaggedStruct("empty", { executed }),
  Schema.TaggedStruct("truncated", {}),
  Schema.TaggedStruct("wrongType", {}),
  Schema.TaggedStruct("huge", { bytes }),
  Schema.TaggedStruct("delay", { millis }),
  Schema.TaggedStruct("hang", { executed }),
  Schema.TaggedStruct("unreadableRow", {
    how: BadCell,
    which: Schema.optional(Schema.Literal("extra", "first", "last"))
  }),
  Schema.TaggedStruct("reset", {}),
  Schema.TaggedStruct("loseReply", {})
)

/**
 * The outcome of an HTTP request in place of its regular answer.
 *
 * @since 0.1.0
 * @category models
 */
export type HttpReply = typeof HttpReply.Type

/**
 * Applies `reply` to the next `times` (default 1) HTTP requests whose path contains `match`. With `millis` the fault
 * expires after that time, and applies to all requests until then unless `times` is given too.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // for a minute no signed read is answered, while sockets and writes work normally
 * const readsHang = Fault.HttpFault.make({ match: "/auth/r/", millis: 60_000, reply: { _tag: "hang" } })
 */
export const HttpFault = Schema.TaggedStruct("HttpFault", {
  match,
  times: Schema.optional(count),
  millis: Schema.optional(millis),
  reply: HttpReply
})

/**
 * Shifts the `Date` header of all replies by `millis` from the venue's time, from now on; 0 ends it.
 *
 * @since 0.1.0
 * @category models
 */
export const WrongDate = Schema.TaggedStruct("WrongDate", { millis: Schema.JsonNumber })

/**
 * Any fault. The Schema decodes and encodes faults; an unknown fault name, and a field that the fault does not have, are
 * errors.
 *
 * @since 0.1.0
 * @category models
 */
export const Fault = Schema.Union(
  Drop,
  Refuse,
  ConnectLimit,
  SlowHandshake,
  Version,
  HalfOpen,
  Stall,
  MutePong,
  Delay,
  Mute,
  MuteSocket,
  Send,
  SendBinary,
  Huge,
  Truncate,
  Duplicate,
  Reorder,
  Lose,
  SkipSequence,
  CorruptChecksum,
  CorruptRow,
  LongRow,
  ShortRow,
  UnreadableRows,
  Info,
  RejectSubscribe,
  IgnoreSubscribe,
  SlowSubscribe,
  DupWithoutChanId,
  SharedChanId,
  DataBeforeSubscribed,
  ChannelLimit,
  IgnoreConf,
  DropOnCommand,
  LoseNotification,
  DelayNotification,
  SlowCommand,
  SlowCancel,
  StrayAnswer,
  ShowLate,
  ReverseAnswers,
  TwinOrder,
  OriginalAmount,
  RefuseLogin,
  IgnoreLogin,
  SkipSnapshot,
  DelaySnapshot,
  UnknownAccountEvent,
  MalformedAccountEvent,
  HttpFault,
  WrongDate
).annotations(strict)

/**
 * Any fault.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

/**
 * Scheduled faults: each is injected `after` milliseconds, counted from the start of the exchange.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 * import * as Schema from "effect/Schema"
 *
 * const script: Fault.Script = [
 *   { after: 10_000, fault: Fault.Drop.make({ code: 1006 }) },
 *   { after: 10_000, fault: Fault.Refuse.make({ times: 3, status: 503 }) }
 * ]
 * const text = Schema.encodeSync(Schema.parseJson(Fault.Script))(script)
 */
export const Script = Schema.Array(Schema.Struct({ after: millis, fault: Fault })).annotations(strict)

/**
 * Scheduled faults.
 *
 * @since 0.1.0
 * @category models
 */
export type Script = typeof Script.Type

/**
 * A script is invalid: it is not JSON, or has an unknown fault, an unknown field or an invalid value. `at` is the position,
 * such as `[2].fault._tag`; empty for the whole script.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidScript extends Schema.TaggedError<InvalidScript>("effect-bitfinex/testing/InvalidScript")(
  "InvalidScript",
  { at: Schema.String, reason: Schema.String }
) {
  readonly isRetryable = false
  override get message(): string {
    return `The script of faults${this.at === "" ? "" : `, ${this.at}`}: ${this.reason}`
  }
}

const names = Fault.members.map(({ fields }) => fields._tag.ast).flatMap((ast) =>
  ast._tag === "PropertySignatureDeclaration" && ast.type._tag === "Literal" ? [String(ast.type.literal)] : []
)

const nameAt = (script: unknown, entry: PropertyKey | undefined): unknown =>
  Array.isArray(script) && typeof entry === "number" ? script[entry]?.fault?._tag : undefined

const checked = Schema.decodeUnknownEither(Script)

/**
 * Validates a script of unknown data. The error describes the first problem.
 *
 * @since 0.1.0
 * @category constructors
 */
export const validateScript = (script: unknown): Either.Either<Script, InvalidScript> =>
  Either.mapLeft(checked(script), (error) => {
    const { message, path } = firstIssue(error)
    const name = nameAt(script, path[0])
    const at = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("")
    return new InvalidScript({
      at,
      reason: !Array.isArray(script)
        ? "a script is a list, each entry with \"after\" in milliseconds and a \"fault\""
        : path.length === 3 && path[2] === "_tag" && name !== undefined
        ? `there is no fault ${JSON.stringify(name)}; there are ${names.join(", ")}`
        : message
    })
  })

/**
 * Parses a script from the text of a file: a JSON array of `{ "after": 1000, "fault": { "_tag": "Drop", "code": 1006 } }`.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * const script = Fault.parseScript(`[{ "after": 1000, "fault": { "_tag": "Info", "code": 20051 } }]`)
 */
export const parseScript = (text: string): Either.Either<Script, InvalidScript> =>
  Either.flatMap(
    Either.try({
      try: (): unknown => JSON.parse(text),
      catch: (error) => new InvalidScript({ at: "", reason: `this is no JSON: ${String(error)}` })
    }),
    validateScript
  )
