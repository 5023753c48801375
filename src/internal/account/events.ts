/**
 * The events that the account's session publishes. Each frame is decoded once, with the decoders of this file, and
 * every listener receives the same typed event, synchronously and in the order of the frames.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { type AccountStreamError, DecodeError, render } from "../../BitfinexError.ts"
import type { accountChannels, Reader, RecordOf } from "../../protocol/channels/Account.ts"
import type { CalcItem } from "../../protocol/channels/Inputs.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import type { AuthCaps } from "../../protocol/records/Auth.ts"
import type { Closing } from "../socket/link.ts"
import { detailed, type Unreadable, unreadable, unreadables } from "../stream/rowFeed.ts"

/** A login that succeeded. */
export interface Login {
  /** number of this login, counted from 1 in the session; elements of streams carry it */
  readonly epoch: number
  /** null when the venue did not say */
  readonly userId: number | null
  /** permissions of the key; null when the venue's answer could not be decoded */
  readonly caps: AuthCaps | null
  /** whether the venue cancels all orders when this socket closes */
  readonly dms: boolean
  /** ms, by the clock of this machine */
  readonly mts: number
}

type Channels = typeof accountChannels

/** Names of the families of rows. Notifications are not among them: they are published as `Notified`. */
export type Family = Exclude<keyof Channels, "notifications">

/** the venue's types of the updates of a family */
type Word<F extends Family> = F extends "orders" ? "on" | "ou" | "oc"
  : F extends "trades" ? "te" | "tu"
  : F extends "fundingOffers" ? "fon" | "fou" | "foc"
  : F extends "fundingTrades" ? "fte" | "ftu"
  : string

/** A row that cannot be decoded by its layout. */
export interface Unread {
  /** the row as it arrived: its id may still be readable */
  readonly cells: unknown
  /** null for all but the first few rows of a frame, which are counted */
  readonly refusal: Unreadable | null
}

interface Rows<F extends Family> {
  readonly family: F
  readonly epoch: number
  readonly rows: ReadonlyArray<RecordOf<Channels[F]>>
  readonly unread: ReadonlyArray<Unread>
  /** the venue's clock, ms; null without the flag `timestamp` */
  readonly mts: number | null
}

/** All rows of a family. A second snapshot in one login replaces the first. */
export interface Snapshot<F extends Family> extends Rows<F> {
  readonly _tag: "Snapshot"
}

/** Rows that are new, changed or ended; `type` says which. */
export interface Update<F extends Family> extends Rows<F> {
  readonly _tag: "Update"
  /** the venue's type of the event, such as `on` */
  readonly type: Word<F>
}

type OfEach = { readonly [F in Family]: Snapshot<F> | Update<F> }

/** Rows of one family; `family` says which. */
export type RowsEvent = OfEach[Family]

/** The answer to a command: a notification whose type ends in `-req`. */
export interface Answer {
  /** type of the command, such as `on`: that of the notification without `-req` */
  readonly type: string
  /** the row of the order or offer; a refusal may leave most of its cells null */
  readonly info: unknown
  readonly code: number | null
  readonly status: unknown
  readonly text: string | null
}

/** A notification, for this program or for another program of the same user. */
export interface Notified {
  readonly _tag: "Notification"
  readonly epoch: number
  /** null when the row cannot be decoded by its layout */
  readonly notification: RecordOf<Channels["notifications"]> | null
  /**
   * the answer to a command; null if it is no answer. It is read from the raw cells, so that a notification with one
   * undecodable cell still counts as the answer
   */
  readonly answer: Answer | null
  readonly mts: number | null
}

/** An event of a type that this SDK does not know, undecoded. */
export interface RawEvent {
  readonly epoch: number
  /** the venue's type of the event, such as `on` */
  readonly type: string
  readonly payload: unknown
  /** the venue's clock, ms; null without the flag `timestamp` */
  readonly mts: number | null
}

