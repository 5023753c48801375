import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Watch from "../../../src/internal/stream/hub.ts"

describe("watch", () => {
  it.effect("begins with the value now, and never goes back to an older one", () =>
    Effect.gen(function*() {
      const watch = Watch.make(0)
      watch.set(1)
      const seen: Array<number> = []
      const fiber = yield* Effect.fork(
        // what is set between subscribing and the first look is seen once
        Stream.runForEach(Stream.take(watch.changes, 3), (value) =>
          Effect.sync(() => {
            seen.push(value)
            if (value < 10) watch.set(value + 10)
            else watch.set(value + 1)
          }))
      )
      watch.set(2)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [2, 12, 13])
    }))

  it.scoped("a slow watcher loses old values, never the newest", () =>
    Effect.gen(function*() {
      const watch = Watch.make(0)
      const pull = yield* Stream.toPull(watch.changes)
      yield* pull
      for (let k = 1; k <= 1000; k++) watch.set(k)
      const all: Array<number> = []
      while (all.at(-1) !== 1000) all.push(...yield* pull)
      assert.isBelow(all.length, 100)
    }))

  it.scoped("watchers of a hub see what comes after they joined, each by itself", () =>
    Effect.gen(function*() {
      const hub = Watch.makeHub<number>(3)
      hub.publish(1)
      const [one, two] = [yield* Stream.toPull(hub.watch()), yield* Stream.toPull(hub.watch())]
      const first = yield* Effect.fork(one)
      const second = yield* Effect.fork(two)
      yield* Effect.yieldNow()
      yield* Effect.yieldNow()
      hub.publish(2)
      assert.deepStrictEqual([...yield* Fiber.join(first)], [2])
      for (let k = 3; k <= 8; k++) hub.publish(k)
      assert.deepStrictEqual([...yield* one], [6, 7, 8])
      assert.isAbove((yield* Fiber.join(second)).length, 0)
    }))
})
