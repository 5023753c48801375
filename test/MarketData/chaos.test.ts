import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as MarketData from "../../src/MarketData.ts"
import * as Records from "../../src/Records.ts"
import { FakeExchange, type MarketView } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Env from "../support/env.ts"
import {
  type Consumer,
  gather,
  inject,
  inMemory,
  inOrder,
  openChannels,
  pass,
  settle,
  start
} from "../support/market.ts"

const read = (layout: { readonly read: (row: any) => unknown }, rows: ReadonlyArray<unknown>) =>
  rows.map((row) => layout.read(row))

const sides = (
  layout: any,
  { asks, bids }: { readonly bids: ReadonlyArray<unknown>; readonly asks: ReadonlyArray<unknown> }
) => read(layout, [...bids, ...asks])

/** possible streams, their names at the exchange, and the state of the exchange */
const kinds = [
  {
    name: "ticker:tBTCUSD",
    stream: MarketData.ticker("tBTCUSD"),
    truth: (market: MarketView) => read(Records.TradingTicker, [market.ticker("tBTCUSD")])
  },
  {
    name: "book:tBTCUSD:P0:F0:25",
    stream: MarketData.book({ symbol: "tBTCUSD" }),
    truth: (market: MarketView) => sides(Records.BookEntry, market.book("tBTCUSD", "P0", 25))
  },
  {
    name: "book:tBTCUSD:R0:F0:25",
    stream: MarketData.rawBook({ symbol: "tBTCUSD" }),
    truth: (market: MarketView) => sides(Records.RawBookEntry, market.book("tBTCUSD", "R0", 25))
  },
  {
    name: "book:fUSD:P0:F0:25",
    stream: MarketData.book({ symbol: "fUSD" }),
    truth: (market: MarketView) => sides(Records.FundingBookEntry, market.book("fUSD", "P0", 25))
  },
  { name: "trades:tBTCUSD", stream: MarketData.trades("tBTCUSD"), truth: undefined },
  { name: "trades:fUSD", stream: MarketData.trades("fUSD"), truth: undefined },
  {
    name: "candles:trade:1m:tBTCUSD",
    stream: MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }),
    truth: undefined
  }
]

const faults: ReadonlyArray<Fault.Fault> = [
  Fault.Drop.make({ code: 1006 }),
  Fault.Drop.make({ code: 1001 }),
  Fault.Drop.make({ code: 1006, connection: 1 }),
  Fault.Info.make({ code: 20051 }),
  Fault.Info.make({ code: 20060 }),
  Fault.Info.make({ code: 20061 }),
  Fault.ChannelLimit.make({ channels: 2 }),
  Fault.Refuse.make({ times: 2 }),
  Fault.Refuse.make({ times: 1, status: "reset" }),
  Fault.SlowHandshake.make({ millis: 3000 }),
  Fault.HalfOpen.make({}),
  Fault.Mute.make({ channel: "book" }),
  Fault.MuteSocket.make({}),
  Fault.Lose.make({}),
  Fault.Lose.make({ match: "book", counted: true }),
  Fault.SkipSequence.make({ by: 2 }),
  Fault.Duplicate.make({}),
  Fault.Reorder.make({}),
  Fault.Truncate.make({}),
  Fault.IgnoreSubscribe.make({ times: 1 }),
  Fault.IgnoreConf.make({}),
  Fault.DataBeforeSubscribed.make({ times: 2 }),
  Fault.Send.make({ text: "no json" }),
  Fault.Send.make({ text: "[1,[1,2,3]]" })
]

/** Some simulated minutes in which streams start and end and faults occur, and then a quiet period. */
const run = (seed: number) =>
  Effect.gen(function*() {
    const { market } = yield* FakeExchange
    const problems = yield* gather((yield* MarketData.MarketData).problems)
    const running: Array<{ readonly kind: (typeof kinds)[number]; readonly consumer: Consumer }> = []
    const ended: Array<Consumer> = []
    yield* inject(Fault.ConnectLimit.make())
    const random = Random.make(`chaos ${seed}`)
    const next = (below: number) => random.nextIntBetween(0, below)

    for (let k = 0; k < 40; k++) {
      const what = yield* next(10)
      if (what < 4 && running.length < 10) {
        const kind = kinds[yield* next(kinds.length)]!
        running.push({ kind, consumer: yield* start(kind.stream) })
      } else if (what < 6 && running.length > 0) {
        const [one] = running.splice(yield* next(running.length), 1)
        assert.isUndefined(one!.consumer.exit())
        yield* one!.consumer.stop
        ended.push(one!.consumer)
      } else if (what < 9) {
        yield* inject(faults[yield* next(faults.length)]!)
      }
      yield* pass(yield* next(k % 5 === 0 ? 12_000 : 700))
    }
    if (running.length === 0) running.push({ kind: kinds[0]!, consumer: yield* start(kinds[0]!.stream) })
    yield* inject(Fault.Info.make({ code: 20061 }))
    // enough time for pending faults to occur, watchdogs to fire, and idle sockets to close
    yield* pass("150 seconds")
    yield* settle

    const wanted = [...new Set(running.map(({ kind }) => kind.name))].sort()
    assert.deepStrictEqual((yield* openChannels).flat().sort(), wanted)
    for (const { consumer, kind } of running) {
      assert.isUndefined(consumer.exit(), kind.name)
      const late = yield* start(kind.stream)
      yield* settle
      const snapshot = late.events[0]
      assert.strictEqual(snapshot?._tag, "Snapshot", `${kind.name} is not live`)
      assert.strictEqual(consumer.events.at(-1)?.epoch, snapshot?.epoch)
      if (kind.truth !== undefined) {
        assert.deepStrictEqual(snapshot?._tag === "Snapshot" && snapshot.rows, kind.truth(market), kind.name)
      }
    }
    for (const { events } of [...ended, ...running.map(({ consumer }) => consumer)]) assert.isTrue(inOrder(events))
    // the venue answered no request with an error such as 10301, and refused no connection because of the connection limit
    const bad = problems.filter((each) =>
      (each._tag === "VenueError" && each.code !== 10305) || each._tag === "Defect" ||
      (each._tag === "Disconnected" && each.reason.includes("429"))
    )
    assert.deepStrictEqual(bad, [])
  })

describe("MarketData: after any faults, in the end exactly the requested channels are live", () => {
  for (let seed = 1; seed <= Env.runs(2, 5, "MARKET_SEEDS"); seed++) {
    it.scoped(`seed ${seed}`, () =>
      run(seed).pipe(inMemory({ seed, step: 2000, tick: 2000, settings: { socket: { channelsPerSocket: 3 } } })))
  }
})
