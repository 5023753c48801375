import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as WsConnection from "../../src/WsConnection.ts"
import { connections, inject, inMemory, openChannels, pass, sent, settle, start, turns } from "../support/market.ts"

const timeframes = ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "7D", "14D", "1M"] as const
const lens = [1, 25, 100, 250] as const
const precs = ["P0", "P1", "P2", "P3", "P4"] as const

/** many different channels for two symbols */
const streams = (["tBTCUSD", "fUSD"] as const).flatMap((symbol) => [
  MarketData.ticker(symbol),
  MarketData.trades(symbol),
  ...precs.flatMap((prec) => lens.map((len) => MarketData.book({ symbol, prec, len })))
]).concat(timeframes.map((timeframe) => MarketData.candles({ timeframe, symbol: "tBTCUSD" })) as [])

const startAll = (count: number) => Effect.forEach(streams.slice(0, count), (stream) => start(stream))

const counts = Effect.map(openChannels, (all) => all.map((names) => names.length))

describe("MarketData: many channels", () => {
  it.scoped("25 channels fit on one socket, the 26th opens another", () =>
    Effect.gen(function*() {
      const first = yield* startAll(25)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [25])
      const next = yield* start(streams[25]!)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [25, 1])
      for (const { events } of [...first, next]) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("capacity freed by a stream is used before another socket is opened", () =>
    Effect.gen(function*() {
      const first = yield* startAll(4)
      yield* pass("1 second")
      yield* first[1]!.stop
      yield* pass("1 second")
      yield* start(streams[4]!)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [4])
    }).pipe(inMemory({ step: 1000, tick: 1000, settings: { socket: { channelsPerSocket: 4 } } })))

  it.scoped("sockets that are no longer needed are closed", () =>
    Effect.gen(function*() {
      const all = yield* startAll(6)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [4, 2])
      yield* Effect.forEach(all.slice(4), (each) => each.stop)
      yield* pass("10 seconds")
      assert.deepStrictEqual(yield* counts, [4])
      assert.deepInclude((yield* connections)[1], { state: "closed", code: 1000, reason: "idle" })
    }).pipe(inMemory({ step: 1000, tick: 1000, settings: { socket: { channelsPerSocket: 4 } } })))

  it.scoped("the fullest socket that has room is filled, so that the emptier ones become needless", () =>
    Effect.gen(function*() {
      const all = yield* startAll(11)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [4, 4, 3])
      yield* Effect.forEach([all[0]!, all[1]!, all[4]!, all[8]!], (each) => each.stop)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [2, 3, 2])
      yield* start(streams[11]!)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [2, 4, 2])
    }).pipe(inMemory({ step: 1000, tick: 1000, settings: { socket: { channelsPerSocket: 4 } } })))

  it.scoped("a stream that ends is often followed by another: that one finds the socket still open", () =>
    Effect.gen(function*() {
      const first = yield* start(streams[0]!)
      yield* pass("1 second")
      yield* first.stop
      yield* pass("3 seconds")
      const next = yield* start(streams[1]!)
      yield* pass("30 seconds")
      assert.deepStrictEqual(turns(next.events), ["Snapshot 1"])
      assert.lengthOf(yield* connections, 1)
      assert.deepStrictEqual(yield* counts, [1])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("the socket of a stream that was refused is closed when no other stream needs it", () =>
    Effect.gen(function*() {
      yield* inject(Fault.RejectSubscribe.make({ times: 1, code: 10300 }))
      const refused = yield* start(streams[0]!)
      yield* pass("4 seconds")
      assert.deepInclude(refused.failure(), { _tag: "SubscriptionRejected" })
      assert.deepInclude((yield* connections)[0], { state: "open" })
      yield* pass("3 seconds")
      assert.deepInclude((yield* connections)[0], { state: "closed", code: 1000, reason: "idle" })
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("the socket that a stream has left for another one is closed when no stream is on it any more", () =>
    Effect.gen(function*() {
      const first = yield* start(streams[0]!)
      yield* pass("1 second")
      const second = yield* start(streams[1]!)
      yield* pass("10 millis")
      // it leaves before the venue refuses the second one
      yield* first.stop
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [0, 1])
      assert.deepStrictEqual(turns(second.events), ["Snapshot 1"])
      yield* pass("10 seconds")
      assert.deepStrictEqual(yield* counts, [1])
      assert.deepInclude((yield* connections)[0], { state: "closed", endedBy: "client" })
    }).pipe(inMemory({ step: 1000, tick: 1000, channelCap: 1, latency: 50 })))

  it.scoped("10305 is remembered: the stream moves to another socket, and no socket is filled beyond that again", () =>
    Effect.gen(function*() {
      const all = yield* startAll(14)
      yield* pass("3 seconds")
      assert.deepStrictEqual(yield* counts, [6, 6, 2])
      for (const { events, exit } of all) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        assert.isUndefined(exit())
      }
      const asked = (yield* sent("subscribe")).length
      yield* start(streams[14]!)
      yield* pass("1 second")
      assert.lengthOf(yield* sent("subscribe"), asked + 1)
    }).pipe(inMemory({ step: 1000, tick: 1000, channelCap: 6 })))

  it.scoped("10305 is forgotten after half an hour: sockets are filled again, as far as the venue takes channels", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* inject(Fault.RejectSubscribe.make({ times: 1, code: 10305, match: "trades:tBTCUSD" }))
      const ticker = yield* start(streams[0]!)
      yield* pass("1 second")
      const trades = yield* start(streams[1]!)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [1, 1])
      // so it goes on for a while
      yield* pass("25 minutes")
      yield* start(streams[2]!)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [1, 1, 1])
      yield* pass("5 minutes")
      yield* Effect.forEach(streams.slice(3, 10), (stream) => start(stream))
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [8, 1, 1])
      assert.strictEqual((yield* exchange.counts).upgrades, 3)
      for (const { events } of [ticker, trades]) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
    }).pipe(inMemory({ step: 10_000, tick: 10_000 })))

  it.scoped("a limit that shrinks while connected is detected at the next connection, and nothing is lost", () =>
    Effect.gen(function*() {
      const all = yield* startAll(10)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* counts, [10])
      yield* inject(Fault.ChannelLimit.make({ channels: 4 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("5 seconds")
      assert.deepStrictEqual(yield* counts, [4, 4, 2])
      for (const { events, exit } of all) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.isUndefined(exit())
      }
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("a venue that accepts no channel is a failure, not a loop", () =>
    Effect.gen(function*() {
      yield* inject(Fault.ChannelLimit.make({ channels: 0 }))
      const one = yield* start(streams[0]!)
      yield* pass("5 seconds")
      assert.deepInclude(one.failure(), { _tag: "SubscriptionRejected", code: 10305 })
      assert.isAtMost((yield* (yield* FakeExchange).counts).upgrades, 2)
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("at most 20 connections at once, for any number of requests", () =>
    Effect.gen(function*() {
      yield* inject(Fault.ConnectLimit.make())
      yield* startAll(44)
      yield* pass("1 second")
      assert.deepInclude(yield* (yield* FakeExchange).counts, { upgrades: 20, refused: 0 })
    }).pipe(inMemory({ step: 1000, tick: 1000, settings: { socket: { channelsPerSocket: 2 } } })))

  it.scoped("the next one connects when the window has passed, and the venue never has to refuse", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* inject(Fault.ConnectLimit.make({ connections: 3 }))
      const all = yield* startAll(10)
      yield* pass("60 seconds")
      assert.strictEqual((yield* exchange.counts).upgrades, 3)
      yield* pass("2 seconds")
      assert.deepInclude(yield* exchange.counts, { upgrades: 5, refused: 0 })
      for (const { events } of all) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
    }).pipe(
      inMemory({
        step: 1000,
        tick: 1000,
        settings: { socket: { channelsPerSocket: 2, connectLimit: { count: 3, per: "60 seconds" } } }
      })
    ))

  it.scoped("reconnects use the same budget", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* inject(Fault.ConnectLimit.make({ connections: 4 }))
      const all = yield* startAll(4)
      yield* pass("1 second")
      for (let k = 0; k < 3; k++) {
        yield* inject(Fault.Drop.make({ code: 1006 }))
        yield* pass("5 seconds")
      }
      assert.strictEqual((yield* exchange.counts).upgrades, 4)
      yield* pass("62 seconds")
      assert.strictEqual((yield* exchange.counts).refused, 0)
      assert.deepStrictEqual(yield* counts, [2, 2])
      for (const { events } of all) assert.match(turns(events).at(-1)!, /^Snapshot/)
    }).pipe(
      inMemory({
        step: 1000,
        tick: 1000,
        settings: { socket: { channelsPerSocket: 2, connectLimit: { count: 4, per: "60 seconds" } } }
      })
    ))

  describe("WsConnection", () => {
    const two = Effect.gen(function*() {
      const connection = yield* WsConnection.WsConnection
      return [
        yield* start(connection.ticker({ symbol: "tBTCUSD" })),
        yield* start(connection.trades({ symbol: "tBTCUSD" }))
      ] as const
    })

    it.scoped("is one socket: a channel too many fails, the others continue", () =>
      Effect.gen(function*() {
        const connection = yield* WsConnection.WsConnection
        const [ticker, trades] = yield* two
        yield* pass("1 second")
        const third = yield* start(connection.trades({ symbol: "fUSD" }))
        yield* pass("1 second")
        assert.deepInclude(third.failure(), { _tag: "SubscriptionRejected", code: 10305 })
        assert.lengthOf(yield* connections, 1)
        assert.isUndefined(ticker.exit())
        assert.isUndefined(trades.exit())
      }).pipe(inMemory({ settings: { socket: { channelsPerSocket: 2 } } })))

    it.scoped("a channel that is unsubscribing gives its place to the same channel", () =>
      Effect.gen(function*() {
        const connection = yield* WsConnection.WsConnection
        const [ticker] = yield* two
        yield* pass("1 second")
        yield* ticker.stop
        const again = yield* start(connection.ticker({ symbol: "tBTCUSD" }))
        yield* pass("1 second")
        assert.deepStrictEqual(turns(again.events), ["Snapshot 1"])
        assert.lengthOf(yield* connections, 1)
      }).pipe(inMemory({ settings: { socket: { channelsPerSocket: 2 } }, latency: 50 })))

    it.scoped("a stream that starts while the idle socket is in its closing handshake gets a new one", () =>
      Effect.gen(function*() {
        const connection = yield* WsConnection.WsConnection
        const first = yield* start(connection.ticker({ symbol: "tBTCUSD" }))
        yield* pass("1 second")
        yield* first.stop
        yield* pass("5 seconds")
        yield* pass(20)
        const second = yield* start(connection.ticker({ symbol: "tBTCUSD" }))
        yield* pass("1 second")
        assert.deepStrictEqual(turns(second.events), ["Snapshot 1"])
      }).pipe(inMemory({ latency: 50, settings: { socket: { closeTimeout: "1 second" } } })))

    it.scoped("the same channel under two ids does not fit on one socket", () =>
      Effect.gen(function*() {
        const connection = yield* WsConnection.WsConnection
        yield* start(connection.ticker({ symbol: "tBTCUSD" }, { subId: 1 }))
        yield* settle
        const second = yield* start(connection.ticker({ symbol: "tBTCUSD" }, { subId: 2 }))
        yield* pass("1 second")
        assert.deepInclude(second.failure(), { _tag: "SubscriptionRejected", code: 10301 })
        assert.lengthOf(yield* sent("subscribe"), 1)
      }).pipe(inMemory()))
  })
})
