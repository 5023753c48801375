import { assert, describe, it } from "@effect/vitest"
import { isSameAmount, isSamePrice, sum } from "../../../src/protocol/internal/quantity.ts"

describe("quantity", () => {
  it("amounts are the same but for the noise of a sum, and not for a lot", () => {
    assert.notStrictEqual(3445596.6 + 9761079.2, 13206675.8)
    assert.isTrue(isSameAmount(3445596.6 + 9761079.2, 13206675.8))
    assert.isTrue(isSameAmount(0.1 + 0.2, 0.3))
    assert.isTrue(isSameAmount(0.3 - 0.1 - 0.2, 0))
    assert.isFalse(isSameAmount(0.00000001, 0))
    assert.isFalse(isSameAmount(1320667.58, 1320667.58000001))
    assert.isFalse(isSameAmount(0.3, -0.3))
    // a sum of many trades of a large order
    let total = 0
    for (let k = 0; k < 10; k++) total += 12_345_678_901.7
    assert.isTrue(isSameAmount(total, 123_456_789_017))
    assert.isFalse(isSameAmount(123_456_789_017, 123_456_789_017.1))
  })

  it("prices and rates are the same but for noise, however small", () => {
    assert.isTrue(isSamePrice(0.006000000000000001, 0.006))
    assert.isFalse(isSamePrice(0.0000000012, 0.0000000013))
    assert.isFalse(isSamePrice(0, 0.000000001))
    assert.isTrue(isSamePrice(0, 0))
  })

  it("a sum is rounded to the lot", () => {
    assert.strictEqual(sum([0.1, 0.2]), 0.3)
    assert.strictEqual(sum([3445596.6, 9761079.2]), 13206675.8)
    assert.strictEqual(sum([]), 0)
  })
})
