import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Bot from "../../examples/bots/market-maker/bot.ts"
import type { Settings } from "../../examples/bots/market-maker/quotes.ts"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import * as VirtualTime from "../support/virtualTime.ts"

/** one or two in each run; `MARKET_MAKER_SEEDS=20` for so many */
const seeds = Array.from({ length: Number(process.env["MARKET_MAKER_SEEDS"] ?? 2) }, (_, at) => at + 1)

const hour = 3_600_000
const newYear = 1_704_067_200_000

/** in time that passes as fast as it is used, with the chance of a seed */
const virtually = (seed: number) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.withClock(VirtualTime.make(newYear).clock), Effect.withRandom(Random.make(seed)))

const settings: Settings = {
  symbol: "tBTCUSD",
  amount: 0.02,
  distance: 2,
  move: 1,
  every: Duration.seconds(2),
  limit: 0.1,
  skew: 2,
  gid: 77
}

/** the venue under a bot: what the bot's commands ended with unknown, and what was found out of them */
interface Watched {
  readonly unknown: Set<unknown>
  readonly found: Map<unknown, string>
}

const watching = ({ unknown }: Watched) => (service: Trading.Service): Trading.Service => {
  const note = <A, E extends { readonly _tag: string }>(command: Effect.Effect<A, E>) =>
    Effect.tapError(
      command,
      (error) =>
        Effect.sync(() => {
          if (error._tag === "OutcomeUnknown") unknown.add(Cause.originalError(error))
        })
    )
  return {
    ...service,
    updateOrder: (args) => note(service.updateOrder(args)),
    cancelOrder: (args) => note(service.cancelOrder(args)),
    cancelOrders: (args) => note(service.cancelOrders(args)),
    submitOrderResolved: (args, options) => note(service.submitOrderResolved(args, options))
  }
}

const layer = (options: FakeExchange.Options, watched: Watched, change = (service: Trading.Service) => service) =>
  Layer.mergeAll(
    Layer.effect(Trading.Trading, Effect.map(Trading.Trading, (service) => watching(watched)(change(service)))).pipe(
      Layer.provide(Trading.layer)
    ),
    AccountEvents.layer,
    AccountState.layer
  ).pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provideMerge(Layer.mergeAll(RestAuthClient.layerWithoutLimiter, MarketData.layer)),
    Layer.provideMerge(Auth.layer),
    Layer.provide([
      RateLimiter.layerMemory,
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") })
    ]),
    Layer.provideMerge(FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD"], step: 1000, ...options })),
    Layer.provide(BitfinexConfig.layer({ closeTimeout: "100 millis" })),
    Layer.provideMerge(
      process.env["MARKET_MAKER_LOG"] === undefined
        ? Logger.remove(Logger.defaultLogger)
        : Logger.add(Logger.logfmtLogger)
    ),
    Layer.orDie
  )

/** drops and lost answers at times that follow from the seed, one in half a minute, up to the very end */
const trouble = (seed: number): Effect.Effect<Fault.Script> =>
  Effect.gen(function*() {
    const script: Array<Fault.Script[number]> = []
    const inputs = ["on", "on", "on", "ou", "ou", "oc", "oc_multi"] as const
    const points = ["received", "executed", "notified", "filling"] as const
    const pick = <A>(all: ReadonlyArray<A>) => Effect.map(Random.nextIntBetween(0, all.length), (at) => all[at]!)
    let after = 20_000
    while (after < hour) {
      const input = yield* pick(inputs)
      const point = yield* pick(points)
      const faults: ReadonlyArray<Fault.Fault> = [
        Fault.Drop.make({ code: 1006 }),
        Fault.Drop.make({ code: 1001, reason: "going away" }),
        Fault.DropOnCommand.make({ input, point }),
        Fault.DropOnCommand.make({ input, point }),
        Fault.DropOnCommand.make({ input, point }),
        Fault.LoseNotification.make({ input }),
        Fault.HalfOpen.make({}),
        Fault.Info.make({ code: 20051 })
      ]
      const fault = yield* pick(faults)
      if (fault._tag === "Drop") script.push({ after: after - 1, fault: Fault.Refuse.make({ times: 2 }) })
      script.push({ after, fault })
      after += yield* Random.nextIntBetween(5000, 55_000)
    }
    return script
  }).pipe(Effect.withRandom(Random.make(seed)))

