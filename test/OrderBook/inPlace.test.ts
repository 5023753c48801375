import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { gather, inject, inMemory, openChannels, pass } from "../support/market.ts"

type State = OrderBook.State<OrderBook.EntryOf<{ readonly symbol: "tBTCUSD" }>>

const book = OrderBook.live({ symbol: "tBTCUSD", len: 25 })

describe("OrderBook.runForEachSync", () => {
  it.scoped("receives the same as the stream, through a wrong checksum and a lost connection", () =>
    Effect.gen(function*() {
      const usual = yield* gather(book)
      const seen: Array<State> = []
      const fiber = yield* Effect.forkScoped(OrderBook.runForEachSync((state: State) => seen.push(state))(book))
      yield* pass("20 seconds")
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("20 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("20 seconds")
      assert.isAbove(seen.length, 30)
      assert.deepStrictEqual(JSON.stringify(seen), JSON.stringify(usual))
      const reasons = seen.flatMap((state) => state._tag === "Resyncing" ? [state.reason._tag] : [])
      assert.deepStrictEqual(reasons, ["ChecksumMismatch", "Interrupted"])
      yield* Fiber.interrupt(fiber)
      const before = seen.length
      yield* pass("5 seconds")
      assert.lengthOf(seen, before)
    }).pipe(inMemory()))

  it.scoped("a kept state does not change while its book does", () =>
    Effect.gen(function*() {
      const kept: Array<readonly [State, string]> = []
      const copy = (state: State): string =>
        state._tag === "Synced" ? JSON.stringify([state.book.cumulated("bids"), state.book.vwap(1)]) : ""
      yield* Effect.forkScoped(OrderBook.runForEachSync((state: State) => kept.push([state, copy(state)]))(book))
      yield* pass("20 seconds")
      assert.isAbove(new Set(kept.map(([, text]) => text)).size, 5)
      for (const [state, text] of kept) assert.strictEqual(copy(state), text)
    }).pipe(inMemory()))

  it.scoped("an exception is a defect, does not affect other consumers, and leaves the channel", () =>
    Effect.gen(function*() {
      const other = yield* gather(book)
      const fiber = yield* Effect.fork(
        OrderBook.runForEachSync(() => {
          throw new Error("mine")
        })(book)
      )
      yield* pass("10 seconds")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      assert.isAbove(other.length, 3)
      assert.lengthOf(yield* openChannels, 1)
    }).pipe(inMemory()))

  it.scoped("with `every` it gives as few states as the stream does, and the changes of a handle run in place too", () =>
    Effect.gen(function*() {
      const slow: Array<State> = []
      const every = OrderBook.live({ symbol: "tBTCUSD", len: 25 }, { every: "10 seconds" })
      yield* Effect.forkScoped(OrderBook.runForEachSync((state: State) => slow.push(state))(every))
      const handle = yield* OrderBook.make({ symbol: "tBTCUSD", len: 25 })
      const seen: Array<State> = []
      yield* Effect.forkScoped(OrderBook.runForEachSync((state: State) => seen.push(state))(handle.changes))
      yield* pass("31 seconds")
      assert.isAtMost(slow.length, 4)
      assert.isAbove(seen.length, 20)
    }).pipe(inMemory()))

  it.scoped("ends with the sockets, and the channel is left with its last consumer", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      const ending = yield* Effect.fork(OrderBook.runForEachSync(() => undefined)(book))
      const left = yield* Effect.fork(OrderBook.runForEachSync(() => undefined)(book))
      yield* pass("5 seconds")
      yield* Fiber.interrupt(left)
      yield* pass("1 second")
      assert.lengthOf(yield* openChannels, 1)
      yield* market.close()
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(ending)))
    }).pipe(inMemory()))
})
