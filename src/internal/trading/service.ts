/**
 * Order entry, put together.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import {
  type AccountStreamError,
  InvalidInput,
  type OrderUnknown,
  orderUnknown,
  OutcomeUnknown
} from "../../BitfinexError.ts"
import * as BufferPolicy from "../../BufferPolicy.ts"
import { hasRows } from "../../ChannelEvent.ts"
import type { Accepted, OperationAck, Outcome, SubmittedOrder, UserNotification } from "../../Command.ts"
import type { ExitReport } from "../../ExitReport.ts"
import type { OrderOutcome } from "../../OrderOutcome.ts"
import { accountInputs, type Args, operationOf } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as PostOnly from "../../protocol/internal/postOnly.ts"
import type { Notification } from "../../protocol/records/Notification.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type { Notified } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import * as Clocks from "../time/clock.ts"
import * as Deadlines from "../time/deadlines.ts"
import * as Fibers from "../time/fibers.ts"
import * as Calc from "./calc.ts"
import * as CancelAll from "./cancelAll.ts"
import * as Commands from "./commands.ts"
import * as Correlation from "./correlation.ts"
import * as Endings from "./endings.ts"
import { type Accepted as Answer, dayOf } from "./inFlight.ts"
import * as Late from "./late.ts"
import * as LiveOrders from "./liveOrders.ts"
import * as Operations from "./operation.ts"
import * as Life from "./orderLife.ts"
import * as Offers from "./plans/offers.ts"
import * as Orders from "./plans/orders.ts"
import { submission } from "./plans/submission.ts"
import { refusedOptions } from "./refused.ts"
import * as Released from "./released.ts"
import * as Replace from "./replace.ts"
import * as Resolution from "./resolution.ts"
import type { NamedNotice } from "./rules/order.ts"
import { number } from "./rules/rule.ts"
import * as Sendings from "./sending.ts"

type Inputs = typeof accountInputs
type NewOrder = Args<Inputs["submitOrder"]>
type SubmitError = Commands.Failure<OrderUnknown, "write">

const aMinute = Duration.minutes(1)

/** `cancelOpenOrders` whose layer was released: orders may be open */
const cutShort = (): OutcomeUnknown =>
  new OutcomeUnknown({
    operation: "Trading.cancelOpenOrders",
    cid: null,
    cidDate: null,
    id: null,
    mts: null,
    error: null,
    reason: "its layer was released before the venue had shown that none is open"
  })

/** leaves time to close the sockets within the 10 s that a stopped container has */
const exitTime = Duration.seconds(6)

interface Needs {
  readonly session: Session
  readonly rest: RestAuthClient.Service
  readonly limiter: RateLimiter.Service
  readonly onLate: "cancel" | "keep"
  readonly postOnly: boolean
}

/** forks effects for code that is synchronous, in the scope of the service */
const forks = Effect.gen(function*() {
  const scope = yield* Effect.scope
  const queue = yield* Queue.unbounded<Effect.Effect<void>>()
  yield* Queue.take(queue).pipe(
    Effect.flatMap((effect) => Effect.forkIn(effect, scope)),
    Effect.forever,
    Effect.forkIn(scope)
  )
  return (effect: Effect.Effect<void>): void => void Queue.unsafeOffer(queue, effect)
})

/**
 * Ids of accepted orders that a command named by id or by `cid` and the venue did not find: they have ended, though the last
 * event may be lost. The text is that of the manual's glossary; where it is another one, they are audited.
 */
const notFoundIn = ({ answer }: Notified, liveOrders: LiveOrders.LiveOrders): ReadonlyArray<number> => {
  if (answer === null || answer.status === "SUCCESS") return []
  const { info, text, type } = answer
  if ((type !== "oc" && type !== "ou") || !/order not found/i.test(text ?? "") || !Array.isArray(info)) return []
  const [id, , cid]: ReadonlyArray<unknown> = info
  const named = typeof id === "number" ? [id] : typeof cid === "number" ? liveOrders.idsOf(cid) : []
  const accepted = new Set(named.length === 0 ? [] : liveOrders.accepted())
  return named.filter((each) => accepted.has(each))
}

