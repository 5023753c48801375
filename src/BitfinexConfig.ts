/**
 * Hosts, deadlines, schedules and limits, with defaults that need no configuration.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schedule from "effect/Schedule"
import { InvalidInput } from "./BitfinexError.ts"
import * as Flags from "./protocol/Flags.ts"
import * as Checks from "./protocol/internal/checks.ts"
import { strangeName } from "./protocol/internal/request.ts"

/**
 * A limit: `count` starts within a window of the length `per`.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Limit {
  readonly count: number
  readonly per: Duration.DurationInput
}

/**
 * Settings of REST calls.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Rest {
  /** scheme and host of public calls, without a path */
  readonly publicUrl: string
  /** scheme and host of signed calls, without a path */
  readonly authUrl: string
  /**
   * a call that takes longer fails with `TransportError`, stage `timeout`. Over `NodeHttp` its outcome is `unsent` if there
   * was no connection by then; such a write is not repeated, since it would be that much older
   */
  readonly timeout: Duration.DurationInput
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
  /** assumed for endpoints whose limit the manual does not state */
  readonly unstatedLimit: Limit
  /** a call that would wait longer than this for the rate limit fails with `RateLimited` at once */
  readonly limitWait: Duration.DurationInput
  /** a reply longer than this number of bytes is refused */
  readonly maxReplyBytes: number
}

/**
 * Settings of sockets: `url`, `connectLimit` and `flags` of the public ones, all others of the account's socket too.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Socket {
  /** address of public sockets */
  readonly url: string
  /** connections to the public socket host, over all sockets of the process */
  readonly connectLimit: Limit
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
  /** how long to wait for the peer's close frame before the socket is terminated */
  readonly closeTimeout: Duration.DurationInput
  /** a socket without any frame for this long is dropped, and the connection reconnects */
  readonly silence: Duration.DurationInput
  /** a channel without any frame, heartbeats included, for this long is resubscribed */
  readonly channelSilence: Duration.DurationInput
  /** how often the venue is pinged; the answers give the round-trip time */
  readonly pingEvery: Duration.DurationInput
  /** a frame longer than this number of bytes is refused, and the connection reconnects */
  readonly maxFrameBytes: number
  /** channels on one socket; fewer for half an hour after the venue has refused one as too many (10305) */
  readonly channelsPerSocket: number
  /** flags of public sockets; with `sequence`, gaps are detected and repaired */
  readonly flags: Flags.Named<typeof Flags.connection>
}

/**
 * Settings of the account's socket and of commands.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Account {
  /** address of authenticated sockets */
  readonly url: string
  /** connections to the authenticated socket host */
  readonly connectLimit: Limit
  /** from a command on the account's socket to its outcome: accepted, refused, or unknown */
  readonly commandTimeout: Duration.DurationInput
  /** from the login to its snapshots; a snapshot that has not arrived by then is assumed to be empty */
  readonly snapshotWait: Duration.DurationInput
  /**
   * commands that submit, update or cancel orders. The venue counts all programs of the user; this SDK counts only its own
   */
  readonly orderLimit: Limit
  /**
   * how long the venue may take to list a new order among the open orders, or an ended order among the past orders. The
   * manual guarantees nothing. Before an order is reported as never placed, open and past orders are queried this long
   * after nothing of it can arrive any more, and once more this long after that: `NeverPlaced` takes about twice this
   * time. The default is that of `rest.timeout`: submitting again too early leads to two orders
   */
  readonly orderSettle: Duration.DurationInput
  /**
   * how long the SDK watches for an order after `NotSeen` or `Unresolvable`. It queries the order seven times: after
   * 1/64 of this time, 1/32 and so on, and at its end. An order that appears later is noticed only if the socket shows
   * it
   */
  readonly orderWatch: Duration.DurationInput
  /**
   * the age at which an available balance becomes stale. It is requested again at half of this age: margin moves with
   * the market, which no event of the account reports
   */
  readonly availableMaxAge: Duration.DurationInput
}

