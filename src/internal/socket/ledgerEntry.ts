/**
 * A subscription's place on one connection: the last request and the venue's answer to it.
 *
 * @internal
 */
import type { EventFrame } from "../../protocol/internal/frame.ts"
import type { Demand } from "./demand.ts"

export interface Entry {
  readonly channel: string
  readonly fields: { readonly [field: string]: string }
  /** canonical text of channel and fields: the venue takes each only once a socket (10301) */
  readonly wire: string
  /** the demand that it serves; undefined while it is unsubscribing */
  want: Demand | undefined
  /** idle: not requested in this epoch; leaving: unsubscribe is sent */
  phase: "idle" | "subscribing" | "acked" | "leaving"
  /** the id that was sent, by which answers name it */
  subId: string | number
  chanId: number
  /** ms when the last request was sent */
  asked: number
  /** ms from when a deadline counts: the request, or a later answer to an earlier one; or the acknowledgement */
  since: number
  /** ms of the last frame, heartbeats included */
  last: number
  /** times in a row that it fell silent */
  silences: number
  /** ms before which it is not requested again */
  notBefore: number
  /** times in a row that the venue put it off */
  delays: number
  /** its answer is overdue: it and the others no longer wait for each other */
  late: boolean
  /** times that it was requested again without an answer, in this epoch */
  repeats: number
  /** it was acknowledged in this epoch or in an earlier one, here or on another socket */
  acknowledged: boolean
  /** ms without an answer in earlier epochs, of a channel that was never acknowledged */
  waited: number
  /** an error that named no request may have meant it: it is requested alone, so that the next error is unambiguous */
  suspect: boolean
  /** it was requested again without an answer to the first request: the venue may have subscribed us already */
  unsure: boolean
  /** times that its channel was not ours alone, or was ended by the venue at once, in this epoch */
  clashes: number
  /** ms when the venue said so (10301); undefined while it has not */
  doubled: number | undefined
}

/** a subscription whose answer is to come */
export const isAwaited = ({ phase }: Entry): boolean => phase === "subscribing"

/** a request whose answer is to come */
export const isUnanswered = ({ phase }: Entry): boolean => phase === "subscribing" || phase === "leaving"

/** ms until a request is repeated, for the nth time in a row */
export const delayOf = (n: number): number => Math.min(30_000, 1000 * 2 ** (n - 1))

export const make = (sub: Demand): Entry => ({
  // needed for each frame, so they are side by side in memory
  want: sub,
  phase: "idle",
  last: 0,
  silences: 0,
  channel: sub.request.channel,
  fields: sub.request.fields,
  wire: sub.request.key,
  subId: sub.subId,
  chanId: -1,
  asked: 0,
  since: 0,
  notBefore: 0,
  delays: 0,
  late: false,
  repeats: 0,
  acknowledged: sub.acknowledged,
  waited: 0,
  suspect: false,
  unsure: false,
  clashes: 0,
  doubled: undefined
})

/** The epoch has ended: its confirmations are forgotten. */
export const forget = (entry: Entry, at: number): void => {
  if (entry.phase === "subscribing") entry.waited += at - entry.asked
  entry.phase = "idle"
  entry.chanId = -1
  entry.silences =
    entry.delays =
    entry.clashes =
    entry.notBefore =
    entry.repeats =
      0
  entry.unsure = entry.late = false
  entry.doubled = undefined
}

/** The venue acknowledged it, under this channel id. */
export const acknowledge = (entry: Entry, chanId: number, at: number): void => {
  entry.phase = "acked"
  entry.suspect = entry.unsure = false
  entry.acknowledged = true
  entry.delays = 0
  entry.chanId = chanId
  entry.since = entry.last = at
}

/**
 * Whether an answer of the venue is about this entry: by its id if it echoes one, and by the fields of the request that
 * it echoes.
 */
export const isMeant = (entry: Entry, frame: EventFrame): boolean => {
  if (frame["subId"] !== undefined && String(frame["subId"]) !== String(entry.subId)) return false
  if (frame["channel"] !== undefined && frame["channel"] !== entry.channel) return false
  return Object.entries(entry.fields).every(([field, value]) =>
    frame[field] === undefined || String(frame[field]) === value
  )
}

/** Whether an answer echoes enough to mean anything at all. */
export const namesRequest = (frame: EventFrame): boolean =>
  ["subId", "channel", "symbol", "key", "pair"].some((field) => frame[field] !== undefined)
