import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import type { Book } from "../src/Book.ts"
import * as Kind from "../src/internal/book/kind.ts"
import { Level } from "../src/internal/book/side.ts"
import { BookView } from "../src/internal/book/view.ts"
import * as Decimal from "../src/protocol/Decimal.ts"
import type { BookEntry, FundingBookEntry, RawBookEntry } from "../src/protocol/records/Book.ts"
import type { Row } from "./support/naiveBook.ts"

const levels = (rows: ReadonlyArray<Row>): ReadonlyArray<Level> => rows.map((row) => new Level(0, 0, 0, row)).reverse()

/** rows best first */
const view = <A>(
  bids: ReadonlyArray<Row>,
  asks: ReadonlyArray<Row>,
  { isFunding = false, isRaw = false } = {}
): Book<A> =>
  new BookView<A>({
    symbol: isFunding ? "fUSD" : "tBTCUSD",
    epoch: 1,
    version: 7,
    kind: Kind.of(isFunding, isRaw),
    bids: levels(bids),
    asks: levels(asks)
  })

const book = view<BookEntry>([[100, 1, 1], [99, 2, 0.5], [97, 1, 2]], [[101, 1, -1], [103, 3, -4]])
const empty = view<BookEntry>([], [])
const oneSided = view<BookEntry>([[100, 1, 1]], [])

const lending = view<FundingBookEntry>(
  [[0.0003, 30, 1, -100], [0.0002, 2, 1, -50]],
  [[0.00025, 2, 1, 70], [0.0004, 30, 2, 200]],
  { isFunding: true }
)

