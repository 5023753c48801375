import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { AnyEndpoint } from "../../../../src/protocol/Endpoint.ts"
import { publicEndpoints } from "../../../../src/protocol/endpoints/Market.ts"
import { makeMarket } from "../../../../src/testing/internal/market/market.ts"
import { answer } from "../../../../src/testing/internal/venue/rest.ts"
import { facts } from "../../../support/facts.ts"

const hour = 3_600_000

const market = makeMarket({
  seed: 77,
  start: Date.UTC(2026, 2, 11, 10, 58),
  step: 250,
  tradingSymbols: ["tBTCUSD", "tETHUSD", "tETHBTC", "tXRP:USD", "tBTCF0:USTF0"],
  fundingSymbols: ["fUSD", "fBTC"],
  history: 26 * hour
})
market.advance(market.now() + 5 * 60_000)

const get = (path: string, query = "") => answer(market, { method: "GET", path: `/v2/${path}`, query, body: "" })
const post = (path: string, query = "", body = "") =>
  answer(market, { method: "POST", path: `/v2/${path}`, query, body })

const rows = (path: string, query = ""): ReadonlyArray<ReadonlyArray<unknown>> => {
  const { body, status } = get(path, query)
  assert.strictEqual(status, 200, path)
  assert.isArray(body, path)
  return body as ReadonlyArray<ReadonlyArray<unknown>>
}

interface Call {
  readonly name: keyof typeof publicEndpoints
  readonly args: { readonly [name: string]: unknown }
  readonly path: string
  readonly query?: string
  readonly body?: string
  /** layout in the specification, of the reply or of each row */
  readonly record?: string
}

const deriv = "tBTCF0:USTF0"

