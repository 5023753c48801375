import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import type { ChannelEvent } from "../src/ChannelEvent.ts"
import * as MarketData from "../src/MarketData.ts"
import type { PublicTrade } from "../src/protocol/records/PublicTrade.ts"
import { FakeExchange } from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"
import * as Trades from "../src/Trades.ts"
import { failureOf, gather, inject, inMemory, pass, sent } from "./support/market.ts"

const trade = (id: number, mts = id * 1000, price = 100, amount = 1): PublicTrade => ({ id, mts, amount, price })

const snapshot = (epoch: number, ...rows: ReadonlyArray<PublicTrade>): ChannelEvent<PublicTrade> => ({
  _tag: "Snapshot",
  epoch,
  rows,
  skipped: 0,
  mts: null
})
const update = (type: "te" | "tu", ...rows: ReadonlyArray<PublicTrade>): ChannelEvent<PublicTrade> => ({
  _tag: "Update",
  epoch: 1,
  rows,
  type,
  mts: null
})
const interrupted: ChannelEvent<PublicTrade> = { _tag: "Interrupted", epoch: 1, reason: "lost" }

const run = (events: ReadonlyArray<ChannelEvent<PublicTrade>>, options?: Trades.DedupeOptions) =>
  Stream.runCollect(Stream.rechunk(Stream.fromIterable(events), 3).pipe(Trades.dedupe(options))).pipe(
    Effect.map((chunk) =>
      Chunk.toReadonlyArray(chunk).map((each) =>
        each._tag === "Traded" ? `${each.trade.id}${each.isPast ? " past" : ""}` : each._tag
      )
    )
  )

describe("Trades.dedupe", () => {
  it.effect("emits each trade once, when it is first received", () =>
    Effect.gen(function*() {
      const events = [
        snapshot(1, trade(2), trade(1)),
        update("te", trade(3)),
        update("te", trade(4)),
        update("tu", trade(3)),
        update("tu", trade(4)),
        update("tu", trade(5)),
        update("te", trade(5))
      ]
      assert.deepStrictEqual(yield* run(events), ["1 past", "2 past", "3", "4", "5"])
    }))

  it.effect("or when it is final", () =>
    Effect.gen(function*() {
      const events = [
        snapshot(1, trade(1)),
        update("te", trade(2)),
        update("te", trade(3)),
        update("tu", trade(2)),
        interrupted,
        snapshot(2, trade(3), trade(2)),
        update("tu", trade(3))
      ]
      assert.deepStrictEqual(yield* run(events, { take: "final" }), ["1 past", "2", "Interrupted", "3 past"])
    }))

  it.effect("after an interruption emits the missed trades, and reports when more may be missing", () =>
    Effect.gen(function*() {
      const before = [snapshot(1, trade(1)), update("te", trade(2)), interrupted]
      assert.deepStrictEqual(yield* run([...before, snapshot(2, trade(4), trade(3), trade(2))]), [
        "1 past",
        "2",
        "Interrupted",
        "3 past",
        "4 past"
      ])
      assert.deepStrictEqual(yield* run([...before, snapshot(2, trade(9), trade(8))]), [
        "1 past",
        "2",
        "Interrupted",
        "Gap",
        "8 past",
        "9 past"
      ])
    }))

  it.effect("reports that trades may be missing behind a snapshot without any", () =>
    Effect.gen(function*() {
      const rows = [trade(40), trade(39)]
      assert.deepStrictEqual(yield* run([snapshot(1), interrupted, snapshot(2, ...rows)]), [
        "Interrupted",
        "Gap",
        "39 past",
        "40 past"
      ])
      assert.deepStrictEqual(yield* run([snapshot(1), interrupted, snapshot(2), update("te", trade(1))]), [
        "Interrupted",
        "1"
      ])
    }))

  it.effect("reports when a trade never became final", () =>
    Effect.gen(function*() {
      const lost = [
        snapshot(1, trade(1)),
        update("te", trade(2)),
        update("te", trade(3)),
        interrupted,
        // reaches back to 3, which is known, but not to 2
        snapshot(2, trade(4), trade(3))
      ]
      assert.deepStrictEqual(yield* run(lost, { take: "final" }), ["1 past", "Interrupted", "3 past", "4 past", "Gap"])
      assert.deepStrictEqual(yield* run(lost), ["1 past", "2", "3", "Interrupted", "4 past"])
      const whole = [...lost.slice(0, 4), snapshot(2, trade(4), trade(3), trade(2)), update("tu", trade(4))]
      assert.deepStrictEqual(yield* run(whole, { take: "final" }), [
        "1 past",
        "Interrupted",
        "2 past",
        "3 past",
        "4 past"
      ])
      const never = [2, 3, 4].map((id) => update("te", trade(id)))
      assert.deepStrictEqual(yield* run(never, { take: "final", memory: 2 }), ["Gap"])
    }))

  it.effect("reports where the consumer's buffer or an unreadable row cost a trade", () =>
    Effect.gen(function*() {
      const gap = (cause: "buffer" | "sequence"): ChannelEvent<PublicTrade> => ({
        _tag: "Gap",
        epoch: 1,
        cause,
        lost: 2
      })
      const seen = yield* run([
        snapshot(1),
        update("te", trade(1)),
        gap("buffer"),
        gap("sequence"),
        update("te", trade(4))
      ])
      assert.deepStrictEqual(seen, ["1", "Gap", "4"])
    }))

  it.effect("remembers a bounded number of ids", () =>
    Effect.gen(function*() {
      const many = Array.from({ length: 1000 }, (_, k) => update("te", trade(k)))
      const again = [update("tu", trade(999)), update("tu", trade(950)), update("tu", trade(1))]
      assert.deepStrictEqual((yield* run([...many, ...again], { memory: 50 })).slice(1000), ["1"])
      assert.deepInclude(failureOf(yield* Effect.exit(run([], { memory: 0 }))), {
        _tag: "InvalidInput",
        field: "memory"
      })
      assert.deepInclude(failureOf(yield* Effect.exit(run([], { take: "last" as "first" }))), { field: "take" })
      // the cast: the type forbids this
      assert.deepInclude(failureOf(yield* Effect.exit(run([], null as unknown as {}))), { field: "options" })
    }))

  it.scoped("over reconnects, losses and duplicates of an exchange: each of its trades once, none missing", () =>
    Effect.gen(function*() {
      const { market } = yield* FakeExchange
      const events = yield* gather(MarketData.trades("tBTCUSD").pipe(Trades.dedupe()))
      const final = yield* gather(MarketData.trades("tBTCUSD").pipe(Trades.dedupe({ take: "final" })))
      const random = Random.make("trades")
      const faults = [
        Fault.Drop.make({ code: 1006 }),
        Fault.Lose.make({ match: "trades" }),
        Fault.Duplicate.make({ match: "trades" }),
        Fault.Reorder.make({ match: "trades" })
      ]
      for (let k = 0; k < 12; k++) {
        yield* pass(1000 + (yield* random.nextIntBetween(0, 3000)))
        yield* inject(faults[k % faults.length]!)
      }
      yield* pass("10 seconds")
      // the last `tu` are in transit
      const settled = market.now() - 1000
      const truth = market.trades("tBTCUSD", { limit: 10_000 })
        .filter((row) => (row[1] as number) < settled)
        .map((row) => row[0] as number)
        .reverse()
      for (const all of [events, final]) {
        const ids = all.flatMap((each) => each._tag === "Traded" && each.trade.mts < settled ? [each.trade.id] : [])
        assert.strictEqual(new Set(ids).size, ids.length)
        assert.deepStrictEqual([...ids].sort((a, b) => a - b), truth.filter((id) => id >= Math.min(...ids)))
        assert.deepStrictEqual(all.filter((each) => each._tag === "Gap"), [])
        assert.isAbove(all.filter((each) => each._tag === "Interrupted").length, 3)
      }
      assert.isAbove((yield* sent("subscribe")).length, 4)
    }).pipe(inMemory({ symbols: ["tBTCUSD"] })))
})

