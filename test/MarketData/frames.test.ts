import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  gather,
  inject,
  inMemory,
  openChannels,
  pass,
  settle,
  start,
  tags,
  turns
} from "../support/market.ts"

const setup = Effect.gen(function*() {
  const problems = yield* gather((yield* MarketData.MarketData).problems)
  const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
  const trades = yield* start(MarketData.trades("tBTCUSD"))
  yield* pass("2 seconds")
  return { problems, book, trades }
})

describe("MarketData: unparseable frames", () => {
  for (
    const [name, text, reason] of [
      ["text that is no JSON", "hello", "not JSON"],
      ["nothing at all", "", "not JSON"],
      ["JSON that is cut short", `[123,[1,2`, "not JSON"],
      ["an object without event", `{"chanId":1}`, "neither an array nor an object with an event"],
      ["an event that is no text", `{"event":5}`, "neither an array nor an object with an event"],
      ["null", "null", "neither an array nor an object with an event"],
      ["an array without a channel id", `["hb",1]`, "array without a channel id"],
      ["an empty array", "[]", "array without a channel id"],
      ["an unknown event", `{"event":"party"}`, "unknown event"],
      ["an array nested 5,000 deep", `[123,${"[".repeat(5000)}${"]".repeat(5000)}]`, "nested deeper than 100 levels"],
      [
        "an event nested 5,000 deep",
        `{"event":"party","guests":${`{"and":`.repeat(5000)}1${"}".repeat(5000)}}`,
        "nested deeper than 100 levels"
      ]
    ] as const
  ) {
    it.scoped(`${name} is one problem, and no stream is affected`, () =>
      Effect.gen(function*() {
        const { book, problems, trades } = yield* setup
        yield* inject(Fault.Send.make({ text }))
        yield* pass("2 seconds")
        assert.lengthOf(problems, 1)
        assert.deepInclude(problems[0], { _tag: "Malformed", reason, epoch: 1, connection: "public-1" })
        for (const { events } of [book, trades]) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        assert.isFalse([...book.events, ...trades.events].some(({ _tag }) => _tag === "Malformed"))
      }).pipe(inMemory()))
  }

  it.scoped("a binary frame is one problem", () =>
    Effect.gen(function*() {
      const { book, problems } = yield* setup
      yield* inject(Fault.SendBinary.make({ bytes: [91, 49, 93] }))
      yield* pass("2 seconds")
      assert.deepStrictEqual(problems.map((each) => each._tag === "Malformed" && each.reason), ["binary frame"])
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("a frame of 10 MB is one problem with a short quote", () =>
    Effect.gen(function*() {
      const { book, problems } = yield* setup
      yield* inject(Fault.Huge.make({ bytes: 10_000_000 }))
      yield* pass("2 seconds")
      assert.lengthOf(problems, 1)
      assert.isTrue(problems[0]?._tag === "Malformed" && problems[0].text.length === 200)
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("data of an unrequested channel is reported once", () =>
    Effect.gen(function*() {
      const { book, problems } = yield* setup
      for (let k = 0; k < 3; k++) yield* inject(Fault.Send.make({ text: "[4711,[1,2,3]]" }))
      yield* pass("2 seconds")
      // their missing number is reported as well
      const unknown = problems.filter(({ _tag }) => _tag !== "Malformed")
      assert.deepStrictEqual(unknown, [{ _tag: "UnknownChannel", epoch: 1, chanId: 4711, connection: "public-1" }])
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("an acknowledgement of an unrequested subscription is reported, and the channel unsubscribed", () =>
    Effect.gen(function*() {
      const { book, problems } = yield* setup
      yield* inject(Fault.Send.make({ text: `{"event":"subscribed","channel":"ticker","chanId":4711,"symbol":"tX"}` }))
      yield* settle
      const frames = (yield* connections)[0]!.frames.map(({ json }) => json)
      assert.deepStrictEqual(frames.at(-1), { event: "unsubscribe", chanId: 4711 })
      assert.deepInclude(problems[0], { _tag: "UnknownChannel", chanId: 4711 })
      assert.isUndefined(book.exit())
    }).pipe(inMemory()))

  it.scoped("a duplicate acknowledgement does not end the channel that it names", () =>
    Effect.gen(function*() {
      const { book } = yield* setup
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("book"))!
      const fields = `"channel":"book","symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"25","subId":"1"`
      yield* inject(Fault.Send.make({ text: `{"event":"subscribed","chanId":${chanId},${fields}}` }))
      yield* pass("2 seconds")
      assert.lengthOf((yield* openChannels)[0]!, 2)
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("a truncated data frame is a problem and a gap, and both are repaired", () =>
    Effect.gen(function*() {
      const { book, problems } = yield* setup
      yield* inject(Fault.Truncate.make({ match: "book" }))
      yield* pass("3 seconds")
      assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["Malformed", "SequenceGap"])
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
    }).pipe(inMemory()))
})

describe("MarketData: rows that do not match their layout", () => {
  const spoiled = (name: string, fault: Fault.Fault, error: object) =>
    it.scoped(`${name}: one Malformed, and the stream and the others continue`, () =>
      Effect.gen(function*() {
        const { book, problems, trades } = yield* setup
        yield* inject(fault)
        yield* pass("5 seconds")
        const bad = trades.events.flatMap((event) => event._tag === "Malformed" ? [event] : [])
        assert.lengthOf(bad, 1)
        assert.strictEqual(bad[0]!.epoch, 1)
        assert.deepInclude(bad[0]!.error, {
          _tag: "DecodeError",
          operation: "MarketData.trades",
          layout: "PublicTrade"
        })
        assert.deepInclude(bad[0]!.error, error)
        assert.isUndefined(trades.exit())
        assert.strictEqual(trades.events.at(-1)?._tag, "Update")
        assert.isFalse(tags(book.events).includes("Malformed"))
        assert.deepStrictEqual(problems, [])
      }).pipe(inMemory()))

  spoiled("a number that is text", Fault.CorruptRow.make({ match: "trades" }), { field: "price", index: 3, row: null })
  spoiled("a row that is too short", Fault.ShortRow.make({ match: "trades" }), { field: "price", index: 3, row: null })

  it.scoped("a bad row of a snapshot: the other rows are delivered", () =>
    Effect.gen(function*() {
      yield* inject(Fault.CorruptRow.make({ connection: 1, match: "book" }))
      const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* settle
      const [snapshot, malformed] = book.events
      assert.isTrue(snapshot?._tag === "Snapshot" && snapshot.rows.length > 10)
      assert.isTrue(malformed?._tag === "Malformed" && malformed.error.row === 0)
    }).pipe(inMemory()))

  it.scoped("a later consumer receives an error for missing rows until the next snapshot", () =>
    Effect.gen(function*() {
      yield* inject(Fault.CorruptRow.make({ connection: 1, match: "book" }))
      const open = MarketData.book({ symbol: "tBTCUSD" })
      const first = yield* start(open)
      yield* settle
      const later = yield* start(open)
      yield* settle
      assert.deepStrictEqual(tags(later.events).slice(0, 2), ["Snapshot", "Malformed"])
      assert.deepStrictEqual(later.events[1], first.events[1])
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("5 seconds")
      const last = yield* start(open)
      yield* settle
      assert.strictEqual(last.events[0]?._tag, "Snapshot")
      assert.isFalse(tags(last.events).includes("Malformed"))
    }).pipe(inMemory()))

  it.scoped("a consumer with room for one element receives the state without overflow", () =>
    Effect.gen(function*() {
      yield* inject(Fault.CorruptRow.make({ connection: 1, match: "book" }))
      yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* settle
      const later = yield* start(MarketData.book({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.fail(1) }))
      yield* settle
      assert.isUndefined(later.exit())
      assert.strictEqual(later.events[0]?._tag, "Snapshot")
    }).pipe(inMemory()))

  it.scoped("a ticker that became readable again is complete for a later consumer", () =>
    Effect.gen(function*() {
      const first = yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("ticker"))!
      yield* inject(Fault.Send.make({ text: `[${chanId},["x"]]` }))
      yield* settle
      assert.strictEqual(first.events.at(-1)?._tag, "Malformed")
      const between = yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      assert.deepStrictEqual(tags(between.events).slice(0, 2), ["Snapshot", "Malformed"])
      yield* pass("10 seconds")
      assert.strictEqual(first.events.at(-1)?._tag, "Update")
      const later = yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      assert.deepStrictEqual(tags(later.events).slice(0, 1), ["Snapshot"])
      assert.isFalse(tags(later.events).includes("Malformed"))
    }).pipe(inMemory()))

  it.scoped("a malformed snapshot is reported before the snapshot that replaces it", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Lose.make({ connection: 1, match: "ticker" }))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("ticker"))!
      yield* inject(Fault.Send.make({ text: `[${chanId},5]` }))
      yield* settle
      assert.deepStrictEqual(ticker.events.map(({ _tag, epoch }) => `${_tag} ${epoch}`), ["Malformed 1"])
      yield* pass("20 seconds")
      assert.strictEqual(ticker.events[1]?._tag, "Snapshot")
    }).pipe(inMemory()))

  it.scoped("five additional cells are not a problem", () =>
    Effect.gen(function*() {
      const { problems, trades } = yield* setup
      yield* inject(Fault.LongRow.make({ match: "trades" }))
      yield* pass("5 seconds")
      assert.deepStrictEqual([...new Set(tags(trades.events))], ["Snapshot", "Update"])
      assert.deepStrictEqual(problems, [])
    }).pipe(inMemory()))

  for (const payload of ["5", "null", `{"a":1}`, "true"]) {
    it.scoped(`a payload of ${payload} in place of a row`, () =>
      Effect.gen(function*() {
        const { trades } = yield* setup
        const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("trades"))!
        yield* inject(Fault.Send.make({ text: `[${chanId},${payload}]` }))
        yield* settle
        assert.strictEqual(trades.events.at(-1)?._tag, "Malformed")
        assert.isUndefined(trades.exit())
      }).pipe(inMemory()))
  }

  it.scoped("a checksum that is not a number", () =>
    Effect.gen(function*() {
      const { book } = yield* setup
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("book"))!
      yield* inject(Fault.Send.make({ text: `[${chanId},"cs","x"]` }))
      yield* settle
      assert.strictEqual(book.events.at(-1)?._tag, "Malformed")
    }).pipe(inMemory()))
})
