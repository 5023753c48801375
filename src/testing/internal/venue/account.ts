/**
 * The interfaces between a connection and the account behind it.
 *
 * @internal
 */
import type { AccountSabotage, PlacementFaults } from "./accountFaults.ts"
import type { Request } from "./channels.ts"
import type { Wire } from "./wire.ts"

/** The context of a command: the connection or REST request that carries it. */
export interface Surroundings {
  /** runs an action after `millis` ms */
  readonly later: (millis: number, action: () => void) => void
  readonly sabotage: PlacementFaults
}

/** The members of a connection that a session uses. */
export interface Line extends Surroundings {
  readonly wire: Wire
  /** ends the connection after everything already sent on it; never from within this call */
  readonly drop: (code: number) => void
  readonly sabotage: AccountSabotage
}

/** the login of a connection */
export interface Login {
  readonly userId: number
  readonly authId: string
  /** words of the filter; undefined when there is none */
  readonly filter: ReadonlyArray<string> | undefined
  /** all orders are cancelled when the connection ends */
  readonly dms: boolean
}

export interface Connection extends Line {
  /** number of the connection */
  readonly id: number
  /** the venue's time */
  readonly now: () => number
  readonly isMaintenance: () => boolean
}

/** The account's side of a connection: logins and channel 0. */
export interface Account {
  /** an `auth` frame */
  readonly login: (message: Request) => void
  /** an array frame `[0, type, null, body]`; false when there is no login */
  readonly input: (frame: ReadonlyArray<unknown>) => boolean
  /** channel 0 counts towards the channel limit once there is a login */
  readonly channels: () => number
  readonly heartbeat: () => void
  readonly close: () => void
  /** the current login; undefined when there is none */
  readonly session: () => Login | undefined
  /** sends any payload as an event of channel 0, once there is a login */
  readonly raw: (type: string, payload: unknown) => void
  /** silences channel 0 permanently */
  readonly mute: () => void
}
