import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as Recorder from "../../src/Recorder.ts"
import type { Line } from "../../src/Recording.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Replay from "../../src/testing/Replay.ts"
import * as Trades from "../../src/Trades.ts"
import * as WsConnection from "../../src/WsConnection.ts"
import { type Event, failureOf, gather, inject, pass, settle, start, steady, turns } from "../support/market.ts"

const shipped = fileURLToPath(new URL("../../examples/backtest/market.ndjson", import.meta.url))

const quiet = Logger.remove(Logger.defaultLogger)
const base = Layer.merge(NodeFileSystem.layer, quiet)

const clients = (settings: BitfinexConfig.Overrides = {}) => <A, E, R>(sockets: Layer.Layer<A, E, R>) =>
  Layer.mergeAll(MarketData.layer, WsConnection.layer).pipe(
    Layer.provide(RateLimiter.layerMemory),
    Layer.provideMerge(sockets),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "100 millis" } }, settings))
  ) as Layer.Layer<MarketData.MarketData | WsConnection.WsConnection | A, E, R>

const replay = (options: Replay.Options, settings?: BitfinexConfig.Overrides) =>
  clients(settings)(Replay.layer(options))

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

// ---------------------------------------------------------------------------------------------------------------------
// handmade recordings
// ---------------------------------------------------------------------------------------------------------------------

const header = { format: "effect-bitfinex/recording", version: 1, part: 1, mts: 0, open: [] }
const flags = 65536 + 131072
const received = (mts: number, frame: unknown, connection = 1): Line => ({
  mts,
  type: "received",
  connection,
  text: JSON.stringify(frame)
})
const connected = (mts: number, connection = 1, granted = flags): ReadonlyArray<Line> => [
  { mts, type: "connect", connection, url: "ws://venue" },
  { mts, type: "open", connection },
  received(mts, { event: "info", version: 2, serverId: "s", platform: { status: 1 } }, connection),
  received(mts, { event: "conf", status: "OK", flags: granted }, connection)
]
const subscribed = (mts: number, channel: string, chanId: number, fields: object, connection = 1) =>
  received(mts, { event: "subscribed", channel, chanId, ...fields, subId: "theirs" }, connection)
const symbol = { symbol: "tBTCUSD", pair: "BTCUSD" }
const bookFields = { ...symbol, prec: "P0", freq: "F0", len: "25" }
const closed = (mts: number, by: "client" | "venue", code: number, connection = 1): Line => ({
  mts,
  type: "close",
  connection,
  by,
  code,
  reason: code === 1006 ? "" : "why"
})
const end: Line = { mts: 1e6, type: "end", next: null }
const snapshot = [[100, 1, 2], [101, 1, -2]]

const write = (lines: ReadonlyArray<object>, tail = "\n") =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = `${yield* folder}/made.ndjson`
    yield* fs.writeFileString(file, lines.map((line) => JSON.stringify(line)).join("\n") + tail)
    return file
  })

/** plays handmade lines */
const played = <A, E, R>(
  lines: ReadonlyArray<Line>,
  effect: Effect.Effect<A, E, R>,
  options: Partial<Replay.Options> = {},
  settings?: BitfinexConfig.Overrides
) =>
  Effect.flatMap(
    write([header, ...lines, end]),
    (file) => Effect.provide(effect, replay({ file, ...options }, settings))
  )

const rowsOf = (events: ReadonlyArray<Event>, tag: "Snapshot" | "Update") =>
  events.flatMap((event) => event._tag === tag ? event.rows as ReadonlyArray<any> : [])

/** price to amount, as a consumer maintains a book */
const bookOf = (events: ReadonlyArray<Event>) => {
  let book = new Map<number, number>()
  for (const event of events) {
    if (event._tag !== "Snapshot" && event._tag !== "Update") continue
    if (event._tag === "Snapshot") book = new Map()
    for (const { amount, count, price } of event.rows) {
      if (count === 0) book.delete(price)
      else book.set(price, amount)
    }
  }
  return [...book].sort(([a], [b]) => a - b)
}