export type SessionEvent =
  | { readonly _tag: "LoggedIn"; readonly login: Login }
  /**
   * commands can be sent: all snapshots of the login have arrived or are overdue. It is published again after a
   * maintenance, and after the process slept
   */
  | { readonly _tag: "Live"; readonly login: Login }
  | RowsEvent
  /** the snapshot of a family did not come in time */
  | { readonly _tag: "SnapshotMissing"; readonly family: Family; readonly epoch: number }
  | Notified
  /** an error event of the venue that belongs neither to a login nor to a channel: it may answer a command */
  | { readonly _tag: "VenueError"; readonly frame: EventFrame }
  /** a request for computed values is written in this login; if the socket does not take it, the login ends */
  | { readonly _tag: "CalcSent"; readonly epoch: number; readonly items: ReadonlyArray<CalcItem> }
  /** the login has ended */
  | { readonly _tag: "LoggedOut"; readonly epoch: number; readonly closing: Closing }
  /** the venue answered a ping that the session wrote; `ping` is the number that `Session.ping` returned */
  | { readonly _tag: "Pong"; readonly epoch: number; readonly ping: number }
  /** the socket of a login has ended; code 1006 if no close frame arrived from the venue. May follow `LoggedOut` */
  | { readonly _tag: "Closed"; readonly epoch: number; readonly code: number }
  /** the connection has ended, with a failure or because it was closed; the next use opens another one if it can */
  | { readonly _tag: "Over"; readonly failure: AccountStreamError | undefined }

/** Receives each event, synchronously and in the order of arrival. Must not throw. */
export type Listener = (event: SessionEvent) => void

/** The result of decoding a payload. */
export interface Decoded<out A> {
  readonly rows: ReadonlyArray<A>
  readonly unread: ReadonlyArray<Unread>
  /** false when the payload is not a list of rows: then it does not prove that there are none */
  readonly isList: boolean
}

const none: ReadonlyArray<never> = []

/** The errors of a frame, with the number of rows that each stands for. */
export const refusals = (unread: ReadonlyArray<Unread>): ReadonlyArray<Unreadable> =>
  unread.length === 0 ? none : unreadables(unread.flatMap(({ refusal }) => refusal ?? []), unread.length)

/** Makes the decoder of the payloads of one family: a snapshot is a list of rows, an update one row or a list. */
export const decoder = <A>(operation: string, record: Reader<A>) => {
  const refuse = (actual: unknown): DecodeError =>
    new DecodeError({
      operation,
      layout: record.name,
      field: "",
      index: null,
      row: null,
      expected: "row or list of rows",
      actual: render(actual)
    })

  const explain = (cells: unknown, row: number | null): DecodeError => {
    const decoded = record.decode(cells)
    const error = Either.isLeft(decoded) ? decoded.left : refuse(cells)
    return new DecodeError({ ...error, operation, row })
  }

  /** the error is made when it is looked at: it costs as much as decoding a hundred rows */
  const unread = (cells: unknown, why: () => DecodeError): Unread => ({
    cells,
    refusal: unreadable(record.name, 1, why)
  })

  return (payload: unknown, isSnapshot: boolean): Decoded<A> => {
    if (!Array.isArray(payload) || (isSnapshot && payload.length > 0 && !Array.isArray(payload[0]))) {
      return { rows: none, unread: [unread(payload, () => refuse(payload))], isList: false }
    }
    if (!isSnapshot && !Array.isArray(payload[0])) {
      const row = record.read(payload)
      return row === undefined
        ? { rows: none, unread: [unread(payload, () => explain(payload, null))], isList: true }
        : { rows: [row], unread: none, isList: true }
    }
    const rows: Array<A> = []
    const others: Array<Unread> = []
    for (const [place, cells] of (payload as ReadonlyArray<unknown>).entries()) {
      const row = record.read(cells)
      if (row !== undefined) rows.push(row)
      else others.push(others.length < detailed ? unread(cells, () => explain(cells, place)) : { cells, refusal: null })
    }
    return { rows, unread: others, isList: true }
  }
}

/** Reads a notification as the answer to a command, from its raw cells; null when it is no answer. */
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
