import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { begin, failureOf, inject, pass, settle } from "../support/market.ts"
import { commandFrames, inMemory, leaving, live, resting, settings } from "../support/trading.ts"

const second = { ...resting, amount: "0.1", price: 11000 } as const

const first = Effect.gen(function*() {
  const { trading, venue } = yield* live
  yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
  return { trading, venue, id: venue.orders()[0]!.id }
})

/** an order, where REST shows the trades of orders changed by `f` */
const firstWith = (f: <A>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) =>
  Effect.gen(function*() {
    const { venue } = yield* live
    const rest = yield* RestAuthClient.RestAuthClient
    const trading = yield* Effect.provideService(Trading.make(), RestAuthClient.RestAuthClient, {
      ...rest,
      orderTrades: (args) => Effect.map(rest.orderTrades(args), f)
    })
    yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
    return { trading, venue, id: venue.orders()[0]!.id }
  })

describe("Trading.replaceOrder", () => {
  it.scoped("of a scope of `cancelOnExit`: the second order has its group, and is cancelled with the scope", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const { close, orders, reports } = yield* leaving(trading)
      yield* begin(orders.submitOrder({ ...resting, amount: "0.1" }))
      const { id } = venue.orders()[0]!
      yield* begin(orders.replaceOrder({ id, order: second }))
      yield* pass("3 seconds")
      assert.deepStrictEqual(venue.orders().map(({ gid, price }) => [gid, price]), [[orders.gid, 11000]])
      yield* begin(close)
      yield* pass("8 seconds")
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports, ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("a second order that cannot be submitted is refused by name before the first is cancelled", () =>
    Effect.gen(function*() {
      const { id, trading } = yield* first
      const cases: ReadonlyArray<readonly [order: any, field: string]> = [
        [undefined, "type"],
        [{ ...second, price: -1 }, "price"],
        [{ ...second, price: 11000.123 }, "price"],
        // neither is an amount of which nothing is left
        [{ ...second, amount: 0 }, "amount"],
        [{ ...second, amount: "0x1" }, "amount"],
        [{ ...second, type: "EXCHANGE LIMT" }, "type"],
        [{ ...second, postOnly: true }, "postOnly"],
        // the amount that the first executed cannot be subtracted from it
        [{ ...second, symbol: "tETHUSD" }, "symbol"]
      ]
      for (const [order, field] of cases) {
        const error = failureOf((yield* begin(trading.replaceOrder({ id, order })))()!)
        assert.isTrue(error?._tag === "InvalidInput" && error.field === field, `${field}: ${error}`)
      }
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 500 }))
      yield* begin(trading.submitOrder({ ...resting, cid: 7 }))
      const unsettled = failureOf((yield* begin(trading.replaceOrder({ id, order: { ...second, cid: 7 } })))()!)
      assert.isTrue(unsettled?._tag === "InvalidInput" && unsettled.field === "cid", String(unsettled))
      assert.lengthOf(yield* commandFrames("oc"), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("a second call for the same order is refused while the first runs, and sends nothing", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 500 }))
      const one = yield* begin(trading.replaceOrder({ id, order: second }))
      const two = yield* begin(trading.replaceOrder({ id, order: second }))
      const error = failureOf(two()!)
      assert.isTrue(error?._tag === "InvalidInput" && error.field === "id", String(error))
      yield* pass("5 seconds")
      assert.isTrue(Exit.isSuccess(one()!))
      assert.lengthOf(venue.orders(), 1)
      assert.lengthOf(yield* commandFrames("oc"), 1)
      // the id is free again
      const third = yield* begin(trading.replaceOrder({ id: venue.orders()[0]!.id, order: second }))
      yield* pass("5 seconds")
      assert.isTrue(Exit.isSuccess(third()!))
    }).pipe(inMemory({ settings })))

  const limited = (count: number) => ({
    ...settings,
    account: { ...settings.account, orderLimit: { count, per: "60 seconds" } }
  } as const)

  it.scoped("is refused, and cancels nothing, while the order budget has no place for the second order", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      const scoped = yield* trading.cancelOnExit()
      for (const { replaceOrder } of [trading, scoped]) {
        const replacing = yield* begin(replaceOrder({ id, order: second }))
        yield* pass("3 seconds")
        const error = failureOf(replacing()!)
        assert.isTrue(error?._tag === "RateLimited" && error.outcome === "unsent", String(error))
        assert.strictEqual(error?._tag === "RateLimited" ? error.operation : undefined, "Trading.replaceOrder")
      }
      assert.lengthOf(yield* commandFrames("oc"), 0)
      assert.deepStrictEqual(venue.orders().map((order) => order.id), [id])
      // one place was never used
      assert.strictEqual(yield* trading.orderBudgetRemaining, 1)
      // a wait that the deadline of a command allows is waited for
      yield* pass("54 seconds")
      const again = yield* begin(trading.replaceOrder({ id, order: second }))
      assert.lengthOf(yield* commandFrames("oc"), 0)
      yield* pass("5 seconds")
      assert.isTrue(Exit.isSuccess(again()!), String(again()))
      assert.deepStrictEqual(venue.orders().map(({ price }) => price), [11000])
    }).pipe(inMemory({ settings: limited(2) })))

  it.scoped("no other command takes the place of the second order, however late the end of the first is shown", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      // beyond the deadline of a command
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 5000 }))
      const replacing = yield* begin(trading.replaceOrder({ id, order: second }))
      const other = yield* begin(trading.submitOrder(resting))
      yield* pass("3 seconds")
      const error = failureOf(other()!)
      assert.strictEqual(error?._tag, "RateLimited")
      yield* pass("7 seconds")
      assert.isTrue(Exit.isSuccess(replacing()!), String(replacing()))
      assert.deepStrictEqual(venue.orders().map(({ price }) => price), [11000])
      assert.strictEqual(yield* trading.orderBudgetRemaining, 0)
    }).pipe(inMemory({ settings: limited(3) })))

  it.scoped("a reserved place that no second order used is released", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      yield* inject(Fault.SlowCommand.make({ input: "oc", millis: 500 }))
      const replacing = yield* begin(trading.replaceOrder({ id, order: second }))
      yield* venue.fill(id)
      yield* pass("5 seconds")
      const exit = replacing()!
      assert.isTrue(Exit.isSuccess(exit) && exit.value._tag === "NothingLeft", String(exit))
      assert.strictEqual(yield* trading.orderBudgetRemaining, 1)
    }).pipe(inMemory({ settings: limited(3) })))

  it.scoped("a budget that never has a place for both is refused by name", () =>
    Effect.gen(function*() {
      const { id, trading } = yield* first
      const error = failureOf((yield* begin(trading.replaceOrder({ id, order: second })))()!)
      assert.isTrue(error?._tag === "InvalidInput" && error.field === "account.orderLimit", String(error))
    }).pipe(inMemory({ settings: limited(1) })))

  it.scoped("a trade that is listed twice counts once", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* firstWith((rows) => [...rows, ...rows])
      yield* venue.fill(id, 0.03)
      yield* begin(trading.replaceOrder({ id, order: second }))
      yield* pass("5 seconds")
      assert.deepStrictEqual(venue.orders().map(({ amount }) => amount), [0.07])
    }).pipe(inMemory({ settings })))

  it.scoped("trades that do not agree with the order's row prove nothing: nothing is submitted", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* firstWith((rows) => rows.slice(0, 1))
      yield* venue.fill(id, 0.03)
      yield* venue.fill(id, 0.03)
      const ended = yield* begin(trading.replaceOrder({ id, order: second }, { within: "5 seconds" }))
      yield* pass("12 seconds")
      const error = failureOf(ended()!)
      assert.isTrue(error?._tag === "OutcomeUnknown" && error.id === id, String(error))
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("a layer that is released", () => {
  const begun = <A, E>(call: (trading: Trading.Service) => Effect.Effect<A, E>) =>
    Effect.gen(function*() {
      const { venue } = yield* live
      const scope = yield* Scope.make()
      const trading = yield* Scope.extend(Trading.make(), scope)
      const ended = yield* begin(call(trading))
      yield* pass("100 millis")
      assert.isNull(ended())
      yield* begin(Scope.close(scope, Exit.void))
      yield* settle
      const exit = ended()
      assert.isNotNull(exit, "it has not ended with its layer")
      return { error: failureOf(exit!) as { readonly _tag: string; readonly message: string } | undefined, venue }
    })

  const calls: Record<string, (trading: Trading.Service) => Effect.Effect<unknown, unknown>> = {
    submitOrderResolved: (trading) => trading.submitOrderResolved(resting),
    submitOrderStream: (trading) => Stream.runDrain(trading.submitOrderStream(resting)),
    replaceOrder: (trading) => trading.replaceOrder({ id: 5, order: resting }),
    cancelOpenOrders: (trading) => trading.cancelOpenOrders()
  }
  for (const [name, call] of Object.entries(calls)) {
    it.scoped(`${name} ends at once, as unknown`, () =>
      Effect.gen(function*() {
        for (const input of ["on", "oc", "oc_multi"] as const) {
          yield* inject(Fault.SlowCommand.make({ input, millis: 86_400_000 }))
        }
        const { error } = yield* begun(call)
        assert.strictEqual(error?._tag, "OutcomeUnknown")
        assert.include(error?.message, "layer was released")
      }).pipe(inMemory({ settings })))
  }

  it.scoped("submitOrderStream of an open order ends at once", () =>
    Effect.gen(function*() {
      const { error, venue } = yield* begun((trading) => Stream.runDrain(trading.submitOrderStream(resting)))
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.lengthOf(venue.orders(), 1)
    }).pipe(inMemory({ settings })))
})
