/** The account workload: a bot that submits orders, views of its state, and calls over REST. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as AccountConnection from "../../src/AccountConnection.ts"
import type * as AccountEvents from "../../src/AccountEvents.ts"
import type * as AccountState from "../../src/AccountState.ts"
import type * as RestAuthClient from "../../src/RestAuthClient.ts"
import type * as RestClient from "../../src/RestClient.ts"
import type * as Trading from "../../src/Trading.ts"
import { lasting } from "./market.ts"
import { add, breaks, type Part, wordOf, type World } from "./world.ts"

export interface Services {
  readonly connection: AccountConnection.Service
  readonly events: AccountEvents.Service
  readonly state: AccountState.Service
  readonly trading: Trading.Service
  readonly open: RestClient.Service
  readonly signed: RestAuthClient.Service
}

/** `commandTimeout` is 10 s; the remainder allows for a busy machine: 16 s were measured with fifteen processes per core */
const deadline = 30_000

/** orders that the bot leaves open */
const most = 12

/** far below the market, so that they stay open */
const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01" } as const

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "done"
  if (Cause.isInterruptedOnly(exit.cause)) return "interrupted"
  const failure = exit.cause._tag === "Fail" ? exit.cause.error : undefined
  return failure === undefined ? `defect: ${Cause.pretty(exit.cause).slice(0, 200)}` : wordOf(failure)
}

