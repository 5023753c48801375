/**
 * The registry of faults that wait for an occasion, and their effects on the frames of a connection.
 *
 * @internal
 */
import type { Fault, HttpReply } from "../../Fault.ts"
import type { AccountSabotage, PlacementFaults } from "../venue/accountFaults.ts"
import type { Sabotage } from "../venue/socket.ts"
import type { Cells } from "../venue/spoil.ts"
import { isCells, spoiledPayload } from "../venue/spoil.ts"
import type { Frame } from "../venue/wire.ts"

type Tag = Fault["_tag"]
type Of<T extends Tag> = Extract<Fault, { readonly _tag: T }>

interface Waiting {
  readonly fault: Fault
  readonly connection: number | undefined
  /** the venue's time at which it expires */
  readonly until: number
  left: number
}

/** The waiting faults, oldest first. */
export interface Registry {
  readonly add: (fault: Fault, connection: number | undefined, times: number, until?: number) => void
  /** consumes one use of the oldest fault for this connection and this name */
  readonly take: <T extends Tag>(
    tag: T,
    connection: number,
    name?: string,
    and?: (fault: Of<T>) => boolean
  ) => Of<T> | undefined
  /** the newest fault for this connection, without consuming it */
  readonly find: <T extends Tag>(tag: T, connection: number) => Of<T> | undefined
  readonly takeHttp: (path: string, now: number) => HttpReply | undefined
}

/**
 * The number of occasions on which a waiting fault acts, counted over all connections; undefined for a fault that acts on
 * connections, or that waits for a frame of each connection.
 */
export const timesOf = (fault: Fault): number | undefined => {
  switch (fault._tag) {
    case "Refuse":
    case "RejectSubscribe":
    case "IgnoreSubscribe":
      return fault.times
    case "SlowHandshake":
    case "Version":
    case "SlowSubscribe":
    case "DupWithoutChanId":
    case "SharedChanId":
    case "DataBeforeSubscribed":
    case "IgnoreConf":
    case "DropOnCommand":
    case "LoseNotification":
    case "DelayNotification":
    case "SlowCommand":
    case "SlowCancel":
    case "StrayAnswer":
    case "ShowLate":
    case "TwinOrder":
    case "RefuseLogin":
    case "IgnoreLogin":
    case "SkipSnapshot":
    case "DelaySnapshot":
    case "MalformedAccountEvent":
      return fault.times ?? 1
    case "ReverseAnswers":
      return 1
    case "HttpFault":
      return fault.times ?? (fault.millis === undefined ? 1 : Infinity)
    case "ChannelLimit":
    case "ConnectLimit":
    case "WrongDate":
      return Infinity
    default:
      return undefined
  }
}

const matches = (fault: Fault, name: string): boolean =>
  !("match" in fault) || fault.match === undefined || name.includes(fault.match)

/** `onMet` is called for each consumed fault, with its connection if there is one */
export const makeRegistry = (onMet: (fault: Fault, connection: number | undefined) => void): Registry => {
  let waiting: Array<Waiting> = []
  const use = (one: Waiting, connection: number | undefined) => {
    onMet(one.fault, connection)
    one.left--
    if (one.left <= 0) waiting = waiting.filter((other) => other !== one)
  }
  const concerns = (one: Waiting, tag: Tag, connection: number) =>
    one.fault._tag === tag && (one.connection === undefined || one.connection === connection)
  return {
    add: (fault, connection, times, until = Infinity) => {
      if (times > 0) waiting.push({ fault, connection, until, left: times })
    },
    take: <T extends Tag>(tag: T, connection: number, name = "", and: (fault: Of<T>) => boolean = () => true) => {
      if (waiting.length === 0) return undefined
      const one = waiting.find((other) =>
        // the casts: `concerns` has compared the tag
        concerns(other, tag, connection) && matches(other.fault, name) && and(other.fault as Of<T>)
      )
      if (one === undefined) return undefined
      use(one, connection)
      return one.fault as Of<T>
    },
    find: <T extends Tag>(tag: T, connection: number) =>
      waiting.findLast((one) => concerns(one, tag, connection))?.fault as Of<T> | undefined,
    takeHttp: (path, now) => {
      waiting = waiting.filter(({ until }) => until > now)
      const one = waiting.find(({ fault }) => fault._tag === "HttpFault" && matches(fault, path))
      if (one?.fault._tag !== "HttpFault") return undefined
      use(one, undefined)
      return one.fault.reply
    }
  }
}

/** changes the first row in the payload of a data frame, or all rows */
const changeRows = (frame: Frame, which: "first" | "all", change: (row: Cells) => Cells): Frame => {
  if (!isCells(frame.body)) return frame
  const payload = frame.body.at(-1)
  if (!isCells(payload) || payload.length === 0) return frame
  const changed = isCells(payload[0])
    ? payload.map((row, i) => (isCells(row) && (which === "all" || i === 0) ? change(row) : row))
    : change(payload)
  return { ...frame, body: [...frame.body.slice(0, -1), changed] }
}

const asText = (row: Cells): Cells => {
  const at = row.findLastIndex((cell) => typeof cell === "number")
  return row.map((cell, i) => (i === at ? String(cell) : cell))
}

const longer = (row: Cells): Cells => [...row, null, 1, "extra", null, 0]

/** replaces the rows in the payload of a data frame */
const withUnreadable = (frame: Frame, rows: number): Frame =>
  isCells(frame.body)
    ? { ...frame, body: [...frame.body.slice(0, -1), Array.from({ length: rows }, () => [1])] }
    : frame

