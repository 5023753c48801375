import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Hub from "../../../src/internal/stream/hub.ts"

describe("hub", () => {
  it.effect("a value is read as it is now first, and never as an older one after that", () =>
    Effect.gen(function*() {
      const value = Hub.value(0)
      value.set(1)
      const seen: Array<number> = []
      const fiber = yield* Effect.fork(
        // a value that is set between subscribing and the first read is received once
        Stream.runForEach(Stream.take(value.changes, 3), (now) =>
          Effect.sync(() => {
            seen.push(now)
            if (now < 10) value.set(now + 10)
            else value.set(now + 1)
          }))
      )
      value.set(2)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [2, 12, 13])
    }))

  it.scoped("a slow subscriber of a value loses old ones, never the newest", () =>
    Effect.gen(function*() {
      const value = Hub.value(0)
      const pull = yield* Stream.toPull(value.changes)
      yield* pull
      for (let k = 1; k <= 1000; k++) value.set(k)
      const all: Array<number> = []
      while (all.at(-1) !== 1000) all.push(...yield* pull)
      assert.isBelow(all.length, 100)
    }))

  it.scoped("each subscriber receives the values published after it subscribed, in its own buffer", () =>
    Effect.gen(function*() {
      const hub = Hub.make<number>({ capacity: 3 })
      hub.publish(1)
      const [one, two] = [yield* Stream.toPull(hub.stream()), yield* Stream.toPull(hub.stream())]
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

  it.scoped("a subscriber whose buffer is full fails after its elements, and the others continue", () =>
    Effect.gen(function*() {
      const hub = Hub.make<number, "overflow">({ capacity: 2, overflow: () => "overflow" })
      const [slow, quick] = [yield* Stream.toPull(hub.stream()), yield* Stream.toPull(hub.stream())]
      const [first, other] = [yield* Effect.fork(slow), yield* Effect.fork(quick)]
      yield* Effect.yieldNow()
      yield* Effect.yieldNow()
      hub.publish(1)
      assert.deepStrictEqual([...yield* Fiber.join(first)], [1])
      assert.deepStrictEqual([...yield* Fiber.join(other)], [1])
      for (let k = 2; k <= 3; k++) hub.publish(k)
      assert.deepStrictEqual([...yield* quick], [2, 3])
      for (let k = 4; k <= 5; k++) hub.publish(k)
      assert.deepStrictEqual([...yield* slow], [2, 3])
      assert.deepStrictEqual(yield* Effect.flip(slow), Option.some("overflow" as const))
      assert.deepStrictEqual([...yield* quick], [4, 5])
      assert.strictEqual(hub.count(), 2)
    }))

  it.scoped("streams end after their waiting elements, with the failure or without", () =>
    Effect.gen(function*() {
      const hub = Hub.make<number, "over">({ capacity: 9 })
      const pull = yield* Stream.toPull(hub.stream(() => 0))
      assert.deepStrictEqual([...yield* pull], [0])
      hub.publish(1)
      hub.end("over")
      hub.publish(2)
      assert.deepStrictEqual([...yield* pull], [1])
      assert.deepStrictEqual(yield* Effect.flip(pull), Option.some("over" as const))
    }))

  it.scoped("the newest is read once for any number of changes", () =>
    Effect.gen(function*() {
      let reads = 0
      const newest = Hub.newest<number>(() => ++reads)
      const pull = yield* Stream.toPull(newest.stream)
      assert.deepStrictEqual([...yield* pull], [1])
      for (let k = 0; k < 10; k++) newest.changed()
      assert.deepStrictEqual([...yield* pull], [2])
      newest.end()
      assert.deepStrictEqual(yield* Effect.flip(pull), Option.none())
    }))
})
