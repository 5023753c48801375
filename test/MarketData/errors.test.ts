import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import {
  connections,
  gather,
  inject,
  inMemory,
  openChannels,
  pass,
  problems,
  sent,
  settle,
  start,
  turns
} from "../support/market.ts"

describe("MarketData: refused subscriptions", () => {
  for (const code of [10300, 10302, 10011]) {
    it.scoped(`${code} fails the stream of its request, and no other`, () =>
      Effect.gen(function*() {
        yield* inject(Fault.RejectSubscribe.make({ times: 1, code, match: "book:tBTCUSD:P1" }))
        const others = [
          yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P0" })),
          yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P2" })),
          yield* start(MarketData.ticker("tBTCUSD"))
        ]
        const refused = yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P1" }))
        const alike = yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P1" }))
        yield* pass("1 second")
        for (const each of [refused, alike]) {
          assert.deepInclude(each.failure(), {
            _tag: "SubscriptionRejected",
            code,
            channel: "book",
            request: "book|tBTCUSD|P1|F0|25",
            operation: "MarketData.book"
          })
        }
        for (const { events, exit } of others) {
          assert.deepStrictEqual(turns(events), ["Snapshot 1"])
          assert.isUndefined(exit())
        }
        // when the cause is gone, the same request may be repeated
        const again = yield* start(MarketData.book({ symbol: "tBTCUSD", prec: "P1" }))
        yield* pass("1 second")
        assert.deepStrictEqual(turns(again.events), ["Snapshot 1"])
      }).pipe(inMemory()))
  }

  it.scoped("a symbol that the venue does not know", () =>
    Effect.gen(function*() {
      const bad = yield* start(MarketData.ticker("tNOSUCH"))
      yield* pass("1 second")
      assert.deepInclude(bad.failure(), { _tag: "SubscriptionRejected", code: 10300, text: "symbol: invalid" })
    }).pipe(inMemory()))

  it.scoped("an error without an echo fails the only waiting stream, and none if it is ambiguous", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      yield* inject(Fault.IgnoreSubscribe.make({ times: 2 }))
      const one = yield* start(MarketData.ticker("tBTCUSD"))
      const two = yield* start(MarketData.trades("tBTCUSD"))
      yield* settle
      yield* inject(Fault.Send.make({ text: `{"event":"error","msg":"symbol: invalid","code":10300}` }))
      yield* settle
      assert.isUndefined(one.exit())
      assert.isUndefined(two.exit())
      assert.deepInclude(reported[0], { _tag: "VenueError", code: 10300 })
      yield* pass("7 seconds")
      assert.deepStrictEqual(turns(one.events), ["Snapshot 1"])
      yield* inject(Fault.IgnoreSubscribe.make({ times: 1 }))
      const three = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* settle
      yield* inject(Fault.Send.make({ text: `{"event":"error","msg":"symbol: invalid","code":10300}` }))
      yield* settle
      assert.deepInclude(three.failure(), { _tag: "SubscriptionRejected", code: 10300 })
      assert.isUndefined(one.exit())
    }).pipe(inMemory()))

  it.scoped("a venue that is not ready (11000) is retried", () =>
    Effect.gen(function*() {
      yield* inject(Fault.RejectSubscribe.make({ times: 1, code: 11000 }))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("7 seconds")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("10400 while a channel is unsubscribing is reported and has no effect", () =>
    Effect.gen(function*() {
      const reported = yield* problems
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      const { chanId } = (yield* connections)[0]!.channels.find(({ name }) => name.startsWith("ticker"))!
      yield* ticker.stop
      const text = `{"event":"error","msg":"unsubscribe: invalid","code":10400,"chanId":${chanId}}`
      yield* inject(Fault.Send.make({ text }))
      yield* pass("1 second")
      yield* inject(Fault.Send.make({ text }))
      yield* pass("10 seconds")
      assert.deepStrictEqual(turns(trades.events), ["Snapshot 1"])
      assert.isNotEmpty(reported.filter((each) => each._tag === "VenueError" && each.code === 10400))
    }).pipe(inMemory({ latency: 50 })))

  it.scoped("another version of the protocol ends the streams", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Version.make({ version: 1 }))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("10 seconds")
      assert.deepInclude(ticker.failure(), { _tag: "UnsupportedVersion", version: 1 })
      assert.deepStrictEqual(yield* sent(), [])
      assert.deepInclude((yield* connections)[0], {
        state: "closed",
        endedBy: "client",
        code: 3000,
        reason: "another version of the protocol"
      })
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory()))
})