/** The effects of the waiting faults on one connection. */
export const sabotageOf = (registry: Registry, connection: number): Sabotage => {
  /** a frame held back until the next one was sent */
  let held: { readonly text: string; readonly isAccount: boolean } | undefined
  /** faults of frames in general skip the account's frames, unless their `match` names them */
  const take = <T extends Tag>(tag: T, frame: Frame, and: (fault: Of<T>) => boolean = () => true) =>
    registry.take(
      tag,
      connection,
      frame.name,
      (fault) =>
        and(fault) && (frame.kind === "data" || frame.kind === "checksum" ||
          ("match" in fault && fault.match?.startsWith("account") === true))
    )
  const isSpoiled = ({ kind }: Frame): boolean =>
    kind === "data" || kind === "account" || kind === "notification" || kind === "acknowledgement"
  return {
    before: (frame) => {
      if (frame.kind === "checksum") {
        if (take("CorruptChecksum", frame) === undefined || !isCells(frame.body)) return frame
        return { ...frame, body: [...frame.body.slice(0, -1), Number(frame.body.at(-1)) ^ 1] }
      }
      if (!isSpoiled(frame)) return frame
      if (take("Lose", frame, (fault) => fault.counted === false) !== undefined) return undefined
      let out = frame
      if (take("CorruptRow", frame) !== undefined) out = changeRows(out, "first", asText)
      if (take("LongRow", frame) !== undefined) out = changeRows(out, "all", longer)
      const unreadable = take("UnreadableRows", frame)
      if (unreadable !== undefined) out = withUnreadable(out, unreadable.rows)
      if (take("ShortRow", frame) !== undefined) out = changeRows(out, "first", (row) => row.slice(0, -1))
      return out
    },
    skip: () => registry.take("SkipSequence", connection)?.by ?? 0,
    after: (frame, text) => {
      if (!isSpoiled(frame)) return [text]
      if (take("Lose", frame, (fault) => fault.counted !== false) !== undefined) return []
      if (take("Truncate", frame) !== undefined) return [text.slice(0, Math.floor(text.length / 2))]
      if (take("Duplicate", frame) !== undefined) return [text, text]
      const isAccount = frame.kind !== "data"
      if (held?.isAccount === isAccount) {
        const overtaken = held.text
        held = undefined
        return [text, overtaken]
      }
      if (held !== undefined || take("Reorder", frame) === undefined) return [text]
      held = { text, isAccount }
      return []
    },
    subscribe: (name) => {
      if (registry.take("IgnoreSubscribe", connection, name) !== undefined) return "ignore"
      const refused = registry.take("RejectSubscribe", connection, name)
      if (refused !== undefined) return refused.code
      const slow = registry.take("SlowSubscribe", connection, name)
      if (slow !== undefined) return { delay: slow.millis }
      return registry.take("DataBeforeSubscribed", connection, name) === undefined ? undefined : "late"
    },
    dup: (name) => registry.take("DupWithoutChanId", connection, name) === undefined ? "named" : "nameless",
    shares: (name) => registry.take("SharedChanId", connection, name) !== undefined,
    conf: () => registry.take("IgnoreConf", connection) !== undefined,
    cap: () => registry.find("ChannelLimit", connection)?.channels
  }
}

/** The effects of the waiting faults on a submission or a cancellation, on a connection or over REST (connection 0). */
export const placementFaultsOf = (registry: Registry, connection: number): PlacementFaults => ({
  show: () => registry.take("ShowLate", connection),
  twin: () => registry.take("TwinOrder", connection),
  cancel: () => registry.take("SlowCancel", connection)
})

/** The effects of the waiting faults on the account's side of one connection. */
export const accountSabotageOf = (registry: Registry, connection: number): AccountSabotage => {
  const ofInput = (input: string) => (fault: { readonly input?: string | undefined }) =>
    fault.input === undefined || fault.input === input
  const ofType = (type: string) => (fault: { readonly type?: string | undefined }) =>
    fault.type === undefined || fault.type === type
  return {
    ...placementFaultsOf(registry, connection),
    slow: (input) => registry.take("SlowCommand", connection, "", ofInput(input))?.millis,
    stray: (input) => registry.take("StrayAnswer", connection, "", ofInput(input)),
    reverse: () => registry.take("ReverseAnswers", connection),
    login: () => {
      if (registry.take("IgnoreLogin", connection) !== undefined) return "ignore"
      const refused = registry.take("RefuseLogin", connection)
      return refused === undefined ? undefined : { code: refused.code, msg: refused.msg }
    },
    snapshot: (type) =>
      registry.take("SkipSnapshot", connection, "", ofType(type)) === undefined
        ? registry.take("DelaySnapshot", connection, "", ofType(type))?.millis
        : "skip",
    command: (input) => {
      const fault = registry.take("DropOnCommand", connection, "", ofInput(input))
      return fault === undefined ? undefined : { point: fault.point, code: fault.code ?? 1006 }
    },
    notification: (input) =>
      registry.take("LoseNotification", connection, "", ofInput(input)) === undefined
        ? registry.take("DelayNotification", connection, "", ofInput(input))?.millis
        : "lose",
    payload: (type, payload) => {
      const fault = registry.take("MalformedAccountEvent", connection, "", ofType(type))
      return fault === undefined ? payload : spoiledPayload(type, payload, fault.how ?? "short")
    }
  }
}
