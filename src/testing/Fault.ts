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
 * A fault acts when it is injected (`FakeExchange.inject`), at its time (`Script`), or, if it waits for an occasion, at
 * the next `times` of that occasion. `FakeExchange.faults` has those that came about: a test that passes without its
 * fault has tried nothing.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { firstIssue } from "../protocol/internal/schemas.ts"

/** a field that is spelt wrong would be a fault for other connections or channels than was meant */
const strict = { parseOptions: { onExcessProperty: "error" } } as const

/** how often, or which: a whole number from 1 */
const count = Schema.Int.pipe(Schema.positive())
/** how many, where none is something too: a whole number from 0 */
const number = Schema.Int.pipe(Schema.nonNegative())
const millis = Schema.JsonNumber.pipe(Schema.nonNegative())
/** as many as a text of JavaScript surely has room for */
const bytes = Schema.Int.pipe(Schema.between(1, 268_435_456))
const closeCode = Schema.Int.pipe(Schema.between(1000, 4999))
const status = Schema.Int.pipe(Schema.between(200, 599))
const connection = Schema.optional(count)
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
  code: closeCode,
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
  times: count,
  /** default 503 */
  status: Schema.optional(Schema.Union(status, Schema.Literal("reset"))),
  connection
})

/**
 * Refuses upgrades with 429 when more than `connections` (default 20) asked for one within `millis` (default 60 000).
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
 * The far side vanishes: nothing is sent or read any more, and a close frame is not answered.
 *
 * @since 0.1.0
 * @category models
 */
export const HalfOpen = Schema.TaggedStruct("HalfOpen", { connection })

/**
 * The path stalls for `millis` while the connection stays open: what the client sends (`toVenue`, the default), or what
 * both sides send (`both`), is kept and delivered in order when the stall is over. That holds for pings, close frames and
 * the end of the transport too, so what was sent before the client gave the socket up is read and carried out later.
 * Only a client that resets the transport (`resetAndDestroy`) takes back what is on its way.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // an order that is sent in these 20 s is placed at their end, though the client has long given the socket up
 * const late = Fault.Stall.make({ millis: 20_000 })
 */
export const Stall = Schema.TaggedStruct("Stall", {
  millis,
  direction: Schema.optional(Schema.Literal("toVenue", "both")),
  connection
})

/**
 * Pings are not answered any more: those of the transport (`frame`), those of the protocol (`event`), or, by default,
 * none. All else goes on.
 *
 * @since 0.1.0
 * @category models
 */
export const MutePong = Schema.TaggedStruct("MutePong", {
  of: Schema.optional(Schema.Literal("frame", "event")),
  connection
})

/**
 * Every frame from now on arrives this much later; 0 ends it.
 *
 * @since 0.1.0
 * @category models
 */
export const Delay = Schema.TaggedStruct("Delay", { millis, connection })

/**
 * A channel falls silent, heartbeats included, until it is subscribed anew. `channel` is its id or a part of its name;
 * 0 or `account` is that of the account, which stays silent for good.
 *
 * @since 0.1.0
 * @category models
 */
