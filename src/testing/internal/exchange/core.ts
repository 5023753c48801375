/**
 * State and options shared by the parts of the exchange.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type { Fault, HttpReply, Script } from "../../Fault.ts"
import type { Market, Step } from "../market/model.ts"
import type { Account, Connection as AccountConnection, Surroundings } from "../venue/account.ts"
import type { HttpRequest } from "../venue/http.ts"
import type { Reply } from "../venue/rest.ts"
import type { Connection } from "./connection.ts"
import type { Registry } from "./faults.ts"
import type { Memory } from "./memory.ts"
import { strike } from "./strike.ts"

export interface Options {
  readonly seed: number
  readonly market: Market
  /** the venue's time at the start, ms since the epoch; it advances with Clock */
  readonly start: number
  readonly tick: number
  readonly latency: number
  readonly channelCap: number
  readonly script: Script
  /** the number of frames and requests to keep */
  readonly remember: number
  /** the account's side of a connection */
  readonly account?: (connection: AccountConnection) => Account
  /** accepts a request, and returns the function that executes it, possibly later */
  readonly accept: (request: HttpRequest, at: number) => (at: number, surroundings: Surroundings) => Reply
  /** handles a fault of all accounts; false when the fault is not of that kind */
  readonly onFault?: (fault: Fault) => boolean
  /** runs after a step of the market was delivered to the connections */
  readonly onStep?: (step: Step) => void
}

export interface Seen {
  readonly at: number
}

export interface SeenFrame extends Seen {
  readonly connection: number
  readonly data: string | Uint8Array
}

export interface SeenRequest extends Seen {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string
  /** the fault that acted on it; undefined when none did */
  readonly fault: HttpReply["_tag"] | undefined
}

export interface MetFault extends Seen {
  readonly connection: number | undefined
  readonly fault: Fault
}

/** The state that the parts of the exchange share. */
export interface Core {
  readonly options: Options
  readonly clock: Clock.Clock
  /** the venue's time */
  readonly now: () => number
  readonly run: (effect: Effect.Effect<void>) => boolean
  /** runs an action later, never synchronously, so that no connection ends or sends in the middle of another operation */
  readonly later: (millis: number, action: () => void) => void
  readonly meet: (fault: Fault, connection: number | undefined) => void
  readonly registry: Registry
  readonly serverId: string
  readonly chanIdOf: (name: string) => number
  readonly connections: Map<number, Connection>
  /** connections that were not closed at the last check */
  readonly live: Set<Connection>
  readonly met: Memory<MetFault>
  readonly frames: Memory<SeenFrame>
  readonly requests: Memory<SeenRequest>
  readonly onChange: () => void
  /** 1 operative, 0 maintenance */
  status: 0 | 1
  /** faults for connections that do not exist yet */
  awaited: ReadonlyArray<Fault & { readonly connection?: number | undefined }>
  isRunning: boolean
  opened: number
}

export const living = ({ live }: Core): ReadonlyArray<Connection> => {
  for (const one of live) if (one.state() === "closed") live.delete(one)
  return [...live]
}

/** applies a fault to a connection; false when the connection has no target for it */
export const act = (core: Core, fault: Fault, one: Connection): boolean => {
  const outcome = strike(core.registry, fault, one)
  if (outcome === "met") core.meet(fault, one.id)
  return outcome !== "missed"
}
