/**
 * The state of an account, correct again after each reconnection: open orders, positions, wallets and funding as live
 * views, the events that were missed while disconnected, and each trade once.
 *
 * Each login rebuilds the views from its snapshots, so they contain nothing that ended in the meantime. `missed`
 * reports the differences from the previous state: orders that are gone are looked up over REST and reported as filled
 * or cancelled, with their fills, or as unknown with the reason. Nothing is dropped silently. At the first login there
 * are no missed events.
 *
 * The order of events after each reconnection:
 *
 * 1. Each view is `Synced` as soon as its snapshot has arrived: its rows are the current state.
 * 2. `missed` reports the differences that follow from the snapshots alone (wallets, new or changed positions).
 * 3. `trades` delivers the missed trades, oldest first; then `missed` reports the outcome of orders and of the other
 *    rows.
 * 4. `missed` emits `CaughtUp`, and `caughtUp` completes. Before that, events from before this login may still be
 *    reported; after that, until the next disconnection, all events are live.
 *
 * New trades do not wait for missed ones: `trades` may deliver a new trade before an older one that was missed. Act on
 * fills where `trades` delivers them, since it delivers each trade exactly once, whichever way it arrived; the `fills`
 * of missed events are the same trades again. If you compute a position by adding up fills, wait for `caughtUp` before
 * you rely on it.
 *
 * If a snapshot does not arrive, or a row is unreadable, the view is `Stale` until REST has listed the open rows. They
 * are queried after `orderSettle`, not at once, so that REST shows everything that happened before. Until then, a
 * missing row is not taken for one that has ended.
 *
 * A view depends on the events of its login: sequence numbers show an event that was lost on the way, and the socket is
 * then replaced. They do not show an event that the venue never sent. So open orders that the socket has not mentioned
 * for five minutes are looked up among the past orders, every five minutes: one that has ended leaves the view, and
 * `missed` reports how. The other views are corrected at the next login.
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
import type {
  AccountTrade,
  Available,
  AvailableKnown,
  AvailableView,
  ComputedView,
  Problem,
  State,
  Synced,
  View,
  WalletType
} from "./AccountView.ts"
import { type AccountStreamError, ConnectionEnded, InvalidInput } from "./BitfinexError.ts"
import type { Session } from "./internal/account/session.ts"
import * as Keeping from "./internal/state/accountState.ts"
import { type Balances, dependencies } from "./internal/state/available.ts"
import type { Kept } from "./internal/state/keep.ts"
import type { CaughtUp, MissedEvent } from "./MissedEvent.ts"
import { strangeName } from "./protocol/internal/request.ts"
import type { FundingCredit, FundingLoan, FundingOffer } from "./protocol/records/Funding.ts"
import type { Order } from "./protocol/records/Order.ts"
import type { Position } from "./protocol/records/Position.ts"
import type { Wallet } from "./protocol/records/Wallet.ts"
import * as Symbols from "./protocol/Symbols.ts"
import { RateLimiter } from "./RateLimiter.ts"
import { RestAuthClient } from "./RestAuthClient.ts"

/**
 * The key of a wallet in `wallets`, such as `exchange:USD`.
 *
 * @since 0.1.0
 * @category models
 */
export type WalletKey = `${Wallet["type"]}:${string}`

/**
 * Names the wallet whose available balance is wanted.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalletName {
  /** code without prefix, such as `USD` */
  readonly currency: string
  /** default `exchange` */
  readonly type?: WalletType | undefined
}

/**
 * Which trades are delivered: `first` as soon as they are known, with or without their fee; `final` when the fee is
 * known too. Default `first`.
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
 * Streams fail with errors that no reconnection can resolve, with `InvalidInput` if the login's filter excludes their
 * family, and with `BufferOverflow` if more than 16,384 elements wait for a slow consumer of `missed` or `trades`.
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
  /**
   * The available balance of a wallet: its balance without what orders, positions and offers hold. The venue computes
   * it only on request, so while something reads `changes` or waits for `known`, this service requests it: after each
   * event that may change it, and again at half of `account.availableMaxAge`. At most 4 requests a second are made for
   * all wallets together, of the 8 that the venue computes.
   *
   * It is `Known` only if the request was written after the last event that may change it, and in this login. An order
   * that was sent and that the venue has not reported is not subtracted.
   *
   * Fails with `InvalidInput` if the filter of the login hides events that change it.
   */
  readonly available: (wallet: WalletName) => AvailableView
  /** funding in use for positions by id */
  readonly fundingCredits: View<number, FundingCredit>
  /** funding taken and not in use by id */
  readonly fundingLoans: View<number, FundingLoan>
  /** Events that were missed while disconnected, reported from now on. Connects if necessary. */
  readonly missed: Stream.Stream<MissedEvent, AccountStreamError>
  /**
   * Trades of the account from now on, each once: reported as `te` or `tu`, or found over REST after a reconnection.
   * With `final`, trades whose `tu` does not arrive within `orderSettle` are queried over REST.
   */
  readonly trades: (options?: TradesOptions) => Stream.Stream<AccountTrade, AccountStreamError>
  /** Waits until the views are live and all events from before this login were reported. Connects if necessary. */
  readonly caughtUp: Effect.Effect<CaughtUp, AccountStreamError>
  /** Problems that the service detected and recovered from. A slow consumer loses the oldest of more than 1024. */
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

