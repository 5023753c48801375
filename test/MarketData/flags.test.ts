import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import * as Records from "../../src/Records.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { connections, gather, inject, inMemory, inOrder, pass, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

describe("MarketData: flags", () => {
  it.scoped("are acknowledged before any subscription, on each socket, and so again after a reconnection", () =>
    Effect.gen(function*() {
      yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("2 seconds")
      const all = yield* connections
      assert.lengthOf(all, 4)
      const flags = 32768 + 65536 + 131072 + 536870912
      for (const { frames } of all) {
        const [conf, subscribe, ...others] = frames.map(({ json }) => json as any)
        assert.deepStrictEqual(conf, { event: "conf", flags })
        assert.strictEqual(subscribe.event, "subscribe")
        assert.deepStrictEqual(others, [])
        // info, the acknowledgement of conf and then of subscribe, which was delayed
        assert.isAtLeast(frames[1]!.at - frames[0]!.at, 100)
      }
    }).pipe(inMemory({
      latency: 50,
      settings: {
        socket: {
          channelsPerSocket: 1,
          flags: { timestamp: true, sequence: true, checksum: true, bulk: true }
        }
      }
    })))

  it.scoped("without flags there is no conf, and there are no times and no checksums", () =>
    Effect.gen(function*() {
      const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* pass("3 seconds")
      const [{ frames }] = (yield* connections) as [any]
      assert.deepStrictEqual(frames.map(({ json }: any) => json.event), ["subscribe"])
      assert.isFalse(book.events.some(({ _tag }) => _tag === "Checksum"))
      assert.isTrue(book.events.every((event) => event._tag !== "Update" || event.mts === null))
    }).pipe(inMemory({ settings: { socket: { flags: {} } } })))

  it.scoped("timestamp: snapshots and updates carry the venue's clock, with and without sequence numbers", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("5 seconds")
      const now = exchange.market.now()
      for (const { events } of [trades, ticker]) {
        assert.isAbove(events.length, 3)
        const times = events.map((event) => event._tag === "Snapshot" || event._tag === "Update" ? event.mts! : NaN)
        assert.isTrue(times.every((mts) => mts > now - 6000 && mts <= now), String(times))
        assert.deepStrictEqual(times, [...times].sort((a, b) => a - b))
      }
    }).pipe(inMemory({ settings: { socket: { flags: { timestamp: true, sequence: true } } } })))

  it.scoped("timestamp alone", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("5 seconds")
      const now = exchange.market.now()
      for (const event of trades.events) {
        assert.isTrue((event._tag === "Snapshot" || event._tag === "Update") && event.mts! > now - 6000)
      }
    }).pipe(inMemory({ settings: { socket: { flags: { timestamp: true } } } })))

  it.scoped("bulk: one element holds all rows of a round, and the sum is the exchange's book", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const single = MarketData.book({ symbol: "tBTCUSD" })
      const book = yield* start(single)
      yield* pass("10 seconds")
      const updates = book.events.filter(({ _tag }) => _tag === "Update")
      assert.isTrue(updates.some((event) => event._tag === "Update" && event.rows.length > 1))
      const late = yield* start(single)
      yield* pass(0)
      const { asks, bids } = exchange.market.book("tBTCUSD", "P0", 25)
      assert.deepStrictEqual(
        late.events[0]?._tag === "Snapshot" && late.events[0].rows,
        [...bids, ...asks].map((row) => Records.BookEntry.read(row))
      )
    }).pipe(inMemory({ settings: { socket: { flags: { sequence: true, bulk: true } } } })))

  it.scoped("checksums are elements, after their round of changes", () =>
    Effect.gen(function*() {
      const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* pass("3 seconds")
      const sums = book.events.flatMap((event) => event._tag === "Checksum" ? [event.checksum] : [])
      assert.isAbove(sums.length, 2)
      assert.isTrue(sums.every((sum) => Number.isInteger(sum) && sum === (sum | 0)))
      assert.strictEqual(book.events.at(-1)?._tag, "Checksum")
    }).pipe(inMemory()))
})

