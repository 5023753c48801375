/**
 * The states of an account's live views: open orders, positions and balances, and whether they are known.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { AccountStreamError, DecodeError } from "./BitfinexError.ts"
import type { Trade } from "./protocol/records/Order.ts"

/**
 * Why rows may be out of date:
 *
 * - `NotConnected`: there has been no login yet, or the connection was closed for good
 * - `Disconnected`: the login ended, and the snapshot of the next one has not arrived
 * - `SnapshotMissing`: the login's snapshot did not arrive in time; the rows are queried over REST
 * - `Malformed`: a row does not match its layout; the rows are queried over REST
 * - `Unreadable`: the rows had to be queried over REST, which refuses; the next login tries again
 * - `Excluded`: the filter of the login excludes them, or the key may not read them
 *
 * @since 0.1.0
 * @category models
 */
export type Reason =
  | { readonly _tag: "NotConnected" }
  | { readonly _tag: "Disconnected"; readonly reason: string }
  | { readonly _tag: "SnapshotMissing" }
  | { readonly _tag: "Malformed"; readonly error: DecodeError }
  | { readonly _tag: "Unreadable"; readonly reason: string }
  | { readonly _tag: "Excluded" }

/**
 * The rows are those of the account, as far as the venue has reported them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Synced<K, out A> {
  readonly _tag: "Synced"
  /** number of the login to which they belong, from 1 */
  readonly epoch: number
  /** rises with each change, also from epoch to epoch; a skipped version was conflated */
  readonly version: number
  /**
   * By key, in no particular order. The map is immutable: the next state has another map, which shares all equal rows,
   * so that a state costs as much among ten thousand rows as among ten.
   */
  readonly rows: ReadonlyMap<K, A>
}

/**
 * The rows may be out of date. They have another name here, so that they are not used as current rows by mistake.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stale<K, out A> {
  readonly _tag: "Stale"
  /** number of the login to which `lastKnown` belongs; 0 before the first */
  readonly epoch: number
  readonly version: number
  /** ms, by the clock of this machine; null if the rows were never known */
  readonly since: number | null
  readonly reason: Reason
  readonly lastKnown: ReadonlyMap<K, A>
}

/**
 * The state of a view at one moment.
 *
 * @since 0.1.0
 * @category models
 */
export type State<K, A> = Synced<K, A> | Stale<K, A>

/**
 * Whether the rows are current.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSynced = <K, A>(state: State<K, A>): state is Synced<K, A> => state._tag === "Synced"

/**
 * A live view. Every member but `current` connects and logs in if necessary. They fail with errors that no reconnection
 * can resolve, and with `InvalidInput` when the view is `Excluded`; `synced` and `get` also when it is `Unreadable`.
 *
 * @since 0.1.0
 * @category models
 */
export interface View<K, A> {
  /** the state now; does not connect */
  readonly current: Effect.Effect<State<K, A>>
  /** The state now, and after each change. A slow consumer receives only the newest. */
  readonly changes: Stream.Stream<State<K, A>, AccountStreamError>
  /** waits until the rows are known */
  readonly synced: Effect.Effect<Synced<K, A>, AccountStreamError>
  /** waits until the rows are known, then looks up one of them */
  readonly get: (key: K) => Effect.Effect<Option.Option<A>, AccountStreamError>
}

/**
 * A row with the fields that the venue computes only on request, and the time at which it arrived.
 *
 * @since 0.1.0
 * @category models
 */
export interface Computed<out A> {
  readonly row: A
  /** ms, by the clock of this machine */
  readonly mts: number
}

/**
 * A view of rows with fields that the venue computes only when `calc` requests them. Rows are shown as last reported:
 * null in such a field means that it was not computed, never that the value is zero. The last computed row is kept
 * separately, with its time, because its values may no longer match an amount that has changed since.
 *
 * @since 0.1.0
 * @category models
 */
export interface ComputedView<K, A> extends View<K, A> {
  /** the last computed row of this key; none if no row was computed, or if the view no longer has the key */
  readonly lastComputed: (key: K) => Effect.Effect<Option.Option<Computed<A>>>
}

