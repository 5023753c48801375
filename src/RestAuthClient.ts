/**
 * The signed REST endpoints as methods, and their histories as streams.
 *
 * They are a service of their own, beside `RestClient`: a program that calls one of them says so in its type, and the
 * layer that gives it cannot be built without credentials. Programs that only read public data need none.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Auth from "./Auth.ts"
import * as BitfinexConfig from "./BitfinexConfig.ts"
import {
  type DecodeError,
  type OrderUnknown,
  orderUnknown,
  outcomeOf,
  type PageOverflow,
  type RestError
} from "./BitfinexError.ts"
import * as Rest from "./internal/rest/call.ts"
import { accountHistories } from "./internal/rest/histories.ts"
import * as RestMethods from "./internal/rest/methods.ts"
import * as OrderResolution from "./internal/rest/orderLookup.ts"
import * as Readable from "./internal/rest/readableOrders.ts"
import * as VenueTime from "./internal/rest/venueTime.ts"
import * as Clocks from "./internal/time/clock.ts"
import * as Schedules from "./internal/time/schedules.ts"
import type { OrderOutcome } from "./OrderOutcome.ts"
import type * as Endpoint from "./protocol/Endpoint.ts"
import { accountEndpoints } from "./protocol/endpoints/Account.ts"
import { fundingEndpoints } from "./protocol/endpoints/Funding.ts"
import { merchantEndpoints } from "./protocol/endpoints/Merchant.ts"
import { orderEndpoints } from "./protocol/endpoints/Orders.ts"
import { marginEndpoints, positionEndpoints } from "./protocol/endpoints/Positions.ts"
import { pulseEndpoints } from "./protocol/endpoints/Pulse.ts"
import { transferEndpoints } from "./protocol/endpoints/Transfers.ts"
import { ledgerEndpoints, walletEndpoints } from "./protocol/endpoints/Wallets.ts"
import * as Cid from "./protocol/internal/cid.ts"
import type * as Param from "./protocol/Param.ts"
import type { AuthToken } from "./protocol/records/Account.ts"
import type { Notification } from "./protocol/records/Notification.ts"
import type { Order } from "./protocol/records/Order.ts"
import type * as Symbols from "./protocol/Symbols.ts"
import * as RateLimiter from "./RateLimiter.ts"
import type { HistoryStream, Methods, OpenName } from "./RestClient.ts"

/**
 * The terms of a new order.
 *
 * @since 0.1.0
 * @category models
 */
export type NewOrder = Endpoint.Args<typeof orderEndpoints.submitOrder>

/**
 * What the venue answers to a submission that it accepts, and what the order can be found by.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubmittedOrder extends Notification<ReadonlyArray<Order>> {
  /** the one that was given, or the one that was made */
  readonly cid: number
  /** UTC day of the submission by the clock of this machine, `YYYY-MM-DD` */
  readonly cidDate: `${number}-${number}-${number}`
}

/**
 * The venue accepted the order and said so.
 *
 * @since 0.1.0
 * @category models
 */
export interface Accepted extends SubmittedOrder {
  readonly _tag: "Accepted"
}

/**
 * The streams of histories of an account. None of them loses or repeats a row; those without `sort` are newest first.
 * Rows that are ordered by their last change move to the front when they change: one that does so while the stream is
 * read is past the place where it would have come, and is not seen again.
 *
 * @since 0.1.0
 * @category streams
 */
export interface AccountHistoryStreams {
  /** Past orders of all symbols by their submission, newest first, for two weeks. */
  readonly ordersHistoryStream: HistoryStream<typeof orderEndpoints.ordersHistory>
  /** Past orders of one symbol by their submission, newest first, for two weeks. */
  readonly ordersHistoryBySymbolStream: HistoryStream<typeof orderEndpoints.ordersHistoryBySymbol>
  /** Trades of the account, identified by id and order. */
  readonly accountTradesStream: HistoryStream<typeof orderEndpoints.accountTrades>
  /** Trades of the account in one symbol, identified by id and order. */
  readonly accountTradesBySymbolStream: HistoryStream<typeof orderEndpoints.accountTradesBySymbol>
  /** Changes of balances, newest first. Many share a millisecond. */
  readonly ledgersStream: HistoryStream<typeof ledgerEndpoints.ledgers>
  /** Deposits and withdrawals by their last change, newest first. */
  readonly movementsStream: HistoryStream<typeof transferEndpoints.movements>
  /** Past funding offers by their last change, newest first. */
  readonly fundingOffersHistoryStream: HistoryStream<typeof fundingEndpoints.fundingOffersHistory>
  /** Past loans of the last three days by their last change, newest first. */
  readonly fundingLoansHistoryStream: HistoryStream<typeof fundingEndpoints.fundingLoansHistory>
  /** Past credits of the last three days by their last change, newest first. */
  readonly fundingCreditsHistoryStream: HistoryStream<typeof fundingEndpoints.fundingCreditsHistory>
  /** Trades of funding, newest first unless `sort` is given, which the manual does not list. */
  readonly fundingTradesHistoryStream: HistoryStream<typeof fundingEndpoints.fundingTradesHistory>
}

