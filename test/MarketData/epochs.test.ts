import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { gather, inject, inMemory, inOrder, pass, sent, settle, start, tags, turns } from "../support/market.ts"

describe("MarketData: epochs", () => {
  it.scoped("a stream begins with a snapshot and continues with updates", () =>
    Effect.gen(function*() {
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("5 seconds")
      const [first, ...others] = trades.events
      assert.strictEqual(first?._tag, "Snapshot")
      assert.isAbove(others.length, 3)
      assert.deepStrictEqual([...new Set(tags(others))], ["Update"])
      assert.isTrue(trades.events.every(({ epoch }) => epoch === 1))
    }).pipe(inMemory()))

  for (const code of [1000, 1001, 1006, 1011, 4000]) {
    it.scoped(`survives a connection that ends with ${code}`, () =>
      Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        yield* pass("2 seconds")
        yield* inject(Fault.Drop.make({ code, reason: "gone" }))
        yield* pass("2 seconds")
        assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.isTrue(inOrder(book.events))
        const end = book.events.find(({ _tag }) => _tag === "Interrupted")
        assert.include(end?._tag === "Interrupted" ? end.reason : "", String(code))
        assert.isUndefined(book.exit())
      }).pipe(inMemory()))
  }

  it.scoped("the first retry comes after 500 ms, to the millisecond", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass(499)
      assert.strictEqual((yield* exchange.counts).upgrades, 1)
      yield* pass(1)
      assert.strictEqual((yield* exchange.counts).upgrades, 2)
    }).pipe(inMemory()))

  it.scoped("every subscription of a socket is repeated, with its request unchanged", () =>
    Effect.gen(function*() {
      const consumers = yield* Effect.all([
        start(MarketData.ticker("tBTCUSD")),
        start(MarketData.trades("fUSD")),
        start(MarketData.book({ symbol: "tBTCUSD", prec: "P1", freq: "F1", len: 100 })),
        start(MarketData.rawBook({ symbol: "tBTCUSD" })),
        start(MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }))
      ])
      yield* pass("2 seconds")
      const before = yield* sent("subscribe")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("1 second")
      assert.deepStrictEqual((yield* sent("subscribe")).slice(before.length), before)
      assert.lengthOf(before, 5)
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      }
    }).pipe(inMemory()))

  it.scoped("nothing of an old epoch is delivered after its end, however late it arrives", () =>
    Effect.gen(function*() {
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      yield* inject(Fault.Drop.make({ code: 4000 }))
      // while the first socket is in its closing handshake, the market continues
      yield* pass("3 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("3 seconds")
      assert.deepStrictEqual(turns(trades.events).length, 5)
      assert.isTrue(inOrder(trades.events))
    }).pipe(inMemory({ latency: 80 })))

  it.scoped("20051: the socket is closed and everything is resubscribed", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      yield* inject(Fault.Info.make({ code: 20051 }))
      yield* pass("2 seconds")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      const [first, second] = yield* exchange.connections
      assert.deepInclude(first, { state: "closed", endedBy: "client", code: 3000 })
      assert.include(first?.reason, "20051")
      assert.deepInclude(second, { state: "open" })
    }).pipe(inMemory()))

  it.scoped("code 5000 is information and changes nothing", () =>
    Effect.gen(function*() {
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      const problems = yield* gather((yield* MarketData.MarketData).problems)
      yield* pass("2 seconds")
      yield* inject(Fault.Info.make({ code: 5000 }))
      yield* pass("2 seconds")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
      assert.deepStrictEqual(problems, [])
    }).pipe(inMemory()))
})
