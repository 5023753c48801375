/**
 * Order entry on the account's socket: commands as Effects that always end.
 *
 * A command succeeds when the venue has taken it up, by its notification or by an event that proves it, whichever comes
 * first. It fails with the venue's refusal; with an error that says that nothing was sent; or, when its deadline
 * (`commandTimeout`) passes or the login ends before the answer, with `OutcomeUnknown`. It is never sent again by us.
 * What became of it is found out over REST as soon as the account can be asked again, and told by `resolutions`.
 *
 * Commands are sent within a login, and only in the one in which they were called. Before the first login they wait for
 * it, within their deadline. Once a login was lost they fail at once with `ConnectionClosed` (`unsent`), since the market
 * has moved meanwhile: who still wants the command waits for `AccountConnection.login` and calls it again.
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
import type { AccountStreamError, CommandError, OrderUnknown, OutcomeUnknown } from "./BitfinexError.ts"
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
export type NewOrder = Args<Inputs["submitOrder"]>

/**
 * The terms of a new funding offer.
 *
 * @since 0.1.0
 * @category models
 */
export type NewFundingOffer = Args<Inputs["submitFundingOffer"]>

/**
 * Failures of a submission: an unknown outcome names its order.
 *
 * @since 0.1.0
 * @category errors
 */
export type SubmitError = Exclude<CommandError, OutcomeUnknown> | OrderUnknown

/**
 * Which orders are meant: all of the account, those of a symbol, or those of a group.
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
export interface Submitter extends Pick<Service, "submitOrder" | "submitOrderResolved" | "submitOrderStream"> {
  /**
   * The group of the orders that are submitted without a `gid`: made for this scope, so that all of them can be cancelled
   * together even if the answer to one was lost. A `gid` of yours is never replaced.
   */
  readonly gid: number
}

