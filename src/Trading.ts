/**
 * Order entry on the account's socket: commands as Effects, each of which ends within a bounded time.
 *
 * A command succeeds when the venue has accepted it; the proof is the venue's notification or an order event, whichever
 * comes first. It fails with the venue's refusal, with an error that says that nothing was sent, or with
 * `OutcomeUnknown`, when its deadline (`commandTimeout`) passes or the login ends before an answer comes. The SDK never
 * sends a command again. It resolves an unknown outcome, over REST where necessary, and publishes it on `resolutions`.
 *
 * A command belongs to the login in which it was called, and is never sent in a later one. Before the first login it
 * waits for it, within its deadline. After a login was lost it fails at once with `ConnectionClosed` (`unsent`),
 * because the market has moved meanwhile: if you still want the command, wait for `AccountConnection.login` and call it
 * again.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { AccountSession } from "./AccountConnection.ts"
import type {
  AccountStreamError,
  CalcError,
  CommandError,
  InvalidInput,
  NotifyError,
  OfferError,
  OrderUnknown,
  OutcomeUnknown
} from "./BitfinexError.ts"
import type {
  Accepted,
  CalcRecord,
  Exposure,
  NothingLeft,
  OfferAck,
  OperationAck,
  OrderAck,
  OrderLifecycle,
  OrdersAck,
  Replaced,
  Resolution,
  SubmittedOrder,
  UserNotification
} from "./Command.ts"
import type { ExitReport } from "./ExitReport.ts"
import type * as CancelAll from "./internal/trading/cancelAll.ts"
import * as Internal from "./internal/trading/service.ts"
import type { OrderOutcome } from "./OrderOutcome.ts"
import type { accountInputs, Args, CalcItem } from "./protocol/channels/Inputs.ts"
import * as Policies from "./protocol/internal/policies.ts"
import type { Order } from "./protocol/records/Order.ts"
import * as RateLimiter from "./RateLimiter.ts"
import { RestAuthClient } from "./RestAuthClient.ts"

type Inputs = typeof accountInputs

/**
 * The terms of a new order.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewOrder extends Args<Inputs["submitOrder"]> {}

/**
 * The terms of a new funding offer.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewFundingOffer extends Args<Inputs["submitFundingOffer"]> {}

/**
 * Failures of a submission. An unknown outcome carries the `cid` of its order. It never fails with `OrderNotFound`.
 *
 * @since 0.1.0
 * @category errors
 */
export type SubmitError = Exclude<OfferError, OutcomeUnknown> | OrderUnknown

/**
 * A selection of orders: all orders of the account, those of a symbol, or those of a group.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderSelection = CancelAll.Which

/**
 * Submits orders that are cancelled when a scope ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submitter
  extends Pick<Service, "submitOrder" | "submitOrderResolved" | "submitOrderStream" | "replaceOrder">
{
  /**
   * The group that orders without a `gid` receive. It is generated for this scope, so that all of them can be cancelled
   * together even if the answer to one was lost. An order's own `gid` is never replaced.
   */
  readonly gid: number
}

