/**
 * Average prices of amounts, and exchange rates between currencies.
 *
 * @internal
 */
import { ForeignExchangeRate, MarketAveragePrice, MarketAverageRate } from "../../../protocol/records/Market.ts"
import type { Level } from "./matching.ts"
import type { Market } from "./model.ts"
import * as Prices from "./prices.ts"
import * as References from "./references.ts"

const best = (levels: ReadonlyArray<Level>): number | undefined => levels.find((level) => level.count > 0)?.price

/**
 * Walks the book: MarketAveragePrice, or MarketAverageRate for funding. A positive amount buys (funding: borrows). The
 * returned amount is smaller than the requested one if the book or the limit ends first; the price is null if nothing
 * trades. It is not known whether the venue does the same, nor whether hidden orders count; here they do not.
 */
export const averagePrice = (
  market: Market,
  symbol: string,
  amount: number,
  period: number | undefined,
  limit: string | undefined
): unknown => {
  const side = amount > 0 ? 1 : -1
  const book = market.engine(symbol)
  const levels = (side === 1 ? book?.asks : book?.bids) ?? []
  const wanted = Prices.lots(Math.abs(amount))
  let lots = 0
  let paid = 0
  for (const level of levels) {
    if (lots === wanted || (limit !== undefined && (level.price - Number(limit)) * side > 0)) break
    if (symbol.startsWith("f") && period !== undefined && level.period > period) continue
    const taken = Math.min(level.lots, wanted - lots)
    lots += taken
    paid += taken * level.price
  }
  const average = lots === 0 ? null : paid / lots
  const traded = Prices.amount(lots) * side
  return symbol.startsWith("f")
    ? MarketAverageRate.encode({ rateAvg: average, amount: traded })
    : MarketAveragePrice.encode({ priceAvg: average, amount: traded })
}

/** exchange rates of each currency to its direct neighbours, from the middle of the books */
const neighbours = (market: Market): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const all = new Map<string, Map<string, number>>()
  const add = (from: string, to: string, rate: number) => {
    const known = all.get(from) ?? new Map<string, number>()
    all.set(from, known.set(to, rate))
  }
  for (const symbol of market.symbols) {
    if (!symbol.startsWith("t")) {
      all.set(symbol.slice(1), all.get(symbol.slice(1)) ?? new Map())
      continue
    }
    const { base, quote } = References.pair(symbol)
    const book = market.engine(symbol)
    const [bid, ask] = [best(book?.bids ?? []), best(book?.asks ?? [])]
    if (bid === undefined || ask === undefined) continue
    const middle = (bid + ask) / 2
    add(base, quote, middle)
    add(quote, base, 1 / middle)
  }
  return all
}

/** price of one unit in US dollars, by the shortest path of books; by the reference value if there is no path */
const dollars = (all: ReadonlyMap<string, ReadonlyMap<string, number>>, currency: string): number => {
  const found = new Map([[currency, 1]])
  for (const [code, worth] of found) {
    if (code === "USD") return worth
    for (const [next, rate] of all.get(code) ?? []) if (!found.has(next)) found.set(next, worth * rate)
  }
  return References.usual(currency)
}

/**
 * ForeignExchangeRate through the US dollar, or the parameter whose currency is neither in this market nor a state
 * currency. The venue knows state currencies that it does not trade.
 */
export const exchangeRate = (
  market: Market,
  from: string,
  to: string
): { readonly row: unknown } | { readonly invalid: "ccy1" | "ccy2" } => {
  const all = neighbours(market)
  const isKnown = (currency: string) => all.has(currency) || References.fiat.has(currency)
  if (!isKnown(from)) return { invalid: "ccy1" }
  if (!isKnown(to)) return { invalid: "ccy2" }
  const rate = from === to ? 1 : dollars(all, from) / dollars(all, to)
  return { row: ForeignExchangeRate.encode({ currentRate: Number(rate.toPrecision(10)) }) }
}