/**
 * Order entry. Each method checks its arguments before all else (`InvalidInput`), and sends nothing in maintenance
 * (`Maintenance`), without the permission (`PermissionMissing`), or where the filter of the login hides what would answer
 * it (`InvalidInput`). Orders, their changes and cancellations share a budget (`orderLimit`); what would wait for it
 * beyond its deadline fails with `RateLimited`, unsent.
 *
 * Who interrupts a command learns nothing of it; what became of it is found out and told by `resolutions` all the same.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Submits an order; an OCO gives two. The order gets a `cid` if it has none, unique in this process and rising.
   */
  readonly submitOrder: (order: NewOrder) => Effect.Effect<SubmittedOrder, SubmitError>
  /**
   * Submits an order, and waits for what is found out when the outcome is unknown, for so much time (by default a
   * minute). It submits once: an order that turns out as `NeverPlaced` is the caller's to submit again.
   */
  readonly submitOrderResolved: (
    order: NewOrder,
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Accepted | OrderOutcome, SubmitError>
  /**
   * Submits an order when the stream begins, and follows it until it was filled or cancelled: its acceptance, each change,
   * each trade, its end. It lives through reconnections: what happened meanwhile is asked of REST. Ending the stream early
   * does not cancel the order. Fails like `submitOrder`, and with `OutcomeUnknown` when nobody can say what became of it.
   */
  readonly submitOrderStream: (order: NewOrder) => Stream.Stream<OrderLifecycle, SubmitError>
  /**
   * Cancels what is open (by default all orders of the account), over the socket and over REST, and succeeds when the
   * venue has shown none of it for `orderSettle` (15 s by default), with what was cancelled: an order that an earlier run
   * sent may be shown late. With `watch` false it succeeds after two queries that show none, which does not rule out a
   * late one. Fails with `OutcomeUnknown`, which names what is left, when that takes longer than `within` (by default a
   * minute). An open order that cannot be read is cancelled by its id, and the others are cancelled all the same.
   */
  readonly cancelOpenOrders: (
    which?: OrderSelection,
    options?: { readonly within?: Duration.DurationInput; readonly watch?: boolean }
  ) => Effect.Effect<ReadonlyArray<Order>, OutcomeUnknown>
  /**
   * Cancels orders when the scope is closed, and lets it close when the venue has shown the end of each: those that were
   * submitted with the methods of the result, and those of `also`. It cancels over the socket and over REST at once, by
   * id, by `cid` and by group, again every second. After `within` (by default 6 s, so that a process that is stopped with
   * 10 s of grace comes to its end) it gives up; what may be open is logged as an error with its ids, and reported to
   * `onReport` and to `ExitReport.ExitReports`. While the scope is being closed nothing more is submitted.
   *
   * A scope is closed by success, failure and interruption. Nothing closes it when the process ends at once: by SIGKILL,
   * `process.exit`, a second signal, a lost machine, or, without `BotRuntime.runMain`, by SIGHUP and by an error that is
   * thrown outside of Effect. Only the venue can cancel then: see `dms` of `AccountConnection`.
   */
  readonly cancelOnExit: (
    options?: {
      readonly also?: OrderSelection
      readonly within?: Duration.DurationInput
      readonly onReport?: (report: ExitReport) => Effect.Effect<void>
    }
  ) => Effect.Effect<Submitter, never, Scope.Scope>
  /** Changes an order, by `id`, or by `cid` and its day. With `delta` a repeat changes it again. */
  readonly updateOrder: (changes: Args<Inputs["updateOrder"]>) => Effect.Effect<OrderAck, CommandError>
  /**
   * Cancels an order, by `id`, or by `cid` and its day. Succeeds when the venue has taken the cancellation up, or the
   * order ended meanwhile by whatever hand; then `order.status` says how.
   */
  readonly cancelOrder: (order: Args<Inputs["cancelOrder"]>) => Effect.Effect<OrderAck, CommandError>
  /** Cancels several orders: by ids, by groups, by pairs of `cid` and day, or all. With nothing to cancel it succeeds. */
  readonly cancelOrders: (orders: Args<Inputs["cancelOrders"]>) => Effect.Effect<OrdersAck, CommandError>
  /**
   * Sends up to 15 operations in one frame. Each has its own end, in the order of the operations: nobody says that the
   * venue carries out all of them or none. Fails when nothing was sent, or the whole was refused.
   */
  readonly orderMultiOp: (
    batch: Args<Inputs["orderMultiOp"]>
  ) => Effect.Effect<ReadonlyArray<Either.Either<OperationAck, CommandError>>, CommandError>
  /**
   * Offers funding, or bids for it. Offers have no name until the venue gives them one: of offers with equal terms one is
   * sent after the other, and one that another program makes in the same moment cannot be told from ours.
   */
  readonly submitFundingOffer: (offer: NewFundingOffer) => Effect.Effect<OfferAck, CommandError>
  /** Cancels a funding offer. Succeeds when it ended, by whatever hand: `offer.status` says how. */
  readonly cancelFundingOffer: (
    offer: Args<Inputs["cancelFundingOffer"]>
  ) => Effect.Effect<OfferAck, CommandError>
  /**
   * Asks for what the venue computes on request only, of 1 to 30 items; at most 8 a second are asked for. Records come in
   * the order of the items, null for those that were not answered in time, as happens to what does not exist. Fails with
   * `OutcomeUnknown` when none was answered.
   */
  readonly calc: <const I extends CalcItem>(
    items: ReadonlyArray<I>
  ) => Effect.Effect<ReadonlyArray<CalcRecord<I> | null>, CommandError>
  /**
   * Sends a notification to the user's other connections: a type that begins with `ucm-`, and any JSON. Nothing answers
   * it: success means that it was sent. The id of the message is answered.
   */
  readonly notify: (message: Args<Inputs["notify"]>) => Effect.Effect<number, CommandError>
  /** What other programs of the user send with `notify`. Fails like the streams of `AccountEvents`. */
  readonly userNotifications: Stream.Stream<UserNotification, AccountStreamError>
  /**
   * Cancels an order and submits another one in its place, as one operation that never leaves two by its own doing: the
   * second is submitted only after the venue has shown the end of the first, and for what the first had not executed.
   * `order.amount` is what both are to execute together, so the second is smaller than it by all that the first executed;
   * where nothing is left, none is submitted (`NothingLeft`).
   *
   * Fails with `OutcomeUnknown` of the first (`id`) when its end, or what it executed, is not shown within `within` (by
   * default a minute); nothing was submitted then. Fails like `submitOrder` of the second.
   */
  readonly replaceOrder: (
    given: { readonly id: number; readonly order: NewOrder },
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Replaced | NothingLeft, CommandError>
  /** Unknown outcomes that were resolved, from now on. A slow consumer loses the oldest of more than 1024. */
  readonly resolutions: Stream.Stream<Resolution>
  /**
   * The orders of this service that may be live at this moment: in flight, accepted and not ended, unknown, or not seen;
   * and by symbol what they may come to at worst.
   */
  readonly exposure: Effect.Effect<Exposure>
  /** The same now, and after each change. A slow consumer is given the newest. */
  readonly exposureChanges: Stream.Stream<Exposure>
  /** How many orders, changes and cancellations the budget allows right now; over all programs of this process. */
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
 *   Effect.catchTag("OutcomeUnknown", ({ cid }) => Effect.logWarning(`nobody knows about ${cid} yet`))
 * )
 */
export class Trading extends Context.Tag("effect-bitfinex/Trading")<Trading, Service>() {}

/**
 * What is left to the user.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * What is done with an order that appears after it was reported as `NotSeen`. `cancel`, the default: it is cancelled, and
   * a cancellation is written behind an order whose path does not answer, so that a late delivery brings it along. `keep`:
   * it is only published on `resolutions` and logged.
   */
  readonly onLate?: "cancel" | "keep"
}

/**
 * Makes the service on the account's connection, which is opened by the first command.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<
  Service,
  never,
  AccountSession | RestAuthClient | RateLimiter.RateLimiter | Scope.Scope
> =>
  Effect.gen(function*() {
    const made = yield* Internal.make({
      session: yield* AccountSession,
      rest: yield* RestAuthClient,
      limiter: yield* RateLimiter.RateLimiter,
      onLate: options.onLate ?? "cancel"
    })
    // the cast: a record for each item, of its kind
    return { ...made, calc: made.calc as Service["calc"] } satisfies Service as Service
  })

/**
 * Order entry for the account behind the connection.
 *
 * A function, since Effect builds one reference once: each call makes a layer for one account, and a constant of your own
 * that holds the result is one account wherever it is used.
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
  never,
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
