/**
 * The signed REST endpoints as methods, and their histories as streams.
 *
 * They are a separate service from `RestClient`, so that the need for credentials shows in types: a program that calls
 * a signed endpoint requires `RestAuthClient`, whose layer requires credentials. Programs that only read public data
 * need none.
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
  type InvalidInput,
  type OrderUnknown,
  orderUnknown,
  outcomeOf,
  type PageOverflow,
  type RestError,
  type RestReadError,
  type RestWriteError
} from "./BitfinexError.ts"
import * as Rest from "./internal/rest/call.ts"
import { accountHistories } from "./internal/rest/histories.ts"
import * as Lifetime from "./internal/rest/lifetime.ts"
import * as RestMethods from "./internal/rest/methods.ts"
import * as OrderResolution from "./internal/rest/orderLookup.ts"
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
import * as Checks from "./protocol/internal/checks.ts"
import * as Cid from "./protocol/internal/cid.ts"
import * as Policies from "./protocol/internal/policies.ts"
import * as PostOnly from "./protocol/internal/postOnly.ts"
import { strangeName } from "./protocol/internal/request.ts"
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
export interface NewOrder extends Endpoint.Args<typeof orderEndpoints.submitOrder> {}

/**
 * The venue's answer to a submission that it accepted, with the `cid` and the day by which the order can be looked up.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubmittedOrder extends Notification<ReadonlyArray<Order>> {
  /** the `cid` that was given, or the one that the SDK generated */
  readonly cid: number
  /**
   * UTC day of the order, `YYYY-MM-DD`, by which it is found together with its `cid`: by the venue's clock where the answer
   * shows it, else that of the submission by the clock of this machine
   */
  readonly cidDate: `${number}-${number}-${number}`
}

/**
 * A submission that was accepted, with a tag that distinguishes it from an `OrderOutcome`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Accepted extends SubmittedOrder {
  readonly _tag: "Accepted"
}

/**
 * The streams of histories of an account. None of them loses or repeats a row across pages; those without `sort` are
 * newest first. There is one exception: in a history that is ordered by last change, a row moves to the front when it
 * changes. If that happens while the stream is being read, and the stream has not reached the row yet, it does not show
 * it.
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
 * Methods for tokens. A token is a secret: arguments and results are `Redacted`, and no error shows one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tokens {
  /** Makes a token that replaces key and signature; `Credentials.layer` accepts it. Each call makes another one. */
  readonly generateToken: (
    args: Endpoint.Args<typeof accountEndpoints.generateToken>
  ) => Effect.Effect<{ readonly token: Redacted.Redacted }, RestWriteError>
  /** Ends a token. Not in the manual; the layout of the reply is unknown, so it is returned undecoded. */
  readonly invalidateToken: (args: { readonly token: Redacted.Redacted }) => Effect.Effect<unknown, RestWriteError>
}