/** the machinery below the methods: the listener of the session, and the commands in flight */
const machinery = ({ limiter, onLate, rest: client, session }: Needs) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const now = Clocks.wall(clock)
    const steady = Clocks.steady(clock)
    const { settings } = session
    const fork = yield* forks
    const fiber = yield* Fibers.withFiber<Parameters<typeof Sendings.make>[0]["fiber"]>(Effect.succeed)
    const liveOrders = LiveOrders.make()
    const endings = Endings.make({ session, rest: client, liveOrders })
    const { rest, sweep } = endings
    const released = Released.make()
    const correlation = Correlation.make(Clocks.perTask(steady))
    const needs = { rest, settings, now, steady }
    const operations = Operations.make({
      submission: submission(needs),
      update: Orders.update(needs),
      cancellation: Orders.cancellation(needs),
      cancellations: Orders.cancellations(needs),
      offer: Offers.offer(needs),
      offerCancellation: Offers.offerCancellation(needs)
    })
    const cancelOnSocket = (id: number) =>
      Effect.suspend(() => commands.one(accountInputs.cancelOrder, { id }, operations.oc("Trading.onLate", { id })))
    const deadlines = Deadlines.make()
    const resolver = Resolution.make({
      fork,
      after: (millis, expire) => deadlines.set(fiber, millis, expire),
      steady,
      liveOrders,
      known: correlation.known,
      onLate: onLate === "cancel"
        ? Late.cancel({ session, rest, known: correlation.known, cancelOnSocket })
        : () => Effect.succeed(undefined)
    })
    const sendings = Sendings.make({
      session,
      correlation,
      resolver,
      liveOrders,
      fiber,
      fork,
      now,
      steady,
      writesCancel: onLate === "cancel"
    })
    const { commands, onLost, release } = Commands.make({ session, sendings, liveOrders, limiter, now, steady })
    const isOver = (epoch: number | undefined) => (): boolean => session.state.get().login?.epoch !== epoch
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        session.subscribe((event) => {
          sendings.onEvent(event)
          resolver.onOrders(event)
          if (event._tag === "LoggedOut") onLost(event.closing)
          const gone = event._tag === "Notification" ? notFoundIn(event, liveOrders) : []
          if (gone.length > 0) {
            const { login } = session.state.get()
            const looking = sweep({ has: (id) => !gone.includes(id) }, isOver(login?.epoch))
            // the `oc` may be right behind the refusal
            fork(Effect.delay(looking, "1 second"))
          }
          if (event._tag !== "Live" || liveOrders.accepted().length === 0) return
          fork(sweep(correlation.known.orders, isOver(event.login.epoch)))
        }, { from: "login" })
      ),
      (stop) =>
        Effect.zipRight(
          Effect.sync(() => {
            release()
            sendings.release()
            released.release()
            stop()
          }),
          resolver.release
        )
    )
    yield* endings.audit
    /** submissions of a scope that has closed, whose order may still appear */
    const orphan = (all: Iterable<number>): void => {
      const cids = new Set([...all].filter(liveOrders.isUnsettled))
      // those that were in flight are being resolved from now on
      sendings.abandon(cids, "its scope of cancelOnExit was closed before an answer came")
      resolver.orphan(cids)
    }
    return { commands, correlation, endings, liveOrders, operations, orphan, released, resolver, rest, steady }
  })

interface Sent {
  readonly epoch: number
  readonly mts: number
}

const acknowledged = ({ epoch }: Sent, { by, text }: Answer) => ({ by, text, epoch })

const submitted = (
  { epoch, mts }: Sent,
  cid: number,
  answer: Answer<NamedNotice>
): SubmittedOrder => ({
  by: answer.by,
  text: answer.text,
  epoch,
  id: answer.record.id,
  cid,
  cidDate: dayOf(answer) ?? Cid.dayOf(mts),
  order: answer.record
})

