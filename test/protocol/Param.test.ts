import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Param from "../../src/protocol/Param.ts"

const takes = (param: Param.Param<any>, ...values: ReadonlyArray<unknown>) => {
  for (const value of values) assert.isUndefined(param.check(value), String(value))
}
const refuses = (param: Param.Param<any>, ...values: ReadonlyArray<unknown>) => {
  for (const value of values) {
    const reason = param.check(value)
    assert.isString(reason, String(value))
    assert.notStrictEqual(reason, "")
  }
}

describe("kinds", () => {
  it("symbols and currencies", () => {
    takes(Param.trading, "tBTCUSD", "tDOGE:USD")
    refuses(Param.trading, "fUSD", "BTCUSD", "tbtcusd", 1, null)
    takes(Param.funding, "fUSD")
    refuses(Param.funding, "tBTCUSD", "USD", "fusd")
    takes(Param.symbol, "tBTCUSD", "fUSD")
    refuses(Param.symbol, "USD", "BFX", "")
    takes(Param.currency, "USD", "1INCH")
    refuses(Param.currency, "fUSD", "usd", "")
  })

  it("text and words", () => {
    takes(Param.text, "x")
    refuses(Param.text, "", 1, null)
    const word = Param.oneOf("P0", "R0", 25)
    takes(word, "P0", 25)
    refuses(word, "25", "p0", 0)
    assert.strictEqual(word.check("x"), "choose one of P0, R0, 25")
  })

  it("whole numbers within bounds, and limits", () => {
    takes(Param.int(2, 120), 2, 120)
    refuses(Param.int(2, 120), 1, 121, 2.5, "30", Number.NaN)
    takes(Param.limit(250), 1, 250)
    refuses(Param.limit(250), 0, 251, 1.5)
    assert.isTrue(Param.limit(250).optional)
    takes(Param.sort, 1, -1)
    refuses(Param.sort, 0, "1")
  })

  it("times in three forms, sent as milliseconds", () => {
    const at = 1_574_694_478_808
    for (const time of [at, new Date(at), DateTime.unsafeMake(at)]) {
      takes(Param.time, time)
      assert.strictEqual(Param.time.write(time), at)
      assert.strictEqual(Param.toMillis(time), at)
    }
    refuses(Param.time, -1, 1.5, Number.NaN, new Date(Number.NaN), "2020-01-01", 1e300, null)
  })

  it("decimals, sent as plain text", () => {
    const amount = Param.decimal({ decimals: 8 })
    for (const value of [0.5, "0.50", BigDecimal.make(5n, 1)]) {
      takes(amount, value)
      assert.strictEqual(amount.write(value), "0.5")
    }
    assert.strictEqual(amount.write(1e-8), "0.00000001")
    refuses(amount, 1e-9, "0.123456789", "x", Number.NaN, "", null)
    assert.include(amount.check("0.123456789"), "8 decimals")
    const price = Param.decimal({ significant: 5 })
    takes(price, 30264, "302640", 0.00012345)
    refuses(price, 30264.5, "1.23456")
    assert.include(price.check(30264.5), "5 significant digits; round it first, with Decimal.price")
    assert.include(amount.check(0.1 + 0.2), "8 decimals; round it first, with Decimal.amount")
    // digits and decimals of a price are rounded together
    assert.include(Param.decimal({ decimals: 8, significant: 5 }).check(30264.000000001), "with Decimal.price")
    takes(Param.decimal(), "0.1234567890123")
  })

  it("decimals of one sign", () => {
    const positive = Param.decimal({ sign: "positive" })
    takes(positive, 1e-7, "0.1", 5n, BigDecimal.unsafeFromString("2"))
    refuses(positive, 0, "0.00", -0, -1, "-1e-7", 0n, -5n)
    assert.include(positive.check(0), "zero")
    assert.include(positive.check(-1), "below zero")
    takes(Param.decimal({ sign: "notZero" }), -1, 1, "-1e-7")
    refuses(Param.decimal({ sign: "notZero" }), 0, "0e5", BigDecimal.unsafeFromString("0.00"))
    takes(Param.decimal({ sign: "notNegative" }), 0, "0.0", 1)
    refuses(Param.decimal({ sign: "notNegative" }), -1, "-1e-7")
  })

  it("ids, yes and no", () => {
    takes(Param.id, 1, Number.MAX_SAFE_INTEGER)
    refuses(Param.id, 0, -1, 1.5, "1", 2 ** 53)
    for (const [param, yes, no] of [[Param.flag, 1, 0], [Param.bool, true, false]] as const) {
      takes(param, true, false)
      refuses(param, 0, 1, "true", null)
      assert.strictEqual(param.write(true), yes)
      assert.strictEqual(param.write(false), no)
    }
  })

  it("flags by name, sent as a number", () => {
    const flags = Param.flags({ hidden: 64, postOnly: 4096, large: 2 ** 31 })
    takes(flags, {}, { hidden: true }, { hidden: false, postOnly: undefined })
    refuses(flags, 64, "hidden", { Hidden: true }, { hidden: 1 }, { constructor: true }, ["hidden"], null)
    assert.strictEqual(flags.write({ hidden: true, postOnly: true, large: true }), 64 + 4096 + 2 ** 31)
    assert.strictEqual(flags.write({ hidden: false }), 0)
  })

  it("times as text in UTC, and days", () => {
    const at = Date.UTC(2023, 11, 31, 23, 59, 59, 999)
    for (
      const time of [at, new Date(at), DateTime.unsafeMake(at), DateTime.unsafeMakeZoned(at, { timeZone: 3_600_000 })]
    ) {
      takes(Param.dateTime, time)
      takes(Param.day, time)
      assert.strictEqual(Param.dateTime.write(time), "2023-12-31 23:59:59")
      assert.strictEqual(Param.day.write(time), "2023-12-31")
    }
    takes(Param.day, "2024-02-29", "0001-01-01", "9999-12-31")
    refuses(Param.day, "2023-02-29", "2023-13-01", "2023-1-1", "31.12.2023", "2023-12-31 ", -1, 1.5, Number.NaN, null)
    refuses(Param.dateTime, "2023-12-31 23:59:59", -1, 1.5, 253_402_300_800_000, new Date(Number.NaN), null)
    assert.strictEqual(Param.dateTime.write(253_402_300_799_999), "9999-12-31 23:59:59")
  })

  it("lists, joined by commas, or ALL", () => {
    const list = Param.listOrAll(Param.trading)
    takes(list, ["tBTCUSD"], ["tBTCUSD", "tDOGE:USD"], "ALL")
    refuses(list, [], ["tBTCUSD", "fUSD"], "all", "tBTCUSD", {}, [null])
    assert.strictEqual(list.write(["tBTCUSD", "tDOGE:USD"]), "tBTCUSD,tDOGE:USD")
    assert.strictEqual(list.write("ALL"), "ALL")
    const hours = Param.listOrAll(Param.make<number>({ kind: "hours", check: () => undefined, write: (n) => `${n}h` }))
    assert.strictEqual(hours.write([1, 6]), "1h,6h")
  })

  it("funding periods", () => {
    takes(Param.fundingSuffix, "p2", "p30", "p120", "a30:p2:p30", "a10:p11:p20", "a10:p2:p2")
    refuses(
      Param.fundingSuffix,
      "p1",
      "p121",
      "p0",
      "p02",
      "30",
      "a30",
      "a30:p2",
      "a30:p30:p2",
      "a0:p2:p30",
      "a30:p2:p121"
    )
    refuses(Param.fundingSuffix, "p30 ", "p30\n", "p3.5", 30, null)
    FastCheck.assert(FastCheck.property(FastCheck.integer({ min: -5, max: 200 }), (days) => {
      assert.strictEqual(Param.fundingSuffix.check(`p${days}`) === undefined, days >= 2 && days <= 120)
    }))
  })

  it("check any value without a throw", () => {
    const all = [
      Param.trading,
      Param.funding,
      Param.symbol,
      Param.currency,
      Param.text,
      Param.oneOf("a"),
      Param.int(0, 1),
      Param.limit(1),
      Param.time,
      Param.sort,
      Param.decimal({ decimals: 8, significant: 5 }),
      Param.listOrAll(Param.decimal()),
      Param.fundingSuffix,
      Param.id,
      Param.flag,
      Param.bool,
      Param.flags({ hidden: 64 }),
      Param.dateTime,
      Param.day
    ]
    FastCheck.assert(FastCheck.property(FastCheck.anything(), (value) => {
      for (const param of all) {
        const reason = param.check(value)
        assert.isTrue(reason === undefined || reason.length > 0)
      }
    }))
  })
})

describe("combinators change one thing each", () => {
  const param = Param.int(0, 9)
  it("and keep check and write", () => {
    assert.deepStrictEqual(Param.optional(param), { ...param, optional: true })
    assert.deepStrictEqual(Param.named("cid_date", param), { ...param, wire: "cid_date" })
    assert.deepStrictEqual(Param.inside("query", param), { ...param, at: "query" })
    assert.deepStrictEqual(Param.behind("symbol", param), { ...param, after: "symbol" })
    assert.isTrue(Param.named("x", Param.optional(param)).optional)
  })
})

describe("the suffix of a candle", () => {
  it("is needed by funding symbols and refused for trading symbols", () => {
    const field = (args: { readonly [name: string]: unknown }) => Param.checkFundingSuffix(args)?.field
    assert.strictEqual(field({ symbol: "fUSD" }), "fundingSuffix")
    assert.strictEqual(field({ symbol: "tBTCUSD", fundingSuffix: "p30" }), "fundingSuffix")
    assert.isUndefined(field({ symbol: "fUSD", fundingSuffix: "p30" }))
    assert.isUndefined(field({ symbol: "tBTCUSD" }))
    assert.isUndefined(field({ symbol: "tBTCUSD", fundingSuffix: undefined }))
  })
})
