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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { AccountConnection, session } from "./AccountConnection.ts"
import {
  type AccountStreamError,
  type CommandError,
  InvalidInput,
  type OrderUnknown,
  orderUnknown,
  type OutcomeUnknown
} from "./BitfinexError.ts"
import * as BufferPolicy from "./BufferPolicy.ts"
import { hasRows } from "./ChannelEvent.ts"
import type {
  Accepted,
  CalcRecord,
  OfferAck,
  OperationAck,
  OrderAck,
  OrderLifecycle,
  OrdersAck,
  Outcome,
  Resolution,
  SubmittedOrder,
  UserNotification
} from "./Command.ts"
import type { ExitReport } from "./ExitReport.ts"
import * as Calc from "./internal/trading/calc.ts"
import * as CancelAll from "./internal/trading/cancelAll.ts"
import * as Commands from "./internal/trading/commands.ts"
import type * as Correlation from "./internal/trading/correlation.ts"
import * as Operations from "./internal/trading/operation.ts"
import * as Life from "./internal/trading/orderLife.ts"
import type * as Pendings from "./internal/trading/pending.ts"
import * as Resolver from "./internal/trading/resolution.ts"
import type { OrderOutcome } from "./OrderOutcome.ts"
import { accountInputs, type Args, type CalcItem, operationOf } from "./protocol/channels/Inputs.ts"
import type { AnyArgs } from "./protocol/Endpoint.ts"
import * as Cid from "./protocol/internal/cid.ts"
import type { FundingOfferNotice } from "./protocol/records/Funding.ts"
import type { Notification } from "./protocol/records/Notification.ts"
import type { Order, OrderNotice } from "./protocol/records/Order.ts"
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
  /** Unknown outcomes that were found out, from now on. A slow consumer loses the oldest of more than 1024. */
  readonly resolutions: Stream.Stream<Resolution>
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

const aMinute = Duration.minutes(1)

/** leaves time to close the sockets within the 10 s that a stopped container has */
const exitTime = Duration.seconds(6)

