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
import * as Past from "./past.ts"
import * as Prices from "./prices.ts"
import * as Random from "./random.ts"
import * as References from "./references.ts"
import { type Row, rowOf } from "./rows.ts"
import type { Trade } from "./tradeLog.ts"
import * as Traders from "./traders.ts"

const hour = 3_600_000

/** interval between trades before `start`, ms; longer for a long history */
const coarse = 30_000
const coarseSteps = 5000

/** average interval between liquidations of a derivative's positions */
const liquidatedEvery = 180

const firstTradeId = 1_534_000_000

interface Contract {
  readonly status: Derivatives.Derivative
  /** last price of the underlying */
  readonly spot: () => number
}

/** changes to report after the next step */
interface Changes {
  trades: Array<{ readonly symbol: string; readonly row: Row }>
  liquidated: Array<Row>
  readonly statuses: Set<string>
  /** the version of each book at the last report */
  readonly versions: Map<string, number>
}

/** the state of a market */
interface World {
  readonly options: MarketOptions
  readonly start: number
  /** length of a step, ms */
  readonly length: number
  readonly references: References.References
  readonly fate: Random.Random
  readonly liquidations: Derivatives.Liquidations
  readonly nextOrderId: () => number
  readonly nextTradeId: () => number
  readonly instruments: Map<string, Instrument.Instrument>
  readonly traders: ReadonlyArray<Traders.Traders & { readonly symbol: string }>
  readonly contracts: ReadonlyMap<string, Contract>
  /** mts, bid, ask per hour */
  readonly quotes: ReadonlyMap<string, Columns.Columns>
  readonly stepListeners: Set<(step: Step) => void>
  readonly fillListeners: Set<(fill: Fill) => void>
  readonly undelivered: Array<Fill>
  readonly changes: Changes
  isDelivering: boolean
  now: number
}

/** listeners may submit orders; the matches of these are reported after the earlier ones */
const deliver = (world: World, fill: Fill): void => {
  world.undelivered.push(fill)
  if (world.isDelivering) return
  world.isDelivering = true
  for (let next = world.undelivered.shift(); next !== undefined; next = world.undelivered.shift()) {
    for (const listener of Array.from(world.fillListeners)) listener(next)
  }
  world.isDelivering = false
}

const makeInstrument = (world: World, symbol: string): Instrument.Instrument => {
  const made: Instrument.Instrument = Instrument.make(symbol, {
    nextOrderId: world.nextOrderId,
    nextTradeId: world.nextTradeId,
    traded: (fill) => {
      // orders of users arrive between the steps, so a trader's time can be before theirs
      const mts = Math.max(fill.mts, made.log.lastMts())
      // a bid for funding has a negative amount
      const sign = made.funding ? -fill.side : fill.side
      const { period, price } = fill
      const trade: Trade = { id: fill.tradeId, mts, lots: sign * fill.lots, price, period }
      made.add(trade)
      world.changes.trades.push({ symbol, row: made.log.row(trade) })
      deliver(world, { ...fill, mts })
    }
  })
  return made
}

const makeTraders = (seed: number, { book, funding, symbol }: Instrument.Instrument) => {
  const setting = funding
    ? { usd: References.usual(symbol.slice(1)), near: 120, gap: 6, makers: 8, takers: 0.3 }
    : { usd: References.usual(References.pair(symbol).base), near: 60, gap: 2, makers: 14, takers: 0.5 }
  return { symbol, ...Traders.make(book, Random.make(seed, `traders/${symbol}`), setting) }
}

const makeContract = (world: World, symbols: ReadonlyArray<string>, symbol: string): Contract => {
  const own = References.pair(symbol)
  const [base, quote] = [References.underlying(own.base), References.underlying(own.quote)]
  const follows = symbols.find((other) => {
    const pair = References.pair(other)
    return other.startsWith("t") && !References.isDerivative(other) && pair.base === base &&
      (pair.quote === quote || pair.quote === "USD")
  })
  const instrument = follows === undefined ? undefined : world.instruments.get(follows)
  return {
    status: Derivatives.make(symbol, Random.make(world.options.seed, `status/${symbol}`)),
    spot: () => instrument?.log.day(world.now).last ?? Prices.price(world.references.fair(`t${base}:${quote}`))
  }
}

const isNewHour = (world: World, before: number): boolean => Math.floor(before / hour) !== Math.floor(world.now / hour)

const passHour = (
  world: World,
  before: number,
  quote: (symbol: string) => readonly [bid: number, ask: number] | undefined
): void => {
  if (!isNewHour(world, before)) return
  for (const [symbol, columns] of world.quotes) {
    const found = quote(symbol)
    if (found !== undefined) columns.add(Math.floor(world.now / hour) * hour, ...found)
  }
}

