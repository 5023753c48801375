import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { DecodeError } from "../../../src/BitfinexError.ts"
import type * as Endpoint from "../../../src/protocol/Endpoint.ts"
import { publicEndpoints } from "../../../src/protocol/Endpoints.ts"
import * as Fixtures from "../../support/fixtures.ts"

const complaint = (row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs) => row.check(args)?.field
const errorOf = <A>(result: Either.Either<A, DecodeError>) => {
  assert(Either.isLeft(result), "it was decoded")
  return result.left
}

describe("parameters that go together", () => {
  it("statistics: each key has its size, symbol and side", () => {
    const stats = publicEndpoints.statsHistory
    assert.strictEqual(stats.check, publicEndpoints.statsLast.check)
    const fits: ReadonlyArray<readonly [string, string, string, string?]> = [
      ["funding.size", "1m", "fUSD"],
      ["credits.size", "1m", "fUSD"],
      ["credits.size.sym", "1m", "fUSD", "tBTCUSD"],
      ["pos.size", "1m", "tBTCUSD", "long"],
      ["pos.size", "1m", "tBTCUSD", "short"],
      ["vol.1d", "30m", "BFX"],
      ["vol.7d", "30m", "BFX"],
      ["vol.30d", "30m", "BFX"],
      ["vwap", "1d", "tBTCUSD"]
    ]
    for (const [key, size, symbol, side] of fits) {
      assert.isUndefined(complaint(stats, { key, size, symbol, side }), key)
      for (const other of ["1m", "30m", "1d"].filter((each) => each !== size)) {
        assert.strictEqual(complaint(stats, { key, size: other, symbol, side }), "size", key)
      }
      for (const other of ["tBTCUSD", "fUSD", "BFX"].filter((each) => each[0] !== symbol[0])) {
        assert.strictEqual(complaint(stats, { key, size, symbol: other, side }), "symbol", key)
      }
      const otherSide = side === undefined ? "long" : undefined
      assert.strictEqual(complaint(stats, { key, size, symbol, side: otherSide }), "side", key)
    }
    assert.strictEqual(complaint(stats, { key: "pos.size", size: "1m", symbol: "tBTCUSD", side: "tBTCUSD" }), "side")
    assert.strictEqual(complaint(stats, { key: "credits.size.sym", size: "1m", symbol: "fUSD", side: "long" }), "side")
    assert.isString(stats.params.symbol.check("BTC"))
    assert.isUndefined(stats.params.symbol.check("BFX"))
    assert.isString(stats.params.side.check("fUSD"))
  })

  it("leaderboards: each key has its time frames", () => {
    const board = publicEndpoints.leaderboardsHistory
    assert.strictEqual(board.check, publicEndpoints.leaderboardsLast.check)
    const global = "tGLOBAL:USD"
    for (const symbol of ["tBTCUSD", global]) {
      for (const timeframe of ["1w", "1M"]) {
        for (const key of ["plu_diff", "plr", "vol"]) assert.isUndefined(complaint(board, { key, timeframe, symbol }))
      }
      for (const key of ["plu_diff", "plr"]) {
        assert.strictEqual(complaint(board, { key, timeframe: "3h", symbol }), "timeframe")
      }
      assert.isUndefined(complaint(board, { key: "vol", timeframe: "3h", symbol }))
    }
    assert.isUndefined(complaint(board, { key: "plu", timeframe: "3h", symbol: "tBTCUSD" }))
    assert.isUndefined(complaint(board, { key: "plu", timeframe: "1w", symbol: global }))
    assert.strictEqual(complaint(board, { key: "plu", timeframe: "1w", symbol: "tBTCUSD" }), "timeframe")
    assert.strictEqual(complaint(board, { key: "plu", timeframe: "3h", symbol: global }), "timeframe")
  })

  it("candles of funding need periods, those of trading have none", () => {
    for (const row of [publicEndpoints.candlesHistory, publicEndpoints.candlesLast]) {
      assert.strictEqual(complaint(row, { timeframe: "1m", symbol: "fUSD" }), "fundingSuffix")
      assert.strictEqual(complaint(row, { timeframe: "1m", symbol: "tBTCUSD", fundingSuffix: "p30" }), "fundingSuffix")
      assert.isUndefined(complaint(row, { timeframe: "1m", symbol: "fUSD", fundingSuffix: "p30" }))
      assert.isUndefined(complaint(row, { timeframe: "1m", symbol: "tBTCUSD" }))
    }
  })

  it("the average rate of funding needs a longest period", () => {
    const row = publicEndpoints.marketAveragePrice
    assert.strictEqual(complaint(row, { symbol: "fUSD", amount: 1 }), "period")
    assert.isUndefined(complaint(row, { symbol: "fUSD", amount: 1, period: 30 }))
    assert.isUndefined(complaint(row, { symbol: "tBTCUSD", amount: 1 }))
    assert.include(row.params.amount.check("0.123456789"), "8 decimals")
  })
})

