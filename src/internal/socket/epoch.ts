/**
 * The record of one physical socket, and the ways to end it.
 *
 * @internal
 */
import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import * as Later from "../time/later.ts"
import { End } from "./end.ts"
import * as Link from "./link.ts"
import { type Tally, tally } from "./metrics.ts"
import * as Phase from "./phase.ts"

export interface Epoch {
  readonly number: number
  link: Link.Link
  phase: Phase.Phase
  /** whether its phase is `Ended`; read for each frame */
  over: boolean
  readonly ended: Deferred.Deferred<End>
  readonly info: Deferred.Deferred<EventFrame>
  readonly conf: Deferred.Deferred<EventFrame>
  /** the answer to the login in flight; undefined when there is none */
  login: Deferred.Deferred<EventFrame> | undefined
  /** nothing more is expected from the peer, not even a close frame */
  dead: boolean
  /** content of the close frame */
  closing: Link.Closing
  flags: number
  sequence: boolean
  timestamp: boolean
  /** number of the last array */
  seq: number
  gaps: number
  /** messages with an old number since the last one that had its own */
  repeated: number
  /** the last of old numbers that count from 0 or 1 on, one behind the other; NaN when there are none */
  recount: number
  /** ends of maintenance that were announced on this socket */
  reopened: number
  /** messages of channels without a number since the last one that had one, although numbers were agreed on */
  unnumbered: number
  /** ms of the last frame */
  last: number
  /** ms of the last array of the account's channel, heartbeats included */
  heard: number
  pings: number
  /** ms of the last ping */
  pinged: number
  /** ms of the oldest ping that may still be without its pong; undefined when all are answered */
  unanswered: number | undefined
  /** number of the ping whose pong ends the doubts about the received data; undefined if there are none */
  wake: number | undefined
  /** ms of the last round trip; null before the first */
  rtt: number | null
  serverId: string | null
  /** of the connection */
  readonly counts: Tally
}

export const make = (number: number, at: number, counts: Tally = tally()): Epoch => ({
  number,
  link: Link.none,
  phase: Phase.first,
  over: false,
  ended: Later.deferred<End>(),
  info: Later.deferred<EventFrame>(),
  conf: Later.deferred<EventFrame>(),
  login: undefined,
  dead: false,
  closing: { code: 1000, reason: "done" },
  flags: 0,
  sequence: false,
  timestamp: false,
  seq: 0,
  gaps: 0,
  repeated: 0,
  recount: Number.NaN,
  reopened: 0,
  unnumbered: 0,
  last: at,
  heard: at,
  pings: 0,
  pinged: at,
  unanswered: undefined,
  wake: undefined,
  rtt: null,
  serverId: null,
  counts
})

export const advance = (epoch: Epoch, input: Phase.Input): void => {
  epoch.phase = Phase.step(epoch.phase, input)
}

/** From now on nothing of the epoch is listened to. The first reason stays. */
export const end = (epoch: Epoch, end: End): void => {
  if (epoch.over) return
  epoch.over = true
  advance(epoch, { _tag: "Ended", end })
  epoch.closing = { code: 3000, reason: end.text }
  Later.done(epoch.ended, Effect.succeed(end))
}

/** The program no longer needs it: from now on its frames are ignored. */
export const release = (epoch: Epoch): void => {
  epoch.over = true
  advance(epoch, { _tag: "Ended", end: new End("Closed", "it is no longer needed") })
}

/** The bytes of a text in UTF-8, counted without encoding it. */
export const bytesOf = (text: string): number => {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // half of a surrogate pair has two of the four bytes; JSON has no half without the other
    if (code > 0x7f) bytes += code > 0x7ff && (code & 0xf800) !== 0xd800 ? 2 : 1
  }
  return bytes
}

/** False when nothing was written, since the socket is not open. */
export const send = (
  epoch: Epoch,
  frame: { readonly event: string; readonly [field: string]: unknown } | ReadonlyArray<unknown>
): boolean => {
  const text = JSON.stringify(frame)
  if (!epoch.link.send(text)) return false
  epoch.counts.framesSent++
  epoch.counts.bytesSent += bytesOf(text)
  return true
}

/** A ping of the protocol, whose pong gives the round trip and shows that the venue is there. */
export const ping = (epoch: Epoch, at: number): void => {
  epoch.pings++
  epoch.pinged = at
  epoch.unanswered ??= at
  send(epoch, { event: "ping", cid: epoch.pings })
}

/** Ends the epoch, and its socket without a close frame: bytes that the peer has not read by now must not reach it. */
export const abandon = (epoch: Epoch, reason: End): void => {
  epoch.dead = true
  end(epoch, reason)
}
