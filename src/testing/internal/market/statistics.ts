/**
 * Statistics, leaderboards and funding totals. The market does not simulate these values: they are a pure function of
 * seed, name and time, so that past values never change and parts add up to their total.
 *
 * @internal
 */
import { FundingStat, LeaderboardEntry, Stat } from "../../../protocol/records/Stats.ts"
import * as Candles from "./candles.ts"
import * as Columns from "./columns.ts"
import type { Market } from "./model.ts"
import * as Prices from "./prices.ts"
import * as Random from "./random.ts"
import * as References from "./references.ts"
import { type Range, type Row, rowOf } from "./rows.ts"
import { day } from "./tradeLog.ts"

const minute = 60_000
const halfHour = 30 * minute

/** from -1 to 1: a slow oscillation over some days with a little noise */
const swing = (seed: number, name: string, mts: number): number => {
  const phase = (mts / (3.1 * day) + Random.fraction(`${seed}/${name}`)) % 1
  return 0.9 * (Math.abs(4 * phase - 2) - 1) + 0.2 * (Random.fraction(`${seed}/${name}/${mts}`) - 0.5)
}

const fundingSize = (market: Market, currency: string, mts: number): number =>
  4e8 / References.usual(currency) * (1 + 0.15 * swing(market.options.seed, `funding/${currency}`, mts))

const credits = (market: Market, currency: string, mts: number): number =>
  fundingSize(market, currency, mts) * (0.84 + 0.1 * swing(market.options.seed, `credits/${currency}`, mts))

const spot = (market: Market): ReadonlyArray<string> =>
  market.symbols.filter((symbol) => symbol.startsWith("t") && !References.isDerivative(symbol))

/** the part of a currency's credits that one pair uses; the parts of all pairs add up to the total */
const share = (market: Market, symbol: string): number => {
  const weight = (name: string) => 0.2 + Random.fraction(`${market.options.seed}/share/${name}`)
  return weight(symbol) / spot(market).reduce((sum, other) => sum + weight(other), 0)
}

const position = (market: Market, symbol: string, side: string, mts: number): number => {
  const middle = (side === "long" ? 9e7 : 4e7) / References.usual(References.pair(symbol).base)
  return middle * (1 + 0.3 * swing(market.options.seed, `position/${symbol}/${side}`, mts))
}

interface Point {
  readonly mts: number
  readonly value: number
}

/** one value per `every` ms, from the beginning of history until now */
const points = (market: Market, every: number, range: Range, value: (mts: number) => number): ReadonlyArray<Point> => {
  const oldest = Math.max(market.options.start - market.options.history, range.start ?? Number.NEGATIVE_INFINITY)
  const newest = Math.min(market.now(), range.end ?? Number.POSITIVE_INFINITY)
  const first = Math.ceil(oldest / every) * every
  const last = Math.floor(newest / every) * every
  const count = Math.min(Math.max(0, (last - first) / every + 1), range.limit ?? Number.POSITIVE_INFINITY)
  return Array.from({ length: count }, (_, index) => {
    const mts = range.sort === 1 ? first + index * every : last - index * every
    return { mts, value: value(mts) }
  })
}

/** volume of the whole exchange in the `days` before each half hour, US dollars at reference values */
const volume = (market: Market, days: number, range: Range): ReadonlyArray<Point> => {
  const slots = new Map<number, number>()
  for (const symbol of market.symbols.filter((each) => each.startsWith("t"))) {
    const usd = References.usual(References.pair(symbol).quote)
    for (const bar of market.bars(symbol, "30m", Candles.trading, {})) {
      slots.set(bar.mts, (slots.get(bar.mts) ?? 0) + Prices.amount(bar.turnover) * usd)
    }
  }
  const times = [...slots.keys()].sort((a, b) => a - b)
  const sums = [0]
  for (const mts of times) sums.push(sums[sums.length - 1]! + slots.get(mts)!)
  /** total volume before a time */
  const until = (mts: number): number => {
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (times[middle]! < mts) low = middle + 1
      else high = middle
    }
    return sums[low]!
  }
  return points(market, halfHour, range, (mts) => until(mts) - until(mts - days * day))
}

const vwap = (market: Market, symbol: string, range: Range): ReadonlyArray<Point> =>
  market.bars(symbol, "1D", Candles.trading, range).map(({ mts, turnover, volume }) => ({
    mts,
    value: turnover / volume
  }))

/** rows of the statistic whose key stands between `stats1/` and the section; undefined if there is no such statistic */
export const stats = (market: Market, key: string, range: Range): ReadonlyArray<Row> | undefined => {
  const found = series(market, key, range)
  return found?.map((point) => rowOf(Stat, { ...point, value: Prices.rounded(point.value, 8) }))
}

