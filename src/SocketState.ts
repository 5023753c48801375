/**
 * What can be watched of a connection: its state, and what went wrong on it without ending it.
 *
 * @since 0.1.0
 */

/**
 * The state of a connection.
 *
 * - `Connecting`: waits for its turn under the connection limit, and after a loss for the one socket of the pool that
 *   tries whether the host is back; opens a socket, agrees on flags; `attempt` counts from 1 since the last good connection
 * - `Live`: usable; `epoch` counts the sockets of this connection from 1, `rtt` is the last ping's round trip in ms (null
 *   before the first)
 * - `Maintenance`: the venue announced it (20060, or platform status 0); the socket is kept, nothing is expected of it
 * - `Waiting`: lost, and the reconnect schedule decides when to try again
 * - `Closed`: for good, with the code and reason that were sent or received
 *
 * @since 0.1.0
 * @category models
 */
export type SocketState =
  | { readonly _tag: "Connecting"; readonly attempt: number }
  | {
    readonly _tag: "Live"
    readonly epoch: number
    readonly serverId: string | null
    readonly flags: number
    readonly rtt: number | null
  }
  | { readonly _tag: "Maintenance"; readonly epoch: number }
  | { readonly _tag: "Waiting"; readonly attempts: number; readonly reason: string }
  | { readonly _tag: "Closed"; readonly code: number; readonly reason: string }

/**
 * Something that a connection noticed and survived.
 *
 * - `Malformed`: a frame that is no frame, or an answer that is none: without a channel id, or with other flags than were
 *   asked for
 * - `UnknownChannel`: data of a channel that nobody asked for; told once per channel and epoch
 * - `VenueError`: an error of the venue that answers nothing we asked, that answers one of several requests without
 *   saying which (those are asked for again one by one), or that puts a subscription off (10008, 11000: it is asked for
 *   again after a while)
 * - `SequenceGap`: messages are missing, and the channels are subscribed anew; or a message came late or again, where
 *   `actual` is below `expected`, and was dropped
 * - `SilentChannel`: a channel without a frame, a snapshot or an answer for too long; it is subscribed anew, after the
 *   second time in a row with growing delays, of up to 30 s
 * - `BookWithheld`: a live book (`OrderBook`) was found wrong, or may be; it is subscribed anew
 * - `Defect`: a frame could not be handled, or a socket not be made, because of a mistake in code; the socket is made anew
 * - `Lost`: the socket ended, and why
 *
 * @since 0.1.0
 * @category models
 */
export type Problem =
  | { readonly _tag: "Malformed"; readonly epoch: number; readonly reason: string; readonly text: string }
  | { readonly _tag: "UnknownChannel"; readonly epoch: number; readonly chanId: number }
  | { readonly _tag: "VenueError"; readonly epoch: number; readonly code: number | null; readonly text: string }
  | { readonly _tag: "SequenceGap"; readonly epoch: number; readonly expected: number; readonly actual: number }
  | { readonly _tag: "SilentChannel"; readonly epoch: number; readonly request: string }
  | { readonly _tag: "BookWithheld"; readonly request: string; readonly reason: string }
  | { readonly _tag: "Defect"; readonly epoch: number; readonly reason: string }
  | { readonly _tag: "Lost"; readonly epoch: number; readonly reason: string }
