import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import { opened, settle } from "../../support/accountSocket.ts"
import { post } from "../../support/signedPost.ts"

// Behaviour of other clients that works with the venue although the manual does not document it or contradicts it.

const inMemory = Effect.provide(FakeExchange.layerMemory({ history: 3_600_000, symbols: ["tBTCUSD", "fUSD"] }))

const settled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* settle
    return yield* Fiber.join(fiber)
  })

const get = (path: string) =>
  settled(
    HttpClient.get(`https://api-pub.bitfinex.com/v2/${path}`).pipe(
      Effect.flatMap(({ json, status }) => Effect.map(json, (body) => ({ status, body: body as any }))),
      Effect.scoped
    )
  )

describe("FakeExchange and other clients", () => {
  it.effect("reads text out of binary frames, as the official client in Go sends it", () =>
    Effect.gen(function*() {
      const client = yield* opened
      client.ws.send(new TextEncoder().encode(JSON.stringify({ event: "ping", cid: 3 })))
      yield* settle
      assert.deepInclude(client.take().at(-1), { event: "pong", cid: 3 })
    }).pipe(inMemory))

  it.effect("takes a pair without its t for a trading channel", () =>
    Effect.gen(function*() {
      const client = yield* opened
      client.ask({ event: "subscribe", channel: "ticker", pair: "BTCUSD" })
      yield* settle
      assert.deepInclude(client.take()[1], { event: "subscribed", symbol: "tBTCUSD", pair: "BTCUSD" })
    }).pipe(inMemory))

  it.effect("answers nothing to the text ping", () =>
    Effect.gen(function*() {
      const client = yield* opened
      client.take()
      client.ws.send("ping")
      yield* settle
      assert.deepStrictEqual(client.take(), [])
    }).pipe(inMemory))

  it.effect("takes sections of paths in upper case", () =>
    Effect.gen(function*() {
      const [upper, lower] = [yield* get("candles/trade:5m:tBTCUSD/HIST"), yield* get("candles/trade:5m:tBTCUSD/hist")]
      assert.strictEqual(upper.status, 200)
      assert.isAbove(upper.body.length, 3)
      assert.deepStrictEqual(upper.body, lower.body)
      assert.deepStrictEqual((yield* get("candles/trade:5m:tBTCUSD/LAST")).body, lower.body[0])
    }).pipe(inMemory))

  it.effect("takes times with a fraction", () =>
    Effect.gen(function*() {
      const { body, status } = yield* get("trades/tBTCUSD/hist?end=9999999999999.0&limit=2")
      assert.deepStrictEqual([status, body.length], [200, 2])
      const signed = yield* settled(post("v2/auth/r/trades/hist", { end: 9_999_999_999_999.5 }))
      assert.deepStrictEqual([signed.status, signed.body], [200, []])
    }).pipe(inMemory))

  it.effect("has eight cells in the tradable block of position/increase/info", () =>
    Effect.gen(function*() {
      const { body } = yield* settled(post("v2/auth/r/position/increase/info", { symbol: "tBTCUSD", amount: "0.1" }))
      const block = body[1][1]
      assert.deepStrictEqual([block.length, block.slice(4)], [8, [null, null, null, null]])
    }).pipe(inMemory))
})