describe("Replay", () => {
  it.scoped("delivers to a program the same elements as when it was recorded, at the same times", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/market.ndjson`
      /** each element with the second of its arrival; without ids of connections and similar values */
      const program = Effect.gen(function*() {
        const out: Array<readonly [second: number, name: string, event: Event]> = []
        const clock = yield* Effect.clock
        const begun = clock.unsafeCurrentTimeMillis()
        const note = <E, R>(name: string, stream: Stream.Stream<Event, E, R>) =>
          Effect.forkScoped(
            Stream.runForEach(stream, (event) =>
              Effect.sync(() => out.push([clock.unsafeCurrentTimeMillis() - begun, name, event])))
          )
        yield* note("book", MarketData.book({ symbol: "tBTCUSD" }))
        yield* note("trades", MarketData.trades("tBTCUSD"))
        yield* note("ticker", MarketData.ticker("fUSD"))
        for (let k = 0; k < 12; k++) {
          yield* pass("1 second")
        }
        return out
      })
      const exchange = FakeExchange.layerMemory({
        history: 60_000,
        symbols: ["tBTCUSD", "fUSD"],
        script: [{ after: 4000, fault: Fault.Drop.make({ code: 1012 }) }]
      })
      const before = yield* Effect.scoped(Effect.provide(
        program,
        clients()(Layer.provide(Recorder.layer({ file }), exchange))
      ))
      const after = yield* Effect.scoped(Effect.provide(program, replay({ file })))
      assert.isAbove(before.length, 50)
      for (const name of ["book", "trades", "ticker"]) {
        const of = (all: typeof before) => all.filter(([, each]) => each === name)
        assert.includeMembers([...turns(of(before).map(([, , event]) => event))], ["Interrupted 1", "Snapshot 2"])
        assert.deepStrictEqual(of(after), of(before))
      }
    }).pipe(Effect.provide(base)))

  it.scoped("answers in any order, on any number of sockets, and late subscribers with the current state", () =>
    Effect.gen(function*() {
      const early = yield* start(MarketData.book({ symbol: "tBTCUSD", len: 25 }))
      yield* pass("20 seconds")
      const candles = yield* start(MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }))
      const connection = yield* WsConnection.WsConnection
      const late = yield* start(connection.book({ symbol: "tBTCUSD" }))
      const trades = yield* start(connection.trades({ symbol: "tBTCUSD" }))
      yield* settle
      assert.deepStrictEqual(bookOf(late.events), bookOf(early.events))
      assert.isAbove(rowsOf(early.events, "Update").length, 50)
      const [book] = late.events
      assert.isTrue(
        book?._tag === "Snapshot" && book.rows.length === 50 && book.rows[0].price > book.rows[49].price - 1e9
      )
      assert.isAbove(rowsOf(trades.events, "Snapshot").length, 10)
      assert.isAbove(rowsOf(candles.events, "Snapshot").length, 10)
      yield* pass("15 seconds")
      assert.deepStrictEqual(bookOf(late.events), bookOf(early.events))
      for (const each of [early, late, trades, candles]) {
        assert.deepStrictEqual(turns(each.events), ["Snapshot 1"])
        assert.isFalse(each.events.some(({ _tag }) => _tag === "Gap" || _tag === "Malformed"))
        assert.isAbove(rowsOf(each.events, "Update").length, 0)
      }
    }).pipe(Effect.provide(replay({ file: shipped })), Effect.provide(base)))

  it.scoped("refuses every channel if none was recorded, and does not blame a flag for it", () =>
    Effect.gen(function*() {
      const file = yield* write([header, end])
      yield* Effect.gen(function*() {
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("2 seconds")
        assert.include(trades.failure()?.message, "the recording lacks trades|tBTCUSD; it has nothing")
      }).pipe(Effect.provide(replay({ file })))
    }).pipe(Effect.provide(base)))

  it.scoped("refuses a channel that is not in the recording, and lists the available ones", () =>
    Effect.gen(function*() {
      const { channels } = yield* Replay.Replay
      assert.deepStrictEqual([...channels], ["trades|tBTCUSD", "book|tBTCUSD|P0|F0|25", "candles|trade:1m:tBTCUSD"])
      const other = yield* start(MarketData.ticker("tBTCUSD"))
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("2 seconds")
      const failure = other.failure()
      assert.deepInclude({ ...failure }, { _tag: "SubscriptionRejected", code: 10300, request: "ticker|tBTCUSD" })
      assert.include(
        failure?.message,
        "the recording lacks ticker|tBTCUSD; it has trades|tBTCUSD, book|tBTCUSD|P0|F0|25"
      )
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
    }).pipe(Effect.provide(replay({ file: shipped })), Effect.provide(base)))

  it.scoped("refuses a channel that begins later as not ready, with its start time", () =>
    played(
      [
        ...connected(0),
        subscribed(0, "trades", 7, symbol),
        received(0, [7, [], 1]),
        subscribed(60_000, "ticker", 8, symbol),
        received(60_000, [8, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2])
      ],
      Effect.gen(function*() {
        const problems = yield* gather((yield* MarketData.MarketData).problems)
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        const ticker = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("50 seconds")
        assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
        assert.deepStrictEqual(ticker.events, [])
        assert.deepInclude(problems[0], {
          _tag: "VenueError",
          code: 11000,
          text: "not ready: the recording has ticker|tBTCUSD from 1970-01-01T00:01:00.000Z on"
        })
        yield* pass("50 seconds")
        assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
        assert.deepInclude(rowsOf(ticker.events, "Snapshot")[0], { bid: 1, ask: 3 })
      })
    ).pipe(Effect.provide(base)))

  it.scoped("a book with a gap between subscriptions is interrupted, and restarts where it was subscribed again", () =>
    played(
      [
        ...connected(0),
        subscribed(0, "book", 7, bookFields),
        received(0, [7, snapshot, 1]),
        subscribed(0, "trades", 8, symbol),
        received(0, [8, [], 2]),
        received(1000, { event: "unsubscribed", status: "OK", chanId: 7 }),
        subscribed(30_000, "book", 9, bookFields),
        received(30_000, [9, [[200, 1, 2]], 3]),
        received(60_000, [8, "te", [1, 2, 3, 4], 4])
      ],
      Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("5 seconds")
        assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1"])
        yield* pass("55 seconds")
        assert.deepStrictEqual(turns(book.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.deepStrictEqual(bookOf(book.events), [[200, 2]])
        assert.strictEqual(rowsOf(trades.events, "Update").length, 1)
      })
    ).pipe(Effect.provide(base)))

  it.scoped("a channel that ends long before the recording is unsubscribed, not silent", () =>
    played(
      [
        ...connected(0),
        subscribed(0, "book", 7, bookFields),
        received(0, [7, snapshot, 1]),
        subscribed(0, "trades", 8, symbol),
        received(0, [8, [], 2]),
        received(10_000, { event: "unsubscribed", status: "OK", chanId: 7 }),
        received(30_000, [8, "te", [1, 2, 3, 4], 3])
      ],
      Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("31 seconds")
        assert.include(book.failure()?.message, "ended at 1970-01-01T00:00:10.000Z: the recording has no more of it")
        assert.isUndefined(trades.exit())
        const replayed = yield* Replay.Replay
        yield* replayed.ended
        assert.strictEqual(yield* replayed.position, 30_000)
        assert.deepStrictEqual([replayed.start, replayed.end], [0, 30_000])
        // the channels that lasted to the end stay open, with heartbeats
        yield* pass("2 minutes")
        assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      })
    ).pipe(Effect.provide(base)))

  it.scoped("a book is not played beyond missing frames, whether the network or the recorder lost them", () =>
    Effect.gen(function*() {
      for (
        const [loss, seq] of [
          [[], 9],
          [[{ mts: 2000, type: "dropped", connection: 1, count: 3 }], 3]
        ] as ReadonlyArray<readonly [ReadonlyArray<Line>, number]>
      ) {
        const lines = [
          ...connected(0),
          subscribed(0, "book", 7, bookFields),
          received(0, [7, snapshot, 1]),
          subscribed(0, "trades", 8, symbol),
          received(0, [8, [], 2]),
          ...loss,
          received(2000, [8, "te", [1, 2, 3, 4], seq]),
          received(3000, [7, [102, 1, -1], seq + 1]),
          received(9000, [8, "te", [2, 2, 3, 4], seq + 2])
        ]
        yield* Effect.scoped(played(
          lines,
          Effect.gen(function*() {
            const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
            const trades = yield* start(MarketData.trades("tBTCUSD"))
            yield* pass("10 seconds")
            assert.include(book.failure()?.message, "frames are missing from the recording")
            assert.deepStrictEqual(rowsOf(book.events, "Update"), [])
            const gaps = trades.events.flatMap((event) => event._tag === "Gap" ? [event.cause] : [])
            assert.deepStrictEqual(gaps, ["sequence"])
            assert.deepStrictEqual(turns(trades.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
            assert.deepStrictEqual(rowsOf(trades.events, "Snapshot").map(({ id }) => id), [1])
          })
        ))
      }
    }).pipe(Effect.provide(base)))

  for (
    const [name, asked, isGap] of [
      ["a client that asks for sequence numbers", { sequence: true }, true],
      ["a client without them", {}, false]
    ] as const
  ) {
    for (const speed of ["original", "max"] as const) {
      it.scoped(`lines that the recorder lost of unnumbered messages are reported: ${name}, ${speed}`, () =>
        played(
          [
            ...connected(0, 1, 0),
            subscribed(0, "trades", 8, symbol),
            received(0, [8, []]),
            received(1000, [8, "te", [1, 2, 3, 4]]),
            { mts: 2000, type: "dropped", connection: 1, count: 3 },
            received(3000, [8, "te", [5, 2, 3, 4]]),
            received(9000, [8, "te", [6, 2, 3, 4]])
          ],
          Effect.gen(function*() {
            const trades = yield* start(MarketData.trades("tBTCUSD"))
            const deduped = yield* gather(MarketData.trades("tBTCUSD").pipe(Trades.dedupe()))
            yield* pass("30 seconds")
            assert.deepStrictEqual(turns(trades.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
            const at = trades.events.findIndex(({ _tag }) => _tag === "Interrupted")
            assert.deepStrictEqual(rowsOf(trades.events.slice(0, at), "Update").map(({ id }) => id), [1])
            const after = trades.events.slice(at)
            const ids = [...rowsOf(after, "Snapshot"), ...rowsOf(after, "Update")].map(({ id }) => id)
            assert.deepStrictEqual(ids, [5, 6])
            assert.strictEqual(trades.events.some(({ _tag }) => _tag === "Gap"), isGap)
            // where the trades themselves do not show that none is missing, it says so
            assert.isTrue(deduped.some(({ _tag }) => _tag === "Gap"))
          }),
          { speed, waitFor: 1 },
          { socket: { flags: asked } }
        ).pipe(Effect.provide(base)))
    }
  }

  it.scoped("loses connections as recorded, with code and reason, and repeats the venue's notices", () =>
    played(
      [
        ...connected(0),
        subscribed(0, "trades", 7, symbol),
        received(0, [7, [], 1]),
        received(1000, { event: "info", code: 20060, msg: "maintenance" }),
        received(2000, { event: "info", code: 20061, msg: "over" }),
        { mts: 5000, type: "received", connection: 1, text: "no JSON" },
        closed(6000, "venue", 1012),
        ...connected(6500, 2),
        subscribed(6500, "trades", 7, symbol, 2),
        received(6500, [7, [[1, 2, 3, 4]], 1], 2),
        closed(20_000, "client", 1000, 2)
      ],
      Effect.gen(function*() {
        const market = yield* MarketData.MarketData
        const problems = yield* gather(market.problems)
        const states = yield* gather(market.states)
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("1500 millis")
        assert.strictEqual(states.at(-1)!["public-1"]?._tag, "Maintenance")
        yield* pass("28500 millis")
        assert.isTrue(problems.some((each) => each._tag === "Malformed" && each.text === "no JSON"))
        const reasons = trades.events.flatMap((event) => event._tag === "Interrupted" ? [event.reason] : [])
        assert.deepStrictEqual(reasons, ["maintenance is over (20061)", "the peer closed with 1012 why"])
        assert.strictEqual(rowsOf(trades.events, "Snapshot").at(-1)?.id, 1)
      })
    ).pipe(Effect.provide(base)))

  it.scoped("data that arrived before the acknowledgement of its subscription is not lost", () =>
    played(
      [
        ...connected(0),
        received(0, [7, snapshot, 1]),
        received(0, [7, [102, 1, -1], 2]),
        subscribed(0, "book", 7, bookFields)
      ],
      Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        yield* pass("1 second")
        assert.deepStrictEqual(bookOf(book.events), [[100, 2], [101, -2], [102, -1]])
      })
    ).pipe(Effect.provide(base)))

  it.scoped("a file that continues an older one plays channels that need no snapshot, and refuses books", () =>
    Effect.gen(function*() {
      const open = [{
        connection: 1,
        url: "ws://venue",
        frames: [
          JSON.stringify({ event: "conf", status: "OK", flags }),
          JSON.stringify({ event: "subscribed", channel: "book", chanId: 7, ...bookFields }),
          JSON.stringify({ event: "subscribed", channel: "trades", chanId: 8, ...symbol })
        ]
      }]
      const lines = [received(0, [7, [100, 1, 1], 50]), received(1000, [8, "te", [1, 2, 3, 4], 51])]
      const file = yield* write([{ ...header, part: 2, open }, ...lines, end])
      yield* Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("2 seconds")
        assert.include(book.failure()?.message, "the recording lacks book|tBTCUSD|P0|F0|25")
        assert.deepStrictEqual(trades.events.map(({ _tag }) => _tag), ["Snapshot", "Update"])
      }).pipe(Effect.provide(replay({ file })))
    }).pipe(Effect.provide(base)))

  it.scoped("two channels with the same id, from two connections, on one socket", () =>
    played(
      [
        ...connected(0),
        ...connected(0, 2),
        subscribed(0, "trades", 7, symbol),
        received(0, [7, [], 1]),
        subscribed(0, "book", 7, bookFields, 2),
        received(0, [7, snapshot, 1], 2),
        received(1000, [7, "te", [1, 2, 3, 4], 2]),
        received(1000, [7, [102, 1, -1], 2], 2)
      ],
      Effect.gen(function*() {
        const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
        const trades = yield* start(MarketData.trades("tBTCUSD"))
        yield* pass("2 seconds")
        for (const { events } of [book, trades]) {
          assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["Snapshot", "Update"])
        }
      })
    ).pipe(Effect.provide(base)))

  it.scoped("the tape waits for the given number of channels", () =>
    Effect.gen(function*() {
      const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* pass("3 seconds")
      const { position, start: begin } = yield* Replay.Replay
      assert.strictEqual(yield* position, begin)
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      assert.strictEqual(yield* position, begin + 3000)
      assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
    }).pipe(Effect.provide(replay({ file: shipped, waitFor: 2 })), Effect.provide(base)))
})

describe("Replay: speed", () => {
  it.scoped("a factor", () =>
    Effect.gen(function*() {
      const { end, position, start: begin } = yield* Replay.Replay
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      assert.approximately((yield* position) - begin, 30_000, 500)
      yield* pass("8 seconds")
      assert.approximately(yield* position, end, 1)
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
    }).pipe(Effect.provide(replay({ file: shipped, speed: 10 })), Effect.provide(base)))

  it.scoped("max takes no time except for reconnecting, and drops nothing for slow consumers", () =>
    Effect.gen(function*() {
      const run = (options: Replay.Options, suspends: boolean) =>
        Effect.scoped(
          Effect.gen(function*() {
            const { ended } = yield* Replay.Replay
            const market = yield* MarketData.MarketData
            const seen: Array<Event> = []
            const stream = MarketData.trades("tBTCUSD", suspends ? { buffer: BufferPolicy.suspend(4) } : {})
            const fiber = yield* Effect.fork(
              Stream.runForEach(stream, (event) =>
                Effect.zipRight(
                  suspends ? Effect.yieldNow() : Effect.void,
                  Effect.sync(() => seen.push(event))
                ))
            )
            yield* Effect.fork(Effect.zipRight(ended, market.close(1000, "over")))
            yield* pass(suspends ? "2 seconds" : "102 seconds")
            assert.isNotNull(fiber.unsafePoll(), "the stream ends with the recording")
            return seen
          }).pipe(Effect.provide(replay(options)))
        )
      const slow = yield* run({ file: shipped }, false)
      const fast = yield* run({ file: shipped, speed: "max" }, true)
      assert.isAbove(slow.length, 50)
      assert.deepStrictEqual(fast, slow)
    }).pipe(Effect.provide(base)))
})

describe("Replay: refusals", () => {
  const build = (options: Replay.Options) =>
    Effect.map(Effect.exit(Effect.scoped(Layer.build(Replay.layer(options)))), (exit) => ({ ...failureOf(exit) }))

  const lines = [...connected(0), subscribed(0, "trades", 7, symbol), received(0, [7, [], 1])]

  it.scoped("files of another format, of another version, or with an invalid line", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const empty = `${yield* folder}/empty`
      yield* fs.writeFileString(empty, "")
      const good = [header, ...lines, end]
      const cases: ReadonlyArray<readonly [file: string, problem: string, line: number | null, reason: string]> = [
        ["/nowhere/market.ndjson", "missing", null, "no such file"],
        [empty, "foreign", null, "empty"],
        [yield* write([{ hello: 1 }]), "foreign", 1, "not a recording"],
        [yield* write([{ ...header, version: 2 }, end]), "version", 1, "version 2, this SDK reads version 1"],
        [yield* write([{ ...header, open: 1 }, end]), "corrupt", 1, "the header is"],
        [yield* write([header, ...lines, { mts: 1, type: "whatever" }, end]), "corrupt", 8, `type "whatever"`],
        [yield* write([header, { mts: "1", type: "open", connection: 1 }, end]), "corrupt", 2, `mts of open is "1"`],
        [yield* write([header, received(0, 1), { mts: 1, type: "__proto__" }, end]), "corrupt", 3, "__proto__"],
        [yield* write([...good, ...lines]), "corrupt", 9, "after the last line"],
        [yield* write([header], ""), "truncated", 1, "header"],
        [yield* write(good, "\n\n"), "corrupt", 9, "after the last line"],
        [yield* write([header, ...lines], "\n\n"), "corrupt", 8, "not a JSON object"]
      ]
      for (const [file, problem, line, reason] of cases) {
        const error = yield* build({ file })
        assert.deepInclude(error, { _tag: "RecordingError", file, problem, line })
        assert.include(JSON.stringify(error), JSON.stringify(reason).slice(1, -1))
      }
      const big = yield* build({ file: yield* write(good), maxBytes: 100 })
      assert.deepInclude(big, { _tag: "RecordingError", problem: "tooLarge" })
    }).pipe(Effect.provide(base)))

  it.scoped("a recording with a truncated end is played up to there, with a warning", () =>
    Effect.gen(function*() {
      const cut = [
        yield* write([header, ...lines, received(1000, [7, "te", [1, 2, 3, 4], 2])], `\n{"mts":2000,"type":"rec`),
        yield* write([header, ...lines, received(1000, [7, "te", [1, 2, 3, 4], 2])]),
        yield* write([header, ...lines, received(1000, [7, "te", [1, 2, 3, 4], 2]), { ...end, next: "made.2.ndjson" }])
      ]
      for (const [place, file] of cut.entries()) {
        const logged: Array<string> = []
        const logger = Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ message }) => logged.push(String(message)))
        )
        yield* Effect.gen(function*() {
          const { problem } = yield* Replay.Replay
          assert.strictEqual(problem?.problem, place === 2 ? "missing" : "truncated")
          if (place < 2) assert.strictEqual(problem?.line, 9)
          assert.deepStrictEqual(logged, [`Replay: ${problem?.message}`])
          const trades = yield* start(MarketData.trades("tBTCUSD"))
          yield* pass("2 seconds")
          assert.deepStrictEqual(trades.events.map(({ _tag }) => _tag), ["Snapshot", "Update"])
        }).pipe(Effect.provide(replay({ file })), Effect.provide(logger), Effect.scoped)
      }
    }).pipe(Effect.provide(base)))

  it.scoped("options", () =>
    Effect.gen(function*() {
      for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "fast" as "max"]) {
        assert.deepInclude(yield* build({ file: shipped, speed }), { _tag: "InvalidInput", field: "speed" })
      }
      assert.deepInclude(yield* build({ file: shipped, waitFor: 0.5 }), { _tag: "InvalidInput", field: "waitFor" })
    }).pipe(Effect.provide(base)))

  it.scoped("flags that were not recorded are refused, with their names", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      assert.include(JSON.stringify(states), "it was recorded without the flags timestamp")
    }).pipe(
      Effect.provide(
        replay({ file: shipped }, { socket: { flags: { sequence: true, checksum: true, timestamp: true } } })
      ),
      Effect.provide(base)
    ))

  it.scoped("accounts are not played, and the login is refused with the reason", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const fiber = yield* Effect.fork(account.login)
      yield* pass("1 second")
      const error = { ...failureOf(yield* fiber.await) }
      assert.deepInclude(error, { _tag: "AuthenticationFailed", code: 10100 })
      assert.include(JSON.stringify(error), "a replay has public channels only")
    }).pipe(
      Effect.provide(
        AccountConnection.layer().pipe(
          Layer.provide(Auth.layer()),
          Layer.provide([
            Credentials.layer({ apiKey: Redacted.make("a-key"), apiSecret: Redacted.make("a-secret") }),
            Nonce.layerMemory,
            RateLimiter.layerMemory,
            Replay.layer({ file: shipped })
          ])
        )
      ),
      Effect.provide(base)
    ))

  it.scoped("faults of the exchange may be recorded and replayed", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/market.ndjson`
      const exchange = FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD"] })
      const program = (faults: boolean) =>
        Effect.gen(function*() {
          const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          yield* pass("2 seconds")
          if (faults) yield* inject(Fault.SkipSequence.make({ by: 3 }))
          yield* pass("6 seconds")
          return turns(book.events)
        })
      const before = yield* Effect.scoped(
        Effect.provide(program(true), clients()(Layer.provideMerge(Recorder.layer({ file }), exchange)))
      )
      assert.deepStrictEqual(before, ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      const after = yield* Effect.scoped(
        Effect.provide(program(false), Layer.provideMerge(replay({ file }), exchange))
      )
      assert.deepStrictEqual(after, before)
    }).pipe(Effect.provide(base)))
})