describe("MarketData: sequence numbers", () => {
  const two = Effect.all([start(MarketData.book({ symbol: "tBTCUSD" })), start(MarketData.trades("tBTCUSD"))])

  it.scoped("a lost message is reported, and every channel of the socket gets a new snapshot", () =>
    Effect.gen(function*() {
      const problems = yield* gather((yield* MarketData.MarketData).problems)
      const consumers = yield* two
      yield* pass("2 seconds")
      yield* inject(Fault.Lose.make({ match: "book" }))
      yield* pass("5 seconds")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.deepStrictEqual(
          events.filter(({ _tag }) => _tag === "Gap"),
          [{ _tag: "Gap", epoch: 1, cause: "sequence", lost: 1 }]
        )
        assert.isTrue(inOrder(events))
        assert.strictEqual(events.at(-1)?.epoch, 2)
      }
      assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["SequenceGap"])
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory()))

  it.scoped("skipped numbers are a gap of that size", () =>
    Effect.gen(function*() {
      const [book] = yield* two
      yield* pass("2 seconds")
      yield* inject(Fault.SkipSequence.make({ by: 3 }))
      yield* pass("2 seconds")
      assert.deepStrictEqual(
        book.events.filter(({ _tag }) => _tag === "Gap"),
        [{ _tag: "Gap", epoch: 1, cause: "sequence", lost: 3 }]
      )
      assert.strictEqual(turns(book.events).at(-1), "Snapshot 2")
    }).pipe(inMemory()))

  it.scoped("a duplicate message is delivered once", () =>
    Effect.gen(function*() {
      const problems = yield* gather((yield* MarketData.MarketData).problems)
      const [, trades] = yield* two
      yield* pass("2 seconds")
      yield* inject(Fault.Duplicate.make({ match: "trades" }))
      yield* pass("5 seconds")
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      const ids = trades.events.flatMap((event) => event._tag === "Update" ? [`${event.type} ${event.rows[0].id}`] : [])
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["SequenceGap"])
    }).pipe(inMemory()))

  it.scoped("reordered messages are a gap: nothing is delivered out of order", () =>
    Effect.gen(function*() {
      const [book] = yield* two
      yield* pass("2 seconds")
      yield* inject(Fault.Reorder.make({ match: "book" }))
      yield* pass("5 seconds")
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      assert.isTrue(inOrder(book.events))
    }).pipe(inMemory()))

  it.scoped("the loss of a snapshot is detected with the next message", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Lose.make({ connection: 1, match: "book" }))
      const [book] = yield* two
      yield* pass("3 seconds")
      assert.strictEqual(book.events[0]?._tag, "Snapshot")
      assert.isTrue(inOrder(book.events))
    }).pipe(inMemory()))

  it.scoped("a snapshot lost without a gap is requested again; an update is not mistaken for it", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Lose.make({ connection: 1, match: "book", counted: false }))
      const [book, trades] = yield* two
      yield* pass("19 seconds")
      assert.deepStrictEqual(book.events, [])
      yield* pass("2 seconds")
      assert.strictEqual(book.events[0]?._tag, "Snapshot")
      assert.isAbove(book.events[0]?._tag === "Snapshot" ? book.events[0].rows.length : 0, 10)
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("gap upon gap: the stream continues, finally on a new socket", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const [book, trades] = yield* two
      yield* pass("2 seconds")
      for (let k = 0; k < 8; k++) {
        yield* inject(Fault.Lose.make({}))
        yield* pass("1 second")
      }
      yield* pass("3 seconds")
      assert.strictEqual((yield* exchange.counts).opened, 2)
      for (const { events } of [book, trades]) {
        assert.isTrue(inOrder(events))
        assert.match(turns(events).at(-1)!, /^Snapshot/)
        assert.notStrictEqual(events.at(-1)?._tag, "Interrupted")
      }
    }).pipe(inMemory()))

  const counting = (numbers: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      const venue = yield* Scripted.make({ onAsked: (frame, line) => line.obey(frame) })
      yield* Effect.gen(function*() {
        const ticker = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        for (const number of numbers) venue.lines[0]!.say([1, [1, 1, 1, 1, 1, 1, 1, 1, 1, number], number])
        yield* pass("3 seconds")
        assert.lengthOf(venue.lines, 2)
        assert.strictEqual(ticker.events.at(-1)?._tag, "Snapshot")
      }).pipe(Effect.provide(Scripted.clientOf(venue, { socket: { flags: { sequence: true } } })))
    })

  for (const number of [1e300, 2.5, 2 ** 53 - 1, 1_000_000_100]) {
    it.scoped(`${number} is not a sequence number: another socket is opened at once; later frames are not taken for old`, () =>
      counting([1, number, 2, 3]))
  }

  it.scoped("a venue that counts from the beginning again: another socket is opened, not after a silence of 20 s", () =>
    counting([1, 1_000_000, ...Array.from({ length: 101 }, (_, n) => n + 1)]))
})
