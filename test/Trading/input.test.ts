import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as AccountConnection from "../../src/AccountConnection.ts"
import { type CommandError, outcomeOf } from "../../src/BitfinexError.ts"
import * as Metrics from "../../src/Metrics.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { failureOf, gather, inject, pass, settle } from "../support/market.ts"
import { commandFrames, inMemory, live, resting, run } from "../support/trading.ts"

const error = <A, E>(exit: Exit.Exit<A, E> | null) => exit === null ? undefined : failureOf(exit)

const notification = (type: string, info: unknown, status: unknown, text: unknown = null) =>
  Fault.UnknownAccountEvent.make({ type: "n", payload: [1700000000000, type, null, null, info, null, status, text] })

/** an order's row in a notification */
const row = (cells: { readonly [at: number]: unknown }) => Array.from({ length: 32 }, (_, at) => cells[at] ?? null)

describe("Trading: input that is refused before anything is sent", () => {
  for (
    const [options, field] of [
      [{ gid: 7 }, "gid"],
      [{ within: 0 }, "within"],
      [{ within: "5 mins" }, "within"],
      [{ also: { all: false } }, "also"],
      [{ also: { gid: "7" } }, "also"]
    ] as ReadonlyArray<readonly [options: any, field: string]>
  ) {
    it.scoped(`cancelOnExit(${JSON.stringify(options)}) is a defect: orders that are meant would stay open`, () =>
      Effect.gen(function*() {
        const { trading } = yield* live
        const exit = yield* Effect.exit(Effect.scoped(trading.cancelOnExit(options)))
        const defect = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.dieOption(exit.cause)) : undefined
        assert.deepInclude(defect, { _tag: "InvalidInput", field })
      }).pipe(inMemory()))
  }

  it.scoped("wrong arguments, each by the name of the wrong field", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const cases: ReadonlyArray<readonly [command: Effect.Effect<unknown, any>, field: string]> = [
        [trading.submitOrder(null as any), "type"],
        [trading.submitOrder({ ...resting, amount: 0 }), "amount"],
        [trading.submitOrder({ ...resting, price: 10000.123 }), "price"],
        [trading.submitOrder({ ...resting, cid: 2 ** 46 }), "cid"],
        [trading.updateOrder({ price: 5 } as any), "id"],
        [trading.updateOrder({ id: 5, cid: 1, cidDate: "2024-01-01", price: 5 } as any), "id"],
        [trading.updateOrder({ id: 5, amount: 1, delta: 1 }), "delta"],
        [trading.cancelOrder({ id: 5, cid: 1, cidDate: "2024-01-01" } as any), "cidDate"],
        [trading.cancelOrder({} as any), "id"],
        [trading.cancelOrders({} as any), "id"],
        // each would otherwise mean all orders, or none
        [trading.cancelOpenOrders({ all: false } as any), "which"],
        [trading.cancelOpenOrders({ all: true, gid: 7 } as any), "which"],
        [trading.cancelOpenOrders({ gid: undefined } as any), "which"],
        [trading.cancelOpenOrders({ symbol: "BTCUSD" } as any), "which"],
        [trading.cancelOpenOrders({ id: [5] } as any), "which"],
        [trading.cancelOpenOrders({ gid: 7 }, { watched: false } as any), "watched"],
        // found after the order was sent, they would lose its outcome
        [trading.submitOrderResolved(resting, { within: "5 mins" as any }), "within"],
        [trading.submitOrderResolved(resting, { within: Number.NaN }), "within"],
        [trading.submitOrderResolved(resting, { wihtin: "5 minutes" } as any), "wihtin"],
        [trading.replaceOrder({ id: 5, order: resting }, { within: "5 mins" as any }), "within"],
        // nothing would be cancelled
        [trading.cancelOpenOrders({ gid: 7 }, { within: 0 }), "within"],
        [trading.cancelOrders({ id: [5], all: true } as any), "all"],
        [trading.cancelOrders({ id: [] }), "id"],
        [trading.orderMultiOp({ ops: [] }), "ops"],
        [trading.orderMultiOp({ ops: Array.from({ length: 16 }, () => ["oc", { id: 1 }] as const) }), "ops"],
        [trading.orderMultiOp({ ops: [["oc", { id: 1, cid: 2, cidDate: "2024-01-01" }]] as any }), "ops"],
        [trading.orderMultiOp({ ops: "oc" } as any), "ops"],
        [trading.submitFundingOffer({ type: "LIMIT", symbol: "fUSD", amount: 100, rate: 0.1, period: 1 }), "period"],
        [trading.cancelFundingOffer({} as any), "id"],
        [trading.calc([]), "items"],
        [trading.calc(["position_BTCUSD" as any]), "items"],
        [trading.calc(Array.from({ length: 31 }, () => "balance" as const)), "items"],
        [trading.notify({ type: "ucm-x", info: Number.NaN }), "info"],
        [trading.notify({ type: "ucm-x", info: { deep: [1n] } }), "info"],
        [trading.notify({ type: "ucm-x", info: () => 1 }), "info"],
        [trading.notify({ type: "ucm-x" } as any), "info"],
        [trading.notify({ type: "on-req", info: 1 } as any), "type"]
      ]
      for (const [command, field] of cases) {
        const refused = error(yield* run(command))
        assert.strictEqual(refused?._tag, "InvalidInput", field)
        assert.strictEqual(refused.field, field)
        assert.isAbove(refused.reason.length, 5)
      }
      assert.lengthOf(yield* commandFrames(), 0)
    }).pipe(inMemory()))

  it.scoped("a key without the permission", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const refused = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(refused?._tag, "PermissionMissing")
      assert.include(refused?.message, "orders.write")
      const terms = { type: "LIMIT", symbol: "fUSD", amount: 100, rate: 0.1, period: 2 } as const
      assert.include(error(yield* run(trading.submitFundingOffer(terms)))?.message, "funding.write")
      assert.lengthOf(yield* commandFrames(), 0)
    }).pipe(inMemory({
      accounts: [{
        key: "demo-key",
        secret: "demo-secret",
        permissions: {
          orders: { read: true },
          positions: { read: true },
          wallets: { read: true },
          funding: { read: true }
        }
      }]
    })))

  it.scoped("a login whose filter hides the answers", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const refused = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(refused?._tag, "InvalidInput")
      assert.include(refused?.message, "notify")
      assert.lengthOf(yield* commandFrames(), 0)
    }).pipe(inMemory({ account: { filter: ["trading", "wallet"] } })))

  it.scoped("a login whose filter hides the symbol: a notification would answer, and nothing would show the order", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const other = { ...resting, symbol: "tETHUSD" } as const
      const terms = { type: "LIMIT", symbol: "fUSD", amount: 100, rate: 0.1, period: 2 } as const
      for (
        const [command, symbol] of [
          [trading.submitOrder(other), "tETHUSD"],
          [trading.orderMultiOp({ ops: [["on", resting], ["on", other]] }), "tETHUSD"],
          [trading.submitFundingOffer(terms), "fUSD"]
        ] as const
      ) {
        const refused = error(yield* run<unknown, CommandError, never>(command))
        assert.isTrue(refused?._tag === "InvalidInput" && refused.field === "filter", String(refused))
        assert.include(refused?.message, `-${symbol}`)
      }
      assert.lengthOf(yield* commandFrames(), 0)
      assert.isTrue(Exit.isSuccess((yield* run(trading.submitOrder(resting)))!))
    }).pipe(inMemory({ account: { filter: ["trading-tBTCUSD", "funding-fBTC", "notify"] } })))

  it.scoped("maintenance, until it is over", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* settle
      const refused = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(refused?._tag, "Maintenance")
      assert.lengthOf(yield* commandFrames(), 0)
    }).pipe(inMemory()))

  it.scoped("orders beyond the budget, which is readable", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      assert.strictEqual(yield* trading.orderBudgetRemaining, 3)
      for (let k = 0; k < 3; k++) assert.isTrue(Exit.isSuccess((yield* run(trading.submitOrder(resting)))!))
      assert.strictEqual(yield* trading.orderBudgetRemaining, 0)
      const refused = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(refused?._tag, "RateLimited")
      assert.strictEqual(refused?._tag === "RateLimited" ? refused.outcome : undefined, "unsent")
      assert.lengthOf(yield* commandFrames("on"), 3)
      // a wait that the deadline allows is waited for
      yield* pass("55 seconds")
      assert.isTrue(Exit.isSuccess((yield* run(trading.submitOrder(resting), "11 seconds"))!))
    }).pipe(inMemory({ settings: { account: { orderLimit: { count: 3, per: "60 seconds" } } } })))
})

