import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import type * as BitfinexError from "../src/BitfinexError.ts"
import { histories } from "../src/internal/rest/histories.ts"
import * as Endpoints from "../src/protocol/Endpoints.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestClient from "../src/RestClient.ts"
import * as Env from "./support/env.ts"
import * as Http from "./support/httpDouble.ts"

/** runs a program against scripted replies, and returns the requests */
const against = <A, E>(
  answer: (request: Http.Seen, place: number) => Response | Effect.Effect<Response>,
  program: (rest: RestClient.Service) => Effect.Effect<A, E>,
  settings: BitfinexConfig.Overrides = {}
) => {
  const { client, seen } = Http.make(answer)
  return RestClient.RestClient.pipe(
    Effect.flatMap(program),
    Effect.map((result) => ({ result, seen })),
    Effect.provide(Layer.provide(RestClient.layer, RateLimiter.layerProcess)),
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.provide(BitfinexConfig.layer({ rest: { retryReads: Schedule.stop } }, settings))
  )
}

const collect = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)
const query = ({ url }: Http.Seen) => Object.fromEntries(url.searchParams)

describe("RestClient", () => {
  it.effect("has a method for every public endpoint", () =>
    against(() => Http.json([]), (rest) => Effect.sync(() => Object.keys(rest))).pipe(
      Effect.map(({ result }) =>
        assert.includeMembers(result, [...Object.keys(Endpoints.publicEndpoints), ...Object.keys(histories)])
      )
    ))

  it.effect("requests a ticker of either kind", () =>
    Effect.gen(function*() {
      // after the examples of docs.bitfinex.com/reference/rest-public-ticker
      const trading = [
        10645,
        73.93854271,
        10647,
        75.22266119,
        731.60645389,
        0.0738,
        10644,
        14480.89849423,
        10766,
        9889.1449809
      ]
      const { result, seen } = yield* against(() => Http.json(trading), (rest) => rest.ticker({ symbol: "tBTCUSD" }))
      assert.strictEqual(result.bid, 10645)
      assert.strictEqual(seen[0]!.url.href, "https://api-pub.bitfinex.com/v2/ticker/tBTCUSD")
      assert.strictEqual(seen[0]!.method, "GET")
    }))

  it.effect("posts a body if the row says so", () =>
    Effect.gen(function*() {
      const { result, seen } = yield* against(
        () => Http.json([1.5]),
        (rest) => rest.foreignExchangeRate({ ccy1: "EUR", ccy2: "USD" })
      )
      assert.strictEqual(seen[0]!.body, `{"ccy1":"EUR","ccy2":"USD"}`)
      assert.deepStrictEqual(Object.values(result), [1.5])
    }))

  describe("refuses before anything is sent", () => {
    const calls: ReadonlyArray<
      readonly [name: string, call: (rest: RestClient.Service) => Effect.Effect<unknown, BitfinexError.RestError>]
    > = [
      // @ts-expect-error a symbol has a prefix
      ["a symbol without t or f", (rest) => rest.ticker({ symbol: "BTCUSD" })],
      ["a symbol in lower case", (rest) => rest.ticker({ symbol: "tbtcusd" })],
      // @ts-expect-error an unknown precision
      ["an unknown precision", (rest) => rest.book({ symbol: "tBTCUSD", precision: "P9" })],
      // @ts-expect-error a length that the venue does not have
      ["len 26", (rest) => rest.book({ symbol: "tBTCUSD", precision: "P0", len: 26 })],
      // @ts-expect-error an unknown time frame
      ["timeframe 2m", (rest) => rest.candlesHistory({ symbol: "tBTCUSD", timeframe: "2m" })],
      ["start after end", (rest) => rest.trades({ symbol: "tBTCUSD", start: 2, end: 1 })],
      ["a limit over the maximum", (rest) => rest.trades({ symbol: "tBTCUSD", limit: 10_001 })],
      ["no symbols", (rest) => rest.tickers({ symbols: [] })],
      // @ts-expect-error an unknown parameter
      ["an unknown parameter", (rest) => rest.ticker({ symbol: "tBTCUSD", precision: "P0" })],
      // @ts-expect-error a required parameter is missing
      ["a required parameter left out", (rest) => rest.ticker({})],
      // @ts-expect-error all parameters are missing
      ["no parameters", (rest) => rest.ticker()],
      // @ts-expect-error the endpoint has no parameters
      ["a parameter where there is none", (rest) => rest.platformStatus({ symbol: "tBTCUSD" })]
    ]
    for (const [name, call] of calls) {
      it.effect(name, () =>
        Effect.gen(function*() {
          const { result, seen } = yield* against(() => Http.json([]), (rest) => Effect.flip(call(rest)))
          assert.strictEqual(result._tag, "InvalidInput")
          assert.lengthOf(seen, 0)
        }))
    }

    it.effect("in a stream too", () =>
      Effect.gen(function*() {
        const { result, seen } = yield* against(() => Http.json([]), (rest) =>
          Effect.flip(collect(rest.tradesStream({ symbol: "tBTCUSD", start: 2, end: 1, limit: 0 }))))
        assert.deepInclude(result, { _tag: "InvalidInput", field: "limit" })
        assert.lengthOf(seen, 0)
      }))
  })

  it.effect("a download that is resumed after its last row is empty, and sends no request", () =>
    Effect.gen(function*() {
      for (const bounds of [{ start: 2, end: 1 }, { start: 1 }, { start: 2, end: 1, sort: -1 }] as const) {
        // the TestClock stands at 0
        const { result, seen } = yield* against(
          () => Http.json([[1, 2, 1, 1]]),
          (rest) => collect(rest.tradesStream({ symbol: "tBTCUSD", ...bounds }))
        )
        assert.deepStrictEqual([result, seen], [[], []])
      }
    }))

  it.effect("a stream leaves out a row that cannot be decoded, logs it, and continues after it", () =>
    Effect.gen(function*() {
      const logs: Array<string> = []
      const logger = Logger.make(({ message }) => void logs.push(String(message)))
      const history = [[1, 10, 1, 1], [2, 20, "1", 1], [3, 30, 1, 1], [4, 40, 1, 1]]
      const reply = ({ url }: Http.Seen) => {
        const from = Number(url.searchParams.get("start") ?? 0)
        const limit = Number(url.searchParams.get("limit"))
        return Http.json(history.filter(([, mts]) => Number(mts) >= from).slice(0, limit))
      }
      const args = { symbol: "tBTCUSD", start: 0, end: 99, limit: 2 } as const
      const { result } = yield* against(reply, (rest) => collect(rest.tradesStream(args))).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.deepStrictEqual(result.map(({ id }) => id), [1, 3, 4])
      assert.lengthOf(logs.filter((text) => /^A row is left out: RestClient.trades: PublicTrade.amount/.test(text)), 1)

      const unread: Array<unknown> = []
      yield* against(
        reply,
        (rest) => collect(rest.tradesStream(args, { onUnread: ({ cells }) => Effect.sync(() => unread.push(cells)) }))
      )
      assert.deepStrictEqual(unread, [history[1]])

      const strict = yield* against(
        reply,
        (rest) => Effect.flip(collect(rest.tradesStream(args, { onUnread: ({ error }) => Effect.fail(error) })))
      )
      assert.strictEqual(strict.result._tag, "DecodeError")
    }))

  it.effect("reads the settings that are current when it is made", () =>
    Effect.gen(function*() {
      const { seen } = yield* against(() => Http.json([1]), (rest) => rest.platformStatus(), {
        rest: { publicUrl: "http://127.0.0.1:1" }
      })
      assert.strictEqual(seen[0]!.url.href, "http://127.0.0.1:1/v2/platform/status")
    }))

  it.effect("clients share the limiter of the process, in any way of building them", () =>
    Effect.gen(function*() {
      class Second extends Context.Tag("Second")<Second, RestClient.Service>() {}
      const { client, seen } = Http.make(() => Http.json([]))
      const second = Layer.fresh(Layer.effect(Second, RestClient.make).pipe(Layer.provide(RateLimiter.layerProcess)))
      const program = Effect.gen(function*() {
        const [one, two] = [yield* RestClient.RestClient, yield* Second]
        assert.notStrictEqual(one, two)
        for (let i = 0; i < 3; i++) yield* one.liquidations()
        return yield* Effect.flip(two.liquidations())
      })
      const error = yield* program.pipe(
        Effect.provide(Layer.merge(Layer.provide(RestClient.layer, RateLimiter.layerProcess), second)),
        Effect.provideService(HttpClient.HttpClient, client),
        Effect.provide(BitfinexConfig.layer({ rest: { limitWait: 0 } }))
      )
      assert.strictEqual(error._tag, "RateLimited")
      assert.lengthOf(seen, 3)
    }))
})

