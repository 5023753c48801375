import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { OrderLifecycle } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { begin, failureOf, gather, inject, pass, settle } from "../support/market.ts"
import { commandFrames, crossing, inMemory, live, resting, settings } from "../support/trading.ts"

/** a venue that lists past orders late: its first replies show none */
const lateHistory = (replies: number) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) => {
      let left = replies
      return HttpClient.make((request) =>
        request.url.endsWith("orders/hist") && left-- > 0
          ? Effect.succeed(HttpClientResponse.fromWeb(request, Response.json([])))
          : client.execute(request)
      )
    })
  )

const reported = (life: ReadonlyArray<OrderLifecycle>): ReadonlyArray<string> =>
  life.map((each) =>
    each._tag === "OrderUpdate"
      ? `${each.by} ${each.order.status.split(" ")[0]}`
      : each._tag === "OrderFill"
      ? (each.hasFee ? "tu" : "te")
      : each._tag === "OrderEnded"
      ? each.outcome._tag
      : each._tag
  )

describe("Trading.submitOrderStream", () => {
  for (const how of ["cancelled", "executed"] as const) {
    it.scoped(
      `an order that is ${how}, of which the venue does not send the end: it is found within five minutes`,
      () =>
        Effect.gen(function*() {
          const { trading, venue } = yield* live
          const life = yield* gather(trading.submitOrderStream(resting))
          const { id } = venue.orders()[0]!
          yield* inject(Fault.Lose.make({ match: "account:oc", counted: false }))
          yield* how === "cancelled" ? venue.cancel(id) : venue.fill(id)
          yield* pass("1 second")
          assert.lengthOf((yield* trading.exposure).orders, 1)
          yield* pass("6 minutes")
          assert.lengthOf((yield* trading.exposure).orders, 0)
          const end = life.at(-1)!
          assert(end._tag === "OrderEnded")
          assert.deepStrictEqual(
            [end.outcome._tag, end.isComplete, end.trades.length],
            how === "cancelled" ? ["Cancelled", true, 0] : ["Filled", true, 1]
          )
        }).pipe(inMemory({ settings, tick: 5000 })),
      30_000
    )
  }

  it.scoped(
    "an order that ended while disconnected, and is too old for the past orders: fails, and counts no more",
    () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        const life: Array<OrderLifecycle> = []
        const ended = yield* begin(
          Stream.runForEach(trading.submitOrderStream(resting), (each) => Effect.sync(() => life.push(each)))
        )
        yield* pass("1 second")
        const { id } = venue.orders()[0]!
        yield* inject(Fault.Drop.make({ code: 1006 }))
        yield* venue.cancel(id)
        yield* pass("20 minutes")
        // the venue may show it late
        assert.isNull(ended())
        assert.lengthOf((yield* trading.exposure).orders, 1)
        yield* pass("10 minutes")
        const failure = failureOf(ended()!)
        assert(failure?._tag === "OutcomeUnknown")
        assert.include(failure.message, `no longer open, but past orders do not show how it ended (${id})`)
        assert.lengthOf((yield* trading.exposure).orders, 0)
        assert.deepStrictEqual(reported(life), ["Accepted", "on ACTIVE"])
      }).pipe(inMemory({ settings, tick: 5000, http: lateHistory(Number.POSITIVE_INFINITY) })),
    30_000
  )

  for (const eventOrder of ["tradesFirst", "orderFirst"] as const) {
    it.scoped(`emits the lifecycle of an order from its acceptance to its last trade, ${eventOrder}`, () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        const life = yield* gather(trading.submitOrderStream(resting))
        assert.deepStrictEqual(reported(life), ["Accepted", "on ACTIVE"])
        const { id } = venue.orders()[0]!
        yield* venue.fill(id, 0.004)
        yield* settle
        assert.sameMembers(reported(life).slice(2), ["te", "ou PARTIALLY", "tu"])
        yield* venue.fill(id)
        yield* pass("6 seconds")
        assert.sameMembers(reported(life).slice(5, -1), ["te", "oc EXECUTED", "tu"])
        const end = life.at(-1)!
        assert.isTrue(end._tag === "OrderEnded" && end.outcome._tag === "Filled" && end.isComplete)
        if (end._tag === "OrderEnded") {
          assert.deepStrictEqual(end.trades.map(({ execAmount }) => execAmount), [0.004, 0.006])
          assert.isTrue(end.trades.every(({ fee }) => fee !== null))
        }
      }).pipe(inMemory({ settings, eventOrder })))
  }

  it.scoped("ends when the order was cancelled, by whatever hand", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const life = yield* gather(trading.submitOrderStream(resting))
      yield* venue.cancel(venue.orders()[0]!.id)
      yield* pass("6 seconds")
      assert.deepStrictEqual(reported(life), ["Accepted", "on ACTIVE", "oc CANCELED", "Cancelled"])
    }).pipe(inMemory({ settings })))

  it.scoped("continues after a reconnection with the missed events, each trade once with its fee", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const life = yield* gather(trading.submitOrderStream(resting))
      const { id } = venue.orders()[0]!
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.fill(id, 0.003)
      yield* pass("3 seconds")
      assert.deepStrictEqual(reported(life).slice(2), ["null PARTIALLY", "tu"])
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.fill(id)
      yield* pass("3 seconds")
      assert.deepStrictEqual(reported(life).slice(4), ["null EXECUTED", "tu", "Filled"])
      const end = life.at(-1)!
      if (end._tag === "OrderEnded") {
        assert.deepStrictEqual(end.trades.map(({ execAmount }) => execAmount), [0.003, 0.007])
      }
    }).pipe(inMemory({ settings })))

  it.scoped("also ends after a reconnection if the venue lists the ended order only seconds later", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const life = yield* gather(trading.submitOrderStream(resting))
      const { id } = venue.orders()[0]!
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* venue.fill(id)
      yield* pass("2 seconds")
      assert.deepStrictEqual(reported(life).slice(2), [])
      yield* pass("10 seconds")
      assert.deepStrictEqual(reported(life).slice(2), ["null EXECUTED", "tu", "Filled"])
    }).pipe(inMemory({ settings, http: lateHistory(6) })))

  it.scoped("under a cid of yours, orders and trades of another program and of an earlier submission do not count", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* gather(trading.submitOrderStream({ ...resting, cid: 7 }))
      const earlier = venue.orders()[0]!.id
      yield* venue.fill(earlier)
      yield* pass("8 seconds")
      const life = yield* gather(trading.submitOrderStream({ ...resting, cid: 7 }))
      const { id } = venue.orders()[0]!
      const rows = [
        ["on", { id: 900, symbol: "tETHUSD" }],
        ["on", { id: 901, symbol: "tBTCUSD" }],
        ["ou", { id: earlier, symbol: "tBTCUSD" }]
      ] as const
      for (const [type, { id, symbol }] of rows) {
        const row = [id, null, 7, symbol, 1, 1, 0.01, 0.01, "EXCHANGE LIMIT", null, null, null, 0, "ACTIVE", null, null]
        yield* inject(Fault.Send.make({ text: JSON.stringify([0, type, [...row, 10_000, ...Array(15).fill(null)]]) }))
        const trade = [id, symbol, 1, id, 0.01, 10_000, null, null, 1, -0.1, "USD", 7]
        yield* inject(Fault.Send.make({ text: JSON.stringify([0, "tu", trade]) }))
      }
      yield* settle
      assert.deepStrictEqual(reported(life), ["Accepted", "on ACTIVE"])
      yield* venue.fill(id)
      yield* pass("8 seconds")
      const end = life.at(-1)!
      assert.isTrue(end._tag === "OrderEnded" && end.isComplete && end.trades.length === 1)
    }).pipe(inMemory({ settings })))

  it.scoped("follows an order whose notification arrived, but no event before the connection was lost", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "notified" }))
      const life = yield* gather(trading.submitOrderStream(resting))
      yield* venue.cancel(venue.orders()[0]!.id)
      yield* pass("8 seconds")
      assert.deepStrictEqual(reported(life), ["Accepted", "null CANCELED", "Cancelled"])
    }).pipe(inMemory({ settings })))

  it.scoped("follows an order whose acceptance was lost, and one that is not seen", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      const life = yield* gather(trading.submitOrderStream(resting))
      yield* pass("3 seconds")
      assert.deepStrictEqual(reported(life), ["null ACTIVE"])
      yield* venue.cancel(venue.orders()[0]!.id)
      yield* pass("6 seconds")
      assert.deepStrictEqual(reported(life).slice(1), ["oc CANCELED", "Cancelled"])

      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "received" }))
      const none = yield* gather(trading.submitOrderStream(resting))
      yield* pass("6 seconds")
      assert.deepStrictEqual(reported(none), ["NotSeen"])
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("Trading.submitOrderResolved", () => {
  it.scoped("waits for the resolution, and submits once", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const outcome = Effect.gen(function*() {
        const fiber = yield* Effect.fork(trading.submitOrderResolved(resting))
        yield* settle
        yield* pass("5 seconds")
        const exit = fiber.unsafePoll()
        return exit !== null && Exit.isSuccess(exit) ? exit.value._tag : String(failureOf(exit!)?._tag)
      })
      assert.strictEqual(yield* outcome, "Accepted")
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      assert.strictEqual(yield* outcome, "Placed")
      // lost without a close frame, and with one behind it
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "received" }))
      assert.strictEqual(yield* outcome, "NotSeen")
      assert.lengthOf(yield* commandFrames("on"), 3)
      assert.lengthOf(venue.orders(), 2)
    }).pipe(inMemory({ settings })))

  it.scoped("stays unknown when its time is over", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      yield* inject(Fault.HttpFault.make({ match: "orders", times: 1000, reply: { _tag: "unavailable503" } }))
      const fiber = yield* Effect.fork(trading.submitOrderResolved(resting, { within: "3 seconds" }))
      yield* settle
      yield* pass("4 seconds")
      const error = failureOf(fiber.unsafePoll()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error?.message ?? "", "within 3s", error?.message)
    }).pipe(inMemory({ settings })))
})