const tables = {
  ...walletEndpoints,
  ...ledgerEndpoints,
  ...orderEndpoints,
  ...marginEndpoints,
  ...positionEndpoints,
  ...fundingEndpoints,
  ...accountEndpoints,
  ...transferEndpoints,
  ...pulseEndpoints,
  ...merchantEndpoints
} as const

const endpoints = RestMethods.only(tables, { auth: true })

/**
 * Tokens, which are secrets: they go in and out as such, and no error shows one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tokens {
  /** Makes a token that stands in for key and signature, as `Credentials.layer` takes it. Each call makes another one. */
  readonly generateToken: (
    args: Endpoint.Args<typeof accountEndpoints.generateToken>
  ) => Effect.Effect<{ readonly token: Redacted.Redacted }, RestError>
  /** Ends a token. Not in the manual; the reply's layout is unknown, it is given as it came. */
  readonly invalidateToken: (args: { readonly token: Redacted.Redacted }) => Effect.Effect<unknown, RestError>
}

/**
 * What goes beyond the rows: orders whose outcome can be found out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submissions {
  /**
   * Submits an order; an OCO gives two. Accepted means taken up, not placed: a post-only order may still be cancelled.
   * The order gets a `cid` if it has none, unique and rising. If you interrupt the call you do not get its outcome: give a
   * `cid` of yours where you do, as with `Effect.timeout`, or set `requestTimeout` in its place.
   *
   * Fails with `OutcomeUnknown`, which carries the `cid`, when it is not known whether the order was placed: ask
   * `resolveOrder` before you submit it again. Every other failure means that it was not.
   */
  readonly submitOrder: (order: NewOrder) => Effect.Effect<SubmittedOrder, RestError | OrderUnknown>
  /**
   * Submits an order, and looks up its outcome when no answer comes, within this time (by default a
   * minute). It submits once: an order that turns out as `NeverPlaced` is the caller's to submit again.
   *
   * Fails with `OutcomeUnknown` when that time is over, or the venue's answers prove nothing.
   */
  readonly submitOrderResolved: (
    order: NewOrder,
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Accepted | OrderOutcome, RestError | OrderUnknown>
  /**
   * Finds out what became of an order: looks through the open orders and the past ones, where it should be at first,
   * and then in all that is shown, since a clock may have been wrong. Give the symbol where you know it, then there is
   * less to read.
   *
   * Which order it is: of a `cid` that a clock made (1e12 or more), the one that has it. A smaller one may be used again
   * each day, but not twice within a day. Of a submission that this client has lost itself, it is the order that was
   * created when that was sent, by the venue's time as the `Date` of its replies has it, whatever the clock of this
   * machine said then or says now. Of any other it is the order of the day that is asked for, in UTC; while the clock of
   * this machine differs from the venue's by a minute or more, only where the day fits by either.
   *
   * `NeverPlaced` is answered only of an order that this client has lost itself, and with a proof. The first query has a
   * later nonce of the key that signed the submission, so a submission that is still on its way cannot be accepted any
   * more; and two more readings of open and past orders, begun `orderSettle` or later after it, show no order with the
   * `cid`. It takes for granted that an order which the venue has accepted shows within `orderSettle`, and that no other
   * process uses the key with a clock that is ahead.
   *
   * `NotSeen` is answered where there is no such proof: the order was sent by another process, on a socket, with a token,
   * or with a key that was replaced meanwhile. It may still appear.
   *
   * No clock and no `Date` takes part in either: an order that has the `cid`, and that by its time seems to be another one,
   * leaves the outcome unknown, unless this client knew its id before, or it was created before `since`.
   *
   * Fails with `OutcomeUnknown` when another day has the `cid` and nothing proves that it is another order (look at it,
   * or give `since`), and when the order may be older than the two weeks that past orders are shown for: the day is more
   * than twelve days ago, unless it is known better.
   */
  readonly resolveOrder: (
    query: {
      readonly cid: number
      /** UTC day of the submission: a time within it, or YYYY-MM-DD */
      readonly cidDate: Param.Day
      readonly symbol?: Symbols.Trading | undefined
      /**
       * A time before which the order was not sent, by the venue's clock, as rows and notifications of the venue bear it:
       * what was created before is another order. For those who use a `cid` again each day and ask after a restart.
       */
      readonly since?: Param.Time | undefined
    }
  ) => Effect.Effect<OrderOutcome, RestError | PageOverflow | OrderUnknown>
  /** How many calls of an endpoint its limit allows right now, those who wait not subtracted. 0 during a pause. */
  readonly budgetRemaining: (endpoint: Exclude<keyof typeof tables, OpenName<typeof tables>>) => Effect.Effect<number>
}