/**
 * Methods that are not derived from a table of endpoints: submissions whose outcome can be resolved, and the budget.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submissions {
  /**
   * Submits an order; an OCO makes two. An accepted order is not necessarily placed: a post-only order may still be
   * cancelled. An order without a `cid` gets one, which is unique in this process and rises with each order. If you
   * interrupt the call you do not get its outcome. Where you may interrupt it, for example with `Effect.timeout`, give
   * a `cid`, so that you can look the order up; or limit the time with `rest.timeout` instead.
   *
   * Fails with `OutcomeUnknown`, which carries the `cid`, when it is not known whether the order was placed: call
   * `resolveOrder` before you submit it again. Every other failure means that it was not placed.
   */
  readonly submitOrder: (order: NewOrder) => Effect.Effect<SubmittedOrder, RestWriteError | OrderUnknown>
  /**
   * Submits an order; if its outcome is unknown, resolves it as `resolveOrder` does, for at most `within` (by default a
   * minute). It submits once: after `NeverPlaced` the caller decides whether to submit again.
   *
   * Fails with `OutcomeUnknown` when that time is over, or the venue's orders prove nothing.
   */
  readonly submitOrderResolved: (
    order: NewOrder,
    options?: { readonly within?: Duration.DurationInput }
  ) => Effect.Effect<Accepted | OrderOutcome, RestWriteError | OrderUnknown>
  /**
   * Resolves the outcome of an order by its `cid`. It queries open and past orders: first those of the time at which
   * the order should have been created, then all that the venue shows, because a clock may have been wrong. Give the
   * symbol if you know it, then there is less to read.
   *
   * How it decides which order with the `cid` is the right one:
   *
   * - a `cid` of 1e12 or more (the SDK's, or milliseconds of a clock) names one order. A smaller `cid` may be used
   *   again each day, but not twice in one day
   * - if this client submitted the order and got no answer: the order that was created when the submission was sent, by
   *   the venue's time (the `Date` header of its replies). The clock of this machine does not matter
   * - otherwise: the order that was created on the given UTC day. While the clock of this machine differs from the
   *   venue's by more than a minute, the day has to fit by both clocks
   *
   * `NeverPlaced` is returned only for an order that this client submitted, and only with a proof. The first query has
   * a later nonce of the key that signed the submission, so a submission that is still in transit cannot be accepted
   * any more. Two more queries of open and past orders show no order with the `cid`: one at least `orderSettle` after the
   * first query, the other at least `orderSettle` after that, because the order may end in between. So `NeverPlaced` takes
   * about twice `orderSettle`, 30 s by default. This assumes that a new order is listed among the open ones, and an ended
   * order among the past ones, within `orderSettle`, and that no other process uses the key with a clock that is ahead.
   *
   * `NotSeen` is returned after the same queries if there is no such proof, because the order was sent by another process, on a socket, with a
   * token, or with a key that was replaced meanwhile. It may still appear.
   *
   * Times never prove either of the two. If there is an order with the `cid` that by its time seems to be another one,
   * the outcome stays unknown, unless this client knew the id of that order before, or it was created before `since`.
   *
   * Fails with `OutcomeUnknown` if an order of another day has the `cid` and nothing proves that it is another order
   * (check it, or give `since`), or if an order without a `cid` is shown that may be it. Fails with it too if the order may be older than the two weeks for which the venue
   * shows past orders: when `cidDate` is more than twelve days ago, unless `since` or this client's own record of the
   * submission shows that the order is younger.
   */
  readonly resolveOrder: (
    query: {
      readonly cid: number
      /** UTC day of the submission: a time within it, or YYYY-MM-DD */
      readonly cidDate: Param.Day
      readonly symbol?: Symbols.TradingSymbol | undefined
      /**
       * The order was not sent before this time, by the venue's clock (as in the times of its rows and notifications):
       * an order that was created earlier is another one. For programs that use a `cid` again each day and query after
       * a restart.
       */
      readonly since?: Param.Time | undefined
    }
  ) => Effect.Effect<OrderOutcome, RestReadError | PageOverflow | OrderUnknown>
  /** How many calls of an endpoint its limit allows right now; waiting calls are not subtracted. 0 during a pause. */
  readonly budgetRemaining: (endpoint: Exclude<keyof typeof tables, OpenName<typeof tables>>) => Effect.Effect<number>
}

// each table is mapped separately: in one mapped type of all tables, editors would not show the comments of the rows
/**
 * The signed endpoints as methods. Each checks its arguments before anything is sent (`InvalidInput`), waits for the
 * rate limit and for its place in the queue of its key (`RateLimited` if that would take longer than `limitWait`), and
 * is then signed and sent.
 *
 * Reads that fail with a retryable error are repeated by the schedule `retryReads`. Writes are repeated in two cases
 * only, in which it is certain that nothing was executed:
 *
 * - the request never left this process: repeated by `retryUnsent`
 * - the nonce was refused: repeated once, then it fails with `NonceTooSmall`. It is not repeated if a cancellation was
 *   sent after it, because an order that is placed after the cancellation would not be cancelled by it. In browsers and on
 *   Deno, which send a request again by themselves, the refusal proves nothing: the outcome is unknown there
 *
 * `BitfinexError.outcomeOf` says whether a write that failed may have been executed. A reply that is a notification of
 * refusal is a failure; it is classified by the same table as any other refusal.
 *
 * A call with an expired token fails with `AuthenticationFailed`; the SDK has no credentials to renew it with.
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
    Submissions
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

/** whether a failed lookup may succeed when it is repeated */
const again = (error: RestError | PageOverflow | OrderUnknown): boolean => error.isRetryable

