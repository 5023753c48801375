import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import type { Resolution } from "../../src/Command.ts"
import type * as RateLimiter from "../../src/RateLimiter.ts"
import type * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { begin, failureOf, gather, inject, pass, settle } from "../support/market.ts"
import { commandFrames, crossing, inMemory, leaving, live, reported, resting, settings } from "../support/trading.ts"

/** a notification that refuses, and names nothing */
const stray = (text: string) =>
  Fault.Send.make({ text: JSON.stringify([0, "n", [1, "on-req", null, null, null, null, "ERROR", text]]) })

const tagOf = (exit: Exit.Exit<{ readonly by?: string }, { readonly _tag: string }> | null): string =>
  exit === null ? "pending" : Exit.isSuccess(exit) ? `accepted by ${exit.value.by}` : String(failureOf(exit)?._tag)

describe("an order whose path stalls", () => {
  it.scoped(
    "is not seen, never 'never placed'; one that arrives later brings its cancellation along",
    () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
        yield* inject(Fault.Stall.make({ millis: 60_000 }))
        const ended = yield* begin(trading.submitOrder(resting))
        yield* pass("2100 millis")
        assert.strictEqual(tagOf(ended()), "OutcomeUnknown")
        yield* pass("20 seconds")
        assert.deepStrictEqual(reported(resolutions), ["NotSeen"])
        assert.deepStrictEqual((yield* trading.exposure).orders.map(({ amount, state }) => [state, amount]), [
          ["notSeen", 0.01]
        ])
        assert.lengthOf(venue.orders(), 0)
        // the bytes are delivered: the order is placed, and its cancellation is right behind it
        yield* pass("40 seconds")
        assert.lengthOf(venue.orders(), 0)
        assert.deepStrictEqual(venue.ordersHistory().map(({ status }) => status), ["CANCELED"])
        yield* pass("5 minutes")
        assert.deepStrictEqual(reported(resolutions), ["NotSeen", "late Cancelled"])
        assert.deepStrictEqual((yield* trading.exposure).orders, [])
      }).pipe(inMemory({ settings, tick: 1000, isBeyondReset: true })),
    60_000
  )

  it.scoped("the reset of its socket discards the bytes that the venue has not read", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      yield* inject(Fault.Stall.make({ millis: 60_000 }))
      yield* begin(trading.submitOrder(resting))
      yield* pass("3 minutes")
      assert.deepStrictEqual(reported(resolutions), ["NotSeen"])
      assert.lengthOf([...venue.orders(), ...venue.ordersHistory()], 0)
    }).pipe(inMemory({ settings, tick: 1000 })), 60_000)

  it.scoped("is watched for, and counts as one that may be live, for `orderWatch`", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      yield* inject(Fault.Stall.make({ millis: 60_000 }))
      yield* begin(trading.submitOrder(resting))
      yield* pass("22 seconds")
      assert.deepStrictEqual(reported(resolutions), ["NotSeen"])
      yield* pass("40 seconds")
      assert.deepStrictEqual((yield* trading.exposure).orders.map(({ state }) => state), ["notSeen"])
      yield* pass("30 seconds")
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(
      inMemory({ settings: { ...settings, account: { ...settings.account, orderWatch: "64 seconds" } }, tick: 1000 })
    ))

  it.scoped("nothing more is sent on that path, and the socket is replaced", () =>
    Effect.gen(function*() {
      const { account, trading } = yield* live
      yield* inject(Fault.Stall.make({ millis: 60_000, connection: 1 }))
      const first = yield* begin(trading.submitOrder(resting))
      yield* pass("2100 millis")
      const second = yield* begin(trading.submitOrder(resting))
      assert.strictEqual(tagOf(first()), "OutcomeUnknown")
      const error = failureOf(second()!)
      assert.isTrue(error?._tag === "ConnectionClosed" && error.outcome === "unsent", String(error))
      yield* pass("5 seconds")
      assert.strictEqual((yield* account.login).epoch, 2)
      assert.strictEqual(tagOf((yield* begin(trading.submitOrder(resting)))()), "accepted by on-req")
    }).pipe(inMemory({ settings })))

  it.scoped("with `keep` a late order stays, and is published", () =>
    Effect.gen(function*() {
      const { venue } = yield* live
      const kept = yield* Trading.make({ onLate: "keep" })
      const resolutions = yield* gather<Resolution, never, never>(kept.resolutions)
      yield* inject(Fault.Stall.make({ millis: 30_000 }))
      yield* begin(kept.submitOrder(resting))
      yield* pass("31 seconds")
      assert.lengthOf(venue.orders(), 1)
      yield* pass("2 minutes")
      assert.deepStrictEqual(reported(resolutions), ["NotSeen", "late Placed"])
      assert.lengthOf(venue.orders(), 1)
      const exposure = yield* kept.exposure
      assert.deepStrictEqual(exposure.orders.map(({ ids, state }) => ({ ids, state })), [
        { ids: [venue.orders()[0]!.id], state: "accepted" }
      ])
    }).pipe(inMemory({ settings, tick: 1000, isBeyondReset: true })), 60_000)

  it.scoped("a late order without its cancellation is cancelled when it appears", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      // lost without a close frame, placed, and shown long after the reading that should have shown it
      yield* inject(Fault.ShowLate.make({ millis: 30_000 }))
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      yield* begin(trading.submitOrder(resting))
      yield* pass("10 seconds")
      assert.deepStrictEqual(reported(resolutions), ["NotSeen"])
      yield* pass("2 minutes")
      assert.deepStrictEqual(reported(resolutions), ["NotSeen", "late Placed", "late Cancelled"])
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings, tick: 1000 })), 60_000)
})

