import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { connections, gather, inject, inMemory, pass } from "../support/market.ts"
import * as SteppedClock from "../support/steppedClock.ts"

const tags = (states: ReadonlyArray<OrderBook.State<unknown>>) =>
  states.map((state) => state._tag === "Resyncing" ? state.reason._tag : state._tag)
    .filter((tag, k, all) => tag !== all[k - 1])

/** runs under a clock whose time of day a test can set ahead, as after a sleep */
const slept = <A, E, R>(body: (clock: SteppedClock.SteppedClock) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(SteppedClock.make(), (stepped) => Effect.withClock(body(stepped), stepped.clock))

const book = OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.sliding(10_000) })

describe("OrderBook: a process that slept", () => {
  it.scoped("withholds its book within a second, and serves it again after the pong to a later ping", () =>
    slept((stepped) =>
      Effect.gen(function*() {
        const states = yield* gather(book)
        yield* pass("3 seconds")
        assert.deepStrictEqual(tags(states), ["Synced"])
        // frames of the venue, the pong included, are in transit for 2 s
        yield* inject(Fault.Delay.make({ millis: 2000 }))
        yield* pass("3 seconds")
        stepped.set(3_600_000)
        yield* pass("1100 millis")
        assert.deepStrictEqual(tags(states), ["Synced", "Slept"])
        const withheld = states.length
        yield* pass("500 millis")
        // frames from before the sleep arrive, and none of them is served
        assert.lengthOf(states, withheld)
        yield* pass("2 seconds")
        assert.deepStrictEqual(tags(states), ["Synced", "Slept", "Synced"])
        assert.lengthOf(yield* connections, 1)
      }).pipe(inMemory())
    ))

  it.scoped("a timer of the program that runs first after the sleep receives no old book", () =>
    slept((stepped) =>
      Effect.gen(function*() {
        const handle = yield* OrderBook.make({ symbol: "tBTCUSD" })
        const states = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }, { every: "10 seconds" }))
        yield* pass("3 seconds")
        assert.strictEqual((yield* handle.current)._tag, "Synced")
        assert.deepStrictEqual(tags(states), ["Synced"])
        yield* inject(Fault.MutePong.make({ of: "event" }))
        // the clocks are read once a task
        yield* pass("1 millis")
        stepped.set(3_600_000)
        const current = yield* handle.current
        assert.strictEqual(current._tag === "Resyncing" ? current.reason._tag : current._tag, "Slept")
        yield* pass("1 second")
        assert.deepStrictEqual(tags(states), ["Synced", "Slept"])
      }).pipe(inMemory())
    ))

  it.scoped("a venue that does not answer after a sleep: the socket is replaced, and the book with it", () =>
    slept((stepped) =>
      Effect.gen(function*() {
        const states = yield* gather(book)
        yield* pass("3 seconds")
        yield* inject(Fault.MutePong.make({ of: "event" }))
        stepped.set(3_600_000)
        yield* pass("9 seconds")
        assert.deepStrictEqual(tags(states), ["Synced", "Slept"])
        yield* pass("5 seconds")
        assert.deepStrictEqual(tags(states), ["Synced", "Slept", "Interrupted", "Synced"])
        assert.lengthOf(yield* connections, 2)
      }).pipe(inMemory())
    ))
})

describe("OrderBook: maintenance on a connection that may be dead", () => {
  it.scoped("withholds the book 20 s after the last pong at the latest, and serves it again with the next one", () =>
    Effect.gen(function*() {
      const states = yield* gather(book)
      yield* pass("3 seconds")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("25 seconds")
      // the venue answers pings, and changes nothing
      assert.deepStrictEqual(tags(states), ["Synced"])
      yield* inject(Fault.Stall.make({ millis: 40_000, direction: "both" }))
      yield* pass("20 seconds")
      assert.deepStrictEqual(tags(states), ["Synced", "Unanswered"])
      const last = states.at(-1)
      assert.isTrue(last?._tag === "Resyncing" && last.reason._tag === "Unanswered" && last.reason.millis >= 10_000)
      yield* pass("19 seconds")
      assert.deepStrictEqual(tags(states), ["Synced", "Unanswered"])
      yield* pass("2 seconds")
      assert.deepStrictEqual(tags(states), ["Synced", "Unanswered", "Synced"])
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory({ step: 5000, tick: 5000 })))

  it.scoped("withholds it until the end of the maintenance, and then has a fresh one", () =>
    Effect.gen(function*() {
      const handle = yield* OrderBook.make({ symbol: "tBTCUSD" })
      const states = yield* gather(handle.changes)
      yield* pass("3 seconds")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* inject(Fault.MutePong.make({ of: "event" }))
      yield* pass("20 seconds")
      const current = yield* handle.current
      assert.strictEqual(current._tag === "Resyncing" ? current.reason._tag : current._tag, "Unanswered")
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("1 second")
      assert.deepStrictEqual(tags(states), ["Synced", "Unanswered", "Interrupted", "Synced"])
      assert.deepInclude(states.at(-1), { _tag: "Synced", epoch: 2 })
    }).pipe(inMemory({ step: 5000, tick: 5000 })))
})
