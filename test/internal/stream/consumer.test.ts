import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"
import { BufferOverflow } from "../../../src/BitfinexError.ts"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import type { ChannelEvent, Snapshot } from "../../../src/ChannelEvent.ts"
import { Consumer } from "../../../src/internal/stream/consumer.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"

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

const delivery = new Delivery()

const make = (buffer: BufferPolicy.BufferPolicy, live: number | null = 1) => {
  const calls: Array<string> = []
  const consumer = new Consumer(
    {
      delivery,
      current: (skipped) => live === null ? undefined : snapshot(live, skipped),
      pause: () => calls.push("pause"),
      resume: () => calls.push("resume"),
      turned: () => undefined
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
  it.effect("delivers everything that waits, in order, and then waits for more", () =>
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

  it.effect("sliding keeps the beginning of the epoch of the elements that follow", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.sliding(2))
      push(snapshot(1), update(1, 1), interrupted(1), snapshot(2), update(2, 1), update(2, 2), update(2, 3))
      assert.deepStrictEqual(yield* take, [gap(2, 3), snapshot(2), gap(2, 1), update(2, 2), update(2, 3)])
    }))

  it.effect("dropping keeps the oldest, and the last epoch boundary that was dropped", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.dropping(2))
      push(snapshot(1), update(1, 1), update(1, 2), interrupted(1), snapshot(2), update(2, 1))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1), gap(2, 2), snapshot(2), gap(2, 1)])
      push(update(2, 2))
      assert.deepStrictEqual(yield* take, [update(2, 2)])
    }))

  it.effect("conflate delivers the current state in place of all waiting elements", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.conflate(2))
      push(snapshot(1), update(1, 1))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1)])
      push(...Array.from({ length: 10 }, (_, k) => update(1, k)))
      assert.deepStrictEqual(yield* take, [snapshot(1, 10)])
    }))

  it.effect("conflate without a state emits Interrupted", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.conflate(2), null)
      push(snapshot(1), update(1, 1), update(1, 2), interrupted(1))
      assert.deepStrictEqual(yield* take, [gap(1, 3), interrupted(1)])
    }))

  it.effect("fail ends after the buffered elements", () =>
    Effect.gen(function*() {
      const { push, take } = make(BufferPolicy.fail(2))
      push(snapshot(1), update(1, 1), update(1, 2), update(1, 3))
      assert.deepStrictEqual(yield* take, [snapshot(1), update(1, 1)])
      const end = yield* Effect.flip(take)
      assert.deepInclude(end._tag === "Some" ? end.value : end, { _tag: "BufferOverflow", capacity: 2 })
    }))

  it.effect("suspend pauses once, keeps further elements, and resumes when they were taken", () =>
    Effect.gen(function*() {
      const { calls, push, take } = make(BufferPolicy.suspend(2))
      push(snapshot(1), update(1, 1))
      assert.deepStrictEqual(calls, [])
      push(update(1, 2), update(1, 3))
      assert.deepStrictEqual(calls, ["pause"])
      assert.lengthOf(yield* take, 4)
      assert.deepStrictEqual(calls, ["pause", "resume"])
    }))

  it.effect("one that ends while it is suspended resumes the socket", () =>
    Effect.sync(() => {
      const { calls, consumer, push } = make(BufferPolicy.suspend(1))
      push(snapshot(1), update(1, 1))
      consumer.dispose()
      consumer.dispose()
      push(update(1, 2))
      assert.deepStrictEqual(calls, ["pause", "resume"])
    }))

  it.effect("ends after the waiting elements, and receives nothing afterwards", () =>
    Effect.gen(function*() {
      const { consumer, push, take } = make(BufferPolicy.sliding(4))
      push(update(1, 1))
      consumer.end()
      push(update(1, 2))
      assert.deepStrictEqual(yield* take, [update(1, 1)])
      assert.strictEqual((yield* Effect.flip(take))._tag, "None")
    }))
})

/** the ways in which all elements can be had, each as they come */
const ways: {
  readonly [name: string]: (consumer: Consumer, f: (event: Event) => void) => Effect.Effect<void, unknown>
} = {
  events: (consumer, f) => Stream.runForEach(consumer.events, (event) => Effect.sync(() => f(event))),
  forEach: (consumer, f) => consumer.forEach((event) => Effect.sync(() => f(event))),
  forEachSync: (consumer, f) => consumer.forEachSync(f)
}