/**
 * Order entry. Each method first checks its arguments (`InvalidInput`). It sends nothing during maintenance
 * (`Maintenance`), without the permission (`PermissionMissing`), or if the filter of the login excludes the events that
 * would answer it, or that would show the end of its order (`InvalidInput`). Submissions, updates and cancellations of
 * orders share a budget (`orderLimit`): a command that would wait for it beyond its deadline fails with `RateLimited`,
 * unsent.
 *
 * If you interrupt a command you do not get its result. The SDK still resolves the outcome and publishes it on
 * `resolutions`.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Submits an order; an OCO makes two, of which the second may have another `cid` than the one that is given. An order
   * without a `cid` gets one, which is unique in this process and rises with each order.
   */
  readonly submitOrder: (order: NewOrder) => Effect.Effect<SubmittedOrder, SubmitError>
  /**
   * Submits an order; if the outcome is unknown, waits for its resolution, at most `within` (by default a minute). It
   * submits once: after `NeverPlaced` the caller decides whether to submit again. `NeverPlaced` takes about twice
   * `orderSettle` from when nothing of the order can arrive any more: 30 s by default, and `commandTimeout` before.
   *
   * Fails like `submitOrder`: with `OutcomeUnknown` when that time is over, or nothing proves the outcome.
   */
  readonly submitOrderResolved: (
    order: NewOrder,
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Accepted | OrderOutcome, SubmitError>
  /**
   * Submits an order when the stream begins, and follows it until it was filled or cancelled. Elements are its
   * acceptance, each change, each trade, and its end. The stream survives reconnections: after each, it looks up the
   * events in between over REST. Ending the stream early does not cancel the order. Fails like `submitOrder`, and with
   * `OutcomeUnknown` when the outcome cannot be resolved, or when the order is no longer open and readings of some 25 minutes
   * do not show how it ended: the venue shows the past orders of two weeks only.
   */
  readonly submitOrderStream: (order: NewOrder) => Stream.Stream<OrderLifecycle, SubmitError>
  /**
   * Cancels the selected open orders (by default all orders of the account), over the socket and over REST, and returns
   * those that are no longer open. It succeeds when the venue has shown no open order of the selection for
   * `orderSettle` (15 s by default), because an order that an earlier run sent may appear late. With `watch: false` it
   * succeeds after two consecutive queries that show none, which does not rule out a late order. If this takes longer
   * than `within` (by default a minute), it fails with `OutcomeUnknown`, whose reason names the orders that are left.
   * An open order whose row cannot be decoded is cancelled by its id, and does not keep the others from being
   * cancelled. Fails with `InvalidInput`, and cancels nothing, when the selection is not one of the three.
   */
  readonly cancelOpenOrders: (
    which?: OrderSelection,
    options?: { readonly within?: Duration.DurationInput; readonly watch?: boolean }
  ) => Effect.Effect<ReadonlyArray<Order>, InvalidInput | OutcomeUnknown>
  /**
   * Adds a finalizer to the scope that cancels orders: those submitted with the methods of the result, and those that
   * `also` selects. The scope closes when the venue has shown the end of each. The finalizer cancels over the socket
   * and over REST at the same time, by id, by `cid` and by group, and repeats this every second. After `within` it
   * gives up (by default 6 s, so that a process that has 10 s to stop can still close its sockets). It then logs as an
   * error the ids of the orders that may be open, and reports them to `onReport` and to `ExitReport.ExitReports`: with
   * one report for the orders of the scope, and another one for those of `also`. While the scope is being closed the
   * methods of the result submit nothing.
   *
   * That no order of `also` is open is confirmed by the socket, or by REST if it shows none for `orderSettle`. Without
   * the socket the report is therefore mostly `MayBeOpen` with a reason.
   *
   * A scope is closed by success, failure and interruption. If a scope is still open when the layer of the service is
   * released, such as that of a daemon fiber, its orders are cancelled then. It is not closed when the process ends
   * abruptly: by SIGKILL, `process.exit`, a second signal, loss of the machine, or, without `BotRuntime.runMain`, by
   * SIGHUP or by an error that is thrown outside of Effect. Then only the venue can cancel: see `dms` of
   * `AccountConnection`.
   */
  readonly cancelOnExit: (
    options?: {
      readonly also?: OrderSelection
      readonly within?: Duration.DurationInput
      readonly onReport?: (report: ExitReport) => Effect.Effect<void>
    }
  ) => Effect.Effect<Submitter, never, Scope.Scope>
  /**
   * Updates an order, by `id`, or by `cid` and its day. A call with `delta` is not idempotent: a repeat applies it
   * again. Without `flags`, the update of a post-only order may take: give `flags: Flags.ofOrder(order)`.
   */
  readonly updateOrder: (changes: Args<Inputs["updateOrder"]>) => Effect.Effect<OrderAck, CommandError>
  /**
   * Cancels an order, by `id`, or by `cid` and its day. Succeeds when the venue has accepted the cancellation, or when
   * the order ended meanwhile for any other reason: `order.status` then says how.
   */
  readonly cancelOrder: (order: Args<Inputs["cancelOrder"]>) => Effect.Effect<OrderAck, CommandError>
  /**
   * Cancels several orders: by ids, by groups, by pairs of `cid` and day, or all. With nothing to cancel it succeeds.
   */
  readonly cancelOrders: (orders: Args<Inputs["cancelOrders"]>) => Effect.Effect<OrdersAck, CommandError>
  /**
   * Sends up to 15 operations in one frame. Returns one result for each, in the order of the operations, because the
   * manual does not promise that the venue executes all of them or none. Fails only when nothing was sent. When the
   * venue refuses the frame as a whole, each result is an `OutcomeUnknown` that carries the refusal.
   */
  readonly orderMultiOp: (
    batch: Args<Inputs["orderMultiOp"]>
  ) => Effect.Effect<ReadonlyArray<Either.Either<OperationAck, CommandError>>, CommandError>
  /**
   * Offers funding, or bids for it. An offer has no id before the venue assigns one, so its answer is recognised by its
   * terms. Offers with equal terms are therefore sent one after the other, and an equal offer that another program
   * makes at the same moment cannot be distinguished from yours.
   */
  readonly submitFundingOffer: (offer: NewFundingOffer) => Effect.Effect<OfferAck, OfferError>
  /** Cancels a funding offer. Succeeds when it has ended, for whatever reason: `offer.status` says how. */
  readonly cancelFundingOffer: (
    offer: Args<Inputs["cancelFundingOffer"]>
  ) => Effect.Effect<OfferAck, OfferError>
  /**
   * Requests records that the venue computes on request only, for 1 to 30 items, at most 8 a second. Returns records in
   * the order of the items; null for an item that was not answered in time, which also happens for items that do not
   * exist. Fails with `OutcomeUnknown` when no item was answered.
   */
  readonly calc: <const I extends CalcItem>(
    items: ReadonlyArray<I>
  ) => Effect.Effect<ReadonlyArray<CalcRecord<I> | null>, CalcError>
  /**
   * Sends a notification to the user's other connections: a type that begins with `ucm-`, and any JSON. The venue does
   * not answer it, so success means that it was written to the socket. Returns the id of the message.
   */
  readonly notify: (message: Args<Inputs["notify"]>) => Effect.Effect<number, NotifyError>
  /** Notifications that programs of the user send with `notify`. Fails like the streams of `AccountEvents`. */
  readonly userNotifications: Stream.Stream<UserNotification, AccountStreamError>
  /**
   * Cancels an order and submits another one in its place. The two are never open at the same time: the second is
   * submitted only after the venue has shown the end of the first. `order.amount` is the amount that both together are
   * to execute, so the amount that the first executed is subtracted from it. If nothing is left, no second order is
   * submitted (`NothingLeft`). If the first is one of an OCO, the other one is cancelled with it, and `executed` is the
   * sum of both.
   *
   * The second order belongs to no scope of `cancelOnExit`, even if the first one did. To replace an order of such a
   * scope, call `replaceOrder` of its `Submitter`: the second order is then cancelled with the others.
   *
   * Fails with `OutcomeUnknown` that carries the `id` of the first order when the venue does not show its end, or its
   * trades do not agree with its remaining amount, each within `within` (by default a minute); then nothing was
   * submitted. Fails with `InvalidInput`, and sends nothing, if the second order cannot be submitted, is of another symbol,
   * or while another call replaces the same order. Fails like `cancelOrder` if the cancellation is refused or unsent, and
   * like `submitOrder` for the second order: `operation` of the error says which, and after `Trading.submitOrder` the first
   * order has ended.
   *
   * Before it cancels, it takes the order budget of all its commands, which no other command can use meanwhile: two, or
   * three for an OCO. While there are fewer it waits as a single command would, and then fails with `RateLimited` of
   * `Trading.replaceOrder`; then nothing was sent. With an `orderLimit` below that number it fails with `InvalidInput`.
   */
  readonly replaceOrder: (
    given: { readonly id: number; readonly order: NewOrder },
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Replaced | NothingLeft, CommandError>
  /**
   * Resolutions of unknown outcomes from now on. For a slow consumer 1024 are buffered; beyond that the oldest are
   * lost.
   */
  readonly resolutions: Stream.Stream<Resolution>
  /**
   * The orders of this service that may be live at this moment: in flight, accepted and not ended, unknown, or not
   * seen. With the largest amount that they can still execute, by symbol and side, updates and replacements in flight
   * included.
   */
  readonly exposure: Effect.Effect<Exposure>
  /** The exposure now, and after each change. A slow consumer receives only the newest. */
  readonly exposureChanges: Stream.Stream<Exposure>
  /**
   * How many submissions, updates and cancellations the budget allows right now. All clients that share the limiter
   * count.
   */
  readonly orderBudgetRemaining: Effect.Effect<number>
}

/**
 * Order entry on the account's socket.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Trading from "effect-bitfinex/Trading"
 * import * as Effect from "effect/Effect"
 *
 * const buy = Effect.gen(function*() {
 *   const trading = yield* Trading.Trading
 *   return yield* trading.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 30000 })
 * }).pipe(
 *   Effect.catchTag("OutcomeUnknown", ({ cid }) => Effect.logWarning(`the outcome of order ${cid} is not known yet`))
 * )
 */
export class Trading extends Context.Tag("effect-bitfinex/Trading")<Trading, Service>() {}

/**
 * Options of the service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * What the SDK does with an order that appears after it was reported as `NotSeen`, `NeverPlaced` or `Unresolvable`.
   * `cancel` (default): it cancels the order. It also writes a cancellation behind each unanswered submission on a
   * socket that no longer answers, so that an order which is delivered late is followed by its cancellation. `keep`: it
   * only publishes the order on `resolutions` and logs it.
   */
  readonly onLate?: "cancel" | "keep"
  /**
   * Whether orders are post-only by policy; default false. With true:
   *
   * - A new order of type `LIMIT` or `EXCHANGE LIMIT` gets the flag. One of any other type, or an OCO, may take, and fails
   *   with `InvalidInput`. Both hold unless its `flags` have `postOnly`: then they are sent as they are, and
   *   `postOnly: false` submits an order that may take.
   * - An update of a limit order gets the flag too, with the flags that the order has, unless its own `flags` have
   *   `postOnly`. This includes an order that was submitted with `postOnly: false`. If the socket has not shown the order,
   *   or the update names it by `cid`, its flags are not known: then the update fails with `InvalidInput` unless it gives
   *   `flags`. An update of a known order of another type is sent as it is.
   * - This holds for `orderMultiOp`, `replaceOrder` and the methods of `cancelOnExit` as well. `replaceOrder` checks it
   *   before it cancels.
   *
   * It does not hold for orders over `RestAuthClient`, which has an option of this name, or those of other programs.
   * `postOnly` of `Bitfinex.AccountOptions` sets both.
   */
  readonly postOnly?: boolean | undefined
}

