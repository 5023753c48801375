/**
 * The account's socket: one supervised connection to the authenticated host, which logs in, and logs in again whenever it
 * was lost. `AccountEvents`, `AccountState` and `Trading` work on it.
 *
 * It connects when it is first needed and then stays until its scope ends, since what happens to an account is missed by
 * who is away.
 *
 * @since 0.1.0
 */
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Auth from "./Auth.ts"
import { BitfinexConfig } from "./BitfinexConfig.ts"
import { type AccountStreamError, InvalidInput, PermissionMissing } from "./BitfinexError.ts"
import * as Session from "./internal/account/session.ts"
import * as HealthData from "./internal/health.ts"
import { checkClosing, checkUrl } from "./internal/socket/address.ts"
import type { SocketLike } from "./internal/socket/link.ts"
import type { KeyScope } from "./protocol/records/Auth.ts"
import type * as Symbols from "./protocol/Symbols.ts"
import * as RateLimiter from "./RateLimiter.ts"
import type { Problem } from "./SocketState.ts"

/**
 * What a login may be restricted to. Without a filter everything is told.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category models
 */
export type Filter =
  | "trading"
  | `trading-${Symbols.Trading}`
  | "funding"
  | `funding-${Symbols.Funding}`
  | "wallet"
  | "wallet-exchange"
  | "wallet-trading"
  | "wallet-deposit"
  | `wallet-${"exchange" | "trading" | "deposit"}-${string}`
  | "algo"
  | "balance"
  | "notify"

/**
 * How to log in.
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
  /** what is told; default everything. `Trading` needs `trading` and `notify`, and `AccountState` what it is asked for */
  readonly filter?: ReadonlyArray<Filter> | undefined
}

/**
 * A scope of a key, and what to do in it, as in `orders.write`. Scopes have the venue's names; one that this SDK does not
 * know can be named as well.
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
 * Where the connection stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface State extends Session.State {}

/**
 * An event of a type that this SDK does not know, as it came.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawEvent extends Session.RawEvent {}

/**
 * Where the services of the account find what they work on.
 *
 * @internal
 */
export const session: unique symbol = Symbol.for("effect-bitfinex/AccountConnection/session")

/**
 * The connection.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Connects and logs in, if that has not been done, and waits until all snapshots were seen, so that commands can be
   * sent. Fails with what no reconnection can mend: `AuthenticationFailed` when key, signature or token are refused.
   */
  readonly login: Effect.Effect<Login, AccountStreamError>
  /** Logs in, and fails with `PermissionMissing` unless the key may do all of this. A scope that the venue did not name is missing. */
  readonly requirePermissions: (
    ...permissions: ReadonlyArray<Permission>
  ) => Effect.Effect<void, AccountStreamError | PermissionMissing>
  /** Where the connection stands now, and each later change. Does not connect. */
  readonly states: Stream.Stream<State>
  /** Where the connection stands. Does not connect. */
  readonly state: Effect.Effect<State>
  /**
   * Problems that the connection detected and recovered from. Their `epoch` counts the sockets of the connection, from 1,
   * as in `SocketState`, and not the logins.
   */
  readonly problems: Stream.Stream<Problem>
  /**
   * Closes the socket with a code and a reason of yours, by default 1000: all streams of the account end, and commands
   * that are under way end as unknown. What needs the connection after that makes it anew. Fails with `InvalidInput` for
   * a code other than 1000 and 3000 to 4999, or a reason of more than 123 bytes.
   */
  readonly close: (code?: number, reason?: string) => Effect.Effect<void, InvalidInput>
  /** @internal */
  readonly [session]: Session.Session
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

const checkOptions = ({ dms, filter }: Options): InvalidInput | undefined => {
  const refuse = (field: string, value: unknown, reason: string) =>
    new InvalidInput({ operation: `${operation}.layer`, field, value, reason })
  if (dms !== undefined && typeof dms !== "boolean") return refuse("dms", dms, "give true or false")
  if (filter === undefined) return undefined
  if (!Array.isArray(filter)) return refuse("filter", filter, "give a list of words")
  if (filter.length === 0) return refuse("filter", filter, "give at least one word, or leave it out for everything")
  const wrong = filter.find((word) => typeof word !== "string" || !filters.test(word))
  return wrong === undefined
    ? undefined
    : refuse("filter", wrong, "give words such as trading-tBTCUSD, funding, wallet-exchange, notify")
}

/**
 * Makes the connection, which is not opened yet. Its socket is closed with the scope: 1000 `done` after success, 3000 after
 * a failure. Fails with `InvalidInput` when the options or the address in `BitfinexConfig` cannot be.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  Service,
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
    const url = settings.socketAuthUrl
    yield* checkUrl(operation, "socketAuthUrl", url)
    const [connections, seconds] = settings.authConnectLimit
    const key = { host: new URL(url).host, family: "sockets" }
    const limit = [connections, seconds + Duration.toSeconds(settings.limitMargin)] as const
    const made = yield* Session.make({
      name: "account",
      operation,
      settings,
      auth,
      // the cast: of a WebSocket, only what `SocketLike` names is used
      construct: (url) => construct(url) as unknown as SocketLike,
      turn: Effect.ignore(limiter.acquire(key, limit)), // without a bound on the wait, the limiter refuses nothing
      dms: options.dms ?? false,
      filter: options.filter
    })
    const health: HealthData.Probed = {
      [HealthData.probe]: Effect.map(
        limiter.remaining(key, limit),
        (left) => ({ ...made.health(), budgets: HealthData.budgets([{ ...key, left, limit }]) })
      )
    }
    return {
      ...health,
      login: made.awaitLive,
      requirePermissions: Effect.fn("AccountConnection.requirePermissions")(function*(...permissions) {
        const { caps } = yield* made.awaitLive
        for (const permission of permissions) {
          const dot = permission.lastIndexOf(".")
          // the cast: the type of a permission ends in one of these two
          const [scope, right] = [permission.slice(0, dot), permission.slice(dot + 1) as "read" | "write"]
          if (caps === null || !Object.hasOwn(caps, scope) || caps[scope]?.[right] !== 1) {
            return yield* Effect.fail(
              new PermissionMissing({ operation: `${operation}.requirePermissions`, permission })
            )
          }
        }
      }),
      states: made.state.changes,
      state: Effect.sync(made.state.get),
      problems: made.problems,
      close: Effect.fn("AccountConnection.close")((code = 1000, reason = "") =>
        Effect.flatMap(
          checkClosing(`${operation}.close`, code, reason),
          () => made.close({ code, reason })
        )
      ),
      [session]: made
    } satisfies Service as Service
  })

/**
 * The account's socket, for the credentials behind `Auth`. Build one for each key: what works on it shares it.
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
  AccountConnection,
  InvalidInput,
  Auth.Auth | RateLimiter.RateLimiter | Socket.WebSocketConstructor
> => Layer.scoped(AccountConnection, make(options))