/** submits, and waits for the resolution of an unknown outcome */
const resolved = (
  resolver: Resolution.Resolver,
  released: Released.Released,
  submit: (order: NewOrder) => Effect.Effect<SubmittedOrder, SubmitError>
) =>
  Effect.fn("Trading.submitOrderResolved")(
    function*(order: NewOrder, options?: { readonly within?: Duration.DurationInput }) {
      // before the order is sent: a defect behind it would lose its outcome
      const wrong = refusedOptions("Trading.submitOrderResolved", options)
      if (wrong !== undefined) return yield* Effect.fail(wrong)
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
          const found = released.before(outcome, () => still("its layer was released"))
          return found.pipe(
            Effect.flatMap((outcome) =>
              outcome._tag === "Unresolvable"
                ? Effect.fail(still(`it could not be resolved: ${outcome.reason}`))
                // the cast: the outcome of a submission
                : Effect.succeed(outcome as Accepted | OrderOutcome)
            ),
            Effect.interruptible,
            Effect.timeoutFail({
              duration: within,
              onTimeout: () => still(`it could not be resolved within ${Duration.format(within)}`)
            })
          )
        })
      )
    }
  )

const notifying = (commands: Commands.Commands) =>
  Effect.fn("Trading.notify")(function*(given: Args<Inputs["notify"]>) {
    const operation = "Trading.notify"
    const input = accountInputs.notify
    const args = yield* Operations.checked(operation, input, given)
    const messageId = yield* Cid.next
    yield* commands.send({ operation, input, args, messageId })
    return messageId
  })

const userNotifications = (session: Session): Stream.Stream<UserNotification, AccountStreamError> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    if (!session.lets("notifications")) {
      const reason = "the filter of the login excludes notifications; add `notify`, or leave the filter out"
      return yield* Effect.fail(
        new InvalidInput({ operation: "Trading.userNotifications", field: "filter", value: "notifications", reason })
      )
    }
    const consumer = yield* session.attach("notifications", BufferPolicy.fail())
    return Stream.mapConcat(consumer.events, (event): ReadonlyArray<UserNotification> =>
      hasRows(event)
        ? event.rows.flatMap((row) => {
          const { messageId, mts, notifyInfo, type } = row as Notification // the family's record
          return type.startsWith("ucm-") ? [{ type, info: notifyInfo, messageId, mts }] : []
        })
        : [])
  }))

/** on which an order is sent, see `Operation` */
type Conditions = Pick<Operations.Operation, "place" | "refuse">

/** submits an order, in a place of the order budget if one was reserved */
type SubmitIn = (order: NewOrder, place?: Operations.Place) => Effect.Effect<SubmittedOrder, SubmitError>

const placed = (place: Operations.Place | undefined): Conditions | undefined =>
  place === undefined ? undefined : { place }

interface Machinery {
  readonly commands: Commands.Commands
  readonly liveOrders: LiveOrders.LiveOrders
  readonly operations: Operations.Operations
}

