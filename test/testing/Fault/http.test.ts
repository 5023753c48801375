import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { inject, loggedIn, rows, settle, types, view } from "../../support/accountSocket.ts"
import { post } from "../../support/signedPost.ts"

const inMemory = Effect.provide(
  FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], step: 60_000 })
)

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "10000" }

const http = (reply: Fault.HttpReply, more: { readonly match?: string; readonly millis?: number } = {}) =>
  inject(Fault.HttpFault.make({ reply, ...more }))

const settled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* settle
    return yield* Fiber.join(fiber)
  })

describe("Fault: HTTP", () => {
  for (const executed of [false, true]) {
    it.effect(`hang never answers${executed ? ", though the request is executed" : ", and executes nothing"}`, () =>
      Effect.gen(function*() {
        yield* http({ _tag: "hang", executed })
        const fiber = yield* Effect.fork(
          Effect.timeoutOption(post("v2/auth/w/order/submit", { ...order, cid: 5 }), "1 minute")
        )
        yield* TestClock.adjust("1 minute")
        assert.isTrue(Option.isNone(yield* Fiber.join(fiber)))
        assert.deepStrictEqual((yield* view()).orders().map(({ cid }) => cid), executed ? [5] : [])
      }).pipe(inMemory))
  }

  it.effect("a fault with a duration affects all matching requests, and then expires", () =>
    Effect.gen(function*() {
      yield* http({ _tag: "unavailable503" }, { match: "/auth/r/", millis: 10_000 })
      const client = yield* loggedIn()
      for (let k = 0; k < 3; k++) assert.strictEqual((yield* settled(post("v2/auth/r/orders"))).status, 503)
      assert.strictEqual((yield* settled(post("v2/auth/w/order/submit", order))).status, 200)
      // sockets still work
      client.input("on", order)
      yield* settle
      assert.deepStrictEqual(types(client.take()), ["on", "n on-req", "on"])
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* settled(post("v2/auth/r/orders"))).status, 200)
    }).pipe(inMemory))

  for (const retryAfter of [1_000_000_000, "Fri, 01 Jan 2100 00:00:00 GMT", "soon"]) {
    it.effect(`Retry-After: ${retryAfter}`, () =>
      Effect.gen(function*() {
        yield* http({ _tag: "status429", retryAfter })
        const { headers, status } = yield* settled(
          post("v2/auth/r/orders").pipe(
            Effect.either,
            Effect.map((reply) =>
              // the body is not a row
              reply._tag === "Right" ? reply.right : { status: 0, headers: {} as Record<string, string> }
            )
          )
        )
        assert.deepStrictEqual([status, headers["retry-after"]], [429, String(retryAfter)])
      }).pipe(inMemory))
  }

  it.effect("WrongDate shifts the Date of all replies, and 0 ends it", () =>
    Effect.gen(function*() {
      const date = Effect.map(
        settled(Effect.scoped(HttpClient.get("https://api-pub.bitfinex.com/v2/platform/status"))),
        ({ headers }) => Date.parse(String(headers["date"]))
      )
      const now = 1_704_067_200_000
      assert.strictEqual(yield* date, now)
      yield* inject(Fault.WrongDate.make({ millis: 1_200_000 }))
      assert.deepStrictEqual([yield* date, yield* date], [now + 1_200_000, now + 1_200_000])
      yield* inject(Fault.WrongDate.make({ millis: -360_000 }))
      assert.strictEqual(yield* date, now - 360_000)
      yield* inject(Fault.WrongDate.make({ millis: 0 }))
      assert.strictEqual(yield* date, now)
    }).pipe(inMemory))

  describe("unreadableRow", () => {
    const cells: ReadonlyArray<readonly [how: Fault.BadCell, at: number, cell: unknown]> = [
      ["nullSymbol", 3, null],
      ["textAmount", 6, "much"],
      ["hugeId", 0, 2 ** 60],
      ["nullStatus", 13, null]
    ]
    for (const [how, at, cell] of cells) {
      it.effect(`${how}: one more row among open orders, of which the others can be read`, () =>
        Effect.gen(function*() {
          const state = yield* view()
          yield* state.submit({ ...order, cid: 1 })
          yield* state.submit({ ...order, cid: 2 })
          yield* http({ _tag: "unreadableRow", how })
          const { body } = yield* settled(post("v2/auth/r/orders"))
          assert.deepStrictEqual(body.map((row: ReadonlyArray<unknown>) => row[at] === cell), [true, false, false])
          assert.lengthOf((yield* settled(post("v2/auth/r/orders"))).body, 2)
        }).pipe(inMemory))
    }

    it.effect("in an empty list, in a history, in place of the last row, and among trades", () =>
      Effect.gen(function*() {
        yield* http({ _tag: "unreadableRow", how: "nullStatus" }, { match: "/hist" })
        const [bad] = (yield* settled(post("v2/auth/r/orders/hist"))).body
        assert.deepStrictEqual([bad.length, bad[3], bad[13]], [32, "tBTCUSD", null])
        const state = yield* view()
        for (const cid of [1, 2]) yield* state.submit({ ...order, cid })
        for (const { id } of state.orders()) yield* state.fill(id)
        yield* http({ _tag: "unreadableRow", how: "textAmount", which: "last" }, { match: "/hist" })
        const { body } = yield* settled(post("v2/auth/r/orders/hist"))
        assert.deepStrictEqual(body.map((row: ReadonlyArray<unknown>) => typeof row[6]), ["number", "string"])
        yield* http({ _tag: "unreadableRow", how: "textAmount" }, { match: "/trades" })
        const trades = (yield* settled(post("v2/auth/r/trades/hist"))).body
        assert.deepStrictEqual(trades.map((row: ReadonlyArray<unknown>) => typeof row[4]), [
          "string",
          "number",
          "number"
        ])
      }).pipe(inMemory))

    it.effect("on the socket: a bad cell in the first row of a snapshot, or in an event", () =>
      Effect.gen(function*() {
        const state = yield* view()
        yield* state.submit(order)
        yield* inject(Fault.MalformedAccountEvent.make({ type: "os", how: "nullSymbol" }))
        yield* inject(Fault.MalformedAccountEvent.make({ type: "on", how: "hugeId" }))
        const { ask, frames, input } = yield* loggedIn()
        void ask
        const [snapshot] = rows(frames(), "os")
        assert.deepStrictEqual(snapshot.map((row: ReadonlyArray<unknown>) => row[3]), [null])
        input("on", order)
        yield* settle
        assert.strictEqual(rows(frames(), "on")[0][0], 2 ** 60)
      }).pipe(inMemory))
  })
})