/**
 * The settings. Each default is the documented figure, or a more conservative one.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Settings {
  readonly rest: Rest
  readonly socket: Socket
  readonly account: Account
  /** added to each window of a limit: the venue counts arrivals, and a later request may arrive before an earlier one */
  readonly limitMargin: Duration.DurationInput
}

/**
 * Some of the settings; those left out keep their values.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Overrides {
  readonly rest?: Partial<Rest>
  readonly socket?: Partial<Socket>
  readonly account?: Partial<Account>
  readonly limitMargin?: Duration.DurationInput
}

const soon = Schedule.exponential("250 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))

/**
 * The defaults.
 *
 * @since 0.1.0
 * @category configuration
 */
export const defaults: Settings = {
  rest: {
    publicUrl: "https://api-pub.bitfinex.com",
    authUrl: "https://api.bitfinex.com",
    timeout: Duration.seconds(15),
    retryReads: soon,
    retryUnsent: soon,
    signedConcurrency: 1,
    unstatedLimit: { count: 10, per: "60 seconds" },
    // a block of 60 s, a full window after it, and a reserve
    limitWait: Duration.minutes(3),
    maxReplyBytes: 16 * 1024 * 1024
  },
  socket: {
    url: "wss://api-pub.bitfinex.com/ws/2",
    connectLimit: { count: 20, per: "60 seconds" },
    reconnect: Schedule.exponential("500 millis").pipe(
      // 20 to 30 s with the jitter
      Schedule.union(Schedule.spaced("25 seconds")),
      Schedule.jittered
    ),
    healthyAfter: Duration.minutes(1),
    connectTimeout: Duration.seconds(10),
    replyTimeout: Duration.seconds(5),
    subscribeTimeout: Duration.seconds(60),
    closeTimeout: Duration.seconds(2),
    silence: Duration.seconds(20),
    channelSilence: Duration.seconds(20),
    pingEvery: Duration.seconds(10),
    maxFrameBytes: 16 * 1024 * 1024,
    channelsPerSocket: 25,
    flags: { sequence: true, checksum: true }
  },
  account: {
    url: "wss://api.bitfinex.com/ws/2",
    connectLimit: { count: 5, per: "15 seconds" },
    commandTimeout: Duration.seconds(10),
    snapshotWait: Duration.seconds(5),
    orderLimit: { count: 1000, per: "300 seconds" },
    orderSettle: Duration.seconds(15),
    orderWatch: Duration.minutes(64),
    availableMaxAge: Duration.minutes(1)
  },
  limitMargin: Duration.seconds(1)
}

/**
 * The settings with some of them replaced; of two replacements of one setting, the later one counts.
 *
 * @since 0.1.0
 * @category combinators
 */
export const merge = (settings: Settings, ...overrides: ReadonlyArray<Overrides>): Settings =>
  overrides.reduce<Settings>((current, { account, limitMargin = current.limitMargin, rest, socket }) => ({
    rest: { ...current.rest, ...rest },
    socket: { ...current.socket, ...socket },
    account: { ...current.account, ...account },
    limitMargin
  }), settings)

/**
 * The starts and seconds of a limit, with the margin that is added to each window.
 *
 * @internal
 */
export const windowOf = (limit: Limit, settings: Settings): readonly [starts: number, seconds: number] => [
  limit.count,
  Duration.toSeconds(limit.per) + Duration.toSeconds(settings.limitMargin)
]

/**
 * The current settings; the defaults if no layer provides others.
 *
 * @since 0.1.0
 * @category configuration
 */
export class BitfinexConfig extends Context.Reference<BitfinexConfig>()("effect-bitfinex/BitfinexConfig", {
  defaultValue: (): Settings => defaults
}) {}

