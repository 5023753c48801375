/**
 * The types of sockets as @effect/platform names them.
 *
 * @internal
 */
import type * as Socket from "@effect/platform/Socket"

/** What makes sockets. */
export type Construct = typeof Socket.WebSocketConstructor.Service

/** What it makes. */
export type WebSocket = ReturnType<Construct>