describe("Trading: before, between and after logins", () => {
  it.scoped("a command before the first login waits for it, and no longer than its deadline", () =>
    Effect.gen(function*() {
      const trading = yield* Trading.Trading
      yield* inject(Fault.IgnoreLogin.make({ times: 1 }))
      const placed = yield* Effect.fork(trading.submitOrder(resting))
      yield* pass("4 seconds")
      assert.lengthOf(yield* commandFrames(), 0)
      yield* pass("5 seconds")
      assert.isTrue(Exit.isSuccess(placed.unsafePoll()!))
    }).pipe(inMemory()))

  it.scoped("without a login in time nothing is sent, then or later", () =>
    Effect.gen(function*() {
      const trading = yield* Trading.Trading
      yield* inject(Fault.IgnoreLogin.make({ times: 3 }))
      const exit = yield* run(trading.submitOrder(resting), "11 seconds")
      const closed = error(exit)
      assert.strictEqual(closed?._tag, "ConnectionClosed")
      assert.strictEqual(outcomeOf(closed!), "unsent")
      yield* pass("1 minute")
      assert.lengthOf(yield* commandFrames(), 0)
    }).pipe(inMemory()))

  it.scoped("a refused login is the command's failure", () =>
    Effect.gen(function*() {
      const trading = yield* Trading.Trading
      yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid", times: 10 }))
      assert.strictEqual(error(yield* run(trading.submitOrder(resting)))?._tag, "AuthenticationFailed")
    }).pipe(inMemory()))

  it.scoped("once a login was lost commands fail at once, until there is another one", () =>
    Effect.gen(function*() {
      const { account, trading } = yield* live
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      const closed = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(closed?._tag, "ConnectionClosed")
      assert.isTrue(closed?.isRetryable && outcomeOf(closed) === "unsent")
      const later = yield* Effect.fork(Effect.zipRight(account.login, trading.submitOrder(resting)))
      yield* pass("2 seconds")
      const placed = later.unsafePoll()
      assert.isTrue(placed !== null && Exit.isSuccess(placed) && placed.value.epoch === 2)
      assert.lengthOf(yield* commandFrames("on"), 1)
    }).pipe(inMemory()))

  it.scoped("after the user closed the connection as well", () =>
    Effect.gen(function*() {
      const { account, trading, venue } = yield* live
      yield* inject(Fault.LoseNotification.make({}))
      yield* account.close(1000, "enough")
      yield* settle
      const closed = error(yield* run(trading.submitOrder(resting)))
      assert.strictEqual(closed?._tag, "ConnectionClosed")
      assert.include(closed?.message, "enough")
      yield* pass("1 minute")
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory()))

  it.scoped("the outcome of an interrupted command is still resolved", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const found = yield* gather(trading.resolutions)
      yield* inject(Fault.Delay.make({ millis: 60_000 }))
      const fiber = yield* Effect.fork(trading.submitOrder(resting))
      yield* settle
      yield* Fiber.interrupt(fiber)
      yield* pass("5 seconds")
      assert.deepStrictEqual(
        found.map(({ outcome, unknown }) => [unknown.reason.includes("interrupted"), outcome._tag]),
        [
          [true, "Placed"]
        ]
      )
    }).pipe(inMemory()))
})

