/**
 * The part of a connection that an account's session implements.
 *
 * @internal
 */
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { End } from "./end.ts"
import type { Epoch } from "./epoch.ts"
import type { Login } from "./handshake.ts"
import type { Closing } from "./link.ts"

/** The connection logs in on each socket, and delivers the frames of channel 0. */
export interface Account {
  readonly login: Login
  /** an answer to a login, as soon as it is read: the frames after it may already be events of the account */
  readonly onAuth: (epoch: Epoch, frame: EventFrame) => void
  /** an array of channel 0, heartbeats excepted */
  readonly onData: (epoch: Epoch, frame: DataFrame) => void
  /** an error of the venue, which may answer a command */
  readonly onError: (epoch: Epoch, frame: EventFrame) => void
  /** the epoch is over */
  readonly onEnd: (epoch: Epoch, closing: Closing) => void
  /** the venue answered a ping that the account has written */
  readonly onPong: (epoch: Epoch, cid: number) => void
  /** the socket has ended; after `onEnd` if we abandoned it. 1006 if no close frame arrived from the venue */
  readonly onClosed: (epoch: Epoch, closing: Closing) => void
  /** checks for overdue events: a reason to give the socket up, or undefined */
  readonly overdue: (epoch: Epoch, at: number) => End | undefined
  /** ms of the next moment at which something can be overdue */
  readonly nextDue: () => number
}

/** The account numbers its pings from here, so that they are not taken for those of the watchdog. */
export const firstAccountPing = 1_000_000_000
