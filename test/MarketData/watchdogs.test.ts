import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  gather,
  inject,
  inMemory,
  inOrder,
  pass,
  problems,
  sent,
  start,
  turns
} from "../support/market.ts"

/** heartbeats come every 15 s, so nothing is ever quiet for 20 s; a slow market keeps these tests fast */
const slow = { step: 1000, tick: 1000 }

const two = Effect.all([start(MarketData.book({ symbol: "tBTCUSD" })), start(MarketData.trades("tBTCUSD"))])

describe("MarketData: silence", () => {
  it.scoped("a half-open connection is detected within 20 s and reconnects at once", () =>
    Effect.gen(function*() {
      const consumers = yield* two
      yield* pass("3 seconds")
      yield* inject(Fault.HalfOpen.make({}))
      yield* pass("16 seconds")
      for (const { events } of consumers) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      // the ping of second 10 is without its pong for 10 s
      yield* pass("2 seconds")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events).slice(0, 2), ["Snapshot 1", "Interrupted 1"])
      }
      yield* pass("1 second")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.isTrue(inOrder(events))
      }
    }).pipe(inMemory({ ...slow, settings: { socket: { closeTimeout: "30 seconds" } } })))

  it.scoped("a socket whose channels all fall silent is replaced, although it answers pings", () =>
    Effect.gen(function*() {
      const consumers = yield* two
      yield* pass("3 seconds")
      yield* inject(Fault.MuteSocket.make({}))
      yield* pass("20 seconds")
      yield* pass("1 second")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      }
      assert.isNotEmpty(yield* sent("ping"))
    }).pipe(inMemory(slow)))

  it.scoped("also if some of them were quiet before", () =>
    Effect.gen(function*() {
      const quiet = yield* start(MarketData.liquidations())
      const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      // the last heartbeat is 12 s old, the last change of the book is not
      yield* pass("27 seconds")
      yield* inject(Fault.MuteSocket.make({}))
      yield* pass("21 seconds")
      for (const { events } of [quiet, book]) {
        assert.match(turns(events).at(-1)!, /^Snapshot [23]$/)
        assert.isTrue(inOrder(events))
      }
      assert.strictEqual((yield* connections).length, 2)
    }).pipe(inMemory(slow)))

  it.scoped("a socket that continues to send but does not answer a ping is replaced within 20 s", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const consumers = yield* two
      yield* pass("3 seconds")
      yield* inject(Fault.MutePong.make({ of: "event" }))
      yield* pass("20 seconds")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      }
      assert.strictEqual((yield* connections).length, 2)
      const lost = reported.flatMap((problem) => problem._tag === "Disconnected" ? [problem.reason] : [])
      assert.lengthOf(lost, 1)
      assert.match(lost[0]!, /^no pong for /)
    }).pipe(inMemory(slow)))

  it.scoped("a socket that answers pings is kept, however little else it sends", () =>
    Effect.gen(function*() {
      const quiet = yield* start(MarketData.liquidations())
      yield* pass("2 minutes")
      assert.deepStrictEqual(turns(quiet.events), ["Snapshot 1"])
      assert.strictEqual((yield* connections).length, 1)
    }).pipe(inMemory(slow)))

  it.scoped("one channel that falls silent is resubscribed within 20 s, and the others continue", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const [book, trades] = yield* two
      yield* pass("3 seconds")
      yield* inject(Fault.Mute.make({ channel: "book" }))
      yield* pass("21 seconds")
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      assert.lengthOf(yield* connections, 1)
      const silent = reported.find(({ _tag }) => _tag === "SilentChannel")
      assert.deepInclude(silent, { request: "book|tBTCUSD|P0|F0|25" })
    }).pipe(inMemory(slow)))

  it.scoped("a quiet channel with heartbeats is not resubscribed", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const quiet = yield* start(MarketData.liquidations())
      yield* pass("2 minutes")
      assert.deepStrictEqual(turns(quiet.events), ["Snapshot 1"])
      assert.deepStrictEqual(reported, [])
      assert.lengthOf(yield* sent("subscribe"), 1)
    }).pipe(inMemory({ ...slow, symbols: ["fUSD"] })))

  it.scoped("pings measure the round trip, which the state shows", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      yield* two
      yield* pass("12 seconds")
      assert.deepStrictEqual((yield* sent("ping")).map(({ cid }) => cid), [1])
      const state = states.at(-1)?.["public-1"]
      assert.strictEqual(state?._tag, "Live")
      assert.strictEqual(state?._tag === "Live" && state.rtt, 240)
    }).pipe(inMemory({ ...slow, latency: 120 })))
})

describe("MarketData: maintenance", () => {
  const stateOf = (states: ReadonlyArray<{ readonly [name: string]: { readonly _tag: string } }>) =>
    states.map((all) => all["public-1"]?._tag).filter((tag, k, tags) => tag !== tags[k - 1])

  it.scoped("20060 keeps the socket and ignores its silence; 20061 resubscribes everything", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      const consumers = yield* two
      yield* pass("1 second")
      const before = (yield* sent()).length
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* inject(Fault.MuteSocket.make({}))
      yield* pass("110 seconds")
      assert.deepStrictEqual(
        (yield* sent()).slice(before).map(({ event }) => event).filter((each) => each !== "ping"),
        []
      )
      assert.lengthOf(yield* connections, 1)
      assert.strictEqual(stateOf(states).at(-1), "Maintenance")
      for (const { events } of consumers) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("1 second")
      assert.deepStrictEqual(
        (yield* sent()).slice(before).map(({ event }) => event).filter((each) => each !== "ping"),
        ["unsubscribe", "unsubscribe", "subscribe", "subscribe"]
      )
      assert.strictEqual(stateOf(states).at(-1), "Live")
    }).pipe(inMemory(slow)))

  it.scoped("everything has a new snapshot after 20061", () =>
    Effect.gen(function*() {
      const consumers = yield* two
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("5 seconds")
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("1 second")
      for (const { events } of consumers) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      }
    }).pipe(inMemory(slow)))

  it.scoped("if no end is announced for 150 s, the connection reconnects", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* two
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("149 seconds")
      assert.strictEqual((yield* exchange.counts).upgrades, 1)
      yield* pass("3 seconds")
      assert.strictEqual((yield* exchange.counts).upgrades, 2)
    }).pipe(inMemory({ step: 5000, tick: 5000 })))

  it.scoped("a connection whose info frame has status 0 is in maintenance until 20061", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("10 seconds")
      assert.strictEqual(stateOf(states).at(-1), "Maintenance")
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("1 second")
      assert.strictEqual(stateOf(states).at(-1), "Live")
    }).pipe(inMemory(slow)))
})