/** commands on orders and offers that are answered by one record */
const single = ({ commands, liveOrders, operations }: Machinery, policy: PostOnly.Policy) => {
  const checkedIn = (name: keyof Inputs, given: AnyArgs | undefined) =>
    Operations.checked(`Trading.${name}`, accountInputs[name], given)
  const named = (name: keyof Inputs, given: AnyArgs | undefined) =>
    Either.map(checkedIn(name, given), (args) => Operations.dated(args, liveOrders.dayOf))

  const submit = (
    order: NewOrder,
    conditions: Conditions | undefined,
    span: Tracer.Span | undefined
  ): Effect.Effect<SubmittedOrder, SubmitError> => {
    const cid = order?.cid === undefined ? Cid.take() : order.cid
    const args = Either.flatMap(
      policy.order("Trading.submitOrder", order),
      (allowed) => checkedIn("submitOrder", { ...allowed, cid })
    )
    if (Either.isLeft(args)) return Effect.fail(args.left)
    span?.attribute("bitfinex.cid", cid)
    const on = operations.on("Trading.submitOrder", args.right)
    const operation = conditions === undefined ? on : { ...on, ...conditions }
    return Effect.map(commands.one(accountInputs.submitOrder, args.right, operation), (sent) => {
      span?.attribute("bitfinex.epoch", sent.epoch)
      return submitted(sent, cid, sent.answer)
    })
  }

  const submitOrder = (
    order: NewOrder,
    conditions?: Conditions
  ): Effect.Effect<SubmittedOrder, SubmitError> =>
    Fibers.withFiber((fiber) =>
      // not `Effect.fn`: a span that is the parent of none need not be put into the context, which takes longer than to
      // make it; and one that no tracer sees need not be made
      Fibers.isTraced(fiber)
        ? Effect.useSpan("Trading.submitOrder", { captureStackTrace: false }, (span) => submit(order, conditions, span))
        : submit(order, conditions, undefined)
    )

  const ofOrder = (name: "updateOrder" | "cancelOrder", word: "ou" | "oc") =>
    Effect.fn(`Trading.${name}`)(function*(given: AnyArgs, place?: Operations.Place) {
      const allowed = word === "ou" ? yield* policy.changes(`Trading.${name}`, given) : given
      const args = yield* named(name, allowed)
      const operation = { ...operations[word](`Trading.${name}`, args), ...placed(place) }
      const sent = yield* commands.one(accountInputs[name], args, operation)
      return { ...acknowledged(sent, sent.answer), order: sent.answer.record }
    })

  const ofOffer = (name: "submitFundingOffer" | "cancelFundingOffer", word: "fon" | "foc") =>
    Effect.fn(`Trading.${name}`)(function*(given: AnyArgs) {
      const args = yield* checkedIn(name, given)
      const sent = yield* commands.one(accountInputs[name], args, operations[word](`Trading.${name}`, args))
      return { ...acknowledged(sent, sent.answer), offer: sent.answer.record }
    })

  const cancelOrders = Effect.fn("Trading.cancelOrders")(function*(given: Args<Inputs["cancelOrders"]>) {
    const args = yield* named("cancelOrders", given)
    const sent = yield* commands.one(
      accountInputs.cancelOrders,
      args,
      operations.oc_multi("Trading.cancelOrders", args)
    )
    return { ...acknowledged(sent, sent.answer), orders: sent.answer.record }
  })

  const updateOrder = ofOrder("updateOrder", "ou")
  const cancelIn = ofOrder("cancelOrder", "oc")

  return {
    submitOrder,
    cancelIn,
    updateOrder: (changes: Args<Inputs["updateOrder"]>) => updateOrder(changes),
    cancelOrder: (order: Args<Inputs["cancelOrder"]>) => cancelIn(order),
    submitFundingOffer: ofOffer("submitFundingOffer", "fon") as (
      offer: Args<Inputs["submitFundingOffer"]>
    ) => ReturnType<ReturnType<typeof ofOffer>>,
    cancelFundingOffer: ofOffer("cancelFundingOffer", "foc") as (
      offer: Args<Inputs["cancelFundingOffer"]>
    ) => ReturnType<ReturnType<typeof ofOffer>>,
    cancelOrders
  }
}

/** an operation of a batch, and how its answer is given to the caller */
interface Part {
  readonly operation: Operations.Operation
  readonly acknowledge: (sent: Sent, answer: Answer) => OperationAck
}

const partOf = <A>(
  operation: Operations.Operation<A>,
  acknowledge: (sent: Sent, answer: Answer<A>) => OperationAck
): Part => ({
  operation,
  // the cast: an answer to this operation has its record
  acknowledge: (sent, answer) => acknowledge(sent, answer as Answer<A>)
})

