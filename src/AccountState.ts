/**
 * The state of an account that stays true: open orders, positions, wallets and funding as live views, what happened while
 * the socket was away, and each trade once.
 *
 * The views are made anew from the snapshots of each login, so nothing that ended meanwhile stays in them. What is
 * different from before is told by `away`: orders that are gone are looked up by REST and reported as filled or cancelled,
 * with their fills, or as unknown with the reason. Nothing is dropped without a word. At the first login nothing is away.
 *
 * The order of things, after each reconnection:
 *
 * 1. Each view is `Synced` as soon as its snapshot has come: what it shows is true now, whatever led to it.
 * 2. What the snapshots alone tell is told by `away` (wallets, positions that are new or changed).
 * 3. `trades` delivers those that were missed, oldest first, then `away` tells what became of orders and the rest.
 * 4. `CaughtUp` is told by `away`, and `settled` completes: until then, something that happened before this login may still
 *    be told, and between it and the next loss only what happens as it happens.
 *
 * Trades of now do not wait for missed ones: `trades` may deliver a new one before an older one that had been missed.
 * Act on fills where `trades` delivers them, each of which it does once, by whatever way it came; `fills` of away events are
 * the same trades again. Who keeps a position by adding fills up waits for `settled` before trusting it.
 *
 * Where a snapshot did not come, or a row cannot be read, the view is `Stale` until REST has told what is open: not at
 * once, but after `orderSettle`, when REST has seen all that was before. What is missing is not taken for gone until then.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { AccountSession } from "./AccountConnection.ts"
import type { AccountTrade, ComputedView, Problem, State, Synced, View } from "./AccountView.ts"
import { type AccountStreamError, ConnectionEnded, InvalidInput } from "./BitfinexError.ts"
import * as Keeping from "./internal/state/accountState.ts"
import type { Kept } from "./internal/state/keep.ts"
import type { CaughtUp, MissedEvent } from "./MissedEvent.ts"
import type { FundingCredit, FundingLoan, FundingOffer } from "./protocol/records/Funding.ts"
import type { Order } from "./protocol/records/Order.ts"
import type { Position } from "./protocol/records/Position.ts"
import type { Wallet } from "./protocol/records/Wallet.ts"
import { RestAuthClient } from "./RestAuthClient.ts"

/**
 * What a wallet is found by in `wallets`, as in `exchange:USD`.
 *
 * @since 0.1.0
 * @category models
 */
export type WalletKey = `${Wallet["type"]}:${string}`

/**
 * Which trades are wanted: `first` as soon as they are known, with or without their fee; `final` when the fee is known
 * too. Default `first`.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface TradesOptions {
  readonly when?: "first" | "final" | undefined
}

/**
 * The state of an account.
 *
 * Streams fail with what no reconnection can mend, with `InvalidInput` when the login's filter excludes what they are of,
 * and with `BufferOverflow` when more than 16,384 elements wait for a slow consumer of `away` or `trades`.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** open orders by id */
  readonly orders: View<number, Order>
  /** open positions by symbol */
  readonly positions: ComputedView<string, Position>
  /** balances by wallet and currency */
  readonly wallets: ComputedView<WalletKey, Wallet>
  /** open offers and bids by id */
  readonly fundingOffers: View<number, FundingOffer>
  /** funding in use for positions by id */
  readonly fundingCredits: View<number, FundingCredit>
  /** funding taken and not in use by id */
  readonly fundingLoans: View<number, FundingLoan>
  /** What happened while the socket was away, from now on. Connects when that was not done. */
  readonly missed: Stream.Stream<MissedEvent, AccountStreamError>
  /**
   * Trades of the account from now on, each once: told as `te`, as `tu`, or found by REST after a reconnection. With
   * `final`, those whose `tu` does not come within `orderSettle` are asked for by REST.
   */
  readonly trades: (options?: TradesOptions) => Stream.Stream<AccountTrade, AccountStreamError>
  /** Waits until the views are live, and everything that happened before this login was told. Connects when needed. */
  readonly caughtUp: Effect.Effect<CaughtUp, AccountStreamError>
  /** What was noticed and survived. A slow consumer loses the oldest of more than 1024. */
  readonly problems: Stream.Stream<Problem>
}