/**
 * Makes the service on the account's connection. The first command opens that connection. Fails with `InvalidInput`
 * when an option is invalid or unknown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<
  Service,
  InvalidInput,
  AccountSession | RestAuthClient | RateLimiter.RateLimiter | Scope.Scope
> =>
  Effect.gen(function*() {
    const refused = Policies.refusedPolicy("Trading.layer", options, Policies.rules)
    if (refused !== undefined) return yield* Effect.fail(refused)
    const made = yield* Internal.make({
      session: yield* AccountSession,
      rest: yield* RestAuthClient,
      limiter: yield* RateLimiter.RateLimiter,
      onLate: options.onLate ?? "cancel",
      postOnly: options.postOnly ?? false
    })
    // the cast: `calc` returns for each item a record of the type that `CalcRecord` computes for it
    return { ...made, calc: made.calc as Service["calc"] } satisfies Service as Service
  })

/**
 * Order entry for the account behind the connection.
 *
 * This is a function because Effect memoizes layers by reference: each call makes a separate layer, so that one program
 * can use several accounts. To use one account in several places, keep the result in a constant.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as Trading from "effect-bitfinex/Trading"
 * import * as Layer from "effect/Layer"
 *
 * const Account = Trading.layer().pipe(Layer.provideMerge(AccountConnection.layer()))
 */
export const layer = (options: Options = {}): Layer.Layer<
  Trading,
  InvalidInput,
  AccountSession | RestAuthClient | RateLimiter.RateLimiter
> => Layer.scoped(Trading, make(options))

export type {
  Accepted,
  Acknowledgement,
  CalcRecord,
  Exposure,
  LiveOrder,
  NothingLeft,
  OfferAck,
  OperationAck,
  OrderAck,
  OrderEnded,
  OrderFill,
  OrderLifecycle,
  OrdersAck,
  OrderUpdate,
  Replaced,
  Resolution,
  SubmittedOrder,
  UserNotification
} from "./Command.ts"