/** the first element that is there; a stream that ends before was closed */
const headOf =
  (operation: string) =>
  <A>(stream: Stream.Stream<Option.Option<A>, AccountStreamError>): Effect.Effect<A, AccountStreamError> =>
    stream.pipe(
      Stream.filterMap((found) => found),
      Stream.runHead,
      Effect.flatMap(Option.match({
        onNone: () => Effect.fail(new ConnectionEnded({ operation, reason: "it was closed", isRetryable: true })),
        onSome: Effect.succeed
      }))
    )

/** the available balances of an account */
const availableOf = (account: Session, values: Balances) => (wallet: WalletName): AvailableView => {
  const operation = "AccountState.available"
  const { currency, type = "exchange" } = { ...wallet }
  const which = { type, currency }
  const fails = (field: string, value: string, reason: string) => new InvalidInput({ operation, field, value, reason })
  const refusal = (): InvalidInput | undefined => {
    // a misspelled `type` would otherwise be answered with the balance of another wallet
    const strange = strangeName(operation, { ...wallet }, ["currency", "type"])
    if (strange !== undefined) return strange
    if (!Symbols.isCurrency(currency)) return fails("currency", currency, Symbols.expected.currency)
    if (!Object.hasOwn(dependencies, type)) return fails("type", type, "give exchange, margin or funding")
    const hidden = account.lets("wallets")
      ? dependencies[type].find((name) => name !== "wallets" && !account.letsAll(name))
      : "wallets"
    if (hidden === undefined) return undefined
    const why = "the filter of the login hides events that change the available balance"
    return fails("filter", hidden, `${why}; add trading, funding and wallet, or leave the filter out`)
  }
  const changes = Stream.suspend((): Stream.Stream<Available, AccountStreamError> => {
    const refused = refusal()
    return refused === undefined
      ? Stream.unwrap(Effect.as(account.start, values.changes(which)))
      : Stream.fail(refused)
  })
  const missing = "the account has no such wallet; it appears with the first deposit or transfer to it"
  const known = changes.pipe(
    Stream.mapEffect((now): Effect.Effect<Option.Option<AvailableKnown>, AccountStreamError> => {
      if (now._tag === "Known") return Effect.succeed(Option.some(now))
      switch (now.reason._tag) {
        case "NoWallet":
          return Effect.fail(fails("currency", currency, missing))
        case "Excluded":
          return Effect.fail(fails("filter", type, "the key may not read the data that decides it"))
        case "Unreadable":
          return Effect.fail(
            fails("currency", currency, `REST refuses the data on which it depends: ${now.reason.reason}`)
          )
        default:
          return Effect.succeed(Option.none())
      }
    }),
    headOf(operation)
  )
  return { current: values.current(which), changes, known }
}

/**
 * Makes the state on the account's connection, which is opened when it is first needed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  Service,
  never,
  AccountSession | RateLimiter | RestAuthClient | Scope.Scope
> = Effect.gen(
  function*() {
    const account = yield* AccountSession
    const rest = yield* RestAuthClient
    const state = yield* Keeping.make(account, rest, yield* RateLimiter)
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
                excluded(operation, name, `its snapshot did not arrive, and REST refuses: ${now.reason.reason}`)
              )
            default:
              return Effect.succeed(Option.none())
          }
        }),
        headOf(operation)
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
      available: availableOf(account, state.available),
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
 * This is a function because Effect builds each layer reference once: each call makes a layer for one account, and if
 * you keep the result in a constant, it is the same account wherever you use it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Layer from "effect/Layer"
 *
 * const State = AccountState.layer().pipe(
 *   Layer.provideMerge(AccountConnection.layer()),
 *   Layer.provideMerge(RestAuthClient.layer()),
 *   Layer.provide(RateLimiter.layerProcess)
 * )
 */
export const layer = (): Layer.Layer<AccountState, never, AccountSession | RateLimiter | RestAuthClient> =>
  Layer.scoped(AccountState, make)
