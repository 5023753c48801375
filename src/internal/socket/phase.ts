/**
 * The phases of one physical socket, and the function that leads from each to the next.
 *
 * @internal
 */
import type { SocketState } from "../../SocketState.ts"
import type { End } from "./end.ts"

/** `maintenance` is the time in ms at which the venue announced it; undefined while there is none. */
export type Phase =
  /** the socket is not open yet */
  | { readonly _tag: "Opening"; readonly maintenance: number | undefined }
  /** it is open; version, flags and login are not agreed upon yet */
  | { readonly _tag: "Handshaking"; readonly maintenance: number | undefined }
  /** subscriptions and commands may be sent since then, in ms */
  | { readonly _tag: "Ready"; readonly since: number; readonly maintenance: number | undefined }
  /** its frames are ignored; `since` is that of `Ready`, undefined if it was never ready */
  | { readonly _tag: "Ended"; readonly since: number | undefined; readonly end: End }

export type Input =
  | { readonly _tag: "Opened" }
  /** the handshake is complete; `isClosedForTrade`: the platform says that it is in maintenance */
  | { readonly _tag: "Agreed"; readonly at: number; readonly isClosedForTrade: boolean }
  | { readonly _tag: "MaintenanceBegan"; readonly at: number }
  | { readonly _tag: "MaintenanceOver" }
  | { readonly _tag: "Ended"; readonly end: End }

export const first: Phase = { _tag: "Opening", maintenance: undefined }

/** An ended phase stays ended, and only a handshake makes a socket ready. */
export const step = (phase: Phase, input: Input): Phase => {
  if (phase._tag === "Ended") return phase
  switch (input._tag) {
    case "Opened":
      return phase._tag === "Opening" ? { ...phase, _tag: "Handshaking" } : phase
    case "Agreed": {
      if (phase._tag === "Ready") return phase
      const { at } = input
      // the announcement may have come during the handshake
      const maintenance = input.isClosedForTrade || phase.maintenance !== undefined ? at : undefined
      return { _tag: "Ready", since: at, maintenance }
    }
    case "MaintenanceBegan":
      return { ...phase, maintenance: input.at }
    case "MaintenanceOver":
      return { ...phase, maintenance: undefined }
    case "Ended":
      return { _tag: "Ended", since: phase._tag === "Ready" ? phase.since : undefined, end: input.end }
  }
}

export const isReady = (phase: Phase): boolean => phase._tag === "Ready"

/** ms for which it was usable; undefined if it never was */
export const usableFor = (phase: Phase, at: number): number | undefined =>
  (phase._tag === "Ready" || phase._tag === "Ended") && phase.since !== undefined ? at - phase.since : undefined

/** Its public state; undefined if that does not change. */
export const stateOf = (
  phase: Phase,
  facts: {
    readonly number: number
    readonly serverId: string | null
    readonly flags: number
    readonly rtt: number | null
  }
): SocketState | undefined => {
  if (phase._tag === "Ended") return undefined
  if (phase.maintenance !== undefined) return { _tag: "Maintenance", epoch: facts.number }
  if (phase._tag !== "Ready") return undefined
  return { _tag: "Live", epoch: facts.number, serverId: facts.serverId, flags: facts.flags, rtt: facts.rtt }
}
