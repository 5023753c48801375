/**
 * The bot: one session after the other, each of which begins and ends without an open order. Within a session each side
 * of the market has at most one order and at most one command in flight.
 */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as AccountState from "effect-bitfinex/AccountState"
import type * as BitfinexError from "effect-bitfinex/BitfinexError"
import type * as MarketData from "effect-bitfinex/MarketData"
import * as Trading from "effect-bitfinex/Trading"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Desk from "./desk.ts"
import * as Ledger from "./ledger.ts"
import * as Market from "./market.ts"
import type { Settings } from "./quotes.ts"
import { sides } from "./quotes.ts"

export type Needs = Desk.Needs | MarketData.MarketData

/** time limit for cancelling the orders when the bot ends */
const farewell = Duration.minutes(3)

/** failures that a restart would repeat */
const fatal = new Set<string>([
  "AuthenticationFailed",
  "PermissionMissing",
  "InvalidInput",
  "SubscriptionRejected",
  "UnsupportedVersion",
  "ReconnectExhausted"
])

const isFatal = (cause: Cause.Cause<{ readonly _tag: string }>): boolean =>
  Chunk.some(Cause.failures(cause), ({ _tag }) => fatal.has(_tag))

/** the base balance of the start, kept over all sessions: the balance above it is inventory */
type Target = Ref.Ref<Option.Option<number>>

const session = (settings: Settings, ledger: Ledger.Ledger, wakes: ReadonlyArray<Queue.Queue<void>>, target: Target) =>
  Effect.gen(function*() {
    const account = yield* AccountConnection.AccountConnection
    const state = yield* AccountState.AccountState
    const trading = yield* Trading.Trading
    const wake = Effect.forEach(wakes, (queue) => Queue.offer(queue, undefined), { discard: true })
    yield* account.requirePermissions("orders.read", "orders.write", "wallets.read")

    // cancels the orders of this session when it ends, and those that an earlier one or another process has left
    const which = { gid: settings.gid }
    yield* trading.cancelOnExit({ also: which, within: farewell })
    const left = yield* trading.cancelOpenOrders(which, { within: farewell })
    if (left.length > 0) yield* Effect.logWarning(`${left.length} orders of another session were cancelled`)
    yield* state.caughtUp

    const base = yield* Desk.balance(settings)
    const from = yield* Ref.updateAndGet(target, Option.orElseSome(() => base)).pipe(Effect.map(Option.getOrThrow))
    yield* Effect.logInfo(`quoting ${settings.symbol}; the balance is ${base}, the target ${from}`)

    const market = Market.make(settings, wake)
    const desk = yield* Desk.make({ settings, ledger, market, target: from })
    const on = <A, E, R>(stream: Stream.Stream<A, E, R>) => Stream.runForEach(stream, () => wake)
    // The first failure ends the session. A command in flight is not interrupted: its outcome is known before the orders
    // are cancelled.
    return yield* Effect.all([
      ...sides.map((side, at) => Effect.forever(Effect.zipRight(Queue.take(wakes[at]!), desk.step(side)))),
      market.watch,
      desk.watch(wake),
      on(state.orders.changes),
      on(state.wallets.changes),
      on(account.states),
      on(Stream.fromSchedule(Schedule.spaced(settings.every)))
    ], { concurrency: "unbounded", discard: true }).pipe(Effect.zipRight(Effect.never))
  }).pipe(Effect.scoped, Effect.withSpan("MarketMaker.session", { attributes: { symbol: settings.symbol } }))

export interface Bot {
  /** quotes until it is interrupted, and fails with errors that a restart cannot repair. Interrupted, it leaves no order */
  readonly run: Effect.Effect<never, BitfinexError.BitfinexError | Desk.Astray, Needs>
  /** fills and commands so far */
  readonly tally: Effect.Effect<Ledger.Tally>
  /** base balance at the start; none until it is known */
  readonly target: Effect.Effect<Option.Option<number>>
}

export const make = (settings: Settings) =>
  Effect.gen(function*() {
    const wakes = yield* Effect.forEach(sides, () => Queue.sliding<void>(1))
    const wake = Effect.forEach(wakes, (queue) => Queue.offer(queue, undefined), { discard: true })
    const ledger = yield* Ledger.make(settings, wake)
    const target = yield* Ref.make(Option.none<number>())

    const account = yield* AccountState.AccountState
    const settled = account.caughtUp.pipe(
      Effect.interruptible,
      Effect.timeout(farewell),
      Effect.catchAll((error) => Effect.logWarning(`fills may be missing: ${error.message}`))
    )
    // it outlives the sessions and the cancellations at the end of the last one
    const kept = yield* Effect.forkScoped(ledger.keep)

    const supervised = session(settings, ledger, wakes, target).pipe(
      Effect.sandbox,
      Effect.tapError((cause) =>
        isFatal(cause)
          ? Effect.logFatal("a restart cannot help", cause)
          : Effect.zipRight(
            Effect.logError("the session failed; the next one begins soon", cause),
            ledger.count("restarts")
          )
      ),
      Effect.retry({
        while: (cause) => !isFatal(cause),
        schedule: Schedule.exponential("1 second").pipe(
          Schedule.union(Schedule.spaced("30 seconds")),
          Schedule.jittered,
          Schedule.resetAfter("10 minutes")
        )
      }),
      Effect.unsandbox
    )

    return {
      // not a race, which does not wait for the finalizers of the loser when it is interrupted
      run: Effect.all([supervised, Fiber.join(kept)], { concurrency: "unbounded", discard: true }).pipe(
        Effect.zipRight(Effect.never),
        // fills during a last lost connection are reported after the next login
        Effect.ensuring(settled),
        Effect.annotateLogs("symbol", settings.symbol)
      ),
      tally: ledger.tally,
      target: Ref.get(target)
    } satisfies Bot as Bot
  })
