import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  type Event,
  failureOf,
  inject,
  inMemory,
  inOrder,
  pass,
  pull,
  settle,
  start,
  turns
} from "../support/market.ts"

const feed = MarketData.book({ symbol: "tBTCUSD" })

/** the same, for a slow consumer */
const slow = (buffer: BufferPolicy.BufferPolicy) => MarketData.book({ symbol: "tBTCUSD" }, { buffer })

/** number of lost elements that the stream reports */
const lost = (events: ReadonlyArray<Event>): number =>
  events.reduce(
    (sum, event) => sum + (event._tag === "Gap" ? event.lost : event._tag === "Snapshot" ? event.skipped : 0),
    0
  )

/** elements that carry their own rows */
const delivered = (events: ReadonlyArray<Event>): number =>
  events.filter((event) => event._tag !== "Gap" && !(event._tag === "Snapshot" && event.skipped > 0)).length

/** a fast consumer, and a consumer that is blocked during a minute of feed */
const blocked = (buffer: BufferPolicy.BufferPolicy) =>
  Effect.gen(function*() {
    const fast = yield* start(feed)
    yield* settle
    const consumer = yield* pull(slow(buffer))
    yield* pass("1 minute")
    assert.isAbove(fast.events.length, 300)
    return { fast, consumer }
  })

/** a busy market with a large tick */
const busy = { step: 500, tick: 500 }

