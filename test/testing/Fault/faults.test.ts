import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import type { Client } from "../../support/sockets.ts"
import { connect } from "../../support/sockets.ts"

const symbols = ["tBTCUSD", "fUSD"]
const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(FakeExchange.layerMemory({ history: 600_000, symbols, ...options }))

const settle = TestClock.adjust(0)
const inject = (fault: Fault.Fault) => Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.inject(fault))

const sequence = { event: "conf", flags: 65536 }
const checksums = { event: "conf", flags: 131072 }
const book = { event: "subscribe", channel: "book", symbol: "tBTCUSD" }
const ticker = { event: "subscribe", channel: "ticker", symbol: "tBTCUSD" }

/** an open connection that has sent these messages and received the answers */
const opened = (...messages: ReadonlyArray<object>) =>
  Effect.gen(function*() {
    const client = yield* connect
    yield* settle
    for (const message of messages) client.ask(message)
    yield* settle
    return client
  })

const idOf = (client: Client, channel: string): number =>
  client.frames().find((frame) => frame.event === "subscribed" && frame.channel === channel).chanId

/** the rows or row lists of a channel's data frames */
const dataOf = (client: Client, chanId: number): ReadonlyArray<any> =>
  client.frames().filter((frame) => Array.isArray(frame) && frame[0] === chanId && typeof frame[1] !== "string")

const numbersOf = (client: Client): ReadonlyArray<number> =>
  client.frames().filter((frame) => Array.isArray(frame)).map((frame) => frame.at(-1))

const isRising = (numbers: ReadonlyArray<number>): boolean =>
  numbers.every((n, i) => i === 0 || n === numbers[i - 1]! + 1)

const closes = (client: Client) => client.observed.filter(({ type }) => type === "close")

