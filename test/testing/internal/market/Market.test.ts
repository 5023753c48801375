import { assert, describe, it } from "@effect/vitest"
import { makeMarket } from "../../../../src/testing/internal/market/market.ts"
import type { MarketOptions } from "../../../../src/testing/internal/market/model.ts"
import type { Row } from "../../../../src/testing/internal/market/rows.ts"
import * as Env from "../../../support/env.ts"

const hour = 3_600_000
const day = 24 * hour
const trading = ["tBTCUSD", "tETHUSD", "tETHBTC", "tBTCF0:USTF0"]
const funding = ["fUSD"]

const options = (seed: number, more: Partial<MarketOptions> = {}): MarketOptions => ({
  seed,
  // a Wednesday, ten minutes before midnight: the steps reach another minute, hour and day
  start: Date.UTC(2026, 0, 14, 23, 50),
  step: 250,
  tradingSymbols: trading,
  fundingSymbols: funding,
  history: 2 * hour,
  ...more
})

const cell = (row: Row | undefined, at: number): number => Number(row?.[at])
const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)
/** exact to eight decimals */
const total = (rows: ReadonlyArray<Row>): number =>
  sum(rows.map((row) => Math.round(Math.abs(cell(row, 2)) * 1e8))) / 1e8

/** candles made from trade rows (id, mts, amount, price), oldest first */
const candlesOf = (trades: ReadonlyArray<Row>, length: number): ReadonlyArray<Row> => {
  const groups = new Map<number, Array<Row>>()
  for (const trade of trades) {
    const begins = Math.floor(cell(trade, 1) / length) * length
    const group = groups.get(begins) ?? []
    group.push(trade)
    groups.set(begins, group)
  }
  return [...groups].map(([mts, rows]) => {
    const prices = rows.map((row) => cell(row, 3))
    return [mts, prices[0], prices[prices.length - 1], Math.max(...prices), Math.min(...prices), total(rows)]
  })
}

/** compares texts, which is fast; compares values only on a difference, to show it */
const equal = (actual: unknown, expected: unknown, message?: string): void => {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepStrictEqual(actual, expected, message)
}

const frames = {
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "30m": 1_800_000,
  "1h": hour,
  "12h": 12 * hour,
  "1D": day
}

type Made = ReturnType<typeof makeMarket>

const agree = (market: Made, symbol: string): void => {
  const isFunding = symbol.startsWith("f")
  const trades = market.trades(symbol, { sort: 1 })
  const ids = trades.map((row) => cell(row, 0))
  assert.isTrue(ids.every((id, at) => at === 0 || id > ids[at - 1]!), `${symbol}: ids rise`)
  const times = trades.map((row) => cell(row, 1))
  assert.isTrue(times.every((mts, at) => at === 0 || mts >= times[at - 1]!), `${symbol}: times do not fall`)

  for (const [timeframe, length] of Object.entries(frames)) {
    const key = isFunding ? `${timeframe}:${symbol}:a30:p2:p120` : `${timeframe}:${symbol}`
    equal(market.candles(key, { sort: 1 }), candlesOf(trades, length), key)
  }

  const ticker = market.ticker(symbol)
  const at = isFunding ? { last: 9, volume: 10, high: 11, low: 12 } : { last: 6, volume: 7, high: 8, low: 9 }
  const recent = trades.filter((row) => cell(row, 1) >= market.now() - day)
  const prices = recent.map((row) => cell(row, 3))
  assert.isBelow(recent.length, trades.length, "the history is longer than what a ticker covers")
  assert.strictEqual(ticker[at.last], prices[prices.length - 1])
  assert.strictEqual(ticker[at.high], Math.max(...prices))
  assert.strictEqual(ticker[at.low], Math.min(...prices))
  assert.closeTo(Number(ticker[at.volume]), total(recent), 1e-6)
  const before = cell(trades[trades.length - recent.length - 1], 3)
  assert.closeTo(cell(ticker, isFunding ? 7 : 4), prices[prices.length - 1]! - before, 1e-8)

  const { asks, bids } = market.book(symbol, "P0", 25)
  const amountAt = isFunding ? 3 : 2
  const size = (rows: ReadonlyArray<Row>) => sum(rows.map((row) => Math.abs(cell(row, amountAt))))
  const [bid, bidSize, ask, askSize] = isFunding ? [1, 3, 4, 6] : [0, 1, 2, 3]
  assert.strictEqual(ticker[bid], bids[0]?.[0])
  assert.strictEqual(ticker[ask], asks[0]?.[0])
  assert.closeTo(cell(ticker, bidSize), size(bids), 1e-6)
  assert.closeTo(cell(ticker, askSize), size(asks), 1e-6)
}