describe("Trading.cancelOpenOrders", () => {
  it.scoped("cancels open orders and succeeds when the venue shows none", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const terms = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "10000" }
      const [kept] = yield* venue.submit({ ...terms, gid: 1 })
      yield* venue.submit({ ...terms, gid: 2 })
      yield* venue.submit({ ...terms, gid: 2 })
      const group = yield* Effect.fork(trading.cancelOpenOrders({ gid: 2 }))
      yield* pass("5 seconds")
      const first = group.unsafePoll()
      assert.isTrue(first !== null && Exit.isSuccess(first) && first.value.length === 2)
      assert.deepStrictEqual(venue.orders().map(({ id }) => id), [kept!.id])
      const all = yield* Effect.fork(trading.cancelOpenOrders())
      yield* pass("5 seconds")
      assert.isTrue(Exit.isSuccess(all.unsafePoll()!))
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("fails with the ids of the orders that are left", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const [order] = yield* venue.submit({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "10000" })
      // the cancellations never arrive
      yield* inject(Fault.DropOnCommand.make({ input: "oc_multi", point: "received", times: 1000 }))
      yield* inject(Fault.HttpFault.make({ match: "cancel", times: 1000, reply: { _tag: "reset" } }))
      const fiber = yield* Effect.fork(trading.cancelOpenOrders({ symbol: "tBTCUSD" }, { within: "5 seconds" }))
      yield* pass("6 seconds")
      const error = failureOf(fiber.unsafePoll()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error?.message, String(order!.id))
    }).pipe(inMemory({ settings })))
})

