import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { agrees, inMemory, only, opened, resting, tags } from "../support/accountState.ts"
import { inject, pass } from "../support/market.ts"

const lose = (type: string) => inject(Fault.Lose.make({ match: `account:${type}`, counted: false }))

/** requests of past orders so far */
const audits = Effect.map(
  Effect.flatMap(FakeExchange.FakeExchange, ({ requests }) => requests),
  (all) => all.filter(({ path }) => path.endsWith("/orders/hist")).length
)

describe("an end of an order that the venue did not send", () => {
  for (
    const [how, tag] of [["cancelled", "OrderCancelled"], ["executed", "OrderFilled"]] as const
  ) {
    it.scoped(
      `${how}: the order leaves the view within ten minutes, and the event says how it ended`,
      () =>
        Effect.gen(function*() {
          const { away, exchange, problems, state, trades } = yield* opened
          const [order, other] = (yield* Effect.forEach([1, 2], () => exchange.submit(resting))).flat()
          yield* pass("1 second")
          yield* lose("oc")
          yield* how === "cancelled" ? exchange.cancel(order!.id) : exchange.fill(order!.id)
          yield* pass("1 second")
          // nothing shows that it has ended
          const before = yield* state.orders.current
          assert(before._tag === "Synced")
          assert.deepStrictEqual([...before.rows.keys()].sort(), [order!.id, other!.id].sort())
          yield* pass("10 minutes")
          yield* agrees(state, exchange)
          const events = only(away, tag)
          assert.deepStrictEqual(events.map((event) => event.order.id), [order!.id])
          assert.isTrue(events[0]!.isComplete)
          // a trade that the socket has delivered is no missed one, and is delivered once
          assert.deepStrictEqual(events[0]!.fills, [])
          assert.lengthOf(trades, how === "executed" ? 1 : 0)
          assert.deepStrictEqual(problems, [])
          assert.deepStrictEqual(away.at(-1)?._tag, "CaughtUp")
          yield* pass("1 hour")
          assert.deepStrictEqual(tags(away), [tag])
        }).pipe(inMemory()),
      30_000
    )
  }

  it.scoped("an order that the socket mentions, or none at all, costs no request", () =>
    Effect.gen(function*() {
      const { exchange } = yield* opened
      yield* pass("1 hour")
      assert.strictEqual(yield* audits, 0)
      const [order] = yield* exchange.submit(resting)
      for (let minute = 0; minute < 12; minute++) {
        yield* pass("1 minute")
        yield* exchange.fill(order!.id, 0.01)
      }
      assert.strictEqual(yield* audits, 0)
      yield* pass("20 minutes")
      assert.isAtLeast(yield* audits, 2)
      assert.isAtMost(yield* audits, 4)
    }).pipe(inMemory()), 30_000)

  it.scoped("an open order stays, however long the socket does not mention it", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 hour")
      yield* agrees(state, exchange)
      assert.deepStrictEqual(exchange.orders().map(({ id }) => id), [order!.id])
      assert.deepStrictEqual(tags(away), [])
    }).pipe(inMemory()), 30_000)

  it.scoped(
    "a failed query over REST is repeated five minutes later, and the view stays",
    () =>
      Effect.gen(function*() {
        const { away, exchange, problems, state } = yield* opened
        const [order] = yield* exchange.submit(resting)
        yield* pass("1 second")
        yield* lose("oc")
        yield* exchange.cancel(order!.id)
        const refusal = { _tag: "errorArray", code: 10000, text: "later", status: 500 } as const
        yield* inject(Fault.HttpFault.make({ match: "orders/hist", times: 4, reply: refusal }))
        yield* pass("12 minutes")
        assert.strictEqual((yield* state.orders.current)._tag, "Synced")
        assert.isTrue(problems.some(({ _tag }) => _tag === "QueryFailed"))
        yield* pass("10 minutes")
        yield* agrees(state, exchange)
        assert.deepStrictEqual(tags(away), ["OrderCancelled"])
      }).pipe(inMemory()),
    30_000
  )
})