describe("Market", () => {
  for (const seed of [1, 20, 300].slice(0, Env.runs(1, 3))) {
    it(`candles, tickers, trades and books agree at any time (seed ${seed})`, () => {
      const market = makeMarket(options(seed, { step: 1000, start: Date.UTC(2026, 0, 14, 23, 58), history: 25 * hour }))
      const published = new Map<string, Array<Row>>(market.symbols.map((symbol) => [symbol, []]))
      const before = new Map(market.symbols.map((symbol) => [symbol, cell(market.trades(symbol, { limit: 1 })[0], 0)]))
      market.onStep((step) => {
        for (const { row, symbol } of step.trades) published.get(symbol)!.push(row)
        for (const symbol of market.symbols) {
          const { asks, bids } = market.book(symbol, "P0", 1)
          assert.isBelow(cell(bids[0], 0), cell(asks[0], 0), `${symbol} at ${step.mts}`)
        }
      })
      for (const symbol of market.symbols) agree(market, symbol)
      // past a minute, then past an hour and a day, then further
      for (const minutes of [1, 2, 2]) {
        market.advance(market.now() + minutes * 60_000)
        for (const symbol of market.symbols) agree(market, symbol)
      }
      // the published trades equal the stored ones
      for (const symbol of market.symbols) {
        const stored = market.trades(symbol, { sort: 1 }).filter((row) => cell(row, 0) > before.get(symbol)!)
        equal(published.get(symbol), stored)
      }
    })
  }

  it("has the documented activity: levels for windows of 250, a trade per second, several changes per step", () => {
    const market = makeMarket(options(5))
    const counts = new Map<string, { trades: number; books: number }>()
    for (const symbol of market.symbols) counts.set(symbol, { trades: 0, books: 0 })
    market.onStep((step) => {
      for (const { symbol } of step.trades) counts.get(symbol)!.trades++
      for (const symbol of step.books) counts.get(symbol)!.books++
    })
    for (let minute = 0; minute < 6; minute++) {
      market.advance(market.now() + 60_000)
      for (const symbol of market.symbols) {
        const { asks, bids } = market.book(symbol, "P0", 250)
        assert.deepStrictEqual([bids.length, asks.length], [250, 250], symbol)
      }
    }
    for (const symbol of trading) {
      assert.isAbove(counts.get(symbol)!.trades / 360, 0.8, symbol)
      assert.isAbove(counts.get(symbol)!.books / 1440, 0.9, symbol)
    }
    assert.isAbove(counts.get("fUSD")!.trades / 360, 0.2)
  })

  it("stays near its prices for a long time", () => {
    const market = makeMarket(options(8, { step: 5000, tradingSymbols: ["tBTCUSD"], fundingSymbols: [] }))
    const first = cell(market.ticker("tBTCUSD"), 6)
    market.advance(market.now() + 3 * hour)
    const book = market.engine("tBTCUSD")!
    assert.closeTo(cell(market.ticker("tBTCUSD"), 6) / first, 1, 0.2)
    assert.isBelow(book.bids.length + book.asks.length, 1000)
    assert.isBelow(book.orders.size, 4000)
    // quotes far from the price are withdrawn
    assert.isAbove(book.bids[book.bids.length - 1]!.price / first, 0.75)
  })

  it("prints prices of five digits and amounts of eight decimals, without noise", () => {
    const market = makeMarket(options(3))
    market.advance(market.now() + 10 * 60_000)
    for (const symbol of trading) {
      for (const [, , amount, price] of market.trades(symbol, { limit: 500 })) {
        assert.match(String(price), /^(?=[\d.]{1,9}$)\d+(\.\d+)?$/)
        assert.match(String(amount), /^-?\d+(\.\d{1,8})?$|^-?\d(\.\d)?e-[78]$/)
      }
      for (const [price, , amount] of market.book(symbol, "P0", 250).asks) {
        assert.match(String(price), /^(?=[\d.]{1,9}$)\d+(\.\d+)?$/)
        assert.match(String(amount), /^-\d+(\.\d{1,8})?$|^-\d(\.\d)?e-[78]$/)
      }
    }
  })

  it("the same seed gives the same bytes, another seed does not", () => {
    const run = (seed: number): string => {
      const market = makeMarket(options(seed))
      const steps: Array<unknown> = []
      market.onStep((step) => steps.push({ ...step, books: [...step.books], tickers: [...step.tickers] }))
      market.advance(market.now() + 3 * 60_000)
      const books = market.symbols.map((symbol) => [market.book(symbol, "R0", 250), market.ticker(symbol)])
      return JSON.stringify([steps, books, market.derivativesStatus("tBTCF0:USTF0"), market.liquidations({})])
    }
    const first = run(11)
    assert.strictEqual(run(11), first)
    assert.notStrictEqual(run(12), first)
  })

  it("advances only in whole steps, for any requested time", () => {
    const market = makeMarket(options(4))
    const steps: Array<number> = []
    const start = market.now()
    const remove = market.onStep((step) => steps.push(step.mts - start))
    market.advance(start + 249)
    market.advance(start + 700)
    market.advance(start + 600)
    assert.deepStrictEqual(steps, [250, 500])
    assert.strictEqual(market.now(), start + 500)
    remove()
    market.advance(start + 1000)
    assert.lengthOf(steps, 2)
  })

  it("an order of a user trades with the traders, in public and to its owner", () => {
    const market = makeMarket(options(6))
    const book = market.engine("tBTCUSD")!
    const fills: Array<unknown> = []
    const rows: Array<Row> = []
    market.onFill((fill) => fills.push([fill.taker.orderId, fill.taker.owner, fill.maker.owner, fill.lots]))
    market.onStep((step) => rows.push(...step.trades.map((trade) => trade.row)))
    const price = cell(market.book("tBTCUSD", "P0", 1).asks[0], 0)
    const at = market.now() + 120
    const { end, order } = book.submit({ owner: 42, side: 1, lots: 1000, price }, at)
    assert.strictEqual(end, "executed")
    assert.deepStrictEqual(fills, [[order.id, 42, 0, 1000]])
    market.publish()
    assert.deepStrictEqual(rows.map((row) => row.slice(1)), [[at, 0.00001, price]])
    assert.strictEqual(market.ticker("tBTCUSD")[6], price)
    // later events do not have earlier times
    market.advance(market.now() + 5000)
    const times = market.trades("tBTCUSD", { sort: 1 }).map((row) => cell(row, 1))
    assert.isTrue(times.every((mts, index) => index === 0 || mts >= times[index - 1]!))
  })

  it("traders do not hit a user's quote until the price reaches it", () => {
    const market = makeMarket(options(9, { tradingSymbols: ["tBTCUSD"] }))
    const book = market.engine("tBTCUSD")!
    const far = book.submit({ owner: 42, side: 1, lots: 5e8, price: 30_000 }, market.now())
    const near = book.submit(
      { owner: 42, side: 1, lots: 1e5, price: cell(market.book("tBTCUSD", "P0", 1).bids[0], 0) },
      market.now()
    )
    market.advance(market.now() + hour / 4)
    assert.isTrue(book.orders.has(far.order.id))
    assert.isFalse(book.orders.has(near.order.id))
    assert.strictEqual(near.order.lots, 0)
    assert.strictEqual(book.bids[book.bids.length - 1]!.price, 30_000)
  })

  it("candles begin at the documented times: weeks on Monday, 7D as 1W, months on their first day, UTC", () => {
    const market = makeMarket(options(2, { history: 3 * day }))
    const begin = (timeframe: string) => market.candles(`${timeframe}:tBTCUSD`, { sort: 1 }).map((row) => row[0])
    const monday = Date.UTC(2026, 0, 12)
    assert.deepStrictEqual(begin("1W"), [Date.UTC(2026, 0, 5), monday])
    assert.deepStrictEqual(market.candles("7D:tBTCUSD", {}), market.candles("1W:tBTCUSD", {}))
    assert.deepStrictEqual(begin("1M"), [Date.UTC(2026, 0, 1)])
    assert.deepStrictEqual(begin("1D").slice(-1), [Date.UTC(2026, 0, 14)])
    for (const mts of begin("14D")) assert.strictEqual(new Date(Number(mts)).getUTCDay(), 1)
    // the month's candle covers all of its days
    const days = market.candles("1D:tBTCUSD", { sort: 1 })
    const [month] = market.candles("1M:tBTCUSD", {})
    assert.strictEqual(month?.[1], days[0]?.[1])
    assert.strictEqual(month?.[2], days[days.length - 1]?.[2])
    assert.closeTo(cell(month, 5), sum(days.map((row) => cell(row, 5))), 1e-6)
  })

  it("funding candles of one period contain only its trades, joined ones those of all their periods", () => {
    const market = makeMarket(options(2))
    market.advance(market.now() + 10 * 60_000)
    const trades = market.trades("fUSD", { sort: 1 })
    const twos = trades.filter((row) => row[4] === 2)
    assert.isAbove(twos.length, 0)
    assert.deepStrictEqual(market.candles("1h:fUSD:p2", { sort: 1 }), candlesOf(twos, hour))
    const few = trades.filter((row) => cell(row, 4) <= 30)
    assert.isBelow(few.length, trades.length)
    assert.deepStrictEqual(market.candles("1h:fUSD:a30:p2:p30", { sort: 1 }), candlesOf(few, hour))
    assert.deepStrictEqual(
      market.candles("1h:fUSD:a30:p2:p30", { limit: 3 }),
      [...candlesOf(few, hour)].reverse().slice(0, 3)
    )
  })

  it("reports which candles exist", () => {
    const market = makeMarket(options(2, { history: 0 }))
    const there = ["1m:tBTCUSD", "7D:tBTCF0:USTF0", "1h:fUSD:p2", "1h:fUSD:a10:p11:p20"]
    const not = [
      "2m:tBTCUSD",
      "1m:tXXXUSD",
      "1h:fUSD",
      "1h:fUSD:p1",
      "1h:fUSD:a30:p30:p2",
      "1m",
      "toString:tBTCUSD",
      ""
    ]
    assert.deepStrictEqual(there.filter((key) => !market.hasCandles(key)), [])
    assert.deepStrictEqual(not.filter(market.hasCandles), [])
  })

  it("derivatives follow their spot, with funding every eight hours", () => {
    const market = makeMarket(options(7, { start: Date.UTC(2026, 0, 15, 7, 59) }))
    const statuses: Array<number> = []
    market.onStep((step) => {
      if (step.statuses.has("tBTCF0:USTF0")) statuses.push(cell(market.derivativesStatus("tBTCF0:USTF0"), 0))
    })
    assert.strictEqual(cell(market.derivativesStatus("tBTCF0:USTF0"), 7), Date.UTC(2026, 0, 15, 8))
    market.advance(market.now() + 2 * 60_000)
    assert.isAbove(statuses.length, 60)
    const row = market.derivativesStatus("tBTCF0:USTF0")!
    assert.strictEqual(row.length, 23)
    assert.strictEqual(row[0], market.now())
    assert.strictEqual(row[2], market.ticker("tBTCF0:USTF0")[6])
    assert.strictEqual(row[3], market.ticker("tBTCUSD")[6])
    assert.strictEqual(row[7], Date.UTC(2026, 0, 15, 16))
    assert.closeTo(cell(row, 14) / cell(row, 3), 1, 0.01)
    assert.isUndefined(market.derivativesStatus("tBTCUSD"))
    const history = market.derivativesStatusHistory("tBTCF0:USTF0", { limit: 3 })!
    assert.strictEqual(cell(history[0], 0) - cell(history[1], 0), 60_000)
  })

  it("liquidations occur occasionally, trigger before execution, and are published once", () => {
    const market = makeMarket(options(7))
    const stored = market.liquidations({ sort: 1 })
    const published: Array<Row> = []
    market.onStep((step) => published.push(...step.liquidations))
    market.advance(market.now() + hour / 3)
    assert.isAbove(published.length, 2)
    equal(market.liquidations({ sort: 1 }), [...stored, ...published])
    assert.deepStrictEqual(published.slice(0, 2).map((row) => [row[0], row[4], row[8]]), [
      ["pos", "tBTCF0:USTF0", 0],
      ["pos", "tBTCF0:USTF0", 1]
    ])
  })
})