const series = (market: Market, key: string, range: Range): ReadonlyArray<Point> | undefined => {
  const [name = "", size, ...rest] = key.split(":")
  // symbols can contain a colon
  const sided = /^(.+):(long|short)$/.exec(rest.join(":"))
  const [first = ""] = rest
  const isTrading = (symbol: string) => symbol.startsWith("t") && market.has(symbol)
  const currency = first.startsWith("f") && market.has(first) ? first.slice(1) : undefined
  switch (`${name}:${size}`) {
    case "pos.size:1m": {
      if (sided === null) return undefined
      const [, symbol = "", side = ""] = sided
      return isTrading(symbol)
        ? points(market, minute, range, (mts) => position(market, symbol, side, mts))
        : undefined
    }
    case "funding.size:1m":
      return currency === undefined || rest.length > 1
        ? undefined
        : points(market, minute, range, (mts) => fundingSize(market, currency, mts))
    case "credits.size:1m":
      return currency === undefined || rest.length > 1
        ? undefined
        : points(market, minute, range, (mts) => credits(market, currency, mts))
    case "credits.size.sym:1m": {
      const symbol = rest.slice(1).join(":")
      if (currency === undefined || !spot(market).includes(symbol)) return undefined
      const part = share(market, symbol)
      return points(market, minute, range, (mts) => credits(market, currency, mts) * part)
    }
    case "vol.1d:30m":
    case "vol.7d:30m":
    case "vol.30d:30m":
      return first === "BFX" && rest.length === 1
        ? volume(market, Number.parseInt(name.slice(4), 10), range)
        : undefined
    case "vwap:1d": {
      const symbol = rest.join(":")
      return isTrading(symbol) ? vwap(market, symbol, range) : undefined
    }
    default:
      return undefined
  }
}

/** FundingStat rows of a funding symbol, one per hour */
export const fundingStats = (market: Market, symbol: string, range: Range): ReadonlyArray<Row> => {
  const currency = symbol.slice(1)
  return market.fundingHistory(symbol, range).map(({ averagePeriod, frr, mts }) => {
    const fundingAmount = Prices.rounded(fundingSize(market, currency, mts), 8)
    return rowOf(FundingStat, {
      mts,
      frr: frr / 365,
      avgPeriod: Prices.rounded(averagePeriod, 2),
      fundingAmount,
      fundingAmountUsed: Prices.rounded(credits(market, currency, mts), 8),
      fundingBelowThreshold: Prices.rounded(fundingAmount * 0.45, 8)
    })
  })
}

const boardSize = 25

/** start of the board of a time, by time frame */
const boards: { readonly [timeframe: string]: (mts: number) => number } = {
  "3h": Candles.frames["3h"]!.floor,
  "1w": Candles.frames["1W"]!.floor,
  "1M": Candles.frames["1M"]!.floor
}

const hasBoard = (key: string, timeframe: string, symbol: string): boolean => {
  const isGlobal = symbol === "tGLOBAL:USD"
  switch (key) {
    case "vol":
      return true
    case "plu":
      return isGlobal !== (timeframe === "3h")
    case "plu_diff":
    case "plr":
      return timeframe !== "3h"
    default:
      return false
  }
}

/** LeaderboardEntry rows: boards newest first, each from the first place; undefined if there is no such board */
export const leaderboards = (market: Market, key: string, range: Range): ReadonlyArray<Row> | undefined => {
  const [, name = "", timeframe = "", symbol = ""] = /^([^:]+):([^:]+):(.+)$/.exec(key) ?? []
  const floor = boards[timeframe]
  if (floor === undefined || !hasBoard(name, timeframe, symbol)) return undefined
  if (symbol !== "tGLOBAL:USD" && !(symbol.startsWith("t") && market.has(symbol))) return undefined
  const times: Array<number> = []
  const oldest = market.options.start - market.options.history
  let mts = floor(market.now())
  do {
    times.unshift(mts)
    mts = floor(mts - 1)
  } while (mts >= oldest && times.length < 10_000 / boardSize)
  const chosen = Columns.select(times, { ...range, limit: undefined }, (time) => time)
  const rows = chosen.flatMap((time) => board(market, key, time))
  return rows.slice(0, range.limit ?? rows.length)
}

const board = (market: Market, key: string, mts: number): ReadonlyArray<Row> => {
  const random = Random.make(market.options.seed, `${key}/${mts}`)
  let value = 5e6 * (0.5 + random.next())
  return Array.from({ length: boardSize }, (_, place) => {
    value *= 0.7 + 0.29 * random.next()
    const record = {
      mts,
      // names are invented numbers; some users hide their name
      username: random.chance(0.2) ? null : `trader-${1000 + random.int(9000)}`,
      ranking: place + 1,
      value: Prices.rounded(value, 8),
      twitterHandle: null
    }
    return rowOf(LeaderboardEntry, record)
  })
}
