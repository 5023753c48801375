import { assert, describe, it } from "@effect/vitest"
import * as BookView from "../../../../src/testing/internal/market/bookView.ts"
import * as Matching from "../../../../src/testing/internal/market/matching.ts"

const setup = (symbol = "tBTCUSD") => {
  const published: Array<Matching.Fill> = []
  let orders = 0
  let trades = 0
  const book = Matching.make(symbol, {
    nextOrderId: () => ++orders,
    nextTradeId: () => ++trades,
    traded: (fill) => published.push(fill)
  })
  const submit = (side: Matching.Side, lots: number, price: number | undefined, more: Partial<Matching.Request> = {}) =>
    book.submit({ owner: 7, side, lots, price, ...more }, 1000 + orders)
  const view = BookView.make(book)
  const matched = () => published.map((fill) => [fill.maker.orderId, fill.taker.orderId, fill.price, fill.lots])
  return { book, published, submit, view, matched }
}

describe("matching", () => {
  it("takes the best price first and, within a price, the oldest order", () => {
    const { matched, submit, published } = setup()
    submit(-1, 10, 101)
    submit(-1, 10, 100)
    submit(-1, 10, 100)
    const { end, order } = submit(1, 25, 101)
    assert.deepStrictEqual(matched(), [[2, 4, 100, 10], [3, 4, 100, 10], [1, 4, 101, 5]])
    assert.deepStrictEqual([end, order.lots], ["executed", 0])
    assert.deepStrictEqual(published.map((fill) => [fill.tradeId, fill.side, fill.maker.left, fill.taker.left]), [
      [1, 1, 0, 15],
      [2, 1, 0, 5],
      [3, 1, 5, 0]
    ])
  })

  it("rests the remainder of a limit order, at its own price", () => {
    const { submit, view } = setup()
    submit(-1, 1e8, 100)
    assert.strictEqual(submit(1, 3e8, 102).end, "resting")
    assert.deepStrictEqual(view.window("P0", 25), { bids: [[102, 1, 2]], asks: [] })
  })

  it("drops the remainder of a market order, and all of one without a match", () => {
    const { book, submit } = setup()
    submit(-1, 5, 100)
    submit(-1, 5, 900)
    assert.strictEqual(submit(1, 20, undefined).end, "unfilled")
    assert.strictEqual(book.orders.size, 0)
    assert.deepStrictEqual(submit(1, 20, undefined).fills, [])
  })

  it("immediate-or-cancel trades within its limit and never rests", () => {
    const { book, matched, submit } = setup()
    submit(-1, 5, 100)
    submit(-1, 5, 102)
    const outcome = submit(1, 20, 101, { rest: "cancel" })
    assert.deepStrictEqual([outcome.end, outcome.order.lots], ["unfilled", 15])
    assert.deepStrictEqual(matched(), [[1, 3, 100, 5]])
    assert.deepStrictEqual([...book.orders.keys()], [2])
  })

  it("fill-or-kill trades all or nothing", () => {
    const { matched, submit } = setup()
    submit(-1, 5, 100)
    submit(-1, 5, 102)
    assert.strictEqual(submit(1, 10, 101, { rest: "all-or-nothing" }).end, "fillOrKill")
    assert.deepStrictEqual(matched(), [])
    assert.strictEqual(submit(1, 10, 102, { rest: "all-or-nothing" }).end, "executed")
    assert.lengthOf(matched(), 2)
  })

  it("post-only is refused where it would trade, a hidden order in its way included", () => {
    const { book, submit } = setup()
    submit(-1, 5, 100, { hidden: true })
    assert.strictEqual(submit(1, 5, 100, { postOnly: true }).end, "postOnly")
    assert.strictEqual(submit(1, 5, 99, { postOnly: true }).end, "resting")
    assert.strictEqual(book.orders.size, 2)
  })

  it("hidden orders trade after the visible ones of their price and are not in the book", () => {
    const { matched, submit, view } = setup()
    submit(-1, 1e8, 100, { hidden: true })
    submit(-1, 2e8, 100)
    submit(-1, 1e8, 99, { hidden: true })
    assert.deepStrictEqual(view.window("P0", 25).asks, [[100, 1, -2]])
    assert.deepStrictEqual(view.window("R0", 25).asks, [[2, 100, -2]])
    assert.deepStrictEqual([view.best(-1)?.price, view.depth(-1)], [100, 2])
    submit(1, 4e8, 100)
    assert.deepStrictEqual(matched().map(([maker]) => maker), [3, 2, 1])
  })

  it("cancels once", () => {
    const { book, submit, view } = setup()
    const { order } = submit(1, 5, 100)
    assert.strictEqual(book.cancel(order.id, 2000)?.updated, 2000)
    assert.isUndefined(book.cancel(order.id, 2001))
    assert.deepStrictEqual([view.window("P0", 25).bids, book.size(1)], [[], 0])
  })

  it("a smaller order keeps its place, a larger one loses it", () => {
    const { book, matched, submit } = setup()
    submit(1, 5, 100)
    submit(1, 5, 100)
    book.amend(1, { lots: 3 }, 2000)
    submit(-1, 3, 100)
    assert.deepStrictEqual(matched(), [[1, 3, 100, 3]])
    submit(1, 5, 100)
    book.amend(2, { lots: 6 }, 2000)
    submit(-1, 11, 100)
    assert.deepStrictEqual(matched().slice(1), [[4, 5, 100, 5], [2, 5, 100, 6]])
  })

  it("a changed price moves the order under its id, and trades if it must", () => {
    const { book, matched, submit, view } = setup()
    submit(1, 1e8, 99)
    submit(1, 1e8, 100)
    submit(1, 1e8, 100)
    book.amend(1, { price: 100 }, 2000)
    // ids ascend within a price, although the order is last in the queue
    assert.deepStrictEqual(view.window("R0", 25).bids, [[1, 100, 1], [2, 100, 1], [3, 100, 1]])
    submit(-1, 2e8, 100)
    assert.deepStrictEqual(matched().map(([maker]) => maker), [2, 3])
    submit(-1, 1e8, 105)
    assert.strictEqual(book.amend(1, { price: 110 }, 2001)?.end, "executed")
    assert.deepStrictEqual(matched()[2], [5, 1, 105, 1e8])
    assert.isUndefined(book.amend(1, { price: 90 }, 2002))
  })

  it("cuts prices to five digits, so one level holds them", () => {
    const { submit, view } = setup()
    submit(1, 1e8, 64_250.2)
    submit(1, 1e8, 64_250.4)
    assert.deepStrictEqual(view.window("P0", 25).bids, [[64_250, 2, 2]])
  })

  it("groups by precision, bids down and asks up, and counts windows in groups", () => {
    const { submit, view } = setup()
    for (const price of [64_251, 64_250, 64_199]) submit(1, 1e8, price)
    for (const price of [64_252, 64_260, 64_261]) submit(-1, 1e8, price)
    assert.deepStrictEqual(view.window("P1", 25), {
      bids: [[64_250, 2, 2], [64_190, 1, 1]],
      asks: [[64_260, 2, -2], [64_270, 1, -1]]
    })
    assert.deepStrictEqual(view.window("P2", 1), { bids: [[64_200, 2, 2]], asks: [[64_300, 3, -3]] })
    assert.deepStrictEqual(view.window("P4", 25), { bids: [[60_000, 3, 3]], asks: [[70_000, 3, -3]] })
  })

  it("returns the same rows until their levels change", () => {
    const { submit, view } = setup()
    submit(1, 5, 100)
    submit(1, 5, 99)
    const before = view.window("P0", 25)
    assert.strictEqual(view.window("P0", 25), before)
    submit(1, 5, 99)
    const after = view.window("P0", 25)
    assert.strictEqual(after.bids[0], before.bids[0])
    assert.notStrictEqual(after.bids[1], before.bids[1])
  })

  it("reports trades when the book is consistent, so that a listener may act on it", () => {
    const seen: Array<number> = []
    let id = 0
    const book: Matching.Book = Matching.make("tBTCUSD", {
      nextOrderId: () => ++id,
      nextTradeId: () => ++id,
      traded: () => {
        seen.push(book.bids.length)
        book.cancel(2, 1)
      }
    })
    const order = { owner: 1, lots: 5 }
    book.submit({ ...order, side: -1, price: 100 }, 1)
    book.submit({ ...order, side: -1, price: 101 }, 1)
    book.submit({ ...order, side: 1, price: 100, lots: 9 }, 1)
    assert.deepStrictEqual(seen, [1])
    assert.deepStrictEqual([book.bids.length, book.asks.length], [1, 0])
  })
})

