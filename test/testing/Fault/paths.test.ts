import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { inject, loggedIn, opened, settle, types, view } from "../../support/accountSocket.ts"
import type { Client } from "../../support/sockets.ts"

const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD"], step: 60_000, ...options }))

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "10000", cid: 7 }

/** cids of the open orders in the exchange */
const placed = Effect.map(view(), (account) => account.orders().map(({ cid }) => cid))

/** the members of `ws` that the DOM type lacks */
const raw = ({ ws }: Client) =>
  ws as unknown as {
    readonly ping: () => void
    readonly terminate: () => void
    readonly _socket: { readonly resetAndDestroy: () => void }
  }

const closeCodes = (client: Client) => client.observed.filter(({ type }) => type === "close").map(({ code }) => code)

describe("Fault: paths", () => {
  it.effect("Stall holds the client's frames and delivers them in order; the exchange still sends", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.Stall.make({ millis: 20_000 }))
      client.input("on", order)
      client.ask({ event: "ping", cid: 1 })
      yield* TestClock.adjust("19999 millis")
      assert.deepStrictEqual(yield* placed, [])
      // heartbeats of channel 0 arrived meanwhile
      assert.deepStrictEqual(client.take().map((frame) => frame[1]), ["hb"])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* placed, [7])
      const frames = client.take()
      assert.deepStrictEqual(types(frames).slice(0, 2), ["n on-req", "on"])
      assert.deepInclude(frames.at(-1), { event: "pong", cid: 1 })
    }).pipe(inMemory()))

  it.effect("Stall in both directions: nothing arrives until it is over", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.Stall.make({ millis: 20_000, direction: "both" }))
      yield* (yield* view()).submit(order)
      yield* TestClock.adjust("19999 millis")
      assert.deepStrictEqual(client.take(), [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
    }).pipe(inMemory()))

  for (
    const [how, leave] of [
      ["a close frame", (client: Client) => client.ws.close(1000, "stale")],
      ["terminate", (client: Client) => raw(client).terminate()]
    ] as const
  ) {
    it.effect(`an order sent before ${how} is placed when the stall is over`, () =>
      Effect.gen(function*() {
        const { connections } = yield* FakeExchange.FakeExchange
        const client = yield* loggedIn()
        yield* inject(Fault.Stall.make({ millis: 40_000 }))
        client.input("on", order)
        leave(client)
        yield* TestClock.adjust("39999 millis")
        assert.deepStrictEqual(closeCodes(client), [1006])
        assert.deepStrictEqual(yield* placed, [])
        assert.strictEqual((yield* connections)[0]!.state, "open")
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* placed, [7])
        assert.strictEqual((yield* connections)[0]!.state, "closed")
      }).pipe(inMemory()))
  }

  it.effect("a reset discards frames in transit", () =>
    Effect.gen(function*() {
      const { connections } = yield* FakeExchange.FakeExchange
      const client = yield* loggedIn()
      yield* inject(Fault.Stall.make({ millis: 40_000 }))
      client.input("on", order)
      raw(client)._socket.resetAndDestroy()
      yield* settle
      assert.deepStrictEqual(closeCodes(client), [1006])
      assert.strictEqual((yield* connections)[0]!.state, "closed")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* placed, [])
    }).pipe(inMemory()))

  it.effect("a cancellation sent after the order also arrives after it", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.Stall.make({ millis: 10_000 }))
      client.input("on", order)
      client.input("oc", { cid: 7, cid_date: "2024-01-01" })
      raw(client).terminate()
      yield* TestClock.adjust("10 seconds")
      const account = yield* view()
      assert.deepStrictEqual(account.commands().map(({ accepted, type }) => [type, accepted]), [
        ["on", true],
        ["oc", true]
      ])
      assert.deepStrictEqual(yield* placed, [])
    }).pipe(inMemory()))

  it.effect("a stall delays the dead man's switch, too", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn({ dms: 4 })
      client.input("on", order)
      yield* settle
      yield* inject(Fault.Stall.make({ millis: 10_000 }))
      raw(client).terminate()
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(yield* placed, [7])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* placed, [])
    }).pipe(inMemory()))

  it.effect("pings of the transport are answered, but not through a stall", () =>
    Effect.gen(function*() {
      const client = yield* opened
      let pongs = 0
      client.ws.on("pong", () => {
        pongs++
      })
      raw(client).ping()
      yield* settle
      assert.strictEqual(pongs, 1)
      yield* inject(Fault.Stall.make({ millis: 5000 }))
      raw(client).ping()
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(pongs, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(pongs, 2)
    }).pipe(inMemory()))

  for (const  of of["frame", "event", undefined] as const) {
    it.effect(`MutePong of ${of ?? "both"}: other requests are answered`, () =>
      Effect.gen(function*() {
        const client = yield* opened
        let pongs = 0
        client.ws.on("pong", () => {
          pongs++
        })
        client.take()
        yield* inject(Fault.MutePong.make(of === undefined ? {} : { of }))
        raw(client).ping()
        client.ask({ event: "ping" })
        client.ask({ event: "conf", flags: 65536 })
        yield* settle
        assert.strictEqual(pongs, of === "event" ? 1 : 0)
        const events = client.take().map(({ event }) => event)
        assert.deepStrictEqual(events, of === "frame" ? ["pong", "conf"] : ["conf"])
      }).pipe(inMemory()))
  }
})