describe("MarketData: refused connections", () => {
  /** times of the upgrade requests, ms */
  const upgrades = (count: number, limit: number) =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const at: Array<number> = []
      for (let time = 0; at.length < count && time < limit; time += 50) {
        const seen = (yield* exchange.counts).upgrades
        while (at.length < seen) at.push(time)
        yield* TestClock.adjust(50)
      }
      return at
    })

  for (const status of [429, 503, "reset"] as const) {
    it.scoped(`${status}: tried again after 500, 1000, 2000 ms`, () =>
      Effect.gen(function*() {
        yield* inject(Fault.Refuse.make({ times: 3, status }))
        const ticker = yield* start(MarketData.ticker("tBTCUSD"))
        yield* settle
        assert.deepStrictEqual(yield* upgrades(4, 5000), [0, 500, 1500, 3500])
        yield* pass("1 second")
        assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
      }).pipe(inMemory()))
  }

  const logged = () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => {
      lines.push(Array.isArray(message) ? message.join(" ") : String(message))
    })
    return { lines, logger: Logger.add(logger) }
  }

  it.scoped("a pause that the host asks for is kept by all its sockets, and shown with the seconds that are left", () => {
    const { lines, logger } = logged()
    return Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1, status: 429, retryAfter: 10 }))
      const market = yield* MarketData.MarketData
      const states = yield* gather(market.states)
      const problems = yield* gather(market.problems)
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      assert.deepStrictEqual(yield* upgrades(3, 12_000), [0, 10_000, 10_000])
      yield* pass("1 second")
      assert.deepStrictEqual([...turns(ticker.events), ...turns(trades.events)], ["Snapshot 1", "Snapshot 1"])
      const reason = "Unexpected server response: 429; the host asks for a pause of 10 s"
      assert.deepStrictEqual(problems, [{ _tag: "Disconnected", epoch: 1, reason, connection: "public-1" }])
      const waiting = states.flatMap((all) => all["public-1"] ?? []).find(({ _tag }) => _tag === "Waiting")
      assert.deepStrictEqual(waiting, { _tag: "Waiting", attempts: 1, reason })
      // one of the sockets finds out for both whether the host is back
      const queued = states.flatMap((all) => all["public-2"] ?? [])
      assert.includeMembers(
        queued.flatMap((each) => each._tag === "Queued" ? [each.seconds] : []),
        [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
      )
      assert.lengthOf(lines.filter((line) => line.includes("asks for a pause of 10 s")), 1)
    }).pipe(inMemory({ settings: { socket: { channelsPerSocket: 1 } } }), Effect.provide(logger))
  })

  it.scoped("a pause of hours is kept for five minutes, which the reason says", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1, status: 503, retryAfter: 7200 }))
      const market = yield* MarketData.MarketData
      const problems = yield* gather(market.problems)
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("299 seconds")
      assert.strictEqual((yield* (yield* FakeExchange).counts).upgrades, 1)
      yield* pass("2 seconds")
      assert.strictEqual((yield* (yield* FakeExchange).counts).upgrades, 2)
      const reason = "Unexpected server response: 503; the host asks for a pause of 7200 s; this SDK waits 300 s"
      assert.deepInclude(problems[0], { _tag: "Disconnected", reason })
    }).pipe(inMemory({ step: 60_000, tick: 60_000 })))

  it.scoped("a Retry-After that is not a future time changes nothing", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1, status: 503, retryAfter: "soon" }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      assert.deepStrictEqual(yield* upgrades(2, 5000), [0, 500])
    }).pipe(inMemory()))

  const delays = (schedule: Schedule.Schedule<unknown, unknown>, count: number) =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      const out: Array<number> = []
      yield* inject(Fault.Refuse.make({ times: count, status: 503 }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* settle
      const states = yield* gather((yield* MarketData.MarketData).states)
      for (let time = 0, since = 0, seen = 1; seen <= count && time < 200_000; time += 250) {
        if ((yield* exchange.counts).upgrades > seen) {
          out.push(time - since)
          since = time
          seen++
        }
        yield* TestClock.adjust(250)
      }
      assert.isTrue(states.some((all) => all["public-1"]?._tag === "Waiting"))
      return out
    }).pipe(inMemory({
      step: 60_000,
      tick: 60_000,
      // another test covers the budget
      settings: { socket: { reconnect: schedule, connectLimit: { count: 1000, per: "1 second" } } }
    }))

  it.scoped(
    "by default the delays double from 500 ms, with jitter, and never exceed 30 s",
    () =>
      Effect.gen(function*() {
        const first = yield* delays(BitfinexConfig.defaults.socket.reconnect, 8)
        const wanted = [500, 1000, 2000, 4000, 8000, 16_000, 25_000, 25_000]
        assert.lengthOf(first, 8)
        first.forEach((delay, k) => {
          assert.isAtLeast(delay, wanted[k]! * 0.8 - 250)
          assert.isAtMost(delay, Math.min(30_000, wanted[k]! * 1.2) + 250)
        })
        assert.notDeepEqual(first, wanted)
      }),
    10_000
  )

  it.scoped("attempts are counted from the last healthy minute; half a minute does not count", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      const attempts = (): ReadonlyArray<number | string> =>
        states.flatMap((all) => all["public-1"] ?? []).flatMap((each): ReadonlyArray<number | string> =>
          each._tag === "Connecting" ? [each.attempt] : each._tag === "Waiting" ? [`waits ${each.attempts}`] : []
        )
      yield* inject(Fault.Refuse.make({ times: 2 }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("30 seconds")
      const before = [1, "waits 1", 2, "waits 2", 3]
      assert.deepStrictEqual(attempts(), before)
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("65 seconds")
      assert.deepStrictEqual(attempts(), [...before, "waits 3", 4])
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("5 seconds")
      // the health report says the same
      assert.deepStrictEqual(attempts(), [...before, "waits 3", 4, "waits 0", 1])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))

  it.scoped("a healthy minute resets the delays; half a minute does not", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange
      yield* inject(Fault.Refuse.make({ times: 3 }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("3500 millis")
      assert.strictEqual((yield* exchange.counts).opened, 1)
      yield* pass("30 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("3900 millis")
      assert.strictEqual((yield* exchange.counts).opened, 1)
      yield* pass("200 millis")
      assert.strictEqual((yield* exchange.counts).opened, 2)
      yield* pass("61 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("500 millis")
      assert.strictEqual((yield* exchange.counts).opened, 3)
    }).pipe(inMemory({ step: 5000, tick: 5000 })))

  it.scoped("waiting for the connection limit is a state with the seconds left, and one log line", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => {
        logged.push(...(message as ReadonlyArray<unknown>))
      })
      yield* Effect.gen(function*() {
        const states = yield* gather((yield* MarketData.MarketData).states)
        const ticker = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        yield* inject(Fault.Drop.make({ code: 1006 }))
        for (let second = 0; second < 75; second++) yield* pass("1 second")
        const queued = states.flatMap((all) => all["public-1"]?._tag === "Queued" ? [all["public-1"]] : [])
        assert.deepStrictEqual(new Set(queued.map(({ attempt }) => attempt)), new Set([2]))
        const seconds = queued.map(({ seconds }) => seconds)
        assert.isAbove(seconds[0]!, 60)
        assert.deepStrictEqual(seconds, [...seconds].sort((a, b) => b - a))
        assert.isAtMost(seconds.at(-1)!, 1)
        assert.isAbove(seconds.length, 60)
        assert.strictEqual(states.at(-1)?.["public-1"]?._tag, "Live")
        assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        const lines = logged.map(String).filter((line) => line.includes("waits"))
        assert.lengthOf(lines, 1)
        assert.match(lines[0]!, /^MarketData waits 1m .* for a limit of this SDK: 1 starts in 7\d(\.\d+)? s/)
      }).pipe(Effect.provide(Logger.add(logger)))
    }).pipe(
      inMemory({ step: 60_000, tick: 60_000, settings: { socket: { connectLimit: { count: 1, per: "70 seconds" } } } })
    ))

  it.scoped("waiting for the connection limit does not count as a healthy minute", () =>
    Effect.gen(function*() {
      const states = yield* gather((yield* MarketData.MarketData).states)
      yield* inject(Fault.Refuse.make({ times: 100 }))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("5 minutes")
      const last = states.at(-1)?.["public-1"]
      const attempts = last?._tag === "Waiting" ? last.attempts : last?._tag === "Queued" ? last.attempt : 0
      assert.isAbove(attempts, 3)
    }).pipe(
      inMemory({ step: 60_000, tick: 60_000, settings: { socket: { connectLimit: { count: 1, per: "70 seconds" } } } })
    ))

  it.scoped("a schedule that ends fails the streams with the last reason", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 100, status: 503 }))
      const one = yield* start(MarketData.ticker("tBTCUSD"))
      const two = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("10 seconds")
      for (const each of [one, two]) {
        assert.deepInclude(each.failure(), { _tag: "ReconnectExhausted", attempts: 4 })
        assert.include(each.failure()?.message, "503")
      }
    }).pipe(
      inMemory({ settings: { socket: { reconnect: Schedule.recurs(3).pipe(Schedule.addDelay(() => "1 second")) } } })
    ))

  it.scoped("a handshake that takes too long is abandoned and retried", () =>
    Effect.gen(function*() {
      yield* inject(Fault.SlowHandshake.make({ millis: 60_000 }))
      const ticker = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("9900 millis")
      assert.deepStrictEqual(turns(ticker.events), [])
      yield* pass("1 second")
      assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* openChannels, [["ticker:tBTCUSD"]])
    }).pipe(inMemory({ step: 1000, tick: 1000 })))
})