describe("an order that the venue does not answer", () => {
  it.scoped("was never placed, once the pong after it has arrived and two readings show none", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      // the gateway drops the command, and answers all else
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      const ended = yield* begin(trading.submitOrder(resting))
      yield* pass("2100 millis")
      assert.strictEqual(tagOf(ended()), "OutcomeUnknown")
      yield* pass("4 seconds")
      assert.deepStrictEqual(reported(resolutions), ["NeverPlaced"])
      assert.deepStrictEqual((yield* trading.exposure).orders, [])
    }).pipe(inMemory({ settings })))

  it.scoped("was executed, but its row among past orders cannot be decoded: it is neither never placed nor not seen", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      for (const how of ["nullStatus", "textAmount"] as const) {
        yield* inject(Fault.HttpFault.make({
          match: "/hist",
          millis: 20_000,
          reply: { _tag: "unreadableRow", how, which: "first" }
        }))
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed", code: 1001 }))
        yield* begin(trading.submitOrder(crossing))
        yield* pass("20 seconds")
      }
      assert.deepStrictEqual(reported(resolutions), ["Unresolvable", "Unresolvable"])
      assert.deepStrictEqual((yield* trading.exposure).orders.map(({ state }) => state), ["unknown", "unknown"])
      // a row that shows another cid hides nothing
      assert.lengthOf(venue.ordersHistory(), 2)
      yield* inject(Fault.HttpFault.make({
        match: "orders",
        millis: 20_000,
        // the same row in each page: one that was readable in the page before makes the next page incomplete
        reply: { _tag: "unreadableRow", how: "textAmount", which: "last" }
      }))
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      yield* begin(trading.submitOrder(resting))
      yield* pass("20 seconds")
      assert.include(reported(resolutions), "NeverPlaced")
    }).pipe(inMemory({ settings })))

  it.scoped("was never placed after a close frame with a code, and is not seen after 1006", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const resolutions = yield* gather<Resolution, never, never>(trading.resolutions)
      for (const code of [1001, 1006]) {
        yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
        yield* begin(trading.submitOrder(resting))
        yield* inject(Fault.Drop.make({ code }))
        yield* pass("6 seconds")
      }
      assert.deepStrictEqual(reported(resolutions), ["NeverPlaced", "NotSeen"])
    }).pipe(inMemory({ settings })))

  it.scoped("that is answered in time costs no ping", () =>
    Effect.gen(function*() {
      const { exchange, trading } = yield* live
      yield* begin(trading.submitOrder(resting))
      yield* pass("1 second")
      const pings = (yield* exchange.frames).filter(({ json }) =>
        (json as { readonly event?: string; readonly cid?: number }).event === "ping"
        && (json as { readonly cid: number }).cid >= 1e9
      )
      assert.deepStrictEqual(pings, [])
    }).pipe(inMemory({ settings })))
})

