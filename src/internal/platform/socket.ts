/**
 * The types of sockets as @effect/platform names them, and why one failed.
 *
 * @internal
 */
import type * as Socket from "@effect/platform/Socket"

/** A constructor of sockets. */
export type Construct = typeof Socket.WebSocketConstructor.Service

/** A socket that it constructs. */
export type WebSocket = ReturnType<Construct>

/** A socket of another kind with the members that are used, such as one of `ws` or a double, as one of the platform. */
export const from = (socket: Pick<WebSocket, "readyState" | "send" | "close">): WebSocket =>
  // the cast: the other members are listened to and called as they are there
  socket as WebSocket

/** The headers of a host's reply that refuses a socket, which say when to try again. */
export interface Refusal {
  readonly retryAfter: string
  readonly date: string | undefined
}

const refusal: unique symbol = Symbol.for("effect-bitfinex/platform/refusal")

/** Stores them on the socket, since no event carries them. */
export const refuse = (socket: object, how: Refusal): void => {
  Object.assign(socket, { [refusal]: how })
}

/** Undefined if the host sent no such headers, and on sockets other than those of `NodeSocket`. */
export const refusalOf = (socket: object): Refusal | undefined =>
  // the cast: a field that `refuse` gives it
  (socket as { readonly [refusal]?: Refusal })[refusal]

const textsOf = (error: unknown): ReadonlyArray<string> => {
  if (!(error instanceof Error)) return error === undefined || error === null ? [] : [String(error)]
  // a host with addresses of both families fails once for each, and the error of all of them has no message
  if ("errors" in error && Array.isArray(error.errors)) return error.errors.flatMap(textsOf)
  if (error.message !== "") return [error.message]
  return "code" in error && error.code !== undefined ? [String(error.code)] : textsOf(error.cause)
}

/** Why a socket failed, from its event `error`: with `ws`, that has the error of the connection. */
export const reasonOf = (event: { readonly message?: unknown; readonly error?: unknown }): string => {
  if (typeof event.message === "string" && event.message !== "") return event.message
  return [...new Set(textsOf(event.error))].join("; ") || "socket error"
}