const built = (events: ReadonlyArray<Trades.TradeEvent<Trades.Trade>>, options: Trades.CandleOptions) =>
  Effect.map(
    Stream.runCollect(Stream.fromIterable(events).pipe(Trades.candles(options))),
    Chunk.toReadonlyArray
  )
const traded = (id: number, mts: number, price = 100, amount = 1): Trades.Traded<PublicTrade> => ({
  _tag: "Traded",
  epoch: 1,
  trade: trade(id, mts, price, amount),
  isPast: false
})
const hole: Trades.Gap = { _tag: "Gap", epoch: 1, reason: "test" }

const closed = (events: ReadonlyArray<Trades.CandleEvent>) =>
  events.flatMap((each) => each._tag === "CandleBuilt" && each.isClosed ? [each] : [])

describe("Trades.candles", () => {
  it.effect("open, close, high, low and volume of each interval; the first may lack trades", () =>
    Effect.gen(function*() {
      const events = yield* built([
        traded(1, 1000, 100, 0.1),
        traded(2, 1500, 104, -0.2),
        traded(3, 9999, 98, 0.3),
        traded(4, 10_000, 99, 1),
        traded(5, 20_000, 97, 1)
      ], { interval: "10 seconds" })
      assert.deepStrictEqual(closed(events), [
        {
          _tag: "CandleBuilt",
          candle: { mts: 0, open: 100, close: 98, high: 104, low: 98, volume: 0.6 },
          isClosed: true,
          isComplete: false
        },
        {
          _tag: "CandleBuilt",
          candle: { mts: 10_000, open: 99, close: 99, high: 99, low: 99, volume: 1 },
          isClosed: true,
          isComplete: true
        }
      ])
      // one for each trade, and one for each closed candle
      assert.lengthOf(events, 7)
    }))

  it.effect("intervals without a trade are reported, or filled on request", () =>
    Effect.gen(function*() {
      const trades = [traded(1, 500, 100), traded(2, 3500, 101)]
      const events = yield* built(trades, { interval: 1000 })
      assert.deepInclude(events[2], { _tag: "NoTrades", from: 1000, to: 3000, candles: 2, isComplete: true })
      const filled = closed(yield* built(trades, { interval: 1000, fill: true }))
      assert.deepStrictEqual(filled.slice(1).map(({ candle }) => candle), [
        { mts: 1000, open: 100, close: 100, high: 100, low: 100, volume: 0 },
        { mts: 2000, open: 100, close: 100, high: 100, low: 100, volume: 0 }
      ])
      const far = yield* built([traded(1, 0), traded(2, 1e12)], { interval: 1, fill: true })
      assert.deepInclude(far[2], { _tag: "NoTrades" })
    }))

  it.effect("where trades may be missing, no candle is reported complete", () =>
    Effect.gen(function*() {
      const within = closed(
        yield* built([traded(1, 0), traded(2, 1000), hole, traded(3, 1500), traded(4, 2000), traded(5, 3000)], {
          interval: 1000
        })
      )
      assert.deepStrictEqual(within.map(({ isComplete }) => isComplete), [false, false, true])
      const across = yield* built([traded(1, 0), traded(2, 1000), hole, traded(3, 5000), traded(4, 6000)], {
        interval: 1000
      })
      assert.deepStrictEqual(closed(across).map(({ isComplete }) => isComplete), [false, false, false])
      assert.isTrue(across.some((each) => each._tag === "NoTrades" && !each.isComplete))
    }))

  it.effect("a late trade corrects the previous candle, and is reported if it is too late for that", () =>
    Effect.gen(function*() {
      const events = yield* built([
        traded(1, 0),
        traded(3, 1000),
        traded(4, 2000),
        traded(2, 1500, 120),
        traded(5, 999)
      ], {
        interval: 1000
      })
      const corrected = events.at(-2)
      assert.deepInclude(corrected?._tag === "CandleBuilt" && corrected.candle, {
        mts: 1000,
        high: 120,
        close: 120,
        open: 100
      })
      assert.deepInclude(events.at(-1), { _tag: "Late" })
    }))

  it.effect("intervals begin at the given origin", () =>
    Effect.gen(function*() {
      const events = yield* built([traded(1, 12_345)], { interval: "10 seconds", origin: 3000 })
      assert.deepInclude(events[0]?._tag === "CandleBuilt" && events[0].candle, { mts: 3000 })
      for (
        const [options, field] of [[{ interval: 0 }, "interval"], [{ interval: 1000, origin: 0.5 }, "origin"]] as const
      ) {
        assert.deepInclude(failureOf(yield* Effect.exit(built([], options))), { _tag: "InvalidInput", field })
      }
      // the casts: the types forbid this
      for (const [options, field] of [[null, "options"], [{ interval: 1000, fill: "yes" }, "fill"]] as const) {
        const exit = yield* Effect.exit(built([], options as unknown as Trades.CandleOptions))
        assert.deepInclude(failureOf(exit), { _tag: "InvalidInput", field })
      }
    }))

  it.effect("volumes have no binary rounding errors", () =>
    Effect.gen(function*() {
      const trades = Array.from({ length: 1000 }, (_, k) => traded(k, k, 100, k % 2 === 0 ? 0.1 : -0.00000001))
      const last = (yield* built(trades, { interval: "1 minute" })).at(-1)
      assert.strictEqual(last?._tag === "CandleBuilt" && last.candle.volume, 50.000005)
    }))

  it.scoped("agree with the exchange's own, over faults", () =>
    Effect.gen(function*() {
      const { market } = yield* FakeExchange
      const minutes = yield* gather(
        MarketData.trades("tBTCUSD").pipe(Trades.dedupe(), Trades.candles({ interval: "1 minute" }))
      )
      const five = yield* gather(
        MarketData.trades("tBTCUSD").pipe(Trades.dedupe(), Trades.candles({ interval: "5 minutes" }))
      )
      yield* pass("3 minutes")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("4 minutes")
      yield* inject(Fault.Lose.make({ match: "trades" }))
      yield* pass("9 minutes")
      for (const [events, key, least] of [[minutes, "1m:tBTCUSD", 10], [five, "5m:tBTCUSD", 2]] as const) {
        const truth = new Map(market.candles(key, { limit: 100 }).map((row) => [row[0], row]))
        const complete = closed(events).filter(({ isComplete }) => isComplete)
        assert.isAbove(complete.length, least - 1)
        for (const { candle: { close, high, low, mts, open, volume } } of complete) {
          assert.deepStrictEqual([mts, open, close, high, low, volume], truth.get(mts) as Array<unknown>)
        }
      }
      assert.isAbove(minutes.filter((each) => each._tag === "Interrupted").length, 1)
    }).pipe(inMemory({ symbols: ["tBTCUSD"], step: 3000, tick: 3000 })), 60_000)
})