/**
 * The wallets of an account. Records may have other types, because the venue may add some.
 *
 * @since 0.1.0
 * @category models
 */
export type WalletType = "exchange" | "margin" | "funding"

/**
 * An amount that the venue computed as available, and when.
 *
 * @since 0.1.0
 * @category models
 */
export interface AvailableAmount {
  /** in the currency of the wallet */
  readonly amount: number
  /** ms, by the clock of this machine: the venue computed it at this time or later */
  readonly mts: number
  /** the login in which it was computed */
  readonly epoch: number
}

/**
 * The available balance as the venue computed it after everything that the socket has reported of the account.
 *
 * @since 0.1.0
 * @category models
 */
export interface AvailableKnown extends AvailableAmount {
  readonly _tag: "Known"
}

/**
 * Why an available balance is not known. In addition to the reasons of the views on which it depends:
 *
 * - `NoWallet`: the account has no wallet of this type and currency, so the venue computes nothing
 * - `NotLive`: the venue is in maintenance, or this process slept and has received nothing from the venue since
 * - `NotComputed`: the venue has not computed it since the login, or since the last change of the account. It is
 *   requested as long as something reads `changes` or waits for `known`
 * - `Unanswered`: the venue did not answer the request within `account.commandTimeout`; the request is repeated
 * - `Expired`: the value is older than `account.availableMaxAge`
 *
 * @since 0.1.0
 * @category models
 */
export type AvailableReason =
  | Reason
  | { readonly _tag: "NoWallet" }
  | { readonly _tag: "NotLive" }
  | { readonly _tag: "NotComputed" }
  | { readonly _tag: "Unanswered" }
  | { readonly _tag: "Expired" }

/**
 * The available balance is not known. The last known amount has another name here, so that it is not used as the
 * current one by mistake.
 *
 * @since 0.1.0
 * @category models
 */
export interface AvailableStale {
  readonly _tag: "Stale"
  readonly reason: AvailableReason
  /** null if it was never known */
  readonly lastKnown: AvailableAmount | null
}

/**
 * The available balance of a wallet at one moment.
 *
 * @since 0.1.0
 * @category models
 */
export type Available = AvailableKnown | AvailableStale

/**
 * A live view of the available balance of one wallet. `changes` and `known` connect and log in if necessary, and
 * request the value. They fail like a `View`; `known` also when the account has no such wallet.
 *
 * @since 0.1.0
 * @category models
 */
export interface AvailableView {
  /** the value now; neither connects nor requests it */
  readonly current: Effect.Effect<Available>
  /** The value now, and after each change. A slow consumer receives only the newest. */
  readonly changes: Stream.Stream<Available, AccountStreamError>
  /** waits until the value is known */
  readonly known: Effect.Effect<AvailableKnown, AccountStreamError>
}

/**
 * A trade of the account.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountTrade {
  /** the login in which it was reported or found */
  readonly epoch: number
  /**
   * `socket`: reported as it happened. `rest`: found over REST, because it was executed while disconnected or its
   * message could not be read
   */
  readonly source: "socket" | "rest"
  /** the fee is null as long as it is not known */
  readonly trade: Trade
}

/**
 * A problem that the account's state detected and recovered from.
 *
 * - `Malformed`: `count` rows of a frame, the one of `error` among them, do not match their layout; the rows are
 *   queried over REST
 * - `QueryFailed`: the query of `what` over REST failed; it is repeated if `isRetryable`
 * - `Defect`: a bug; the query is repeated
 *
 * @since 0.1.0
 * @category models
 */
export type Problem =
  | {
    readonly _tag: "Malformed"
    readonly epoch: number
    readonly family: string
    readonly error: DecodeError
    readonly count: number
  }
  | {
    readonly _tag: "QueryFailed"
    readonly epoch: number
    readonly what: string
    readonly reason: string
    readonly isRetryable: boolean
  }
  | { readonly _tag: "Defect"; readonly epoch: number; readonly reason: string }