describe("Trading.cancelOnExit", () => {
  const inScope = Effect.gen(function*() {
    const { trading, venue } = yield* live
    const scope = yield* Scope.make()
    const orders = yield* Scope.extend(trading.cancelOnExit({ within: "20 seconds" }), scope)
    const submit = (order: Parameters<typeof orders.submitOrder>[0]) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(Effect.exit(orders.submitOrder(order)))
        yield* settle
        return fiber
      })
    const close = Effect.gen(function*() {
      const fiber = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* pass("8 seconds")
      assert.isNotNull(fiber.unsafePoll(), "the scope has not ended")
    })
    return { trading, venue, submit, close, orders }
  })

  it.scoped("its own orders are cancelled, and no other", () =>
    Effect.gen(function*() {
      const { close, submit, venue } = yield* inScope
      const [other] = yield* venue.submit({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "10000" })
      yield* submit(resting)
      yield* submit({ ...resting, price: 11000 })
      yield* submit(crossing)
      yield* submit({ ...resting, amount: 1_000_000 })
      assert.lengthOf(venue.orders(), 3)
      yield* close
      assert.deepStrictEqual(venue.orders().map(({ id }) => id), [other!.id])
    }).pipe(inMemory({ settings })))

  it.scoped("also those whose outcome was unknown, and with the socket gone", () =>
    Effect.gen(function*() {
      const { close, submit, venue } = yield* inScope
      yield* submit(resting)
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      yield* submit({ ...resting, price: 11000 })
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* pass("1 second")
      assert.lengthOf(venue.orders(), 2)
      yield* close
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("so are those of the group in `also`; an order that is left is logged with its id", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* venue.submit({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "10000", gid: 5 })
      const closing = yield* Effect.fork(Effect.scoped(trading.cancelOnExit({ also: { gid: 5 } })))
      yield* pass("4 seconds")
      assert.isNotNull(closing.unsafePoll())
      assert.lengthOf(venue.orders(), 0)

      const [order] = yield* venue.submit({
        type: "EXCHANGE LIMIT",
        symbol: "tBTCUSD",
        amount: "0.02",
        price: "10000",
        gid: 6
      })
      yield* inject(Fault.DropOnCommand.make({ input: "oc_multi", point: "received", times: 1000 }))
      yield* inject(Fault.HttpFault.make({ match: "cancel", times: 1000, reply: { _tag: "reset" } }))
      const errors: Array<string> = []
      const log = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel._tag === "Error") errors.push(String(message))
      })
      const stuck = yield* Effect.fork(
        Effect.scoped(trading.cancelOnExit({ also: { gid: 6 }, within: "4 seconds" })).pipe(
          Effect.provide(Logger.add(log))
        )
      )
      yield* pass("5 seconds")
      assert.isNotNull(stuck.unsafePoll())
      assert.lengthOf(errors, 1)
      assert.include(errors[0], String(order!.id))
    }).pipe(inMemory({ settings })))
})
