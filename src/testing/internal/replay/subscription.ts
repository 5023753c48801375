/**
 * One subscription of a recording, from the venue's acknowledgement to its end.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { AnyChannel, State } from "../../../protocol/Channel.ts"
import { publicChannels } from "../../../protocol/Channels.ts"
import type { Layout } from "../../../protocol/Layout.ts"

export interface Frame {
  readonly [field: string]: unknown
}

export interface Subscription {
  /** counts from 0, in the order of the recording */
  readonly id: number
  /** canonical text of the subscribed request */
  readonly key: string
  readonly connection: number
  readonly chanId: number
  /** the venue's acknowledgement */
  readonly ack: Frame
  readonly layout: Layout<unknown>
  readonly state: State<never>
  /** its complete state was recorded, so playing can begin here */
  isReady: boolean
}

/** the fields that identify a request, with defaults filled in; undefined for unknown channels */
export const fieldsOf = (frame: Frame): { readonly [field: string]: string } | undefined => {
  const symbol = frame["symbol"] ?? frame["pair"]
  switch (frame["channel"]) {
    case "ticker":
    case "trades":
      return { symbol: String(symbol) }
    case "book": {
      const { freq = "F0", len = "25", prec = "P0" } = frame
      return { symbol: String(symbol), prec: String(prec), freq: String(freq), len: String(len) }
    }
    case "candles":
    case "status":
      return { key: String(frame["key"]) }
    default:
      return undefined
  }
}

export const keyOf = (frame: Frame): string | undefined => {
  const fields = fieldsOf(frame)
  return fields === undefined ? undefined : [frame["channel"], ...Object.values(fields)].join("|")
}

const rowOf = (frame: Frame): AnyChannel | undefined => {
  const name = frame["channel"] === "book" && frame["prec"] === "R0" ? "rawBook" : String(frame["channel"])
  // the cast: code that iterates over the table accepts any row
  const rows: { readonly [name: string]: AnyChannel } = publicChannels
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}

/** undefined if the acknowledgement does not name a channel that can be played */
export const make = (id: number, connection: number, ack: Frame): Subscription | undefined => {
  const chanId = ack["chanId"]
  const key = keyOf(ack)
  const row = rowOf(ack)
  if (typeof chanId !== "number" || key === undefined || row === undefined) return undefined
  const layout = row.record.choose(ack)
  if (Either.isLeft(layout)) return undefined
  return {
    id,
    key,
    connection,
    chanId,
    ack,
    layout: layout.right as Layout<unknown>, // `Channel.make` asks for layouts
    state: row.state(ack),
    isReady: false
  }
}
