/**
 * The market before its own history: trades and candles of years, made on demand.
 *
 * Every price is a function of seed, currency and time, so that a request gives the same rows at any time and in any
 * order, and costs only the days that it covers. There is one trade per minute of each symbol, or per hour long ago. Candles of all timeframes
 * are made from these trades, and prices of pairs from their currencies, so they agree. At the beginning of the market's
 * own history the prices meet.
 *
 * @internal
 */
import type { Bar, Periods } from "./candles.ts"
import * as Candles from "./candles.ts"
import * as Prices from "./prices.ts"
import * as Random from "./random.ts"
import * as References from "./references.ts"
import type { Range } from "./rows.ts"
import type { Trade } from "./tradeLog.ts"
import { day } from "./tradeLog.ts"

const minute = 60_000
const hour = 60 * minute

/** the first day of all symbols; older requests are answered as before a listing */
const listing = Date.UTC(2013, 3, 1)

/** years with a trade per minute; before them there is one per hour, as in the early days of a market */
const years = 3

export interface Past {
  /** times between which it has trades, ms since the epoch */
  readonly first: number
  readonly last: number
  /** trades up to the beginning of the market's own history, in the order of the range */
  readonly trades: (symbol: string, range: Range) => ReadonlyArray<Trade>
  /** bars of these trades */
  readonly bars: (symbol: string, timeframe: string, periods: Periods, range: Range) => ReadonlyArray<Bar>
  readonly quote: (symbol: string, mts: number) => readonly [bid: number, ask: number]
}

export interface Options {
  readonly seed: number
  readonly symbols: ReadonlyArray<string>
  /** end of the past, ms since the epoch */
  readonly end: number
  /** id of the first trade after it */
  readonly nextTradeId: number
}

/** waves of prices: each is a quarter as long and half as high as the one before, as in a random walk */
const waves = Array.from({ length: 8 }, (_, k) => ({ length: 64 * day / 4 ** k, height: 0.2 / 2 ** k }))

/** at least -0.4 and at most 0.4; the knots of the last call are kept, since times mostly follow each other */
const makeNoise = (base: number): (mts: number) => number => {
  const knots = new Float64Array(waves.length).fill(Number.NaN)
  const [before, after] = [new Float64Array(waves.length), new Float64Array(waves.length)]
  return (mts) => {
    let sum = 0
    for (let k = 0; k < waves.length; k++) {
      const { height, length } = waves[k]!
      const at = mts / length
      const knot = Math.floor(at)
      if (knot !== knots[k]) {
        knots[k] = knot
        before[k] = Random.mix(base + k, knot)
        after[k] = Random.mix(base + k, knot + 1)
      }
      sum += height * (before[k]! + (after[k]! - before[k]!) * (at - knot) - 0.5) * 2
    }
    return sum
  }
}

/** the price of a currency, a premium or a rate, relative to the end of the past */
const course = (seed: number, name: string, scale: number, end: number): (mts: number) => number => {
  if (scale === 0) return () => 1
  const noise = makeNoise(Random.hash(`${seed}/past/${name}`))
  const factor = (mts: number): number => {
    const x = scale * noise(mts)
    return (1 + x) / (1 - x)
  }
  const last = factor(end)
  return (mts) => factor(mts) / last
}

const scaleOf = (currency: string): number =>
  currency === "USD" ? 0 : References.fiat.has(currency) || currency === "UST" || currency === "UDC" ? 0.01 : 1

/** the fair price of a symbol at a time */
const fairOf = ({ end, seed, symbols }: Options, symbol: string): (mts: number) => number => {
  const last = References.make(seed, symbols).fair(symbol)
  if (symbol.startsWith("f")) {
    const rate = course(seed, symbol, 0.5, end)
    return (mts) => last * rate(mts)
  }
  const { base, quote } = References.pair(symbol)
  const [a, b] = [base, quote].map((currency) => {
    const name = References.underlying(currency)
    return course(seed, name, scaleOf(name), end)
  })
  const premium = course(seed, symbol, References.isDerivative(symbol) ? 0.005 : 0, end)
  return (mts) => last * a!(mts) / b!(mts) * premium(mts)
}

const periods = [2, 2, 2, 7, 30, 120] as const

/** the day's trades of a symbol, oldest first */
type Days = (date: number) => ReadonlyArray<Trade>

/** days in memory: a request for minutes covers about seven */
const kept = 10

