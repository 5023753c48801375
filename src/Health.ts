/**
 * How everything that this process has of the SDK is doing, in one value: sockets, channels, live books, the account's
 * connection, budgets; and whether that is well, with reasons, for a probe.
 *
 * It looks at the services that are in the context, whichever these are, changes nothing and connects to nothing. Ages
 * are in ms, by a clock that never steps back.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AccountConnection from "./AccountConnection.ts"
import * as Looks from "./internal/health.ts"
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
export interface Channel extends Looks.Channel {}

/**
 * One supervised socket, with the channels that are wanted of it; the account's has none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Socket extends Looks.Socket {}

/**
 * One live book of `OrderBook`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Book extends Looks.Book {}

/**
 * The account's connection; its socket is the one named `account`, from when it is first needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Account extends Looks.Account {}

/**
 * A socket that ended for good, with the streams on it, because nothing could mend it: the reconnect schedule ended, or
 * the login was refused. It is told until another one of the same service is live.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ended extends Looks.Ended {}

/**
 * What a limit still allows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget extends Looks.Budget {}

/**
 * Everything at one moment. It is plain data: `JSON.stringify` prints all of it, and there is no secret in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** ms since the epoch, by the clock of this machine */
  readonly mts: number
  /** those of `MarketData`, `WsConnection` and `AccountConnection` that are open, or being opened */
  readonly sockets: ReadonlyArray<Socket>
  readonly books: ReadonlyArray<Book>
  /** null without `AccountConnection` in the context */
  readonly account: Account | null
  readonly ended: ReadonlyArray<Ended>
  /** limits of REST and of connections of which something is used right now */
  readonly budgets: ReadonlyArray<Budget>
  /** orders, changes and cancellations that `Trading` may send right now; null without it in the context */
  readonly orderBudgetRemaining: number | null
}

/**
 * What is not well. `text` says it in a sentence; ages are in ms.
 *
 * - `SocketDown`: a socket is not usable
 * - `SocketEnded`: a socket ended for good, and its streams with it
 * - `ChannelDown`: a channel is not live, on a socket that is
 * - `BookWithheld`: a live book is not served, on a socket that is live
 * - `AccountDown`: the account's socket is live, but commands cannot be sent: a snapshot is missing
 * - `Maintenance`: the venue said so; nothing here will end it
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
 * How patient a verdict is.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /** what has been down for less is taken to be healing; default 30 seconds. An end and a maintenance are told at once */
  readonly grace?: Duration.DurationInput | undefined
}

/**
 * Looks at `MarketData`, `WsConnection`, `AccountConnection`, `RestClient`, `RestAuthClient` and `Trading`, those that are
 * in the context. Doubles of a test, such as those of `Mock`, show nothing.
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
    Looks.of(MarketData.MarketData),
    Looks.of(WsConnection.WsConnection),
    Looks.of(AccountConnection.AccountConnection),
    Looks.of(RestClient.RestClient),
    Looks.of(RestAuthClient.RestAuthClient)
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

/** services that share a limiter tell the same of it */
const distinct = (budgets: ReadonlyArray<Budget>): ReadonlyArray<Budget> =>
  Array.from(new Map(budgets.map((budget) => [`${budget.host} ${budget.family}`, budget])).values())

const seconds = (age: number): string => `${Math.round(age / 1000)} s`

const ofSocket = ({ downAge, lastLoss, name, state, stateAge }: Socket, grace: number): ReadonlyArray<Reason> => {
  if (state._tag === "Maintenance") {
    return [{ _tag: "Maintenance", name, age: stateAge, text: `${name}: in maintenance for ${seconds(stateAge)}` }]
  }
  if (downAge === null || downAge < grace) return []
  const why = lastLoss === null ? "" : `, after ${lastLoss.reason}`
  return [{ _tag: "SocketDown", name, age: downAge, text: `${name}: ${state._tag} for ${seconds(downAge)}${why}` }]
}

const ofChannels = ({ channels, name, state }: Socket, grace: number): ReadonlyArray<Reason> =>
  state._tag !== "Live" ? [] : channels.flatMap(({ downAge, request, state }): ReadonlyArray<Reason> => {
    if (downAge === null || downAge < grace) return []
    const text = `${name}: ${request} is not live for ${seconds(downAge)}: ${state}`
    return [{ _tag: "ChannelDown", name, request, age: downAge, text }]
  })

/**
 * What is not well in a report; nothing when all is. Of what is down because its socket is, only the socket is told. A
 * budget that is used up is no reason, since calls wait for it.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Health from "effect-bitfinex/Health"
 * import * as Effect from "effect/Effect"
 *
 * // to start the process anew is no help in maintenance
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
    // a book that is withheld says why
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
 * Whether there is nothing that is not well.
 *
 * @since 0.1.0
 * @category guards
 */
export const isHealthy = (report: Report, options?: Options): boolean => reasons(report, options).length === 0