describe("a refusal that concerns another program", () => {
  for (const as of ["null", "empty", "other", "equal", "error"] as const) {
    it.scoped(`${as}: the order is accepted, since it was placed`, () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        yield* inject(Fault.StrayAnswer.make({ as, input: "on" }))
        yield* inject(Fault.ShowLate.make({ millis: 1500, where: "socket" }))
        const ended = yield* begin(trading.submitOrder(resting))
        yield* pass("1900 millis")
        assert.match(tagOf(ended()), /^accepted by (rest|on-req|on)$/)
        assert.lengthOf(venue.orders(), 1)
      }).pipe(inMemory({ settings })))
  }

  it.scoped("one under an equal cid of yours, with equal terms, is taken for yours: the order is cancelled at exit", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const { close, orders, reports } = yield* leaving(trading)
      yield* inject(Fault.StrayAnswer.make({ as: "equalCid", input: "on", text: "Invalid price." }))
      const ended = yield* begin(orders.submitOrder({ ...resting, cid: 7 }))
      assert.strictEqual(tagOf(ended()), "InvalidOrder")
      assert.lengthOf(venue.orders(), 1)
      yield* begin(close)
      yield* pass("2 seconds")
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports, ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("with a status of success under an equal cid, and another symbol, it is not the acceptance", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      const ended = yield* begin(trading.submitOrder({ ...resting, cid: 7 }))
      const row = Object.assign(Array(32).fill(null), [99, null, 7, "tETHUSD", 1, 1, 0.01, 0.01])
      yield* inject(Fault.Send.make({
        text: JSON.stringify([0, "n", [1, "on-req", null, null, row, null, "SUCCESS", "Submitted"]])
      }))
      yield* pass("2100 millis")
      assert.strictEqual(tagOf(ended()), "OutcomeUnknown")
    }).pipe(inMemory({ settings })))

  it.scoped("REST shows the order at once, ahead of its own answer", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.StrayAnswer.make({ as: "empty", input: "on" }))
      yield* inject(Fault.ShowLate.make({ millis: 60_000, where: "socket" }))
      const ended = yield* begin(trading.submitOrder(resting))
      yield* pass("500 millis")
      assert.strictEqual(tagOf(ended()), "accepted by rest")
    }).pipe(inMemory({ settings })))

  it.scoped("leaves the outcome unknown at the deadline, with its text, if nothing else arrives", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      const ended = yield* begin(trading.submitOrder(resting))
      yield* inject(stray("Invalid price."))
      yield* pass("1900 millis")
      assert.strictEqual(tagOf(ended()), "pending")
      yield* pass("200 millis")
      const error = failureOf(ended()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error?.message, "Invalid price.")
    }).pipe(inMemory({ settings })))

  it.scoped("of a cancellation: an order that REST shows as ended is cancelled", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* begin(trading.submitOrder(resting))
      const { id } = venue.orders()[0]!
      yield* inject(Fault.StrayAnswer.make({ as: "empty", input: "oc", text: "Order not found." }))
      const ended = yield* begin(trading.cancelOrder({ id }))
      yield* pass("500 millis")
      assert.match(tagOf(ended()), /^accepted by (rest|oc|oc-req)$/)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("the socket of an account", () => {
  it.scoped("a second acknowledgement of the login, or two of a channel 0, leave the command in flight", () =>
    Effect.gen(function*() {
      const { exchange, trading } = yield* live
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 500 }))
      const ended = yield* begin(trading.submitOrder(resting))
      const channel = { event: "subscribed", channel: "ticker", chanId: 0, symbol: "tBTCUSD", pair: "BTCUSD" }
      for (const frame of [{ event: "auth", status: "OK", chanId: 0, userId: 1 }, channel, channel]) {
        yield* inject(Fault.Send.make({ text: JSON.stringify(frame) }))
      }
      yield* pass("600 millis")
      assert.match(tagOf(ended()), /^accepted/)
      assert.lengthOf(yield* exchange.connections, 1)
      const next = yield* begin(trading.submitOrder({ ...resting, price: 9000 }))
      assert.match(tagOf(next()), /^accepted/)
    }).pipe(inMemory({ settings })))

  it.scoped("is replaced within 20 s when it does not answer a ping, although heartbeats continue", () =>
    Effect.gen(function*() {
      const { exchange } = yield* live
      yield* inject(Fault.MutePong.make({ of: "event" }))
      yield* pass("20 seconds")
      assert.lengthOf(yield* exchange.connections, 2)
    }).pipe(inMemory({ settings })))
})

describe("one cid on two submissions", () => {
  it.scoped("the second is refused unsent while the first is not settled, and is another order afterwards", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      yield* begin(trading.submitOrder({ ...resting, cid: 7 }))
      yield* pass("2100 millis")
      const again = failureOf((yield* begin(trading.submitOrder({ ...resting, cid: 7 })))()!)
      assert.isTrue(again?._tag === "InvalidInput" && again.field === "cid", String(again))
      yield* pass("4 seconds")
      assert.strictEqual(tagOf((yield* begin(trading.submitOrder({ ...resting, cid: 7 })))()), "accepted by on-req")
      const refused = failureOf(
        (yield* begin(trading.submitOrder({ ...resting, amount: "1000000", cid: 7 })))()!
      )
      assert.isTrue(refused !== undefined && refused._tag !== "OutcomeUnknown")
      assert.lengthOf(venue.orders(), 1)
    }).pipe(inMemory({ settings })))

  it.scoped("a batch cannot have two of one cid", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const order = { ...resting, cid: 7 }
      const error = failureOf((yield* begin(trading.orderMultiOp({ ops: [["on", order], ["on", order]] })))()!)
      assert.isTrue(error?._tag === "InvalidInput" && error.field === "cid", String(error))
      assert.lengthOf(yield* commandFrames("ox_multi"), 0)
    }).pipe(inMemory({ settings })))
})

