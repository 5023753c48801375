import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  inject,
  inMemory,
  inOrder,
  openChannels,
  pass,
  problems,
  sent,
  settle,
  start,
  turns
} from "../support/market.ts"

describe("MarketData: every requested stream is delivered", () => {
  it.scoped("streams that start while the socket is still connecting", () =>
    Effect.gen(function*() {
      yield* inject(Fault.SlowHandshake.make({ millis: 2000 }))
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      const second = yield* start(MarketData.trades("tBTCUSD"))
      assert.deepStrictEqual(yield* sent(), [])
      yield* pass("2 seconds")
      assert.deepStrictEqual(turns(first.events), ["Snapshot 1"])
      assert.deepStrictEqual(turns(second.events), ["Snapshot 1"])
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory()))

  it.scoped("streams that start while the socket is down", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Refuse.make({ times: 3 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("100 millis")
      const second = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("10 seconds")
      assert.deepStrictEqual(turns(first.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      assert.deepStrictEqual(turns(second.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("streams that end while the socket is down are not resubscribed", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      const second = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("100 millis")
      yield* second.stop
      yield* pass("2 seconds")
      assert.deepStrictEqual(yield* openChannels, [["ticker:tBTCUSD"]])
      assert.deepStrictEqual(turns(first.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
    }).pipe(inMemory()))

  it.scoped("streams that start in maintenance", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* settle
      const second = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 minute")
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("1 second")
      assert.strictEqual(turns(first.events).at(-1), "Snapshot 2")
      assert.match(turns(second.events).at(-1)!, /^Snapshot/)
      assert.deepStrictEqual(yield* openChannels, [["ticker:tBTCUSD", "trades:tBTCUSD"]])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("a stream that ends before its subscription is answered leaves no channel behind", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      const short = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass(50)
      yield* short.stop
      yield* pass("1 second")
      assert.deepStrictEqual((yield* sent()).map(({ channel, event }) => channel ?? event), [
        "conf",
        "trades",
        "ticker",
        "unsubscribe"
      ])
      assert.deepStrictEqual(yield* openChannels, [["trades:tBTCUSD"]])
      assert.deepStrictEqual(reported, [])
      assert.deepStrictEqual(short.events, [])
    }).pipe(inMemory({ latency: 100 })))

  it.scoped("a stream that restarts while the channel is unsubscribing waits for that, on the same socket", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const keeper = yield* start(MarketData.trades("tBTCUSD"))
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      yield* first.stop
      yield* pass(20)
      const again = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      assert.deepStrictEqual(turns(again.events), ["Snapshot 1"])
      assert.lengthOf(yield* connections, 1)
      assert.deepStrictEqual(
        (yield* sent()).slice(3).map(({ channel, event }) => channel ?? event),
        ["unsubscribe", "ticker"]
      )
      assert.deepStrictEqual(reported, [])
      assert.deepStrictEqual(turns(keeper.events), ["Snapshot 1"])
    }).pipe(inMemory({ latency: 100 })))

  it.scoped("starting and ending a stream repeatedly never leads to 10301", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      for (let k = 0; k < 20; k++) {
        const each = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass(k * 13)
        yield* each.stop
        yield* pass((k * 7) % 30)
      }
      const last = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      assert.deepStrictEqual(turns(last.events).length, 1)
      assert.deepStrictEqual(yield* openChannels, [["ticker:tBTCUSD", "trades:tBTCUSD"]])
      assert.deepStrictEqual(reported, [])
    }).pipe(inMemory({ latency: 40 })))

  it.scoped("resubscribe unsubscribes, waits for the acknowledgement and subscribes", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const market = yield* MarketData.MarketData
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      assert.isTrue(yield* market.resubscribe("ticker", { symbol: "tBTCUSD" }))
      assert.isFalse(yield* market.resubscribe("ticker", { symbol: "tETHUSD" }))
      yield* pass("2 seconds")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      assert.isTrue(inOrder(ticker.events))
      assert.deepStrictEqual(reported, [])
    }).pipe(inMemory({ latency: 100 })))

  it.scoped("a snapshot that arrives before the acknowledgement of its channel is kept", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      yield* inject(Fault.DataBeforeSubscribed.make({ times: 3 }))
      const consumers = [
        yield* start(MarketData.ticker("tBTCUSD")),
        yield* start(MarketData.trades("tBTCUSD")),
        yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      ]
      yield* pass("1 second")
      for (const { events } of consumers) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      assert.deepStrictEqual(reported, [])
    }).pipe(inMemory()))

  it.scoped("a heartbeat of a channel that is not acknowledged yet is not a problem", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      // the subscription goes out at 500 and is answered at 700
      yield* pass(550)
      yield* inject(Fault.Send.make({ text: `[424242,"hb"]` }))
      yield* pass("1 second")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
      assert.deepStrictEqual(reported.filter(({ _tag }) => _tag === "UnknownChannel"), [])
    }).pipe(inMemory({ latency: 100 })))

  it.scoped("a subscription that is not acknowledged is repeated on the same socket while another channel is live", () =>
    Effect.gen(function*() {
      yield* inject(Fault.IgnoreSubscribe.make({ times: 1, match: "trades" }))
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("14 seconds")
      assert.deepStrictEqual(turns(trades.events), [])
      yield* pass("3 seconds")
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("a subscription that is not acknowledged is repeated on a new socket if no channel is live", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      yield* inject(Fault.IgnoreSubscribe.make({ times: 2, match: "trades" }))
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("22 seconds")
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      assert.include(
        reported.map((each) => each._tag === "Disconnected" ? each.reason : "").join(),
        "no answer to subscribe trades"
      )
    }).pipe(inMemory()))

  it.scoped("a conf that is never acknowledged: no subscription is sent without the flags, and the connection reconnects", () =>
    Effect.gen(function*() {
      yield* inject(Fault.IgnoreConf.make({ times: 1 }))
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("5400 millis")
      assert.deepStrictEqual((yield* sent()).map(({ event }) => event), ["conf"])
      yield* pass("1 second")
      assert.deepStrictEqual((yield* sent()).map(({ event }) => event), ["conf", "conf", "subscribe"])
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  for (const answer of [`{"event":"conf","status":"FAILED"}`, `{"event":"error","code":10050,"msg":"conf: invalid"}`]) {
    it.scoped(`a conf that is refused by ${answer}: no subscription is sent without the flags`, () =>
      Effect.gen(function*() {
        const reported = yield* problems
        yield* inject(Fault.IgnoreConf.make({ times: 1 }))
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("100 millis")
        yield* inject(Fault.Send.make({ text: answer }))
        yield* pass("400 millis")
        assert.deepStrictEqual((yield* sent()).map(({ event }) => event), ["conf"])
        assert.match(
          reported.map((each) => each._tag === "Disconnected" ? each.reason : "").join(),
          /^conf was refused/
        )
        yield* pass("1 second")
        assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      }).pipe(inMemory()))
  }

  it.scoped("a subscription that the venue ends is resubscribed", () =>
    Effect.gen(function*() {
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("10 seconds")
      const [connection] = yield* (yield* FakeExchange).connections
      const { chanId } = connection!.channels[0]!
      yield* inject(Fault.Send.make({ text: `{"event":"unsubscribed","status":"OK","chanId":${chanId}}` }))
      yield* pass("10 millis")
      // this exchange only reports the end, so its answer is 10301 with the id; a real one would subscribe
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      assert.lengthOf(yield* sent("subscribe"), 3)
    }).pipe(inMemory()))
})
