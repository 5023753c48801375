import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Decimal from "../../src/protocol/Decimal.ts"

describe("print", () => {
  it("writes plain text, never an exponent", () => {
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      [1e-7, "0.0000001"],
      [-2.5e-7, "-0.00000025"],
      [1e21, "1000000000000000000000"],
      [0.1, "0.1"],
      [-0, "0"],
      [100, "100"],
      ["1e-8", "0.00000001"],
      ["0.10", "0.1"],
      ["-0.5", "-0.5"],
      ["123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"],
      [12n, "12"],
      [-5n, "-5"],
      [BigDecimal.make(15n, 1), "1.5"],
      [BigDecimal.make(-15n, -2), "-1500"],
      [BigDecimal.make(0n, 5), "0"]
    ]
    for (const [value, text] of cases) assert.deepStrictEqual(Decimal.print(value), Option.some(text))
  })

  it("is none for a value that is not a finite decimal", () => {
    const no = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "",
      " 1",
      "1 ",
      "1,5",
      "0x10",
      "one",
      "1e",
      "--1",
      ".",
      null,
      undefined
    ]
    for (const value of [...no, true, [], {}, Symbol("1")]) {
      assert.deepStrictEqual(Decimal.print(value), Option.none(), String(value))
    }
  })

  it("is none for exponents that no amount has, without computing them", () => {
    for (
      const value of [
        "1e999999999",
        "1e-999999999",
        BigDecimal.make(1n, 1e9),
        BigDecimal.make(1n, -1e9),
        "1e99999999999999999999"
      ]
    ) {
      assert.deepStrictEqual(Decimal.print(value), Option.none())
      assert.deepStrictEqual(Decimal.decimals(value), Option.none())
      assert.deepStrictEqual(Decimal.significant(value), Option.none())
    }
  })

  it("keeps every number exactly", () => {
    FastCheck.assert(FastCheck.property(FastCheck.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = Option.getOrThrow(Decimal.print(number))
      assert.match(text, /^-?\d+(\.\d*[1-9])?$/)
      assert.strictEqual(Number(text), number === 0 ? 0 : number)
    }))
  })

  it("keeps every bigint and every decimal text exactly", () => {
    FastCheck.assert(FastCheck.property(FastCheck.bigInt(), (value) => {
      assert.deepStrictEqual(Decimal.print(value), Option.some(String(value)))
    }))
    FastCheck.assert(FastCheck.property(FastCheck.stringMatching(/^-?[1-9]\d{0,20}\.\d{0,20}[1-9]$/), (text) => {
      assert.deepStrictEqual(Decimal.print(text), Option.some(text))
    }))
  })

  it("keeps numbers of the sizes that are traded, and their text is read again as the same", () => {
    const sizes = FastCheck.tuple(
      FastCheck.double({ min: 1, max: 10, noNaN: true }),
      FastCheck.integer({ min: -12, max: 11 })
    )
    const traded = FastCheck.tuple(sizes, FastCheck.boolean()).map(([[digits, exponent], isNegative]) =>
      (isNegative ? -1 : 1) * digits * 10 ** exponent
    )
    FastCheck.assert(
      FastCheck.property(traded, (number) => {
        const text = Option.getOrThrow(Decimal.print(number))
        assert.notMatch(text, /e/i)
        assert.strictEqual(Number(text), number)
        assert.deepStrictEqual(Decimal.print(text), Option.some(text))
        const [, behind = ""] = text.split(".")
        assert.deepStrictEqual(Decimal.decimals(number), Option.some(behind.length))
      }),
      { numRuns: 2000 }
    )
  })

  it("never throws", () => {
    FastCheck.assert(FastCheck.property(FastCheck.oneof(FastCheck.anything(), FastCheck.string()), (value) => {
      assert.isTrue(Option.isOption(Decimal.print(value)))
    }))
  })
})

describe("digits", () => {
  it("after the point, without trailing zeros", () => {
    const cases: ReadonlyArray<readonly [unknown, number]> = [["1.50", 1], [100, 0], [1e-8, 8], ["0.123456789", 9], [
      0,
      0
    ]]
    for (const [value, count] of cases) assert.deepStrictEqual(Decimal.decimals(value), Option.some(count))
  })
  it("that are significant", () => {
    const cases: ReadonlyArray<readonly [unknown, number]> = [
      [30264, 5],
      [302640, 5],
      ["30264.5", 6],
      [0.00012, 2],
      ["-1.10", 2],
      [0, 1]
    ]
    for (const [value, count] of cases) assert.deepStrictEqual(Decimal.significant(value), Option.some(count))
  })
  it("are none for a value that is not a decimal", () => {
    assert.deepStrictEqual(Decimal.decimals("x"), Option.none())
    assert.deepStrictEqual(Decimal.significant(Number.NaN), Option.none())
  })
})

