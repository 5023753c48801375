import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountEvents from "../src/AccountEvents.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import { End } from "../src/internal/socket/end.ts"
import * as SocketMetrics from "../src/internal/socket/metrics.ts"
import * as MarketData from "../src/MarketData.ts"
import * as Metrics from "../src/Metrics.ts"
import * as OrderBook from "../src/OrderBook.ts"
import * as Fault from "../src/testing/Fault.ts"
import * as TestClient from "../src/testing/TestClient.ts"
import * as Trading from "../src/Trading.ts"
import * as Account from "./support/account.ts"
import { closeable, gather, inject, inMemory, layer, pass, pull, sent, serviceOf, start } from "./support/market.ts"

/** heartbeats come every 15 s; a slow market keeps these tests fast */
const slow = { step: 1000, tick: 1000 }

/** the count or value of a metric with these labels; 0 before its first update. Metrics are global, so compare two reads */
const read = (row: Metrics.Row<unknown>, labels: { readonly [name: string]: string } = {}) =>
  Effect.map(Metric.snapshot, (pairs) => {
    const found = pairs.find(({ metricKey }) =>
      metricKey.name === row.name && metricKey.tags.length === Object.keys(labels).length
      && metricKey.tags.every(({ key, value }) => labels[key] === value)
    )
    // the cast: counters and histograms have `count`, gauges have `value`
    const state = found?.metricState as { readonly count?: number; readonly value?: number } | undefined
    return state?.count ?? state?.value ?? 0
  })

const isPublic = { pool: "public" }

/** the changes of metrics while an effect runs */
const change = <A, E, R>(
  rows: ReadonlyArray<readonly [row: Metrics.Row<unknown>, labels?: { readonly [name: string]: string }]>,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const before = yield* Effect.forEach(rows, ([row, labels]) => read(row, labels))
    yield* effect
    const after = yield* Effect.forEach(rows, ([row, labels]) => read(row, labels))
    return after.map((value, k) => value - before[k]!)
  })

const all = Metrics.metrics

describe("Metrics: the table", () => {
  it("keeps to the conventions of Prometheus", () => {
    for (const { description, labels, name, type, unit } of Metrics.table) {
      assert.match(name, /^bitfinex_[a-z]+(_[a-z]+)+$/)
      assert.strictEqual(name.endsWith("_total"), type === "counter", name)
      if (type === "histogram") assert.isTrue(unit === "seconds" && name.endsWith("_seconds"), name)
      assert.notMatch(description, /[|\n]/)
      for (const label of labels) assert.match(label, /^[a-z]+$/)
    }
    assert.lengthOf(new Set(Metrics.table.map(({ name }) => name)), Metrics.table.length)
  })

  it("is the one of the guide", () => {
    const guide = fs.readFileSync(
      fileURLToPath(new URL("../docs/guide/observability.md", import.meta.url)),
      "utf8"
    )
    const rows = guide.split("\n")
      .filter((line) => line.startsWith("| `bitfinex_"))
      .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    assert.deepStrictEqual(
      rows,
      Metrics.table.map(({ description, labels, name, type, unit }) => [
        `\`${name}\``,
        type,
        unit,
        labels.map((label) => `\`${label}\``).join(", "),
        description
      ])
    )
  })
})

