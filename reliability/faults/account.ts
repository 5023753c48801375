import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as Auth from "../../src/Auth.ts"
import type { OutcomeUnknown } from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import type * as FakeAccount from "../../src/testing/FakeAccount.ts"
import * as Trading from "../../src/Trading.ts"
import * as Dice from "./dice.ts"
import type { AccountEvidence, Call, Evidence, Placed, Statement } from "./model.ts"
import { gather, planted } from "./workloads.ts"
import type { Workload, World } from "./world.ts"
import { newYear } from "./world.ts"

const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

const Signed = RestAuthClient.layer().pipe(
  Layer.provideMerge(Auth.layer()),
  Layer.provideMerge(RateLimiter.layerMemory),
  Layer.provide([Nonce.layerMemory, Credentials.layer(key)])
)

const step = 3000

/** far below the market, so that it rests until the exchange fills it */
const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 10_000 } as const
const crossing = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.01" } as const

/** runs something, and notes how it ended */
const track = <A, E, R>(
  world: World,
  calls: Array<Call>,
  how: Pick<Call, "what" | "cid" | "deadline">,
  effect: Effect.Effect<A, E, R>,
  onEnd: (exit: Exit.Exit<A, E>, call: Call) => void = () => {}
) =>
  Effect.suspend(() => {
    const call: Call = { ...how, began: world.passed(), ended: undefined, exit: undefined, outcome: undefined }
    calls.push(call)
    return Effect.onExit(effect, (exit) =>
      Effect.sync(() => {
        call.ended = world.passed()
        call.exit = exit
        onEnd(exit, call)
      }))
  }).pipe(Effect.exit)

/** what was placed, by the client and by other programs of the user */
const ledgerOf = (account: FakeAccount.View): ReadonlyArray<Placed> => {
  const open = new Map(account.orders().map((order) => [order.id, order]))
  const closed = new Map(account.ordersHistory().map((order) => [order.id, order]))
  return account.commands().flatMap(({ accepted, at, cid, id, origin, type }): ReadonlyArray<Placed> => {
    if (type !== "on" || !accepted || cid === null || id === null) return []
    const isExecuted = closed.get(id)?.status?.startsWith("EXECUTED") === true
    return [{ id, cid, isOwn: origin !== "elsewhere", at: at - newYear, isOpen: open.has(id), isExecuted }]
  })
}

const evidenceOf = (account: FakeAccount.View, more: Partial<AccountEvidence> = {}): AccountEvidence => ({
  statements: [],
  ledger: () => ledgerOf(account),
  counts: account.counts(),
  differences: [],
  trades: [],
  delivered: [],
  unknowns: [],
  ...more
})

/** the unknown outcome that a call ended with */
const errorOf = ({ exit }: Call): OutcomeUnknown | undefined => {
  if (exit === undefined || Exit.isSuccess(exit) || exit.cause._tag !== "Fail") return undefined
  // the cast: what fails here are the errors of the SDK
  const error = exit.cause.error as { readonly _tag: string }
  return error._tag === "OutcomeUnknown" ? error as OutcomeUnknown : undefined
}

/** what the end of a submission says about its order */
const statementOf = (call: Call, cid: number): ReadonlyArray<Statement> => {
  const { ended: at = 0, exit } = call
  if (exit === undefined || isUnknown(call)) return []
  if (Exit.isSuccess(exit)) {
    // the cast: what a submission succeeds with
    const { id } = exit.value as { readonly id?: number }
    return [{ at, cid, said: "Accepted", id }]
  }
  return exit.cause._tag === "Fail" ? [{ at, cid, said: "Refused", id: undefined }] : []
}

const outcomes = new Set(["Placed", "PartiallyFilled", "Filled", "Cancelled", "NeverPlaced", "NotSeen"])

/** what an outcome says about an order; nothing where it is about something else */
const resolvedTo = (at: number, outcome: { readonly _tag: string }): ReadonlyArray<Statement> => {
  if (!outcomes.has(outcome._tag)) return []
  // the cast: an outcome of a submission
  const { _tag, cid, order } = outcome as {
    readonly _tag: string
    readonly cid: number
    readonly order?: { readonly id: number }
  }
  return [{ at, cid, said: _tag, id: order?.id }]
}

