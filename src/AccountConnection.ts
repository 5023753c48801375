/**
 * The account's socket: one supervised connection to the authenticated host, which logs in, and logs in again after
 * each disconnect. `AccountEvents`, `AccountState` and `Trading` are built on it.
 *
 * It connects when it is first needed and then stays until its scope ends, because events that occur while disconnected
 * are not replayed. Credentials are read at each login. After a login that was refused, the streams of the account
 * fail, and commands fail with the same error; `login` connects again once the credentials have changed.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Auth from "./Auth.ts"
import { BitfinexConfig, type Settings, windowOf } from "./BitfinexConfig.ts"
import { type AccountStreamError, InvalidInput, PermissionMissing } from "./BitfinexError.ts"
import * as Session from "./internal/account/session.ts"
import * as HealthData from "./internal/health.ts"
import { checkClosing, checkUrl } from "./internal/socket/address.ts"
import { strangeName } from "./protocol/internal/request.ts"
import type { KeyScope } from "./protocol/records/Auth.ts"
import type * as Symbols from "./protocol/Symbols.ts"
import * as RateLimiter from "./RateLimiter.ts"
import type { Problem } from "./SocketState.ts"

/**
 * The kinds of events to which a login can be restricted. Without a filter, events of all kinds are sent.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category models
 */
export type Filter =
  | "trading"
  | `trading-${Symbols.TradingSymbol}`
  | "funding"
  | `funding-${Symbols.FundingSymbol}`
  | "wallet"
  | "wallet-exchange"
  | "wallet-trading"
  | "wallet-deposit"
  | `wallet-${"exchange" | "trading" | "deposit"}-${string}`
  | "algo"
  | "balance"
  | "notify"

/**
 * Options of the login.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * dead man switch: the venue cancels all orders of the account when this socket closes, for whatever reason, a short
   * loss of the network included. Default false; `state` shows it
   */
  readonly dms?: boolean | undefined
  /** which events are sent; default all. `Trading` needs `trading` and `notify`; `AccountState` needs the families that you use */
  readonly filter?: ReadonlyArray<Filter> | undefined
}

/**
 * A scope of a key and an action, as in `orders.write`. Scopes have the venue's names; one that this SDK does not know
 * can be named as well.
 *
 * @since 0.1.0
 * @category models
 */
export type Permission = `${KeyScope}.${"read" | "write"}` | `${string}.${"read" | "write"}`

/**
 * A login that succeeded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Login extends Session.Login {}

/**
 * The state of the connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface State extends Session.State {}

/**
 * An event of a type that this SDK does not know, undecoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawEvent extends Session.RawEvent {}

/**
 * The supervised session on which `AccountEvents`, `AccountState` and `Trading` are built: it logs in, decodes each
 * event once and sends commands. `layer` provides it together with `AccountConnection`. A mock of `AccountConnection`
 * does not: with it alone these services still need the session, and their types say so.
 *
 * Its members are not part of the public API, and may change without notice.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as AccountEvents from "effect-bitfinex/AccountEvents"
 * import type * as Layer from "effect/Layer"
 *
 * const events: Layer.Layer<AccountEvents.AccountEvents, never, AccountConnection.AccountSession> = AccountEvents.layer()
 */
export class AccountSession extends Context.Tag("effect-bitfinex/AccountSession")<AccountSession, Session.Session>() {}

/**
 * The connection.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Connects and logs in, unless it is logged in, and waits until all snapshots were received, so that commands can be
   * sent. Fails with errors that no reconnection can resolve: `AuthenticationFailed` when key, signature or token are
   * refused. Credentials that this connection has logged in with before are tried once more, as one refusal may be a
   * mistake of the venue. After such a refusal it fails with the same error until the credentials have changed, and
   * then connects again.
   */
  readonly login: Effect.Effect<Login, AccountStreamError>
  /**
   * Logs in, and fails with `PermissionMissing` unless the key has all of these permissions. A scope that the venue's
   * answer does not name counts as missing.
   */
  readonly requirePermissions: (
    ...permissions: ReadonlyArray<Permission>
  ) => Effect.Effect<void, AccountStreamError | PermissionMissing>
  /** The state of the connection, now and after each change. Does not connect. */
  readonly states: Stream.Stream<State>
  /** The state of the connection. Does not connect. */
  readonly state: Effect.Effect<State>
  /**
   * Problems that the connection detected and recovered from. Their `epoch` counts the sockets of the connection, from 1,
   * as in `SocketState`, and not the logins.
   */
  readonly problems: Stream.Stream<Problem>
  /**
   * Closes the socket with your code and reason, by default 1000: all streams of the account end, and commands in flight
   * end as unknown. The next use of the account connects again. Fails with `InvalidInput` for
   * a code other than 1000 and 3000 to 4999, or a reason of more than 123 bytes.
   */
  readonly close: (code?: number, reason?: string) => Effect.Effect<void, InvalidInput>
}

/**
 * The account's socket.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as Effect from "effect/Effect"
 *
 * const check = Effect.gen(function*() {
 *   const account = yield* AccountConnection.AccountConnection
 *   yield* account.requirePermissions("orders.read", "orders.write")
 *   const { userId } = yield* account.login
 *   yield* Effect.log(`trades for ${userId}`)
 * })
 */
