/**
 * What the parts of the exchange share.
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
  /** the venue's time now, which from here on passes as Clock's does */
  readonly start: number
  readonly tick: number
  readonly latency: number
  readonly channelCap: number
  readonly script: Script
  /** how many frames and requests are remembered */
  readonly remember: number
  /** the account's side of a connection */
  readonly account?: (connection: AccountConnection) => Account
  /** takes a request, and answers what carries it out, which may be later */
  readonly accept: (request: HttpRequest, at: number) => (at: number, surroundings: Surroundings) => Reply
  /** a fault that concerns accounts as a whole; false when it does not */
  readonly onFault?: (fault: Fault) => boolean
  /** what else happens when the market has made a step, after its connections heard of it */
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
  /** the fault that it met */
  readonly fault: HttpReply["_tag"] | undefined
}

export interface MetFault extends Seen {
  readonly connection: number | undefined
  readonly fault: Fault
}

/** What the parts of the exchange share. */
export interface Core {
  readonly options: Options
  readonly clock: Clock.Clock
  /** the venue's time */
  readonly now: () => number
  readonly run: (effect: Effect.Effect<void>) => boolean
  /** never from within a call, so that nothing ends or speaks amid something else */
  readonly later: (millis: number, action: () => void) => void
  readonly meet: (fault: Fault, connection: number | undefined) => void
  readonly registry: Registry
  readonly serverId: string
  readonly chanIdOf: (name: string) => number
  readonly connections: Map<number, Connection>
  /** connections that are not closed, or were not when last asked */
  readonly live: Set<Connection>
  readonly met: Memory<MetFault>
  readonly frames: Memory<SeenFrame>
  readonly requests: Memory<SeenRequest>
  readonly onChange: () => void
  /** 1 operative, 0 maintenance */
  status: 0 | 1
  /** faults for connections that are still to come */
  awaited: ReadonlyArray<Fault & { readonly connection?: number | undefined }>
  isRunning: boolean
  opened: number
}

export const living = ({ live }: Core): ReadonlyArray<Connection> => {
  for (const one of live) if (one.state() === "closed") live.delete(one)
  return [...live]
}

/** does to a connection what a fault is about; false when it found nothing there */
export const act = (core: Core, fault: Fault, one: Connection): boolean => {
  const outcome = strike(core.registry, fault, one)
  if (outcome === "met") core.meet(fault, one.id)
  return outcome !== "missed"
}
