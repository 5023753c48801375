import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as TestClock from "effect/TestClock"
import type { Resyncing, Synced } from "../../../src/Book.ts"
import { BookConsumer } from "../../../src/internal/book/consumer.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"

const withheld: Resyncing = { _tag: "Resyncing", epoch: 1, reason: { _tag: "SequenceGap", lost: 1 } }
// the cast: a consumer does not look at the books that it passes on
const synced = { _tag: "Synced", epoch: 1, version: 1 } as Synced<unknown>

const make = (every: number) =>
  new BookConsumer<unknown>(
    { delivery: new Delivery(), state: () => synced, bestPrices: () => [1, 2], pause: () => {}, look: () => {} },
    { operation: "test", buffer: { policy: "conflate", capacity: 1 }, every, onBest: false }
  )

describe("consumer of a live book: every", () => {
  // the listener of a socket may be called at any step of the fiber that waits
  it.effect("a book that is withheld while its consumer is about to wait is reported at once", () =>
    Effect.gen(function*() {
      for (const [act, expected] of [["withheld", "Resyncing"], ["end", "none"]] as const) {
        const consumer = make(60_000)
        consumer.changed()
        yield* consumer.take
        consumer.changed()
        const runtime = yield* Effect.runtime<never>()
        const fiber = Runtime.runFork(runtime)(Effect.option(consumer.take))
        // the fiber has looked at the clock, and those that wait for it have not begun
        if (act === "withheld") consumer.withheld(withheld)
        else consumer.end()
        yield* TestClock.adjust(1)
        const exit = fiber.unsafePoll()
        assert.isNotNull(exit, expected)
        const reported = yield* Fiber.join(fiber)
        const first = reported._tag === "Some" ? Chunk.unsafeHead(reported.value)._tag : "none"
        assert.strictEqual(first, act === "end" ? "Synced" : expected)
      }
    }))
})