/** every endpoint, and every layout that its arguments select */
const calls: ReadonlyArray<Call> = [
  { name: "platformStatus", args: {}, path: "platform/status", record: "PlatformStatus" },
  { name: "ticker", args: { symbol: "tBTCUSD" }, path: "ticker/tBTCUSD", record: "TradingTicker" },
  { name: "ticker", args: { symbol: "fUSD" }, path: "ticker/fUSD", record: "FundingTicker" },
  {
    name: "tickers",
    args: { symbols: ["tBTCUSD", "tXRP:USD"] },
    path: "tickers",
    query: "symbols=tBTCUSD,tXRP:USD",
    record: "TradingTickerEntry"
  },
  {
    name: "tickers",
    args: { symbols: ["fUSD"] },
    path: "tickers",
    query: "symbols=fUSD",
    record: "FundingTickerEntry"
  },
  { name: "tickers", args: { symbols: "ALL" }, path: "tickers", query: "symbols=ALL" },
  {
    name: "tickersHistory",
    args: { symbols: "ALL" },
    path: "tickers/hist",
    query: "symbols=ALL&limit=250",
    record: "TickerHistoryEntry"
  },
  { name: "trades", args: { symbol: "tBTCUSD" }, path: "trades/tBTCUSD/hist", record: "PublicTrade" },
  { name: "trades", args: { symbol: "fUSD" }, path: "trades/fUSD/hist", record: "PublicFundingTrade" },
  {
    name: "book",
    args: { symbol: "tBTCUSD", precision: "P1" },
    path: "book/tBTCUSD/P1",
    query: "len=100",
    record: "BookEntry"
  },
  { name: "book", args: { symbol: "tBTCUSD", precision: "R0" }, path: "book/tBTCUSD/R0", record: "RawBookEntry" },
  { name: "book", args: { symbol: "fUSD", precision: "P0" }, path: "book/fUSD/P0", record: "FundingBookEntry" },
  { name: "book", args: { symbol: "fUSD", precision: "R0" }, path: "book/fUSD/R0", record: "RawFundingBookEntry" },
  { name: "statsHistory", args: {}, path: "stats1/pos.size:1m:tBTCUSD:long/hist", record: "Stat" },
  { name: "statsHistory", args: {}, path: "stats1/funding.size:1m:fUSD/hist", record: "Stat" },
  { name: "statsHistory", args: {}, path: "stats1/credits.size:1m:fUSD/hist", record: "Stat" },
  { name: "statsHistory", args: {}, path: "stats1/credits.size.sym:1m:fUSD:tXRP:USD/hist", record: "Stat" },
  { name: "statsHistory", args: {}, path: "stats1/vol.7d:30m:BFX/hist", record: "Stat" },
  { name: "statsHistory", args: {}, path: `stats1/vwap:1d:${deriv}/hist`, record: "Stat" },
  { name: "statsLast", args: {}, path: `stats1/pos.size:1m:${deriv}:short/last`, record: "Stat" },
  { name: "candlesHistory", args: { symbol: deriv }, path: `candles/trade:1m:${deriv}/hist`, record: "Candle" },
  { name: "candlesLast", args: { symbol: "fUSD" }, path: "candles/trade:1h:fUSD:a30:p2:p30/last", record: "Candle" },
  {
    name: "configs",
    args: { keys: ["pub:list:currency", "pub:info:pair"] },
    path: "conf/pub:list:currency,pub:info:pair"
  },
  { name: "derivativesStatus", args: {}, path: "status/deriv", query: "keys=ALL", record: "DerivativesStatusEntry" },
  { name: "derivativesStatusHistory", args: {}, path: `status/deriv/${deriv}/hist`, record: "DerivativesStatus" },
  { name: "liquidations", args: {}, path: "liquidations/hist" },
  { name: "leaderboardsHistory", args: {}, path: "rankings/vol:3h:tBTCUSD/hist", record: "LeaderboardEntry" },
  { name: "leaderboardsLast", args: {}, path: "rankings/plu:1w:tGLOBAL:USD/last", record: "LeaderboardEntry" },
  { name: "fundingStats", args: { symbol: "fUSD" }, path: "funding/stats/fUSD/hist", record: "FundingStat" },
  { name: "virtualAssetServiceProviders", args: {}, path: "ext/vasps" },
  {
    name: "marketAveragePrice",
    args: { symbol: "tBTCUSD" },
    path: "calc/trade/avg",
    query: "symbol=tBTCUSD&amount=0.5",
    record: "MarketAveragePrice"
  },
  {
    name: "marketAveragePrice",
    args: { symbol: "fUSD" },
    path: "calc/trade/avg",
    query: "symbol=fUSD&amount=-900&period=30",
    record: "MarketAverageRate"
  },
  {
    name: "foreignExchangeRate",
    args: {},
    path: "calc/fx",
    body: `{"ccy1":"BTC","ccy2":"USD"}`,
    record: "ForeignExchangeRate"
  }
]

/** JSON types of the specification's types, where they are unambiguous */
const plain: { readonly [type: string]: string } = { int: "number", number: "number", ms: "number", string: "string" }

const reply = (call: Call) => {
  const endpoint: AnyEndpoint = publicEndpoints[call.name]
  return endpoint.method === "POST" ? post(call.path, call.query, call.body) : get(call.path, call.query)
}

