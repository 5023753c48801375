/**
 * What can go wrong, as data: faults are plain values that can be printed, stored and replayed, and the fake exchange
 * acts on them when injected or by script.
 *
 * Connections are numbered from 1 in the order in which they ask to be opened. A fault without `connection` concerns
 * all of them: those that are open when it acts on a connection (`Drop`, `Mute`, `Truncate`), every later request when
 * it waits for one (`Refuse`, `RejectSubscribe`). A fault for a connection that does not exist yet waits for it.
 *
 * Faults that spoil a frame take the next one of each connection they concern. Their `match`, and that of the others,
 * is a part of a channel's name; names read `ticker:tBTCUSD`, `trades:fUSD`, `book:tBTCUSD:P0:F0:25`,
 * `candles:trade:1m:tBTCUSD`, `status:deriv:tBTCF0:USTF0`. Messages of channel 0 have the names `account:on`,
 * `account:n` and so on; faults that spoil frames leave them alone unless their `match` begins with `account`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const connection = Schema.optional(Schema.Number)
const match = Schema.optional(Schema.String)
/** whether the request is carried out all the same; default false */
const executed = Schema.optional(Schema.Boolean)

/**
 * Ends connections: with a close frame of this code and reason, or, for codes that never travel (1004, 1006, 1015), by
 * resetting the transport, which the client sees as 1006.
 *
 * @since 0.1.0
 * @category models
 */
export const Drop = Schema.TaggedStruct("Drop", {
  code: Schema.Number,
  reason: Schema.optional(Schema.String),
  connection
})

/**
 * Refuses the next `times` upgrades with an HTTP status, or by resetting the transport.
 *
 * @since 0.1.0
 * @category models
 */
export const Refuse = Schema.TaggedStruct("Refuse", {
  times: Schema.Number,
  /** default 503 */
  status: Schema.optional(Schema.Union(Schema.Number, Schema.Literal("reset"))),
  connection
})

/**
 * Refuses upgrades with 429 when more than `connections` (default 20) asked for one within `millis` (default 60 000).
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectLimit = Schema.TaggedStruct("ConnectLimit", {
  connections: Schema.optional(Schema.Number),
  millis: Schema.optional(Schema.Number)
})

/**
 * Answers the next `times` (default 1) upgrades only after `millis`.
 *
 * @since 0.1.0
 * @category models
 */
