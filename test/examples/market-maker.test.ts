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
import * as Env from "../support/env.ts"
import * as VirtualTime from "../support/virtualTime.ts"

/** one seed per run; `MARKET_MAKER_SEEDS=20` for 20 seeds */
const seeds = Array.from({ length: Env.whole("MARKET_MAKER_SEEDS", 1) }, (_, at) => at + 1)

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

/** the venue of a bot: the unknown outcomes of its commands, and their resolutions */
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
      Layer.provide(Trading.layer())
    ),
    AccountEvents.layer(),
    AccountState.layer()
  ).pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provideMerge(Layer.mergeAll(RestAuthClient.layer(), MarketData.layer)),
    Layer.provideMerge(Auth.layer()),
    Layer.provide([
      RateLimiter.layerMemory,
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") })
    ]),
    Layer.provideMerge(FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD"], step: 1000, ...options })),
    Layer.provide(BitfinexConfig.layer({ socket: { closeTimeout: "100 millis" } })),
    Layer.provideMerge(
      Logger.remove(Logger.defaultLogger)
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
                ({ outcome, unknown }) =>
                  Effect.sync(() => watched.found.set(Cause.originalError(unknown), outcome._tag))
              )
            )
            const before = venue.balance("exchange", "BTC").total
            let both = 0
            const { bot, tally } = yield* live("1 hour", () => {
              const open = venue.orders().filter(({ gid }) => gid === settings.gid)
              const [bids, asks] = [open.filter(({ amount }) => amount > 0), open.filter(({ amount }) => amount < 0)]
              assert.isAtMost(bids.length, 1, "two bids at once")
              assert.isAtMost(asks.length, 1, "two asks at once")
              both += bids.length === 1 && asks.length === 1 ? 1 : 0
              const inventory = venue.balance("exchange", "BTC").total - before
              assert.isAtMost(Math.abs(inventory), settings.limit + 1e-6)
            })

            assert.deepStrictEqual(venue.orders(), [], "no order is left")
            const counts = [...venue.counts()]
            assert.deepStrictEqual(counts.filter(([, times]) => times !== 1), [], "no order was placed twice")
            const cids = venue.commands().filter(({ type }) => type === "on").map(({ cid }) => cid)
            assert.strictEqual(new Set(cids).size, cids.length, "no cid was used twice")

            // outcomes that could still be resolved are resolved, and the views are synced again
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

  it.scopedLive(
    "a defect ends the session; the next one begins without an order, and quotes again",
    () =>
      Effect.gen(function*() {
        const watched: Watched = { unknown: new Set(), found: new Map() }
        let calls = 0
        const broken = (service: Trading.Service): Trading.Service => ({
          ...service,
          submitOrderResolved: (order, options) =>
            Effect.suspend(() => {
              calls++
              const crash = Effect.dieMessage("a mistake in code")
              // ahead of the order, and behind it
              return calls === 4
                ? crash
                : calls === 8
                ? Effect.zipRight(service.submitOrderResolved(order, options), crash)
                : service.submitOrderResolved(order, options)
            })
        })
        yield* Effect.gen(function*() {
          const exchange = yield* FakeExchange.FakeExchange
          const venue = yield* exchange.account("demo-key")
          let both = 0
          const { tally } = yield* live("10 minutes", () => {
            const sides = venue.orders().map(({ amount }) => Math.sign(amount))
            assert.strictEqual(new Set(sides).size, sides.length, "one order a side")
            both += sides.length === 2 ? 1 : 0
          })
          assert.strictEqual(tally.restarts, 2)
          assert.isAbove(calls, 9)
          assert.isAbove(both, 60)
          assert.deepStrictEqual(venue.orders(), [])
          assert.deepStrictEqual([...venue.counts().values()].filter((times) => times !== 1), [])
          assert.strictEqual(tally.fills, venue.trades().length)
        }).pipe(Effect.provide(layer({ seed: 3 }, watched, broken)), virtually(3))
      }),
    60_000
  )

  it.scopedLive(
    "what another process has left is cancelled at the start, and what others own is left alone",
    () =>
      Effect.gen(function*() {
        const watched: Watched = { unknown: new Set(), found: new Map() }
        yield* Effect.gen(function*() {
          const exchange = yield* FakeExchange.FakeExchange
          const venue = yield* exchange.account("demo-key")
          const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.5", price: "1000" }
          const [old] = yield* venue.submit({ ...order, gid: settings.gid })
          const [other] = yield* venue.submit({ ...order, gid: settings.gid + 1 })
          yield* live("20 seconds")
          assert.deepStrictEqual(venue.orders().map(({ id }) => id), [other!.id])
          assert.match(venue.ordersHistory().find(({ id }) => id === old!.id)!.status, /^CANCELED/)
        }).pipe(Effect.provide(layer({ seed: 3 }, watched)), virtually(3))
      }),
    60_000
  )

  it.scopedLive(
    "a key without permission to trade: it reports that, and nothing is sent",
    () =>
      Effect.gen(function*() {
        const watched: Watched = { unknown: new Set(), found: new Map() }
        const permissions = { orders: { read: true }, wallets: { read: true }, history: { read: true } }
        const accounts = [{ key: "demo-key", secret: "demo-secret", permissions, wallets: { exchange: { BTC: 1 } } }]
        yield* Effect.gen(function*() {
          const exchange = yield* FakeExchange.FakeExchange
          const bot = yield* Bot.make(settings)
          const error = yield* Effect.flip(bot.run)
          assert.strictEqual(error._tag, "PermissionMissing")
          assert.deepStrictEqual((yield* exchange.account("demo-key")).commands(), [])
        }).pipe(Effect.provide(layer({ accounts }, watched)), virtually(3))
      }),
    60_000
  )
})