/**
 * The state of an account.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const watch = Effect.gen(function*() {
 *   const account = yield* AccountState.AccountState
 *   yield* Effect.fork(Stream.runForEach(account.missed, (event) => Effect.log(event._tag, event)))
 *   yield* account.caughtUp
 *   const { rows } = yield* account.orders.synced
 *   yield* Effect.log(`${rows.size} orders are open`)
 *   yield* Stream.runForEach(account.trades(), ({ trade }) => Effect.log(trade))
 * })
 */
export class AccountState extends Context.Tag("effect-bitfinex/AccountState")<AccountState, Service>() {}

/**
 * Makes the state on the account's connection, which is opened when it is first needed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AccountSession | RestAuthClient | Scope.Scope> = Effect.gen(
  function*() {
    const account = yield* AccountSession
    const rest = yield* RestAuthClient
    const state = yield* Keeping.make(account, rest)
    const { families } = state

    const excluded = (operation: string, value: string, reason: string) =>
      new InvalidInput({ operation, field: "filter", value, reason })

    const viewOf = <K extends string | number, A>({ family, name, newest }: Kept<K, A>): View<K, A> => {
      const operation = `AccountState.${name}`
      const start = Effect.suspend((): Effect.Effect<void, AccountStreamError> =>
        account.lets(name)
          ? account.start
          : Effect.fail(
            excluded(operation, name, "the filter of the login excludes it; add it, or leave the filter out")
          )
      )
      const changes = Stream.unwrap(Effect.as(start, newest.stream))
      const synced = changes.pipe(
        Stream.mapEffect((now: State<K, A>): Effect.Effect<Option.Option<Synced<K, A>>, AccountStreamError> => {
          if (now._tag === "Synced") return Effect.succeed(Option.some(now))
          switch (now.reason._tag) {
            case "Excluded":
              return Effect.fail(excluded(operation, name, "the key may not read it"))
            case "Unreadable":
              return Effect.fail(
                excluded(operation, name, `its snapshot did not come, and REST refuses: ${now.reason.reason}`)
              )
            default:
              return Effect.succeed(Option.none())
          }
        }),
        Stream.filterMap((found) => found),
        Stream.runHead,
        Effect.flatMap(Option.match({
          onNone: () => Effect.fail(new ConnectionEnded({ operation, reason: "it was closed", isRetryable: true })),
          onSome: Effect.succeed
        }))
      )
      return {
        current: Effect.sync(() => family.state()),
        changes,
        synced,
        get: (key) => Effect.map(synced, ({ rows }) => Option.fromNullable(rows.get(key)))
      }
    }

    const computedOf = <K extends string | number, A>(kept: Kept<K, A>): ComputedView<K, A> => ({
      ...viewOf(kept),
      lastComputed: (key) => Effect.sync(() => Option.fromNullable(kept.family.lastComputed(key)))
    })

    return {
      orders: viewOf(families.orders),
      positions: computedOf(families.positions),
      wallets: computedOf(families.wallets),
      fundingOffers: viewOf(families.fundingOffers),
      fundingCredits: viewOf(families.fundingCredits),
      fundingLoans: viewOf(families.fundingLoans),
      missed: Stream.unwrap(Effect.as(account.start, state.missed.stream())),
      trades: (options) => {
        const when = options?.when ?? "first"
        const operation = "AccountState.trades"
        if (when !== "first" && when !== "final") {
          return Stream.fail(new InvalidInput({ operation, field: "when", value: when, reason: "give first or final" }))
        }
        if (!account.lets("trades")) {
          const reason = "the filter of the login excludes trades; add trading, or leave the filter out"
          return Stream.fail(excluded(operation, "trades", reason))
        }
        return Stream.unwrap(Effect.as(account.start, state.feed[when].stream()))
      },
      caughtUp: state.caughtUp,
      problems: state.problems.stream()
    } satisfies Service as Service
  }
)

/**
 * The state of the account behind the connection.
 *
 * A function, since Effect builds one reference once: each call makes a layer for one account, and a constant of your own
 * that holds the result is one account wherever it is used.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Layer from "effect/Layer"
 *
 * const State = AccountState.layer().pipe(
 *   Layer.provideMerge(AccountConnection.layer()),
 *   Layer.provideMerge(RestAuthClient.layer())
 * )
 */
export const layer = (): Layer.Layer<AccountState, never, AccountSession | RestAuthClient> =>
  Layer.scoped(AccountState, make)