const batch = ({ commands, liveOrders, operations }: Machinery, policy: PostOnly.Policy) => {
  const input = accountInputs.orderMultiOp
  const operation = "Trading.orderMultiOp"

  const part = (word: OperationAck["operation"], args: AnyArgs): Part => {
    switch (word) {
      case "on":
        return partOf(operations.on(operation, args), (sent, answer) => ({
          operation: "on",
          ...submitted(sent, args["cid"] as number, answer) // checked
        }))
      case "oc_multi":
        return partOf(operations.oc_multi(operation, args), (sent, answer) => ({
          operation: "oc_multi",
          ...acknowledged(sent, answer),
          orders: answer.record
        }))
      case "ou":
      case "oc":
        return partOf(operations[word](operation, args), (sent, answer) => ({
          operation: word,
          ...acknowledged(sent, answer),
          order: answer.record
        }))
    }
  }

  return Effect.fn(operation)(function*(given: Args<Inputs["orderMultiOp"]>) {
    // each new order needs a cid, by which its answer is known; a value that is no list is refused by the check
    const allowed = yield* policy.batch(operation, given?.ops)
    const ops = Array.isArray(allowed)
      ? yield* Effect.forEach(allowed, (op): Effect.Effect<unknown> => {
        const [word, args]: ReadonlyArray<unknown> = Array.isArray(op) ? op : []
        return word !== "on" || typeof args !== "object" || args === null
            || (args as AnyArgs)["cid"] !== undefined
          ? Effect.succeed(op)
          : Effect.map(Cid.next, (cid) => [word, { ...args, cid }])
      })
      : allowed
    const args = yield* Operations.checked(operation, input, { ...given, ops })
    const named = yield* Effect.forEach(
      // the cast: the check has just found operations
      ops as ReadonlyArray<readonly [OperationAck["operation"], AnyArgs]>,
      ([word, each]) =>
        Effect.map(
          Operations.checked(operation, operationOf(word)!, each),
          (checked) => [word, Operations.dated(checked, liveOrders.dayOf)] as const
        )
    )
    const parts = named.map(([word, each]) => part(word, each))
    const sent = yield* commands.run({
      operation,
      input,
      args: { ...args, ops: named },
      parts: parts.map(({ operation }) => operation)
    })
    return sent.results.map((result, at): Either.Either<OperationAck, Commands.Failure<OutcomeUnknown>> =>
      Either.map(result, (answer) => parts[at]!.acknowledge(sent, answer))
    )
  })
}

/** submissions that are cancelled when their scope ends */
const exiting = <S extends object>({ cancelAll, liveOrders, orphan, submitOrder, submitter }: {
  readonly cancelAll: Effect.Effect.Success<ReturnType<typeof CancelAll.make>>
  readonly liveOrders: LiveOrders.LiveOrders
  readonly orphan: (cids: Iterable<number>) => void
  readonly submitOrder: ReturnType<typeof single>["submitOrder"]
  readonly submitter: (submitIn: SubmitIn) => S
}) =>
  Effect.fn("Trading.cancelOnExit")(function*(
    options?: {
      readonly also?: CancelAll.Which
      readonly within?: Duration.DurationInput
      readonly onReport?: (report: ExitReport) => Effect.Effect<void>
    }
  ): Effect.fn.Return<S & { readonly gid: number }, never, Scope.Scope> {
    // it has no failures, and nothing was submitted: input that cannot be is a defect of the program
    const wrong = refusedOptions("Trading.cancelOnExit", options, ["also", "onReport"])
      ?? (options?.also === undefined ? undefined : CancelAll.refusal("Trading.cancelOnExit", "also", options.also))
    if (wrong !== undefined) return yield* Effect.die(wrong)
    /** submissions of the scope that have not settled, and some that have */
    const cids = new Set<number>()
    // added first, so that it runs behind the cancellation
    yield* Effect.addFinalizer(() => Effect.sync(() => orphan(cids)))
    const own = yield* cancelAll.onExit("Trading.cancelOnExit", {
      also: options?.also,
      within: options?.within ?? exitTime,
      onReport: options?.onReport
    })
    const submit: SubmitIn = (given, place) =>
      Effect.flatMap(given?.cid === undefined ? Cid.next : Effect.succeed(given.cid), (cid) => {
        const refuse = () => own.refuse("Trading.submitOrder")
        const refused = refuse()
        if (refused !== undefined) return Effect.fail(refused)
        const order: NewOrder = own.named({ ...given, cid })
        const legs = order.flags?.oco === true ? 2 : 1
        const side = Math.sign(number(order.amount)) || 0
        if (cids.size > 1000) { for (const each of cids) if (!liveOrders.isUnsettled(each)) cids.delete(each) }
        cids.add(cid)
        const submission = submitOrder(order, { refuse, ...placed(place) })
        return own.watched({ cid, symbol: order.symbol, side, gid: order.gid ?? null, legs }, submission)
      })
    return { gid: own.gid, ...submitter(submit) }
  })