export const start = (world: World, services: Services): Effect.Effect<Part, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { connection, events, open, signed, state, trading } = services
    const { activities, dice, pace, passed, tally, truth, unit } = world
    /** unknown outcomes without a resolution so far, by their name */
    const unknowns = new Map<string, number>()
    /** commands in flight, and their start times */
    const running = new Map<object, number>()
    const nameOf = ({ message, mts }: { readonly message: string; readonly mts: number | null }) => `${message} ${mts}`
    const owe = (name: string, by: number) => {
      const owed = (unknowns.get(name) ?? 0) + by
      if (owed === 0) unknowns.delete(name)
      else unknowns.set(name, owed)
      // resolutions of interrupted commands are published only here
      if (unknowns.size > 1000) {
        for (const [early, count] of unknowns) if (count < 0) unknowns.delete(early)
      }
    }

    const command = (effect: Effect.Effect<unknown, unknown>): Effect.Effect<void> =>
      Effect.suspend(() => {
        const token = {}
        const began = passed()
        running.set(token, began)
        // some callers do not wait for the result
        const patience = dice.chance(0.05) ? Effect.raceFirst(effect, Effect.sleep(dice.int(1, 50))) : effect
        return patience.pipe(
          Effect.onExit((exit) =>
            Effect.sync(() => {
              running.delete(token)
              const outcome = outcomeOf(exit)
              add(tally.commands, outcome)
              if (outcome.startsWith("defect")) breaks(tally, `a command ended with a ${outcome}`)
              if (passed() - began > deadline) breaks(tally, `a command took ${passed() - began} ms: ${outcome}`)
              if (Exit.isFailure(exit) && exit.cause._tag === "Fail" && outcome === "OutcomeUnknown") {
                // the cast: the tag was checked above
                owe(nameOf(exit.cause.error as { readonly message: string; readonly mts: number | null }), 1)
              }
            })
          ),
          Effect.exit,
          Effect.asVoid
        )
      })

    const act = Effect.gen(function*() {
      const { _tag, ...view } = yield* state.orders.current
      const ids = "rows" in view ? [...view.rows.keys()] : []
      const price = () => 10_000 + dice.int(1, 900)
      if (ids.length === 0 || (ids.length < most && dice.chance(0.5))) {
        return yield* command(trading.submitOrder({ ...resting, price: price() }))
      }
      const id = dice.pick(ids)
      if (ids.length > most && dice.chance(0.3)) return yield* command(trading.cancelOrders({ id: ids.slice(0, 6) }))
      return yield* command(
        dice.chance(0.5) ? trading.updateOrder({ id, price: price() }) : trading.cancelOrder({ id })
      )
    })

    /** submits market orders one after the other, alternately buying and selling, and follows each to its end */
    let sign = -1
    const follow = Effect.suspend(() => {
      sign = -sign
      const order = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: sign > 0 ? "0.01" : "-0.01" } as const
      return trading.submitOrderStream(order).pipe(
        // then it waits for more than an hour in case the order appears late
        Stream.takeUntil(({ _tag }) => _tag === "NotSeen"),
        Stream.runLast,
        Effect.timeoutFail({ duration: 300_000, onTimeout: () => "no end within five minutes" }),
        Effect.exit,
        Effect.map((exit) => {
          const isUnseen = Exit.isSuccess(exit) && Option.exists(exit.value, ({ _tag }) => _tag === "NotSeen")
          const outcome = isUnseen ? "NotSeen" : outcomeOf(exit)
          add(tally.orders, outcome)
          if (outcome.startsWith("no end") || outcome.startsWith("defect")) breaks(tally, `an order: ${outcome}`)
        })
      )
    })

    const call = (effect: Effect.Effect<unknown, unknown>) =>
      Effect.map(Effect.exit(effect), (exit) => add(tally.calls, outcomeOf(exit)))
    const calls: ReadonlyArray<() => Effect.Effect<unknown, unknown>> = [
      () => open.ticker({ symbol: "tBTCUSD" }),
      () => open.trades({ symbol: "tBTCUSD", limit: 20 }),
      () => open.book({ symbol: "tBTCUSD", precision: "P0" }),
      () => open.candlesLast({ timeframe: "1m", symbol: "tBTCUSD" }),
      () => open.platformStatus(),
      () => signed.wallets(),
      () => signed.activeOrders(),
      () => signed.accountTradesBySymbol({ symbol: "tBTCUSD", limit: 10 })
    ]

    /** subscribes for a short time, then leaves */
    const visit = Effect.suspend(() => {
      tally.visits++
      const streams: ReadonlyArray<() => Stream.Stream<unknown, unknown>> = [
        () => events.orders(),
        () => events.wallets(),
        () => state.orders.changes,
        () => state.trades(),
        () => connection.states
      ]
      return Effect.raceFirst(Stream.runDrain(dice.pick(streams)()), Effect.sleep(dice.between(5, 400) * unit))
    }).pipe(activities.run, Effect.zipRight(Effect.suspend(() => Effect.sleep(dice.between(1, 100) * unit))))

    const every = (millis: number, effect: Effect.Effect<unknown, unknown>) =>
      Effect.forever(Effect.zipRight(activities.run(effect), Effect.sleep(millis)))
    // several at once, so that a waiting command does not delay the others
    for (let k = 1; k <= 3; k++) yield* lasting(world, `the bot (${k})`, every(3 * pace.command, act))
    yield* lasting(world, "orders to their end", every(pace.order, follow))
    for (let k = 1; k <= 2; k++) {
      yield* lasting(world, `calls (${k})`, every(2 * pace.call, call(Effect.suspend(() => dice.pick(calls)()))))
    }
    yield* lasting(world, "visitors of the account", Effect.forever(visit))
    let away = "none"
    let trades = 0
    let last = -1
    yield* lasting(
      world,
      "events missed while disconnected",
      Stream.runForEach(state.missed, ({ _tag }) =>
        Effect.sync(() => {
          away = _tag
        }))
    )
    yield* lasting(
      world,
      "trades of the account",
      Stream.runForEach(state.trades(), ({ trade: { id } }) =>
        Effect.sync(() => {
          trades++
          if (id === last) breaks(tally, `trade ${id} was delivered twice`)
          last = id
        }))
    )
    yield* lasting(
      world,
      "resolutions",
      Stream.runForEach(trading.resolutions, ({ outcome, unknown }) =>
        Effect.sync(() => {
          add(tally.resolutions, outcome._tag)
          owe(nameOf(unknown), -1)
        }))
    )
    yield* lasting(
      world,
      "the account's problems",
      Stream.runForEach(connection.problems, ({ _tag }) => Effect.sync(() => add(tally.problems, _tag)))
    )

    return {
      isQuiet: Effect.gen(function*() {
        const { orders } = yield* trading.exposure
        const { isLive } = yield* connection.state
        return isLive && away === "CaughtUp" && orders.every(({ state }) => state !== "sent")
          && [...unknowns.values()].every((owed) => owed <= 0)
      }),
      unsettled: Effect.gen(function*() {
        const found: Array<string> = []
        for (const began of running.values()) {
          if (passed() - began > deadline) found.push(`a command is in flight for ${passed() - began} ms`)
        }
        for (const [name, owed] of unknowns) if (owed > 0) found.push(`never resolved: ${name}`)
        const { isLive } = yield* connection.state
        if (!isLive) found.push("the account is not live")
        if (away !== "CaughtUp") found.push(`the last element of the account's missed events is ${away}, not CaughtUp`)
        // queried here and not earlier, because orders open and close
        const { doubles, orders } = yield* truth.account
        const view = yield* state.orders.current
        const ours = "rows" in view ? [...view.rows.keys()] : []
        if (view._tag !== "Synced") found.push("the orders are stale")
        else if ([...ours].sort().join() !== [...orders].sort().join()) {
          found.push(`open orders: ${ours.length} by the view, ${orders.length} by the exchange`)
        }
        if (doubles.length > 0) breaks(tally, `orders placed twice: ${doubles.join(", ")}`)
        // on a busy machine all of its market orders may be lost with their connections
        if (trades === 0 && (tally.orders.get("done") ?? 0) > 0) found.push("no trade of the account was delivered")
        return found
      })
    }
  })
