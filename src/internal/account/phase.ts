/**
 * The phases of the account's session, and the step from one to the next. All of it is pure: `session` carries out the
 * effects of a phase on sockets and listeners.
 *
 * @internal
 */
import { type AccountStreamError, type AuthenticationFailed, ConnectionEnded } from "../../BitfinexError.ts"
import type { SocketState } from "../../SocketState.ts"
import type { Family, Login } from "./events.ts"

/** Where the connection stands. */
export interface State {
  /** null before the connection is first needed, and after its end */
  readonly socket: SocketState | null
  /** the login in force; null when there is none */
  readonly login: Login | null
  /** logged in, with all snapshots seen, and not in maintenance: commands can be sent */
  readonly isLive: boolean
}

/** Why a connection ended, until another one is live. */
export interface Ended {
  readonly failure: AccountStreamError
  /** ms of the steady clock */
  readonly at: number
}

interface Open {
  readonly socket: SocketState | null
  /** ms of the steady clock since when it is not live; null while it is */
  readonly downSince: number | null
  readonly ended: Ended | null
  /** it is being closed: callers that need a connection wait for the next one */
  readonly isClosing: boolean
}

export type Phase =
  /** nothing needed the connection yet, or it ended and the next use makes another one */
  | { readonly _tag: "Idle"; readonly ended: Ended | null }
  | ({ readonly _tag: "Connecting" } & Open)
  | ({
    readonly _tag: "LoggedIn"
    readonly login: Login
    /** ms of the steady clock */
    readonly since: number
    /** families whose snapshot has not come */
    readonly awaited: ReadonlySet<Family>
    /** ms of the steady clock, until when they are awaited */
    readonly until: number
    /** number of the ping that has to be answered since the process slept; null when none has */
    readonly ping: number | null
  } & Open)
  /** the venue refused the login, and would refuse the same credentials again */
  | {
    readonly _tag: "Refused"
    readonly error: AuthenticationFailed
    readonly at: number
    /** of the credentials that were refused */
    readonly fingerprint: string | null
  }
  /** the scope has ended */
  | { readonly _tag: "Closed" }

export type Input =
  /** something needs the connection */
  | { readonly _tag: "Open"; readonly at: number }
  | { readonly _tag: "Socket"; readonly state: SocketState; readonly at: number }
  | {
    readonly _tag: "LoggedIn"
    readonly login: Login
    readonly awaited: ReadonlySet<Family>
    readonly until: number
    readonly at: number
  }
  /** the snapshot of a family arrived, or is no longer awaited */
  | { readonly _tag: "Seen"; readonly family: Family; readonly at: number }
  /** snapshots could not come for a while */
  | { readonly _tag: "Excused"; readonly until: number }
  /** the process slept: known rows may be old until the venue answers a ping that was sent since */
  | { readonly _tag: "Slept"; readonly ping: number; readonly at: number }
  | { readonly _tag: "Pong"; readonly ping: number; readonly at: number }
  | { readonly _tag: "LoggedOut"; readonly at: number }
  | { readonly _tag: "Closing" }
  /** the connection is over; `fingerprint` is that of the credentials that it used */
  | {
    readonly _tag: "Over"
    readonly failure: AccountStreamError | undefined
    readonly fingerprint: string | null
    readonly at: number
  }
  | { readonly _tag: "ScopeEnded" }

export const initial: Phase = { _tag: "Idle", ended: null }

const isOpen = (phase: Phase): phase is Extract<Phase, { _tag: "Connecting" | "LoggedIn" }> =>
  phase._tag === "Connecting" || phase._tag === "LoggedIn"

/** Whether commands can be sent. */
export const isLive = (phase: Phase): phase is Extract<Phase, { _tag: "LoggedIn" }> =>
  phase._tag === "LoggedIn" && phase.awaited.size === 0 && phase.ping === null && phase.socket?._tag === "Live"

/** Whether there is a connection that is not being closed. */
export const isUsable = (phase: Phase): boolean => isOpen(phase) && !phase.isClosing

/** a phase with the times that follow from whether it is live */
const timed = <P extends Extract<Phase, { _tag: "Connecting" | "LoggedIn" }>>(phase: P, at: number): P =>
  isLive(phase) ? { ...phase, downSince: null, ended: null } : { ...phase, downSince: phase.downSince ?? at }

/** The phase after an input. An input that means nothing in a phase leaves it as it is. */
export const step = (phase: Phase, input: Input): Phase => {
  switch (input._tag) {
    case "Open": {
      if (isOpen(phase) || phase._tag === "Closed") return phase
      const ended = phase._tag === "Refused" ? { failure: phase.error, at: phase.at } : phase.ended
      return { _tag: "Connecting", socket: null, downSince: input.at, ended, isClosing: false }
    }
    case "Socket":
      return isOpen(phase) ? timed({ ...phase, socket: input.state }, input.at) : phase
    case "LoggedIn": {
      if (!isOpen(phase)) return phase
      const { at, awaited, login, until } = input
      const { downSince, ended, isClosing, socket } = phase
      return timed(
        { _tag: "LoggedIn", login, since: at, awaited, until, ping: null, socket, downSince, ended, isClosing },
        at
      )
    }
    case "Seen": {
      if (phase._tag !== "LoggedIn" || !phase.awaited.has(input.family)) return phase
      const awaited = new Set(phase.awaited)
      awaited.delete(input.family)
      return timed({ ...phase, awaited }, input.at)
    }
    case "Excused":
      return phase._tag === "LoggedIn" ? { ...phase, until: Math.max(phase.until, input.until) } : phase
    case "Slept":
      return phase._tag === "LoggedIn" ? timed({ ...phase, ping: input.ping }, input.at) : phase
    case "Pong":
      return phase._tag === "LoggedIn" && phase.ping !== null && input.ping >= phase.ping
        ? timed({ ...phase, ping: null }, input.at)
        : phase
    case "LoggedOut": {
      if (phase._tag !== "LoggedIn") return phase
      const { ended, isClosing, socket } = phase
      return { _tag: "Connecting", socket, downSince: phase.downSince ?? input.at, ended, isClosing }
    }
    case "Closing":
      return isOpen(phase) ? { ...phase, isClosing: true } : phase
    case "Over": {
      if (phase._tag === "Closed") return phase
      const { at, failure, fingerprint } = input
      if (failure?._tag === "AuthenticationFailed") return { _tag: "Refused", error: failure, at, fingerprint }
      const before = isOpen(phase) || phase._tag === "Idle" ? phase.ended : null
      return { _tag: "Idle", ended: failure === undefined ? before : { failure, at } }
    }
    case "ScopeEnded":
      return { _tag: "Closed" }
  }
}

/** The public state of a phase. */
export const stateOf = (phase: Phase): State => ({
  socket: isOpen(phase) ? phase.socket : null,
  login: phase._tag === "LoggedIn" ? phase.login : null,
  isLive: isLive(phase)
})

/** The end of the connection, unless another one has been live since. */
export const endedOf = (phase: Phase): Ended | null =>
  phase._tag === "Refused"
    ? { failure: phase.error, at: phase.at }
    : phase._tag === "Closed"
    ? null
    : phase.ended

/** Why nothing can be sent now or later without a new connection; undefined while there is one, or may be one. */
export const failureOf = (phase: Phase, operation: string): AccountStreamError | undefined => {
  switch (phase._tag) {
    case "Refused":
      return phase.error
    case "Closed":
      return new ConnectionEnded({ operation, reason: "its scope has ended", isRetryable: false })
    case "Idle":
      return phase.ended?.failure
    default:
      return undefined
  }
}
