import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as AccountState from "../../src/AccountState.ts"
import type { Available, AvailableKnown } from "../../src/AccountView.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { inMemory, lost, opened, resting } from "../support/accountState.ts"
import { demoOn, served } from "../support/loopback.ts"
import { gather, inject, pass, settle } from "../support/market.ts"
import * as SteppedClock from "../support/steppedClock.ts"

const dollars = { currency: "USD" }

const send = (type: string, payload: unknown) => inject(Fault.UnknownAccountEvent.make({ type, payload }))

/** items of `calc` that the exchange has received */
const asked = Effect.map(
  Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.frames),
  (frames) =>
    frames.flatMap(({ json }) =>
      Array.isArray(json) && json[1] === "calc"
        ? (json[3] as ReadonlyArray<readonly [string]>).map(([item]) => item)
        : []
    )
)

const shown = (all: ReadonlyArray<Available>): ReadonlyArray<string> =>
  all.map((each) => each._tag === "Known" ? `${each.amount}` : each.reason._tag)

describe("AccountState.available", () => {
  it.scoped("requests the value, and again after an order that changes it", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const free = () => exchange.balance("exchange", "USD").available
      const before = free()
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 second")
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      assert.strictEqual(free(), before - 500)
      yield* exchange.cancel(order!.id)
      yield* pass("1 second")
      const known = all.filter((each): each is AvailableKnown => each._tag === "Known")
      assert.deepStrictEqual(known.map(({ amount }) => amount), [before, before - 500, before])
      // each change is shown as such before the new value
      assert.deepStrictEqual(shown(all), [
        "NotComputed",
        `${before}`,
        "NotComputed",
        `${before - 500}`,
        "NotComputed",
        `${before}`
      ])
      assert.deepStrictEqual(known.map(({ epoch }) => epoch), [1, 1, 1])
      assert.deepStrictEqual(yield* asked, Array.from({ length: 3 }, () => "wallet_exchange_USD"))
    }).pipe(inMemory()))

  it.scoped("`known` waits for the value; nothing is asked while nothing reads it", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const view = state.available(dollars)
      yield* pass("5 minutes")
      assert.deepStrictEqual(yield* asked, [])
      assert.deepStrictEqual(yield* view.current, { _tag: "Stale", reason: { _tag: "NotComputed" }, lastKnown: null })
      const known = yield* Effect.fork(view.known)
      yield* pass("1 second")
      assert.strictEqual((yield* Fiber.join(known)).amount, exchange.balance("exchange", "USD").available)
      assert.strictEqual((yield* view.current)._tag, "Known")
      yield* pass("1 minute")
      const old = yield* view.current
      assert(old._tag === "Stale" && old.reason._tag === "Expired" && old.lastKnown !== null)
      assert.lengthOf(yield* asked, 1)
    }).pipe(inMemory()))

  it.scoped("a value is renewed before it expires", () =>
    Effect.gen(function*() {
      const { state } = yield* opened
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("3 minutes")
      assert.deepStrictEqual(all.slice(1).map(({ _tag }) => _tag), all.slice(1).map(() => "Known"))
      assert.isAtMost((yield* asked).length, 8)
      assert.isAtLeast((yield* asked).length, 6)
    }).pipe(inMemory()))

  it.scoped("after a loss: stale at once, with the last amount under another name, and known again in the next login", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 second")
      const before = exchange.balance("exchange", "USD").available
      yield* lost(exchange.submit(resting))
      const stale = all.find((each) => each._tag === "Stale" && each.reason._tag === "Disconnected")
      assert(stale?._tag === "Stale")
      assert.strictEqual(stale.lastKnown?.amount, before)
      const now = all.at(-1)
      assert(now?._tag === "Known")
      assert.deepStrictEqual([now.amount, now.epoch], [before - 500, 2])
    }).pipe(inMemory()))

  it.scoped("orders of other currencies and wallets change nothing; those of a pair change both of its sides", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const bitcoin = yield* gather(state.available({ currency: "BTC" }).changes)
      const funding = yield* gather(state.available({ currency: "USD", type: "funding" }).changes)
      yield* pass("2 seconds")
      const [before, fundingBefore] = [bitcoin.length, funding.length]
      yield* exchange.submit(resting)
      yield* pass("2 seconds")
      assert.isAbove(bitcoin.length, before)
      assert.lengthOf(funding, fundingBefore)
      yield* exchange.offer({ type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.02", period: 2 })
      yield* pass("2 seconds")
      const now = funding.at(-1)
      assert(now?._tag === "Known")
      assert.strictEqual(now.amount, exchange.balance("funding", "USD").available)
      assert.lengthOf(funding, fundingBefore + 2)
    }).pipe(inMemory()))

  it.scoped("margin depends on positions", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const all = yield* gather(state.available({ currency: "USD", type: "margin" }).changes)
      yield* pass("1 second")
      yield* exchange.submit({ type: "MARKET", symbol: "tBTCUSD", amount: "0.01" })
      yield* pass("2 seconds")
      const now = all.at(-1)
      assert(now?._tag === "Known")
      assert.strictEqual(now.amount, exchange.balance("margin", "USD").available)
      assert.include(shown(all).slice(2), "NotComputed")
    }).pipe(inMemory()))

  it.scoped("a trade that comes before its order, and a position that changes, make the value stale", () =>
    Effect.gen(function*() {
      const { state } = yield* opened
      const exchange = yield* gather(state.available(dollars).changes)
      const margin = yield* gather(state.available({ currency: "USD", type: "margin" }).changes)
      yield* pass("2 seconds")
      const [first, second] = [exchange.length, margin.length]
      yield* send("te", [7, "tBTCUSD", 5, 9, 0.1, 1000, "EXCHANGE LIMIT", 1000, 1, null, null, null])
      yield* settle
      assert.deepStrictEqual(shown(exchange.slice(first)).slice(0, 1), ["NotComputed"])
      yield* pass("2 seconds")
      const third = margin.length
      const cells = [
        "tBTCUSD",
        "ACTIVE",
        0.1,
        1000,
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        5,
        1,
        1,
        null,
        0,
        null,
        0,
        0,
        null
      ]
      yield* send("pu", cells)
      yield* settle
      assert.deepStrictEqual(shown(margin.slice(third)).slice(0, 1), ["NotComputed"])
      assert.isAbove(third, second)
    }).pipe(inMemory()))

  it.scoped("many changes of many wallets ask for at most four values a second", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      for (const currency of ["USD", "BTC"]) yield* gather(state.available({ currency }).changes)
      yield* pass("2 seconds")
      const before = (yield* asked).length
      for (let k = 0; k < 100; k++) {
        yield* exchange.submit({ ...resting, amount: "0.001" })
        yield* pass("100 millis")
      }
      assert.isAtMost((yield* asked).length - before, 41)
      yield* pass("2 seconds")
      const now = yield* state.available(dollars).current
      assert(now._tag === "Known")
      assert.strictEqual(now.amount, exchange.balance("exchange", "USD").available)
    }).pipe(inMemory()))

  it.scoped("a lost answer: unanswered, requested again, and known", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      yield* inject(Fault.Lose.make({ counted: false, match: "account" }))
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 minute")
      assert.deepStrictEqual(shown(all).slice(0, 3), [
        "NotComputed",
        "Unanswered",
        `${exchange.balance("exchange", "USD").available}`
      ])
    }).pipe(inMemory()))

  it.scoped("an unreadable wallet or order: stale with the reason until it is repaired, then requested again", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 second")
      for (const [type, payload] of [["wu", ["exchange", "USD", "many", 0, "much"]], ["on", [1, "what"]]] as const) {
        const from = all.length
        yield* send(type, payload)
        yield* settle
        const stale = all.at(-1)
        assert(stale?._tag === "Stale" && stale.reason._tag === "Malformed", type)
        yield* pass("20 seconds")
        const now = all.at(-1)
        assert(now?._tag === "Known")
        assert.strictEqual(now.amount, exchange.balance("exchange", "USD").available)
        assert.include(shown(all.slice(from)), "Malformed")
      }
    }).pipe(inMemory()))

  it.scoped("a value that was not requested is not shown as current", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 second")
      yield* send("wu", ["exchange", "USD", 5, 0, 3, null, null])
      yield* settle
      assert.notInclude(shown(all), "3")
      yield* pass("1 second")
      const now = all.at(-1)
      assert(now?._tag === "Known")
      assert.strictEqual(now.amount, exchange.balance("exchange", "USD").available)
    }).pipe(inMemory()))

  it.scoped("during a maintenance it is stale", () =>
    Effect.gen(function*() {
      const { state } = yield* opened
      const all = yield* gather(state.available(dollars).changes)
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* settle
      assert.strictEqual(shown(all).at(-1), "NotLive")
      const before = (yield* asked).length
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("2 seconds")
      assert.strictEqual(all.at(-1)?._tag, "Known")
      // events in between may not have been reported
      assert.lengthOf(yield* asked, before + 1)
    }).pipe(inMemory()))

  it.scoped("after the process slept, it is requested again in the same login", () =>
    Effect.gen(function*() {
      const { clock, set } = yield* SteppedClock.make()
      yield* Effect.gen(function*() {
        const { state } = yield* opened
        const all = yield* gather(state.available(dollars).changes)
        yield* pass("1 second")
        const [before, from] = [(yield* asked).length, all.length]
        // the steady clock stood still meanwhile, so the value is not old by that
        set(3_600_000)
        yield* pass("8 seconds")
        assert.strictEqual(all[from]?._tag, "Stale")
        const now = all.at(-1)
        assert(now?._tag === "Known")
        assert.strictEqual(now.epoch, 1)
        assert.lengthOf(yield* asked, before + 1)
      }).pipe(inMemory(), Effect.withClock(clock))
    }))

  it.scoped("a wallet that does not exist is not zero, and is known once it exists", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const view = state.available({ currency: "ETH", type: "funding" })
      const all = yield* gather(view.changes)
      assert.deepStrictEqual(shown(all), ["NoWallet"])
      const error = yield* Effect.flip(view.known)
      assert(error._tag === "InvalidInput")
      assert.strictEqual(error.field, "currency")
      yield* exchange.deposit("funding", "ETH", 2)
      yield* pass("1 second")
      const now = all.at(-1)
      assert(now?._tag === "Known")
      assert.strictEqual(now.amount, 2)
    }).pipe(inMemory()))

  it.scoped("a wrong currency, or an unknown parameter, is refused before anything is sent", () =>
    Effect.gen(function*() {
      const state = yield* AccountState.AccountState
      const error = yield* Effect.flip(state.available({ currency: "fUSD" }).known)
      assert(error._tag === "InvalidInput")
      assert.strictEqual(error.field, "currency")
      // a parameter that does not exist would otherwise be answered with the balance of the exchange wallet
      const misspelled = { currency: "USD", wallet: "funding" }
      const unknown = yield* Effect.flip(state.available(misspelled).known)
      assert(unknown._tag === "InvalidInput")
      assert.strictEqual(unknown.field, "wallet")
      assert.lengthOf(yield* Effect.flatMap(FakeExchange.FakeExchange, ({ connections }) => connections), 0)
    }).pipe(inMemory()))

  for (const filter of [["wallet"], ["wallet", "trading-tBTCUSD"], ["trading"]] as const) {
    it.scoped(`a filter that hides changes is refused: ${filter.join(", ")}`, () =>
      Effect.gen(function*() {
        const state = yield* AccountState.AccountState
        const error = yield* Effect.flip(Stream.runDrain(state.available(dollars).changes))
        assert(error._tag === "InvalidInput")
        assert.strictEqual(error.field, "filter")
      }).pipe(inMemory({ account: { filter } })))
  }

  it.live("over real sockets, through a reconnection", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      yield* Effect.gen(function*() {
        const state = yield* AccountState.AccountState
        const account = yield* exchange.account("demo-key")
        const view = state.available(dollars)
        const until = (amount: () => number, epoch: number) =>
          view.changes.pipe(
            Stream.filter((now) => now._tag === "Known" && now.epoch === epoch && now.amount === amount()),
            Stream.runHead,
            Effect.timeout("8 seconds")
          )
        const free = () => account.balance("exchange", "USD").available
        const before = free()
        yield* until(free, 1)
        yield* account.submit(resting)
        yield* until(free, 1)
        assert.strictEqual(free(), before - 500)
        yield* exchange.inject(Fault.Drop.make({ code: 1006 }))
        yield* account.submit(resting)
        yield* until(free, 2)
        assert.strictEqual(free(), before - 1000)
      }).pipe(Effect.provide(demoOn(exchange)))
    }).pipe(served), 30_000)
})
