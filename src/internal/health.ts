/**
 * What the services show of their inside, for `Health`. Ages are in ms, by a clock that never steps back.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AuthCaps } from "../protocol/records/Auth.ts"
import type { SocketState } from "../SocketState.ts"

/** under which a service hands its look: a symbol, since that is nothing for users */
export const looks: unique symbol = Symbol.for("effect-bitfinex/looks")

/** One subscription on a socket. */
export interface Channel {
  /** the venue's word, as in `book` */
  readonly channel: string
  /** channel and arguments, as in `book|tBTCUSD|P0|F0|25` */
  readonly request: string
  /** an id of the user's own; null when there is none */
  readonly subId: string | number | null
  /**
   * - `wanted`: not asked for in this life of the socket
   * - `subscribing`: asked for, without an answer
   * - `subscribed`: acknowledged, the snapshot is to come; of a live book also while it is withheld
   * - `live`: acknowledged, and the snapshot seen
   * - `leaving`: left, to be subscribed anew once the venue has confirmed that
   */
  readonly state: "wanted" | "subscribing" | "subscribed" | "live" | "leaving"
  /** ms since it was last live, within about a second; null while it is */
  readonly downAge: number | null
  /** ms since its last frame, acknowledgement and heartbeats included; null when it is not acknowledged */
  readonly frameAge: number | null
  /** streams and handles that it serves */
  readonly consumers: number
}

/** One supervised socket. */
export interface Socket {
  /** as in `MarketData.states`: `public-1`; `account` for that of the account */
  readonly name: string
  /** of its address */
  readonly host: string
  readonly state: SocketState
  /** ms for which it has been in this state */
  readonly stateAge: number
  /** ms since it was last usable, or since it was wanted; null while it is usable, or in maintenance */
  readonly downAge: number | null
  /** number of the newest physical socket, 0 before the first */
  readonly epoch: number
  /** ms since its last frame of any kind, or since it was made; null when there is no physical socket */
  readonly frameAge: number | null
  /** ms of the last ping's round trip in this epoch; null before the first */
  readonly rtt: number | null
  /** attempts to connect since it was last usable; 0 while it is */
  readonly attempts: number
  /** why the physical socket before this one was lost, and how many ms ago; null when none was */
  readonly lastLoss: { readonly reason: string; readonly age: number } | null
  readonly channels: ReadonlyArray<Channel>
}

/** One live book of `OrderBook`. */
export interface Book {
  /** channel and arguments, as in `book|tBTCUSD|P0|F0|25` */
  readonly request: string
  readonly symbol: string
  /** name of its socket; null when it is between two of them */
  readonly socket: string | null
  readonly state: "synced" | "resyncing"
  /** ms for which it has been withheld, within about a second; null while it is served */
  readonly downAge: number | null
  /** why it is withheld; null while it is served */
  readonly reason: string | null
  /** whether the venue's checksum confirmed what is served */
  readonly verified: boolean
  /** times that it was withheld since it was wanted */
  readonly resyncs: number
}

/** The account's connection. */
export interface Account {
  /** the login in force; null when there is none */
  readonly login: {
    /** counts the logins, from 1 */
    readonly epoch: number
    /** null when the venue did not say */
    readonly userId: number | null
    /** what the key may do; null when the venue's answer could not be read */
    readonly caps: AuthCaps | null
    readonly dms: boolean
    /** ms since it succeeded */
    readonly age: number
  } | null
  /** logged in, with all snapshots seen, and not in maintenance: commands can be sent */
  readonly isLive: boolean
  /** ms since it was last live, or since it was first needed; null while it is live, and when nobody needs it */
  readonly downAge: number | null
  /** ms since the last frame of its channel, heartbeats included, or since the socket was made; null without a login */
  readonly frameAge: number | null
  /** families of events whose snapshot is to come */
  readonly awaited: ReadonlyArray<string>
}

/** Sockets that ended for good, with the streams on them. */
export interface Ended {
  /** name of the socket, or of the account's connection */
  readonly name: string
  /** what its streams failed with */
  readonly reason: string
  /** ms since then */
  readonly age: number
}

/** What a limit still allows. */
export interface Budget {
  readonly host: string
  /** endpoints that are counted together; `sockets` for connections */
  readonly family: string
  /** right now, those who wait not subtracted; 0 during a pause */
  readonly remaining: number
  /** in any window of so many `seconds` */
  readonly allowed: number
  readonly seconds: number
}

/** What one service shows; what it does not have is left out. */
export interface Look {
  readonly sockets?: ReadonlyArray<Socket>
  readonly books?: ReadonlyArray<Book>
  readonly account?: Account
  readonly ended?: ReadonlyArray<Ended>
  /** those of which something was used */
  readonly budgets?: ReadonlyArray<Budget>
}

export interface Seen {
  readonly [looks]: Effect.Effect<Look>
}

/** the budgets of which something was used */
export const budgets = (
  all: ReadonlyArray<
    { readonly host: string; readonly family: string; readonly left: number; readonly limit: readonly [number, number] }
  >
): ReadonlyArray<Budget> =>
  all.flatMap(({ family, host, left, limit: [allowed, seconds] }) =>
    left < allowed ? [{ host, family, remaining: left, allowed, seconds }] : []
  )

const nothing: Look = {}

/** what a service shows, if it is there, and not a double of a test */
export const of = <I, S>(tag: Context.Tag<I, S>): Effect.Effect<Look> =>
  Effect.flatMap(Effect.serviceOption(tag), (service) => {
    // what a double has not been given, it makes up: only a member of its own is one
    const isSeen = Option.isSome(service) && Object.hasOwn(service.value as object, looks)
    // the cast: checked just now
    return isSeen ? (service.value as Seen)[looks] : Effect.succeed(nothing)
  })
