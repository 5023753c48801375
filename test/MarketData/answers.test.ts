import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as MarketData from "../../src/MarketData.ts"
import { gather, pass, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

const against = <A, E, R>(
  script: Parameters<typeof Scripted.make>[0],
  body: (venue: Scripted.Venue) => Effect.Effect<A, E, R>,
  settings?: Partial<BitfinexConfig.Settings>
) => Effect.flatMap(Scripted.make(script), (venue) => Effect.provide(body(venue), Scripted.clientOf(venue, settings)))

const problems = Effect.flatMap(MarketData.MarketData, (market) => gather(market.problems))

const asked = (venue: Scripted.Venue, event: string) =>
  venue.lines.flatMap((line) => line.asked.filter((each) => each.event === event))

describe("MarketData: answers that do not match the request", () => {
  it.scoped("an error that names only a user's id never fails another stream", () =>
    against({
      onAsked: (frame, line) =>
        frame["symbol"] === "tBADUSD"
          ? line.say({ event: "error", code: 10300, msg: "symbol: invalid", subId: frame["subId"] })
          : line.obey(frame, 100)
    }, () =>
      Effect.gen(function*() {
        const others = [yield* start(MarketData.ticker("tONEUSD")), yield* start(MarketData.ticker("tTWOUSD"))]
        const bad = yield* start(MarketData.ticker("tBADUSD", { subId: "1" }))
        yield* pass("1 second")
        assert.deepInclude(bad.failure(), { _tag: "SubscriptionRejected", code: 10300 })
        for (const { events } of others) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      })))

  it.scoped("conf without a requested flag: reported, and the connection is not used", () =>
    against(
      {
        onAsked: (frame, line) =>
          frame.event === "conf" && line.number === 1
            ? line.say({ event: "conf", status: "OK", flags: 131_072 })
            : line.obey(frame)
      },
      (venue) =>
        Effect.gen(function*() {
          const reported = yield* problems
          const ticker = yield* start(MarketData.ticker("tBTCUSD"))
          yield* pass("2 seconds")
          assert.isTrue(reported.some((each) => each._tag === "Malformed" && each.reason.startsWith("conf ")))
          assert.deepInclude(reported.find(({ _tag }) => _tag === "Disconnected"), {
            reason: "conf was answered without the flags sequence"
          })
          assert.deepStrictEqual(
            venue.lines.map((line) => line.asked.filter(({ event }) => event === "subscribe").length),
            [0, 1]
          )
          assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
        }),
      { socketFlags: { sequence: true, checksum: true } }
    ))

  it.scoped("conf with an additional flag: reported, and accepted", () =>
    against(
      {
        onAsked: (frame, line) =>
          frame.event === "conf"
            ? line.say({ event: "conf", status: "OK", flags: frame["flags"] + 131_072 })
            : line.obey(frame)
      },
      (venue) =>
        Effect.gen(function*() {
          const reported = yield* problems
          const ticker = yield* start(MarketData.ticker("tBTCUSD"))
          yield* pass("2 seconds")
          assert.deepStrictEqual(reported.map(({ _tag }) => _tag), ["Malformed"])
          assert.lengthOf(venue.lines, 1)
          assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
        }),
      { socketFlags: { sequence: true } }
    ))

  for (const chanId of [null, "17", 1.5, 0, -1, undefined]) {
    it.scoped(`subscribed to channel ${JSON.stringify(chanId)}: reported, and no such channel remains`, () =>
      against({
        onAsked: (frame, line) =>
          frame.event === "subscribe" && line.number === 1
            ? line.say({ ...frame, event: "subscribed", chanId })
            : line.obey(frame)
      }, (venue) =>
        Effect.gen(function*() {
          const reported = yield* problems
          const ticker = yield* start(MarketData.ticker("tBTCUSD"))
          // with no other channel on it, the socket is replaced after 20 s
          yield* pass("22 seconds")
          assert.deepInclude(reported[0], { _tag: "Malformed", reason: "no channel id" })
          assert.lengthOf(asked(venue, "unsubscribe"), 0)
          assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
        })))
  }
})

describe("MarketData: an answer to a subscription that is late or missing concerns its own stream", () => {
  /** the ticker of BTC is acknowledged at once and ticks each second */
  const ticking = (venue: Scripted.Venue, seconds: number) =>
    Effect.gen(function*() {
      for (let second = 0; second < seconds; second++) {
        venue.lines.at(-1)!.say([1, [1, 1, 1, 1, 1, 1, 1, 1, 1, second]])
        yield* pass("1 second")
      }
    })

  const interruptions = (events: ReadonlyArray<{ readonly _tag: string }>) =>
    events.filter(({ _tag }) => _tag === "Interrupted").length

  it.scoped("acknowledged after 11 s: it becomes live then, and its neighbour is never interrupted", () =>
    against({
      onAsked: (frame, line) => line.obey(frame, frame["symbol"] === "tSLOUSD" ? 11_000 : 1)
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* ticking(venue, 10)
        assert.deepStrictEqual(turns(slow.events), [])
        yield* ticking(venue, 2)
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        yield* ticking(venue, 10)
        assert.strictEqual(interruptions(btc.events), 0)
        assert.isAbove(btc.events.length, 20)
        assert.lengthOf(venue.lines, 1)
        assert.lengthOf(asked(venue, "subscribe"), 2)
      })))

  it.scoped("never acknowledged: its stream fails after 60 s, it is not requested again, and its neighbour goes on", () =>
    against({
      onAsked: (frame, line) => frame["symbol"] === "tSLOUSD" ? undefined : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        const none = yield* start(MarketData.ticker("tSLOUSD"))
        yield* ticking(venue, 58)
        assert.isUndefined(none.exit())
        yield* ticking(venue, 4)
        assert.deepInclude(none.failure(), { _tag: "SubscriptionRejected", code: null, request: "ticker|tSLOUSD" })
        const requests = asked(venue, "subscribe").length
        yield* ticking(venue, 60)
        assert.lengthOf(asked(venue, "subscribe"), requests)
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("one request lost: it is repeated on the same socket", () =>
    against({
      onAsked: (frame, line) => {
        const times = line.asked.filter(({ symbol }) => symbol === "tSLOUSD").length
        if (frame["symbol"] !== "tSLOUSD" || times > 1) line.obey(frame)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* pass("1 second")
        yield* ticking(venue, 16)
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("a duplicate without a channel id ahead of the acknowledgement: the acknowledgement is awaited", () =>
    against({
      onAsked: (frame, line) => {
        if (frame["symbol"] !== "tSLOUSD") return line.obey(frame)
        const times = line.asked.filter(({ symbol }) => symbol === "tSLOUSD").length
        if (times === 1) line.obey(frame, 25_000)
        else line.say({ ...frame, event: "error", code: 10301, msg: "subscribe: dup" })
      }
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* pass("1 second")
        yield* ticking(venue, 23)
        assert.isUndefined(slow.exit())
        yield* ticking(venue, 3)
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("unsubscribe that is never acknowledged: the other stream goes on", () =>
    against({
      onAsked: (frame, line) => frame.event === "unsubscribe" ? undefined : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        const other = yield* start(MarketData.ticker("tETHUSD"))
        yield* pass("1 second")
        yield* other.stop
        yield* ticking(venue, 90)
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))
})

describe("MarketData: an invalid socket address", () => {
  for (const url of ["not a url", "https://api-pub.bitfinex.com/ws/2", "wss://api-pub.bitfinex.com/ws/2#2", ""]) {
    it.scoped(`${JSON.stringify(url)} fails the stream before any attempt`, () =>
      against({ onAsked: () => undefined }, (venue) =>
        Effect.gen(function*() {
          const ticker = yield* start(MarketData.ticker("tBTCUSD"))
          yield* pass("1 second")
          assert.deepInclude(ticker.failure(), { _tag: "InvalidInput", field: "socketPublicUrl", value: url })
          assert.lengthOf(venue.lines, 0)
        }), { socketPublicUrl: url }))
  }
})

describe("MarketData: parameters that a channel does not have", () => {
  // The compiler does the testing: `tsc` fails where a line marked as an error is none.
  const refused = (name: string, stream: Parameters<typeof start<MarketData.MarketData>>[0], field: string) =>
    it.scoped(name, () =>
      against({ onAsked: () => undefined }, () =>
        Effect.gen(function*() {
          const each = yield* start(stream)
          yield* pass("1 second")
          assert.deepInclude(each.failure(), { _tag: "InvalidInput", field })
        })))
  // @ts-expect-error it is len
  refused("book", MarketData.book({ symbol: "tBTCUSD", lenn: 25 }), "lenn")
  // @ts-expect-error a raw book has no precision
  refused("rawBook", MarketData.rawBook({ symbol: "tBTCUSD", prec: "P0" }), "prec")
  // @ts-expect-error the channel has no time
  refused("candles", MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD", start: 0 }), "start")
})