describe("Metrics: sockets", () => {
  it.scoped("frames and bytes, connections and pings, of all sockets of a pool together", () =>
    Effect.gen(function*() {
      const [received, bytes, framesSent, bytesSent, connections, pings] = yield* change(
        [
          [all.socketFramesReceived, isPublic],
          [all.socketBytesReceived, isPublic],
          [all.socketFramesSent, isPublic],
          [all.socketBytesSent, isPublic],
          [all.socketConnections, isPublic],
          [all.socketRoundTrip, isPublic]
        ],
        Effect.gen(function*() {
          // two sockets of one channel each
          yield* start(MarketData.ticker("tBTCUSD"))
          yield* start(MarketData.trades("tBTCUSD"))
          yield* pass("12500 millis")
        })
      )
      const frames = yield* sent()
      assert.strictEqual(connections, 2)
      assert.strictEqual(framesSent, frames.length)
      assert.strictEqual(bytesSent, frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0))
      assert.strictEqual(pings, 2)
      assert.isAbove(received!, 20)
      // no frame is shorter than a heartbeat
      assert.isAbove(bytes!, received! * "[1,\"hb\",1]".length)
      const names = (yield* Metric.snapshot).flatMap(({ metricKey }) => metricKey.tags.map(({ value }) => value))
      assert.isTrue(names.every((name) => !name.startsWith("public-")))
    }).pipe(inMemory({ ...slow, latency: 20, settings: { socket: { channelsPerSocket: 1 } } })))

  it.scoped("gauges count existing sockets and channels, and are zero once all are closed", () =>
    Effect.gen(function*() {
      const gauges = [all.socketsLive, all.channelsWanted, all.channelsLive, all.consumers] as const
      const values = Effect.forEach(gauges, (row) => read(row, isPublic))
      const before = yield* values
      const { close, context } = yield* closeable(layer(slow))
      const market = serviceOf(MarketData.MarketData, context)
      yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* start(market.ticker({ symbol: "tBTCUSD" }))
      yield* start(market.trades({ symbol: "tBTCUSD" }))
      yield* pass("5 seconds")
      assert.deepStrictEqual((yield* values).map((value, k) => value - before[k]!), [1, 2, 2, 3])
      yield* Effect.provide(inject(Fault.Refuse.make({ times: 100 })), context)
      yield* Effect.provide(inject(Fault.Drop.make({ code: 1006 })), context)
      yield* pass("5 seconds")
      assert.deepStrictEqual((yield* values).map((value, k) => value - before[k]!), [0, 2, 0, 3])
      yield* close(Exit.void)
      assert.deepStrictEqual(yield* values, before)
    }))

  it.scoped("disconnects by their reason, gaps, and the messages that are missing in them", () =>
    Effect.gen(function*() {
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      const counted = yield* change(
        [
          [all.socketDisconnects, { ...isPublic, reason: "closed" }],
          [all.socketDisconnects, { ...isPublic, reason: "restart" }],
          [all.socketGaps, isPublic],
          [all.socketMessagesLost, isPublic],
          [all.socketProblems, { ...isPublic, problem: "SequenceGap" }],
          [all.socketProblems, { ...isPublic, problem: "Malformed" }],
          [all.socketProblems, { ...isPublic, problem: "Disconnected" }]
        ],
        Effect.gen(function*() {
          yield* inject(Fault.SkipSequence.make({ by: 3 }))
          yield* pass("5 seconds")
          yield* inject(Fault.Send.make({ text: "no JSON" }))
          yield* pass("2 seconds")
          yield* inject(Fault.Drop.make({ code: 1006 }))
          yield* pass("5 seconds")
          yield* inject(Fault.Info.make({ code: 20051 }))
          yield* pass("5 seconds")
        })
      )
      assert.deepStrictEqual(counted, [1, 1, 1, 3, 1, 1, 2])
    }).pipe(inMemory(slow)))

  it.scoped("the account's socket counts as a separate pool", () =>
    Effect.gen(function*() {
      const counted = yield* change(
        [
          [all.socketConnections, { pool: "account" }],
          [all.socketFramesSent, { pool: "account" }],
          [all.socketsLive, { pool: "account" }],
          [all.consumers, { pool: "account" }]
        ],
        Effect.gen(function*() {
          yield* gather((yield* AccountEvents.AccountEvents).orders())
          yield* Effect.flatMap(AccountConnection.AccountConnection, ({ login }) => login)
          yield* pass("3 seconds")
        })
      )
      // `conf` and `auth`
      assert.deepStrictEqual(counted, [1, 2, 1, 1])
    }).pipe(Account.inMemory(slow)))

  it("numbers that cannot be those of messages count as gaps, and not as messages: the sum would show no others again", () => {
    const counts = SocketMetrics.tally()
    const gap = (actual: number) => SocketMetrics.noted(counts, { _tag: "SequenceGap", epoch: 1, expected: 10, actual })
    for (const actual of [1e300, 2 ** 53 - 1, 10.5, Number.POSITIVE_INFINITY]) gap(actual)
    gap(13)
    // a late one is not a gap
    gap(2)
    assert.deepInclude(counts, { gaps: 5, messagesLost: 3 })
  })

  it("a disconnect is labelled by the kind of its end, not by its text", () => {
    const end = new End("Sequence", "no frame for 20000 ms")
    const counts = SocketMetrics.tally()
    SocketMetrics.lost(counts, end)
    SocketMetrics.lost(counts, new End("Silence", "no pong for 10000 ms"))
    SocketMetrics.lost(counts, end)
    assert.deepStrictEqual([...counts.losses], [["sequence", 2], ["silence", 1]])
  })
})

