import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import type { ChannelEvent } from "../../../src/ChannelEvent.ts"
import { Subscription } from "../../../src/internal/socket/subscription.ts"
import type { Consumer } from "../../../src/internal/stream/consumer.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import * as Channel from "../../../src/protocol/Channel.ts"
import type { Layout } from "../../../src/protocol/Layout.ts"
import { PublicTrade } from "../../../src/protocol/records/PublicTrade.ts"

type Event = ChannelEvent<unknown>

const make = (state: Channel.State<never> = Channel.recent<PublicTrade>((row) => row.id, 10)) => {
  const delivery = new Delivery()
  const sub = new Subscription(
    {
      operation: "test",
      channel: "trades",
      fields: {},
      key: "trades",
      subId: undefined,
      layout: PublicTrade as Layout<unknown>,
      state,
      buffer: BufferPolicy.sliding()
    },
    1,
    { delivery, pause: () => undefined }
  )
  const inFrame = (f: () => void) => {
    delivery.begin()
    f()
    delivery.end()
  }
  const trade = (id: number) => sub.data([id, 1, 1, 1], "te", null)
  const frame = (id: number) => inFrame(() => trade(id))
  sub.begin()
  inFrame(() => sub.data([], null, null))
  return { sub, inFrame, trade, frame }
}

/** ids of updates, and the tags of all else */
const reported = (events: ReadonlyArray<Event>) =>
  events.map((event) => event._tag === "Update" ? (event.rows[0] as PublicTrade).id : event._tag)

const settle = Effect.yieldNow().pipe(Effect.repeatN(20))

const startWith = (consumer: Consumer, f: (event: Event) => void = () => undefined) =>
  Effect.gen(function*() {
    const seen: Array<Event> = []
    const fiber = yield* Effect.fork(consumer.forEachSync((event) => {
      seen.push(event)
      f(event)
    }))
    yield* settle
    return { seen, fiber }
  })

describe("a subscription with several consumers", () => {
  it.effect("in place or not, all receive the same elements, and those in place with the frame", () =>
    Effect.gen(function*() {
      const { frame, sub } = make()
      const a = yield* startWith(sub.attach(BufferPolicy.sliding()))
      const b: Array<Event> = []
      const usual = sub.attach(BufferPolicy.sliding())
      yield* Effect.fork(usual.forEach((event) => Effect.sync(() => b.push(event))))
      const c = yield* startWith(sub.attach(BufferPolicy.sliding()))
      for (let id = 1; id <= 3; id++) frame(id)
      assert.deepStrictEqual(reported(a.seen), ["Snapshot", 1, 2, 3])
      assert.deepStrictEqual(reported(b), ["Snapshot"])
      yield* settle
      assert.deepStrictEqual(b, a.seen)
      assert.deepStrictEqual(c.seen, a.seen)
    }))

  it.effect("elements that no frame caused are delivered later, and are not overtaken", () =>
    Effect.gen(function*() {
      const { frame, sub, trade } = make()
      const a = yield* startWith(sub.attach(BufferPolicy.sliding()))
      const b = yield* startWith(sub.attach(BufferPolicy.sliding()))
      frame(1)
      trade(2)
      frame(3)
      for (const { seen } of [a, b]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1])
      yield* settle
      for (const { seen } of [a, b]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1, 2, 3])
      frame(4)
      for (const { seen } of [a, b]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1, 2, 3, 4])
    }))

  it.effect("one that leaves, joins, ends or throws within a frame does not affect the others", () =>
    Effect.gen(function*() {
      const { frame, inFrame, sub, trade } = make()
      const first = sub.attach(BufferPolicy.sliding())
      let late: Consumer | undefined
      const a = yield* startWith(first, (event) => {
        if (event._tag !== "Update") return
        sub.detach(first)
        late ??= sub.attach(BufferPolicy.sliding())
      })
      const b = yield* startWith(sub.attach(BufferPolicy.sliding()))
      const c = yield* startWith(sub.attach(BufferPolicy.sliding()), (event) => {
        if (event._tag === "Update") throw new Error("mine")
      })
      const d = yield* startWith(sub.attach(BufferPolicy.sliding()))
      inFrame(() => {
        trade(1)
        trade(2)
      })
      frame(3)
      yield* settle
      for (const { seen } of [a, c]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1])
      for (const { seen } of [b, d]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1, 2, 3])
      // it arrived with the first, which its snapshot contains
      const { seen } = yield* startWith(late!)
      assert.deepStrictEqual(reported(seen), ["Snapshot", 2, 3])
      yield* Fiber.interrupt(b.fiber)
      frame(4)
      sub.end()
      frame(5)
      yield* settle
      assert.deepStrictEqual(reported(b.seen), ["Snapshot", 1, 2, 3])
      assert.deepStrictEqual(reported(d.seen), ["Snapshot", 1, 2, 3, 4])
      assert.deepStrictEqual(reported(seen), ["Snapshot", 2, 3, 4])
      yield* Fiber.await(d.fiber)
    }))

  it.effect("a frame that a consumer causes is delivered to all after the current one", () =>
    Effect.gen(function*() {
      const { frame, sub } = make()
      let id = 1
      const a = yield* startWith(sub.attach(BufferPolicy.sliding()), (event) => {
        if (event._tag === "Update" && id < 5) frame(++id)
      })
      const b = yield* startWith(sub.attach(BufferPolicy.sliding()))
      frame(id)
      for (const { seen } of [a, b]) assert.deepStrictEqual(reported(seen), ["Snapshot", 1, 2, 3, 4, 5])
    }))
})