for (const [name, run] of Object.entries(ways)) {
  describe(`consumer, by ${name}`, () => {
    const start = (made: ReturnType<typeof make>) =>
      Effect.gen(function*() {
        const seen: Array<Event> = []
        const fiber = yield* Effect.fork(run(made.consumer, (event) => seen.push(event)))
        yield* settle
        return { ...made, seen, fiber }
      })
    const settle = Effect.yieldNow().pipe(Effect.repeatN(20))

    it.effect("delivers waiting elements, then new ones, and ends after the last", () =>
      Effect.gen(function*() {
        const made = make(BufferPolicy.sliding(8))
        made.push(snapshot(1), update(1, 1))
        const { consumer, fiber, push, seen } = yield* start(made)
        assert.deepStrictEqual(seen, [snapshot(1), update(1, 1)])
        push(update(1, 2), update(1, 3))
        yield* settle
        assert.deepStrictEqual(seen.slice(2), [update(1, 2), update(1, 3)])
        push(update(1, 4))
        consumer.end()
        push(update(1, 5))
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
        assert.deepStrictEqual(seen.slice(4), [update(1, 4)])
      }))

    it.effect("fails after the waiting elements", () =>
      Effect.gen(function*() {
        const { fiber, push, seen } = yield* start(make(BufferPolicy.fail(2)))
        push(update(1, 1), update(1, 2), update(1, 3))
        assert.deepStrictEqual(
          yield* Fiber.await(fiber),
          Exit.fail(new BufferOverflow({ operation: "test", capacity: 2 }))
        )
        assert.deepStrictEqual(seen, [update(1, 1), update(1, 2)])
      }))

    it.effect("has nothing to do with the one that pushes: nothing is seen before that is through", () =>
      Effect.gen(function*() {
        const { push, seen } = yield* start(make(BufferPolicy.sliding(8)))
        push(update(1, 1))
        assert.deepStrictEqual(seen, [])
        yield* settle
        assert.deepStrictEqual(seen, [update(1, 1)])
      }))

    it.effect("reports losses, and resumes a socket that it paused", () =>
      Effect.gen(function*() {
        const sliding = yield* start(make(BufferPolicy.sliding(2)))
        sliding.push(update(1, 1), update(1, 2), update(1, 3))
        const suspend = yield* start(make(BufferPolicy.suspend(1)))
        suspend.push(update(1, 1), update(1, 2))
        yield* settle
        assert.deepStrictEqual(sliding.seen, [gap(1, 1), update(1, 2), update(1, 3)])
        assert.deepStrictEqual(suspend.seen, [update(1, 1), update(1, 2)])
        assert.deepStrictEqual(suspend.calls, ["pause", "resume"])
      }))

    it.effect("sees no more once it was interrupted, nor when it has failed by itself", () =>
      Effect.gen(function*() {
        const { fiber, push, seen } = yield* start(make(BufferPolicy.sliding(8)))
        push(update(1, 1))
        yield* settle
        yield* Fiber.interrupt(fiber)
        push(update(1, 2))
        yield* settle
        assert.deepStrictEqual(seen, [update(1, 1)])

        const made = make(BufferPolicy.sliding(8))
        const heard: Array<Event> = []
        const failing = yield* Effect.fork(run(made.consumer, (event) => {
          heard.push(event)
          if (heard.length === 2) throw new Error("mine")
        }))
        made.push(update(1, 1), update(1, 2), update(1, 3))
        const exit = yield* Fiber.await(failing)
        made.push(update(1, 4))
        yield* settle
        assert.include(String(Exit.isFailure(exit) && exit.cause), "mine")
        assert.deepStrictEqual(heard, [update(1, 1), update(1, 2)])
      }))

    it.effect("misses no element that its own work causes", () =>
      Effect.gen(function*() {
        const made = make(BufferPolicy.sliding(8))
        const seen: Array<Event> = []
        const fiber = yield* Effect.fork(run(made.consumer, (event) => {
          seen.push(event)
          if (seen.length < 5) made.push(update(1, seen.length))
          else made.consumer.end()
        }))
        made.push(update(1, 0))
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
        assert.deepStrictEqual(seen, [0, 1, 2, 3, 4].map((row) => update(1, row)))
      }))

    it.effect("an element, or the end, is not missed while its fiber has yielded", () =>
      Effect.gen(function*() {
        for (let step = 1; step < 60; step++) {
          for (const what of ["comes", "ends"]) {
            const made = make(BufferPolicy.sliding(8))
            let steps = 0
            // at this step of the fiber, something happens before the next one
            const scheduler: Scheduler.Scheduler = {
              shouldYield: () => {
                if (++steps !== step) return false
                if (what === "comes") made.push(update(1, 1))
                else made.consumer.end()
                return 0
              },
              scheduleTask: (task, priority) => Scheduler.defaultScheduler.scheduleTask(task, priority)
            }
            const seen: Array<Event> = []
            const fiber = yield* Effect.fork(
              Effect.withScheduler(run(made.consumer, (event) => seen.push(event)), scheduler)
            )
            yield* settle
            if (steps < step) yield* Fiber.interrupt(fiber)
            else if (what === "comes") {
              assert.deepStrictEqual(seen, [update(1, 1)], `step ${step}`)
              yield* Fiber.interrupt(fiber)
            } else assert.isNotNull(fiber.unsafePoll(), `step ${step}`)
          }
        }
      }))
  })
}