export class AccountConnection extends Context.Tag("effect-bitfinex/AccountConnection")<AccountConnection, Service>() {}

const filters =
  /^(trading|trading-t.+|funding|funding-f.+|wallet|wallet-(exchange|trading|deposit)(-.+)?|algo|balance|notify)$/

const operation = "AccountConnection"

const checkOptions = (options: Options): InvalidInput | undefined => {
  const { dms, filter } = options
  const refuse = (field: string, value: unknown, reason: string) =>
    new InvalidInput({ operation: `${operation}.layer`, field, value, reason })
  const strange = strangeName(`${operation}.layer`, { ...options }, ["dms", "filter"])
  if (strange !== undefined) return strange
  if (dms !== undefined && typeof dms !== "boolean") return refuse("dms", dms, "give true or false")
  if (filter === undefined) return undefined
  if (!Array.isArray(filter)) return refuse("filter", filter, "give a list of words")
  if (filter.length === 0) return refuse("filter", filter, "give at least one word, or leave it out for everything")
  const wrong = filter.find((word) => typeof word !== "string" || !filters.test(word))
  return wrong === undefined
    ? undefined
    : refuse("filter", wrong, "give words such as trading-tBTCUSD, funding, wallet-exchange, notify")
}

const limitOf = (settings: Settings) => ({
  key: { host: new URL(settings.account.url).host, family: "sockets" },
  limit: windowOf(settings.account.connectLimit, settings)
})

/**
 * Makes the session, which does not connect yet. Its socket is closed with the scope: 1000 `done` after success, 3000 after
 * a failure. Fails with `InvalidInput` when the options or the address in `BitfinexConfig` are wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSession = (
  options: Options = {}
): Effect.Effect<
  Session.Session,
  InvalidInput,
  Auth.Auth | RateLimiter.RateLimiter | Scope.Scope | Socket.WebSocketConstructor
> =>
  Effect.gen(function*() {
    const wrong = checkOptions(options)
    if (wrong !== undefined) return yield* Effect.fail(wrong)
    const settings = yield* BitfinexConfig
    const auth = yield* Auth.Auth
    const construct = yield* Socket.WebSocketConstructor
    const limiter = yield* RateLimiter.RateLimiter
    yield* checkUrl(operation, "account.url", settings.account.url)
    const { key, limit } = limitOf(settings)
    return yield* Session.make({
      name: "account",
      operation,
      settings,
      auth,
      construct,
      // without a bound on the wait, the limiter refuses nothing
      turn: (onWait) => Effect.ignore(limiter.acquire(key, limit, { operation, onWait })),
      pause: (millis) => limiter.penalize(key, millis),
      dms: options.dms ?? false,
      filter: options.filter
    })
  })

/**
 * Makes the service on a session.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AccountSession | RateLimiter.RateLimiter> = Effect.gen(function*() {
  const session = yield* AccountSession
  const limiter = yield* RateLimiter.RateLimiter
  const { key, limit } = limitOf(session.settings)
  const health: HealthData.Probed = {
    [HealthData.probe]: Effect.map(
      limiter.remaining(key, limit),
      (left) => ({ ...session.health(), budgets: HealthData.budgets([{ ...key, left, limit }]) })
    )
  }
  const service: Service & HealthData.Probed = {
    ...health,
    login: session.awaitLive,
    requirePermissions: Effect.fn("AccountConnection.requirePermissions")(function*(...permissions) {
      const { caps } = yield* session.awaitLive
      for (const permission of permissions) {
        const dot = permission.lastIndexOf(".")
        // the cast: the type of a permission ends in one of these two
        const [scope, right] = [permission.slice(0, dot), permission.slice(dot + 1) as "read" | "write"]
        if (caps === null || !Object.hasOwn(caps, scope) || caps[scope]?.[right] !== 1) {
          return yield* Effect.fail(new PermissionMissing({ operation: `${operation}.requirePermissions`, permission }))
        }
      }
    }),
    states: session.state.changes,
    state: Effect.sync(session.state.get),
    problems: session.problems,
    close: Effect.fn("AccountConnection.close")((code = 1000, reason = "") =>
      Effect.flatMap(
        checkClosing(`${operation}.close`, code, reason),
        () => session.close({ code, reason })
      )
    )
  }
  return service
})

/**
 * The account's socket, for the credentials behind `Auth`. Build one for each key: all services of the account share it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer().pipe(Layer.provide([Credentials.layerConfig(), Nonce.layerMemory]))
 * const Account = AccountConnection.layer({ filter: ["trading", "wallet", "notify"] }).pipe(
 *   Layer.provide([Signing, NodeSocket.layer, RateLimiter.layerProcess])
 * )
 */
export const layer = (
  options?: Options
): Layer.Layer<
  AccountConnection | AccountSession,
  InvalidInput,
  Auth.Auth | RateLimiter.RateLimiter | Socket.WebSocketConstructor
> => Layer.provideMerge(Layer.effect(AccountConnection, make), Layer.scoped(AccountSession, makeSession(options)))
