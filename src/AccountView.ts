/**
 * Live views of an account as values: the open orders, positions and balances, and whether they are known.
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
 * - `NotConnected`: there was no login yet, or the connection was closed for good
 * - `Disconnected`: the login is over, and the snapshot of the next one has not come
 * - `SnapshotMissing`: the login's snapshot did not come in time; the rows are asked for by REST
 * - `Malformed`: a row is not what its layout declares; the rows are asked for by REST
 * - `Unreadable`: they had to be asked for by REST, which refuses; it is tried again at the next login
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
  /** the login that they are of, from 1 */
  readonly epoch: number
  /** rises with each change, also from epoch to epoch; those between two that you see were conflated */
  readonly version: number
  /**
   * By key, in no particular order. It is never changed afterwards: the next state has another one, which shares all rows
   * that are equal, so that a state costs the same among ten rows and among ten thousand.
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
  /** the login that `lastKnown` is of; 0 before the first */
  readonly epoch: number
  readonly version: number
  /** ms, by the clock of this machine; null when they never were known */
  readonly since: number | null
  readonly reason: Reason
  readonly lastKnown: ReadonlyMap<K, A>
}

/**
 * A view at one moment.
 *
 * @since 0.1.0
 * @category models
 */
export type State<K, A> = Synced<K, A> | Stale<K, A>

/**
 * Whether the rows are known to be true.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSynced = <K, A>(state: State<K, A>): state is Synced<K, A> => state._tag === "Synced"

/**
 * A live view. All but `current` connect and log in when that was not done. They fail with what no reconnection can mend,
 * and with `InvalidInput` when the view is `Excluded`; `synced` and `get` also when it is `Unreadable`.
 *
 * @since 0.1.0
 * @category models
 */
export interface View<K, A> {
  /** the state now; does not connect */
  readonly current: Effect.Effect<State<K, A>>
  /** The state now, and again whenever it has changed. A slow consumer is given the newest state in place of all before. */
  readonly changes: Stream.Stream<State<K, A>, AccountStreamError>
  /** waits until the rows are known */
  readonly synced: Effect.Effect<Synced<K, A>, AccountStreamError>
  /** waits until the rows are known, and looks one up */
  readonly get: (key: K) => Effect.Effect<Option.Option<A>, AccountStreamError>
}

/**
 * A row in which the venue had computed what it leaves null otherwise, and when it came.
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
 * A view of rows of which the venue computes a part only when `calc` asks for it. A row is shown as it was reported last: null
 * means that this row was not computed, and never that the value is zero. A value that was computed before is kept beside it,
 * with its time, since an amount that changed meanwhile does not fit to it any more.
 *
 * @since 0.1.0
 * @category models
 */
export interface ComputedView<K, A> extends View<K, A> {
  /** the last row of this key that was computed, as it was then; none when there was none, or the key is gone */
  readonly lastComputed: (key: K) => Effect.Effect<Option.Option<Computed<A>>>
}

/**
 * The wallets of an account. In the records the word is open, since the venue may add others.
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
 * Why an available balance is not known. Beside the reasons of the views that it depends on:
 *
 * - `NoWallet`: the account has no wallet of this type and currency, so the venue computes nothing
 * - `NotLive`: the venue is in maintenance, or this process slept and has not heard from the venue since
 * - `NotComputed`: the venue has not computed it since the login, or since the account changed last. It is asked as long
 *   as something reads `changes` or waits for `known`
 * - `Unanswered`: it was asked and did not answer within `account.commandTimeout`; it is asked again
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
  /** null when it never was known */
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
 * A live view of the available balance of one wallet. `changes` and `known` connect and log in when that was not done, and
 * ask the venue for the value. They fail like a `View`; `known` also when the account has no such wallet.
 *
 * @since 0.1.0
 * @category models
 */
export interface AvailableView {
  /** the value now; neither connects nor asks */
  readonly current: Effect.Effect<Available>
  /** The value now, and again whenever it has changed. A slow consumer is given the newest one in place of all before. */
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
  /** `socket`: reported as it happened. `rest`: it was executed while disconnected, or its message could not be read */
  readonly source: "socket" | "rest"
  /** the fee is null as long as it is not known */
  readonly trade: Trade
}

/**
 * Something that the account's state noticed and survived.
 *
 * - `Malformed`: `count` rows of a frame, the one of `error` among them, are not what their layout declares; the rows are
 *   requested by REST
 * - `QueryFailed`: REST was asked for something and failed; it is asked again when `isRetryable`
 * - `Defect`: a mistake in code; the query is repeated
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