describe("MarketData: a consumer that is blocked for a minute", () => {
  for (
    const [name, buffer] of [
      ["conflate", BufferPolicy.conflate(64)],
      ["sliding", BufferPolicy.sliding(64)],
      ["dropping", BufferPolicy.dropping(64)]
    ] as const
  ) {
    it.scoped(`${name}: delivered and reported lost elements add up, and other consumers are unaffected`, () =>
      Effect.gen(function*() {
        const { consumer, fast } = yield* blocked(buffer)
        yield* consumer.open
        assert.strictEqual(delivered(consumer.events) + lost(consumer.events), fast.events.length)
        assert.isAbove(lost(consumer.events), 100)
        assert.isAtMost(delivered(consumer.events), 64 + 2)
        assert.isUndefined(consumer.exit())
        assert.isTrue(inOrder(consumer.events))
        assert.isTrue(inOrder(fast.events))
        assert.strictEqual(lost(fast.events), 0)
        // from here on both receive the same
        const [before, others] = [consumer.events.length, fast.events.length]
        yield* pass("2 seconds")
        assert.isAbove(fast.events.length, others)
        assert.deepStrictEqual(consumer.events.slice(before), fast.events.slice(others))
      }).pipe(inMemory(busy)))
  }

  it.scoped("conflate: one snapshot holds the current book", () =>
    Effect.gen(function*() {
      const { consumer } = yield* blocked(BufferPolicy.conflate(64))
      yield* consumer.open
      const last = consumer.events.at(-1)
      const fresh = yield* start(feed)
      yield* settle
      assert.isTrue(last?._tag === "Snapshot" && last.skipped > 0)
      assert.deepStrictEqual(
        last?._tag === "Snapshot" && last.rows,
        fresh.events[0]?._tag === "Snapshot" && fresh.events[0].rows
      )
    }).pipe(inMemory(busy)))

  it.scoped("sliding: the newest elements are kept", () =>
    Effect.gen(function*() {
      const { consumer, fast } = yield* blocked(BufferPolicy.sliding(64))
      yield* consumer.open
      assert.deepStrictEqual(consumer.events.slice(-64), fast.events.slice(-64))
    }).pipe(inMemory(busy)))

  it.scoped("dropping: the oldest elements are kept", () =>
    Effect.gen(function*() {
      const { consumer, fast } = yield* blocked(BufferPolicy.dropping(64))
      yield* consumer.open
      assert.deepStrictEqual(consumer.events.slice(0, 65), fast.events.slice(0, 65))
      assert.deepStrictEqual(consumer.events.at(-1), {
        _tag: "Gap",
        epoch: 1,
        cause: "buffer",
        lost: fast.events.length - 65
      })
    }).pipe(inMemory(busy)))

  it.scoped("fail: the stream fails after the buffered elements; the others continue", () =>
    Effect.gen(function*() {
      const { consumer, fast } = yield* blocked(BufferPolicy.fail(64))
      yield* consumer.open
      assert.deepStrictEqual(consumer.events, fast.events.slice(0, 65))
      assert.deepInclude(failureOf(consumer.exit()!), { _tag: "BufferOverflow", capacity: 64 })
      assert.isUndefined(fast.exit())
      const again = yield* start(slow(BufferPolicy.fail(64)))
      yield* pass("1 second")
      assert.strictEqual(again.events[0]?._tag, "Snapshot")
    }).pipe(inMemory(busy)))

  it.scoped("a reconnect in the meantime is not dropped with the rest", () =>
    Effect.gen(function*() {
      const fast = yield* start(feed)
      const consumers = [
        yield* pull(slow(BufferPolicy.sliding(16))),
        yield* pull(slow(BufferPolicy.dropping(16))),
        yield* pull(slow(BufferPolicy.conflate(16)))
      ]
      yield* pass("10 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("10 seconds")
      for (const each of consumers) {
        yield* each.open
        assert.strictEqual(delivered(each.events) + lost(each.events), fast.events.length)
        assert.include(turns(each.events), "Snapshot 2")
        const last = each.events.at(-1)!
        assert.strictEqual(last.epoch, 2)
      }
    }).pipe(inMemory(busy)))

  it.scoped("conflate: a consumer that resumes while the socket is down receives Interrupted, not a stale book", () =>
    Effect.gen(function*() {
      const consumer = yield* pull(slow(BufferPolicy.conflate(16)))
      yield* pass("10 seconds")
      yield* inject(Fault.Refuse.make({ times: 100 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("10 seconds")
      yield* consumer.open
      assert.strictEqual(consumer.events.at(-1)?._tag, "Interrupted")
    }).pipe(inMemory(busy)))
})

describe("MarketData: suspend", () => {
  it.scoped("the socket is not read while the consumer is behind, and nothing is lost", () =>
    Effect.gen(function*() {
      const other = yield* start(MarketData.trades("tBTCUSD"))
      const consumer = yield* pull(slow(BufferPolicy.suspend(32)))
      yield* pass("30 seconds")
      const held = other.events.length
      yield* pass("30 seconds")
      // the same socket carries both
      assert.strictEqual(other.events.length, held)
      assert.lengthOf(yield* connections, 1)
      yield* consumer.open
      yield* pass("1 second")
      assert.isAbove(consumer.events.length, 300)
      assert.strictEqual(lost(consumer.events), 0)
      assert.deepStrictEqual(turns(consumer.events), ["Snapshot 1"])
      assert.isAbove(other.events.length, held + 10)
      const fresh = yield* start(feed)
      yield* settle
      const { asks, bids } = (yield* FakeExchange).market.book("tBTCUSD", "P0", 25)
      assert.strictEqual(fresh.events[0]?._tag === "Snapshot" && fresh.events[0].rows.length, bids.length + asks.length)
      // watched again
      yield* inject(Fault.HalfOpen.make({}))
      yield* pass("22 seconds")
      assert.deepStrictEqual(turns(consumer.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
    }).pipe(inMemory(busy)))

  it.scoped("a consumer that ends resumes the socket", () =>
    Effect.gen(function*() {
      const other = yield* start(MarketData.trades("tBTCUSD"))
      const consumer = yield* pull(slow(BufferPolicy.suspend(32)))
      yield* pass("30 seconds")
      const held = other.events.length
      yield* consumer.stop
      yield* pass("5 seconds")
      assert.isAbove(other.events.length, held + 10)
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory(busy)))

  it.scoped("a paused socket can be closed", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      yield* pull(slow(BufferPolicy.suspend(32)))
      yield* pass("30 seconds")
      yield* Effect.fork(market.close(4000, "enough"))
      yield* pass("1 second")
      assert.deepInclude((yield* connections)[0], { state: "closed", endedBy: "client", code: 4000 })
    }).pipe(inMemory(busy)))
})

it.scoped("slow consumers receive everything in the order in which it was sent", () =>
  Effect.gen(function*() {
    const fast = yield* start(feed)
    const seen: Array<Event> = []
    // every other element takes longer than the next one
    yield* Effect.forkScoped(
      slow(BufferPolicy.sliding()).pipe(
        Stream.mapEffect((event) => Effect.delay(Effect.succeed(event), seen.length % 2 === 0 ? 7 : 1)),
        Stream.runForEachChunk((chunk) => Effect.sync(() => seen.push(...Chunk.toReadonlyArray(chunk))))
      )
    )
    yield* pass("5 seconds")
    assert.isAbove(seen.length, 30)
    assert.deepStrictEqual(seen, fast.events.slice(0, seen.length))
  }).pipe(inMemory(busy)))