describe("Trading: messages that answer nothing", () => {
  it.scoped("a notification with nulls everywhere, and a row too short, answer nothing: the order itself does", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.UnknownAccountEvent.make({ type: "n", payload: Array.from({ length: 8 }, () => null) }))
      yield* inject(Fault.MalformedAccountEvent.make({ type: "n", how: "short" }))
      const placed = yield* run(trading.submitOrder(resting))
      assert.strictEqual(placed !== null && Exit.isSuccess(placed) ? placed.value.by : placed, "on")
      yield* inject(Fault.MalformedAccountEvent.make({ type: "n", how: "notRow" }))
      yield* inject(Fault.MalformedAccountEvent.make({ type: "on", how: "short" }))
      const unread = error(yield* run(trading.submitOrder(resting), "11 seconds"))
      assert.strictEqual(unread?._tag, "OutcomeUnknown")
    }).pipe(inMemory()))

  it.scoped("nulls under our own cid, and an unknown status, prove nothing", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.Delay.make({ millis: 60_000 }))
      const fiber = yield* Effect.fork(trading.submitOrder({ ...resting, cid: 1234 }))
      yield* settle
      yield* inject(Fault.Delay.make({ millis: 0 }))
      yield* inject(notification("on-req", row({ 2: 1234 }), "SUCCESS"))
      yield* inject(notification("on-req", row({ 2: 1234 }), null))
      yield* inject(notification("on-req", row({ 2: 1234 }), "PERHAPS", "who knows"))
      yield* pass("5 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* pass("6 seconds")
      assert.strictEqual(error(fiber.unsafePoll())?._tag, "OutcomeUnknown")
    }).pipe(inMemory()))

  it.scoped("events of unknown type pass by", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* inject(Fault.UnknownAccountEvent.make({ type: "zz", payload: [1, 2] }))
      assert.isTrue(Exit.isSuccess((yield* run(trading.submitOrder(resting)))!))
    }).pipe(inMemory()))

  it.scoped("an error that names nothing refuses no command, not even the only one in flight", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const refusal = Fault.Send.make({ text: JSON.stringify({ event: "error", msg: "auth: invalid", code: 10100 }) })
      // there is no such position, so nothing answers
      const first = yield* Effect.fork(trading.calc(["position_tBTCUSD"]))
      yield* settle
      yield* inject(refusal)
      yield* pass("9 seconds")
      assert.isNull(first.unsafePoll())
      yield* pass("2 seconds")
      assert.strictEqual(error(first.unsafePoll())?._tag, "OutcomeUnknown")
      assert.include(error(first.unsafePoll())?.message, "auth: invalid")
      const both = yield* Effect.fork(Effect.all([
        Effect.flip(trading.calc(["position_tBTCUSD"])),
        Effect.flip(trading.calc(["position_tBTCUSD"]))
      ], { concurrency: 2 }))
      yield* settle
      yield* inject(refusal)
      yield* pass("11 seconds")
      const exit = both.unsafePoll()
      assert.deepStrictEqual(
        exit !== null && Exit.isSuccess(exit) ? exit.value.map(({ _tag }) => _tag) : exit,
        ["OutcomeUnknown", "OutcomeUnknown"]
      )
    }).pipe(inMemory()))
})

