/**
 * Reference values: every currency drifts around its value in US dollars, and prices of pairs follow from their two
 * currencies, so that spot, cross pairs and derivatives agree.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Symbols from "../../../protocol/Symbols.ts"
import * as Random from "./random.ts"

/** US dollars; invented values near to typical prices */
const values: { readonly [currency: string]: number } = {
  USD: 1,
  UST: 1.0003,
  UDC: 0.9998,
  EUR: 1.0842,
  GBP: 1.2715,
  JPY: 0.006612,
  CHF: 1.1134,
  CNH: 0.13792,
  TRY: 0.03114,
  SGD: 0.74215,
  HKD: 0.12804,
  AUD: 0.66021,
  CAD: 0.73163,
  NZD: 0.60912,
  SEK: 0.09485,
  NOK: 0.09357,
  DKK: 0.14529,
  PLN: 0.25218,
  CZK: 0.04312,
  HUF: 0.002784,
  MXN: 0.05514,
  BRL: 0.1837,
  INR: 0.01198,
  KRW: 0.0007262,
  THB: 0.02741,
  ZAR: 0.05493,
  BTC: 64_250,
  ETH: 3_127.4,
  LTC: 84.13,
  XRP: 0.52138,
  SOL: 146.52,
  XMR: 163.27,
  ADA: 0.45162,
  DOT: 7.1845,
  LINK: 15.632,
  AVAX: 34.911,
  DOGE: 0.15873,
  TRX: 0.12044
}

/** codes of state currencies */
export const fiat: ReadonlySet<string> = new Set(
  ("USD EUR GBP JPY CHF CNH TRY SGD HKD AUD CAD NZD SEK NOK DKK PLN CZK HUF MXN BRL INR KRW THB ZAR").split(" ")
)

const stable = new Set([...fiat, "UST", "UDC"])

/** the currency that a derivative or a paper wallet stands for: BTCF0 is BTC, TESTUSDT is USDT */
export const underlying = (currency: string): string => {
  if (currency.length > 2 && currency.endsWith("F0")) return currency.slice(0, -2)
  if (currency.length > 4 && currency.startsWith("TEST")) return currency.slice(4)
  return currency
}

/** initial price in US dollars; codes that are not in the table get a value computed from their letters */
export const usual = (currency: string): number => {
  const code = underlying(currency)
  return values[code] ?? Number((0.5 + 20 * Random.fraction(code)).toPrecision(4))
}

export const isDerivative = (symbol: string): boolean => /F0:[A-Z0-9]+F0$/.test(symbol)

export interface Pair {
  readonly base: string
  readonly quote: string
}

/**
 * currencies of a trading symbol; without colon and with other than six letters, the last three are the quote currency
 */
export const pair = (symbol: string): Pair =>
  Either.match(Symbols.parse(symbol), {
    onLeft: () => ({ base: symbol.slice(1, -3), quote: symbol.slice(-3) }),
    onRight: (parts) => parts.kind === "trading" ? parts : { base: parts.currency, quote: "USD" }
  })

export interface References {
  /** advances the time */
  readonly pass: (seconds: number) => void
  /** the fair price of a trading symbol, or the fair daily rate of a funding symbol */
  readonly fair: (symbol: string) => number
}

/** A mean-reverting random walk that is still near its mean after months. */
interface Drift {
  readonly random: Random.Random
  readonly middle: number
  /** deviation per day, relative */
  readonly daily: number
  /** days in which about half of a deviation is reverted */
  readonly memory: number
  value: number
}

const seconds = 86_400

const step = (drift: Drift, passed: number, root: number): void => {
  const pull = Math.min(1, passed / (seconds * drift.memory)) * (drift.middle - drift.value)
  const wander = drift.random.normal() * drift.daily * root * drift.value
  drift.value = Math.max(drift.middle / 4, Math.min(drift.middle * 4, drift.value + pull + wander))
}

const drifts = (seed: number, symbols: ReadonlyArray<string>): ReadonlyMap<string, Drift> => {
  const all = new Map<string, Drift>()
  const add = (name: string, middle: number, daily: number, memory: number) => {
    if (!all.has(name)) {
      all.set(name, { random: Random.make(seed, `drift/${name}`), middle, daily, memory, value: middle })
    }
  }
  for (const symbol of symbols) {
    if (symbol.startsWith("f")) {
      const code = symbol.slice(1)
      add(symbol, code === "USD" ? 0.000_342 : 0.000_08 + 0.000_3 * Random.fraction(symbol), 0.03, 3)
      continue
    }
    const { base, quote } = pair(symbol)
    for (const currency of [underlying(base), underlying(quote)]) {
      add(currency, usual(currency), currency === "USD" ? 0 : stable.has(currency) ? 0.0004 : 0.016, 4)
    }
    // 1 + premium over spot
    if (isDerivative(symbol)) add(symbol, 1, 0.004, 0.02)
  }
  return all
}

export const make = (seed: number, symbols: ReadonlyArray<string>): References => {
  const all = drifts(seed, symbols)
  const value = (name: string): number => all.get(name)?.value ?? usual(name)
  return {
    pass: (passed) => {
      const root = Math.sqrt(passed / seconds)
      for (const drift of all.values()) if (drift.daily > 0) step(drift, passed, root)
    },
    fair: (symbol) => {
      if (symbol.startsWith("f")) return value(symbol)
      const { base, quote } = pair(symbol)
      const spot = value(underlying(base)) / value(underlying(quote))
      return isDerivative(symbol) ? spot * value(symbol) : spot
    }
  }
}