describe("Fault", () => {
  describe("of connections", () => {
    it.effect("Drop sends a close frame and waits for the answer", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const client = yield* opened(book)
        yield* inject(Fault.Drop.make({ code: 4000, reason: "out" }))
        yield* settle
        assert.deepStrictEqual(closes(client), [{ type: "close", code: 4000, reason: "out", wasClean: true }])
        assert.deepInclude((yield* exchange.connections)[0], { state: "closed", endedBy: "exchange", code: 4000 })
        const before = client.observed.length
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(client.observed, before)
      }).pipe(inMemory()))

    it.effect("Drop with 1006 resets, and frames in transit are lost", () =>
      Effect.gen(function*() {
        const client = yield* connect
        yield* TestClock.adjust(1000)
        client.ask({ event: "ping" })
        yield* TestClock.adjust(150)
        yield* inject(Fault.Drop.make({ code: 1006 }))
        yield* TestClock.adjust(1000)
        assert.lengthOf(client.texts(), 1)
        assert.deepStrictEqual(closes(client), [{ type: "close", code: 1006, reason: "", wasClean: false }])
      }).pipe(inMemory({ latency: 100 })))

    it.effect("applies to one connection, and to a connection that does not exist yet", () =>
      Effect.gen(function*() {
        const [first, second] = [yield* opened(), yield* opened()]
        yield* inject(Fault.Drop.make({ code: 1001, connection: 2 }))
        yield* inject(Fault.Drop.make({ code: 4001, connection: 3 }))
        const third = yield* opened()
        assert.deepStrictEqual([first, second, third].map((client) => closes(client)[0]?.code), [undefined, 1001, 4001])
      }).pipe(inMemory()))

    it.effect("Refuse with a status, then by reset, then accepts again", () =>
      Effect.gen(function*() {
        yield* inject(Fault.Refuse.make({ times: 1, status: 429 }))
        yield* inject(Fault.Refuse.make({ times: 1, status: "reset" }))
        const [first, second, third] = [yield* opened(), yield* opened(), yield* connect]
        yield* settle
        assert.deepStrictEqual(first.observed, [
          { type: "error", message: "Unexpected server response: 429" },
          { type: "close", code: 1006, reason: "", wasClean: false }
        ])
        assert.deepInclude(second.observed[0], { type: "error", message: "socket hang up" })
        assert.strictEqual(third.ws.readyState, 1)
        const exchange = yield* FakeExchange.FakeExchange
        assert.deepInclude(yield* exchange.counts, { upgrades: 3, refused: 2, opened: 1 })
      }).pipe(inMemory()))

    it.effect("ConnectLimit refuses upgrades beyond its limit with 429", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ConnectLimit.make({ connections: 2, millis: 60_000 }))
        const clients = [yield* connect, yield* connect, yield* connect]
        yield* settle
        assert.deepStrictEqual(clients.map(({ observed }) => observed[0]!.type), ["open", "open", "error"])
        yield* TestClock.adjust("61 seconds")
        const later = yield* connect
        yield* settle
        assert.strictEqual(later.observed[0]!.type, "open")
      }).pipe(inMemory()))

    it.effect("SlowHandshake", () =>
      Effect.gen(function*() {
        yield* inject(Fault.SlowHandshake.make({ millis: 8000 }))
        const client = yield* connect
        yield* TestClock.adjust(7999)
        assert.deepStrictEqual(client.observed, [])
        yield* TestClock.adjust(1)
        assert.strictEqual(client.observed[0]!.type, "open")
      }).pipe(inMemory()))

    it.effect("Version", () =>
      Effect.gen(function*() {
        yield* inject(Fault.Version.make({ version: 1 }))
        assert.strictEqual((yield* opened()).frames()[0].version, 1)
        assert.strictEqual((yield* opened()).frames()[0].version, 2)
      }).pipe(inMemory()))

    it.effect("HalfOpen: sends nothing, reads nothing, does not answer a close", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const client = yield* opened(book)
        yield* inject(Fault.HalfOpen.make())
        const before = client.observed.length
        client.ask({ event: "ping" })
        client.ws.close(1000)
        yield* TestClock.adjust("29 seconds")
        assert.lengthOf(client.observed, before)
        // the kernel has accepted the frames
        assert.strictEqual(client.ws.bufferedAmount, 0)
        assert.lengthOf((yield* exchange.connections)[0]!.frames, 1)
        assert.strictEqual((yield* exchange.connections)[0]!.state, "halfOpen")
        // as `ws` does before it terminates
        yield* TestClock.adjust("1 seconds")
        assert.deepInclude(client.observed.at(-1), { type: "close", code: 1006 })
        assert.strictEqual((yield* exchange.connections)[0]!.state, "closed")
      }).pipe(inMemory()))

    it.effect("Delay", () =>
      Effect.gen(function*() {
        const client = yield* opened()
        yield* inject(Fault.Delay.make({ millis: 700 }))
        client.ask({ event: "ping", cid: 1 })
        yield* TestClock.adjust(699)
        assert.lengthOf(client.texts(), 1)
        yield* inject(Fault.Delay.make({ millis: 0 }))
        client.ask({ event: "ping", cid: 2 })
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(client.frames().slice(1).map(({ cid }) => cid), [1, 2])
      }).pipe(inMemory()))

    it.effect("Info, and the status in the first frame of later connections", () =>
      Effect.gen(function*() {
        const client = yield* opened()
        for (const code of [5000, 20051, 20060] as const) yield* inject(Fault.Info.make({ code }))
        yield* settle
        assert.deepStrictEqual(client.frames().slice(1).map(({ code }) => code), [5000, 20051, 20060])
        assert.strictEqual((yield* opened()).frames()[0].platform.status, 0)
        const status = Effect.flatMap(HttpClient.get("https://api-pub.bitfinex.com/v2/platform/status"), ({ text }) =>
          text)
        assert.strictEqual(yield* status, "[0]")
        yield* inject(Fault.Info.make({ code: 20061 }))
        assert.strictEqual((yield* opened()).frames()[0].platform.status, 1)
        assert.strictEqual(yield* status, "[1]")
      }).pipe(inMemory()))
  })

  describe("of frames", () => {
    it.effect("Send, SendBinary and Huge", () =>
      Effect.gen(function*() {
        const client = yield* opened()
        yield* inject(Fault.Send.make({ text: "{\"event\":" }))
        yield* inject(Fault.SendBinary.make({ bytes: [1, 2, 255] }))
        yield* inject(Fault.Huge.make({ bytes: 100_000 }))
        yield* settle
        const [text, binary, huge] = client.observed.slice(-3).map(({ data }) => data)
        assert.strictEqual(text, "{\"event\":")
        assert.deepStrictEqual([...(binary as Uint8Array)], [1, 2, 255])
        assert.lengthOf(huge as string, 100_000)
        assert.doesNotThrow(() => JSON.parse(huge as string))
      }).pipe(inMemory()))

    it.effect("Mute silences one channel, heartbeats included", () =>
      Effect.gen(function*() {
        const client = yield* opened(book, ticker)
        yield* inject(Fault.Mute.make({ channel: "book" }))
        const before = client.texts().length
        yield* TestClock.adjust("31 seconds")
        const ids = new Set(client.frames().slice(before).map((frame) => frame[0]))
        assert.deepStrictEqual([...ids], [idOf(client, "ticker")])
      }).pipe(inMemory()))

    it.effect("Mute by channel id, and MuteSocket", () =>
      Effect.gen(function*() {
        const client = yield* opened(book, ticker)
        yield* inject(Fault.Mute.make({ channel: idOf(client, "ticker") }))
        yield* TestClock.adjust("31 seconds")
        assert.lengthOf(dataOf(client, idOf(client, "ticker")), 1)
        assert.isAbove(dataOf(client, idOf(client, "book")).length, 10)
        yield* inject(Fault.MuteSocket.make())
        const before = client.texts().length
        yield* TestClock.adjust("31 seconds")
        client.ask({ event: "ping" })
        yield* settle
        assert.deepStrictEqual(client.frames().slice(before).map(({ event }) => event), ["pong"])
      }).pipe(inMemory()))

    it.effect("Truncate cuts one data frame in half", () =>
      Effect.gen(function*() {
        const client = yield* opened(book)
        yield* inject(Fault.Truncate.make())
        yield* TestClock.adjust("5 seconds")
        const broken = client.texts().filter((text) => {
          try {
            return JSON.parse(text) === undefined
          } catch {
            return true
          }
        })
        assert.lengthOf(broken, 1)
      }).pipe(inMemory()))

    it.effect("Duplicate repeats a frame with its number", () =>
      Effect.gen(function*() {
        const client = yield* opened(sequence, book)
        yield* inject(Fault.Duplicate.make())
        yield* TestClock.adjust("5 seconds")
        const numbers = numbersOf(client)
        assert.strictEqual(numbers.length, new Set(numbers).size + 1)
        assert.isTrue(isRising([...new Set(numbers)]))
      }).pipe(inMemory()))

    it.effect("Reorder swaps two frames", () =>
      Effect.gen(function*() {
        const client = yield* opened(sequence, book)
        yield* inject(Fault.Reorder.make())
        yield* TestClock.adjust("5 seconds")
        const numbers = numbersOf(client)
        assert.isFalse(isRising(numbers))
        assert.isTrue(isRising([...numbers].sort((a, b) => a - b)))
      }).pipe(inMemory()))

    for (const counted of [true, false]) {
      it.effect(`Lose, ${counted ? "with its number" : "uncounted"}`, () =>
        Effect.gen(function*() {
          const client = yield* opened(sequence, { event: "subscribe", channel: "trades", symbol: "tBTCUSD" })
          yield* inject(Fault.Lose.make({ counted, match: "trades" }))
          yield* TestClock.adjust("20 seconds")
          assert.strictEqual(isRising(numbersOf(client)), !counted)
          // the first trade arrives once instead of twice
          const frames = client.frames().filter((frame) => frame[1] === "te" || frame[1] === "tu")
          assert.isAbove(frames.length, 2)
          assert.lengthOf(frames.filter((frame) => frame[2][0] === frames[0][2][0] && frame[1] === "tu"), 1)
          const update = frames.find((frame) => frame[1] === "tu")
          assert.lengthOf(frames.filter((frame) => frame[1] === "te" && frame[2][0] === update[2][0]), 0)
        }).pipe(inMemory()))
    }

    it.effect("Lose waits for a frame of the channel it names", () =>
      Effect.gen(function*() {
        const client = yield* opened(sequence, book)
        yield* inject(Fault.Lose.make({ match: "ticker" }))
        yield* TestClock.adjust("5 seconds")
        assert.isTrue(isRising(numbersOf(client)))
      }).pipe(inMemory()))

    it.effect("SkipSequence skips sequence numbers", () =>
      Effect.gen(function*() {
        const client = yield* opened(sequence, book)
        const before = numbersOf(client).at(-1)!
        yield* inject(Fault.SkipSequence.make({ by: 3 }))
        yield* TestClock.adjust("5 seconds")
        const after = numbersOf(client).slice(1)
        assert.strictEqual(after[0], before + 4)
        assert.isTrue(isRising(after))
      }).pipe(inMemory()))

    it.effect("CorruptChecksum corrupts one checksum of the book it names", () => {
      const sums = (fault: ReadonlyArray<Fault.Fault>) =>
        Effect.gen(function*() {
          const client = yield* opened(checksums, book)
          yield* Effect.forEach(fault, inject)
          yield* TestClock.adjust("5 seconds")
          return client.frames().filter((frame) => frame[1] === "cs").map((frame) => frame[2])
        }).pipe(inMemory())
      return Effect.gen(function*() {
        const right = yield* sums([])
        const wrong = yield* sums([Fault.CorruptChecksum.make({ match: "tBTCUSD" })])
        assert.isAbove(right.length, 3)
        assert.notStrictEqual(wrong[0], right[0])
        assert.deepStrictEqual(wrong.slice(1), right.slice(1))
        assert.deepStrictEqual(yield* sums([Fault.CorruptChecksum.make({ match: "fUSD" })]), right)
      })
    })

    it.effect("CorruptRow, LongRow and ShortRow, one frame each", () =>
      Effect.gen(function*() {
        const rows = (fault: Fault.Fault) =>
          Effect.gen(function*() {
            const client = yield* opened(book)
            yield* inject(fault)
            yield* TestClock.adjust("3 seconds")
            const [, first, second] = dataOf(client, idOf(client, "book")).map((frame) => frame[1])
            assert.lengthOf(second, 3)
            assert.isTrue(second.every((cell: unknown) => typeof cell === "number"))
            return first
          }).pipe(inMemory())
        const [text, long, short] = [
          yield* rows(Fault.CorruptRow.make()),
          yield* rows(Fault.LongRow.make()),
          yield* rows(Fault.ShortRow.make())
        ]
        assert.deepStrictEqual(text.map((cell: unknown) => typeof cell), ["number", "number", "string"])
        assert.lengthOf(long, 8)
        assert.lengthOf(short, 2)
      }))

    it.effect("rows of a snapshot are corrupted too", () =>
      Effect.gen(function*() {
        const client = yield* opened()
        yield* inject(Fault.LongRow.make({ match: "book" }))
        client.ask(book)
        yield* settle
        const [, rows] = dataOf(client, idOf(client, "book"))[0]
        assert.isAbove(rows.length, 10)
        for (const row of rows) assert.lengthOf(row, 8)
      }).pipe(inMemory()))
  })

  describe("of requests", () => {
    it.effect("RejectSubscribe: refuses `times` subscriptions of the channel it names", () =>
      Effect.gen(function*() {
        yield* inject(Fault.RejectSubscribe.make({ times: 2, code: 10305, match: "book" }))
        const client = yield* opened(book, ticker, book, book)
        const answers = client.frames().filter((frame) => frame.event !== undefined).slice(1)
        assert.deepStrictEqual(
          answers.map(({ channel, code, event }) => code === undefined ? [event, channel] : [event, channel, code]),
          [["error", "book", 10305], ["subscribed", "ticker"], ["error", "book", 10305], ["subscribed", "book"]]
        )
      }).pipe(inMemory()))

    it.effect("IgnoreSubscribe gives no answer", () =>
      Effect.gen(function*() {
        yield* inject(Fault.IgnoreSubscribe.make({ times: 1 }))
        const client = yield* opened(book)
        assert.lengthOf(client.texts(), 1)
        client.ask(book)
        yield* settle
        assert.strictEqual(client.frames()[1].event, "subscribed")
      }).pipe(inMemory()))

    it.effect("DataBeforeSubscribed", () =>
      Effect.gen(function*() {
        yield* inject(Fault.DataBeforeSubscribed.make())
        const client = yield* opened(book, ticker)
        const kinds = client.frames().slice(1).map((frame) => Array.isArray(frame) ? "data" : frame.event)
        assert.deepStrictEqual(kinds, ["data", "subscribed", "subscribed", "data"])
      }).pipe(inMemory()))

    it.effect("ChannelLimit shrinks; existing subscriptions stay", () =>
      Effect.gen(function*() {
        const client = yield* opened(book)
        yield* inject(Fault.ChannelLimit.make({ channels: 1 }))
        client.ask(ticker)
        yield* settle
        assert.deepInclude(client.frames().at(-1), { event: "error", code: 10305, msg: "subscribe: limit" })
        const before = client.texts().length
        yield* TestClock.adjust("3 seconds")
        assert.isAbove(client.texts().length, before)
      }).pipe(inMemory()))

    it.effect("IgnoreConf", () =>
      Effect.gen(function*() {
        yield* inject(Fault.IgnoreConf.make())
        const client = yield* opened(sequence, ticker)
        assert.isFalse(client.frames().some(({ event }) => event === "conf"))
        assert.lengthOf(client.frames().at(-1), 2)
        client.ask(sequence)
        yield* settle
        assert.deepInclude(client.frames().at(-1), { event: "conf", status: "OK" })
      }).pipe(inMemory()))
  })

  it.effect("a script injects its faults at their times", () =>
    Effect.gen(function*() {
      const client = yield* opened()
      yield* TestClock.adjust(4999)
      assert.lengthOf(closes(client), 0)
      yield* TestClock.adjust(1)
      assert.strictEqual(closes(client)[0]?.code, 1012)
      const next = yield* connect
      yield* settle
      assert.include(next.observed[0]!.message, "503")
    }).pipe(inMemory({
      script: [
        { after: 5000, fault: Fault.Drop.make({ code: 1012 }) },
        { after: 5000, fault: Fault.Refuse.make({ times: 1 }) }
      ]
    })))

  describe("of HTTP", () => {
    const get = (path: string) => HttpClient.get(`https://api-pub.bitfinex.com${path}`)
    const spoilt = (reply: Fault.HttpReply) =>
      Effect.gen(function*() {
        yield* inject(Fault.HttpFault.make({ match: "/ticker/", times: 1, reply }))
        const other = yield* get("/v2/tickers?symbols=ALL")
        assert.strictEqual(other.status, 200)
        const spoilt = yield* get("/v2/ticker/tBTCUSD")
        const text = yield* spoilt.text
        const right = yield* get("/v2/ticker/tBTCUSD")
        assert.strictEqual(right.status, 200)
        assert.isAtLeast((yield* right.json as Effect.Effect<Array<unknown>>).length, 10)
        return { status: spoilt.status, headers: spoilt.headers, text, right: yield* right.text }
      }).pipe(Effect.scoped, inMemory())

    it.effect("status429 with Retry-After", () =>
      Effect.gen(function*() {
        const { headers, status, text } = yield* spoilt({ _tag: "status429", retryAfter: 7 })
        assert.deepStrictEqual([status, text, headers["retry-after"]], [429, `{"error":"ERR_RATE_LIMIT"}`, "7"])
      }))

    it.effect("errorArray", () =>
      Effect.gen(function*() {
        const { status, text } = yield* spoilt({ _tag: "errorArray", code: 10020, text: "symbol: invalid" })
        assert.deepStrictEqual([status, text], [500, `["error",10020,"symbol: invalid"]`])
      }))

    it.effect("unavailable503 and html", () =>
      Effect.gen(function*() {
        const gone = yield* spoilt({ _tag: "unavailable503" })
        assert.strictEqual(gone.status, 503)
        assert.strictEqual(JSON.parse(gone.text).error, "temporarily_unavailable")
        const html = yield* spoilt({ _tag: "html" })
        assert.strictEqual(html.status, 502)
        assert.include(html.headers["content-type"], "text/html")
        assert.throws(() => JSON.parse(html.text))
      }))

    it.effect("empty, truncated, wrongType and huge", () =>
      Effect.gen(function*() {
        const empty = yield* spoilt({ _tag: "empty" })
        assert.deepStrictEqual([empty.status, empty.text], [200, ""])
        const cut = yield* spoilt({ _tag: "truncated" })
        assert.strictEqual(cut.status, 200)
        assert.isTrue(cut.right.startsWith(cut.text))
        assert.throws(() => JSON.parse(cut.text))
        assert.isFalse(Array.isArray(JSON.parse((yield* spoilt({ _tag: "wrongType" })).text)))
        assert.lengthOf((yield* spoilt({ _tag: "huge", bytes: 50_000 })).text, 50_000)
      }))

    it.effect("delay", () =>
      Effect.gen(function*() {
        yield* inject(Fault.HttpFault.make({ reply: { _tag: "delay", millis: 5000 } }))
        const fiber = yield* Effect.fork(get("/v2/ticker/tBTCUSD"))
        yield* TestClock.adjust(4999)
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
      }).pipe(Effect.scoped, inMemory()))

    it.effect("reset and loseReply cut the connection, and both requests were seen", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        for (const _tag of ["reset", "loseReply"] as const) {
          yield* inject(Fault.HttpFault.make({ reply: { _tag } }))
          const error = yield* Effect.flip(get("/v2/ticker/tBTCUSD"))
          assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
        }
        assert.deepStrictEqual((yield* exchange.requests).map(({ fault }) => fault), ["reset", "loseReply"])
      }).pipe(Effect.scoped, inMemory()))
  })
})
