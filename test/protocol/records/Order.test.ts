import { assert, describe, it } from "@effect/vitest"
import { hasExecutions, isOrderMoving, orderStatus } from "../../../src/protocol/records/Order.ts"

describe("orderStatus", () => {
  const texts = {
    Active: ["ACTIVE", "ACTIVE (note:POSCLOSE)"],
    PartiallyFilled: ["PARTIALLY FILLED @ 107.6(-0.2)"],
    Executed: ["EXECUTED @ 107.6(-0.2)", "EXECUTED @ 1(2): was PARTIALLY FILLED @ 1(3)", "FORCED EXECUTED @ 1(2)"],
    Cancelled: [
      "CANCELED",
      "CANCELED was: PARTIALLY FILLED @ 123.4(-0.5)",
      "POSTONLY CANCELED",
      "FILLORKILL CANCELED",
      "IOC CANCELED",
      "INSUFFICIENT BALANCE (G1)",
      "INSUFFICIENT MARGIN was: PARTIALLY FILLED @ 1(2)",
      "RSN_DUST (amount is less than 0.0006)",
      "RSN_BOOK_SLIP"
    ],
    Unknown: ["", "ACTIVELY SOMETHING", "SUSPENDED"]
  } as const

  for (const [meaning, all] of Object.entries(texts)) {
    it(`${meaning}: ${all.join("; ")}`, () => {
      assert.deepStrictEqual(all.map(orderStatus), all.map(() => meaning))
      assert.deepStrictEqual(
        all.map(isOrderMoving),
        all.map(() => meaning === "Active" || meaning === "PartiallyFilled")
      )
    })
  }
})

describe("hasExecutions", () => {
  it("goes by status and average price, not by amounts that an update may have changed", () => {
    assert.isFalse(hasExecutions({ status: "ACTIVE", priceAvg: 0 }))
    assert.isFalse(hasExecutions({ status: "CANCELED", priceAvg: null }))
    assert.isTrue(hasExecutions({ status: "CANCELED was: PARTIALLY FILLED @ 123.4(-0.5)", priceAvg: null }))
    assert.isTrue(hasExecutions({ status: "ACTIVE", priceAvg: 150 }))
    assert.isTrue(hasExecutions({ status: "EXECUTED @ 1(2)", priceAvg: 0 }))
  })
})