const isUnknown = (call: Call): boolean => errorOf(call) !== undefined

/** rows of a view, beside those of the exchange, one text each */
const compared = (
  name: string,
  state: { readonly _tag: string; readonly rows?: ReadonlyMap<unknown, any>; readonly reason?: unknown },
  truth: ReadonlyArray<any>,
  textOf: (row: any) => string
): ReadonlyArray<string> => {
  if (state._tag !== "Synced" || state.rows === undefined) {
    return [`${name} are ${state._tag}: ${JSON.stringify(state.reason)}`]
  }
  const ours = [...state.rows.values()].map(textOf).sort()
  const theirs = truth.map(textOf).sort()
  const other = [...ours.filter((row) => !theirs.includes(row)), ...theirs.filter((row) => !ours.includes(row))]
  return other.length === 0
    ? []
    : [`${name}: ${ours.length} rows, of the exchange ${theirs.length}; other: ${other.slice(0, 2)}`]
}

/** A bot that places, changes and cancels orders while others and the market act on its account. */
export const account: Workload = {
  name: "account",
  // a market that stands still, so that only the script moves the account
  exchange: { symbols: ["tBTCUSD"], step: 86_400_000, tick: 250 },
  times: { script: 24_000, peace: 27_000, limit: 300_000 },
  start: (world, by) =>
    Effect.gen(function*() {
      const { exchange, passed, plan } = world
      const context = yield* Layer.build(
        Layer.mergeAll(Trading.layer(), AccountEvents.layer(), AccountState.layer()).pipe(
          Layer.provideMerge(AccountConnection.layer()),
          Layer.provideMerge(Signed),
          Layer.orDie
        )
      )
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
      // what others do
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

      const resolve = () => {
        for (const call of calls) {
          if (call.outcome !== undefined || !isUnknown(call)) continue
          // not by identity: an error that has passed a span is a proxy of itself
          const { message, mts } = errorOf(call)!
          call.outcome = resolutions.find(({ value: { unknown } }) =>
            unknown.message === message && unknown.mts === mts
          )
            ?.value.outcome._tag
        }
      }
      /** with the end of each submission, and by each resolution */
      const statements = (): ReadonlyArray<Statement> =>
        [
          ...calls.flatMap((call) => call.cid === undefined ? [] : statementOf(call, call.cid)),
          ...resolutions.flatMap(({ at, value: { outcome } }) => resolvedTo(at, outcome))
        ].sort((a, b) => a.at - b.at)
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
          resolve()
          const isAnswered = calls.length >= times.length &&
            calls.every((call) => call.ended !== undefined && (!isUnknown(call) || call.outcome !== undefined))
          if (awayEnd() !== undefined) return isAnswered
          const { isLive } = yield* connection.state
          return isAnswered && isLive && away.at(-1)?.value._tag === "CaughtUp" && (yield* stateOf).length === 0
        }),
        account: Effect.gen(function*() {
          resolve()
          // a login that was refused for good has no state; that its streams ended with that word is seen elsewhere
          const isOver = awayEnd() !== undefined
          return evidenceOf(venue, {
            statements: statements(),
            differences: isOver ? [] : yield* stateOf,
            trades: isOver ? [] : venue.trades().map(({ id }) => id),
            delivered: trades.map(({ value }) => value.trade.id),
            unknowns: away.map(({ value }) => value._tag).filter((tag) => tag.endsWith("Unknown"))
          })
        })
      }
    })
}

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
        RestClient.layer.pipe(Layer.provideMerge(Signed), Layer.orDie)
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
      const call = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) =>
        track(world, calls, { what, cid: undefined, deadline }, effect)

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
            // what a bot does with an order of which nobody knows: it asks until it is told
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
      return {
        calls,
        isQuiet: Effect.sync(() =>
          calls.length >= work.length &&
          calls.every((call) => call.ended !== undefined && (!isUnknown(call) || call.outcome !== undefined))
        ),
        account: Effect.sync(() => evidenceOf(venue, { statements }))
      }
    }) as any
}
