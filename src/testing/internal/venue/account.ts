/**
 * What a connection and the account behind it know of each other.
 *
 * @internal
 */
import type { AccountSabotage, PlacementFaults } from "./accountFaults.ts"
import type { Request } from "./channels.ts"
import type { Wire } from "./wire.ts"

/** What a command needs of where it came in. */
export interface Surroundings {
  /** does something after so many ms */
  readonly later: (millis: number, action: () => void) => void
  readonly sabotage: PlacementFaults
}

/** What a session needs of its connection. */
export interface Line extends Surroundings {
  readonly wire: Wire
  /** ends the connection behind what was sent on it already; not from within this call */
  readonly drop: (code: number) => void
  readonly sabotage: AccountSabotage
}

/** who is logged in */
export interface Login {
  readonly userId: number
  readonly authId: string
  /** words of the filter; undefined when there is none */
  readonly filter: ReadonlyArray<string> | undefined
  /** all orders are cancelled when the connection ends */
  readonly dms: boolean
}

export interface Connection extends Line {
  /** its number */
  readonly id: number
  /** the venue's time */
  readonly now: () => number
  readonly isMaintenance: () => boolean
}

/** The account side of a connection, which knows logins and channel 0. */
export interface Account {
  /** an `auth` frame */
  readonly login: (message: Request) => void
  /** an array frame `[0, type, null, body]`; false when nobody is logged in */
  readonly input: (frame: ReadonlyArray<unknown>) => boolean
  /** channel 0 counts towards the limit once somebody is logged in */
  readonly channels: () => number
  readonly heartbeat: () => void
  readonly close: () => void
  /** who is logged in */
  readonly session: () => Login | undefined
  /** sends anything as an event of channel 0, once somebody is logged in */
  readonly raw: (type: string, payload: unknown) => void
  /** channel 0 falls silent for good */
  readonly mute: () => void
}