/**
 * Options of a client.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * Whether orders are post-only by policy; default false. With true, as in `Trading`:
   *
   * - A new order of type `LIMIT` or `EXCHANGE LIMIT` gets the flag. One of any other type, or an OCO, may take, and fails
   *   with `InvalidInput`. Both hold unless its `flags` have `postOnly`: then they are sent as they are, and
   *   `postOnly: false` submits an order that may take.
   * - An update gets the flag beside its own `flags`, unless they have `postOnly`. Without `flags` it fails with
   *   `InvalidInput`, since the flags of an update replace those of the order: give `Flags.ofOrder(order)`.
   * - This holds for the operations of `orderMultiOp` as well.
   * - `createRecurringOrder` and `updateRecurringOrder` fail with `InvalidInput`: a recurring order takes.
   *
   * It does not hold for orders of other clients and other programs.
   */
  readonly postOnly?: boolean | undefined
}

/** the methods that the policy changes */
const byPolicy = (policy: PostOnly.Policy, callOf: Rest.CallOf) => {
  const [update, multi] = [callOf(orderEndpoints.updateOrder), callOf(orderEndpoints.orderMultiOp)]
  const refused = (name: string) => () => Effect.fail(PostOnly.refusal(`RestAuthClient.${name}`))
  return {
    updateOrder: (args: Endpoint.AnyArgs) =>
      Effect.flatMap(Effect.suspend(() => policy.changes("RestAuthClient.updateOrder", args)), update),
    orderMultiOp: (args: Endpoint.AnyArgs) =>
      Effect.flatMap(
        Effect.suspend(() => policy.batch("RestAuthClient.orderMultiOp", args?.["ops"])),
        // a value that is not an object is refused by the call itself
        (ops) => multi(typeof args === "object" && args !== null ? { ...args, ops } : args)
      ),
    createRecurringOrder: refused("createRecurringOrder"),
    updateRecurringOrder: refused("updateRecurringOrder")
  }
}

