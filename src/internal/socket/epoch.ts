/**
 * The life of one physical socket.
 *
 * @internal
 */
import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import * as Later from "../time/later.ts"
import * as Link from "./link.ts"
import { type Tally, tally } from "./metrics.ts"

/** why a socket is given up */
export type End = string

export interface Epoch {
  readonly number: number
  link: Link.Link
  readonly ended: Deferred.Deferred<End>
  readonly info: Deferred.Deferred<EventFrame>
  readonly conf: Deferred.Deferred<EventFrame>
  /** the answer to the login that is under way; undefined when none is */
  login: Deferred.Deferred<EventFrame> | undefined
  over: boolean
  /** nothing is to be expected of the peer any more, not even a close frame */
  dead: boolean
  /** what the close frame will say */
  closing: Link.Closing
  /** ms when the flags were acknowledged, from when subscriptions may be sent */
  readyAt: number | undefined
  flags: number
  sequence: boolean
  timestamp: boolean
  /** number of the last array */
  seq: number
  gaps: number
  /** ms of the last frame */
  last: number
  /** ms of the last array of the account's channel, heartbeats included */
  heard: number
  pings: number
  pinged: number
  /** ms since when the venue is in maintenance */
  maintenance: number | undefined
  serverId: string | null
  /** of the connection */
  readonly counts: Tally
}

export const make = (number: number, at: number, counts: Tally = tally()): Epoch => ({
  number,
  counts,
  link: Link.none,
  ended: Later.deferred<End>(),
  info: Later.deferred<EventFrame>(),
  conf: Later.deferred<EventFrame>(),
  login: undefined,
  over: false,
  dead: false,
  closing: { code: 1000, reason: "done" },
  readyAt: undefined,
  flags: 0,
  sequence: false,
  timestamp: false,
  seq: 0,
  gaps: 0,
  last: at,
  heard: at,
  pings: 0,
  pinged: at,
  maintenance: undefined,
  serverId: null
})

/** From now on nothing of the epoch is listened to. The first reason stays. */
export const end = (epoch: Epoch, reason: End): void => {
  if (epoch.over) return
  epoch.over = true
  epoch.closing = { code: 3000, reason }
  Later.done(epoch.ended, Effect.succeed(reason))
}

/** False when nothing was written, since the socket is not open. */
export const send = (
  epoch: Epoch,
  frame: { readonly event: string; readonly [field: string]: unknown } | ReadonlyArray<unknown>
): boolean => {
  const text = JSON.stringify(frame)
  if (!epoch.link.send(text)) return false
  epoch.counts.framesSent++
  epoch.counts.bytesSent += Buffer.byteLength(text)
  return true
}

/** Ends the epoch, and its socket without a close frame: what the peer has not read by now is not to reach it. */
export const abandon = (epoch: Epoch, reason: End): void => {
  epoch.dead = true
  end(epoch, reason)
}
