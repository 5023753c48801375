import { assert, describe, it } from "@effect/vitest"
import { TradeLog } from "../../../src/internal/state/tradeLog.ts"
import type { Trade } from "../../../src/protocol/records/Order.ts"

const trade = (id: number, mts = id, orderId = 1): Trade => ({
  id,
  symbol: "tBTCUSD",
  mts,
  orderId,
  execAmount: 1,
  execPrice: 1,
  orderType: null,
  orderPrice: null,
  maker: null,
  fee: null,
  feeCurrency: null,
  cid: null
})

describe("TradeLog", () => {
  it("emits a trade once, and once more when its fee is known, in any order", () => {
    const log = new TradeLog()
    log.open([])
    assert.deepStrictEqual(
      [log.reported(trade(1), false), log.reported(trade(1), false), log.reported(trade(1), true), log.read(trade(1))],
      ["new", "known", "final", "known"]
    )
    assert.deepStrictEqual([log.read(trade(2)), log.reported(trade(2), false), log.reported(trade(2), true)], [
      "new",
      "known",
      "known"
    ])
  })

  it("distinguishes the two sides of a trade between own orders", () => {
    const log = new TradeLog()
    assert.deepStrictEqual([log.reported(trade(1, 1, 5), false), log.reported(trade(1, 1, 6), false)], ["new", "new"])
  })

  it("takes nothing for new that happened before it was opened", () => {
    const log = new TradeLog()
    log.open([trade(9, 100), trade(8, 100), trade(7, 90)])
    assert.deepStrictEqual([log.read(trade(7, 90)), log.read(trade(6, 80)), log.read(trade(9, 100))], [
      "known",
      "known",
      "known"
    ])
    // of the same millisecond as the last one, and not among those that were there
    assert.strictEqual(log.read(trade(10, 100)), "new")
  })

  it("queries from before the newest trade, and from there until that was answered, however many losses there are", () => {
    const log = new TradeLog()
    log.open([])
    log.reported(trade(1, 1_000_000), false)
    log.doubt()
    assert.strictEqual(log.from, 940_000)
    log.reported(trade(2, 9_000_000), false)
    log.doubt()
    assert.strictEqual(log.from, 940_000)
    log.settle()
    assert.isUndefined(log.from)
    log.doubt()
    assert.strictEqual(log.from, 8_940_000)
  })

  it("is bounded, and takes nothing for new that it may have forgotten", () => {
    const log = new TradeLog(100)
    log.open([])
    for (let id = 1; id <= 1000; id++) log.reported(trade(id), true)
    assert.strictEqual(log.size, 100)
    for (let id = 1; id <= 1000; id++) assert.strictEqual(log.read(trade(id)), "known")
    assert.strictEqual(log.read(trade(1001)), "new")
  })
})