describe("price", () => {
  it("has at most 5 significant digits and 8 decimals, rounded exactly", () => {
    const cases: ReadonlyArray<readonly [Decimal.Decimal, Decimal.Rounding, string]> = [
      [97123.7, "down", "97123"],
      [97123.2, "up", "97124"],
      ["97123.5", "nearest", "97124"],
      ["97123.4999999999999999999999", "nearest", "97123"],
      [123456, "down", "123450"],
      [123456, "up", "123460"],
      [99999.5, "up", "100000"],
      [0.0123456, "nearest", "0.012346"],
      ["0.000000019", "down", "0.00000001"],
      [1.5, "down", "1.5"],
      // the binary number is below 1.00005, its decimal text is not
      [1.00005, "nearest", "1.0001"],
      [123456789n, "down", "123450000"],
      [BigDecimal.make(123456n, 3), "up", "123.46"],
      [0, "up", "0"]
    ]
    for (const [value, rounding, text] of cases) {
      assert.deepStrictEqual(Decimal.price(value, rounding), Either.right(text), `${value} ${rounding}`)
    }
  })

  it("is refused if it rounds to 0, or is not a finite decimal", () => {
    for (const [value, rounding] of [["0.000000001", "down"], [Number.NaN, "up"], ["1,5", "up"], ["", "up"]] as const) {
      const error = Either.getOrThrow(Either.flip(Decimal.price(value, rounding)))
      assert.deepInclude(error, { _tag: "InvalidInput", operation: "Decimal.price", field: "price", value })
    }
  })

  it("down is not above the value, up not below it, nearest is one of them", () => {
    FastCheck.assert(FastCheck.property(FastCheck.integer({ min: 1, max: 1e9 }), FastCheck.nat(9), (digits, scale) => {
      const value = BigDecimal.make(BigInt(digits) * 10n, scale)
      const of = (rounding: Decimal.Rounding) => Decimal.price(value, rounding)
      const [down, up, nearest] = [of("down"), of("up"), of("nearest")]
      if (Either.isLeft(down) || Either.isLeft(up) || Either.isLeft(nearest)) return
      const read = BigDecimal.unsafeFromString
      assert.isTrue(BigDecimal.lessThanOrEqualTo(read(down.right), value))
      assert.isTrue(BigDecimal.greaterThanOrEqualTo(read(up.right), value))
      assert.include([down.right, up.right], nearest.right)
      for (const text of [down.right, up.right]) {
        assert.isAtMost(Option.getOrThrow(Decimal.significant(text)), 5)
        assert.isAtMost(Option.getOrThrow(Decimal.decimals(text)), 8)
      }
    }))
  })
})

describe("amount", () => {
  it("has at most 8 decimals and keeps its sign: down is towards 0", () => {
    assert.deepStrictEqual(Decimal.amount("-0.123456789", "down"), Either.right("-0.12345678"))
    assert.deepStrictEqual(Decimal.amount("-0.123456789", "up"), Either.right("-0.12345679"))
    assert.deepStrictEqual(Decimal.amount("123456789.123456785", "nearest"), Either.right("123456789.12345679"))
  })
})

describe("difference and midpoint", () => {
  it("have no binary noise", () => {
    assert.strictEqual(Decimal.difference(0.3, 0.1), 0.2)
    assert.strictEqual(Decimal.difference(7001.2, 7001.1), 0.1)
    assert.strictEqual(Decimal.difference(1e-7, 5e-8), 5e-8)
    assert.strictEqual(Decimal.difference(1e300, 1), 1e300)
    assert.strictEqual(Decimal.midpoint(0.1, 0.2), 0.15)
    assert.strictEqual(Decimal.midpoint(97123, 97124), 97123.5)
    assert.strictEqual(Decimal.midpoint(1.1, 2.2), 1.65)
  })

  it("are the numbers nearest to the exact decimals", () => {
    const price = FastCheck.tuple(FastCheck.integer({ min: 1, max: 99999 }), FastCheck.nat(8))
      .map(([digits, places]) => Number(`${digits}e-${places}`))
    FastCheck.assert(FastCheck.property(price, price, (a, b) => {
      const [x, y] = [a, b].map((each) => BigDecimal.unsafeFromString(Option.getOrThrow(Decimal.print(each))))
      const exact = (value: BigDecimal.BigDecimal) => Number(Option.getOrThrow(Decimal.print(value)))
      assert.strictEqual(Decimal.difference(a, b), exact(BigDecimal.subtract(x!, y!)))
      const half = BigDecimal.multiply(BigDecimal.sum(x!, y!), BigDecimal.make(5n, 1))
      assert.strictEqual(Decimal.midpoint(a, b), exact(half))
    }))
  })
})
