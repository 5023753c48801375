import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Dice from "./dice.ts"
import type { AccountEvidence, Call, Statement } from "./model.ts"
import { errorOf, evidenceOf, isSettled, resolvedTo, resting, signedOf, statementOf, track } from "./said.ts"
import { planted } from "./workloads.ts"
import { newYear, type Workload } from "./world.ts"

const step = 3000

/** Calls over REST, public and signed, reads and writes. */
export const rest: Workload = {
  name: "rest",
  exchange: { symbols: ["tBTCUSD", "fUSD"], step },
  times: { script: 24_000, peace: 3000, limit: 400_000 },
  start: (world, by): Effect.Effect<
    {
      readonly calls: ReadonlyArray<Call>
      readonly isQuiet: Effect.Effect<boolean>
      readonly account: Effect.Effect<AccountEvidence>
    },
    never,
    any
  > =>
    Effect.gen(function*() {
      const { exchange, plan } = world
      const context = yield* Layer.build(
        RestClient.layer.pipe(Layer.provideMerge(signedOf("demo-key", "demo-secret")), Layer.orDie)
      )
      const open = planted(yield* Effect.provide(RestClient.RestClient, context), "RestClient", by, world)
      const signed = planted(yield* Effect.provide(RestAuthClient.RestAuthClient, context), "RestAuthClient", by, world)
      const venue = yield* exchange.account("demo-key")
      const dice = Dice.make(`calls ${plan.scenario} ${plan.seed}`)
      const calls: Array<Call> = []
      const statements: Array<Statement> = []
      // four attempts of 15 s, the delays between them, the turn of others with the key, and a limit that was exceeded
      const deadline = 400_000
      let cid = 1_000_000 * plan.seed
      const call = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>, within = deadline) =>
        track(world, calls, { what, cid: undefined, deadline: within }, effect)

      const submit = Effect.suspend(() => {
        const own = ++cid
        const order = { ...resting, cid: own }
        let submitted: Call | undefined
        return track(
          world,
          calls,
          { what: "submitOrder", cid: own, deadline },
          signed.submitOrderResolved(order),
          (exit, call) => {
            submitted = call
            if (Exit.isFailure(exit)) return void statements.push(...statementOf(call, own))
            const { value } = exit
            call.outcome = value._tag === "Accepted" ? "Placed" : value._tag
            statements.push(
              ...(value._tag === "Accepted"
                ? [{ at: world.passed(), cid: own, said: "Accepted", id: value.notifyInfo[0]?.id }]
                : resolvedTo(world.passed(), value))
            )
          }
        ).pipe(
          Effect.zipRight(Effect.suspend(() => {
            const unknown = submitted === undefined ? undefined : errorOf(submitted)
            if (unknown === undefined) return Effect.void
            // how a bot handles an unknown order: it queries until it has an answer
            return signed.resolveOrder({ cid: own, cidDate: unknown.cidDate!, symbol: order.symbol }).pipe(
              Effect.retry(Schedule.spaced("10 seconds")),
              Effect.map((outcome) => {
                submitted!.outcome = outcome._tag
                statements.push(...resolvedTo(world.passed(), outcome))
              }),
              Effect.ignore
            )
          }))
        )
      })
      const cancel = Effect.suspend((): Effect.Effect<unknown> => {
        const order = venue.orders().at(0)
        return order === undefined ? submit : call("cancelOrder", signed.cancelOrder({ id: order.id }))
      })
      const reads: ReadonlyArray<() => Effect.Effect<unknown>> = [
        () => call("ticker", open.ticker({ symbol: "tBTCUSD" })),
        () => call("trades", open.trades({ symbol: "tBTCUSD", limit: 5 })),
        () =>
          // several pages, each a call
          call(
            "tradesStream",
            Stream.runDrain(open.tradesStream({ symbol: "tBTCUSD", start: newYear - 40_000, limit: 50 })),
            4 * deadline
          ),
        () => call("book", open.book({ symbol: "tBTCUSD", precision: "P0" })),
        () => call("platformStatus", open.platformStatus()),
        () => call("wallets", signed.wallets()),
        () => call("activeOrders", signed.activeOrders())
      ]
      const work = Array.from({ length: 24 }, () => dice.int(500, 25_000)).sort((a, b) => a - b)
      for (const at of work) {
        const effect = Effect.suspend((): Effect.Effect<unknown, never, any> => {
          const what = dice.int(0, 9)
          return what < 3 ? submit : what < 4 ? cancel : dice.pick(reads)()
        })
        yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(at), effect))
      }
      // the bot goes on: an answered write shows the venue's time, also of submissions that were lost before
      yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(26_000), submit))
      return {
        calls,
        isQuiet: Effect.sync(() => calls.length > work.length && isSettled(calls)),
        account: Effect.sync(() => evidenceOf(venue, { statements }))
      }
    }) as any
}