/** why nothing can be reached at an address. Node takes `host:443` for a protocol, and then connects to this machine */
const complaintOfUrl = (isSocket: boolean, value: unknown): string | undefined => {
  const parsed = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined
  if (isSocket) {
    return parsed !== undefined && ["ws:", "wss:"].includes(parsed.protocol) && parsed.hash === ""
      ? undefined
      : "give an address such as wss://api-pub.bitfinex.com/ws/2"
  }
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    return "give protocol and host, such as https://api-pub.bitfinex.com"
  }
  return parsed.search === "" && parsed.hash === "" && !/\/v[12]\/*$/.test(parsed.pathname)
    ? undefined
    : "give protocol and host alone: the version and all behind it are added"
}

/** those with which nothing would ever be answered in time, or each pass of a watchdog would find something */
const aboveZero: ReadonlyArray<unknown> = [
  defaults.rest.timeout,
  defaults.socket.connectTimeout,
  defaults.socket.replyTimeout,
  defaults.socket.subscribeTimeout,
  defaults.socket.silence,
  defaults.socket.channelSilence,
  defaults.socket.pingEvery,
  defaults.account.commandTimeout
]

const noTime = "give a duration above zero, such as 5 seconds"

/** why a value cannot replace this default: NaN and zero would turn limits, and waits that prove something, off */
const complaintOf = (known: unknown, value: unknown): string | undefined => {
  if (aboveZero.includes(known)) return Checks.isAboveZero(value) ? undefined : noTime
  if (Duration.isDuration(known)) {
    return Option.isSome(Checks.duration(value)) ? undefined : "give a duration, such as 5 seconds"
  }
  if (Schedule.isSchedule(known)) return Schedule.isSchedule(value) ? undefined : "give a Schedule"
  if (typeof known === "number") {
    return typeof value === "number" && value >= 1 ? undefined : "give a number of at least 1"
  }
  if (typeof known === "string") return complaintOfUrl(known.startsWith("ws"), value)
  if (known === defaults.socket.flags) {
    // a misspelled one would be off, and lost messages would go unnoticed
    const isFlag = ([name, on]: readonly [string, unknown]) =>
      Object.hasOwn(Flags.connection, name) && (on === undefined || typeof on === "boolean")
    return Predicate.isRecord(value) && Object.entries(value).every(isFlag)
      ? undefined
      : `give an object with any of ${Object.keys(Flags.connection).join(", ")}, each true or false`
  }
  if (!Predicate.hasProperty(known, "count")) return undefined
  return Predicate.hasProperty(value, "count") && Predicate.hasProperty(value, "per")
      && Number(value.count) >= 1 && Checks.isAboveZero(value.per)
    ? undefined
    : "give a limit, such as { count: 10, per: \"1 minute\" }"
}

/** a setting that does not exist, or that cannot be: with a misspelled host, calls would go to the venue */
const refusalOf = (overrides: Overrides): InvalidInput | undefined => {
  const operation = "BitfinexConfig.layer"
  const strange = strangeName(operation, { ...overrides }, Object.keys(defaults))
  if (strange !== undefined) return strange
  for (const group of ["rest", "socket", "account"] as const) {
    const known: { readonly [name: string]: unknown } = { ...defaults[group] }
    const given: { readonly [name: string]: unknown } = { ...overrides[group] }
    const unknown = strangeName(`${operation}: ${group}`, given, Object.keys(known))
    if (unknown !== undefined) return unknown
    for (const [field, value] of Object.entries(given)) {
      const reason = complaintOf(known[field], value)
      if (reason !== undefined) return new InvalidInput({ operation, field: `${group}.${field}`, value, reason })
    }
  }
  const { limitMargin = defaults.limitMargin } = overrides
  const reason = complaintOf(defaults.limitMargin, limitMargin)
  return reason === undefined
    ? undefined
    : new InvalidInput({ operation, field: "limitMargin", value: limitMargin, reason })
}

/** hosts without a slash at their end, behind which the path is put */
const trimmed = (overrides: Overrides): Overrides => {
  const { authUrl, publicUrl } = overrides.rest ?? {}
  const trim = (url: string): string => url.replace(/\/+$/, "")
  return {
    ...overrides,
    rest: {
      ...overrides.rest,
      ...(authUrl === undefined ? {} : { authUrl: trim(authUrl) }),
      ...(publicUrl === undefined ? {} : { publicUrl: trim(publicUrl) })
    }
  }
}