export const Mute = Schema.TaggedStruct("Mute", {
  channel: Schema.Union(number, Schema.String),
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
export const SendBinary = Schema.TaggedStruct("SendBinary", { bytes: Schema.Array(Schema.Uint8), connection })

/**
 * Sends a text frame of so many bytes: a JSON list of one long text.
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
export const SkipSequence = Schema.TaggedStruct("SkipSequence", { by: Schema.Int, connection })

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
  times: count,
  code: Schema.Int,
  match,
  connection
})

/**
 * Does not answer the next `times` subscriptions, nor act on them.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreSubscribe = Schema.TaggedStruct("IgnoreSubscribe", { times: count, match, connection })

/**
 * Answers the next `times` (default 1) subscriptions only after `millis`, at the exchange's next look at the clock, and
 * sends their snapshot behind the answer. Other channels are not held up, and heartbeats of the new one come before.
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
 * The next `times` (default 1) answers to a subscription that exists already (10301) do not name its channel id, as in
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
 * Allows so many channels on a connection from now on; those that are more stay.
 *
 * @since 0.1.0
 * @category models
 */
export const ChannelLimit = Schema.TaggedStruct("ChannelLimit", { channels: number, connection })

/**
 * Does not answer the next `times` (default 1) `conf` frames, nor act on them.
 *
 * @since 0.1.0
 * @category models
 */
export const IgnoreConf = Schema.TaggedStruct("IgnoreConf", { times: Schema.optional(count), connection })

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
  code: Schema.optional(closeCode),
  times: Schema.optional(count),
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
  times: Schema.optional(count),
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
  millis,
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Carries out the next `times` (default 1) commands only `millis` after they were read; other frames, pings among them,
 * are not held up. The manual promises no order, though one gateway and TCP suggest one.
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
 * What a stray answer looks like.
 *
 * - `null`: a notification about nothing: its payload is null.
 * - `empty`: its payload is a row of nulls.
 * - `other`: it names another symbol and another amount.
 * - `equal`: type, symbol, amount and price are those of the command. It has no `cid`.
 * - `equalCid`: the `cid` is that of the command as well.
 * - `error`: no notification, but an error frame without context, with the code 10001 unless said otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export const StrayForm = Schema.Literal("null", "empty", "other", "equal", "equalCid", "error")

/**
 * What a stray answer looks like.
 *
 * @since 0.1.0
 * @category models
 */
export type StrayForm = typeof StrayForm.Type

/**
 * When the next `times` (default 1) commands were read, something that looks like their answer is sent first, to the
 * connection that sent them: a notification that concerns another program of the user, as all of them reach all
 * connections, or an error frame. The command itself is carried out and answered as always.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // a refusal of another program's order, while ours is placed and its own answer takes 3 s
 * const script: Fault.Script = [
 *   { after: 0, fault: Fault.StrayAnswer.make({ as: "empty", input: "on" }) },
 *   { after: 0, fault: Fault.ShowLate.make({ millis: 3000, where: "socket" }) }
 * ]
 */
export const StrayAnswer = Schema.TaggedStruct("StrayAnswer", {
  as: StrayForm,
  /** of the notification; default ERROR. With SUCCESS its row has an id */
  status: Schema.optional(Schema.Literal("SUCCESS", "ERROR", "FAILURE")),
  code: Schema.optional(Schema.Int),
  text: Schema.optional(Schema.String),
  input: Schema.optional(CommandInput),
  times: Schema.optional(count),
  connection
})

/**
 * Shows the orders and offers of the next `times` (default 1) submissions only after `millis`, though they are placed at
 * once, can be filled and can be cancelled: in no list of REST (`rest`), in no notification, event or snapshot of sockets
 * (`socket`), or, by default, in neither (`both`). With `connection` it concerns what is submitted on that one, else
 * submissions over REST as well.
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
 * Keeps the notifications and events of the next `count` commands, and sends them in the reverse order of the commands
 * when the last of these was carried out, or after `millis` (default 2000) if it does not come. Events of one order, of
 * one wallet and of one position keep their order among themselves.
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
 * Another program of the user submits the terms of the next `times` (default 1) submissions of a client as well, in the
 * same millisecond: ahead of it (`before`) or behind it (`after`, the default). Its `cid` is another one (`other`, the
 * default), the same (`equal`), or the venue's clock, as for orders without one (`none`). Offers have none.
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
 * What the original amount of an order is after a change of its amount, from now on: what is left and what was executed
 * together (`sum`, as rows of the venue have it, and what the exchange does by itself), or the amount before any change
 * (`first`, as a page of the manual has it).
 *
 * @since 0.1.0
 * @category models
 */
export const OriginalAmount = Schema.TaggedStruct("OriginalAmount", { rule: Schema.Literal("sum", "first") })

/**
 * Refuses the next `times` (default 1) logins, whatever they are; their nonces do not count.
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
 * Does not answer the next `times` (default 1) logins, nor act on them.
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
 * Leaves out a snapshot of the next `times` (default 1) logins.
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
 * Sends a snapshot of the next `times` (default 1) logins after `millis`, as things are by then; events may come before.
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
 * What makes a row of an order, an offer or a trade unreadable: no symbol, its amount as a word, an id beyond 2^53, or no
 * status (of a trade: no order).
 *
 * @since 0.1.0
 * @category models
 */
export const BadCell = Schema.Literal("nullSymbol", "textAmount", "hugeId", "nullStatus")

/**
 * What makes a row unreadable.
 *
 * @since 0.1.0
 * @category models
 */
export type BadCell = typeof BadCell.Type

/**
 * Spoils the payload of the next `times` (default 1) messages of channel 0, of one `type` when given, as `ou` or `n`.
 * `how`: the row, or the first one of a snapshot, is cut to two cells (`short`, the default), has its numbers as texts
 * (`text`), or has one bad cell; the payload is no row at all (`notRow`).
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
 * What becomes of an HTTP request in place of its answer.
 *
 * `status429` refuses it, with `Retry-After` when given: seconds, however many, or any text. `errorArray` is the venue's `["error", code, text]`,
 * with status 500 unless said otherwise. `html` is what a CDN says (default status 502). `empty`, `truncated` (half of
 * the text), `wrongType` (an object where the array was, named text) and `huge` are answers of status 200 that cannot
 * be read. `delay` takes the request at once, key and nonce included, but carries it out and answers only after
 * `millis`, whether or not the client still waits. `hang` never answers. `unreadableRow` puts a row that cannot be read
 * among those of the answer, on top (`extra`, the default) or in place of the first or last of them. `reset` cuts the
 * connection before the request is carried out, `loseReply` after.
 *
 * Carried out are requests that meet `truncated`, `unreadableRow`, `delay` and `loseReply`, and those that meet
 * `errorArray`, `unavailable503`, `html`, `empty` or `hang` with `executed` true. All others are not even looked at: their nonce does not
 * count.
 *
 * @since 0.1.0
 * @category models
 */
export const HttpReply = Schema.Union(
  Schema.TaggedStruct("status429", {
    retryAfter: Schema.optional(Schema.Union(Schema.JsonNumber.pipe(Schema.nonNegative()), Schema.String))
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
 * What becomes of an HTTP request in place of its answer.
 *
 * @since 0.1.0
 * @category models
 */
export type HttpReply = typeof HttpReply.Type

/**
 * Spoils the next `times` (default 1) HTTP requests whose path contains `match`. With `millis` it is over after so long,
 * and spoils all of them until then unless `times` is given too.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Fault from "effect-bitfinex/testing/Fault"
 *
 * // for a minute no signed read is answered, while sockets and writes work
 * const readsHang = Fault.HttpFault.make({ match: "/auth/r/", millis: 60_000, reply: { _tag: "hang" } })
 */
export const HttpFault = Schema.TaggedStruct("HttpFault", {
  match,
  times: Schema.optional(count),
  millis: Schema.optional(millis),
  reply: HttpReply
})

/**
 * The `Date` header of all replies is this far from the venue's time, ms, from now on; 0 ends it.
 *
 * @since 0.1.0
 * @category models
 */
export const WrongDate = Schema.TaggedStruct("WrongDate", { millis: Schema.JsonNumber })

/**
 * Any fault. The Schema reads and prints them; a name that no fault has, and a field that its fault does not have, are
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
  Info,
  RejectSubscribe,
  IgnoreSubscribe,
  SlowSubscribe,
  DupWithoutChanId,
  DataBeforeSubscribed,
  ChannelLimit,
  IgnoreConf,
  DropOnCommand,
  LoseNotification,
  DelayNotification,
  SlowCommand,
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
 * Faults by time: each is injected `after` so many milliseconds, counted from the start of the exchange.
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
 * Faults by time.
 *
 * @since 0.1.0
 * @category models
 */
export type Script = typeof Script.Type

/**
 * A script cannot be played: it is no JSON, or names a fault or a field that there is not, or a value that cannot be.
 * `at` is where, as in `[2].fault._tag`; empty for the whole.
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
 * A script from data of any origin, with the first thing that is wrong with it as the error.
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
 * A script from the text of a file: a JSON list of `{ "after": 1000, "fault": { "_tag": "Drop", "code": 1006 } }`.
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