describe("Metrics: consumers", () => {
  it.scoped("elements that slow consumers did not receive, by policy", () =>
    Effect.gen(function*() {
      const slide = yield* pull(MarketData.trades("tBTCUSD", { buffer: BufferPolicy.sliding(2) }))
      const counted = yield* change(
        [[all.elementsDropped, { policy: "sliding" }], [all.elementsDropped, { policy: "fail" }]],
        Effect.gen(function*() {
          yield* pull(MarketData.trades("tBTCUSD", { buffer: BufferPolicy.fail(2) }))
          yield* pass("60 seconds")
        })
      )
      yield* slide.open
      const lost = slide.events.reduce((sum, event) => sum + (event._tag === "Gap" ? event.lost : 0), 0)
      assert.isAbove(lost, 0)
      assert.strictEqual(counted[0], lost)
      assert.strictEqual(counted[1], 1)
    }).pipe(inMemory(slow)))

  it.scoped("rows that cannot be decoded, by layout", () =>
    Effect.gen(function*() {
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      const counted = yield* change(
        [[all.rowsMalformed, { layout: "PublicTrade" }]],
        Effect.zipRight(inject(Fault.CorruptRow.make({ match: "trades" })), pass("20 seconds"))
      )
      assert.deepStrictEqual(counted, [1])
    }).pipe(inMemory(slow)))

  it.scoped("the same of books", () =>
    Effect.gen(function*() {
      const slide = yield* pull(OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.sliding(2) }))
      const every = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.sliding(1000) }))
      const counted = yield* change(
        [[all.elementsDropped, { policy: "sliding" }], [all.rowsMalformed, { layout: "BookEntry" }]],
        Effect.gen(function*() {
          yield* pass("30 seconds")
          yield* inject(Fault.CorruptRow.make({ match: "book" }))
          yield* pass("30 seconds")
        })
      )
      yield* slide.open
      assert.isAbove(every.length, 10)
      assert.deepStrictEqual(counted, [every.length - slide.events.length, 1])
    }).pipe(inMemory(slow)))
})

describe("Metrics: books", () => {
  it.scoped("checksums that do not match, and resynchronizations by their reason", () =>
    Effect.gen(function*() {
      yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      yield* pass("3 seconds")
      const counted = yield* change(
        [
          [all.bookChecksumFailures],
          [all.bookResyncs, { reason: "ChecksumMismatch" }],
          [all.bookResyncs, { reason: "Interrupted" }],
          [all.socketProblems, { ...isPublic, problem: "BookWithheld" }]
        ],
        Effect.gen(function*() {
          yield* inject(Fault.CorruptChecksum.make({}))
          yield* pass("5 seconds")
          yield* inject(Fault.Drop.make({ code: 1006 }))
          yield* pass("5 seconds")
        })
      )
      assert.deepStrictEqual(counted, [1, 1, 1, 1])
    }).pipe(inMemory(slow)))

  it.scoped("a book whose stream ends is not a resynchronization", () =>
    Effect.gen(function*() {
      const counted = yield* change(
        [[all.bookResyncs, { reason: "Interrupted" }]],
        Effect.scoped(
          Effect.zipRight(gather(OrderBook.live({ symbol: "tBTCUSD" })), pass("3 seconds"))
        )
      )
      yield* pass("10 seconds")
      assert.deepStrictEqual(counted, [0])
    }).pipe(inMemory(slow)))
})

