import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import { hasRows } from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import { type Event, pass, problems, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

const against = <A, E, R>(
  script: Parameters<typeof Scripted.make>[0],
  body: (venue: Scripted.Venue) => Effect.Effect<A, E, R>,
  settings?: BitfinexConfig.Overrides
) => Effect.flatMap(Scripted.make(script), (venue) => Effect.provide(body(venue), Scripted.clientOf(venue, settings)))

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
      { socket: { flags: { sequence: true, checksum: true } } }
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
          // this venue does not number its messages, which is reported as well
          assert.deepStrictEqual(
            reported.map((problem) => problem._tag === "Malformed" ? problem.reason : problem._tag),
            ["conf with other flags than 65536", "a message without its number"]
          )
          assert.lengthOf(venue.lines, 1)
          assert.deepStrictEqual(turns(ticker.events), ["Snapshot 1"])
        }),
      { socket: { flags: { sequence: true } } }
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

describe("MarketData: channel ids that two channels share", () => {
  const tick = (price: number) => [price, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  const prices = (events: ReadonlyArray<Event>) =>
    events.flatMap((event) => hasRows(event) ? event.rows.map(({ bid }) => bid as number) : [])
  const priceOf: { readonly [symbol: string]: number } = { tONEUSD: 1, tTWOUSD: 2, tBTCUSD: 3 }

  it.scoped("two acknowledgements with one channel id: no row of one symbol under the other, other channels continue", () =>
    against({
      onAsked: (frame, line) => {
        const symbol = String(frame["symbol"])
        const price = priceOf[symbol]!
        const times = line.asked.filter((each) => each["symbol"] === symbol).length
        const isOdd = frame.event === "subscribe" && symbol !== "tBTCUSD" && times === 1
        const chanId = isOdd ? 700 : 700 + price * 10 + times
        if (frame.event !== "subscribe") return line.obey(frame)
        line.say({ ...frame, event: "subscribed", chanId })
        line.say([chanId, tick(price)], 2)
        // rows of both under the one id
        if (isOdd) { for (let k = 0; k < 50; k++) line.say([700, tick(price)], 3 + k) }
      }
    }, (venue) =>
      Effect.gen(function*() {
        const reported = yield* problems
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        const one = yield* start(MarketData.ticker("tONEUSD"))
        const two = yield* start(MarketData.ticker("tTWOUSD"))
        yield* pass("10 seconds")
        assert.deepStrictEqual([...new Set(prices(one.events))], [1])
        assert.deepStrictEqual([...new Set(prices(two.events))], [2])
        for (const { events } of [one, two]) assert.strictEqual(events.at(-1)?._tag, "Snapshot")
        assert.deepStrictEqual(turns(btc.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
        assert.isTrue(
          reported.some((each) => each._tag === "Malformed" && each.reason === "the channel id of ticker|tONEUSD again")
        )
      })))

  it.scoped("two acknowledgements with one channel id each time: repeated after growing delays", () =>
    against({
      onAsked: (frame, line) => {
        if (frame["symbol"] !== "tONEUSD" && frame["symbol"] !== "tTWOUSD") return line.obey(frame)
        line.say({ ...frame, event: "subscribed", chanId: 700 })
        line.say([700, tick(1)], 2)
      }
    }, (venue) =>
      Effect.gen(function*() {
        yield* start(MarketData.ticker("tONEUSD"))
        const two = yield* start(MarketData.ticker("tTWOUSD"))
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        for (let second = 0; second < 120; second++) {
          venue.lines[0]!.say([1, tick(3)])
          yield* pass("1 second")
        }
        assert.deepStrictEqual(prices(two.events), [])
        assert.isBelow(asked(venue, "subscribe").length, 20)
        assert.deepStrictEqual(turns(btc.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("rows that precede the acknowledgement, under an id that another channel had before: not delivered", () =>
    against({
      onAsked: (frame, line) => {
        const symbol = String(frame["symbol"])
        if (frame.event !== "subscribe" || symbol === "tBTCUSD") return line.obey(frame)
        const isFirst = line.asked.filter((each) => each["symbol"] === symbol).length === 1
        const chanId = isFirst ? 700 : 701
        // rows of the channel that had the id before
        if (symbol === "tTWOUSD" && isFirst) line.say([700, tick(1)], 1)
        line.say({ ...frame, event: "subscribed", chanId }, 2)
        line.say([chanId, tick(priceOf[symbol]!)], 3)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const one = yield* start(MarketData.ticker("tONEUSD"))
        yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        yield* one.stop
        yield* pass("1 second")
        const two = yield* start(MarketData.ticker("tTWOUSD"))
        yield* pass("5 seconds")
        assert.deepStrictEqual([...new Set(prices(two.events))], [2])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("a channel that the venue ends as soon as it is acknowledged: repeated after growing delays, alone", () =>
    against({
      onAsked: (frame, line) => {
        line.obey(frame)
        if (frame.event === "subscribe" && frame["symbol"] === "tONEUSD") {
          const chanId = line.asked.filter(({ event }) => event === "subscribe").length
          line.say({ event: "unsubscribed", status: "OK", chanId }, 5)
        }
      }
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        yield* start(MarketData.ticker("tONEUSD"))
        for (let second = 0; second < 60; second++) {
          venue.lines[0]!.say([1, tick(3)])
          yield* pass("1 second")
        }
        assert.deepStrictEqual(turns(btc.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
        const requests = asked(venue, "subscribe").filter(({ symbol }) => symbol === "tONEUSD")
        assert.isAbove(requests.length, 3)
        assert.isBelow(requests.length, 9)
      })))
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

  it.scoped("never acknowledged: its stream fails after 60 s, it is not requested again, and the other channel continues", () =>
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

  it.scoped("a duplicate without a channel id to a request that was sent once: the acknowledgement is awaited, or it fails", () =>
    against({
      onAsked: (frame, line) => {
        if (!["tSLOUSD", "tDUPUSD"].includes(String(frame["symbol"]))) return line.obey(frame)
        line.say({ ...frame, event: "error", code: 10301, msg: "subscribe: dup" })
        if (frame["symbol"] === "tSLOUSD") line.obey(frame, 8_000)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        const never = yield* start(MarketData.ticker("tDUPUSD"))
        yield* ticking(venue, 9)
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        yield* ticking(venue, 45)
        assert.isUndefined(never.exit())
        yield* ticking(venue, 10)
        assert.deepInclude(never.failure(), {
          _tag: "SubscriptionRejected",
          code: 10301,
          text: "the venue has this channel already, and did not acknowledge it within 60 s"
        })
        assert.lengthOf(asked(venue, "subscribe").filter(({ symbol }) => symbol === "tDUPUSD"), 1)
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("a duplicate with the id of another channel of ours: that channel continues, and the refusal names its cause", () =>
    against({
      onAsked: (frame, line) =>
        frame["symbol"] === "tTWOUSD"
          ? line.say({ ...frame, event: "error", code: 10301, msg: "subscribe: dup", chanId: 1 })
          : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        const one = yield* start(MarketData.ticker("tONEUSD"))
        yield* pass("1 second")
        const two = yield* start(MarketData.ticker("tTWOUSD"))
        yield* ticking(venue, 62)
        assert.deepInclude(two.failure(), { _tag: "SubscriptionRejected", code: 10301 })
        assert.strictEqual(interruptions(one.events), 0)
        assert.lengthOf(asked(venue, "unsubscribe"), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("the only channel, acknowledged after 40 s, while its heartbeats arrive: the socket is kept", () =>
    against({
      onAsked: (frame, line) => line.obey(frame, frame.event === "subscribe" ? 40_000 : 0)
    }, (venue) =>
      Effect.gen(function*() {
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        for (let second = 0; second < 44; second++) {
          if (second % 15 === 5) { for (const line of venue.lines) line.say([42, "hb"]) }
          yield* pass("1 second")
        }
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("the only channel, always acknowledged after 30 s, in silence: the second socket waits long enough", () =>
    against({
      onAsked: (frame, line) => line.obey(frame, frame.event === "subscribe" ? 30_000 : 0)
    }, (venue) =>
      Effect.gen(function*() {
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* pass("55 seconds")
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 2)
      })))

  it.scoped("the acknowledgement lost, and the repeated request a duplicate with a channel id: left and subscribed again", () =>
    against({
      onAsked: (frame, line) => {
        const times = line.asked.filter(({ symbol }) => symbol === "tSLOUSD").length
        if (frame["symbol"] !== "tSLOUSD" || times > 2) return line.obey(frame)
        if (times === 2) line.say({ ...frame, event: "error", code: 10301, msg: "subscribe: dup", chanId: 900 })
      }
    }, (venue) =>
      Effect.gen(function*() {
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* ticking(venue, 17)
        assert.deepStrictEqual(asked(venue, "unsubscribe").map(({ chanId }) => chanId), [900])
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.strictEqual(interruptions(btc.events), 0)
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("subscribed without a known id, and unsubscribe never answered: another socket takes over, other channels continue", () =>
    against({
      onAsked: (frame, line) => {
        if (line.number > 1) return line.obey(frame)
        if (frame["symbol"] === "tSLOUSD") {
          const isFirst = line.asked.filter(({ symbol }) => symbol === "tSLOUSD").length === 1
          if (!isFirst) line.say({ ...frame, event: "error", code: 10301, msg: "subscribe: dup" })
          return
        }
        if (frame.event !== "unsubscribe") line.obey(frame)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const market = yield* MarketData.MarketData
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        const eth = yield* start(MarketData.ticker("tETHUSD"))
        yield* pass("1 second")
        const slow = yield* start(MarketData.ticker("tSLOUSD"))
        yield* market.resubscribe("ticker", { symbol: "tETHUSD" })
        for (let second = 0; second < 90; second++) {
          for (const line of venue.lines) {
            line.say([1, [1, 1, 1, 1, 1, 1, 1, 1, 1, second]])
            if (line.number > 1) line.say([2, "hb"])
          }
          yield* pass("1 second")
        }
        assert.deepStrictEqual(turns(btc.events), ["Snapshot 1"])
        assert.deepStrictEqual(turns(slow.events), ["Snapshot 1"])
        assert.deepStrictEqual(turns(eth.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.lengthOf(venue.lines, 2)
        // each request that may have been lost is repeated, a few times
        assert.isAbove(asked(venue, "unsubscribe").length, 1)
        assert.isBelow(asked(venue, "unsubscribe").length, 5)
      })))

  it.scoped("an error that names nothing, and whose code is not of subscriptions, refuses no subscription", () =>
    against({
      onAsked: (frame, line) => {
        if (frame.event === "subscribe") line.say({ event: "error", code: 10000, msg: "unknown event" })
        line.obey(frame, 100)
      }
    }, () =>
      Effect.gen(function*() {
        const reported = yield* problems
        const btc = yield* start(MarketData.ticker("tBTCUSD"))
        yield* pass("1 second")
        assert.deepStrictEqual(turns(btc.events), ["Snapshot 1"])
        assert.deepInclude(reported[0], { _tag: "VenueError", code: 10000 })
      })))

  it.scoped("no room, said of the first channel while others wait for their answers: it is requested again", () =>
    against({
      onAsked: (frame, line) => {
        const isFirst = line.asked.filter(({ symbol }) => symbol === frame["symbol"]).length === 1
        if (frame["symbol"] === "tONEUSD" && isFirst) line.say({ ...frame, event: "error", code: 10305, msg: "limit" })
        else line.obey(frame, 3000)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const one = yield* start(MarketData.ticker("tONEUSD"))
        const two = yield* start(MarketData.ticker("tTWOUSD"))
        yield* pass("10 seconds")
        for (const each of [one, two]) assert.deepStrictEqual(turns(each.events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("unsubscribe that is never acknowledged: the other stream continues", () =>
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
  // `BitfinexConfig.layer` refuses it as well, but settings can be given without it
  for (const url of ["no url", "https://api-pub.bitfinex.com/ws/2", "wss://api-pub.bitfinex.com/ws/2#2"]) {
    it.scoped(`${JSON.stringify(url)} fails the stream before any attempt`, () =>
      Effect.gen(function*() {
        const venue = yield* Scripted.make({ onAsked: () => undefined })
        const settings = BitfinexConfig.merge(BitfinexConfig.defaults, { socket: { url } })
        yield* Effect.gen(function*() {
          const ticker = yield* start(MarketData.ticker("tBTCUSD"))
          yield* pass("1 second")
          assert.deepInclude(ticker.failure(), { _tag: "InvalidInput", field: "socket.url", value: url })
          assert.lengthOf(venue.lines, 0)
        }).pipe(
          Effect.provide(
            Layer.provide(Scripted.clientOf(venue), Layer.succeed(BitfinexConfig.BitfinexConfig, settings))
          )
        )
      }))
  }
})

describe("MarketData: parameters that a channel does not have", () => {
  // The compiler does the testing: `tsc` fails if a line marked as an error is not one.
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
