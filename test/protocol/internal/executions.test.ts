import { assert, describe, it } from "@effect/vitest"
import * as Executions from "../../../src/protocol/internal/executions.ts"

const trade = (execAmount: number, execPrice = 100) => ({ execAmount, execPrice })

describe("whether trades are all that was executed of an order", () => {
  it("compares binary sums in lots", () => {
    const status = "EXECUTED @ 100.0(9761079.2): was PARTIALLY FILLED @ 100.0(3445596.6)"
    const order = { amount: 0, amountOrig: 13_206_675.8, priceAvg: 100, status }
    assert.notStrictEqual(3_445_596.6 + 9_761_079.2, 13_206_675.8)
    assert.isTrue(Executions.areAllOf(order, [trade(3_445_596.6), trade(9_761_079.2)]))
    assert.isFalse(Executions.areAllOf(order, [trade(9_761_079.2)]))
  })

  const rules = [
    ["what is left and what was executed", (left: number, done: number) => left + done],
    ["the amount before any update", () => 1]
  ] as const
  for (const [name, originalOf] of rules) {
    describe(`after an update of the amount, where the original amount is ${name}`, () => {
      it("a status that says so means that nothing was executed", () => {
        const order = { amount: 0.4, amountOrig: originalOf(0.4, 0), priceAvg: 0, status: "ACTIVE" }
        assert.isTrue(Executions.areAllOf(order, []))
      })

      it("one that was executed in part needs exactly its trades", () => {
        const order = {
          amount: 0.4,
          amountOrig: originalOf(0.4, 0.3),
          priceAvg: 101,
          status: "PARTIALLY FILLED @ 102.0(0.15): was PARTIALLY FILLED @ 100.0(0.15)"
        }
        assert.isTrue(Executions.areAllOf(order, [trade(0.15, 100), trade(0.15, 102)]))
        assert.isFalse(Executions.areAllOf(order, [trade(0.15, 100)]))
        assert.isFalse(Executions.areAllOf(order, []))
      })

      it("and so does a sale that was executed in full", () => {
        const original = originalOf(0, -0.4)
        const order = {
          amount: 0,
          amountOrig: original > 0 ? -original : original,
          priceAvg: 100,
          status: "EXECUTED @ 100.0(-0.4)"
        }
        assert.isTrue(Executions.areAllOf(order, [trade(-0.4)]))
        assert.isFalse(Executions.areAllOf(order, [trade(-0.3)]))
      })
    })
  }

  it("the average price excludes other trades of the same amounts, where the amounts alone prove nothing", () => {
    const order = { amount: 0.4, amountOrig: 1, priceAvg: 105, status: "PARTIALLY FILLED @ 110.0(0.1)" }
    assert.isFalse(Executions.areAllOf(order, [trade(0.1, 100)]))
    assert.isTrue(Executions.hasAverageOf(order, [trade(0.1, 100), trade(0.1, 110)]))
    assert.isFalse(Executions.hasAverageOf({ ...order, priceAvg: null }, []))
  })
})
