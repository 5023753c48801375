import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import { RowFeed } from "../../../src/internal/stream/rowFeed.ts"

/** a channel that is live, and what its consumers were given: the rows of updates */
const make = () => {
  const delivery = new Delivery()
  const feed = new RowFeed({ operation: "test", delivery, state: { kind: "latest" }, pause: () => undefined })
  feed.begin()
  feed.records([0], [], null, null)
  /** frames of one row each, `together` in one */
  const frame = (...rows: ReadonlyArray<number>) => {
    delivery.begin()
    for (const row of rows) feed.row(row, null, null)
    delivery.end()
  }
  const consume = (onRow: (row: unknown) => void) =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const consumer = feed.attach(BufferPolicy.sliding(8))
      const given = consumer.forEachSync((event) => {
        if (event._tag !== "Update") return
        seen.push(...event.rows)
        for (const row of event.rows) onRow(row)
      })
      const fiber = yield* Effect.forkScoped(given)
      yield* Effect.yieldNow()
      return { consumer, fiber, seen }
    })
  return { consume, feed, frame }
}

const nothing = (): void => undefined

describe("consumers that all run in place", () => {
  it.scoped("each is given every row, in order", () =>
    Effect.gen(function*() {
      const { consume, frame } = make()
      const all = yield* Effect.replicateEffect(consume(nothing), 3)
      frame(1)
      frame(2, 3)
      for (const { seen } of all) assert.deepStrictEqual(seen, [1, 2, 3])
    }))

  it.scoped("one that another one stops is given nothing more, not even what waits in the frame", () =>
    Effect.gen(function*() {
      const { consume, feed, frame } = make()
      const stop: Array<() => void> = []
      const first = yield* consume((row) => row === 2 ? stop[0]!() : undefined)
      const second = yield* consume(nothing)
      const third = yield* consume(nothing)
      stop.push(() => feed.detach(second.consumer))
      frame(1)
      frame(2, 3)
      frame(4)
      assert.deepStrictEqual(first.seen, [1, 2, 3, 4])
      assert.deepStrictEqual(second.seen, [1])
      assert.deepStrictEqual(third.seen, [1, 2, 3, 4])
    }))

  it.scoped("one that throws ends by that defect, and the others go on", () =>
    Effect.gen(function*() {
      const { consume, frame } = make()
      const first = yield* consume(nothing)
      const second = yield* consume((row) => {
        if (row === 2) throw new Error("user code")
      })
      const third = yield* consume(nothing)
      frame(1)
      frame(2, 3)
      assert.deepStrictEqual(first.seen, [1, 2, 3])
      assert.deepStrictEqual(second.seen, [1, 2])
      assert.deepStrictEqual(third.seen, [1, 2, 3])
      const exit = yield* Fiber.await(second.fiber)
      assert.match(String(Exit.isFailure(exit) && exit.cause), /user code/)
    }))

  it.scoped("one that attaches later is given what comes from then on", () =>
    Effect.gen(function*() {
      const { consume, frame } = make()
      const first = yield* consume(nothing)
      frame(1)
      const second = yield* consume(nothing)
      frame(2)
      assert.deepStrictEqual(first.seen, [1, 2])
      assert.deepStrictEqual(second.seen, [2])
    }))
})
