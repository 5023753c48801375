/**
 * Health snapshots that the services offer to `Health`. Ages are in ms, measured with a monotonic clock.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AuthCaps } from "../protocol/records/Auth.ts"
import type { SocketState } from "../SocketState.ts"

/** The key under which a service offers its health snapshot. A symbol, because users are not meant to call it. */
export const probe: unique symbol = Symbol.for("effect-bitfinex/looks")

/** One subscription on a socket. */
export interface Channel {
  /** the venue's name of the channel, such as `book` */
  readonly channel: string
  /** channel and arguments, such as `book|tBTCUSD|P0|F0|25` */
  readonly request: string
  /** the id that the user gave; null when there is none */
  readonly subId: string | number | null
  /**
   * - `wanted`: not yet requested in this epoch of the socket
   * - `subscribing`: requested, not yet acknowledged
   * - `subscribed`: acknowledged, the snapshot has not arrived; a live book is also in this state while it is withheld
   * - `live`: acknowledged, and the snapshot has arrived
   * - `leaving`: unsubscribing; resubscribed when the venue has acknowledged that
   */
  readonly state: "wanted" | "subscribing" | "subscribed" | "live" | "leaving"
  /** ms since it was last live, within about a second; null while it is */
  readonly downAge: number | null
  /** ms since its last frame, acknowledgement and heartbeats included; null when it is not acknowledged */
  readonly frameAge: number | null
  /** number of streams and handles that it serves */
  readonly consumers: number
}

/** One supervised socket. */
export interface Socket {
  /** as in `MarketData.states`: `public-1`; the account's socket is `account` */
  readonly name: string
  /** the host of its address */
  readonly host: string
  readonly state: SocketState
  /** ms for which it has been in this state */
  readonly stateAge: number
  /** ms since it was last usable, or since it was first needed; null while it is usable, or in maintenance */
  readonly downAge: number | null
  /** number of the newest physical socket, from 1; 0 before the first */
  readonly epoch: number
  /** ms since its last frame of any kind, or since it was opened; null when there is no physical socket */
  readonly frameAge: number | null
  /** ms of the last ping's round trip in this epoch; null before the first */
  readonly rtt: number | null
  /** attempts to connect since it was last usable; 0 while it is */
  readonly attempts: number
  /** why the previous physical socket was lost, and how many ms ago; null when no socket was lost */
  readonly lastDisconnect: { readonly reason: string; readonly age: number } | null
  readonly channels: ReadonlyArray<Channel>
}

/** One live book of `OrderBook`. */
export interface Book {
  /** channel and arguments, such as `book|tBTCUSD|P0|F0|25` */
  readonly request: string
  readonly symbol: string
  /** name of its socket; null while it moves from one socket to another */
  readonly socket: string | null
  readonly state: "synced" | "resyncing"
  /** ms for which it has been withheld, within about a second; null while it is served */
  readonly downAge: number | null
  /** why it is withheld; null while it is served */
  readonly reason: string | null
  /** whether the venue's checksum confirmed the state that is served */
  readonly verified: boolean
  /** number of times that it was withheld since it was first requested */
  readonly resyncs: number
}

/** The account's connection. */
export interface Account {
  /** the current login; null when logged out */
  readonly login: {
    /** number of the login, from 1 */
    readonly epoch: number
    /** null when the venue did not say */
    readonly userId: number | null
    /** permissions of the key; null when the venue's answer could not be read */
    readonly caps: AuthCaps | null
    readonly dms: boolean
    /** ms since it succeeded */
    readonly age: number
  } | null
  /** logged in, with all snapshots seen, and not in maintenance: commands can be sent */
  readonly isLive: boolean
  /** ms since it was last live, or since it was first needed; null while it is live, and when nothing needs it */
  readonly downAge: number | null
  /** ms since the last frame of its channel, heartbeats included, or since the socket was opened; null when logged out */
  readonly frameAge: number | null
  /** families of events whose snapshot has not arrived */
  readonly awaited: ReadonlyArray<string>
}

/** A connection that ended for good, together with its streams. */
export interface Ended {
  /** name of the socket, or of the account's connection */
  readonly name: string
  /** the error that its streams failed with */
  readonly reason: string
  /** ms since then */
  readonly age: number
}

/** What remains of a rate limit. */
export interface Budget {
  readonly host: string
  /** name of the endpoints that are counted together; `sockets` for connections */
  readonly family: string
  /** calls that the limit allows right now, without subtracting the calls that wait; 0 during a pause */
  readonly remaining: number
  /** calls allowed in any window of `seconds` */
  readonly allowed: number
  readonly seconds: number
}

/** The health of one service. A service leaves out the parts that it does not have. */
export interface HealthSnapshot {
  readonly sockets?: ReadonlyArray<Socket>
  readonly books?: ReadonlyArray<Book>
  readonly account?: Account
  readonly ended?: ReadonlyArray<Ended>
  /** the budgets of which some is used */
  readonly budgets?: ReadonlyArray<Budget>
}

export interface Probed {
  readonly [probe]: Effect.Effect<HealthSnapshot>
}

/** the budgets of which some is used */
export const budgets = (
  all: ReadonlyArray<
    { readonly host: string; readonly family: string; readonly left: number; readonly limit: readonly [number, number] }
  >
): ReadonlyArray<Budget> =>
  all.flatMap(({ family, host, left, limit: [allowed, seconds] }) =>
    left < allowed ? [{ host, family, remaining: left, allowed, seconds }] : []
  )

const nothing: HealthSnapshot = {}

/** the health snapshot of a service; empty when it is not in the context, or is a test double */
export const snapshotOf = <I, S>(tag: Context.Tag<I, S>): Effect.Effect<HealthSnapshot> =>
  Effect.flatMap(Effect.serviceOption(tag), (service) => {
    // a test double invents members that it was not given, so only an own property counts
    const hasProbe = Option.isSome(service) && Object.hasOwn(service.value as object, probe)
    // the cast: checked just now
    return hasProbe ? (service.value as Probed)[probe] : Effect.succeed(nothing)
  })
