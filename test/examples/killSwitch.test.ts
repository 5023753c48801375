import { afterAll, assert, describe, it } from "@effect/vitest"
import type { InvalidInput } from "effect-bitfinex/BitfinexError"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as TestClient from "effect-bitfinex/testing/TestClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as fs from "node:fs"
import * as path from "node:path"
import { read, root } from "../../scripts/documents.ts"

/** The code of the cookbook's page, as it stands there. */

interface Recipe {
  readonly guarded: (
    limits: { readonly notional: number; readonly stopped: Ref.Ref<boolean> }
  ) => Layer.Layer<Trading.Trading, never, Trading.Trading>
  readonly kill: (
    limits: { readonly notional: number; readonly stopped: Ref.Ref<boolean> }
  ) => Effect.Effect<void, unknown, Trading.Trading>
}

const folder = path.join(root, ".docs-check", `kill-switch-${process.pid}`)
fs.mkdirSync(folder, { recursive: true })
const file = path.join(folder, "recipe.ts")
fs.writeFileSync(file, /^```ts\n([\s\S]*?)^```/m.exec(read("docs/cookbook/kill-switch.md"))![1]!)
// the cast: these are its exports, which the check of the documents compiles
const { guarded, kill } = await import(/* @vite-ignore */ file) as Recipe
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const Venue = TestClient.layer({ symbols: ["tBTCUSD"], step: 1000, tick: 1000, history: 60_000 })
const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 50_000 } as const

describe("cookbook: kill switch and maximum notional", () => {
  it.scoped(
    "orders within the limit pass, the one that goes beyond it does not, nor any behind the switch",
    () =>
      Effect.gen(function*() {
        const limits = { notional: 1200, stopped: yield* Ref.make(false) }
        yield* Effect.gen(function*() {
          const venue = yield* Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))
          const trading = yield* Trading.Trading
          const mine = yield* trading.cancelOnExit()
          const reasonOf = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
            Effect.map(Effect.flip(effect), (error) => {
              assert.strictEqual(error._tag, "InvalidInput")
              // the cast: by its tag
              return (error as unknown as InvalidInput).reason
            })

          yield* trading.submitOrder(order)
          yield* mine.submitOrder(order)
          assert.include(yield* reasonOf(trading.submitOrder(order)), "may cost 1500")
          assert.include(yield* reasonOf(mine.submitOrderResolved(order)), "may cost 1500")
          // a cheap order does not make the live ones cheaper
          assert.include(yield* reasonOf(trading.submitOrder({ ...order, price: 1000 })), "may cost 1500")
          // the other side has a limit of its own
          yield* trading.submitOrder({ ...order, amount: "-0.01", price: 100_000 })
          assert.include(
            yield* reasonOf(trading.submitOrder({ ...order, type: "EXCHANGE MARKET", price: undefined })),
            "price"
          )
          assert.include(yield* reasonOf(Stream.runDrain(mine.submitOrderStream(order))), "may cost 1500")
          assert.include(yield* reasonOf(trading.updateOrder({ id: 1, amount: "1" })), "does not let it through")
          assert.lengthOf(venue.orders(), 3)

          const killing = yield* Effect.fork(kill(limits))
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(killing)
          assert.lengthOf(venue.orders(), 0)
          assert.include(yield* reasonOf(trading.submitOrder(order)), "kill switch")
          assert.lengthOf(venue.commands().filter(({ type }) => type === "on"), 3)
        }).pipe(Effect.scoped, Effect.provide(guarded(limits)))
      }).pipe(Effect.provide(Venue)),
    60_000
  )

  it.scoped(
    "two orders that are followed as streams cannot both fit into what is left",
    () =>
      Effect.gen(function*() {
        const limits = { notional: 700, stopped: yield* Ref.make(false) }
        yield* Effect.gen(function*() {
          const venue = yield* Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))
          const mine = yield* Effect.flatMap(Trading.Trading, (trading) => trading.cancelOnExit())
          const first = Stream.runHead(mine.submitOrderStream(order))
          const both = yield* Effect.fork(Effect.all([first, first].map(Effect.either), { concurrency: 2 }))
          yield* TestClock.adjust("5 seconds")
          assert.deepStrictEqual((yield* Fiber.join(both)).map(({ _tag }) => _tag), ["Right", "Left"])
          assert.lengthOf(venue.orders(), 1)
          // a stream that is refused, or left early, does not keep the next order waiting
          const next = yield* Effect.fork(mine.submitOrder({ ...order, amount: "-0.001", price: 100_000 }))
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(next)
          assert.lengthOf(venue.orders(), 2)
        }).pipe(Effect.scoped, Effect.provide(guarded(limits)))
      }).pipe(Effect.provide(Venue)),
    60_000
  )
})
