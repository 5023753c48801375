import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Endpoint from "../../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../../src/protocol/Endpoints.ts"
import * as Request from "../../../src/protocol/internal/request.ts"
import * as Layout from "../../../src/protocol/Layout.ts"
import * as Param from "../../../src/protocol/Param.ts"

const rows = Endpoint.table("test", {
  create: Endpoint.write({
    path: "v2/auth/w/thing/{id}/new",
    params: {
      id: Param.text,
      amount: Param.named("amt", Param.decimal({ decimals: 8 })),
      hidden: Param.optional(Param.oneOf(0, 1)),
      note: Param.optional(Param.inside("query", Param.text)),
      meta: Param.optional(Param.make<unknown>({ kind: "json", check: () => undefined }))
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    doc: "none"
  }),
  list: Endpoint.read({
    path: "v2/auth/r/things/{symbol}/hist",
    params: { symbol: Param.optional(Param.trading), tail: Param.behind("symbol", Param.optional(Param.text)) },
    result: Endpoint.always(Layout.raw),
    limit: null,
    doc: "none"
  }),
  cancel: Endpoint.write({
    path: "v2/auth/w/thing/cancel",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: null,
    idempotent: true,
    doc: "none"
  })
})

const { all } = Endpoints
const sent = (row: Endpoint.AnyEndpoint, args?: unknown) =>
  Either.getOrThrowWith(Request.build(row, args as Endpoint.AnyArgs | undefined), (error) => error)
const refused = (row: Endpoint.AnyEndpoint, args: unknown) =>
  Either.getOrThrowWith(Either.flip(Request.build(row, args as Endpoint.AnyArgs)), () => new Error("it was accepted"))

describe("request", () => {
  describe("writes", () => {
    const paths: ReadonlyArray<readonly [row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs, path: string]> = [
      [all.ticker, { symbol: "tBTCF0:USTF0" }, "v2/ticker/tBTCF0:USTF0"],
      [all.book, { symbol: "fUSD", precision: "R0" }, "v2/book/fUSD/R0"],
      [
        all.configs,
        { keys: ["pub:list:currency", "pub:map:tx:method"] },
        "v2/conf/pub:list:currency,pub:map:tx:method"
      ],
      [
        all.statsLast,
        { key: "pos.size", size: "1m", symbol: "tBTCUSD", side: "long" },
        "v2/stats1/pos.size:1m:tBTCUSD:long/last"
      ],
      [all.statsLast, { key: "vol.1d", size: "30m", symbol: "BFX" }, "v2/stats1/vol.1d:30m:BFX/last"],
      [all.candlesHistory, { timeframe: "1m", symbol: "tBTCUSD" }, "v2/candles/trade:1m:tBTCUSD/hist"],
      [
        all.candlesLast,
        { timeframe: "1D", symbol: "fUSD", fundingSuffix: "a30:p2:p30" },
        "v2/candles/trade:1D:fUSD:a30:p2:p30/last"
      ],
      [rows.list, {}, "v2/auth/r/things/hist"],
      [rows.list, { symbol: "tBTCUSD" }, "v2/auth/r/things/tBTCUSD/hist"],
      [rows.create, { id: "a/b?c#d e", amount: 1 }, "v2/auth/w/thing/a%2Fb%3Fc%23d%20e/new"]
    ]
    for (const [row, args, path] of paths) {
      it(`the path ${path}`, () => {
        assert.strictEqual(sent(row, args).path, path)
      })
    }

    it("the query of a GET, times as milliseconds", () => {
      const request = sent(all.trades, { symbol: "tBTCUSD", sort: 1, start: new Date(5), end: 7, limit: 3 })
      assert.strictEqual(request.method, "GET")
      assert.isUndefined(request.body)
      assert.deepStrictEqual(
        new Map(request.query),
        new Map([["limit", "3"], ["sort", "1"], ["start", "5"], ["end", "7"]])
      )
    })

    it("lists joined by commas", () => {
      assert.deepStrictEqual(sent(all.tickers, { symbols: ["tBTCUSD", "fUSD"] }).query, [["symbols", "tBTCUSD,fUSD"]])
      assert.deepStrictEqual(sent(all.tickers, { symbols: "ALL" }).query, [["symbols", "ALL"]])
    })

    it("the body of a POST: names of the wire, decimals as plain text, the rest where it belongs", () => {
      const request = sent(rows.create, { id: "x", amount: 1e-7, hidden: 1, note: "n" })
      assert.strictEqual(request.body, `{"amt":"0.0000001","hidden":1}`)
      assert.deepStrictEqual(request.query, [["note", "n"]])
    })

    it("{} for a POST without parameters, and for one whose parameters are sent in the query", () => {
      assert.strictEqual(sent(rows.cancel).body, "{}")
      const average = sent(all.marketAveragePrice, { symbol: "tBTCUSD", amount: "0.5" })
      assert.strictEqual(average.body, "{}")
      assert.deepStrictEqual(average.query, [["symbol", "tBTCUSD"], ["amount", "0.5"]])
    })

    it("nothing for undefined", () => {
      const request = sent(all.trades, { symbol: "tBTCUSD", limit: undefined })
      assert.deepStrictEqual(request.query, [])
      assert.deepStrictEqual(request.args, { symbol: "tBTCUSD" })
    })
  })

  describe("refuses", () => {
    const cases: ReadonlyArray<readonly [row: Endpoint.AnyEndpoint, args: unknown, field: string, reason: RegExp]> = [
      [all.ticker, { symbol: "BTCUSD" }, "symbol", /tBTCUSD/],
      [all.ticker, { symbol: "tbtcusd" }, "symbol", /upper-case/],
      [all.ticker, {}, "symbol", /required/],
      [all.ticker, undefined, "symbol", /required/],
      [all.ticker, null, "symbol", /required/],
      [all.ticker, "tBTCUSD", "args", /one object/],
      [all.ticker, { symbol: "tBTCUSD", len: 25 }, "len", /no such parameter; it has symbol/],
      [all.platformStatus, { symbol: "tBTCUSD" }, "symbol", /it has none/],
      [all.book, { symbol: "tBTCUSD", precision: "P5" }, "precision", /P0, P1/],
      [all.book, { symbol: "tBTCUSD", precision: "P0", len: 26 }, "len", /1, 25, 100/],
      [all.candlesLast, { timeframe: "2m", symbol: "tBTCUSD" }, "timeframe", /1m, 5m/],
      [all.candlesLast, { timeframe: "1m", symbol: "fUSD" }, "fundingSuffix", /./],
      [all.trades, { symbol: "tBTCUSD", limit: 10001 }, "limit", /1 to 10000/],
      [all.trades, { symbol: "tBTCUSD", limit: 0 }, "limit", /1 to 10000/],
      [all.trades, { symbol: "tBTCUSD", sort: 0 }, "sort", /1, -1/],
      [all.trades, { symbol: "tBTCUSD", start: 2, end: 1 }, "start", /after end/],
      [all.trades, { symbol: "tBTCUSD", start: new Date(Number.NaN) }, "start", /milliseconds/],
      [all.tickers, { symbols: [] }, "symbols", /at least one/],
      [all.tickers, { symbols: ["tBTCUSD", "USD"] }, "symbols", /a symbol is/],
      [all.statsLast, { key: "pos.size", size: "1m", symbol: "tBTCUSD" }, "side", /long or short/],
      [all.marketAveragePrice, { symbol: "tBTCUSD", amount: "0.123456789" }, "amount", /8 decimals/],
      [rows.create, { id: "..", amount: 1 }, "id", /path/],
      [rows.create, { id: "\ud800", amount: 1 }, "id", /path/],
      [rows.create, { id: "x", amount: 1, meta: 1n }, "args", /no JSON/],
      [rows.list, { tail: "x" }, "tail", /needs symbol/],
      [rows.list, JSON.parse(`{ "__proto__": 1 }`), "__proto__", /no such parameter/]
    ]
    for (const [row, args, field, reason] of cases) {
      it(`${row.name} with ${typeof args === "object" && args !== null && "meta" in args ? "a bigint" : JSON.stringify(args)}`, () => {
        const error = refused(row, args)
        assert.strictEqual(error._tag, "InvalidInput")
        assert.strictEqual(error.operation, Request.operationOf(row))
        assert.strictEqual(error.field, field)
        assert.match(error.reason, reason)
        assert.include(error.message, field)
      })
    }

    it("a cycle without failing in its own message", () => {
      const cycle: { [key: string]: unknown } = {}
      cycle.self = cycle
      assert.include(refused(all.ticker, { symbol: cycle }).message, "symbol")
    })

    it("equal bounds are allowed", () => {
      assert.strictEqual(sent(all.trades, { symbol: "tBTCUSD", start: 1, end: 1 }).query.length, 2)
    })
  })

  it("counts limits by the path without its parameters, and variants of it together", () => {
    const families: ReadonlyArray<readonly [path: string, family: string]> = [
      [all.statsHistory.path, "v2/stats1/hist"],
      [all.statsLast.path, "v2/stats1/hist"],
      [all.candlesHistory.path, "v2/candles/hist"],
      [all.configs.path, "v2/conf"],
      [all.derivativesStatus.path, "v2/status/deriv"],
      [all.derivativesStatusHistory.path, "v2/status/deriv/hist"],
      [all.ordersHistory.path, "v2/auth/r/orders/hist"],
      [all.ordersHistoryBySymbol.path, "v2/auth/r/orders/hist"],
      [all.activeOrdersBySymbol.path, "v2/auth/r/orders"],
      [all.tickers.path, "v2/tickers"],
      [all.tickersHistory.path, "v2/tickers/hist"],
      [rows.list.path, "v2/auth/r/things/hist"],
      [rows.cancel.path, "v2/auth/w/thing/cancel"]
    ]
    for (const [path, family] of families) assert.strictEqual(Request.family(path), family)
  })

  it("treats only reading endpoints as reads", () => {
    assert.isTrue(Request.isRead(all.ticker))
    assert.isTrue(Request.isRead(all.foreignExchangeRate))
    assert.isTrue(Request.isRead(rows.list))
    assert.isFalse(Request.isRead(rows.create))
    // the SDK does not repeat a write even if it is idempotent
    assert.isFalse(Request.isRead(rows.cancel))
  })
})
