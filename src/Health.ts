/**
 * The health of all services of this SDK in one value: sockets, channels, live books, the account's connection, budgets;
 * and a verdict with reasons, for health probes.
 *
 * It reads the services that are in the context, changes nothing and opens no connection. Ages are in ms, measured with a
 * monotonic clock.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AccountConnection from "./AccountConnection.ts"
import * as HealthData from "./internal/health.ts"
import * as MarketData from "./MarketData.ts"
import * as RestAuthClient from "./RestAuthClient.ts"
import * as RestClient from "./RestClient.ts"
import * as Trading from "./Trading.ts"
import * as WsConnection from "./WsConnection.ts"

/**
 * One subscription on a socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel extends HealthData.Channel {}

/**
 * One supervised socket, with the channels that are requested on it; the account's socket has no channels.
 *
 * @since 0.1.0
 * @category models
 */
export interface Socket extends HealthData.Socket {}

/**
 * One live book of `OrderBook`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Book extends HealthData.Book {}

/**
 * The account's connection. Its socket, named `account`, is listed once it is first needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Account extends HealthData.Account {}

/**
 * A socket that ended for good together with its streams, because no reconnect could help: the reconnect schedule ended,
 * or the login was refused. It is reported until another socket of the same service is live.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ended extends HealthData.Ended {}

/**
 * What remains of a rate limit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget extends HealthData.Budget {}

/**
 * The health of everything at one moment. It is plain data: `JSON.stringify` prints all of it, and it holds no secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** ms since the epoch, by the clock of this machine */
  readonly mts: number
  /** sockets of `MarketData`, `WsConnection` and `AccountConnection` that are open, or being opened */
  readonly sockets: ReadonlyArray<Socket>
  readonly books: ReadonlyArray<Book>
  /** null without `AccountConnection` in the context */
  readonly account: Account | null
  readonly ended: ReadonlyArray<Ended>
  /** REST and connection limits of which some is used right now */
  readonly budgets: ReadonlyArray<Budget>
  /** commands (submit, update, cancel) that `Trading` may send right now; null without `Trading` in the context */
  readonly orderBudgetRemaining: number | null
}

/**
 * One reason why a report is not healthy. `text` is a sentence for people; ages are in ms.
 *
 * - `SocketDown`: a socket is not usable
 * - `SocketEnded`: a socket ended for good, and its streams with it
 * - `ChannelDown`: a channel is not live although its socket is
 * - `BookWithheld`: a live book is withheld although its socket is live
 * - `AccountDown`: the account's socket is live, but commands cannot be sent: a snapshot is missing
 * - `Maintenance`: the venue announced maintenance; restarting the program does not end it
 *
 * @since 0.1.0
 * @category models
 */
export type Reason =
  | { readonly _tag: "SocketDown"; readonly name: string; readonly age: number; readonly text: string }
  | { readonly _tag: "SocketEnded"; readonly name: string; readonly age: number; readonly text: string }
  | {
    readonly _tag: "ChannelDown"
    readonly name: string
    readonly request: string
    readonly age: number
    readonly text: string
  }
  | { readonly _tag: "BookWithheld"; readonly request: string; readonly age: number; readonly text: string }
  | { readonly _tag: "AccountDown"; readonly age: number; readonly text: string }
  | { readonly _tag: "Maintenance"; readonly name: string; readonly age: number; readonly text: string }

/**
 * How long a fault may last before the verdict counts it.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * a fault younger than this is assumed to recover by itself; default 30 seconds. `SocketEnded` and `Maintenance` are
   * reported at once
   */
  readonly grace?: Duration.DurationInput | undefined
}

/**
 * Reports on `MarketData`, `WsConnection`, `AccountConnection`, `RestClient`, `RestAuthClient` and `Trading`, as far as
 * they are in the context. Test doubles, such as those of `Mock`, report nothing.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as Health from "effect-bitfinex/Health"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const report = yield* Health.report
 *   for (const { channels, name, state } of report.sockets) yield* Effect.log(name, state._tag, channels.length)
 * }).pipe(Effect.provide(Bitfinex.layerPublic))
 */
