import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { agrees, inMemory, lost, only, opened, resting, tags } from "../support/accountState.ts"
import { pass } from "../support/market.ts"

describe("AccountState: events missed while disconnected", () => {
  it.scoped("at the first login there are no missed events, and the views equal the exchange's state", () =>
    Effect.gen(function*() {
      const { away, exchange, state, trades } = yield* opened
      yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* agrees(state, exchange)
      assert.deepStrictEqual(away, [{ _tag: "CaughtUp", epoch: 1, isComplete: true }])
      assert.deepStrictEqual(trades, [])
    }).pipe(inMemory()))

  it.scoped("an order that was filled: Filled, with its fills, which are also delivered as trades, once", () =>
    Effect.gen(function*() {
      const { away, exchange, final, problems, state, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* lost(Effect.zipRight(exchange.fill(order!.id, 0.2), exchange.fill(order!.id)))
      const [filled, ...others] = only(away, "OrderFilled")
      assert(filled !== undefined)
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(problems, [])
      assert.strictEqual(filled.before?.amount, 0.5)
      assert.strictEqual(filled.order.amount, 0)
      assert.isTrue(filled.isComplete)
      assert.deepStrictEqual(filled.fills.map(({ execAmount }) => execAmount), [0.2, 0.3])
      assert.deepStrictEqual(filled.fills, exchange.trades())
      assert.deepStrictEqual(trades.map(({ trade }) => trade), exchange.trades())
      assert.deepStrictEqual(final.map(({ trade }) => trade), exchange.trades())
      assert.deepStrictEqual(trades.map(({ source }) => source), ["rest", "rest"])
      assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 2, isComplete: true })
      yield* pass("1 minute")
      assert.lengthOf(trades, 2)
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("an order that was cancelled after a part of it was executed", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* lost(Effect.zipRight(exchange.fill(order!.id, 0.2), exchange.cancel(order!.id)))
      const [cancelled] = only(away, "OrderCancelled")
      assert(cancelled !== undefined)
      assert.strictEqual(cancelled.order.id, order!.id)
      assert.match(cancelled.order.status, /^CANCELED/)
      assert.deepStrictEqual(cancelled.fills.map(({ execAmount }) => execAmount), [0.2])
      assert.isTrue(cancelled.isComplete)
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("an order that was executed in part is reported as changed, with the missed fills", () =>
    Effect.gen(function*() {
      const { away, exchange, state, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* exchange.fill(order!.id, 0.1)
      yield* pass("1 second")
      yield* lost(exchange.fill(order!.id, 0.2))
      const [changed] = only(away, "OrderChanged")
      assert(changed !== undefined)
      assert.deepStrictEqual([changed.before.amount, changed.order.amount], [0.4, 0.2])
      assert.deepStrictEqual(changed.fills.map(({ execAmount }) => execAmount), [0.2])
      assert.isTrue(changed.isComplete)
      assert.deepStrictEqual(
        trades.map(({ source, trade }) => [source, trade.execAmount]),
        [["socket", 0.1], ["rest", 0.2]]
      )
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("an order that another program placed, and one that was placed and ended", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const [open, gone] = yield* lost(Effect.gen(function*() {
        const [first] = yield* exchange.submit(resting)
        const [second] = yield* exchange.submit({ ...resting, price: "1001" })
        yield* exchange.fill(second!.id)
        return [first!, second!] as const
      }))
      assert.deepStrictEqual(only(away, "OrderAppeared").map(({ order }) => order.id), [open.id])
      const [filled] = only(away, "OrderFilled")
      assert(filled !== undefined)
      assert.isNull(filled.before)
      assert.strictEqual(filled.order.id, gone.id)
      assert.lengthOf(filled.fills, 1)
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("positions that were opened, changed and closed; balances that changed", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const trade = (amount: string) => exchange.submit({ type: "MARKET", symbol: "tBTCUSD", amount })
      yield* lost(trade("0.01"))
      assert.deepStrictEqual(only(away, "PositionOpened").map(({ row }) => row.amount), [0.01])
      yield* agrees(state, exchange)
      yield* lost(trade("0.02"))
      assert.deepStrictEqual(
        only(away, "PositionChanged").map(({ before, row }) => [before.amount, row.amount]),
        [[0.01, 0.03]]
      )
      yield* agrees(state, exchange)
      yield* lost(trade("-0.03"))
      const [closed] = only(away, "PositionClosed")
      assert(closed !== undefined)
      assert.strictEqual(closed.before.amount, 0.03)
      assert.match(closed.row?.status ?? "", /^CLOSED/)
      assert.isNull(closed.reason)
      yield* agrees(state, exchange)
      const before = exchange.balance("exchange", "USD").total
      yield* lost(exchange.deposit("exchange", "USD", 100))
      const dollars = only(away, "WalletChanged").filter(({ wallet }) => wallet?.type === "exchange").at(-1)
      assert.deepStrictEqual([dollars?.before?.balance, dollars?.wallet?.balance], [before, before + 100])
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("funding offers that were taken, cancelled, taken in part and placed", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const terms = { type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.02", period: 2 }
      const offers = yield* Effect.forEach([1, 2, 3], () => exchange.offer(terms))
      yield* pass("1 second")
      yield* lost(Effect.gen(function*() {
        yield* exchange.fill(offers[0]!.id)
        yield* exchange.cancel(offers[1]!.id)
        yield* exchange.fill(offers[2]!.id, 400)
        yield* exchange.offer(terms)
      }))
      const [filled] = only(away, "OfferFilled")
      assert(filled !== undefined)
      assert.strictEqual(filled.before.id, offers[0]!.id)
      assert.deepStrictEqual(filled.fills.map(({ amount }) => amount), [1000])
      assert.deepStrictEqual(only(away, "OfferCancelled").map(({ offer }) => offer.id), [offers[1]!.id])
      const [changed] = only(away, "OfferChanged")
      assert(changed !== undefined)
      assert.deepStrictEqual([changed.before.amount, changed.offer.amount], [1000, 600])
      assert.deepStrictEqual(changed.fills.map(({ amount }) => amount), [400])
      assert.lengthOf(only(away, "OfferAppeared"), 1)
      assert.lengthOf(only(away, "LoanOpened").concat(only(away, "CreditOpened") as any), 2)
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("nothing is reported for a disconnection without events", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      yield* exchange.submit(resting)
      yield* pass("1 second")
      for (let k = 0; k < 5; k++) yield* lost(Effect.void)
      assert.deepStrictEqual(tags(away), [])
      assert.deepStrictEqual(only(away, "CaughtUp").map(({ epoch }) => epoch), [1, 2, 3, 4, 5, 6])
      yield* agrees(state, exchange)
    }).pipe(inMemory()))
})
