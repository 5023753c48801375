/**
 * Why a socket ended.
 *
 * @internal
 */
import type { Refusal } from "../platform/socket.ts"
import * as RetryAfter from "../time/retryAfter.ts"

/** The kinds of ends; in lower case they are the label `reason` of the metric. */
export type Kind =
  /** the venue closed the socket */
  | "Closed"
  /** the venue announced a restart */
  | "Restart"
  /** maintenance ended, or its end was never announced */
  | "Maintenance"
  /** frames, pongs, or the frames of all channels stopped */
  | "Silence"
  /** numbered messages are missing */
  | "Sequence"
  /** a request stayed without an answer */
  | "Unanswered"
  /** the venue refused the handshake */
  | "Refused"
  /** a bug of ours */
  | "Defect"
  /** the connection failed */
  | "Transport"

/** The kind, and a sentence for people. */
export class End {
  readonly _tag: Kind
  readonly text: string
  /** ms for which the host asked for no further connection */
  readonly pause: number

  constructor(tag: Kind, text: string, pause = 0) {
    this._tag = tag
    this.text = text
    this.pause = pause
  }
}

/** The peer closed it. */
export const closed = ({ code, reason }: { readonly code: number; readonly reason: string }): End =>
  new End("Closed", `the peer closed with ${code}${reason === "" ? "" : ` ${reason}`}`)

/** The connection failed, or the host refused it; `at` is the time of day, in ms. */
export const failed = (error: string, refusal: Refusal | undefined, at: number): End => {
  const asked = refusal === undefined ? null : RetryAfter.parse(refusal.retryAfter, refusal.date, at)
  if (asked === null) return new End("Transport", error)
  const pause = Math.min(asked, RetryAfter.longestPause)
  const kept = pause < asked ? `; this SDK waits ${pause / 1000} s` : ""
  return new End("Transport", `${error}; the host asks for a pause of ${Math.ceil(asked / 1000)} s${kept}`, pause)
}

export const isEnd = (error: unknown): error is End => error instanceof End

export const labelOf = ({ _tag }: End): string => _tag.toLowerCase()