describe("Trading.calc and notify", () => {
  it.scoped("computed records are in the order of the items, null for an item that does not exist", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const exit = yield* run(
        trading.calc(["balance", "wallet_exchange_BTC", "position_tBTCUSD", "margin_base", "funding_sym_fUSD"]),
        "11 seconds"
      )
      assert.isTrue(exit !== null && Exit.isSuccess(exit))
      if (exit === null || Exit.isFailure(exit)) return
      const [balance, wallet, position, margin, funding] = exit.value as ReadonlyArray<any>
      assert.isNumber(balance.aum)
      assert.isNumber(wallet.availableBalance)
      assert.isNull(position)
      assert.strictEqual(margin.key, "base")
      assert.strictEqual(funding.symbol, "fUSD")
      assert.strictEqual(error(yield* run(trading.calc(["position_tBTCUSD"]), "11 seconds"))?._tag, "OutcomeUnknown")
    }).pipe(inMemory()))

  it.scoped("no more than eight items a second are requested", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const items = Array.from({ length: 20 }, () => "balance" as const)
      const fiber = yield* Effect.fork(trading.calc(items))
      yield* settle
      const asked = Effect.map(commandFrames("calc"), (frames) => frames.map(({ body }) => body.length))
      assert.deepStrictEqual(yield* asked, [8])
      yield* pass("1 second")
      assert.deepStrictEqual(yield* asked, [8, 8])
      yield* pass("1 second")
      assert.deepStrictEqual(yield* asked, [8, 8, 4])
      yield* pass("1 second")
      const exit = fiber.unsafePoll()
      assert.strictEqual(exit !== null && Exit.isSuccess(exit) ? exit.value.length : 0, 20)
    }).pipe(inMemory()))

  it.scoped("a message reaches all connections of the user, and theirs reach us", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const mine = yield* gather(trading.userNotifications)
      // a second program of the same user
      const second = yield* AccountConnection.makeSession()
      const other = yield* Effect.provideService(Trading.make(), AccountConnection.AccountSession, second)
      const theirs = yield* gather(other.userNotifications)
      yield* pass("1 second")
      const info = { text: "rebalance", levels: [1, null, "x"] }
      const sent = yield* run(trading.notify({ type: "ucm-plan", info }))
      assert.isTrue(sent !== null && Exit.isSuccess(sent))
      yield* settle
      assert.deepStrictEqual(theirs.map(({ info, type }) => ({ info, type })), [{ type: "ucm-plan", info }])
      yield* run(other.notify({ type: "ucm-ok", info: null }))
      yield* settle
      // the first is our own, which the venue also sends to the sender
      assert.deepStrictEqual(mine.map(({ type }) => type), ["ucm-plan", "ucm-ok"])
      // a command of the other one is not ours, and its order is no answer to ours
      const [a, b] = yield* Effect.all([run(trading.submitOrder(resting)), run(other.submitOrder(resting))])
      assert.isTrue(a !== null && b !== null && Exit.isSuccess(a) && Exit.isSuccess(b) && a.value.id !== b.value.id)
    }).pipe(inMemory()))

  it.scoped("outcomes and latency are counted", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const count = Metric.value(
        Metrics.metrics.commandOutcomes.metric.pipe(
          Metric.tagged("command", "Trading.submitOrder"),
          Metric.tagged("outcome", "accepted")
        )
      )
      const before = (yield* count).count
      yield* run(trading.submitOrder(resting))
      assert.strictEqual((yield* count).count, before + 1)
    }).pipe(inMemory()))
})