const passStatuses = ({ changes, contracts, instruments, now, references }: World, seconds: number): void => {
  for (const [symbol, { spot, status }] of contracts) {
    const contract = instruments.get(symbol)!.log.day(now).last ?? Prices.price(references.fair(symbol))
    if (status.step(now, seconds, { contract, spot: spot() })) changes.statuses.add(symbol)
  }
}

/** closes a trader's position in the market; `close` returns its price and the closed amount */
const liquidate = (
  { changes, fate, liquidations, now, references }: World,
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
  changes.liquidated.push(...liquidations.add(symbol, now, wasLong ? lots : -lots, base, price))
}

const liquidateInBook = (world: World, seconds: number): void => {
  for (const symbol of world.contracts.keys()) {
    if (!world.fate.chance(seconds / liquidatedEvery)) continue
    liquidate(world, symbol, (side, lots) => {
      const { book } = world.instruments.get(symbol)!
      const { fills } = book.submit({ owner: simulated, side, lots, price: undefined, rest: "cancel" }, world.now)
      const closed = fills.reduce((sum, fill) => sum + fill.lots, 0)
      return closed === 0
        ? undefined
        : [Prices.price(fills.reduce((sum, fill) => sum + fill.lots * fill.price, 0) / closed), closed]
    })
  }
}

const remember = (
  { nextTradeId, references }: World,
  instrument: Instrument.Instrument,
  random: Random.Random,
  mts: number
): void => {
  const { funding, symbol } = instrument
  const base = funding ? symbol.slice(1) : References.pair(symbol).base
  const side = random.chance(0.5) ? 1 : -1
  const price = Prices.nudge(Prices.price(references.fair(symbol)), side * random.int(3))
  const usd = (funding ? 400 : 20) + (funding ? 40_000 : 5000) * random.low(6)
  const lots = side * Math.max(1000, Math.round(usd / References.usual(base) * 1e8))
  const period = funding ? random.pick([2, 2, 2, 7, 30, 120]) : 0
  instrument.add({ id: nextTradeId(), mts: Math.max(mts, instrument.log.lastMts()), lots, price, period })
}

/** history: the same prices, with few trades and without books */
const relive = (world: World, begin: number): void => {
  const { instruments, options, references, start } = world
  const apart = Math.max(coarse, Math.ceil(options.history / coarseSteps))
  const random = Random.make(options.seed, "history")
  for (world.now = begin; world.now + apart <= start;) {
    const before = world.now
    world.now += apart
    references.pass(apart / 1000)
    for (const instrument of instruments.values()) remember(world, instrument, random, world.now - random.int(apart))
    passHour(world, before, (symbol) => {
      const fair = references.fair(symbol)
      return [Prices.nudge(Prices.price(fair, -1), -1), Prices.nudge(Prices.price(fair, 1), 1)]
    })
    // histories keep only hourly values
    if (isNewHour(world, before)) { for (const { step } of instruments.values()) step(world.now) }
    passStatuses(world, apart / 1000)
    for (const symbol of world.contracts.keys()) {
      if (random.chance(apart / (liquidatedEvery * 8000))) liquidate(world, symbol, (_side, lots, fair) => [fair, lots])
    }
  }
  world.now = start
}

const publish = ({ changes, instruments, now, stepListeners }: World): void => {
  const books = new Set<string>()
  const tickers = new Set<string>()
  const { liquidated: liquidations, trades } = changes
  for (const [symbol, instrument] of instruments) {
    const version = instrument.book.version()
    if (changes.versions.get(symbol) !== version) books.add(symbol)
    changes.versions.set(symbol, version)
    if (instrument.step(now)) tickers.add(symbol)
  }
  const step: Step = { mts: now, trades, books, tickers, statuses: new Set(changes.statuses), liquidations }
  changes.trades = []
  changes.liquidated = []
  changes.statuses.clear()
  for (const listener of Array.from(stepListeners)) listener(step)
}

const step = (world: World): void => {
  const before = world.now
  const seconds = world.length / 1000
  world.now += world.length
  world.references.pass(seconds)
  for (const { act, symbol } of world.traders) act(world.references.fair(symbol), world.now, seconds)
  liquidateInBook(world, seconds)
  passHour(world, before, (symbol) => {
    const { view } = world.instruments.get(symbol)!
    const [bid, ask] = [view.best(1), view.best(-1)]
    return bid === undefined || ask === undefined ? undefined : [bid.price, ask.price]
  })
  passStatuses(world, seconds)
  publish(world)
}

