import { assert, describe, it } from "@effect/vitest"
import * as Prices from "../../../../src/testing/internal/market/prices.ts"

describe("prices", () => {
  it("have five significant digits and at most eight decimals", () => {
    assert.strictEqual(Prices.price(64_251.4), 64_251)
    assert.strictEqual(Prices.price(123_456), 123_460)
    assert.strictEqual(Prices.price(99_999.6), 100_000)
    assert.strictEqual(Prices.price(0.000_345_216), 0.000_345_22)
    assert.strictEqual(Prices.price(0.000_001_234), 0.000_001_23)
  })

  it("round down and up, but do not change a valid price", () => {
    assert.deepStrictEqual([Prices.price(9_999.95, -1), Prices.price(9_999.95, 1)], [9_999.9, 10_000])
    for (const price of [1.0001, 0.3, 64_250, 100_010, 1e-8, 0.1 + 0.2 - 1e-17]) {
      const exact = Prices.price(price)
      assert.deepStrictEqual([Prices.price(exact, -1), Prices.price(exact, 1)], [exact, exact])
    }
  })

  it("the amount of zero lots is 0, on either side", () => {
    assert.deepStrictEqual([Prices.amount(-0), Prices.amount(0)], [0, 0])
  })

  it("move by ticks whose size changes with the decade", () => {
    assert.strictEqual(Prices.nudge(99_999, 2), 100_010)
    assert.strictEqual(Prices.nudge(100_000, -3), 99_997)
    assert.strictEqual(Prices.nudge(1e-8, -5), 1e-8)
  })

  it("rise tick by tick through decades, print shortly and come back", () => {
    let price = 0.98
    for (let tick = 0; tick < 12_000; tick++) {
      const next = Prices.nudge(price, 1)
      assert.isAbove(next, price)
      assert.isAtMost(String(next).replace(/^0\.0*|\./g, "").length, 5)
      assert.strictEqual(Prices.nudge(next, -1), price)
      price = next
    }
  })

  it("are cut to fewer digits away from the middle: bids down, asks up", () => {
    const ticks = Prices.ticks(64_251)
    assert.deepStrictEqual([4, 3, 2, 1].map((digits) => Prices.coarse(ticks, digits, -1)), [
      64_250,
      64_200,
      64_000,
      60_000
    ])
    assert.deepStrictEqual([4, 3, 2, 1].map((digits) => Prices.coarse(ticks, digits, 1)), [
      64_260,
      64_300,
      65_000,
      70_000
    ])
    assert.strictEqual(Prices.coarse(Prices.ticks(0.3), 1, 1), 0.3)
  })

  it("amounts keep eight decimals and print as they are", () => {
    assert.strictEqual(Prices.amount(Prices.lots(0.1) + Prices.lots(0.2)), 0.3)
    assert.strictEqual(Prices.lots(1e-8), 1)
  })
})
