import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { inject, opened, settle } from "../../support/accountSocket.ts"

const inMemory = Effect.provide(FakeExchange.layerMemory({ history: 600_000, symbols: ["tBTCUSD"] }))

const book = { event: "subscribe", channel: "book", symbol: "tBTCUSD" }
const ticker = { event: "subscribe", channel: "ticker", symbol: "tBTCUSD" }

describe("Fault: subscriptions", () => {
  it.effect("SlowSubscribe answers late and in another order; other channels and heartbeats continue", () =>
    Effect.gen(function*() {
      yield* inject(Fault.SlowSubscribe.make({ millis: 16_000, match: "book" }))
      const client = yield* opened
      client.ask(book)
      client.ask(ticker)
      yield* settle
      const names = () => client.frames().filter(({ event }) => event === "subscribed").map(({ channel }) => channel)
      assert.deepStrictEqual(names(), ["ticker"])
      yield* TestClock.adjust("15750 millis")
      assert.deepStrictEqual(names(), ["ticker"])
      const before = client.frames()
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(names(), ["ticker", "book"])
      const { chanId } = client.frames().find(({ channel, event }) => event === "subscribed" && channel === "book")
      // only a heartbeat of the channel arrived before its answer
      assert.deepStrictEqual(before.filter((frame) => frame[0] === chanId), [[chanId, "hb"]])
      const first = client.frames().slice(before.length).filter((frame) => frame[0] === chanId)[0]
      assert.isAbove(first[1].length, 10)
    }).pipe(inMemory))

  it.effect("a second subscription is answered with the id of the first, or without it", () =>
    Effect.gen(function*() {
      const client = yield* opened
      client.ask(book)
      client.ask(book)
      yield* settle
      const [, subscribed] = client.frames()
      assert.deepInclude(client.frames().at(-1), { event: "error", code: 10301, chanId: subscribed.chanId })
      yield* inject(Fault.DupWithoutChanId.make())
      client.ask(book)
      yield* settle
      const last = client.frames().at(-1)
      assert.deepInclude(last, { event: "error", code: 10301, msg: "subscribe: dup" })
      assert.notProperty(last, "chanId")
    }).pipe(inMemory))

  it.effect("SharedChanId: the answer and the frames of a second channel carry the id of the first", () =>
    Effect.gen(function*() {
      const client = yield* opened
      yield* inject(Fault.SharedChanId.make({}))
      client.ask(ticker)
      yield* settle
      const { chanId } = client.frames().find(({ event }) => event === "subscribed")
      client.ask(book)
      yield* settle
      const frames = client.frames()
      assert.deepInclude(frames.findLast(({ event }) => event === "subscribed"), { channel: "book", chanId })
      assert.isAbove(frames.at(-1)[1].length, 10)
      assert.strictEqual(frames.at(-1)[0], chanId)
      // it is one id: leaving it leaves both
      client.ask({ event: "unsubscribe", chanId })
      client.ask({ event: "unsubscribe", chanId })
      yield* settle
      assert.deepStrictEqual(client.frames().slice(-2).map(({ event }) => event), ["unsubscribed", "error"])
    }).pipe(inMemory))

  it.effect("UnreadableRows: a frame of this many rows of one cell takes the place of the next", () =>
    Effect.gen(function*() {
      const client = yield* opened
      yield* inject(Fault.UnreadableRows.make({ rows: 3, match: "ticker" }))
      client.ask(ticker)
      client.ask(book)
      yield* settle
      const data = client.frames().filter(Array.isArray).map(([, payload]) => payload)
      assert.deepStrictEqual(data[0], [[1], [1], [1]])
      assert.isAbove(data[1]?.[0].length, 1)
    }).pipe(inMemory))
})
