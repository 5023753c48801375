import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Flags from "../../src/protocol/Flags.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as TestClient from "../../src/testing/TestClient.ts"
import * as Trading from "../../src/Trading.ts"
import { demoOn, served } from "../support/loopback.ts"
import { pass } from "../support/market.ts"

const maker = Effect.provide(
  TestClient.layer({ symbols: ["tBTCUSD"], history: 60_000, step: 60_000, account: { postOnly: true } })
)

const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 1000 } as const
const market = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.1" } as const

/** runs a call until it ends, at most a minute */
const ended = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(call))
    yield* pass("1 minute")
    return yield* Fiber.join(fiber)
  })

/** the field that a refusal before sending names */
const refusedField = (result: Either.Either<unknown, { readonly _tag: string }>): unknown =>
  Either.isLeft(result) && "field" in result.left ? result.left.field : result

const both = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  return { account: yield* exchange.account("demo-key"), rest: yield* RestAuthClient.RestAuthClient }
})

/** of the open orders, oldest first */
const isPostOnly = Effect.map(both, ({ account }) => account.orders().map((order) => Flags.ofOrder(order).postOnly))

describe("RestAuthClient: post-only by policy", () => {
  it.scoped("each limit order gets the flag, unless its flags say otherwise", () =>
    Effect.gen(function*() {
      const { rest } = yield* both
      yield* ended(rest.submitOrder(resting))
      yield* ended(rest.submitOrder({ ...resting, flags: { hidden: true } }))
      yield* ended(rest.submitOrder({ ...resting, flags: { postOnly: false } }))
      yield* ended(rest.submitOrderResolved(resting))
      yield* ended(rest.orderMultiOp({ ops: [["on", resting], ["on", { ...resting, flags: { postOnly: false } }]] }))
      assert.deepStrictEqual(yield* isPostOnly, [true, true, false, true, true, false])
    }).pipe(maker))

  it.scoped("an order that may take is refused and not sent", () =>
    Effect.gen(function*() {
      const { account, rest } = yield* both
      const oco = { ...resting, priceOcoStop: 900, flags: { oco: true } } as const
      assert.strictEqual(refusedField(yield* ended(rest.submitOrder(market))), "type")
      assert.strictEqual(refusedField(yield* ended(rest.submitOrder({ ...resting, type: "EXCHANGE IOC" }))), "type")
      assert.strictEqual(refusedField(yield* ended(rest.submitOrderResolved(market))), "type")
      assert.strictEqual(refusedField(yield* ended(rest.submitOrder(oco))), "flags")
      assert.strictEqual(
        refusedField(yield* ended(rest.orderMultiOp({ ops: [["on", resting], ["on", market]] }))),
        "type"
      )
      assert.strictEqual(refusedField(yield* ended(rest.createRecurringOrder({ alias: "weekly" }))), "postOnly")
      assert.deepStrictEqual(account.commands(), [])
      yield* ended(rest.submitOrder({ ...market, flags: { postOnly: false } }))
      assert.deepStrictEqual(account.commands().map(({ accepted }) => accepted), [true])
    }).pipe(maker))

  it.scoped("an update keeps the flag; without flags it is refused, because they replace those of the order", () =>
    Effect.gen(function*() {
      const { account, rest } = yield* both
      yield* ended(rest.submitOrder({ ...resting, flags: { hidden: true } }))
      const [order] = account.orders()
      const { id } = order!
      const bare = yield* ended(rest.updateOrder({ id, price: 1001 }))
      assert.strictEqual(refusedField(bare), "flags")
      assert.include(Either.isLeft(bare) ? bare.left.message : "", "Flags.ofOrder")
      assert.strictEqual(refusedField(yield* ended(rest.orderMultiOp({ ops: [["ou", { id, price: 1001 }]] }))), "flags")
      assert.strictEqual(account.orders()[0]!.price, 1000)
      yield* ended(rest.updateOrder({ id, price: 1002, flags: { hidden: true } }))
      assert.deepInclude(Flags.ofOrder(account.orders()[0]!), { hidden: true, postOnly: true })
      yield* ended(rest.updateOrder({ id, price: 1003, flags: Flags.ofOrder(account.orders()[0]!) }))
      assert.deepInclude(Flags.ofOrder(account.orders()[0]!), { hidden: true, postOnly: true })
      assert.strictEqual(account.orders()[0]!.price, 1003)
    }).pipe(maker))

  it.scoped("input that is not an order is refused by its own check", () =>
    Effect.gen(function*() {
      const { rest } = yield* both
      for (const input of [undefined, null, 1, "order", { ops: [["on"]] }]) {
        // the casts: input that a program without types may pass
        for (const call of [rest.submitOrder(input as never), rest.updateOrder(input as never)]) {
          const result = yield* ended<unknown, { readonly _tag: string }, never>(call)
          assert.strictEqual(Either.isLeft(result) && result.left._tag, "InvalidInput")
        }
        const multi = yield* ended(rest.orderMultiOp(input as never))
        assert.strictEqual(Either.isLeft(multi) && multi.left._tag, "InvalidInput")
      }
    }).pipe(maker))

  it.scoped("without the policy nothing is changed", () =>
    Effect.gen(function*() {
      const { account, rest } = yield* both
      yield* ended(rest.submitOrder(resting))
      yield* ended(rest.submitOrder(market))
      assert.deepStrictEqual(account.commands().map(({ accepted }) => accepted), [true, true])
      assert.deepStrictEqual(yield* isPostOnly, [false])
    }).pipe(Effect.provide(TestClient.layer({ symbols: ["tBTCUSD"], history: 60_000, step: 60_000 }))))
})

describe("Bitfinex.layer with postOnly", () => {
  it.live("holds over REST and on the socket", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      yield* Effect.gen(function*() {
        const rest = yield* RestAuthClient.RestAuthClient
        const trading = yield* Trading.Trading
        assert.strictEqual(refusedField(yield* Effect.either(rest.submitOrder(market))), "type")
        assert.strictEqual(refusedField(yield* Effect.either(trading.submitOrder(market))), "type")
        yield* rest.submitOrder(resting)
        yield* trading.submitOrder(resting)
        const account = yield* exchange.account("demo-key")
        assert.deepStrictEqual(account.orders().map((order) => Flags.ofOrder(order).postOnly), [true, true])
      }).pipe(Effect.provide(demoOn(exchange, { postOnly: true })))
    }).pipe(served), 30_000)
})