describe("venueRest", () => {
  it("the calls below cover all public endpoints", () => {
    assert.deepStrictEqual([...new Set(calls.map((call) => call.name))].sort(), Object.keys(publicEndpoints).sort())
    assert.lengthOf(Object.keys(publicEndpoints), 20)
  })

  for (const call of calls) {
    it(`${call.name} ${call.path}?${call.query ?? ""}`, () => {
      const endpoint: AnyEndpoint = publicEndpoints[call.name]
      const { body, status } = reply(call)
      assert.strictEqual(status, 200)
      assert.notDeepEqual(body, [])
      // as encoded
      const json: unknown = JSON.parse(JSON.stringify(body))
      assert.deepStrictEqual(json, body)
      const decoded = endpoint.decode(json, call.args)
      assert.isTrue(Either.isRight(decoded), String(Either.isLeft(decoded) ? decoded.left : ""))
    })
  }

  describe("the specification's layouts", () => {
    for (const call of calls) {
      const { record } = call
      if (record === undefined) continue
      it(`${record} of ${call.path}`, () => {
        const { fields, length, maxSeenLength } = facts.records[record]!
        const body = reply(call).body as ReadonlyArray<unknown>
        const all = (Array.isArray(body[0]) ? body : [body]) as ReadonlyArray<ReadonlyArray<unknown>>
        for (const row of all) {
          assert.isAtLeast(row.length, length!)
          assert.isAtMost(row.length, Math.max(length!, maxSeenLength ?? 0))
          for (const { i, nullable, type } of fields) {
            if (i === null || i >= row.length || (nullable && row[i] === null)) continue
            assert.strictEqual(typeof row[i], plain[type] ?? typeof row[i], `${record}[${i}]`)
          }
        }
      })
    }
  })

  describe("pages", () => {
    for (const path of ["trades/tBTCUSD/hist", "candles/trade:1m:tBTCUSD/hist", `status/deriv/${deriv}/hist`]) {
      const at = path.startsWith("trades") ? 1 : 0
      it(`${path}: newest first, bounds included, limits kept`, () => {
        const all = rows(path, "limit=5000")
        const times = all.map((row) => Number(row[at]))
        assert.deepStrictEqual(times, [...times].sort((a, b) => b - a))
        const oldest = times[times.length - 1]!
        const same = all.filter((row) => row[at] === oldest).length
        assert.deepStrictEqual(
          rows(path, `limit=5000&sort=1&start=${oldest}`).slice(same),
          [...all].reverse().slice(same)
        )
        const [end, start] = [times[10]!, times[40]!]
        const inside = all.filter((row) => Number(row[at]) >= start && Number(row[at]) <= end)
        assert.isAtLeast(inside.length, 31)
        assert.deepStrictEqual(rows(path, `start=${start}&end=${end}&limit=5000`), inside)
        assert.deepStrictEqual(
          rows(path, `start=${start + 1}&end=${end - 1}&limit=5000`),
          inside.filter((row) => row[at] !== start && row[at] !== end)
        )
        assert.deepStrictEqual(rows(path, `start=${start}&limit=3&sort=1`), [...inside].reverse().slice(0, 3))
        assert.deepStrictEqual(rows(path, `end=${end}&limit=3`), inside.slice(0, 3))
        assert.deepStrictEqual(rows(path, `start=${end}&end=${start - 1}`), [])
      })
    }

    it("have the manual's default sizes", () => {
      assert.lengthOf(rows("trades/tBTCUSD/hist"), 125)
      assert.lengthOf(rows("candles/trade:1m:tBTCUSD/hist"), 100)
      assert.lengthOf(rows("tickers/hist"), 100)
      assert.lengthOf(rows("rankings/vol:3h:tBTCUSD/hist"), 125)
      assert.lengthOf(rows("book/tBTCUSD/P0"), 50)
      assert.lengthOf(rows("book/tBTCUSD/R0", "len=1"), 2)
    })
  })

  describe("a year back", () => {
    const start = market.options.start - 26 * hour
    const yearAgo = start - 365 * 24 * hour
    const candles = (frame: string, from: number, to: number, symbol = "tETHBTC") =>
      rows(`candles/trade:${frame}:${symbol}/hist`, `start=${from}&end=${to}&limit=10000&sort=1`)
    const trades = (from: number, to: number, symbol = "tETHBTC") =>
      rows(`trades/${symbol}/hist`, `start=${from}&end=${to}&limit=10000&sort=1`)
    /** open, close, high, low, volume of trades */
    const barOf = (all: ReadonlyArray<ReadonlyArray<unknown>>) => {
      const prices = all.map((row) => Number(row[3]))
      const lots = all.map((row) => Math.round(Math.abs(Number(row[2])) * 1e8))
      return [prices[0], prices.at(-1), Math.max(...prices), Math.min(...prices), lots.reduce((a, b) => a + b) / 1e8]
    }
    const day = Math.floor(yearAgo / (24 * hour)) * 24 * hour
    /** the day in which the market's own history begins */
    const seam = Math.floor(start / (24 * hour)) * 24 * hour

    for (const [name, from] of [["long ago", day], ["where the market's own history begins", seam]] as const) {
      it(`candles of every timeframe are made of the trades: ${name}`, () => {
        const all = trades(from, from + 24 * hour - 1)
        assert.isAbove(all.length, 1000)
        const ids = all.map((row) => Number(row[0]))
        assert.isTrue(ids.every((id, i) => i === 0 || id > ids[i - 1]!))
        for (const [frame, length] of [["1m", hour / 60], ["15m", hour / 4], ["1h", hour], ["6h", 6 * hour]] as const) {
          const bars = candles(frame, from, from + 24 * hour - 1)
          assert.lengthOf(bars, 24 * hour / length, frame)
          for (const [mts, ...bar] of bars) {
            const own = all.filter((row) => Number(row[1]) >= Number(mts) && Number(row[1]) < Number(mts) + length)
            assert.deepStrictEqual(bar, barOf(own), `${frame} ${mts}`)
          }
        }
        assert.deepStrictEqual(candles("1D", from, from)[0]?.slice(1), barOf(all))
      })
    }

    it("pages of minutes, in either direction, have no hole and no double over the beginning of the own history", () => {
      const [from, to] = [seam - 30 * hour, seam + 30 * hour]
      const pages = (sort: 1 | -1) => {
        const found: Array<ReadonlyArray<unknown>> = []
        for (let [first, last] = [from, to]; found.length < 10_000;) {
          const query = `start=${first}&end=${last}&limit=700&sort=${sort}`
          const page = rows("candles/trade:1m:tBTCUSD/hist", query)
          found.push(...page)
          if (page.length < 700) break
          const edge = Number(page.at(-1)?.[0])
          if (sort === 1) first = edge + 1
          else last = edge - 1
        }
        return found
      }
      const all = candles("1m", from, to, "tBTCUSD")
      assert.lengthOf(all, 60 * 60 + 1)
      assert.deepStrictEqual(pages(1), all)
      assert.deepStrictEqual(pages(-1), [...all].reverse())
    })

    it("prices move, meet at the beginning of the own history, and agree between pairs", () => {
      const closes = candles("1D", yearAgo, start, "tBTCUSD").map((row) => Number(row[2]))
      assert.isAtLeast(closes.length, 365)
      assert.isAbove(Math.max(...closes) / Math.min(...closes), 1.1)
      const steps = closes.slice(1).map((close, i) => Math.abs(close / closes[i]! - 1))
      assert.isBelow(Math.max(...steps), 0.3)
      const around = candles("1m", start - 10 * 60_000, start + 10 * 60_000, "tBTCUSD").map((row) => Number(row[2]))
      assert.isBelow(Math.max(...around) / Math.min(...around), 1.02)
      const close = (symbol: string) => Number(candles("1D", day, day, symbol)[0]?.[2])
      assert.closeTo(close("tETHUSD") / close("tBTCUSD") / close("tETHBTC"), 1, 0.01)
    })

    it("funding, hourly tickers, weeks and months reach as far", () => {
      assert.lengthOf(rows("candles/trade:1D:fUSD:a30:p2:p30/hist", `start=${yearAgo}&end=${start}&limit=10000`), 365)
      assert.isAbove(rows("trades/fUSD/hist", `end=${yearAgo}&limit=100`).length, 99)
      const hours = rows("tickers/hist", `symbols=tBTCUSD&start=${yearAgo}&end=${yearAgo + 10 * hour}&limit=250`)
      assert.deepStrictEqual(hours.map((row) => Number(row[12]) % hour), hours.map(() => 0))
      assert.lengthOf(hours, 10)
      const [days, [week]] = [candles("1D", day, day + 21 * 24 * hour), candles("1W", day, day + 14 * 24 * hour)]
      const own = days.filter(([mts]) => Number(mts) >= Number(week?.[0])).slice(0, 7)
      assert.strictEqual(week?.[1], own[0]?.[1])
      assert.strictEqual(week?.[2], own[6]?.[2])
      assert.closeTo(Number(week?.[5]), own.reduce((sum, row) => sum + Number(row[5]), 0), 1e-6)
      const months = rows("candles/trade:1M:tBTCUSD/hist", `start=${yearAgo}`)
      assert.isAtLeast(months.length, 12)
    })

    it("long ago, at any time that users know, there are trades, one per hour, and candles of them", () => {
      const from = Date.UTC(2017, 11, 17)
      const all = trades(from, from + 24 * hour - 1, "tBTCUSD")
      assert.lengthOf(all, 24)
      const bars = candles("1h", from, from + 24 * hour - 1, "tBTCUSD")
      assert.deepStrictEqual(bars.map((bar) => bar[1]), all.map((row) => row[3]))
      const months = rows("candles/trade:1M:tBTCUSD/hist", "limit=10000&sort=1")
      assert.strictEqual(months[0]?.[0], Date.UTC(2013, 3, 1))
      assert.isAbove(months.length, 150)
    })

    it("before the first day there is nothing", () => {
      assert.deepStrictEqual(rows("trades/tBTCUSD/hist", "end=1300000000000"), [])
      assert.deepStrictEqual(rows("candles/trade:1m:tBTCUSD/hist", "end=1300000000000"), [])
      assert.deepStrictEqual(rows("tickers/hist", "symbols=tBTCUSD&end=1300000000000"), [])
    })
  })

  describe("refusals", () => {
    const refused: ReadonlyArray<readonly [path: string, query: string, text: string]> = [
      ["ticker/tNOPE", "", "symbol: invalid"],
      ["trades/BTCUSD/hist", "", "symbol: invalid"],
      ["trades/tBTCUSD/hist", "limit=10001", "limit: invalid"],
      ["trades/tBTCUSD/hist", "limit=0", "limit: invalid"],
      ["trades/tBTCUSD/hist", "limit=ten", "limit: invalid"],
      ["trades/tBTCUSD/hist", "sort=2", "sort: invalid"],
      ["trades/tBTCUSD/hist", "start=yesterday", "start: invalid"],
      ["trades/tBTCUSD/hist", "end=-5", "end: invalid"],
      ["tickers/hist", "limit=251", "limit: invalid"],
      ["liquidations/hist", "limit=501", "limit: invalid"],
      ["book/tBTCUSD/P5", "", "precision: invalid"],
      ["book/tBTCUSD/P0", "len=26", "len: invalid"],
      ["book/fEUR/P0", "", "symbol: invalid"],
      ["candles/trade:2m:tBTCUSD/hist", "", "time_interval: invalid"],
      ["candles/trade:1m:tNOPE/last", "", "symbol: invalid"],
      ["candles/trade:1m:fUSD/hist", "", "key: invalid"],
      ["stats1/pos.size:1m:tBTCUSD/hist", "", "key: invalid"],
      ["stats1/pos.size:1d:tBTCUSD:long/last", "", "key: invalid"],
      ["rankings/plu:3h:tGLOBAL:USD/hist", "", "key: invalid"],
      ["status/deriv/tBTCUSD/hist", "", "key: invalid"],
      ["funding/stats/tBTCUSD/hist", "", "symbol: invalid"]
    ]
    for (const [path, query, text] of refused) {
      it(`${path}?${query}`, () => {
        assert.deepStrictEqual(get(path, query), { status: 500, body: ["error", 10020, text] })
      })
    }

    it("of calculations", () => {
      const text = (path: string, query: string, body = "") =>
        (post(path, query, body).body as ReadonlyArray<unknown>)[2]
      assert.strictEqual(text("calc/trade/avg", ""), "symbol: invalid")
      assert.strictEqual(text("calc/trade/avg", "symbol=tBTCUSD"), "amount: invalid")
      assert.strictEqual(text("calc/trade/avg", "symbol=tBTCUSD&amount=0"), "amount: invalid")
      assert.strictEqual(text("calc/trade/avg", "symbol=fUSD&amount=5"), "period: invalid")
      assert.strictEqual(text("calc/fx", "", `{"ccy1":"BTC","ccy2":"XXX"}`), "ccy2: invalid")
      assert.strictEqual(text("calc/fx", "", "{not json"), "body: invalid")
    })

    it("of paths and methods that do not exist", () => {
      for (const path of ["", "nothing", "ticker", "ticker/tBTCUSD/hist", "candles/tBTCUSD/hist", "%E0%A4%A"]) {
        assert.strictEqual(get(path).status, 404, path)
      }
      assert.strictEqual(post("ticker/tBTCUSD").status, 404)
      assert.strictEqual(answer(market, { method: "GET", path: "/v1/ticker/tBTCUSD", query: "", body: "" }).status, 404)
    })
  })

  it("understands percent-encoded paths and queries, with and without a leading slash", () => {
    assert.deepStrictEqual(get("ticker/tXRP%3AUSD"), get("ticker/tXRP:USD"))
    assert.deepStrictEqual(get("status/deriv", "keys=tBTCF0%3AUSTF0"), get("status/deriv"))
    const bare = answer(market, { method: "GET", path: "v2/ticker/tBTCUSD", query: "", body: "" })
    assert.deepStrictEqual(bare, get("ticker/tBTCUSD"))
  })

  it("tickers lists the existing symbols in the requested order, and all of them for ALL", () => {
    assert.deepStrictEqual(rows("tickers", "symbols=fUSD,tNOPE,tBTCUSD").map((row) => row[0]), ["fUSD", "tBTCUSD"])
    assert.deepStrictEqual(rows("tickers", "symbols=ALL").map((row) => row[0]), [...market.symbols])
    assert.deepStrictEqual(rows("tickers", "symbols=tBTCUSD")[0]?.slice(1), [...rows("ticker/tBTCUSD")])
  })

  it("candles last is the newest of hist, as a single row", () => {
    assert.deepStrictEqual(rows("candles/trade:1h:tBTCUSD/last"), rows("candles/trade:1h:tBTCUSD/hist", "limit=1")[0])
  })

  it("configuration lists the existing pairs, one value per key, null for unknown keys", () => {
    const [pairs, futures, unknown, info] = rows(
      "conf/pub:list:pair:exchange,pub:list:pair:futures,pub:list:nothing,pub:info:pair"
    )
    assert.deepStrictEqual(pairs, ["BTCUSD", "ETHUSD", "ETHBTC", "XRP:USD"])
    assert.deepStrictEqual(futures, ["BTCF0:USTF0"])
    assert.isNull(unknown)
    assert.deepStrictEqual((info as ReadonlyArray<ReadonlyArray<unknown>>).map((entry) => entry[0]), pairs)
    assert.deepStrictEqual(get("conf/toString").body, [null])
  })

  it("every documented configuration key has a value that decodes", () => {
    const documented = "map:currency:sym map:currency:label map:currency:unit map:currency:undl map:currency:pool " +
      "map:currency:explorer map:currency:tx:fee map:tx:method list:pair:exchange list:pair:margin list:pair:futures " +
      "list:pair:securities list:currency list:currency:margin list:competitions info:pair info:pair:futures " +
      "info:tx:status spec:margin fees"
    const keys = documented.split(" ").map((key) => `pub:${key}`)
    const body = rows(`conf/${keys.join(",")}`)
    assert.isFalse(body.some((value) => value === null))
    const decoded = (publicEndpoints.configs as AnyEndpoint).decode(body, { keys })
    assert.isTrue(Either.isRight(decoded), String(Either.isLeft(decoded) ? decoded.left : ""))
  })

  it("credits are less than funding, those of all pairs add up to the total, and funding statistics agree", () => {
    const value = (key: string, query = "limit=1") => Number(rows(`stats1/${key}/hist`, query)[0]?.[1])
    const pairs = ["tBTCUSD", "tETHUSD", "tETHBTC", "tXRP:USD"]
    const parts = pairs.map((pair) => value(`credits.size.sym:1m:fUSD:${pair}`))
    const credits = value("credits.size:1m:fUSD")
    assert.closeTo(parts.reduce((sum, part) => sum + part, 0), credits, 1e-4)
    assert.isBelow(credits, value("funding.size:1m:fUSD"))
    const [stat] = rows("funding/stats/fUSD/hist", "limit=1")
    const at = `start=${stat?.[0]}&end=${stat?.[0]}`
    assert.strictEqual(stat?.[7], value("funding.size:1m:fUSD", at))
    assert.strictEqual(stat?.[8], value("credits.size:1m:fUSD", at))
  })

  it("vwap and volume come from the trades", () => {
    const midnight = Date.UTC(2026, 2, 11)
    const today = rows("trades/tETHBTC/hist", `start=${midnight}&limit=10000`)
    const volume = today.reduce((sum, row) => sum + Math.abs(Number(row[2])), 0)
    const turnover = today.reduce((sum, row) => sum + Math.abs(Number(row[2])) * Number(row[3]), 0)
    const [mts, vwap] = rows("stats1/vwap:1d:tETHBTC/last") as unknown as ReadonlyArray<number>
    assert.strictEqual(mts, midnight)
    assert.closeTo(vwap! / (turnover / volume), 1, 1e-6)
    const volumes = ["vol.1d", "vol.7d"].map((key) => Number(rows(`stats1/${key}:30m:BFX/last`)[1]))
    assert.isAbove(volumes[0]!, 0)
    assert.isAbove(volumes[1]!, volumes[0]!)
  })

  it("leaderboards have places from 1 with falling values, newest board first", () => {
    const board = rows("rankings/vol:3h:tBTCUSD/hist", "limit=60")
    const newest = board.filter((row) => row[0] === board[0]?.[0])
    assert.deepStrictEqual(newest.map((row) => row[3]), newest.map((_, place) => place + 1))
    const values = newest.map((row) => Number(row[6]))
    assert.deepStrictEqual(values, [...values].sort((a, b) => b - a))
    assert.strictEqual(Number(board[0]?.[0]) - Number(board[newest.length]?.[0]), 3 * hour)
  })

  describe("average price", () => {
    const asks = () => rows("book/tBTCUSD/P0", "len=100").filter((row) => Number(row[2]) < 0)

    it("walks the current book", () => {
      const [[first], [second]] = [asks()[0]!, asks()[1]!]
      const [one, two] = [Number(asks()[0]?.[2]), Number(asks()[1]?.[2])].map(Math.abs)
      const amount = one! + two! / 2
      const body = post("calc/trade/avg", `symbol=tBTCUSD&amount=${amount.toFixed(8)}`).body as ReadonlyArray<number>
      const expected = (Number(first) * one! + Number(second) * two! / 2) / amount
      assert.closeTo(body[0]!, expected, 1e-2)
      assert.closeTo(body[1]!, amount, 1e-8)
    })

    it("stops at the limit, returns null if nothing trades, and accepts parameters in the body too", () => {
      const best = asks()[0]!
      const limited = post(
        "calc/trade/avg",
        "",
        JSON.stringify({ symbol: "tBTCUSD", amount: "1000", rate_limit: best[0] })
      )
      assert.deepStrictEqual(limited.body, [best[0], -Number(best[2])])
      assert.deepStrictEqual(post("calc/trade/avg", "symbol=tBTCUSD&amount=1&rate_limit=1").body, [null, 0])
    })

    it("funding counts only offers of the requested period", () => {
      const offers = rows("book/fUSD/P0", "len=100").filter((row) => Number(row[3]) > 0)
      const short = offers.find((row) => row[1] === 2)!
      const body = post("calc/trade/avg", "symbol=fUSD&amount=10&period=2").body
      assert.deepStrictEqual(body, [short[0], 10])
    })
  })

  it("exchange rates follow the books, and undo each other", () => {
    const rate = (ccy1: string, ccy2: string) =>
      Number((post("calc/fx", "", JSON.stringify({ ccy1, ccy2 })).body as ReadonlyArray<unknown>)[0])
    const [bid, , ask] = rows("ticker/tBTCUSD") as unknown as ReadonlyArray<number>
    assert.strictEqual(rate("BTC", "USD"), (bid! + ask!) / 2)
    assert.closeTo(rate("BTC", "ETH") * rate("ETH", "BTC"), 1, 1e-6)
    assert.strictEqual(rate("XRP", "XRP"), 1)
    for (const fiat of ["EUR", "GBP", "JPY", "CHF", "CNH", "TRY"]) {
      assert.isAbove(rate(fiat, "USD"), 0, fiat)
      assert.closeTo(rate("BTC", fiat) / rate("BTC", "USD") * rate(fiat, "USD"), 1, 1e-6, fiat)
    }
  })
})