/**
 * The current settings with some of them replaced. Of two replacements of one setting, the later one counts. A setting
 * that does not exist, or an impossible value such as NaN, is a defect that names it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
 *
 * const Patient = BitfinexConfig.layer({
 *   rest: { timeout: "30 seconds" },
 *   socket: { connectLimit: { count: 10, per: "1 minute" } }
 * })
 */
export const layer = (...overrides: ReadonlyArray<Overrides>): Layer.Layer<never> =>
  Layer.effect(
    BitfinexConfig,
    Effect.gen(function*() {
      const refused = overrides.map(refusalOf).find((one) => one !== undefined)
      if (refused !== undefined) return yield* Effect.die(refused)
      return merge(yield* BitfinexConfig, ...overrides.map(trimmed))
    })
  )

const url = (name: string, kind: "http" | "ws") =>
  Config.url(name).pipe(
    Config.mapOrFail(({ href }) => {
      const complaint = complaintOfUrl(kind === "ws", href)
      return complaint === undefined
        ? Either.right(href)
        : Either.left(ConfigError.InvalidData([], `${JSON.stringify(href)} cannot be used: ${complaint}`))
    }),
    Config.map((href) => href.replace(/\/$/, "")),
    Config.option
  )
/** a duration reads "-5 seconds" as zero */
const duration = (name: string) =>
  Config.option(Config.validate(Config.duration(name), {
    message: noTime,
    validation: Duration.greaterThan(Duration.zero)
  }))

/** those that are set */
const given = <A extends object>(options: { readonly [K in keyof A]?: Option.Option<A[K]> }): Partial<A> =>
  // the cast: names and values are kept
  Record.getSomes(options as { readonly [name: string]: Option.Option<unknown> }) as Partial<A>

/**
 * Hosts and timeouts from the configuration, such as from environment variables. Those that are not set keep their values.
 *
 * | name | setting |
 * |---|---|
 * | `BITFINEX_REST_PUBLIC_URL` | `rest.publicUrl` |
 * | `BITFINEX_REST_AUTH_URL` | `rest.authUrl` |
 * | `BITFINEX_REST_TIMEOUT` | `rest.timeout`, such as `5 seconds` |
 * | `BITFINEX_SOCKET_URL` | `socket.url` |
 * | `BITFINEX_SOCKET_CONNECT_TIMEOUT` | `socket.connectTimeout` |
 * | `BITFINEX_ACCOUNT_URL` | `account.url` |
 * | `BITFINEX_ACCOUNT_COMMAND_TIMEOUT` | `account.commandTimeout` |
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Overrides> = Config.all({
  rest: Config.map(
    Config.all({
      publicUrl: url("BITFINEX_REST_PUBLIC_URL", "http"),
      authUrl: url("BITFINEX_REST_AUTH_URL", "http"),
      timeout: duration("BITFINEX_REST_TIMEOUT")
    }),
    given<Rest>
  ),
  socket: Config.map(
    Config.all({ url: url("BITFINEX_SOCKET_URL", "ws"), connectTimeout: duration("BITFINEX_SOCKET_CONNECT_TIMEOUT") }),
    given<Socket>
  ),
  account: Config.map(
    Config.all({
      url: url("BITFINEX_ACCOUNT_URL", "ws"),
      commandTimeout: duration("BITFINEX_ACCOUNT_COMMAND_TIMEOUT")
    }),
    given<Account>
  )
})

/**
 * The current settings, with the hosts and timeouts that `config` finds.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
 * import * as Layer from "effect/Layer"
 *
 * // with BITFINEX_SOCKET_URL=ws://127.0.0.1:8080/ws/2, sockets connect to that address
 * const Public = Layer.provide(Bitfinex.layerPublic, BitfinexConfig.layerConfig)
 */
export const layerConfig: Layer.Layer<never, ConfigError.ConfigError> = Layer.unwrapEffect(
  Effect.map(config, (overrides) => layer(overrides))
)
