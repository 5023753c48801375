import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StreamError } from "../../../src/BitfinexError.ts"
import * as ChannelEvent from "../../../src/ChannelEvent.ts"
import * as MarketData from "../../../src/MarketData.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { type Event, inject, inMemory, openChannels, pass, settle, start } from "../../support/market.ts"

type Market = MarketData.MarketData
type Source = Stream.Stream<Event, StreamError, Market>

const ways: {
  readonly [name: string]: (stream: Source, f: (event: Event) => void) => Effect.Effect<void, StreamError, Market>
} = {
  runForEachSync: (stream, f) => ChannelEvent.runForEachSync(f)(stream),
  runForEach: (stream, f) => ChannelEvent.runForEach((event) => Effect.sync(() => f(event)))(stream)
}

const book: Source = MarketData.book({ symbol: "tBTCUSD" })

/** the stream of the function that asks for the service, and that of the service's method */
const sources: { readonly [name: string]: Effect.Effect<Source, never, Market> } = {
  function: Effect.succeed(book),
  method: Effect.map(MarketData.MarketData, (market) => market.book({ symbol: "tBTCUSD" }))
}

/** how often the runtime looked after the fiber of an effect, and whether it has ended */
const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    let steps = 0
    const scheduler: Scheduler.Scheduler = {
      shouldYield: () => {
        steps++
        return false
      },
      scheduleTask: (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber)
    }
    const fiber = yield* Effect.forkScoped(Effect.withScheduler(effect, scheduler))
    return { fiber, steps: () => steps }
  })

for (const [name, run] of Object.entries(ways)) {
  describe(`ChannelEvent.${name}`, () => {
    for (const [kind, source] of Object.entries(sources)) {
      it.scoped(`sees what Stream.runForEach sees, and leaves the channel at its end (${kind})`, () =>
        Effect.gen(function*() {
          const stream = yield* source
          const usual = yield* start(book)
          const seen: Array<Event> = []
          const fiber = yield* Effect.forkScoped(run(stream, (event) => seen.push(event)))
          yield* pass("2 minutes")
          yield* inject(Fault.Drop.make({ code: 1006 }))
          yield* pass("1 minute")
          assert.isAbove(seen.length, 100)
          assert.deepStrictEqual(seen, usual.events)
          assert.include(seen.map(({ _tag }) => _tag), "Interrupted")
          yield* usual.stop
          yield* settle
          assert.deepStrictEqual(yield* openChannels, [["book:tBTCUSD:P0:F0:25"]])
          yield* Fiber.interrupt(fiber)
          yield* settle
          assert.deepStrictEqual(yield* openChannels, [[]])
        }).pipe(inMemory({ step: 1000, tick: 1000 })))
    }

    it.scoped("fails as the stream does", () =>
      Effect.gen(function*() {
        yield* inject(Fault.RejectSubscribe.make({ times: 1, code: 10300, match: "book:tBTCUSD:P0" }))
        const refused = yield* Effect.fork(run(book, () => undefined))
        yield* settle
        const exit = yield* Fiber.await(refused)
        assert.deepInclude(Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error, {
          _tag: "SubscriptionRejected",
          code: 10300
        })
        const symbol = "BTCUSD" as "tBTCUSD"
        assert.deepInclude(yield* Effect.flip(run(MarketData.book({ symbol }), () => undefined)), {
          _tag: "InvalidInput"
        })
      }).pipe(inMemory()))

    it.scoped("ends when the sockets are closed on purpose", () =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(run(book, () => undefined))
        yield* settle
        const market = yield* MarketData.MarketData
        yield* market.close()
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      }).pipe(inMemory()))

    it.scoped("a function that throws is a defect, and harms no other consumer", () =>
      Effect.gen(function*() {
        const other = yield* start(book)
        const fiber = yield* Effect.fork(run(book, () => {
          throw new Error("mine")
        }))
        yield* pass("1 minute")
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
        const before = other.events.length
        yield* pass("1 minute")
        assert.isAbove(other.events.length, before)
        assert.notInclude(other.events.map(({ _tag }) => _tag), "Interrupted")
      }).pipe(inMemory({ step: 1000, tick: 1000 })))

    it.scoped("runs any other stream as well", () =>
      Effect.gen(function*() {
        const seen: Array<Event> = []
        const few = Stream.take(book, 2)
        yield* Effect.fork(pass("1 minute"))
        yield* run(few, (event) => seen.push(event))
        assert.deepStrictEqual(seen.map(({ _tag }) => _tag), ["Snapshot", "Update"])
      }).pipe(inMemory({ step: 1000, tick: 1000 })))
  })
}

describe("in place", () => {
  it.scoped("a function wakes up no fiber", () =>
    Effect.gen(function*() {
      // whose fibers, and not those of what is counted, are the socket's
      yield* start(book)
      yield* settle
      let seen = 0
      const { steps } = yield* counted(ChannelEvent.runForEachSync(() => seen++)(book))
      yield* pass("1 second")
      const [stepsBefore, seenBefore] = [steps(), seen]
      yield* pass("1 minute")
      assert.isAbove(seen, seenBefore + 50)
      assert.strictEqual(steps(), stepsBefore)
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("an Effect per element costs fewer steps than the machinery of streams", () =>
    Effect.gen(function*() {
      yield* start(book)
      yield* settle
      const f = () => Effect.void
      const ours = yield* counted(ChannelEvent.runForEach(f)(book))
      const theirs = yield* counted(Stream.runForEach(book, f))
      yield* pass("1 minute")
      assert.isBelow(2 * ours.steps(), theirs.steps())
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("resources that a consumer's effects acquire live as long as the consumer's scope", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const fiber = yield* ChannelEvent.runForEach(() =>
        Effect.addFinalizer(() => Effect.sync(() => log.push("released")))
      )(
        book
      ).pipe(Scope.extend(scope), Effect.fork)
      yield* settle
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* openChannels, [[]])
      assert.deepStrictEqual(log, [])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(log, ["released"])
    }).pipe(inMemory()))
})