describe("MarketData: input that is refused before anything is sent", () => {
  const refused = (name: string, stream: Parameters<typeof start<MarketData.MarketData>>[0], field: string) =>
    it.scoped(name, () =>
      Effect.gen(function*() {
        const bad = yield* start(stream)
        yield* pass("1 second")
        assert.deepInclude(bad.failure(), { _tag: "InvalidInput", field })
        assert.match(bad.failure()!.message, /^MarketData\.\w+: /)
        assert.strictEqual((yield* (yield* FakeExchange).counts).upgrades, 0)
      }).pipe(inMemory()))

  // the casts: values that TypeScript refuses may still come from JavaScript or from data
  refused("a symbol without t or f", MarketData.ticker("BTCUSD" as any), "symbol")
  refused("an unknown precision", MarketData.book({ symbol: "tBTCUSD", prec: "P9" as any }), "prec")
  refused("a length of 26", MarketData.book({ symbol: "tBTCUSD", len: 26 as any }), "len")
  refused("a timeframe of 2m", MarketData.candles({ timeframe: "2m" as any, symbol: "tBTCUSD" }), "timeframe")
  refused("an unknown option", MarketData.ticker("tBTCUSD", { bufer: BufferPolicy.fail() } as any), "bufer")
  refused("an empty subId", MarketData.ticker("tBTCUSD", { subId: "" }), "subId")
  refused("a subId that is no number", MarketData.ticker("tBTCUSD", { subId: Number.NaN }), "subId")
  refused("a subId like those of the SDK", MarketData.ticker("tBTCUSD", { subId: "effect-bitfinex:1" }), "subId")
  refused("a buffer that is null", MarketData.ticker("tBTCUSD", { buffer: null as any }), "buffer")
  refused("options that are null", MarketData.ticker("tBTCUSD", null as any), "options")
  refused("options that are a text", MarketData.ticker("tBTCUSD", "fail" as any), "options")
  refused("arguments that are null", MarketData.book(null as any), "symbol")
  refused("arguments that are a text", MarketData.book("tBTCUSD" as any), "args")
  refused("a capacity of 0", MarketData.ticker("tBTCUSD", { buffer: BufferPolicy.sliding(0) }), "buffer")
  refused(
    "an unknown policy",
    MarketData.ticker("tBTCUSD", { buffer: { policy: "magic", capacity: 1 } as any }),
    "buffer"
  )

  for (const code of [999, 1001, 1006, 2999, 5000, 3000.5]) {
    it.scoped(`close with ${code}`, () =>
      Effect.gen(function*() {
        const market = yield* MarketData.MarketData
        const ticker = yield* start(MarketData.ticker("tBTCUSD"))
        yield* settle
        assert.deepInclude(yield* Effect.flip(market.close(code)), { _tag: "InvalidInput", field: "code" })
        assert.isUndefined(ticker.exit())
      }).pipe(inMemory()))
  }

  it.scoped("close with a reason that is too long for a close frame", () =>
    Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      const error = yield* Effect.flip(market.close(4000, "é".repeat(62)))
      assert.deepInclude(error, { _tag: "InvalidInput", field: "reason" })
    }).pipe(inMemory()))
})
