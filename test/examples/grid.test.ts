import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Grid from "../../examples/bots/grid.ts"
import { read } from "../../scripts/documents.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as TestClient from "../../src/testing/TestClient.ts"

// far enough from the middle that only a test's own trades reach the orders
const settings: Grid.Settings = { symbol: "tBTCUSD", amount: 0.01, step: 3000, levels: 2, gid: 78 }

const demo = { key: "demo-key", secret: "demo-secret", wallets: { exchange: { BTC: 10, USD: 1_000_000 } } }

const Test = TestClient.layer({
  symbols: ["tBTCUSD"],
  step: 1000,
  tick: 1000,
  history: 60_000,
  fees: { maker: 0, taker: 0 },
  accounts: [demo]
})

const stopped = (fiber: Fiber.RuntimeFiber<unknown, unknown>) =>
  Effect.gen(function*() {
    const stopping = yield* Effect.fork(Fiber.interrupt(fiber))
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(stopping)
  })

describe("grid bot", () => {
  it("is shown by its page of the cookbook as it is", () => {
    const shown = /^```ts\n([\s\S]*?)^```/m.exec(read("docs/cookbook/grid-bot.md"))![1]!
    assert.include(read("examples/bots/grid.ts"), shown.slice(shown.indexOf("export interface Settings")))
  })

  it.scoped("answers each fill one step further on, and leaves no order", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const venue = yield* exchange.account("demo-key")
      // near enough for the market to come by
      const near = { ...settings, step: 10, levels: 3 }
      const fiber = yield* Effect.forkDaemon(Grid.run(near))
      yield* TestClock.adjust("90 seconds")
      const filled = venue.ordersHistory().filter(({ status }) => status?.startsWith("EXECUTED"))
      assert.isAbove(filled.length, 1)
      const all = [...venue.orders(), ...venue.ordersHistory()].map((order) => `${order.amountOrig} at ${order.price}`)
      const unanswered = filled.filter(({ amountOrig, price }) =>
        !all.includes(`${-amountOrig} at ${Number(((price ?? 0) + Math.sign(amountOrig) * near.step).toPrecision(5))}`)
      )
      assert.deepStrictEqual(unanswered, [])
      assert.lengthOf(venue.orders(), 6)

      yield* stopped(fiber)
      assert.lengthOf(venue.orders(), 0)
      assert.isTrue([...venue.counts().values()].every((times) => times === 1))
    }).pipe(Effect.provide(Test)), 60_000)

  for (const point of ["received", "executed", "notified"] as const) {
    it.scoped(
      `leaves no order, and places none twice, when connections are lost: ${point}`,
      () =>
        Effect.gen(function*() {
          const exchange = yield* FakeExchange.FakeExchange
          const venue = yield* exchange.account("demo-key")
          yield* exchange.inject(Fault.DropOnCommand.make({ input: "on", point }))
          yield* exchange.inject(Fault.DropOnCommand.make({ input: "oc_multi", point }))
          const fiber = yield* Effect.forkDaemon(Grid.run(settings))
          yield* TestClock.adjust("75 seconds")
          assert.lengthOf(venue.orders(), 4)
          yield* stopped(fiber)
          assert.lengthOf(venue.orders(), 0)
          assert.isTrue([...venue.counts().values()].every((times) => times === 1))
        }).pipe(Effect.provide(Test)),
      60_000
    )
  }

  it.scoped("begins again when an order was cancelled by hand", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const venue = yield* exchange.account("demo-key")
      const fiber = yield* Effect.forkDaemon(Grid.run(settings))
      yield* TestClock.adjust("10 seconds")
      const first = venue.orders().map(({ id }) => id)
      yield* venue.cancel(first[0]!)
      yield* TestClock.adjust("30 seconds")
      const second = venue.orders().map(({ id }) => id)
      assert.lengthOf(second, 4)
      assert.deepStrictEqual(second.filter((id) => first.includes(id)), [])
      yield* stopped(fiber)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(Effect.provide(Test)), 60_000)
})