export const SlowHandshake = Schema.TaggedStruct("SlowHandshake", {
  millis: Schema.Number,
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Announces another protocol version to the next `times` (default 1) connections.
 *
 * @since 0.1.0
 * @category models
 */
export const Version = Schema.TaggedStruct("Version", {
  version: Schema.Number,
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * The far side vanishes: nothing is sent or read any more, and a close frame is not answered.
 *
 * @since 0.1.0
 * @category models
 */
export const HalfOpen = Schema.TaggedStruct("HalfOpen", { connection })

/**
 * Every frame from now on arrives this much later; 0 ends it.
 *
 * @since 0.1.0
 * @category models
 */
export const Delay = Schema.TaggedStruct("Delay", { millis: Schema.Number, connection })

/**
 * A channel falls silent, heartbeats included, until it is subscribed anew. `channel` is its id or a part of its name;
 * 0 or `account` is that of the account, which stays silent for good.
 *
 * @since 0.1.0
 * @category models
 */
export const Mute = Schema.TaggedStruct("Mute", {
  channel: Schema.Union(Schema.Number, Schema.String),
  connection
})

/**
 * All channels fall silent for good, heartbeats included; requests are still answered.
 *
 * @since 0.1.0
 * @category models
 */
export const MuteSocket = Schema.TaggedStruct("MuteSocket", { connection })

/**
 * Sends a text frame as it is: malformed JSON, an unknown channel id, an object without `event`.
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
export const SendBinary = Schema.TaggedStruct("SendBinary", { bytes: Schema.Array(Schema.Number), connection })

/**
 * Sends a text frame of so many bytes: a JSON list of one long text.
 *
 * @since 0.1.0
 * @category models
 */
export const Huge = Schema.TaggedStruct("Huge", { bytes: Schema.Number, connection })

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
 * Loses the next data frame, together with its sequence number (`counted`, default true: the numbers have a gap) or
 * before it got one (the numbers look whole).
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
 * Leaves out sequence numbers although no frame is lost.
 *
 * @since 0.1.0
 * @category models
 */
export const SkipSequence = Schema.TaggedStruct("SkipSequence", { by: Schema.Number, connection })

/**
 * Sends a wrong checksum in place of the next one.
 *
 * @since 0.1.0
 * @category models
 */
export const CorruptChecksum = Schema.TaggedStruct("CorruptChecksum", { match, connection })

/**
 * Writes a number of the next row as text.
 *
 * @since 0.1.0
 * @category models
 */
export const CorruptRow = Schema.TaggedStruct("CorruptRow", { match, connection })

/**
 * Appends five cells to the rows of the next data frame, as the venue does when it extends a record.
 *
 * @since 0.1.0
 * @category models
 */
export const LongRow = Schema.TaggedStruct("LongRow", { match, connection })

/**
 * Cuts the last cell from the first row of the next data frame.
 *
 * @since 0.1.0
 * @category models
 */
export const ShortRow = Schema.TaggedStruct("ShortRow", { match, connection })

/**
 * Sends a notice: 20051 stop, 20060 maintenance begins, 20061 maintenance is over, 5000 plain. Sent to all connections,
 * 20060 and 20061 also set the platform status that later connections are greeted with.
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
  times: Schema.Number,
  code: Schema.Number,
  match,
  connection
})

/**
 * Does not answer the next `times` subscriptions, nor act on them.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreSubscribe = Schema.TaggedStruct("IgnoreSubscribe", { times: Schema.Number, match, connection })

/**
 * Sends the snapshot of the next `times` (default 1) subscriptions before the answer that names their channel id.
 *
 * @since 0.1.0
 * @category models
 */
export const DataBeforeSubscribed = Schema.TaggedStruct("DataBeforeSubscribed", {
  times: Schema.optional(Schema.Number),
  match,
  connection
})

/**
 * Allows so many channels on a connection from now on; those that are more stay.
 *
 * @since 0.1.0
 * @category models
 */
export const ChannelLimit = Schema.TaggedStruct("ChannelLimit", { channels: Schema.Number, connection })

/**
 * Does not answer the next `times` (default 1) `conf` frames, nor act on them.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreConf = Schema.TaggedStruct("IgnoreConf", { times: Schema.optional(Schema.Number), connection })

/**
 * A command of the account's socket, by the frame that it came in: the operations of `ox_multi` are of that one.
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
 * A moment in the life of a command.
 *
 * - `received`: it was read, and nothing is done.
 * - `executed`: it is carried out, and its notification is not sent.
 * - `notified`: behind its notification, ahead of the first event.
 * - `filling`: within the next fill of what it placed or changed, be that at once or later: behind the trade and ahead
 *   of the order, or the other way round where the exchange tells the order first. A cancellation fills nothing, and
 *   drops behind the first event that it brings about.
 *
 * @since 0.1.0
 * @category models
 */
export const CommandPoint = Schema.Literal("received", "executed", "notified", "filling")

/**
 * A moment in the life of a command.
 *
 * @since 0.1.0
 * @category models
 */
export type CommandPoint = typeof CommandPoint.Type

/**
 * Drops the connection at a point of the next `times` (default 1) commands of this kind, by `code` (default 1006, a
 * reset). Other connections of the user hear everything.
 *
 * @since 0.1.0
 * @category models
 */
export const DropOnCommand = Schema.TaggedStruct("DropOnCommand", {
  input: CommandInput,
  point: CommandPoint,
  code: Schema.optional(Schema.Number),
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Loses the notification of the next `times` (default 1) commands, of one kind when `input` says so, on the way to the
 * connection that sent them. What the command brings about is told.
 *
 * @since 0.1.0
 * @category models
 */
export const LoseNotification = Schema.TaggedStruct("LoseNotification", {
  input: Schema.optional(CommandInput),
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Sends the notification of the next `times` (default 1) commands only after `millis`, to the connection that sent them,
 * and so behind the events.
 *
 * @since 0.1.0
 * @category models
 */
export const DelayNotification = Schema.TaggedStruct("DelayNotification", {
  millis: Schema.Number,
  input: Schema.optional(CommandInput),
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Refuses the next `times` (default 1) logins, whatever they are; their nonces do not count.
 *
 * @since 0.1.0
 * @category models
 */
export const RefuseLogin = Schema.TaggedStruct("RefuseLogin", {
  code: Schema.Number,
  msg: Schema.String,
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Does not answer the next `times` (default 1) logins, nor act on them.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreLogin = Schema.TaggedStruct("IgnoreLogin", { times: Schema.optional(Schema.Number), connection })

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
 * Leaves out a snapshot of the next `times` (default 1) logins.
 *
 * @since 0.1.0
 * @category models
 */
export const SkipSnapshot = Schema.TaggedStruct("SkipSnapshot", {
  type: SnapshotType,
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Sends a snapshot of the next `times` (default 1) logins after `millis`, as things are by then; events may come before.
 *
 * @since 0.1.0
 * @category models
 */
export const DelaySnapshot = Schema.TaggedStruct("DelaySnapshot", {
  type: SnapshotType,
  millis: Schema.Number,
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * Sends any payload as an event of the account, to connections that are logged in: a type that nobody knows, or a row of
 * a known type that the exchange would not write.
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
 * Spoils the payload of the next `times` (default 1) messages of channel 0, of one `type` when given, as `ou` or `n`.
 * `how`: the row, or the first one of a snapshot, is cut to two cells (`short`, the default) or has its numbers as texts
 * (`text`); the payload is no row at all (`notRow`).
 *
 * @since 0.1.0
 * @category models
 */
export const MalformedAccountEvent = Schema.TaggedStruct("MalformedAccountEvent", {
  type: Schema.optional(Schema.String),
  how: Schema.optional(Schema.Literal("short", "text", "notRow")),
  times: Schema.optional(Schema.Number),
  connection
})

/**
 * What becomes of an HTTP request in place of its answer.
 *
 * `status429` refuses it, with `Retry-After` in seconds when given. `errorArray` is the venue's `["error", code, text]`,
 * with status 500 unless said otherwise. `html` is what a CDN says (default status 502). `empty`, `truncated` (half of
 * the text), `wrongType` (an object where the array was, named text) and `huge` are answers of status 200 that cannot
 * be read. `delay` takes the request at once, key and nonce included, but carries it out and answers only after
 * `millis`, whether or not the client still waits. `reset` cuts the connection before the request is carried out,
 * `loseReply` after.
 *
 * Carried out are requests that meet `truncated`, `delay` and `loseReply`, and those that meet `errorArray`,
 * `unavailable503`, `html` or `empty` with `executed` true. All others are not even looked at: their nonce does not
 * count.
 *
 * @since 0.1.0
 * @category models
 */
export const HttpReply = Schema.Union(
  Schema.TaggedStruct("status429", { retryAfter: Schema.optional(Schema.Number) }),
  Schema.TaggedStruct("errorArray", {
    code: Schema.NullOr(Schema.Number),
    text: Schema.String,
    status: Schema.optional(Schema.Number),
    executed
  }),
  Schema.TaggedStruct("unavailable503", { executed }),
  Schema.TaggedStruct("html", { status: Schema.optional(Schema.Number), executed }),
  Schema.TaggedStruct("empty", { executed }),
  Schema.TaggedStruct("truncated", {}),
  Schema.TaggedStruct("wrongType", {}),
  Schema.TaggedStruct("huge", { bytes: Schema.Number }),
  Schema.TaggedStruct("delay", { millis: Schema.Number }),
  Schema.TaggedStruct("reset", {}),
  Schema.TaggedStruct("loseReply", {})
)

/**
 * What becomes of an HTTP request in place of its answer.
 *
 * @since 0.1.0
 * @category models
 */
export type HttpReply = typeof HttpReply.Type

/**
 * Spoils the next `times` (default 1) HTTP requests whose path contains `match`.
 *
 * @since 0.1.0
 * @category models
 */
export const HttpFault = Schema.TaggedStruct("HttpFault", {
  match,
  times: Schema.optional(Schema.Number),
  reply: HttpReply
})

/**
 * Any fault. The Schema reads and prints scripts.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 * import * as Schema from "effect/Schema"
 *
 * const script = [{ after: 1000, fault: Fault.Drop.make({ code: 1006 }) }]
 * const text = Schema.encodeSync(Schema.parseJson(Fault.Script))(script)
 */
export const Fault = Schema.Union(
  Drop,
  Refuse,
  ConnectLimit,
  SlowHandshake,
  Version,
  HalfOpen,
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
  Info,
  RejectSubscribe,
  IgnoreSubscribe,
  DataBeforeSubscribed,
  ChannelLimit,
  IgnoreConf,
  DropOnCommand,
  LoseNotification,
  DelayNotification,
  RefuseLogin,
  IgnoreLogin,
  SkipSnapshot,
  DelaySnapshot,
  UnknownAccountEvent,
  MalformedAccountEvent,
  HttpFault
)

/**
 * Any fault.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

/**
 * Faults by time: each is injected `after` so many milliseconds, counted from the start of the exchange.
 *
 * @since 0.1.0
 * @category models
 */
export const Script = Schema.Array(Schema.Struct({ after: Schema.Number, fault: Fault }))

/**
 * Faults by time.
 *
 * @since 0.1.0
 * @category models
 */
export type Script = typeof Script.Type