/**
 * Orders of a list, and the rows of it that cannot be read: `cells` as they came, of which the first ones (id, group,
 * cid, symbol) may be readable all the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadableOrders {
  readonly rows: ReadonlyArray<Order>
  readonly unread: ReadonlyArray<{ readonly cells: unknown; readonly error: DecodeError }>
}

/**
 * Lists of orders in which a row that cannot be read does not hide the others, as it does elsewhere: for programs that
 * cancel open orders.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrderLists {
  /** Like `activeOrders`, row by row. */
  readonly readableOrders: (
    args?: Endpoint.Args<typeof orderEndpoints.activeOrders>
  ) => Effect.Effect<ReadableOrders, RestError>
  /** Like `ordersHistory`, row by row. */
  readonly readableOrdersHistory: (
    args?: Endpoint.Args<typeof orderEndpoints.ordersHistory>
  ) => Effect.Effect<ReadableOrders, RestError>
}

// each table is mapped by itself: mapped together, the rows' comments would not reach the methods
/**
 * The signed endpoints as methods. Each checks its arguments before anything is sent (`InvalidInput`), waits
 * under the rate limit and behind the other calls of its key (`RateLimited` when that would take longer than
 * `limitWait`), and is then signed and sent.
 *
 * Reads that fail with a retryable error are repeated by the schedule `retryReads`. Writes are not, but for two cases in
 * which nothing was executed for certain: those that never left (by `retryUnsent`), and those whose nonce was refused
 * (once, then they fail with `NonceTooSmall`; not at all where a cancellation has overtaken them, since it would not
 * concern what is placed behind it). `BitfinexError.outcomeOf` says whether a write that failed may have been executed. A
 * notification that says no is a failure, by the same table as any other refusal.
 *
 * A token that has expired is an `AuthenticationFailed`; there is nothing to renew it with.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service
  extends
    Methods<typeof walletEndpoints>,
    Methods<typeof ledgerEndpoints>,
    Omit<Methods<typeof orderEndpoints>, "submitOrder">,
    Methods<typeof marginEndpoints>,
    Methods<typeof positionEndpoints>,
    Methods<typeof fundingEndpoints>,
    Omit<Methods<typeof accountEndpoints>, "generateToken" | "invalidateToken">,
    Methods<typeof transferEndpoints>,
    Omit<Methods<typeof pulseEndpoints>, OpenName<typeof pulseEndpoints>>,
    Omit<Methods<typeof merchantEndpoints>, OpenName<typeof merchantEndpoints>>,
    AccountHistoryStreams,
    Tokens,
    Submissions,
    OrderLists
{}

/**
 * The client of the signed endpoints.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Effect from "effect/Effect"
 *
 * const buy = Effect.gen(function*() {
 *   const rest = yield* RestAuthClient.RestAuthClient
 *   return yield* rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 30000 })
 * }).pipe(Effect.provide(Bitfinex.layerConfig()))
 */
export class RestAuthClient extends Context.Tag("effect-bitfinex/RestAuthClient")<RestAuthClient, Service>() {}

/** failures of a query that may pass */
const again = (error: RestError | PageOverflow | OrderUnknown): boolean => error.isRetryable

