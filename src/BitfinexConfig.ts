/**
 * Hosts, deadlines, schedules and limits, with defaults that need no configuration.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Flags from "./protocol/Flags.ts"

/**
 * The settings. Each default is the documented figure, or a more conservative one.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Settings {
  /** scheme and host of public REST calls, without a path */
  readonly restPublicUrl: string
  /** scheme and host of signed REST calls, without a path */
  readonly restAuthUrl: string
  /** address of public sockets */
  readonly socketPublicUrl: string
  /** address of authenticated sockets */
  readonly socketAuthUrl: string

  /** a REST call that takes longer fails with `TransportError`, stage `timeout` */
  readonly requestTimeout: Duration.DurationInput
  /** repeats reads that failed with a retryable error; after `RateLimited`, it also waits for `retryAfter` */
  readonly retryReads: Schedule.Schedule<unknown, unknown>
  /** repeats writes that provably were never sent, such as after a refused connection; no other write is ever repeated */
  readonly retryUnsent: Schedule.Schedule<unknown, unknown>
  /**
   * signed requests of one key in flight at a time. With 1, no request can overtake another on its way to the venue, which
   * refuses a nonce below the last one it received; the price is one request per round trip. Higher values are faster, but
   * a request that is overtaken is refused (10114) and sent once more; if it is overtaken twice, it fails with
   * `NonceTooSmall`
   */
  readonly signedConcurrency: number
  /** requests and seconds assumed for endpoints whose limit the manual does not state */
  readonly unstatedLimit: readonly [requests: number, seconds: number]
  /** added to each window of a limit: the venue counts arrivals, and a later request may arrive before an earlier one */
  readonly limitMargin: Duration.DurationInput
  /** a REST call that would wait longer than this for the rate limit fails with `RateLimited` at once */
  readonly limitWait: Duration.DurationInput
  /**
   * how long the venue may take to list a new order among the open orders, or an ended order among the past orders. The
   * manual guarantees nothing. Before an order is reported as never placed, open and past orders are queried this long
   * after nothing of it can arrive any more, and once more this long after that: `NeverPlaced` takes about twice this
   * time. The default is that of `requestTimeout`: submitting again too early leads to two orders
   */
  readonly orderSettle: Duration.DurationInput
  /** a REST reply longer than this number of bytes is refused */
  readonly maxReplyBytes: number

  /** connections and seconds allowed on the public socket host, over all sockets of the process */
  readonly publicConnectLimit: readonly [connections: number, seconds: number]
  /** connections and seconds allowed on the authenticated socket host */
  readonly authConnectLimit: readonly [connections: number, seconds: number]
  /** delays between attempts to reconnect; the schedule starts over after `healthyAfter` */
  readonly reconnect: Schedule.Schedule<unknown, unknown>
  /** a connection that lived this long counts as healthy */
  readonly healthyAfter: Duration.DurationInput
  /** from opening the socket to the venue's `info` frame */
  readonly connectTimeout: Duration.DurationInput
  /** from `subscribe`, `unsubscribe` or `conf` to the venue's answer */
  readonly replyTimeout: Duration.DurationInput
  /**
   * how long a channel that was never acknowledged may stay without an answer before its stream fails with
   * `SubscriptionRejected`; other channels of the socket go on meanwhile
   */
  readonly subscribeTimeout: Duration.DurationInput
  /** from a command on the account's socket to its outcome: accepted, refused, or unknown */
  readonly commandTimeout: Duration.DurationInput
  /** from the login to its snapshots; a snapshot that has not arrived by then is assumed to be empty */
  readonly snapshotWait: Duration.DurationInput
  /**
   * commands that submit, update or cancel orders, and seconds. The venue counts all programs of the user; this SDK counts
   * only its own
   */
  readonly orderLimit: readonly [commands: number, seconds: number]
  /** how long to wait for the peer's close frame before the socket is terminated */
  readonly closeTimeout: Duration.DurationInput
  /** a socket without any frame for this long is dropped, and the connection reconnects */
  readonly socketSilence: Duration.DurationInput
  /** a channel without any frame, heartbeats included, for this long is resubscribed */
  readonly channelSilence: Duration.DurationInput
  /** how often the venue is pinged; the answers give the round-trip time */
  readonly pingEvery: Duration.DurationInput
  /** a frame longer than this number of bytes is refused, and the connection reconnects */
  readonly maxFrameBytes: number
  /** channels on one socket; lowered for the whole process if the venue refuses a lower number (10305) */
  readonly channelsPerSocket: number
  /** flags of public sockets; with `sequence`, gaps are detected and repaired */
  readonly socketFlags: Flags.Named<typeof Flags.connection>
}

const soon = Schedule.exponential("250 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))

/**
 * The defaults.
 *
 * @since 0.1.0
 * @category configuration
 */
export const defaults: Settings = {
  restPublicUrl: "https://api-pub.bitfinex.com",
  restAuthUrl: "https://api.bitfinex.com",
  socketPublicUrl: "wss://api-pub.bitfinex.com/ws/2",
  socketAuthUrl: "wss://api.bitfinex.com/ws/2",

  requestTimeout: Duration.seconds(15),
  retryReads: soon,
  retryUnsent: soon,
  signedConcurrency: 1,
  unstatedLimit: [10, 60],
  limitMargin: Duration.seconds(1),
  // a block of 60 s, a full window after it, and a reserve
  limitWait: Duration.minutes(3),
  orderSettle: Duration.seconds(15),
  maxReplyBytes: 16 * 1024 * 1024,

  publicConnectLimit: [20, 60],
  authConnectLimit: [5, 15],
  reconnect: Schedule.exponential("500 millis").pipe(
    // 20 to 30 s with the jitter
    Schedule.union(Schedule.spaced("25 seconds")),
    Schedule.jittered
  ),
  healthyAfter: Duration.minutes(1),
  connectTimeout: Duration.seconds(10),
  replyTimeout: Duration.seconds(5),
  subscribeTimeout: Duration.seconds(60),
  commandTimeout: Duration.seconds(10),
  snapshotWait: Duration.seconds(5),
  orderLimit: [1000, 300],
  closeTimeout: Duration.seconds(2),
  socketSilence: Duration.seconds(20),
  channelSilence: Duration.seconds(20),
  pingEvery: Duration.seconds(10),
  maxFrameBytes: 16 * 1024 * 1024,
  channelsPerSocket: 25,
  socketFlags: { sequence: true, checksum: true }
}

/**
 * The current settings; the defaults if no layer provides others.
 *
 * @since 0.1.0
 * @category configuration
 */
export class BitfinexConfig extends Context.Reference<BitfinexConfig>()("effect-bitfinex/BitfinexConfig", {
  defaultValue: (): Settings => defaults
}) {}

/**
 * The current settings with some of them replaced.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
 *
 * const Patient = BitfinexConfig.layer({ requestTimeout: "30 seconds" })
 */
export const layer = (settings: Partial<Settings>): Layer.Layer<never> =>
  Layer.effect(BitfinexConfig, Effect.map(BitfinexConfig, (current) => ({ ...current, ...settings })))
