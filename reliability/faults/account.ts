import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as Trading from "../../src/Trading.ts"
import * as Dice from "./dice.ts"
import type { Call, Evidence } from "./model.ts"
import {
  clientOf,
  compared,
  crossing,
  evidenceOf,
  isSettled,
  ledgerOf,
  resolve,
  resting,
  statementsOf,
  track,
  uncorrected
} from "./said.ts"
import { gather, planted } from "./workloads.ts"
import type { Workload } from "./world.ts"

/** A bot that places, changes and cancels orders while others and the market act on its account. */
export const account: Workload = {
  name: "account",
  // a market without trading, so that only the script changes the account
  exchange: { symbols: ["tBTCUSD"], step: 86_400_000, tick: 250 },
  times: { script: 24_000, peace: 27_000, limit: 300_000 },
  start: (world, by) =>
    Effect.gen(function*() {
      const { exchange, passed, plan } = world
      const context = yield* Layer.build(clientOf("demo-key", "demo-secret"))
      const trading = planted(yield* Effect.provide(Trading.Trading, context), "Trading", by, world)
      const connection = yield* Effect.provide(AccountConnection.AccountConnection, context)
      const state = planted(yield* Effect.provide(AccountState.AccountState, context), "AccountState", by, world)
      const venue = yield* exchange.account("demo-key")
      const dice = Dice.make(`bot ${plan.scenario} ${plan.seed}`)
      const calls: Array<Call> = []
      const problems = (yield* gather(connection.problems, passed)).all as Evidence["problems"]
      const resolutions = (yield* gather(trading.resolutions, passed)).all
      const { all: away, exit: awayEnd } = yield* gather(state.missed, passed)
      const { all: trades } = yield* gather(state.trades(), passed)
      const known: Array<{ readonly id: number; readonly cid: number }> = []
      const deadline = 10_100
      let cid = 1_000_000 * plan.seed

      const submit = (terms: typeof resting | typeof crossing) =>
        Effect.suspend(() => {
          const own = ++cid
          const order = { ...terms, cid: own }
          return track(world, calls, { what: terms.type, cid: own, deadline }, trading.submitOrder(order), (exit) => {
            if (Exit.isSuccess(exit) && terms === resting) known.push({ id: exit.value.id, cid: own })
          })
        })
      const any = () => known.length === 0 ? undefined : dice.pick(known)
      const command = Effect.suspend((): Effect.Effect<unknown> => {
        const order = any()
        const what = dice.int(0, 9)
        if (order === undefined || what < 4) return submit(dice.chance(0.6) ? resting : crossing)
        if (what < 6) {
          const change = dice.pick([
            { price: 10_000 + dice.int(1, 900) },
            { amount: dice.pick(["0.008", "0.03"]) },
            { delta: "0.005" }
          ])
          return track(
            world,
            calls,
            { what: "update", cid: undefined, deadline },
            trading.updateOrder({ id: order.id, ...change })
          )
        }
        if (what < 9) {
          return track(
            world,
            calls,
            { what: "cancel", cid: undefined, deadline },
            trading.cancelOrder({ id: order.id })
          )
        }
        return track(
          world,
          calls,
          { what: "cancel several", cid: undefined, deadline },
          trading.cancelOrders({ id: [order.id] })
        )
      })
      const times = Array.from({ length: 14 }, () => dice.int(1500, 26_000)).sort((a, b) => a - b)
      for (const at of times) yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(at), command))
      // actions of other parties
      const others = Effect.suspend((): Effect.Effect<unknown> => {
        const open = venue.orders()
        const order = open.length === 0 ? undefined : dice.pick(open)
        if (order === undefined || dice.chance(0.2)) {
          return venue.submit({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "9000" })
        }
        return dice.chance(0.3) ? venue.cancel(order.id) : venue.fill(order.id, dice.chance(0.5) ? 0.004 : undefined)
      }).pipe(Effect.ignore)
      for (let k = 0; k < 6; k++) {
        yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(dice.int(2500, 26_000)), others))
      }

      const stateOf = Effect.gen(function*() {
        return [
          ...compared("orders", yield* state.orders.current, venue.orders(), (row) => JSON.stringify(row)),
          ...compared(
            "wallets",
            yield* state.wallets.current,
            venue.wallets(),
            ({ balance, currency, type }) => `${type} ${currency} ${balance}`
          )
        ]
      })
      return {
        calls,
        problems,
        ended: [{ name: "the account", exit: awayEnd }],
        isQuiet: Effect.gen(function*() {
          resolve(calls, resolutions)
          const isAnswered = calls.length >= times.length && isSettled(calls) &&
            uncorrected(statementsOf(calls, resolutions), ledgerOf(venue)).length === 0
          if (awayEnd() !== undefined) return isAnswered
          const { isLive } = yield* connection.state
          return isAnswered && isLive && away.at(-1)?.value._tag === "CaughtUp" && (yield* stateOf).length === 0
        }),
        account: Effect.gen(function*() {
          resolve(calls, resolutions)
          // a permanently refused login has no state; other checks verify the error of its streams
          const isOver = awayEnd() !== undefined
          return evidenceOf(venue, {
            statements: statementsOf(calls, resolutions),
            differences: isOver ? [] : yield* stateOf,
            trades: isOver ? [] : venue.trades().map(({ id }) => id),
            delivered: trades.map(({ value }) => value.trade.id),
            unknowns: away.map(({ value }) => value._tag).filter((tag) => tag.endsWith("Unknown"))
          })
        })
      }
    })
}
