/**
 * What the account's session publishes: each frame is decoded once, here, and every listener is given the same typed event,
 * synchronously and in the order of the frames.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { type AccountStreamError, DecodeError, render } from "../../BitfinexError.ts"
import type { accountChannels, Reader, RecordOf } from "../../protocol/channels/Account.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import type { AuthCaps } from "../../protocol/records/Auth.ts"
import type { Closing } from "../socket/link.ts"

/** A login that succeeded. */
export interface Login {
  /** counts the logins of this connection, from 1; elements of streams carry the same number */
  readonly epoch: number
  /** null when the venue did not say */
  readonly userId: number | null
  /** what the key may do; null when the venue's answer could not be read */
  readonly caps: AuthCaps | null
  /** whether the venue cancels all orders when this socket closes */
  readonly dms: boolean
  /** ms, by the clock of this machine */
  readonly mts: number
}

type Channels = typeof accountChannels

/** Families of rows. Notifications have an event of their own. */
export type Family = Exclude<keyof Channels, "notifications">

/** the venue's words for the updates of a family */
type Word<F extends Family> = F extends "orders" ? "on" | "ou" | "oc"
  : F extends "trades" ? "te" | "tu"
  : F extends "fundingOffers" ? "fon" | "fou" | "foc"
  : F extends "fundingTrades" ? "fte" | "ftu"
  : string

/** A row that is not what its layout declares. */
export interface Unread {
  /** the row as it came: its id may be readable all the same */
  readonly cells: unknown
  readonly error: DecodeError
}

interface Rows<F extends Family> {
  readonly family: F
  readonly epoch: number
  readonly rows: ReadonlyArray<RecordOf<Channels[F]>>
  readonly unread: ReadonlyArray<Unread>
  /** the venue's clock, ms; null without the flag `timestamp` */
  readonly mts: number | null
}

/** All rows of a family. A second one in a login takes the place of the first. */
export interface Snapshot<F extends Family> extends Rows<F> {
  readonly _tag: "Snapshot"
}

/** Rows that are new, changed or gone. */
export interface Update<F extends Family> extends Rows<F> {
  readonly _tag: "Update"
  /** the venue's word, as in `on` */
  readonly type: Word<F>
}

type OfEach = { readonly [F in Family]: Snapshot<F> | Update<F> }

/** Rows of one family; `family` says which. */
export type RowsEvent = OfEach[Family]

/** The answer to a command: a notification whose type ends in `-req`. */
export interface Answer {
  /** type of the command, as in `on` */
  readonly type: string
  /** what it is about, filled in part when it refuses */
  readonly info: unknown
  readonly code: number | null
  readonly status: unknown
  readonly text: string | null
}

/** A notification, be it for this program or for another one of the user. */
export interface Notified {
  readonly _tag: "Notification"
  readonly epoch: number
  /** null when the row is not what its layout declares */
  readonly notification: RecordOf<Channels["notifications"]> | null
  /** by its cells, since one with a cell that cannot be read may still answer; null unless it answers a command */
  readonly answer: Answer | null
  readonly mts: number | null
}

/** An event of a type that this SDK does not know, as it came. */
export interface RawEvent {
  readonly epoch: number
  /** the venue's word, as in `on` */
  readonly type: string
  readonly payload: unknown
  /** the venue's clock, ms; null without the flag `timestamp` */
  readonly mts: number | null
}

export type SessionEvent =
  | { readonly _tag: "LoggedIn"; readonly login: Login }
  /** all snapshots of the login were seen, or given up; again after a maintenance */
  | { readonly _tag: "Live"; readonly login: Login }
  | RowsEvent
  /** the snapshot of a family did not come in time */
  | { readonly _tag: "SnapshotMissing"; readonly family: Family; readonly epoch: number }
  | Notified
  /** an error of the venue that names no login and no channel: it may answer a command */
  | { readonly _tag: "VenueError"; readonly frame: EventFrame }
  /** the login is over */
  | { readonly _tag: "LoggedOut"; readonly epoch: number; readonly closing: Closing }
  /** the venue answered a ping that was written behind commands */
  | { readonly _tag: "Pong"; readonly epoch: number; readonly ping: number }
  /** the socket of a login has ended; 1006 when no close frame came from the venue. It may come after `LoggedOut` */
  | { readonly _tag: "Closed"; readonly epoch: number; readonly code: number }
  /** the connection is over: for good with a failure, else until it is needed again */
  | { readonly _tag: "Over"; readonly failure: AccountStreamError | undefined }

/** Is given each event, synchronously and in order of arrival. Must not throw. */
export type Listener = (event: SessionEvent) => void

/** What became of the rows of a payload. */
export interface Decoded<out A> {
  readonly rows: ReadonlyArray<A>
  readonly unread: ReadonlyArray<Unread>
  /** false when the payload holds no rows at all, so that it says nothing of what there is */
  readonly isList: boolean
}

const none: ReadonlyArray<never> = []

/** Decodes the payloads of one family: a list of rows, or one row where it is an update. */
export const decoder = <A>(operation: string, record: Reader<A>) => {
  const unreadable = (actual: unknown): DecodeError =>
    new DecodeError({
      operation,
      layout: record.name,
      field: "",
      index: null,
      row: null,
      expected: "row or list of rows",
      actual: render(actual)
    })

  const explain = (cells: unknown, row: number | null): Unread => {
    const decoded = record.decode(cells)
    const error = Either.isLeft(decoded) ? decoded.left : unreadable(cells)
    return { cells, error: new DecodeError({ ...error, operation, row }) }
  }

  return (payload: unknown, isSnapshot: boolean): Decoded<A> => {
    if (!Array.isArray(payload) || (isSnapshot && payload.length > 0 && !Array.isArray(payload[0]))) {
      return { rows: none, unread: [{ cells: payload, error: unreadable(payload) }], isList: false }
    }
    if (!isSnapshot && !Array.isArray(payload[0])) {
      const row = record.read(payload)
      return row === undefined
        ? { rows: none, unread: [explain(payload, null)], isList: true }
        : { rows: [row], unread: none, isList: true }
    }
    const rows: Array<A> = []
    let unread: Array<Unread> | undefined
    for (const [place, cells] of (payload as ReadonlyArray<unknown>).entries()) {
      const row = record.read(cells)
      if (row === undefined) (unread ??= []).push(explain(cells, place))
      else rows.push(row)
    }
    return { rows, unread: unread ?? none, isList: true }
  }
}

/** The answer that a notification is, by its cells; null when it answers no command. */
export const answerOf = (payload: unknown): Answer | null => {
  if (!Array.isArray(payload)) return null
  const [, type, , , info, code, status, text]: ReadonlyArray<unknown> = payload
  if (typeof type !== "string" || !type.endsWith("-req")) return null
  return {
    type: type.slice(0, -"-req".length),
    info,
    code: typeof code === "number" ? code : null,
    status,
    text: typeof text === "string" ? text : null
  }
}
