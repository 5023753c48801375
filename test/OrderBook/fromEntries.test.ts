import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as OrderBook from "../../src/OrderBook.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"

const get = Either.getOrThrowWith((error: { readonly message: string }) => new Error(error.message))

const Rest = RestClient.layer.pipe(
  Layer.provide(RateLimiter.layerProcess),
  Layer.provide(RateLimiter.layerMemory),
  Layer.provideMerge(FakeExchange.layerMemory({ history: 10_000, symbols: ["tBTCUSD", "fUSD"] }))
)

describe("OrderBook.fromEntries", () => {
  it("a book of entries in any order, whose array is not kept", () => {
    const given = [
      { price: 103, count: 3, amount: -4 },
      { price: 99, count: 2, amount: 0.5 },
      { price: 101, count: 1, amount: -1 },
      { price: 100, count: 1, amount: 1 }
    ]
    const book = get(OrderBook.fromEntries({ symbol: "tBTCUSD" }, given))
    given[3]!.amount = 9
    assert.deepStrictEqual(book.bids, [{ price: 100, count: 1, amount: 1 }, { price: 99, count: 2, amount: 0.5 }])
    assert.deepStrictEqual(book.asks.map(({ price }) => price), [101, 103])
    assert.deepInclude(book, { symbol: "tBTCUSD", epoch: 0, version: 0, spread: 1, mid: 100.5 })
    assert.strictEqual(book.vwap(3), (101 + 2 * 103) / 3)
    assert.isNull(get(OrderBook.fromEntries({ symbol: "tBTCUSD" }, [])).mid)
  })

  it("equal prices of raw books by id; rates that overlap in funding", () => {
    const raw = get(OrderBook.fromEntries({ symbol: "tBTCUSD", prec: "R0" }, [
      { orderId: 7, price: 100, amount: 1 },
      { orderId: 3, price: 100, amount: 2 }
    ]))
    assert.deepStrictEqual(raw.bids.map(({ orderId }) => orderId), [3, 7])
    const funding = get(OrderBook.fromEntries({ symbol: "fUSD" }, [
      { rate: 0.0003, period: 30, count: 1, amount: -100 },
      { rate: 0.0002, period: 2, count: 1, amount: 70 }
    ]))
    assert.deepInclude(funding.bestBid, { rate: 0.0003, amount: -100 })
    assert.isBelow(funding.spread ?? 0, 0)
  })

  it("entries that are not a book are refused", () => {
    const one = { price: 100, count: 1, amount: 1 }
    const cases: ReadonlyArray<readonly [args: any, entries: any, field: string]> = [
      [{ symbol: "BTCUSD" }, [], "symbol"],
      [{ symbol: "tBTCUSD", prec: "P9" }, [], "prec"],
      [null, [], "args"],
      [{ symbol: "tBTCUSD" }, null, "entries"],
      [{ symbol: "tBTCUSD" }, [null], "entries"],
      [{ symbol: "tBTCUSD" }, [{ ...one, amount: "1" }], "entries"],
      [{ symbol: "tBTCUSD" }, [{ ...one, price: Number.NaN }], "entries"],
      [{ symbol: "tBTCUSD" }, [{ ...one, count: 0 }], "entries"],
      [{ symbol: "tBTCUSD" }, [{ ...one, count: -1 }], "entries"],
      [{ symbol: "tBTCUSD" }, [{ orderId: 1, price: 100, amount: 1 }], "entries"],
      [{ symbol: "tBTCUSD", prec: "R0" }, [{ orderId: 1, price: 0, amount: 1 }], "entries"],
      [{ symbol: "tBTCUSD" }, [one, { ...one, amount: -1 }], "entries"],
      [{ symbol: "tBTCUSD" }, [one, { ...one, amount: 2 }], "entries"]
    ]
    for (const [args, entries, field] of cases) {
      const made: Either.Either<unknown, unknown> = OrderBook.fromEntries(args, entries)
      const error = Either.isLeft(made) ? made.left : assert.fail(JSON.stringify(entries))
      assert.deepInclude(error, { _tag: "InvalidInput", operation: "OrderBook.fromEntries", field })
    }
  })

  it.effect("accepts the rows of REST", () =>
    Effect.gen(function*() {
      const rest = yield* RestClient.RestClient
      const rows = yield* rest.book({ symbol: "tBTCUSD", precision: "R0" })
      const book = yield* OrderBook.fromEntries({ symbol: "tBTCUSD", prec: "R0" }, rows)
      const count = book.bids.length + book.asks.length
      assert.strictEqual(count, rows.length)
      assert.isAbove(count, 10)
      assert.isAbove(book.spread ?? 0, 0)
      assert.isNumber(
        (yield* OrderBook.fromEntries({ symbol: "fUSD" }, yield* rest.book({ symbol: "fUSD", precision: "P0" }))).mid
      )
    }).pipe(Effect.provide(Rest)))
})