export const make = Effect.fnUntraced(function*(
  needs: Needs
) {
  const { limiter, session } = needs
  const { commands, correlation, endings, liveOrders, operations, orphan, released, resolver, rest, steady } =
    yield* machinery(needs)
  const policy = needs.postOnly ? PostOnly.make(correlation.known.orders) : PostOnly.none
  const { cancelIn, ...methods } = single({ commands, liveOrders, operations }, policy)
  const submitIn: SubmitIn = (order, place) => methods.submitOrder(order, placed(place))

  const replacement = Replace.make({
    session,
    rest,
    released,
    liveOrders,
    known: correlation.known,
    reserve: commands.reserve,
    cancel: (id, place) => cancelIn({ id }, place)
  })
  const replaceOrder = (submit: SubmitIn): ReturnType<typeof replacement> => {
    const replace = replacement(submit)
    // an order that cannot, or must not, be submitted replaces none
    const operation = "Trading.replaceOrder"
    const check = (order: NewOrder | undefined) =>
      Either.flatMap(
        policy.order(operation, order),
        (allowed) => Operations.checked(operation, accountInputs.submitOrder, allowed)
      )
    return (given, options) => Effect.zipRight(check(given?.order), replace(given, options))
  }

  const submitter = (submitIn: SubmitIn) => {
    const submit = (order: NewOrder) => submitIn(order)
    return {
      submitOrder: submit,
      submitOrderResolved: resolved(resolver, released, submit),
      submitOrderStream: Life.make({
        session,
        rest,
        submit,
        resolver,
        released,
        known: correlation.known,
        onPast: endings.onPast
      }),
      replaceOrder: replaceOrder(submitIn)
    }
  }

  const cancelAll = yield* CancelAll.make({
    session,
    rest,
    known: correlation.known,
    resolutions: resolver.resolutions,
    isWritten: (cid) => liveOrders.get().orders.some((order) => order.cid === cid)
  })
  // added last, so that the socket is still there
  yield* Effect.addFinalizer(() => cancelAll.closeOpen)

  const { submitOrder } = methods
  const cancelOnExit = exiting({ cancelAll, liveOrders, orphan, submitOrder, submitter })

  return {
    ...methods,
    ...submitter(submitIn),
    cancelOpenOrders: Effect.fn("Trading.cancelOpenOrders")(
      (
        which: CancelAll.Which = { all: true },
        options?: { readonly within?: Duration.DurationInput; readonly watch?: boolean }
      ) => {
        const wrong = CancelAll.refusal("Trading.cancelOpenOrders", "which", which)
          ?? refusedOptions("Trading.cancelOpenOrders", options, ["watch"])
        if (wrong !== undefined) return Effect.fail(wrong)
        return released.before(
          cancelAll.now("Trading.cancelOpenOrders", which, {
            within: options?.within ?? aMinute,
            watch: options?.watch === false ? 0 : session.settings.account.orderSettle
          }),
          cutShort
        )
      }
    ),
    cancelOnExit,
    orderMultiOp: batch({ commands, liveOrders, operations }, policy),
    calc: Calc.make({ session, commands, limiter, operations, steady }),
    notify: notifying(commands),
    userNotifications: userNotifications(session),
    resolutions: resolver.resolutions,
    exposure: Effect.sync(liveOrders.get),
    exposureChanges: liveOrders.changes,
    orderBudgetRemaining: commands.budgetRemaining
  }
})