describe("a layer that is released", () => {
  it.scoped("ends commands in flight at once, as unknown", () =>
    Effect.gen(function*() {
      yield* live
      const scope = yield* Scope.make()
      const context = yield* Effect.context<
        AccountConnection.AccountConnection | RestAuthClient.RestAuthClient | RateLimiter.RateLimiter
      >()
      const own = yield* Trading.make().pipe(Scope.extend(scope), Effect.provide(context))
      yield* inject(Fault.SlowCommand.make({ input: "on", millis: 86_400_000 }))
      const ended = yield* begin(own.submitOrder(resting))
      assert.strictEqual(tagOf(ended()), "pending")
      yield* Scope.close(scope, Exit.void)
      yield* settle
      const error = failureOf(ended()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error?.message, "released")
      const late = failureOf((yield* begin(own.submitOrder(resting)))()!)
      assert.strictEqual(late?._tag, "ConnectionClosed")
    }).pipe(inMemory({ settings })))
})

describe("Trading.replaceOrder", () => {
  const first = Effect.gen(function*() {
    const { trading, venue } = yield* live
    yield* begin(trading.submitOrder({ ...resting, amount: "0.1" }))
    return { trading, venue, id: venue.orders()[0]!.id }
  })

  it.scoped("submits the second for the amount that the first has not executed, after its end", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      yield* venue.fill(id, 0.03)
      const ended = yield* begin(trading.replaceOrder({ id, order: { ...resting, amount: "0.1", price: 11000 } }))
      yield* pass("5 seconds")
      const exit = ended()
      assert.isTrue(exit !== null && Exit.isSuccess(exit) && exit.value._tag === "Replaced")
      if (exit === null || Exit.isFailure(exit) || exit.value._tag !== "Replaced") return
      assert.strictEqual(exit.value.executed, 0.03)
      assert.strictEqual(exit.value.ended.id, id)
      assert.deepStrictEqual(venue.orders().map(({ amount, price }) => [amount, price]), [[0.07, 11000]])
    }).pipe(inMemory({ settings })))

  it.scoped("submits nothing when the first was filled meanwhile, also under the other rule for amounts", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      yield* inject(Fault.OriginalAmount.make({ rule: "first" }))
      yield* begin(trading.updateOrder({ id, amount: "0.2" }))
      yield* venue.fill(id)
      const ended = yield* begin(trading.replaceOrder({ id, order: { ...resting, amount: "0.2", price: 11000 } }))
      yield* pass("10 seconds")
      const exit = ended()
      assert.isTrue(exit !== null && Exit.isSuccess(exit) && exit.value._tag === "NothingLeft", String(exit))
      if (exit !== null && Exit.isSuccess(exit)) assert.strictEqual(exit.value.executed, 0.2)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("submits nothing while the end of the first is not proven", () =>
    Effect.gen(function*() {
      const { id, trading, venue } = yield* first
      yield* inject(Fault.DropOnCommand.make({ input: "oc", point: "received" }))
      const ended = yield* begin(
        trading.replaceOrder({ id, order: { ...resting, amount: "0.1", price: 11000 } }, { within: "5 seconds" })
      )
      yield* pass("8 seconds")
      const error = failureOf(ended()!)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.deepStrictEqual(venue.orders().map((order) => order.id), [id])
    }).pipe(inMemory({ settings })))

  it.scoped("an order that does not exist is not replaced", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const ended = yield* begin(trading.replaceOrder({ id: 1, order: resting }))
      yield* pass("5 seconds")
      assert.strictEqual(failureOf(ended()!)?._tag, "OrderNotFound")
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("listeners", () => {
  it.scoped("resolved outcomes leave none behind", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const session = yield* AccountConnection.AccountSession
      let listeners = 0
      const subscribe = session.subscribe
      Object.assign(session, {
        subscribe: (...args: Parameters<typeof subscribe>) => {
          listeners++
          const stop = subscribe(...args)
          return () => {
            listeners--
            stop()
          }
        }
      })
      for (let k = 0; k < 3; k++) {
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
        yield* begin(trading.submitOrderResolved(resting))
        yield* pass("5 seconds")
      }
      yield* begin(Effect.scoped(Stream.runDrain(Stream.take(trading.submitOrderStream(resting), 1))))
      yield* pass("1 second")
      assert.strictEqual(listeners, 0)
    }).pipe(inMemory({ settings })))
})