describe("Metrics: commands", () => {
  it.scoped("their outcomes, how long they took, and the remaining budget", () =>
    Effect.gen(function*() {
      const trading = yield* Trading.Trading
      const command = "Trading.submitOrder"
      const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", price: 10 } as const
      const counted = yield* change(
        [
          [all.commandOutcomes, { command, outcome: "accepted" }],
          [all.commandOutcomes, { command, outcome: "refused" }],
          [all.commandLatency, { command }]
        ],
        Effect.gen(function*() {
          yield* trading.submitOrder({ ...order, amount: "0.01" })
          // more than the balance
          yield* Effect.flip(trading.submitOrder({ ...order, amount: "1000000000" }))
        })
      )
      assert.deepStrictEqual(counted, [1, 1, 2])
      assert.strictEqual(yield* read(all.commandBudgetRemaining), yield* trading.orderBudgetRemaining)
    }).pipe(Effect.provide(TestClient.layer({ history: 60_000, ...slow }))))
})

describe("logs", () => {
  interface Line {
    readonly level: string
    readonly text: string
    readonly annotations: { readonly [name: string]: unknown }
  }

  /** logs of all levels, of a layer and of an effect that uses it */
  const logged = (lines: Array<Line>) =>
    Layer.mergeAll(
      Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ annotations, logLevel, message }) => {
          lines.push({
            level: logLevel.label,
            text: String(message),
            annotations: Object.fromEntries(HashMap.entries(annotations))
          })
        })
      ),
      Logger.minimumLogLevel(LogLevel.Debug)
    )

  it.scoped("name the socket, the channel and the epoch, and print no frame", () => {
    const lines: Array<Line> = []
    return Effect.gen(function*() {
      yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("5 seconds")
      yield* inject(Fault.Send.make({ text: "{\"a\":\"frame\"}" }))
      yield* inject(Fault.Mute.make({ channel: "trades" }))
      yield* pass("22 seconds")
      yield* inject(Fault.Refuse.make({ times: 1 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("2 seconds")
      const find = (pattern: RegExp) => lines.filter(({ text }) => pattern.test(text))
      const connection = "public-1"
      const book = "book|tBTCUSD|P0|F0|25"
      const [withheld] = find(/^The book is withheld: ChecksumMismatch /)
      assert.deepInclude(withheld, { level: "DEBUG", annotations: { connection, channel: book } })
      assert.deepInclude(find(/silent/)[0], {
        level: "DEBUG",
        annotations: { connection, problem: "SilentChannel", epoch: 1, channel: "trades|tBTCUSD" }
      })
      assert.deepInclude(find(/cannot be read/)[0], {
        level: "DEBUG",
        annotations: { connection, problem: "Malformed", epoch: 1 }
      })
      assert.deepInclude(find(/^The socket was lost: the peer closed with 1006/)[0], {
        level: "WARN",
        annotations: { connection, epoch: 1 }
      })
      assert.deepInclude(find(/^The connection could not be established: /)[0], {
        level: "WARN",
        annotations: { connection, epoch: 2 }
      })
      assert.isEmpty(find(/"frame"/))
    }).pipe(Effect.provide(Layer.provideMerge(layer(slow), logged(lines))))
  })

  it.scoped("a storm of problems fills no log", () => {
    const lines: Array<Line> = []
    return Effect.gen(function*() {
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("2500 millis")
      for (let k = 0; k < 500; k++) yield* inject(Fault.Send.make({ text: "no JSON" }))
      yield* pass("2 seconds")
      assert.isAtMost(lines.length, 41)
      assert.isTrue(lines.some(({ text }) => /^and 4\d\d more problems$/.test(text)), lines.at(-1)?.text)
    }).pipe(Effect.provide(Layer.provideMerge(layer(slow), logged(lines))))
  })
})