describe("Book", () => {
  it("rows as records, best first, the same ones each time", () => {
    assert.deepStrictEqual(book.bids, [
      { price: 100, count: 1, amount: 1 },
      { price: 99, count: 2, amount: 0.5 },
      { price: 97, count: 1, amount: 2 }
    ])
    assert.deepStrictEqual(book.asks.map(({ price }) => price), [101, 103])
    assert.strictEqual(book.bids, book.bids)
    assert.deepStrictEqual(book.bestBid, book.bids[0]!)
    assert.deepStrictEqual(view<BookEntry>([], [[101, 1, -1]]).bestAsk, { price: 101, count: 1, amount: -1 })
    assert.deepInclude(book, { symbol: "tBTCUSD", epoch: 1, version: 7 })
  })

  it("consumers that share it cannot change it", () => {
    const { asks, bestAsk, bids } = view<BookEntry>([[100, 1, 1], [99, 2, 0.5]], [[101, 1, -1]])
    // the casts: the types forbid this
    assert.throws(() => (bids as Array<BookEntry>).reverse())
    assert.throws(() => (asks as Array<BookEntry>).pop())
    for (const row of [bids[0], bestAsk]) assert.throws(() => Object.assign(row as object, { amount: 9 }))
    assert.deepStrictEqual(bids[0], { price: 100, count: 1, amount: 1 })
  })

  it("spread and mid, null where a side is empty", () => {
    assert.deepStrictEqual([book.spread, book.mid], [1, 100.5])
    for (const each of [empty, oneSided]) assert.deepStrictEqual([each.spread, each.mid], [null, null])
    assert.deepStrictEqual([empty.bestBid, empty.bestAsk, oneSided.bestAsk], [null, null, null])
  })

  it("depth to a price, on the side where it lies", () => {
    assert.deepStrictEqual([100, 99, 98, 97, 0].map((price) => book.depthTo(price)), [1, 1.5, 1.5, 3.5, 3.5])
    assert.deepStrictEqual([101, 102.9, 103, 1e9].map((price) => book.depthTo(price)), [1, 1, 5, 5])
    assert.strictEqual(book.depthTo(100.5), 0)
    assert.strictEqual(book.depthTo(100.5, "bids"), 0)
    assert.strictEqual(book.depthTo(98, "asks"), 0)
    assert.strictEqual(empty.depthTo(1), 0)
    assert.strictEqual(book.depthTo(Number.NaN), 0)
  })

  it("the average price of an amount: a purchase takes asks, a sale takes bids", () => {
    assert.strictEqual(book.vwap(1), 101)
    assert.strictEqual(book.vwap(3), (101 + 2 * 103) / 3)
    assert.strictEqual(book.vwap(5), (101 + 4 * 103) / 5)
    assert.strictEqual(book.vwap(-1.5), (100 + 0.5 * 99) / 1.5)
    for (const amount of [5.1, -3.6, 0, Number.NaN, Infinity]) assert.isNull(book.vwap(amount))
    // 0.8 - 0.1 is slightly more than 0.7, and the amount still suffices
    const exact = view<BookEntry>([], [[100, 1, -0.1], [102, 1, -0.7]])
    assert.strictEqual(exact.vwap(0.8), 101.75)
    assert.strictEqual(exact.vwap(0.7 + 0.1), 101.75)
    // a caller's 0.30000000000000004 can be bought from a book of 0.3
    assert.strictEqual(view<BookEntry>([], [[100, 1, -0.3]]).vwap(0.1 + 0.2), 100)
    assert.isNull(exact.vwap(0.80000001))
    assert.isNull(oneSided.vwap(0.1))
  })

  it("cumulated levels and imbalance", () => {
    assert.deepStrictEqual(book.cumulated("bids"), [
      { price: 100, amount: 1, total: 1 },
      { price: 99, amount: 0.5, total: 1.5 },
      { price: 97, amount: 2, total: 3.5 }
    ])
    assert.deepStrictEqual(book.cumulated("asks", 1), [{ price: 101, amount: 1, total: 1 }])
    assert.strictEqual(book.imbalance(), (3.5 - 5) / 8.5)
    assert.strictEqual(book.imbalance(1), 0)
    assert.strictEqual(oneSided.imbalance(), 1)
    assert.isNull(empty.imbalance())
    assert.isNull(book.imbalance(0))
  })

  it("computed values have no binary noise", () => {
    const fine = view<BookEntry>([[0.3, 1, 0.1], [0.2, 1, 0.2], [0.1, 1, 0.7]], [[0.4, 1, -0.1], [0.7, 1, -0.2]])
    assert.deepStrictEqual(fine.cumulated("bids").map(({ total }) => total), [0.1, 0.3, 1])
    assert.strictEqual(fine.depthTo(0.2), 0.3)
    assert.strictEqual(fine.vwap(0.3), 0.6)
    assert.strictEqual(fine.vwap(-0.3), 7 / 30)
    assert.strictEqual(fine.imbalance(2), 0)
  })

  it("property: computed values are those of the exact decimals", () => {
    const number = (most: number) =>
      fc.tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: -3, max: most }))
        .map(([digits, places]) => Number(`${digits}e${-places}`))
    const rows = fc.uniqueArray(fc.tuple(number(8), number(14)), {
      minLength: 1,
      maxLength: 30,
      selector: ([price]) => price
    })
    const decimal = (value: number) => BigDecimal.unsafeFromString(Option.getOrThrow(Decimal.print(value)))
    const asNumber = (value: BigDecimal.BigDecimal) => Number(Option.getOrThrow(Decimal.print(value)))
    fc.assert(fc.property(rows, (rows) => {
      const asks = [...rows].sort(([a], [b]) => a - b)
      const book = view<BookEntry>([], asks.map(([price, amount]) => [price, 1, -amount]))
      let total = decimal(0)
      let cost = decimal(0)
      for (const [k, { total: shown }] of book.cumulated("asks").entries()) {
        const [price, amount] = asks[k]!
        total = BigDecimal.sum(total, decimal(amount))
        cost = BigDecimal.sum(cost, BigDecimal.multiply(decimal(amount), decimal(price)))
        assert.strictEqual(shown, asNumber(total))
        assert.strictEqual(book.depthTo(price), shown)
        const exact = asNumber(BigDecimal.unsafeDivide(cost, total))
        const average = book.vwap(shown)
        assert(average !== null)
        // a total of more digits than a number holds is rounded, so it is another amount
        if (BigDecimal.equals(decimal(shown), total)) assert.strictEqual(average, exact)
      }
    }))
  })

  it("funding: the signs are reversed, and a lender takes bids", () => {
    assert.deepStrictEqual(lending.bestBid, { rate: 0.0003, period: 30, count: 1, amount: -100 })
    assert.isBelow(lending.spread!, 0)
    assert.strictEqual(lending.vwap(100), 0.0003)
    assert.strictEqual(lending.vwap(-70), 0.00025)
    assert.strictEqual(lending.depthTo(0.0002, "bids"), 150)
    assert.strictEqual(lending.depthTo(0.0004, "asks"), 270)
    assert.strictEqual(lending.imbalance(), (150 - 270) / 420)
  })

  it("the changes since an older book", () => {
    const later = view<BookEntry>([[100, 1, 3], [98, 1, 1], [97, 1, 2]], [[101, 1, -1], [103, 4, -4]])
    assert.deepStrictEqual(later.diff(book), {
      added: [{ price: 98, count: 1, amount: 1 }],
      removed: [{ price: 99, count: 2, amount: 0.5 }],
      changed: [
        { before: { price: 100, count: 1, amount: 1 }, after: { price: 100, count: 1, amount: 3 } },
        { before: { price: 103, count: 3, amount: -4 }, after: { price: 103, count: 4, amount: -4 } }
      ]
    })
    assert.deepStrictEqual(book.diff(book), { added: [], removed: [], changed: [] })
    // a price that changes sides is another level
    const crossed = view<BookEntry>([], [[100, 1, -1]]).diff(oneSided)
    assert.deepStrictEqual([crossed.added.length, crossed.removed.length, crossed.changed.length], [1, 1, 0])
  })

  it("raw books are compared by order, funding books by rate and period", () => {
    const raw = (price: number) => view<RawBookEntry>([[7, price, 1]], [], { isRaw: true })
    assert.deepStrictEqual(raw(99).diff(raw(100)).changed, [
      { before: { orderId: 7, price: 100, amount: 1 }, after: { orderId: 7, price: 99, amount: 1 } }
    ])
    const offers = (period: number) => view<FundingBookEntry>([], [[0.0002, period, 1, 5]], { isFunding: true })
    assert.deepStrictEqual(offers(2).diff(offers(30)).added, [{ rate: 0.0002, period: 2, count: 1, amount: 5 }])
  })

  it("printed as JSON it shows its rows", () => {
    assert.deepInclude(JSON.parse(JSON.stringify(oneSided)), { symbol: "tBTCUSD", asks: [] })
  })
})
