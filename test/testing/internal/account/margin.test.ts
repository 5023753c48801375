import { assert, describe, it } from "@effect/vitest"
import { makePositions } from "../../../../src/testing/internal/account/positions.ts"
import { makeWallets } from "../../../../src/testing/internal/account/wallets.ts"
import type { Market } from "../../../../src/testing/internal/market/model.ts"
import { open } from "../../../support/accounts.ts"

const symbol = "tBTCF0:USTF0"
const lots = (amount: number): number => Math.round(amount * 1e8)

/** an account with 5,000 USTF0 whose position was opened at 50,000, at a mark price that the test sets */
const at = (amount: number, leverage = 5) => {
  let mark = 50_000
  let ids = 100
  const market = {
    symbols: [symbol],
    has: (one: string) => one === symbol,
    engine: () => undefined,
    ticker: () => [],
    // the mark price of DerivativesStatus
    derivativesStatus: () => Object.assign(Array.from({ length: 23 }, () => null as unknown), { 14: mark })
  } as unknown as Market
  const wallets = makeWallets({ now: () => 1, nextLedgerId: () => ++ids })
  for (const [currency, total] of [["USTF0", 5000], ["USD", 700]] as const) {
    wallets.change({ type: "margin", currency, lots: lots(total), category: 101, description: "Deposit" })
  }
  const positions = makePositions({ market, now: () => 1, nextId: () => ++ids, wallets })
  const fill = (size: number, price: number, lev = leverage) =>
    positions.fill({ symbol, lots: lots(size), price, leverage: lev, orderId: 1, otherOrderId: 2 })
  fill(amount, 50_000)
  return {
    positions,
    fill,
    /** the position at a mark price */
    at: (price: number) => {
      mark = price
      return positions.open.get(symbol)!
    },
    shown: (price: number) => {
      mark = price
      return positions.record(positions.open.get(symbol)!, true)
    },
    free: () => wallets.available("margin", "USTF0") / 1e8,
    doomed: (price: number) => {
      mark = price
      return positions.doomed().length > 0
    }
  }
}

describe("margin of derivative positions in the fake exchange", () => {
  it("the collateral is the value at the price of the fill, divided by the leverage, and leaves the wallet", () => {
    const long = at(0.1)
    assert.deepInclude(long.shown(50_000), { type: 1, amount: 0.1, basePrice: 50_000, collateral: 1000 })
    assert.strictEqual(long.free(), 4000)
    assert.strictEqual(at(-0.1, 10).shown(50_000).collateral, 500)
    // a second fill adds its own, at its own leverage, to an average price
    long.fill(0.1, 52_000, 10)
    assert.deepInclude(long.shown(50_000), { amount: 0.2, basePrice: 51_000, collateral: 1520 })
    assert.strictEqual(long.free(), 3480)
  })

  it("the smallest collateral is 0.5 % of the value at the mark price", () => {
    assert.strictEqual(at(0.1).shown(50_000).collateralMin, 25)
    assert.strictEqual(at(-0.1).shown(60_000).collateralMin, 30)
  })

  it("profit less 0.2 % of closing, its share of the cost, leverage and the price of liquidation", () => {
    assert.deepInclude(at(0.1).shown(51_000), { pl: 89.8, plPerc: 1.796, leverage: 4.67975775, priceLiq: 40_357 })
    assert.deepInclude(at(-0.1).shown(51_000), { pl: -110.2, plPerc: -2.204, leverage: 5.73162508, priceLiq: 59_643 })
    // nothing is left of the collateral
    assert.strictEqual(at(0.1).shown(39_000).leverage, 0)
    assert.deepInclude(at(0.1).positions.record(at(0.1).at(51_000), false), {
      pl: null,
      leverage: null,
      priceLiq: null
    })
  })

  it("is liquidated when collateral and profit are less than 0.5 % of the value, which is at another price if short", () => {
    const [long, short] = [at(0.1), at(-0.1)]
    assert.deepStrictEqual([40_202, 40_201].map(long.doomed), [false, true])
    assert.deepStrictEqual([59_701, 59_702].map(short.doomed), [false, true])
  })

  it("limits of the collateral: the smallest one plus the loss, and all that is free", () => {
    const { at: when, free, positions } = at(0.1)
    const limits = (price: number) => positions.limits(when(price)).map((each) => each / 1e8)
    assert.deepStrictEqual(limits(50_000), [25, 5000])
    assert.deepStrictEqual(limits(49_000), [124.5, 5000])
    // a profit does not lower the limit
    assert.deepStrictEqual(limits(51_000), [25.5, 5000])
    const set = (collateral: number) => positions.setCollateral(when(49_000), lots(collateral))
    assert.deepStrictEqual([124.49, 5000.01].map(set), [false, false])
    assert.strictEqual(free(), 4000)
    assert.isTrue(set(124.5))
    assert.strictEqual(free(), 4875.5)
    assert.isTrue(set(5000))
    assert.strictEqual(free(), 0)
  })

  it("a part that is closed frees its part of the collateral, and its profit goes to the wallet", () => {
    const { fill, free, positions, shown } = at(0.1)
    fill(-0.04, 51_000)
    assert.strictEqual(free(), 4440)
    assert.deepInclude(shown(50_000), { amount: 0.06, basePrice: 50_000, collateral: 600 })
    // the rest, with a loss, and a new position on the other side
    fill(-0.1, 49_000)
    assert.deepInclude(shown(49_000), { amount: -0.04, basePrice: 49_000, collateral: 392 })
    assert.strictEqual(free(), 4440 + 600 - 60 - 392)
    assert.lengthOf(positions.history(), 1)
  })

  it("counts neither towards the margin of other positions, nor costs of lending", () => {
    const { positions } = at(0.1)
    assert.deepStrictEqual(positions.margin(), { pl: 0, cost: 0, balance: 700, net: 700, required: 0, used: 0 })
    positions.passHour(0.01)
    assert.strictEqual(positions.margin().cost, 0)
  })

  it("an order reserves its value divided by its leverage, 10 by default, and the fee of a taker", () => {
    const venue = open({
      accounts: [{ key: "demo-key", secret: "demo-secret", wallets: { margin: { USTF0: 1000 } } }]
    })
    const free = () => venue.view().balance("margin", "USTF0").available
    const limit = (amount: string, more: object = {}) =>
      venue.order({ type: "LIMIT", symbol, amount, price: "50000", ...more })
    const id = limit("0.1", { lev: 20 })
    assert.strictEqual(free(), 1000 - 250 - 10)
    venue.post("v2/auth/w/order/cancel", { id })
    assert.isNumber(limit("0.1"))
    assert.strictEqual(free(), 1000 - 500 - 10)
    assert.match(String(limit("0.1")), /^Invalid order: not enough tradable balance for 0.1 BTCF0:USTF0 at /)
    assert.isNumber(limit("0.1", { lev: 11 }))
  })
})
