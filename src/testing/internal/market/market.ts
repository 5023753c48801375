/**
 * The market: symbols with their books and traders, advanced by time.
 *
 * @internal
 */
import { TickerHistoryEntry } from "../../../protocol/records/Ticker.ts"
import * as Candles from "./candles.ts"
import * as Columns from "./columns.ts"
import * as Derivatives from "./derivatives.ts"
import * as Instrument from "./instrument.ts"
import type { Fill } from "./matching.ts"
import { simulated } from "./matching.ts"
import type { Market, MarketOptions, Step } from "./model.ts"
import * as Prices from "./prices.ts"
import * as Random from "./random.ts"
import * as References from "./references.ts"
import type { Range, Row } from "./rows.ts"
import type { Trade } from "./tradeLog.ts"
import * as Traders from "./traders.ts"

const hour = 3_600_000

/** interval between trades before `start`, ms; longer for a long history */
const coarse = 30_000
const coarseSteps = 5000

/** average interval between liquidations of a derivative's positions */
const liquidatedEvery = 180

interface Contract {
  readonly status: Derivatives.Derivative
  /** last price of the underlying */
  readonly spot: () => number
}

/** Makes a market with its history and open books. Its later behaviour depends only on its options. */
export const makeMarket = (options: MarketOptions): Market => {
  const start = Math.floor(options.start)
  const length = Math.max(1, Math.floor(options.step))
  const symbols = [...new Set([...options.tradingSymbols, ...options.fundingSymbols])]
  const references = References.make(options.seed, symbols)
  const ids = Random.make(options.seed, "ids")
  const fate = Random.make(options.seed, "liquidations")
  const liquidations = Derivatives.makeLiquidations(fate)
  const stepListeners = new Set<(step: Step) => void>()
  const fillListeners = new Set<(fill: Fill) => void>()
  let orderId = 187_200_000_000
  let tradeId = 1_534_000_000
  let now = start

  // changes to report after the next step
  let trades: Array<{ readonly symbol: string; readonly row: Row }> = []
  let liquidated: Array<Row> = []
  const versions = new Map<string, number>()
  const statuses = new Set<string>()

  const nextOrderId = () => orderId += 1 + ids.int(9)
  const nextTradeId = () => tradeId += 1 + ids.int(3)

  const undelivered: Array<Fill> = []
  let delivering = false
  /** listeners may submit orders; the matches of these are reported after the earlier ones */
  const deliver = (fill: Fill): void => {
    undelivered.push(fill)
    if (delivering) return
    delivering = true
    for (let next = undelivered.shift(); next !== undefined; next = undelivered.shift()) {
      for (const listener of Array.from(fillListeners)) listener(next)
    }
    delivering = false
  }

  const instruments = new Map(symbols.map((symbol) => {
    const made: Instrument.Instrument = Instrument.make(symbol, {
      nextOrderId,
      nextTradeId,
      traded: (fill) => {
        // orders of users arrive between the steps, so a trader's time can be before theirs
        const mts = Math.max(fill.mts, made.log.lastMts())
        // a bid for funding has a negative amount
        const sign = made.funding ? -fill.side : fill.side
        const { period, price } = fill
        const trade: Trade = { id: fill.tradeId, mts, lots: sign * fill.lots, price, period }
        made.add(trade)
        trades.push({ symbol, row: made.log.row(trade) })
        deliver({ ...fill, mts })
      }
    })
    return [symbol, made] as const
  }))

  const traders = [...instruments.values()].map((instrument) => {
    const { funding, symbol } = instrument
    const setting = funding
      ? { usd: References.usual(symbol.slice(1)), near: 120, gap: 6, makers: 8, takers: 0.3 }
      : { usd: References.usual(References.pair(symbol).base), near: 60, gap: 2, makers: 14, takers: 0.5 }
    const random = Random.make(options.seed, `traders/${symbol}`)
    return { instrument, symbol, ...Traders.make(instrument.book, random, setting) }
  })

  const contracts = new Map<string, Contract>()
  for (const symbol of symbols.filter(References.isDerivative)) {
    const own = References.pair(symbol)
    const [base, quote] = [References.underlying(own.base), References.underlying(own.quote)]
    const follows = symbols.find((other) => {
      const pair = References.pair(other)
      return other.startsWith("t") && !References.isDerivative(other) && pair.base === base &&
        (pair.quote === quote || pair.quote === "USD")
    })
    const instrument = follows === undefined ? undefined : instruments.get(follows)
    contracts.set(symbol, {
      status: Derivatives.make(symbol, Random.make(options.seed, `status/${symbol}`)),
      spot: () => instrument?.log.day(now).last ?? Prices.price(references.fair(`t${base}:${quote}`))
    })
  }

  /** mts, bid, ask */
  const quotes = new Map(
    symbols.filter((symbol) => symbol.startsWith("t")).map((symbol) => [symbol, Columns.make(3, 2 ** 13)])
  )

  const isNewHour = (before: number): boolean => Math.floor(before / hour) !== Math.floor(now / hour)

  const passHour = (
    before: number,
    quote: (symbol: string) => readonly [bid: number, ask: number] | undefined
  ): void => {
    if (!isNewHour(before)) return
    for (const [symbol, columns] of quotes) {
      const found = quote(symbol)
      if (found !== undefined) columns.add(Math.floor(now / hour) * hour, ...found)
    }
  }

  const passStatuses = (seconds: number): void => {
    for (const [symbol, { spot, status }] of contracts) {
      const contract = instruments.get(symbol)!.log.day(now).last ?? Prices.price(references.fair(symbol))
      if (status.step(now, seconds, { contract, spot: spot() })) statuses.add(symbol)
    }
  }

  /** history: the same prices, with few trades and without books */
  const relive = (): void => {
    const apart = Math.max(coarse, Math.ceil(options.history / coarseSteps))
    const random = Random.make(options.seed, "history")
    for (now = start - Math.floor(options.history); now + apart <= start;) {
      const before = now
      now += apart
      references.pass(apart / 1000)
      for (const instrument of instruments.values()) remember(instrument, random, now - random.int(apart))
      passHour(before, (symbol) => {
        const fair = references.fair(symbol)
        return [Prices.nudge(Prices.price(fair, -1), -1), Prices.nudge(Prices.price(fair, 1), 1)]
      })
      // histories keep only hourly values
      if (isNewHour(before)) { for (const { step } of instruments.values()) step(now) }
      passStatuses(apart / 1000)
      for (const symbol of contracts.keys()) {
        if (random.chance(apart / (liquidatedEvery * 8000))) liquidate(symbol, (_side, lots, fair) => [fair, lots])
      }
    }
    now = start
  }

  const remember = (instrument: Instrument.Instrument, random: Random.Random, mts: number): void => {
    const { funding, symbol } = instrument
    const base = funding ? symbol.slice(1) : References.pair(symbol).base
    const side = random.chance(0.5) ? 1 : -1
    const price = Prices.nudge(Prices.price(references.fair(symbol)), side * random.int(3))
    const usd = (funding ? 400 : 20) + (funding ? 40_000 : 5000) * random.low(6)
    const lots = side * Math.max(1000, Math.round(usd / References.usual(base) * 1e8))
    const period = funding ? random.pick([2, 2, 2, 7, 30, 120]) : 0
    instrument.add({ id: nextTradeId(), mts: Math.max(mts, instrument.log.lastMts()), lots, price, period })
  }

  /** closes a trader's position in the market; `close` returns its price and the closed amount */
  const liquidate = (
    symbol: string,
    close: (side: 1 | -1, lots: number, fair: number) => readonly [price: number, lots: number] | undefined
  ): void => {
    const fair = Prices.price(references.fair(symbol))
    const wasLong = fate.chance(0.5)
    const wanted = Math.max(
      1000,
      Math.round((200 + 20_000 * fate.low(4)) / References.usual(References.pair(symbol).base) * 1e8)
    )
    const closed = close(wasLong ? -1 : 1, wanted, fair)
    if (closed === undefined) return
    const [price, lots] = closed
    const base = Prices.price(fair * (wasLong ? 1.01 + 0.05 * fate.next() : 0.99 - 0.05 * fate.next()))
    liquidated.push(...liquidations.add(symbol, now, wasLong ? lots : -lots, base, price))
  }

  const liquidateInBook = (seconds: number): void => {
    for (const symbol of contracts.keys()) {
      if (!fate.chance(seconds / liquidatedEvery)) continue
      liquidate(symbol, (side, lots) => {
        const { book } = instruments.get(symbol)!
        const { fills } = book.submit({ owner: simulated, side, lots, price: undefined, rest: "cancel" }, now)
        const closed = fills.reduce((sum, fill) => sum + fill.lots, 0)
        return closed === 0
          ? undefined
          : [Prices.price(fills.reduce((sum, fill) => sum + fill.lots * fill.price, 0) / closed), closed]
      })
    }
  }

  const publish = (): void => {
    const books = new Set<string>()
    const tickers = new Set<string>()
    for (const [symbol, instrument] of instruments) {
      const version = instrument.book.version()
      if (versions.get(symbol) !== version) books.add(symbol)
      versions.set(symbol, version)
      if (instrument.step(now)) tickers.add(symbol)
    }
    const step: Step = { mts: now, trades, books, tickers, statuses: new Set(statuses), liquidations: liquidated }
    trades = []
    liquidated = []
    statuses.clear()
    for (const listener of Array.from(stepListeners)) listener(step)
  }

  const step = (): void => {
    const before = now
    const seconds = length / 1000
    now += length
    references.pass(seconds)
    for (const { act, symbol } of traders) act(references.fair(symbol), now, seconds)
    liquidateInBook(seconds)
    passHour(before, (symbol) => {
      const { view } = instruments.get(symbol)!
      const [bid, ask] = [view.best(1), view.best(-1)]
      return bid === undefined || ask === undefined ? undefined : [bid.price, ask.price]
    })
    passStatuses(seconds)
    publish()
  }

  relive()
  for (const { open, symbol } of traders) open(references.fair(symbol), start)
  passStatuses(length / 1000)
  // there are no listeners yet: changes so far are history
  publish()

  const listen = <A>(listeners: Set<A>) => (listener: A) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  const candles = (key: string, range: Range): ReadonlyArray<Row> => {
    const parsed = Candles.parse(key)
    if (typeof parsed === "string") return []
    const { periods, symbol, timeframe } = parsed
    return instruments.get(symbol)?.candles.bars(timeframe, periods, range).map(Candles.row) ?? []
  }

  return {
    options,
    symbols,
    now: () => now,
    advance: (to) => {
      while (now + length <= to) step()
    },
    publish,
    onStep: listen(stepListeners),
    onFill: listen(fillListeners),
    nextOrderId,
    has: (symbol) => instruments.has(symbol),
    engine: (symbol) => instruments.get(symbol)?.book,
    ticker: (symbol) => instruments.get(symbol)?.ticker(now) ?? [],
    tickerEntry: (symbol) => instruments.get(symbol)?.entry(now) ?? [],
    tickerHistory: (symbol, range) => {
      const columns = quotes.get(symbol)
      if (columns === undefined) return []
      return Columns.within(columns, range, (row) =>
        // the cast: records of arrays encode to arrays
        TickerHistoryEntry.encode({
          symbol,
          mts: columns.get(row, 0),
          bid: columns.get(row, 1),
          ask: columns.get(row, 2)
        }) as Row)
    },
    fundingHistory: (symbol, range) => instruments.get(symbol)?.history(range) ?? [],
    trades: (symbol, range) => instruments.get(symbol)?.log.rows(range) ?? [],
    book: (symbol, precision, len) => instruments.get(symbol)?.view.window(precision, len) ?? { bids: [], asks: [] },
    candles,
    bars: (symbol, timeframe, periods, range) => instruments.get(symbol)?.candles.bars(timeframe, periods, range) ?? [],
    hasCandles: (key) => {
      const parsed = Candles.parse(key)
      return typeof parsed !== "string" && instruments.has(parsed.symbol)
    },
    derivativesStatus: (symbol) => contracts.get(symbol)?.status.status(),
    derivativesStatusEntry: (symbol) => contracts.get(symbol)?.status.entry(),
    derivativesStatusHistory: (symbol, range) => contracts.get(symbol)?.status.history(range),
    liquidations: liquidations.rows
  }
}