describe("every fixture of a public endpoint", () => {
  for (const [name, row] of Object.entries<Endpoint.AnyEndpoint>(publicEndpoints)) {
    it(`${name}: its result is checked, not passed on`, () => {
      for (const { args } of Fixtures.rest(name)!.cases) {
        // a body that no reply has: rows of words, or words in place of a row
        for (const wrong of [{ unexpected: true }, "text", 1, null]) {
          const error = errorOf(row.decode(wrong, args))
          assert.strictEqual(error._tag, "DecodeError")
          assert.isFalse(error.isRetryable)
        }
      }
    })
  }
})

describe("tickers", () => {
  const trading = ["tBTCUSD", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  const funding = ["fUSD", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  it("choose the layout of each row, so that no number lands under a wrong name", () => {
    const rows = Either.getOrThrow(publicEndpoints.tickers.decode([funding, trading], { symbols: "ALL" }))
    assert.deepStrictEqual(rows.map((row) => "frr" in row), [true, false])
  })
  it("refuse a row of another kind than requested", () => {
    const onlyTrading = publicEndpoints.tickers.decode([trading, funding], { symbols: ["tBTCUSD"] })
    assert.deepInclude({ ...errorOf(onlyTrading) }, { layout: "TradingTickerEntry", field: "symbol", index: 0, row: 1 })
    const onlyFunding = publicEndpoints.tickers.decode([trading], { symbols: ["fUSD"] })
    assert.isTrue(Either.isLeft(onlyFunding))
    const neither = publicEndpoints.tickers.decode([["BTCUSD", ...trading.slice(1)]], { symbols: "ALL" })
    assert.deepInclude({ ...errorOf(neither) }, { field: "symbol", actual: "\"BTCUSD\"" })
  })
})

describe("book", () => {
  it("cannot be read without symbol and precision", () => {
    assert.strictEqual(errorOf(publicEndpoints.book.decode([], { precision: "P0" })).field, "symbol")
    assert.strictEqual(errorOf(publicEndpoints.book.decode([], { symbol: "tBTCUSD" })).field, "precision")
  })
})

describe("configs", () => {
  const { configs } = publicEndpoints
  it("accepts unknown keys, and returns their values undecoded", () => {
    assert.isUndefined(configs.params.keys.check(["pub:list:currency", "pub:map:something:new"]))
    const decoded = configs.decode([["BTC"], { some: ["thing"] }], { keys: ["pub:list:currency", "pub:new"] })
    assert.deepStrictEqual(decoded, Either.right([["BTC"], { some: ["thing"] }] as const))
  })
  it("refuses a value that is not a list of keys", () => {
    const no = [
      [],
      ["list:currency"],
      ["pub:"],
      ["pub:a,pub:b"],
      ["pub:a b"],
      ["pub:a/b"],
      ["pub:a?b"],
      "pub:list:currency",
      [1]
    ]
    for (const keys of no) assert.isString(configs.params.keys.check(keys), JSON.stringify(keys))
  })
  it("requires one element for each key", () => {
    const args = { keys: ["pub:list:currency", "pub:list:pair:margin"] } as const
    for (const body of [[["BTC"]], [["BTC"], [], []], []]) {
      assert.include(errorOf(configs.decode(body, args)).message, "list of 2, one element for each key")
    }
    assert.strictEqual(errorOf(configs.decode([["BTC"]])).field, "keys")
  })
  it("names the key of a malformed value", () => {
    const args = { keys: ["pub:list:currency", "pub:info:pair"] } as const
    const error = errorOf(configs.decode([["BTC"], [["BTCUSD", [null, null, null, "1", "2"]], ["ETHUSD", [1]]]], args))
    assert.deepInclude(
      { ...error },
      { layout: "pub:info:pair ConfPairInfoEntry", field: "info.minOrderSize", index: 1, row: 1 }
    )
    assert.include(errorOf(configs.decode([["BTC", 1], []], args)).layout, "pub:list:currency")
  })
  it("has no key that an object inherits", () => {
    const keys = ["pub:x", "toString", "__proto__"] as unknown as readonly ["pub:x"]
    assert.deepStrictEqual(
      configs.decode([1, 2, 3], { keys }),
      Either.right([1, 2, 3] as unknown as readonly [unknown])
    )
  })
})
