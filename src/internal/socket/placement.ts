/**
 * Demands and the sockets of a pool that serve them.
 *
 * @internal
 */
import type * as Fiber from "effect/Fiber"
import type { AccountStreamError } from "../../BitfinexError.ts"
import type { Connection } from "./connection.ts"
import type { Demand } from "./demand.ts"
import type { Entry } from "./ledgerEntry.ts"

/** A socket of the pool. */
export interface Member {
  readonly connection: Connection
  fiber: Fiber.RuntimeFiber<void, AccountStreamError> | undefined
  /** no longer for new channels */
  closing: boolean
}

/** A demand and the socket that serves it. */
export interface Placement {
  readonly id: string
  readonly sub: Demand
  member: Member | undefined
  /** its place on that socket; another demand's when `want` of the entry is not its own */
  entry: Readonly<Entry> | undefined
  /** consumers that want the socket not to be read */
  pauses: number
  /** ms since when it has been seen not to be live; undefined while it is */
  downSince: number | undefined
}
