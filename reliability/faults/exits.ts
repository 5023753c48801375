import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as AccountConnection from "../../src/AccountConnection.ts"
import type { ExitReport } from "../../src/ExitReport.ts"
import * as Trading from "../../src/Trading.ts"
import * as Dice from "./dice.ts"
import type { Call, Evidence, Leaving } from "./model.ts"
import {
  clientOf,
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

/** time limit of the exit, ms */
const within = 6000

/** A bot that places orders, and exits at any moment with `cancelOnExit`, which must leave no order open. */
export const exits: Workload = {
  name: "exits",
  // a market without trading, so that only the script changes the account
  exchange: { symbols: ["tBTCUSD"], step: 86_400_000, tick: 250 },
  times: { script: 24_000, peace: 27_000, limit: 300_000 },
  start: (world, by) =>
    Effect.gen(function*() {
      const { exchange, passed, plan } = world
      const context = yield* Layer.build(clientOf("demo-key", "demo-secret"))
      const trading = planted(yield* Effect.provide(Trading.Trading, context), "Trading", by, world)
      const connection = yield* Effect.provide(AccountConnection.AccountConnection, context)
      const venue = yield* exchange.account("demo-key")
      const dice = Dice.make(`leaving ${plan.scenario} ${plan.seed}`)
      const calls: Array<Call> = []
      const reports: Array<ExitReport> = []
      const problems = (yield* gather(connection.problems, passed)).all as Evidence["problems"]
      const resolutions = (yield* gather(trading.resolutions, passed)).all
      let leaving: Leaving | undefined
      let cid = 1_000_000 * plan.seed

      const scope = yield* Scope.make()
      const desk = yield* Scope.extend(
        trading.cancelOnExit({ within, onReport: (report) => Effect.sync(() => reports.push(report)) }),
        scope
      )
      const leaveAt = dice.int(9000, 23_000)
      const times = Array.from({ length: 9 }, () => dice.int(1500, leaveAt))
      for (const at of times) {
        const own = ++cid
        const submit = track(
          world,
          calls,
          { what: "order", cid: own, deadline: 10_100 },
          desk.submitOrder({ ...resting, cid: own })
        )
        yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(at), submit))
      }
      // the market takes some of them meanwhile
      const fill = Effect.suspend(() => {
        const open = venue.orders()
        return open.length === 0 ? Effect.void : venue.fill(dice.pick(open).id, dice.chance(0.5) ? 0.004 : undefined)
      }).pipe(Effect.ignore)
      for (let k = 0; k < 2; k++) yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(dice.int(2500, 24_000)), fill))
      const leave = Effect.gen(function*() {
        const began = passed()
        yield* Scope.close(scope, Exit.void)
        leaving = { began, took: passed() - began, report: reports[0] }
      })
      yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(leaveAt), leave))

      return {
        calls,
        problems,
        isQuiet: Effect.sync(() => {
          resolve(calls, resolutions)
          return leaving !== undefined && calls.length >= times.length && isSettled(calls) &&
            uncorrected(statementsOf(calls, resolutions), ledgerOf(venue)).length === 0
        }),
        account: Effect.sync(() => {
          resolve(calls, resolutions)
          return evidenceOf(venue, { statements: statementsOf(calls, resolutions), leaving, within })
        })
      }
    })
}
