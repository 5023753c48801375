import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import type { ChannelEvent, Snapshot } from "../../../src/ChannelEvent.ts"
import { Consumer } from "../../../src/internal/socket/consumer.ts"

type Event = ChannelEvent<unknown>

const snapshot = (epoch: number, skipped = 0): Snapshot<unknown> => ({
  _tag: "Snapshot",
  epoch,
  rows: [epoch],
  skipped,
  mts: null
})
const update = (epoch: number, row: number): Event => ({ _tag: "Update", epoch, rows: [row], type: null, mts: null })
const interrupted = (epoch: number): Event => ({ _tag: "Interrupted", epoch, reason: "test" })
const gap = (epoch: number, lost: number): Event => ({ _tag: "Gap", epoch, cause: "buffer", lost })

const make = (buffer: BufferPolicy.BufferPolicy, live: number | null = 1) => {
  const calls: Array<string> = []
  const consumer = new Consumer(
    {
      current: (skipped) => live === null ? undefined : snapshot(live, skipped),
      pause: () => calls.push("pause"),
      resume: () => calls.push("resume")
    },
    buffer,
    "test"
  )
  const push = (...events: ReadonlyArray<Event>) => {
    for (const event of events) consumer.push(event)
  }
  const take = Effect.map(consumer.take, Chunk.toReadonlyArray)
  return { calls, consumer, push, take }
}

describe("consumer", () => {
  it.effect("gives everything that waits, in order, and then waits for more", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.sliding(8))
      push(snapshot(1), update(1, 1), update(1, 2))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1), update(1, 2)])
      const waiting = yield* Effect.fork(take)
      yield* Effect.yieldNow()
      assert.isNull(waiting.unsafePoll())
      push(update(1, 3))
      assert.deepStrictEqual(yield* Fiber.join(waiting), [update(1, 3)])
    }))

  it.effect("one that is interrupted while it waits can be waited for again", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.sliding(8))
      const waiting = yield* Effect.fork(take)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      push(update(1, 1))
      assert.deepStrictEqual(yield* take, [update(1, 1)])
    }))

  it.effect("sliding keeps the newest, over any number of rounds", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.sliding(3))
      push(...Array.from({ length: 100 }, (_, k) => update(1, k)))
      assert.deepStrictEqual(yield* take, [gap(1, 97), update(1, 97), update(1, 98), update(1, 99)])
      push(update(1, 100))
      assert.deepStrictEqual(yield* take, [update(1, 100)])
    }))

  it.effect("sliding keeps the beginning of the epoch of what follows", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.sliding(2))
      push(snapshot(1), update(1, 1), interrupted(1), snapshot(2), update(2, 1), update(2, 2), update(2, 3))
      assert.deepStrictEqual(yield* take, [gap(2, 3), snapshot(2), gap(2, 1), update(2, 2), update(2, 3)])
    }))

  it.effect("dropping keeps the oldest, and the last turn of what was dropped", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.dropping(2))
      push(snapshot(1), update(1, 1), update(1, 2), interrupted(1), snapshot(2), update(2, 1))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1), gap(2, 2), snapshot(2), gap(2, 1)])
      push(update(2, 2))
      assert.deepStrictEqual(yield* take, [update(2, 2)])
    }))

  it.effect("conflate gives the state now in the place of all that waited", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.conflate(2))
      push(snapshot(1), update(1, 1))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1)])
      push(...Array.from({ length: 10 }, (_, k) => update(1, k)))
      assert.deepStrictEqual(yield* take, [snapshot(1, 10)])
    }))

  it.effect("conflate without a state says that it is interrupted", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.conflate(2), null)
      push(snapshot(1), update(1, 1), update(1, 2), interrupted(1))
      assert.deepStrictEqual(yield* take, [gap(1, 3), interrupted(1)])
    }))

  it.effect("fail ends after what had found room", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.fail(2))
      push(snapshot(1), update(1, 1), update(1, 2), update(1, 3))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1)])
      const end = yield* Effect.flip(take)
      assert.deepInclude(end._tag === "Some" ? end.value : end, { _tag: "BufferOverflow", capacity: 2 })
    }))

  it.effect("suspend pauses once, keeps what still comes, and resumes when it was taken", () =>
    Effect.gen(function*() {
      const { calls, push, take } = make(BufferPolicy.suspend(2))
      push(snapshot(1), update(1, 1))
      assert.deepStrictEqual(calls, [])
      push(update(1, 2), update(1, 3))
      assert.deepStrictEqual(calls, ["pause"])
      assert.lengthOf(yield* take, 4)
      assert.deepStrictEqual(calls, ["pause", "resume"])
    }))

  it.effect("one that goes while it is suspended lets the socket go on", () =>
    Effect.sync(() => {
      const { calls, consumer, push } = make(BufferPolicy.suspend(1))
      push(snapshot(1), update(1, 1))
      consumer.dispose()
      consumer.dispose()
      push(update(1, 2))
      assert.deepStrictEqual(calls, ["pause", "resume"])
    }))

  it.effect("ends after what waits, and hears nothing afterwards", () =>
    Effect.gen(function*() {
      const { consumer, push, take } = make(BufferPolicy.sliding(4))
      push(update(1, 1))
      consumer.end()
      push(update(1, 2))
      assert.deepStrictEqual(yield* take, [update(1, 1)])
      assert.strictEqual((yield* Effect.flip(take))._tag, "None")
    }))
})