export const report: Effect.Effect<Report> = Effect.gen(function*() {
  const found = yield* Effect.all([
    HealthData.snapshotOf(MarketData.MarketData),
    HealthData.snapshotOf(WsConnection.WsConnection),
    HealthData.snapshotOf(AccountConnection.AccountConnection),
    HealthData.snapshotOf(RestClient.RestClient),
    HealthData.snapshotOf(RestAuthClient.RestAuthClient)
  ])
  const trading = yield* Effect.serviceOption(Trading.Trading)
  return {
    mts: yield* Clock.currentTimeMillis,
    sockets: found.flatMap(({ sockets = [] }) => sockets),
    books: found.flatMap(({ books = [] }) => books),
    account: found.find(({ account }) => account !== undefined)?.account ?? null,
    ended: found.flatMap(({ ended = [] }) => ended),
    budgets: distinct(found.flatMap(({ budgets = [] }) => budgets)),
    orderBudgetRemaining: Option.isSome(trading) && Object.hasOwn(trading.value, "orderBudgetRemaining")
      ? yield* trading.value.orderBudgetRemaining
      : null
  }
}).pipe(Effect.withSpan("Health.report"))

/** services that share a limiter report the same budgets */
const distinct = (budgets: ReadonlyArray<Budget>): ReadonlyArray<Budget> =>
  Array.from(new Map(budgets.map((budget) => [`${budget.host} ${budget.family}`, budget])).values())

const seconds = (age: number): string => `${Math.round(age / 1000)} s`

const ofSocket = ({ downAge, lastDisconnect, name, state, stateAge }: Socket, grace: number): ReadonlyArray<Reason> => {
  if (state._tag === "Maintenance") {
    return [{ _tag: "Maintenance", name, age: stateAge, text: `${name}: in maintenance for ${seconds(stateAge)}` }]
  }
  if (downAge === null || downAge < grace) return []
  const why = lastDisconnect === null ? "" : `, after ${lastDisconnect.reason}`
  return [{ _tag: "SocketDown", name, age: downAge, text: `${name}: ${state._tag} for ${seconds(downAge)}${why}` }]
}

const ofChannels = ({ channels, name, state }: Socket, grace: number): ReadonlyArray<Reason> =>
  state._tag !== "Live" ? [] : channels.flatMap(({ downAge, request, state }): ReadonlyArray<Reason> => {
    if (downAge === null || downAge < grace) return []
    const text = `${name}: ${request} is not live for ${seconds(downAge)}: ${state}`
    return [{ _tag: "ChannelDown", name, request, age: downAge, text }]
  })

/**
 * The reasons why a report is not healthy; empty when it is healthy. When a socket is down, its channels and books are
 * not listed in addition. An exhausted budget is not a reason, because calls wait for it.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Health from "effect-bitfinex/Health"
 * import * as Effect from "effect/Effect"
 *
 * // restarting the process does not help during maintenance
 * const isAlive = Effect.map(
 *   Health.report,
 *   (report) => Health.reasons(report, { grace: "5 minutes" }).every(({ _tag }) => _tag === "Maintenance")
 * )
 */
export const reasons = (report: Report, options?: Options): ReadonlyArray<Reason> => {
  const grace = Duration.toMillis(options?.grace ?? Duration.seconds(30))
  const live = new Set(report.sockets.flatMap(({ name, state }) => state._tag === "Live" ? [name] : []))
  const withheld = report.books.flatMap(({ downAge, reason, request, socket }): ReadonlyArray<Reason> => {
    if (downAge === null || downAge < grace || socket === null || !live.has(socket)) return []
    const text = `${socket}: ${request} is withheld for ${seconds(downAge)}: ${reason}`
    return [{ _tag: "BookWithheld", request, age: downAge, text }]
  })
  const books = new Set(report.books.map(({ request }) => request))
  const { account } = report
  const isAccountDown = account !== null && account.downAge !== null && account.downAge >= grace && live.has("account")
  return [
    ...report.ended.map(({ age, name, reason }): Reason => ({
      _tag: "SocketEnded",
      name,
      age,
      text: `${name}: ended for good ${seconds(age)} ago: ${reason}`
    })),
    ...report.sockets.flatMap((socket) => ofSocket(socket, grace)),
    // a withheld book has a reason of its own, which says why
    ...report.sockets.flatMap((socket) => ofChannels(socket, grace)).filter((reason) =>
      reason._tag !== "ChannelDown" || !books.has(reason.request)
    ),
    ...withheld,
    ...(isAccountDown
      ? [{
        _tag: "AccountDown" as const,
        age: account.downAge,
        text: `account: not live for ${seconds(account.downAge)}, waits for ${account.awaited.join(", ") || "a login"}`
      }]
      : [])
  ]
}

/**
 * Whether a report has no reason to be unhealthy.
 *
 * @since 0.1.0
 * @category guards
 */
export const isHealthy = (report: Report, options?: Options): boolean => reasons(report, options).length === 0