describe("matching of funding", () => {
  it("sorts by rate, then period, with the signs of funding", () => {
    const { submit, view } = setup("fUSD")
    submit(-1, 100e8, 0.0004, { period: 30 })
    submit(-1, 100e8, 0.0004, { period: 2 })
    submit(-1, 50e8, 0.0003, { period: 120 })
    submit(1, 10e8, 0.0001, { period: 7 })
    submit(1, 20e8, 0.0002, { period: 7 })
    assert.deepStrictEqual(view.window("P0", 25), {
      bids: [[0.0002, 7, 1, -20], [0.0001, 7, 1, -10]],
      asks: [[0.0003, 120, 1, 50], [0.0004, 2, 1, 100], [0.0004, 30, 1, 100]]
    })
    assert.deepStrictEqual(view.window("R0", 1).asks, [[3, 120, 0.0003, 50]])
  })

  it("a bid takes only offers of at least its period, at their rate and period", () => {
    const { submit, published } = setup("fUSD")
    submit(-1, 100, 0.0003, { period: 2 })
    submit(-1, 100, 0.0004, { period: 30 })
    submit(1, 50, 0.0005, { period: 14 })
    assert.deepStrictEqual(published.map((fill) => [fill.price, fill.period, fill.lots]), [[0.0004, 30, 50]])
    submit(-1, 10, 0.0002, { period: 5, rest: "cancel" })
    assert.lengthOf(published, 1)
  })
})