/** runs the bot so long, and until it has ended; looks on every few seconds */
const live = (duration: Duration.DurationInput, look: () => void = () => {}) =>
  Effect.gen(function*() {
    const bot = yield* Bot.make(settings)
    const exit = yield* Effect.all([bot.run, Effect.repeat(Effect.sync(look), Schedule.spaced("5 seconds"))], {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.timeoutOption(duration), Effect.exit)
    assert.isTrue(Exit.isSuccess(exit), Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")
    return { bot, tally: yield* bot.tally }
  })

describe("market maker", () => {
  for (const seed of seeds) {
    it.scopedLive(
      `an hour of trouble, seed ${seed}: no order left, none twice, and the books agree`,
      () =>
        Effect.gen(function*() {
          const watched: Watched = { unknown: new Set(), found: new Map() }
          const script = yield* trouble(seed)
          yield* Effect.gen(function*() {
            const exchange = yield* FakeExchange.FakeExchange
            const venue = yield* exchange.account("demo-key")
            const state = yield* AccountState.AccountState
            const trading = yield* Trading.Trading
            yield* Effect.forkScoped(
              Stream.runForEach(
                trading.resolutions,
                ({ fate, unknown }) => Effect.sync(() => watched.found.set(Cause.originalError(unknown), fate._tag))
              )
            )
            const before = venue.balance("exchange", "BTC").total
            let both = 0
            const { bot, tally } = yield* live(`${process.env["MM_MIN"] ?? 60} minutes` as any, () => {
              const open = venue.orders().filter(({ gid }) => gid === settings.gid)
              const [bids, asks] = [open.filter(({ amount }) => amount > 0), open.filter(({ amount }) => amount < 0)]
              assert.isAtMost(bids.length, 1, "two bids at once")
              assert.isAtMost(asks.length, 1, "two asks at once")
              both += bids.length === 1 && asks.length === 1 ? 1 : 0
              const inventory = venue.balance("exchange", "BTC").total - before
              assert.isAtMost(Math.abs(inventory), settings.limit + 1e-6)
            })
            if (process.env["MARKET_MAKER_LOG"] !== undefined) {
              console.log(seed, JSON.stringify(tally), both, watched.unknown.size, [...watched.found.values()].join())
            }

            assert.deepStrictEqual(venue.orders(), [], "no order is left")
            const counts = [...venue.counts()]
            assert.deepStrictEqual(counts.filter(([, times]) => times !== 1), [], "no order was placed twice")
            const cids = venue.commands().filter(({ type }) => type === "on").map(({ cid }) => cid)
            assert.strictEqual(new Set(cids).size, cids.length, "no cid was used twice")

            // what could still be found out is found out, and the views are there again
            yield* Effect.sleep("3 minutes")
            for (const error of watched.unknown) {
              assert.isTrue(watched.found.has(error), String((error as Error).message))
              assert.notStrictEqual(watched.found.get(error), "Unresolvable")
            }
            const end = yield* bot.tally
            const trades = venue.trades()
            const sum = (amounts: ReadonlyArray<number>) => amounts.reduce((total, each) => total + each, 0)
            assert.strictEqual(end.fills, trades.length)
            assert.closeTo(end.bought - end.sold, sum(trades.map(({ execAmount }) => execAmount)), 1e-9)
            const wallets = yield* state.wallets.current
            assert.strictEqual(wallets._tag, "Synced")
            if (wallets._tag === "Synced") {
              const held = wallets.rows.get("exchange:BTC")?.balance
              assert.strictEqual(held, venue.balance("exchange", "BTC").total)
              assert.closeTo(
                held! - Option.getOrThrow(yield* bot.target),
                end.bought - end.sold + (end.fees["BTC"] ?? 0),
                1e-8
              )
            }

            // it was an hour worth the name
            assert.isAbove(tally.fills, 10)
            assert.isAbove(tally.moved, 50)
            assert.isAbove(both, 200)
            assert.isAbove(watched.unknown.size, 0)
            assert.isAbove((yield* exchange.connections).length, 40)
          }).pipe(Effect.provide(layer({ seed, script }, watched)), virtually(seed))
        }),
      120_000
    )
  }
})
