import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
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
