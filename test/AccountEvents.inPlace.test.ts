import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import type * as Stream from "effect/Stream"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountEvents from "../src/AccountEvents.ts"
import type { AccountStreamError } from "../src/BitfinexError.ts"
import * as ChannelEvent from "../src/ChannelEvent.ts"
import * as Fault from "../src/testing/Fault.ts"
import { view } from "./support/account.ts"
import { inMemory, resting } from "./support/accountState.ts"
import { type Event, inject, pass, settle, start } from "./support/market.ts"

type Source = Stream.Stream<Event, AccountStreamError>

const ways: {
  readonly [name: string]: (stream: Source, f: (event: Event) => void) => Effect.Effect<void, AccountStreamError>
} = {
  runForEachSync: (stream, f) => ChannelEvent.runForEachSync(f)(stream),
  runForEach: (stream, f) => ChannelEvent.runForEach((event) => Effect.sync(() => f(event)))(stream)
}

/** orders that are filled in part, lost sight of, and cancelled */
const trade = Effect.gen(function*() {
  const exchange = yield* view
  for (let k = 0; k < 3; k++) {
    const [order] = yield* exchange.submit(resting)
    yield* exchange.fill(order!.id, 0.1)
    yield* pass("1 second")
    if (k === 1) {
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("3 seconds")
    }
    yield* exchange.cancel(order!.id)
    yield* settle
  }
})

describe("AccountEvents in place", () => {
  for (const [name, run] of Object.entries(ways)) {
    for (const family of ["orders", "trades", "wallets"] as const) {
      it.scoped(`ChannelEvent.${name} sees what Stream.runForEach sees: ${family}`, () =>
        Effect.gen(function*() {
          // the cast: elements of any records are compared whole
          const stream = (yield* AccountEvents.AccountEvents)[family]() as Source
          const usual = yield* start(stream)
          const seen: Array<Event> = []
          const fiber = yield* Effect.forkScoped(run(stream, (event) => seen.push(event)))
          yield* settle
          yield* trade
          assert.deepStrictEqual(seen, usual.events)
          const tags = seen.map(({ _tag }) => _tag)
          assert.strictEqual(tags.filter((tag) => tag === "Snapshot").length, 2)
          assert.include(tags, "Interrupted")
          assert.isAtLeast(tags.filter((tag) => tag === "Update").length, 6)
          yield* Fiber.interrupt(fiber)
          const before = seen.length
          yield* trade
          assert.lengthOf(seen, before)
        }).pipe(inMemory()))
    }

    it.scoped(`ChannelEvent.${name} fails as the stream does`, () =>
      Effect.gen(function*() {
        const { orders, wallets } = yield* AccountEvents.AccountEvents
        const failed = yield* Effect.flip(run(orders({ buffer: { policy: "fail", capacity: 0 } }), () => undefined))
        assert.strictEqual(failed._tag, "InvalidInput")
        const fiber = yield* Effect.fork(run(wallets(), () => undefined))
        yield* pass("5 seconds")
        const exit = yield* Fiber.await(fiber)
        const error = Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error._tag : exit
        assert.strictEqual(error, "AuthenticationFailed")
      }).pipe(inMemory({ secret: "another-secret" })))

    it.scoped(`ChannelEvent.${name} ends when the connection is closed on purpose`, () =>
      Effect.gen(function*() {
        const { orders } = yield* AccountEvents.AccountEvents
        const fiber = yield* Effect.fork(run(orders(), () => undefined))
        yield* settle
        yield* (yield* AccountConnection.AccountConnection).close()
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      }).pipe(inMemory()))

    it.scoped(`ChannelEvent.${name}: an exception is a defect, and does not affect other consumers`, () =>
      Effect.gen(function*() {
        const { orders } = yield* AccountEvents.AccountEvents
        const other = yield* start(orders() as Source)
        const fiber = yield* Effect.fork(run(orders() as Source, (event) => {
          if (event._tag === "Update") throw new Error("mine")
        }))
        yield* settle
        const exchange = yield* view
        yield* exchange.submit(resting)
        yield* settle
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
        yield* exchange.submit(resting)
        yield* settle
        assert.deepStrictEqual(other.events.map(({ _tag }) => _tag), ["Snapshot", "Update", "Update"])
      }).pipe(inMemory()))
  }

  it.scoped("functions receive the events of all families in the order in which the venue sent them", () =>
    Effect.gen(function*() {
      const events = yield* AccountEvents.AccountEvents
      const session = yield* AccountConnection.AccountSession
      const reported: Array<string> = []
      const seen: Array<string> = []
      for (const family of ["orders", "trades", "wallets", "positions"] as const) {
        yield* Effect.forkScoped(
          ChannelEvent.runForEachSync((event: Event) => {
            if (event._tag !== "Update") return
            seen.push(event.type!)
            // the listeners that correlate commands and keep states come first
            assert.strictEqual(reported.at(-1), event.type)
          })(events[family]() as Source)
        )
      }
      yield* settle
      const families = new Set<string>(["orders", "trades", "wallets", "positions"])
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          session.subscribe((event) => {
            if (event._tag === "Update" && families.has(event.family)) reported.push(event.type)
          })
        ),
        (stop) => Effect.sync(stop)
      )
      const exchange = yield* view
      const [order] = yield* exchange.submit(resting)
      yield* exchange.fill(order!.id, 0.5)
      yield* settle
      assert.deepStrictEqual(seen, reported)
      assert.includeMembers(seen, ["on", "te", "oc", "tu", "wu"])
    }).pipe(inMemory()))

  it.scoped("a function wakes up no fiber", () =>
    Effect.gen(function*() {
      const { orders } = yield* AccountEvents.AccountEvents
      yield* start(orders() as Source)
      yield* settle
      let [steps, seen] = [0, 0]
      const scheduler: Scheduler.Scheduler = {
        shouldYield: () => {
          steps++
          return false
        },
        scheduleTask: (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber)
      }
      const consume = ChannelEvent.runForEachSync(() => seen++)(orders() as Source)
      yield* Effect.forkScoped(Effect.withScheduler(consume, scheduler))
      yield* settle
      const before = steps
      const exchange = yield* view
      for (let k = 0; k < 20; k++) yield* exchange.submit(resting)
      yield* settle
      assert.isAtLeast(seen, 21)
      assert.strictEqual(steps, before)
    }).pipe(inMemory()))
})
