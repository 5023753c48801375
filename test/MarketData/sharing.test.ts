import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import * as Records from "../../src/Records.ts"
import { FakeExchange, type MarketView } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  inject,
  inMemory,
  openChannels,
  pass,
  sent,
  settle,
  start,
  tags,
  turns
} from "../support/market.ts"

const market = Effect.map(FakeExchange, (exchange) => exchange.market)

/** rows as the exchange has them, decoded */
const read = (layout: { readonly read: (row: any) => unknown }, rows: ReadonlyArray<unknown>) =>
  rows.map((row) => layout.read(row))

describe("MarketData: shared subscriptions", () => {
  it.scoped("equal requests share one channel, whether defaults are written out or not", () =>
    Effect.gen(function*() {
      const consumers = [
        yield* start(MarketData.book({ symbol: "tBTCUSD" })),
        yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P0", freq: "F0", len: 25 })),
        yield* start(MarketData.book({ symbol: "tBTCUSD", len: "25" }))
      ]
      yield* pass("3 seconds")
      assert.lengthOf(yield* sent("subscribe"), 1)
      assert.deepStrictEqual(yield* openChannels, [["book:tBTCUSD:P0:F0:25"]])
      assert.deepStrictEqual(consumers[1]!.events, consumers[0]!.events)
      assert.deepStrictEqual(consumers[2]!.events, consumers[0]!.events)
      assert.isAbove(consumers[0]!.events.length, 5)
    }).pipe(inMemory()))

  it.scoped("the channel is unsubscribed with its last consumer, and an unused socket is closed", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      const second = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* first.stop
      yield* pass("1 second")
      assert.deepStrictEqual(yield* sent("unsubscribe"), [])
      assert.deepStrictEqual(tags(second.take()).slice(0, 1), ["Snapshot"])
      yield* second.stop
      yield* settle
      assert.lengthOf(yield* sent("unsubscribe"), 1)
      assert.deepStrictEqual(yield* openChannels, [[]])
      yield* pass("4 seconds")
      assert.deepInclude((yield* connections)[0], { state: "open" })
      yield* pass("2 seconds")
      assert.deepInclude((yield* connections)[0], { state: "closed", endedBy: "client", code: 1000, reason: "idle" })
    }).pipe(inMemory()))

  it.scoped("the socket of a refused subscription is closed as well", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tNOSUCH"))
      yield* pass("6 seconds")
      assert.deepStrictEqual((yield* connections).map(({ state }) => state), ["closed"])
    }).pipe(inMemory()))

  it.scoped("a socket that is idle for only a moment is kept", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* first.stop
      yield* pass("3 seconds")
      const second = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("20 seconds")
      assert.deepStrictEqual(turns(second.events), ["Snapshot 1"])
      assert.deepStrictEqual((yield* connections).map(({ state }) => state), ["open"])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  describe("a late consumer begins with the state that the exchange has", () => {
    const late = (
      name: string,
      stream: Parameters<typeof start<MarketData.MarketData>>[0],
      truth: (market: MarketView) => ReadonlyArray<unknown>
    ) =>
      it.scoped(name, () =>
        Effect.gen(function*() {
          yield* start(stream)
          // the trades' last `tu` follows its `te` by 100 ms
          yield* pass("20 seconds")
          const second = yield* start(stream)
          yield* settle
          const [snapshot, ...others] = second.events
          assert.deepStrictEqual(others, [])
          if (snapshot?._tag !== "Snapshot") return assert.fail("no snapshot")
          assert.isAbove(snapshot.rows.length, 0)
          assert.deepStrictEqual(snapshot.rows, truth(yield* market))
          assert.deepInclude(snapshot, { epoch: 1, skipped: 0 })
        }).pipe(inMemory({ symbols: ["tBTCUSD", "tBTCF0:USTF0", "fUSD"], step: 500, tick: 500 })))

    const book = (len: number, layout: any, symbol: string, prec: "P0" | "P2" | "R0") => (market: MarketView) => {
      const { asks, bids } = market.book(symbol, prec, len)
      return read(layout, [...bids, ...asks])
    }

    late("ticker", MarketData.ticker("tBTCUSD"), (market) => read(Records.TradingTicker, [market.ticker("tBTCUSD")]))
    late("funding ticker", MarketData.ticker("fUSD"), (market) => read(Records.FundingTicker, [market.ticker("fUSD")]))
    late("book", MarketData.book({ symbol: "tBTCUSD" }), book(25, Records.BookEntry, "tBTCUSD", "P0"))
    late(
      "coarse book",
      MarketData.book({ symbol: "tBTCUSD", prec: "P2" }),
      book(25, Records.BookEntry, "tBTCUSD", "P2")
    )
    late("funding book", MarketData.book({ symbol: "fUSD" }), book(25, Records.FundingBookEntry, "fUSD", "P0"))
    late(
      "raw book",
      MarketData.rawBook({ symbol: "tBTCUSD", len: 100 }),
      book(100, Records.RawBookEntry, "tBTCUSD", "R0")
    )
    late(
      "raw funding book",
      MarketData.rawBook({ symbol: "fUSD" }),
      book(25, Records.RawFundingBookEntry, "fUSD", "R0")
    )
    late(
      "candles",
      MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }),
      (market) => read(Records.Candle, market.candles("1m:tBTCUSD", { limit: 1000 }))
    )
    late(
      "trades",
      MarketData.trades("tBTCUSD"),
      (market) => read(Records.PublicTrade, market.trades("tBTCUSD", { limit: 250 }))
    )
  })

  it.scoped("the status of a derivative, and liquidations, begin with the known state", () =>
    Effect.gen(function*() {
      const status = MarketData.derivativesStatus("tBTCF0:USTF0")
      const first = yield* start(status)
      const liquidations = yield* start(MarketData.liquidations())
      yield* pass("5 seconds")
      const last = first.events.filter((event) => event._tag === "Update" || event._tag === "Snapshot").at(-1)
      const second = yield* start(status)
      yield* settle
      assert.deepStrictEqual(second.events[0]?._tag === "Snapshot" && second.events[0].rows, last?.rows)
      assert.deepStrictEqual(liquidations.events[0], { _tag: "Snapshot", epoch: 1, rows: [], skipped: 0, mts: null })
      const row = [["pos", 171085137, 1706395919788, null, "tAVAXF0:USTF0", -8, 32.868, null, 1, 1, null, 33.255]]
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.includes("liq"))!
      yield* inject(Fault.Send.make({ text: JSON.stringify([chanId, row]) }))
      yield* settle
      const third = yield* start(MarketData.liquidations())
      yield* settle
      assert.isAbove(liquidations.events.length, 1)
      const known = third.events[0]
      assert.isTrue(known?._tag === "Snapshot" && known.rows.some(({ posId }) => posId === 171085137))
    }).pipe(inMemory({ symbols: ["tBTCF0:USTF0"] })))

  it.scoped("a late consumer of an interrupted stream waits for the next snapshot", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("100 millis")
      const late = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("300 millis")
      assert.deepStrictEqual(late.events, [])
      yield* pass("1 second")
      assert.strictEqual(turns(late.events)[0], "Snapshot 2")
    }).pipe(inMemory()))

  it.scoped("requests with different ids are separate subscriptions, on separate sockets", () =>
    Effect.gen(function*() {
      const consumers = [
        yield* start(MarketData.ticker("tBTCUSD")),
        yield* start(MarketData.ticker("tBTCUSD", { subId: "mine" })),
        yield* start(MarketData.ticker("tBTCUSD", { subId: 7 })),
        yield* start(MarketData.ticker("tBTCUSD", { subId: "7" })),
        yield* start(MarketData.ticker("tBTCUSD", { subId: "mine" }))
      ]
      yield* pass("1 second")
      for (const { events } of consumers) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      assert.deepStrictEqual(yield* openChannels, Array.from({ length: 4 }, () => ["ticker:tBTCUSD"]))
      const ids = (yield* sent("subscribe")).map(({ subId }) => subId)
      assert.includeDeepMembers(ids, ["mine", 7, "7"])
      // after a reconnect the same ids again
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("1 second")
      assert.sameDeepMembers((yield* sent("subscribe")).slice(4).map(({ subId }) => subId), ids)
    }).pipe(inMemory()))

  it.scoped("an id is respected also if the channel was just requested under another id", () =>
    Effect.gen(function*() {
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      const first = yield* start(MarketData.ticker("tBTCUSD", { subId: "first" }))
      yield* pass(50)
      yield* first.stop
      const second = yield* start(MarketData.ticker("tBTCUSD", { subId: "second" }))
      yield* pass("1 second")
      assert.strictEqual((yield* sent("subscribe")).at(-1)?.subId, "second")
      assert.lengthOf(yield* connections, 1)
      assert.match(turns(second.events).at(-1)!, /^Snapshot/)
    }).pipe(inMemory({ latency: 100 })))
})