const daysOf = (options: Options, symbol: string): Days => {
  const { end, nextTradeId, seed, symbols } = options
  const fair = fairOf(options, symbol)
  const base = Random.hash(`${seed}/trades/${symbol}`)
  const funding = symbol.startsWith("f")
  const usd = References.usual(funding ? symbol.slice(1) : References.pair(symbol).base)
  const lastMinute = Math.floor(end / minute)
  const dense = Math.floor(end / day - years * 365.25)
  const make = (number: number): Trade => {
    const draw = (which: number) => Random.mix(base + which, number)
    const mts = number * minute + Math.floor(draw(0) * minute)
    const side = draw(1) < 0.5 ? -1 : 1
    const size = draw(2)
    const { exponent, mantissa } = Prices.ticks(fair(mts))
    const value = (funding ? 400 : 20) + (funding ? 40_000 : 5000) * size * size * size * size
    return {
      mts,
      // all symbols count together, backwards from the first later id
      id: nextTradeId - 1 - ((lastMinute - number) * symbols.length + symbols.indexOf(symbol)),
      lots: side * Math.max(1000, Math.round(value / usd * 1e8)),
      price: Prices.decimal(mantissa + side * Math.floor(draw(3) * 3), exponent),
      period: funding ? periods[Math.floor(draw(4) * periods.length)]! : 0
    }
  }
  const known = new Map<number, ReadonlyArray<Trade>>()
  return (date) => {
    const found = known.get(date)
    if (found !== undefined) return found
    const first = date * day / minute
    const count = Math.max(0, Math.min(day / minute, lastMinute - first + 1))
    const trades: Array<Trade> = []
    for (let number = first; number < first + count; number += date < dense ? 60 : 1) {
      const trade = make(number)
      if (trade.mts <= end) trades.push(trade)
    }
    known.set(date, trades)
    const [oldest] = known.keys()
    if (known.size > kept && oldest !== undefined) known.delete(oldest)
    return trades
  }
}

/** the days of a range, in its order */
function* dates(first: number, last: number, sort: Range["sort"]): Generator<number> {
  if (sort === 1) { for (let date = first; date <= last; date++) yield date }
  else for (let date = last; date >= first; date--) yield date
}

const barsOfDay = (
  trades: ReadonlyArray<Trade>,
  { floor, least }: Candles.Frame,
  { from, to }: Periods
): ReadonlyArray<Bar> => {
  const bars: Array<Bar> = []
  let last: { -readonly [K in keyof Bar]: Bar[K] } | undefined
  for (const trade of trades) {
    if (trade.period < from || trade.period > to) continue
    const { id, lots, price } = trade
    const volume = Math.abs(lots)
    const mts = last !== undefined && trade.mts - last.mts < least ? last.mts : floor(trade.mts)
    if (last?.mts === mts) {
      last.close = price
      if (price > last.high) last.high = price
      if (price < last.low) last.low = price
      last.volume += volume
      last.turnover += volume * price
      last.lastId = id
      continue
    }
    last = Candles.barOf(trade, mts)
    bars.push(last)
  }
  return bars
}

export const make = (options: Options): Past => {
  const { end } = options
  // an exchange of an earlier time has at least the dense years
  const dawn = Math.min(listing / day, Math.floor(end / day - years * 365.25))
  const all = new Map(options.symbols.map((symbol) => [symbol, daysOf(options, symbol)]))
  const fairs = new Map(options.symbols.map((symbol) => [symbol, fairOf(options, symbol)]))
  /** hourly bars of a day, of which all longer ones are made */
  const hourly = new Map<string, ReadonlyArray<Bar>>()

  const hoursOf = (symbol: string, date: number, periods: Periods): ReadonlyArray<Bar> => {
    const key = `${symbol}/${date}/${periods.from}/${periods.to}`
    const known = hourly.get(key)
    if (known !== undefined) return known
    const bars = barsOfDay(all.get(symbol)?.(date) ?? [], Candles.frames["1h"]!, periods)
    hourly.set(key, bars)
    return bars
  }

  /** the days that a range covers, extended to whole bars */
  const span = (range: Range, frame?: Candles.Frame): readonly [first: number, last: number] => {
    const from = Math.max(dawn * day, range.start ?? 0)
    const to = Math.min(end, range.end ?? end)
    // the longest bar is a month
    const reach = frame === undefined || frame.least < day ? 0 : 31
    return [Math.max(dawn, Math.floor(from / day)), Math.floor(to / day) + reach]
  }

  const within = (range: Range, mts: number): boolean => mts >= (range.start ?? 0) && mts <= (range.end ?? Infinity)

  return {
    first: dawn * day,
    last: end,
    trades: (symbol, range) => {
      const limit = range.limit ?? Infinity
      const found: Array<Trade> = []
      const [first, last] = span(range)
      for (const date of dates(first, last, range.sort)) {
        if (found.length >= limit) break
        const trades = (all.get(symbol)?.(date) ?? []).filter(({ mts }) => within(range, mts))
        found.push(...(range.sort === 1 ? trades : trades.reverse()))
      }
      return found.slice(0, range.limit)
    },
    bars: (symbol, timeframe, periods, range) => {
      const frame = Candles.frames[timeframe]!
      const limit = range.limit ?? Infinity
      const found: Array<Bar> = []
      const [first, last] = span(range, frame)
      for (const date of dates(first, Math.min(last, Math.floor(end / day)), range.sort)) {
        const bars = frame.least < hour
          ? barsOfDay(all.get(symbol)?.(date) ?? [], frame, periods)
          : hoursOf(symbol, date, periods).map((bar) => ({ ...bar, mts: frame.floor(bar.mts) }))
        for (const bar of range.sort === 1 ? bars : [...bars].reverse()) {
          const known = found.at(-1)
          if (known?.mts === bar.mts) found[found.length - 1] = Candles.join(known, bar)
          else if (found.length >= limit) return found
          else if (within(range, bar.mts)) found.push(bar)
        }
      }
      return found
    },
    quote: (symbol, mts) => {
      const fair = fairs.get(symbol)?.(mts) ?? 0
      return [Prices.nudge(Prices.price(fair, -1), -1), Prices.nudge(Prices.price(fair, 1), 1)]
    }
  }
}