describe("consumer: effects of one that runs in place", () => {
  it.effect("run one after the other, and the first failure ends it", () =>
    Effect.gen(function*() {
      const { consumer, push } = make(BufferPolicy.sliding(8))
      const log: Array<string> = []
      push(update(1, 1), update(1, 2), update(1, 3))
      const exit = yield* Effect.exit(consumer.forEach((event) =>
        Effect.gen(function*() {
          const row = event._tag === "Update" ? event.rows[0] : undefined
          log.push(`begin ${row}`)
          yield* Effect.yieldNow()
          if (row === 2) return yield* Effect.fail("enough")
          log.push(`end ${row}`)
        })
      ))
      assert.deepStrictEqual(exit, Exit.fail("enough"))
      assert.deepStrictEqual(log, ["begin 1", "end 1", "begin 2"])
    }))
})

describe("consumer: the end of its stream under suspend", () => {
  it("the socket is read again at once: the waiting elements may never be taken", () => {
    const { calls, consumer, push } = make(BufferPolicy.suspend(1))
    push(update(1, 1), update(1, 2))
    assert.deepStrictEqual(calls, ["pause"])
    consumer.end()
    assert.deepStrictEqual(calls, ["pause", "resume"])
    consumer.dispose()
    assert.deepStrictEqual(calls, ["pause", "resume"])
  })
})

describe("consumer: a function that runs in place", () => {
  /** deals with a frame */
  const frame = (deal: () => void): void => {
    delivery.begin()
    deal()
    delivery.end()
  }

  const start = Effect.fnUntraced(function*(f: (event: Event) => void) {
    const made = make(BufferPolicy.sliding(8))
    const fiber = yield* Effect.fork(made.consumer.forEachSync(f))
    yield* Effect.yieldNow()
    return { ...made, fiber }
  })

  it.effect("has each element when its frame is dealt with, neither earlier nor later", () =>
    Effect.gen(function*() {
      const seen: Array<Event> = []
      const { push } = yield* start((event) => seen.push(event))
      frame(() => {
        push(update(1, 1), update(1, 2))
        // one frame may bring about another
        frame(() => push(update(1, 3)))
        assert.deepStrictEqual(seen, [])
      })
      assert.deepStrictEqual(seen, [update(1, 1), update(1, 2), update(1, 3)])
    }))

  it.effect("waiting elements come before those of a frame", () =>
    Effect.gen(function*() {
      const seen: Array<Event> = []
      const { consumer, fiber, push } = yield* start((event) => seen.push(event))
      push(update(1, 1))
      frame(() => push(update(1, 2)))
      assert.deepStrictEqual(seen, [])
      consumer.end()
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [update(1, 1), update(1, 2)])
    }))

  it.effect("elements that it causes itself reach all in the same order", () =>
    Effect.gen(function*() {
      const [one, other]: [Array<Event>, Array<Event>] = [[], []]
      const bring = (events: ReadonlyArray<Event>) => {
        for (const each of [first, second]) each.push(...events)
      }
      const first = yield* start((event) => {
        one.push(event)
        if (one.length === 1) bring([update(1, 3)])
        // a socket in memory answers at once
        if (one.length === 2) frame(() => bring([update(1, 4)]))
      })
      const second = yield* start((event) => other.push(event))
      frame(() => bring([update(1, 1), update(1, 2)]))
      frame(() => bring([update(1, 5)]))
      yield* Effect.yieldNow().pipe(Effect.repeatN(20))
      assert.deepStrictEqual(one, other)
      assert.sameDeepMembers(one, [1, 2, 3, 4, 5].map((row) => update(1, row)))
    }))

  it.effect("one that throws takes nothing from the others", () =>
    Effect.gen(function*() {
      const seen: Array<Event> = []
      const first = yield* start(() => {
        throw new Error("mine")
      })
      const second = yield* start((event) => seen.push(event))
      frame(() => {
        first.push(update(1, 1), update(1, 2))
        second.push(update(1, 1))
      })
      frame(() => second.push(update(1, 2)))
      assert.deepStrictEqual(seen, [update(1, 1), update(1, 2)])
      assert.include(String(yield* Effect.flip(Effect.sandbox(Fiber.join(first.fiber)))), "mine")
    }))

  it.effect("one that was interrupted hears nothing more, not even of the same frame", () =>
    Effect.gen(function*() {
      const seen: Array<Event> = []
      const one = yield* start((event) => {
        seen.push(event)
        Effect.runFork(Fiber.interruptFork(one.fiber))
      })
      frame(() => one.push(update(1, 1)))
      yield* Fiber.await(one.fiber)
      frame(() => one.push(update(1, 2)))
      assert.deepStrictEqual(seen, [update(1, 1)])
    }))
})