/**
 * Makes the service on the account's connection, which is opened by the first command.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  Service,
  never,
  AccountConnection | RestAuthClient | RateLimiter.RateLimiter | Scope.Scope
> = Effect.gen(function*() {
  const { [session]: account } = yield* AccountConnection
  const rest = yield* RestAuthClient
  const limiter = yield* RateLimiter.RateLimiter
  const commands = yield* Commands.make(account, limiter)
  const resolver = yield* Resolver.make(account, rest)
  const operations = Operations.make(resolver)

  const acknowledged = (sent: Commands.Sent, { by, text }: { readonly by: string; readonly text: string | null }) => ({
    by,
    text,
    epoch: sent.epoch
  })

  // the casts below: the rule of each operation reads the record that its method names

  const submitted = (sent: Commands.Sent, cid: number, answer: Correlation.Accepted): SubmittedOrder => {
    const order = answer.record as OrderNotice
    return { ...acknowledged(sent, answer), id: order.id!, cid, cidDate: Cid.dayOf(sent.mts), order }
  }

  const one = (
    operation: string,
    input: Commands.Command["input"],
    args: AnyArgs,
    part: Pendings.Operation
  ): Effect.Effect<readonly [Commands.Sent, Correlation.Accepted], CommandError> =>
    Effect.flatMap(commands.run({ operation, input, args, parts: [part] }), (sent) =>
      Either.match(sent.results[0]!, {
        onLeft: Effect.fail,
        onRight: (answer) => Effect.succeed([sent, answer] as const)
      }))

  const submitOrder: Service["submitOrder"] = (order) =>
    // not `Effect.fn`: a span that is the parent of none need not be put into the context, which takes longer than to
    // make it
    Effect.useSpan("Trading.submitOrder", { captureStackTrace: false }, (span) => {
      const operation = "Trading.submitOrder"
      const input = accountInputs.submitOrder
      return Effect.flatMap(order?.cid === undefined ? Cid.next : Effect.succeed(order.cid), (cid) => {
        const args = Operations.checked(operation, input, { ...order, cid })
        if (Either.isLeft(args)) return Effect.fail(args.left)
        span.attribute("bitfinex.cid", cid)
        const sent = one(operation, input, args.right, operations.on(operation, args.right))
        // the cast: an unknown outcome of this operation names its order
        return Effect.map(sent, ([sent, answer]) => {
          span.attribute("bitfinex.epoch", sent.epoch)
          return submitted(sent, cid, answer)
        }) as Effect.Effect<SubmittedOrder, SubmitError>
      })
    })

  const resolvedBy = (submit: Service["submitOrder"]): Service["submitOrderResolved"] =>
    Effect.fn("Trading.submitOrderResolved")(function*(order, options) {
      const within = options?.within ?? aMinute
      return yield* submit(order).pipe(
        Effect.map((submitted): Accepted | OrderOutcome => ({ _tag: "Accepted", ...submitted })),
        Effect.catchTag("OutcomeUnknown", (lost) => {
          const still = (more: string): OrderUnknown => {
            const { cid, cidDate, error, mts, operation, reason } = lost
            return orderUnknown({ operation, cid, cidDate, mts, error, reason: `${reason}; ${more}` })
          }
          // that of each submission is looked for
          const outcome = Option.getOrElse(resolver.outcomeOf(lost), (): Effect.Effect<Outcome> => Effect.never)
          return outcome.pipe(
            Effect.flatMap((outcome) =>
              outcome._tag === "Unresolvable"
                ? Effect.fail(still(`it could not be found out: ${outcome.reason}`))
                // the cast: what becomes of a submission
                : Effect.succeed(outcome as Accepted | OrderOutcome)
            ),
            Effect.interruptible,
            Effect.timeoutFail({
              duration: within,
              onTimeout: () => still(`it could not be found out within ${Duration.format(within)}`)
            })
          )
        })
      )
    })

  const lifeBy = (submit: Service["submitOrder"]): Service["submitOrderStream"] =>
    Life.make({ session: account, rest, submit, outcomeOf: resolver.outcomeOf })

  const cancelAll = yield* CancelAll.make({
    session: account,
    rest,
    known: commands.known,
    resolutions: resolver.resolutions
  })

  const cancelOnExit: Service["cancelOnExit"] = Effect.fn("Trading.cancelOnExit")(function*(options) {
    const own = yield* cancelAll.onExit("Trading.cancelOnExit", {
      also: options?.also,
      within: options?.within ?? exitTime,
      onReport: options?.onReport
    })
    const submit: Service["submitOrder"] = (given) =>
      Effect.flatMap(given?.cid === undefined ? Cid.next : Effect.succeed(given.cid), (cid) => {
        const refused = own.refuse("Trading.submitOrder")
        if (refused !== undefined) return Effect.fail(refused)
        const order: NewOrder = own.named({ ...given, cid })
        const legs = order.flags?.oco === true ? 2 : 1
        return own.watched({ cid, symbol: order.symbol, gid: order.gid ?? null, legs }, submitOrder(order))
      })
    return {
      gid: own.gid,
      submitOrder: submit,
      submitOrderResolved: resolvedBy(submit),
      submitOrderStream: lifeBy(submit)
    }
  })

  const ofOrder = (
    name: "updateOrder" | "cancelOrder",
    part: (operation: string, args: AnyArgs) => Pendings.Operation
  ) => {
    const operation = `Trading.${name}`
    return Effect.fn(operation)(function*(given: AnyArgs) {
      const args = yield* Operations.checked(operation, accountInputs[name], given)
      const [sent, answer] = yield* one(operation, accountInputs[name], args, part(operation, args))
      return { ...acknowledged(sent, answer), order: answer.record as OrderNotice }
    })
  }

  const ofOffer = (
    name: "submitFundingOffer" | "cancelFundingOffer",
    part: (operation: string, args: AnyArgs) => Pendings.Operation
  ) => {
    const operation = `Trading.${name}`
    return Effect.fn(operation)(function*(given: AnyArgs) {
      const args = yield* Operations.checked(operation, accountInputs[name], given)
      const [sent, answer] = yield* one(operation, accountInputs[name], args, part(operation, args))
      return { ...acknowledged(sent, answer), offer: answer.record as FundingOfferNotice }
    })
  }

  const cancelOrders: Service["cancelOrders"] = Effect.fn("Trading.cancelOrders")(function*(given) {
    const operation = "Trading.cancelOrders"
    const args = yield* Operations.checked(operation, accountInputs.cancelOrders, given)
    const part = operations.oc_multi(operation, args)
    const [sent, answer] = yield* one(operation, accountInputs.cancelOrders, args, part)
    return { ...acknowledged(sent, answer), orders: answer.record as ReadonlyArray<OrderNotice> }
  })

  const done = (sent: Commands.Sent, word: string, args: AnyArgs, answer: Correlation.Accepted): OperationAck => {
    switch (word) {
      case "on":
        return { operation: "on", ...submitted(sent, args["cid"] as number, answer) }
      case "oc_multi":
        return {
          operation: "oc_multi",
          ...acknowledged(sent, answer),
          orders: answer.record as ReadonlyArray<OrderNotice>
        }
      default:
        return { operation: word as "ou" | "oc", ...acknowledged(sent, answer), order: answer.record as OrderNotice }
    }
  }

  const orderMultiOp: Service["orderMultiOp"] = Effect.fn("Trading.orderMultiOp")(function*(given) {
    const operation = "Trading.orderMultiOp"
    const input = accountInputs.orderMultiOp
    // each new order needs a cid, by which its answer is known; what is no list is refused by the check
    const ops = Array.isArray(given?.ops)
      ? yield* Effect.forEach(given.ops, (op): Effect.Effect<unknown> => {
        const [word, args]: ReadonlyArray<unknown> = Array.isArray(op) ? op : []
        return word !== "on" || typeof args !== "object" || args === null
            || (args as AnyArgs)["cid"] !== undefined
          ? Effect.succeed(op)
          : Effect.map(Cid.next, (cid) => [word, { ...args, cid }])
      })
      : given?.ops
    const args = yield* Operations.checked(operation, input, { ...given, ops })
    // the casts: the check has just found operations
    const list = yield* Effect.forEach(
      ops as ReadonlyArray<readonly [OperationAck["operation"], AnyArgs]>,
      ([word, each]) =>
        Effect.map(Operations.checked(operation, operationOf(word)!, each), (checked) => [word, checked] as const)
    )
    const parts = list.map(([word, each]) => operations[word](operation, each))
    const sent = yield* commands.run({ operation, input, args, parts: [...parts, operations.whole(operation)] })
    const [first] = sent.results
    if (
      list.length > 1 && first !== undefined && Either.isLeft(first)
      && sent.results.every((each) => Either.isLeft(each) && each.left === first.left)
    ) {
      // a refusal of the whole is that of each
      return yield* Effect.fail(first.left)
    }
    return list.map(([word, each], at) => Either.map(sent.results[at]!, (answer) => done(sent, word, each, answer)))
  })

  const calc = Calc.make({ account, limiter, operations, one }) as Service["calc"] // a record for each item, of its kind

  const notify: Service["notify"] = Effect.fn("Trading.notify")(function*(given) {
    const operation = "Trading.notify"
    const input = accountInputs.notify
    const args = yield* Operations.checked(operation, input, given)
    const messageId = yield* Cid.next
    yield* commands.send({ operation, input, args, messageId, parts: [] })
    return messageId
  })

  const userNotifications: Service["userNotifications"] = Stream.unwrapScoped(Effect.gen(function*() {
    if (!account.lets("notifications")) {
      const reason = "the filter of the login excludes notifications; add `notify`, or leave the filter out"
      return yield* Effect.fail(
        new InvalidInput({ operation: "Trading.userNotifications", field: "filter", value: "notifications", reason })
      )
    }
    const consumer = yield* account.attach("notifications", BufferPolicy.fail())
    return Stream.mapConcat(consumer.events, (event): ReadonlyArray<UserNotification> =>
      hasRows(event)
        ? event.rows.flatMap((row) => {
          const { messageId, mts, notifyInfo, type } = row as Notification // the family's record
          return type.startsWith("ucm-") ? [{ type, info: notifyInfo, messageId, mts }] : []
        })
        : [])
  }))

  return {
    submitOrder,
    submitOrderResolved: resolvedBy(submitOrder),
    submitOrderStream: lifeBy(submitOrder),
    cancelOpenOrders: Effect.fn("Trading.cancelOpenOrders")((which = { all: true }, options) =>
      cancelAll.now("Trading.cancelOpenOrders", which, {
        within: options?.within ?? aMinute,
        watch: options?.watch === false ? 0 : account.settings.orderSettle
      })
    ),
    cancelOnExit,
    updateOrder: ofOrder("updateOrder", operations.ou) as Service["updateOrder"],
    cancelOrder: ofOrder("cancelOrder", operations.oc) as Service["cancelOrder"],
    cancelOrders,
    orderMultiOp,
    submitFundingOffer: ofOffer("submitFundingOffer", operations.fon) as Service["submitFundingOffer"],
    cancelFundingOffer: ofOffer("cancelFundingOffer", operations.foc) as Service["cancelFundingOffer"],
    calc,
    notify,
    userNotifications,
    resolutions: resolver.resolutions,
    orderBudgetRemaining: commands.budgetRemaining
  } satisfies Service as Service
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
export const layer = (): Layer.Layer<
  Trading,
  never,
  AccountConnection | RestAuthClient | RateLimiter.RateLimiter
> => Layer.scoped(Trading, make)

export type {
  Accepted,
  Acknowledgement,
  CalcRecord,
  OfferAck,
  OperationAck,
  OrderAck,
  OrderEnded,
  OrderFill,
  OrderLifecycle,
  OrdersAck,
  OrderUpdate,
  SubmittedOrder,
  UserNotification
} from "./Command.ts"
