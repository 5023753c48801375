/** Where to quote: plain arithmetic, without effects. */
import type { Book } from "effect-bitfinex/Book"
import type * as Symbols from "effect-bitfinex/protocol/Symbols"
import type { BookEntry } from "effect-bitfinex/Records"
import type * as Duration from "effect/Duration"

/** The settings of the bot. A basis point is a hundredth of a percent. */
export interface Settings {
  readonly symbol: Symbols.TradingSymbol
  /** of each quote, base currency */
  readonly amount: number
  /** of each quote from the middle of the market, basis points */
  readonly distance: number
  /** a quote is moved when it deviates from its target price by more than this, basis points */
  readonly move: number
  /** a side is changed at most once in this time */
  readonly every: Duration.Duration
  /** the inventory stays within plus and minus this, base currency */
  readonly limit: number
  /** both quotes shift against the inventory, by this when it is at its limit, basis points */
  readonly skew: number
  /** group of the bot's orders: it cancels every order of the group. Use another one for each bot of an account */
  readonly gid: number
}

export type Side = "bid" | "ask"

export const sides: ReadonlyArray<Side> = ["bid", "ask"]

/** best prices of the others, quote currency */
export interface Market {
  readonly bid: number
  readonly ask: number
}

/** the balance above the target (negative: below it), base currency */
export interface Inventory {
  /** upper bound, if recent purchases are not in the balance yet */
  readonly most: number
  /** lower bound, if recent sales are not in the balance yet */
  readonly least: number
}

export interface Quote {
  /** quote currency */
  readonly price: number
  /** base currency; negative to sell */
  readonly amount: number
}

/** amounts have 8 decimals */
const dust = 1e-9

/** a price as the venue accepts it, with five significant digits */
export const round = (price: number, to: "down" | "up"): number => {
  const decimals = 4 - Math.floor(Math.log10(price))
  const step = 10 ** decimals
  // 1e-6: a price that already has five digits stays unchanged
  const whole = to === "down" ? Math.floor(price * step + 1e-6) : Math.ceil(price * step - 1e-6)
  return Number((whole / step).toFixed(Math.max(0, decimals)))
}

/**
 * The market without our own orders: otherwise a bot that is alone at the top would follow its own quotes. Null if a side
 * is empty without them.
 */
export const outside = (
  book: Book<BookEntry>,
  own: ReadonlyArray<{ readonly price: number | null; readonly amount: number }>
): Market | null => {
  const best = (rows: ReadonlyArray<BookEntry>, sign: 1 | -1): number | undefined =>
    rows.find(({ amount, price }) => {
      const ours = own.reduce(
        (sum, each) => each.price === price && each.amount * sign > 0 ? sum + each.amount : sum,
        0
      )
      return (amount - ours) * sign > dust
    })?.price
  const [bid, ask] = [best(book.bids, 1), best(book.asks, -1)]
  return bid === undefined || ask === undefined ? null : { bid, ask }
}

/** The target quotes. Null on a side for which the inventory leaves no room. */
export const quotes = (
  { amount, distance, limit, skew }: Settings,
  market: Market,
  { least, most }: Inventory
): { readonly [S in Side]: Quote | null } => {
  const held = (least + most) / 2
  const shift = -skew * Math.max(-1, Math.min(1, held / limit))
  const mid = (market.bid + market.ask) / 2
  const at = (points: number): number => mid * (1 + points / 10_000)
  // never crossing the market: the orders are post-only, so a taking order would be refused
  const bid = Math.min(round(at(shift - distance), "down"), market.bid)
  const ask = Math.max(round(at(shift + distance), "up"), market.ask)
  return {
    bid: most + amount > limit + dust ? null : { price: bid, amount },
    ask: least - amount < -limit - dust ? null : { price: ask, amount: -amount }
  }
}

/** deviation of a price, basis points */
export const off = (price: number, from: number): number => (Math.abs(price - from) / from) * 10_000