describe("RestClient streams", () => {
  /** a venue with one list of rows, with the time in a given column */
  const venue = (rows: ReadonlyArray<ReadonlyArray<unknown>>, column: number) => ({ url }: Http.Seen) => {
    const bound = (name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise)
    const order = bound("sort", -1)
    const time = (row: ReadonlyArray<unknown>) => Number(row[column])
    return Http.json(
      rows
        .filter((row) => time(row) >= bound("start", 0) && time(row) <= bound("end", Infinity))
        .sort((a, b) => order * (time(a) - time(b)))
        .slice(0, bound("limit", 125))
    )
  }
  const trades = (times: ReadonlyArray<number>) => times.map((mts, id) => [id, mts, 1, 100])

  it.effect.prop(
    "deliver every trade once, in either order, through pages of any size",
    [
      FastCheck.array(FastCheck.integer({ min: 0, max: 9 }), { maxLength: 40 }),
      FastCheck.integer({ min: 1, max: 45 }),
      FastCheck.constantFrom<Array<1 | -1>>(1, -1)
    ],
    ([times, limit, sort]) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 hour")
        const { result } = yield* against(venue(trades(times), 1), (rest) => {
          const all = collect(rest.tradesStream({ symbol: "tBTCUSD", sort, limit }))
          return Effect.zipLeft(Effect.forkScoped(all), TestClock.adjust("1 hour")).pipe(
            Effect.flatMap((fiber) => fiber.await),
            Effect.flatten,
            Effect.scoped
          )
        })
        const expected = times.map((mts, id) => ({ id, mts })).sort((a, b) => sort * (a.mts - b.mts))
        assert.deepStrictEqual(result.map(({ id, mts }) => ({ id, mts })), expected)
      }),
    { fastCheck: { numRuns: Env.runs(20, 60) } }
  )

  it.effect("begin with the oldest when start is given, and end at the time of the clock", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(50)
      const rows = trades([10, 20, 30, 60])
      const { result, seen } = yield* against(
        venue(rows, 1),
        (rest) => collect(rest.tradesStream({ symbol: "tBTCUSD", start: 15 }))
      )
      assert.deepStrictEqual(
        result.map(({ mts }) => mts),
        [20, 30]
      )
      assert.deepStrictEqual(query(seen[0]!), { sort: "1", start: "15", end: "50", limit: "10000" })
    }))

  it.effect("begin with the newest if start is not given, and end with the oldest", () =>
    Effect.gen(function*() {
      const { result, seen } = yield* against(venue(trades([10, 20, 30]), 1), (rest) =>
        collect(rest.tradesStream({ symbol: "tBTCUSD" })))
      assert.deepStrictEqual(
        result.map(({ mts }) =>
          mts
        ),
        [30, 20, 10]
      )
      assert.deepStrictEqual(query(seen[0]!), { sort: "-1", limit: "10000" })
      assert.deepStrictEqual(query(seen[1]!), { sort: "-1", limit: "10000", end: "10" })
    }))

  it.effect("of an endpoint without sort are newest first, whatever the arguments", () =>
    Effect.gen(function*() {
      const rows = [1, 2, 3].map((mts) => [mts, null, null, 0.1, 2, null, null, 5, 6, null, null, null])
      const { result, seen } = yield* against(venue(rows, 0), (rest) =>
        collect(rest.fundingStatsStream({ symbol: "fUSD", start: 2 })))
      assert.deepStrictEqual(
        result.map(({ mts }) =>
          mts
        ),
        [3, 2]
      )
      assert.deepStrictEqual(query(seen[0]!), { start: "2", limit: "250" })
      assert.isTrue(seen.every(({ url }) => url.pathname === "/v2/funding/stats/fUSD/hist"))
    }))

  it.effect("deliver an open candle once, not again after it has changed", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1000)
      let close = 1
      const { result } = yield* against((request) => venue([[60, 1, ++close, 9, 0, 5]], 0)(request), (rest) =>
        collect(rest.candlesStream({ timeframe: "1m", symbol: "tBTCUSD", start: 0 })))
      assert.deepStrictEqual(
        result.map((candle) =>
          candle.close
        ),
        [2]
      )
    }))

  it.effect("distinguish the two rows of one liquidation, and count equal rows", () =>
    Effect.gen(function*() {
      const row = (isMatch: 0 | 1) => ["pos", 7, 5, null, "tBTCUSD", 1, 2, null, isMatch, 1, null, 3]
      const rows = [[row(0)], [row(1)], [row(1)]]
      const { result } = yield* against(() => Http.json(rows), (rest) => collect(rest.liquidationsStream()))
      assert.deepStrictEqual(result.map(({ isMatch }) => isMatch), [0, 1, 1])
    }))

  it.effect("read every history", () =>
    Effect.gen(function*() {
      const status = [
        5,
        null,
        1,
        1,
        null,
        1,
        null,
        9,
        0,
        1,
        null,
        0,
        null,
        null,
        1,
        null,
        null,
        1,
        null,
        null,
        null,
        0,
        0
      ]
      const cases: ReadonlyArray<
        readonly [
          path: string,
          row: ReadonlyArray<unknown>,
          stream: (rest: RestClient.Service) => Stream.Stream<unknown, unknown>
        ]
      > = [
        ["/v2/trades/tBTCUSD/hist", [1, 5, 1, 1], (rest) => rest.tradesStream({ symbol: "tBTCUSD" })],
        ["/v2/trades/fUSD/hist", [1, 5, 1, 1, 2], (rest) => rest.tradesStream({ symbol: "fUSD" })],
        [
          "/v2/candles/trade:1m:tBTCUSD/hist",
          [5, 1, 1, 1, 1, 1],
          (rest) => rest.candlesStream({ timeframe: "1m", symbol: "tBTCUSD" })
        ],
        [
          "/v2/tickers/hist",
          ["tBTCUSD", 1, null, 2, null, null, null, null, null, null, null, null, 5],
          (rest) => rest.tickersHistoryStream({ symbols: ["tBTCUSD"] })
        ],
        [
          "/v2/stats1/pos.size:1m:tBTCUSD:long/hist",
          [5, 1],
          (rest) => rest.statsStream({ key: "pos.size", size: "1m", symbol: "tBTCUSD", side: "long" })
        ],
        ["/v2/status/deriv/tBTCF0:USTF0/hist", status, (rest) => rest.derivativesStatusStream({ key: "tBTCF0:USTF0" })],
        [
          "/v2/rankings/vol:1w:tBTCUSD/hist",
          [5, null, "somebody", 1, null, null, 9, null, null, null],
          (rest) => rest.leaderboardsStream({ key: "vol", timeframe: "1w", symbol: "tBTCUSD" })
        ]
      ]
      for (const [path, row, stream] of cases) {
        const { result, seen } = yield* against(() => Http.json([row]), (rest) => collect(stream(rest)))
        assert.lengthOf(result, 1)
        assert.deepInclude(result[0], { mts: 5 })
        assert.strictEqual(seen[0]!.url.pathname, path)
      }
    }))

  it.effect("never request larger pages than the endpoint allows", () =>
    Effect.gen(function*() {
      for (const { endpoint, maxLimit } of Object.values(histories)) {
        const { limit } = endpoint.params
        assert.isUndefined(limit.check(maxLimit))
        assert.isDefined(limit.check(maxLimit + 1))
      }
      yield* Effect.void
    }))

  it.effect("wait for the rate limit longer than a single call would", () =>
    Effect.gen(function*() {
      const rows = Array.from({ length: 8 }, (_, id) => [["pos", id, id, null, "tBTCUSD", 1, 2, null, 0, 1, null, 3]])
      const answer = ({ url }: Http.Seen) => {
        const end = Number(url.searchParams.get("end") ?? Infinity)
        return Http.json(rows.filter(([row]) => Number(row![2]) <= end).reverse().slice(0, 2))
      }
      const { result, seen } = yield* against(
        answer,
        (rest) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.fork(collect(rest.liquidationsStream({ limit: 2 })))
            yield* TestClock.adjust("10 minutes")
            return yield* fiber.await
          }).pipe(Effect.flatten),
        { rest: { limitWait: "1 second" } }
      )
      assert.deepStrictEqual(result.map(({ posId }) => posId), [7, 6, 5, 4, 3, 2, 1, 0])
      assert.deepStrictEqual(
        seen.map(({ at }) => Math.floor(at / 61_000)),
        [0, 0, 0, 1, 1, 1, 2, 2].slice(0, seen.length)
      )
      assert.isAbove(seen.length, 6)
    }))
})