/** a cell that no field takes, and how often it was written into the text of an error, which costs more than to read rows */
const counted = () => {
  const cell = { times: 0, toJSON: () => ++cell.times }
  return cell
}

/** place in the frame and count of each unreadable row that is reported, and the tags of all else */
const unread = (events: ReadonlyArray<Event>) =>
  events.map((event) => event._tag === "Malformed" ? [event.error.row, event.count] : event._tag)

describe("a subscription and frames with one unreadable row each", () => {
  const bad = [1, 1, "1", 1]

  it.effect("the first three within a second are reported at once, the others are counted until it is over", () =>
    Effect.gen(function*() {
      const { inFrame, sub } = make()
      const { seen } = yield* startWith(sub.attach(BufferPolicy.sliding()))
      for (let k = 0; k < 10; k++) inFrame(() => sub.data(bad, "te", null))
      assert.deepStrictEqual(unread(seen), ["Snapshot", [null, 1], [null, 1], [null, 1]])
      inFrame(() => sub.tick())
      assert.deepStrictEqual(unread(seen.splice(0)).slice(4), [[null, 7]])
      inFrame(() => sub.tick())
      for (let k = 0; k < 4; k++) inFrame(() => sub.data([[5, 1, 1, 1], bad, bad], null, null))
      assert.deepStrictEqual(unread(seen), ["Update", [1, 1], [2, 1], "Update", [1, 2], "Update", "Update"])
      inFrame(() => sub.tick())
      assert.deepStrictEqual(unread(seen.slice(7)), [[1, 4]])
    }))

  it.effect("those that were counted are reported before the epoch ends, before a snapshot, and before the end", () =>
    Effect.gen(function*() {
      const { inFrame, sub } = make()
      const { seen } = yield* startWith(sub.attach(BufferPolicy.sliding()))
      const flood = (n: number) => {
        for (let k = 0; k < n; k++) inFrame(() => sub.data(bad, "te", null))
      }
      flood(5)
      inFrame(() => sub.interrupt("test"))
      assert.deepStrictEqual(unread(seen.splice(0)).slice(4), [[null, 2], "Interrupted"])
      sub.begin()
      flood(3)
      inFrame(() => sub.data([], null, null))
      assert.deepStrictEqual(unread(seen.splice(0)), [[null, 3], "Snapshot"])
      flood(2)
      sub.end()
      yield* settle
      assert.deepStrictEqual(unread(seen), [[null, 2]])
    }))

  it("a consumer that joins later learns that the state may lack a row, also if the row was only counted", () => {
    const { inFrame, sub } = make(Channel.latest)
    const tags = () => {
      const seen: Array<string> = []
      Effect.runFork(sub.attach(BufferPolicy.sliding()).forEachSync(({ _tag }) => seen.push(_tag)))
      return seen
    }
    const good = () => inFrame(() => sub.data([1, 1, 1, 1], null, null))
    for (let k = 0; k < 3; k++) inFrame(() => sub.data(bad, null, null))
    good()
    assert.deepStrictEqual(tags(), ["Snapshot"])
    inFrame(() => sub.data(bad, null, null))
    assert.deepStrictEqual(tags(), ["Snapshot", "Malformed"])
    good()
    inFrame(() => sub.data(bad, null, null))
    // the next frame repeats the whole state, so nothing is missing any longer
    good()
    assert.deepStrictEqual(tags(), ["Snapshot"])
  })

  it("of 10,000 the first three are described", () => {
    const { sub } = make()
    sub.attach(BufferPolicy.sliding())
    const cell = counted()
    sub.tick()
    for (let k = 0; k < 10_000; k++) sub.data([k, 1, cell, 1], "te", null)
    assert.strictEqual(cell.times, 3)
  })
})

describe("a subscription and unreadable rows in bulk", () => {
  const cell = counted()
  for (const [name, row] of [["too short", [cell]], ["with a wrong cell", [1, 1, cell, 1]]] as const) {
    it(`100,000 rows ${name}: three are described, the last of them counts the others`, async () => {
      const count = 100_000
      const { sub } = make()
      const seen: Array<Event> = []
      Effect.runFork(sub.attach(BufferPolicy.sliding()).forEachSync((event) => seen.push(event)))
      sub.interrupt("test")
      sub.begin()
      cell.times = 0
      sub.data([...Array.from({ length: count }, () => row), [7, 1, 1, 1]], null, null)
      await new Promise<void>((done) => setImmediate(done))
      const bad = seen.flatMap((event) => event._tag === "Malformed" ? [event] : [])
      assert.deepStrictEqual(bad.map(({ count, error }) => [error.row, count]), [[0, 1], [1, 1], [2, count - 2]])
      assert.deepStrictEqual(seen.flatMap((event) => event._tag === "Snapshot" ? event.rows.length : []), [0, 1])
      assert.strictEqual(cell.times, 3)
    })
  }
})
