/**
 * The state of a connection, and the problems that it detected and recovered from.
 *
 * @since 0.1.0
 */

/**
 * The state of a connection.
 *
 * - `Connecting`: opens a socket and makes the handshake. After a disconnect it also waits for the one socket of the pool
 *   that probes whether the host is back. `attempt` counts from 1 since the last healthy connection
 * - `Queued`: waits for its turn under the limit of connections of this SDK, or until the end of a pause that the host asked
 *   for as it refused a socket (`Retry-After`; at most five minutes); `seconds` are left, updated each second
 * - `Live`: usable; `epoch` counts the sockets of this connection from 1, `rtt` is the last ping's round trip in ms (null
 *   before the first)
 * - `Maintenance`: the venue announced maintenance (20060, or platform status 0); the socket is kept, and its silence is
 *   not treated as a failure
 * - `Waiting`: disconnected; the reconnect schedule decides when to try again
 * - `Closed`: closed for good, with the code and reason that were sent or received
 *
 * @since 0.1.0
 * @category models
 */
export type SocketState =
  | { readonly _tag: "Connecting"; readonly attempt: number }
  | { readonly _tag: "Queued"; readonly attempt: number; readonly seconds: number }
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
 * A problem that a connection detected and recovers from by itself.
 *
 * - `Malformed`: an unparseable frame or a malformed reply: without a channel id, or with other flags than requested
 * - `UnknownChannel`: data of a channel that was not requested; reported once per channel and epoch
 * - `VenueError`: an error of the venue that matches no request; that matches several requests without naming one (they
 *   are repeated one at a time); or that defers a subscription (10008, 11000: it is repeated after a delay)
 * - `SequenceGap`: messages are missing, and the channels are resubscribed; or, where `actual` is below `expected`, a
 *   message arrived late or twice, and was dropped
 * - `SilentChannel`: no frame, snapshot or answer on a channel for too long; it is resubscribed; after the second time in a
 *   row, with growing delays of up to 30 s
 * - `BookWithheld`: a live book (`OrderBook`) is wrong, or may be; it is resubscribed
 * - `Defect`: a bug prevented a frame from being handled or a socket from being opened; the connection reconnects
 * - `Disconnected`: the connection ended; `reason` says why
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
  | { readonly _tag: "Disconnected"; readonly epoch: number; readonly reason: string }