const tokensOf = (callOf: Rest.CallOf): Tokens => {
  const newToken = callOf(accountEndpoints.generateToken, { hides: true })
  const endToken = callOf(accountEndpoints.invalidateToken, { hides: true })
  return {
    // the casts: a call with `hides` returns its decoded reply as a `Redacted`
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
}

const makeWith = (
  options: Options = {},
  lifetime: Lifetime.Lifetime
): Effect.Effect<Service, InvalidInput, Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter> =>
  Effect.gen(function*() {
    const refused = Policies.refusedPolicy("RestAuthClient.layer", options, { postOnly: Policies.rules.postOnly })
    if (refused !== undefined) return yield* Effect.fail(refused)
    const policy = options.postOnly === true ? PostOnly.make(undefined) : PostOnly.none
    const auth = yield* Auth.Auth
    const client = yield* HttpClient.HttpClient
    const limiter = yield* RateLimiter.RateLimiter
    const settings = Schedules.ofRest(yield* BitfinexConfig.BitfinexConfig)
    const venueTime = VenueTime.make()
    const callOf = Rest.make({ client, limiter, settings, auth, venueTime, lifetime })
    const submit = callOf(orderEndpoints.submitOrder)
    const { resolve, submitting } = OrderResolution.make(callOf, settings, auth.lastIdentity, venueTime)

    const submitOrder: Service["submitOrder"] = Effect.fnUntraced(function*(given) {
      const order = yield* policy.order("RestAuthClient.submitOrder", given)
      // a value that is not an object is refused by the call itself
      const cid = order?.cid === undefined ? yield* Cid.next : order.cid
      const clock = yield* Effect.clock
      const mts = Clocks.mts(clock)
      const cidDate = Cid.dayOf(mts)
      const { accepted, unanswered } = submitting(clock, cid, cidDate, {
        symbol: order?.symbol,
        side: Math.sign(Number(order?.amount)) || 0,
        gid: order?.gid
      })
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
      const made = notification.notifyInfo[0]?.mtsCreate
      return { ...notification, cid, cidDate: made === undefined ? cidDate : Cid.dayOf(made) }
    })

    const submitOrderResolved: Service["submitOrderResolved"] = Effect.fn("RestAuthClient.submitOrderResolved")(
      function*(order, options) {
        const name = "RestAuthClient.submitOrderResolved"
        const wrong = strangeName(name, { ...options }, ["within"]) ?? Checks.refusedWithin(name, options?.within)
        if (wrong !== undefined) return yield* Effect.fail(wrong)
        const within = options?.within ?? Duration.minutes(1)
        const wasReleased = lifetime.isReleased()
        return yield* submitOrder(order).pipe(
          Effect.map((reply): Accepted => ({ _tag: "Accepted", ...reply })),
          Effect.catchTag("OutcomeUnknown", (lost) => {
            const { cid, cidDate, error, mts, operation, reason } = lost
            const still = (more: string) =>
              orderUnknown({ operation, cid, cidDate, mts, error, reason: `${reason}; ${more}` })
            const found = resolve({ cid, cidDate, symbol: order.symbol }, name).pipe(
              Effect.retry({ while: again, schedule: Schedule.spaced("1 second") }),
              Effect.mapError((error) =>
                still(error._tag === "OutcomeUnknown" ? error.reason : `it could not be resolved: ${error.message}`)
              ),
              Effect.timeoutFail({
                duration: within,
                onTimeout: () => still(`it could not be resolved within ${Duration.format(within)}`)
              })
            )
            return wasReleased ? found : lifetime.before(found, () => Effect.fail(still("its layer was released")))
          })
        )
      }
    )

    const service: unknown = {
      ...RestMethods.methods(endpoints, callOf),
      ...(options.postOnly === true ? byPolicy(policy, callOf) : {}),
      ...RestMethods.streams(accountHistories, callOf),
      ...tokensOf(callOf),
      submitOrder,
      submitOrderResolved,
      resolveOrder: Effect.fn("RestAuthClient.resolveOrder")((query: OrderResolution.Query) => {
        const found = resolve(query, "RestAuthClient.resolveOrder")
        // it waits between its readings
        return lifetime.isReleased() ? found : lifetime.before(found, () => Effect.interrupt)
      }),
      budgetRemaining: RestMethods.budgetRemaining(endpoints, limiter, settings),
      ...RestMethods.healthProbe(endpoints, limiter, settings)
    }
    // the cast: methods and their types are derived from the same tables
    return service as Service
  })

/**
 * Makes a client. It reads the settings once, when it is made. Fails with `InvalidInput` when an option is invalid or
 * unknown. Its calls belong to no layer, so no release ends them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options?: Options
): Effect.Effect<Service, InvalidInput, Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter> =>
  Effect.suspend(() => makeWith(options, Lifetime.make()))

/**
 * The client of one account. Its calls count in the limiter of the context. Provide `RateLimiter.layerProcess`, which
 * the whole process shares, because the venue counts all calls from one address together.
 *
 * Calls in flight end when the layer is released: reads are interrupted, writes fail, as unsent or with an unknown outcome.
 * Only cancellations that were sent go on to their reply or timeout, and calls of the key that wait behind one end after it. A call that begins later is sent.
 *
 * This is a function because Effect memoizes layers by reference: each call makes a separate layer, so that one program
 * can use several accounts. To use one account in several places, keep the result in a constant.
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
export const layer = (
  options?: Options
): Layer.Layer<RestAuthClient, InvalidInput, Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter> =>
  Layer.scoped(RestAuthClient, Effect.flatMap(Lifetime.scoped, (lifetime) => makeWith(options, lifetime)))