/**
 * Makes a client. The settings are read once, here.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter> = Effect
  .gen(function*() {
    const auth = yield* Auth.Auth
    const client = yield* HttpClient.HttpClient
    const limiter = yield* RateLimiter.RateLimiter
    const settings = Schedules.ofRest(yield* BitfinexConfig.BitfinexConfig)
    const venueTime = VenueTime.make()
    const callOf = Rest.make({ client, limiter, settings, auth, venueTime })
    const submit = callOf(orderEndpoints.submitOrder)
    const { resolve, submitting } = OrderResolution.make(callOf, settings, auth.lastIdentity, venueTime)

    const newToken = callOf(accountEndpoints.generateToken, { hides: true })
    const endToken = callOf(accountEndpoints.invalidateToken, { hides: true })

    const tokens: Tokens = {
      // the casts: a hidden reply comes as a secret, here of this record
      generateToken: (args) =>
        Effect.map(newToken(args), (made) => ({
          token: Redacted.make(Redacted.value(made as Redacted.Redacted<AuthToken>).token)
        })),
      invalidateToken: (args) =>
        Effect.map(
          endToken({ token: Redacted.isRedacted(args?.token) ? Redacted.value(args.token) : undefined }),
          (reply) => Redacted.value(reply as Redacted.Redacted<unknown>)
        )
    }

    const submitOrder: Service["submitOrder"] = Effect.fnUntraced(function*(order) {
      // a value that is not an object is refused by the call itself
      const cid = order?.cid === undefined ? yield* Cid.next : order.cid
      const clock = yield* Effect.clock
      const mts = Clocks.mts(clock)
      const cidDate = Cid.dayOf(mts)
      const { accepted, unanswered } = submitting(clock, cid, cidDate)
      const reply = yield* submit({ ...order, cid }).pipe(
        Effect.mapError((error) => {
          if (
            outcomeOf(error) !== "unknown"
            || (error._tag !== "TransportError" && error._tag !== "DecodeError" && error._tag !== "ApiError"
              && error._tag !== "Maintenance")
          ) return error
          unanswered()
          return orderUnknown({ operation: error.operation, cid, cidDate, mts, reason: error.message, error })
        }),
        Effect.onInterrupt(() => Effect.sync(unanswered))
      )
      // the cast: the row decodes this notification
      const notification = reply as Notification<ReadonlyArray<Order>>
      accepted(notification.notifyInfo.map(({ id }) => id))
      return { ...notification, cid, cidDate }
    })

    const submitOrderResolved: Service["submitOrderResolved"] = Effect.fn("RestAuthClient.submitOrderResolved")(
      function*(order, options) {
        const within = options?.within ?? Duration.minutes(1)
        return yield* submitOrder(order).pipe(
          Effect.map((reply): Accepted => ({ _tag: "Accepted", ...reply })),
          Effect.catchTag("OutcomeUnknown", (lost) => {
            const { cid, cidDate, error, mts, operation, reason } = lost
            const still = (more: string) =>
              orderUnknown({ operation, cid, cidDate, mts, error, reason: `${reason}; ${more}` })
            return resolve({ cid, cidDate, symbol: order.symbol }, "RestAuthClient.submitOrderResolved").pipe(
              Effect.retry({ while: again, schedule: Schedule.spaced("1 second") }),
              Effect.mapError((error) =>
                still(error._tag === "OutcomeUnknown" ? error.reason : `it could not be found out: ${error.message}`)
              ),
              Effect.timeoutFail({
                duration: within,
                onTimeout: () => still(`it could not be found out within ${Duration.format(within)}`)
              })
            )
          })
        )
      }
    )

    const service: unknown = {
      ...RestMethods.methods(endpoints, callOf),
      ...RestMethods.streams(accountHistories, callOf),
      ...tokens,
      readableOrders: callOf(Readable.rowByRow(orderEndpoints.activeOrders)),
      readableOrdersHistory: callOf(Readable.rowByRow(orderEndpoints.ordersHistory)),
      submitOrder,
      submitOrderResolved,
      resolveOrder: Effect.fn("RestAuthClient.resolveOrder")((query: OrderResolution.Query) =>
        resolve(query, "RestAuthClient.resolveOrder")
      ),
      budgetRemaining: RestMethods.budgetRemaining(endpoints, limiter, settings),
      ...RestMethods.healthProbe(endpoints, limiter, settings)
    }
    // the cast: methods and their types are derived from the same tables
    return service as Service
  })

/**
 * The client of one account, under the limiter of the context: `RateLimiter.layerProcess` for the one that the whole
 * process shares, as the venue counts all calls from one address together.
 *
 * A function, since Effect builds one reference once: each call makes a layer for one account, and a constant of your own
 * that holds the result is one account wherever it is used.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer().pipe(Layer.provide([Credentials.layerConfig(), Nonce.layerProcess]))
 * const Client = RestAuthClient.layer().pipe(
 *   Layer.provide([FetchHttpClient.layer, RateLimiter.layerProcess, Signing])
 * )
 */
export const layer = (): Layer.Layer<
  RestAuthClient,
  never,
  Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter
> => Layer.effect(RestAuthClient, make)