const makeWorld = (options: MarketOptions, symbols: ReadonlyArray<string>): World => {
  const { seed } = options
  const ids = Random.make(seed, "ids")
  const fate = Random.make(seed, "liquidations")
  let orderId = 187_200_000_000
  let tradeId = firstTradeId
  const traders: Array<World["traders"][number]> = []
  const contracts = new Map<string, Contract>()
  const world: World = {
    options,
    start: Math.floor(options.start),
    length: Math.max(1, Math.floor(options.step)),
    references: References.make(seed, symbols),
    fate,
    liquidations: Derivatives.makeLiquidations(fate),
    nextOrderId: () => orderId += 1 + ids.int(9),
    nextTradeId: () => tradeId += 1 + ids.int(3),
    instruments: new Map(),
    traders,
    contracts,
    quotes: new Map(
      symbols.filter((symbol) => symbol.startsWith("t")).map((symbol) => [symbol, Columns.make(3, 2 ** 13)])
    ),
    stepListeners: new Set(),
    fillListeners: new Set(),
    undelivered: [],
    changes: { trades: [], liquidated: [], statuses: new Set(), versions: new Map() },
    isDelivering: false,
    now: Math.floor(options.start)
  }
  for (const symbol of symbols) world.instruments.set(symbol, makeInstrument(world, symbol))
  for (const instrument of world.instruments.values()) traders.push(makeTraders(seed, instrument))
  for (const symbol of symbols.filter(References.isDerivative)) {
    contracts.set(symbol, makeContract(world, symbols, symbol))
  }
  return world
}

const listen = <A>(listeners: Set<A>) => (listener: A) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Makes a market with its history and open books. Its later behaviour depends only on its options. */
export const makeMarket = (options: MarketOptions): Market => {
  const symbols = [...new Set([...options.tradingSymbols, ...options.fundingSymbols])]
  const world = makeWorld(options, symbols)
  const { contracts, instruments, length, quotes, references, start } = world
  const begin = start - Math.floor(options.history)
  const past = Past.make({ seed: options.seed, symbols, end: begin, nextTradeId: firstTradeId + 1 })
  relive(world, begin)
  for (const { open, symbol } of world.traders) open(references.fair(symbol), start)
  passStatuses(world, length / 1000)
  // there are no listeners yet: changes so far are history
  publish(world)
  const ofKey = <A>(key: string, otherwise: A, found: (key: Candles.Key) => A): A => {
    const parsed = Candles.parse(key)
    return typeof parsed === "string" ? otherwise : found(parsed)
  }
  return {
    options,
    symbols,
    past,
    now: () => world.now,
    advance: (to) => {
      while (world.now + length <= to) step(world)
    },
    publish: () => publish(world),
    onStep: listen(world.stepListeners),
    onFill: listen(world.fillListeners),
    nextOrderId: world.nextOrderId,
    has: (symbol) => instruments.has(symbol),
    engine: (symbol) => instruments.get(symbol)?.book,
    ticker: (symbol) => instruments.get(symbol)?.ticker(world.now) ?? [],
    tickerEntry: (symbol) => instruments.get(symbol)?.entry(world.now) ?? [],
    tickerHistory: (symbol, range) => {
      const columns = quotes.get(symbol)
      if (columns === undefined) return []
      return Columns.within(columns, range, (row) => {
        const [mts, bid, ask] = [0, 1, 2].map((column) => columns.get(row, column))
        return rowOf(TickerHistoryEntry, { symbol, mts: mts!, bid: bid!, ask: ask! })
      })
    },
    fundingHistory: (symbol, range) => instruments.get(symbol)?.history(range) ?? [],
    trades: (symbol, range) => instruments.get(symbol)?.log.rows(range) ?? [],
    book: (symbol, precision, len) => instruments.get(symbol)?.view.window(precision, len) ?? { bids: [], asks: [] },
    candles: (key, range) =>
      ofKey<ReadonlyArray<Row>>(
        key,
        [],
        ({ periods, symbol, timeframe }) =>
          instruments.get(symbol)?.candles.bars(timeframe, periods, range).map(Candles.row) ?? []
      ),
    bars: (symbol, timeframe, periods, range) => instruments.get(symbol)?.candles.bars(timeframe, periods, range) ?? [],
    hasCandles: (key) => ofKey(key, false, ({ symbol }) => instruments.has(symbol)),
    derivativesStatus: (symbol) => contracts.get(symbol)?.status.status(),
    derivativesStatusEntry: (symbol) => contracts.get(symbol)?.status.entry(),
    derivativesStatusHistory: (symbol, range) => contracts.get(symbol)?.status.history(range),
    liquidations: world.liquidations.rows
  }
}
