/**
 * The trades of one symbol, and the 24-hour figures of its ticker.
 *
 * @internal
 */
import { PublicFundingTrade, PublicTrade } from "../../../protocol/records/PublicTrade.ts"
import * as Columns from "./columns.ts"
import * as Prices from "./prices.ts"
import type { Range, Row } from "./rows.ts"
import * as Rows from "./rows.ts"

export const day = 86_400_000

/** rows kept: tickers need 24 hours; at the rates of the simulated traders these are more than 40 hours */
const rows = { trading: 2 ** 18, funding: 2 ** 17 } as const

export interface Trade {
  readonly id: number
  readonly mts: number
  /** signed: the taker's side */
  readonly lots: number
  readonly price: number
  /** days; 0 unless funding */
  readonly period: number
}

export interface Day {
  readonly high: number | null
  readonly low: number | null
  /** lots */
  readonly volume: number
  /** price of the last trade before the 24 hours, or of the first one in them */
  readonly reference: number | null
  readonly last: number | null
}

export interface TradeLog {
  readonly add: (trade: Trade) => void
  /** number of added trades plus number of trades that left the 24-hour window */
  readonly version: () => number
  /** the last 24 hours before `now`, which must not decrease: trades that leave the window are discarded */
  readonly day: (now: number) => Day
  readonly rows: (range: Range) => ReadonlyArray<Row>
  readonly row: (trade: Trade) => Row
  readonly trades: (range: Range) => ReadonlyArray<Trade>
  readonly lastMts: () => number
}

/** the public row of a trade */
export const rowOf = (funding: boolean) => ({ id, lots, mts, period, price }: Trade): Row =>
  funding
    ? Rows.rowOf(PublicFundingTrade, { id, mts, amount: Prices.amount(lots), rate: price, period })
    : Rows.rowOf(PublicTrade, { id, mts, amount: Prices.amount(lots), price })

export const make = (funding: boolean): TradeLog => {
  const kept = funding ? rows.funding : rows.trading
  const columns = Columns.make(funding ? 5 : 4, kept)
  /** rows whose price is the highest (lowest) of all later rows, starting with the first in the window */
  const highs: Array<number> = []
  const lows: Array<number> = []
  let window = 0
  let volume = 0
  let reference: number | null = null
  let version = 0

  const price = (row: number): number => columns.get(row, 3)

  const leave = (): void => {
    volume -= Math.abs(columns.get(window, 2))
    reference = price(window)
    if (highs[0] === window) highs.shift()
    if (lows[0] === window) lows.shift()
    window++
    version++
  }

  const at = (row: number): Trade => ({
    mts: columns.get(row, 0),
    id: columns.get(row, 1),
    lots: columns.get(row, 2),
    price: price(row),
    period: funding ? columns.get(row, 4) : 0
  })

  const row = rowOf(funding)

  return {
    add: (trade) => {
      // the oldest row is about to be overwritten
      if (window === columns.first() && columns.next() - columns.first() === kept) leave()
      const added = columns.next()
      if (funding) columns.add(trade.mts, trade.id, trade.lots, trade.price, trade.period)
      else columns.add(trade.mts, trade.id, trade.lots, trade.price)
      volume += Math.abs(trade.lots)
      while (highs.length > 0 && price(highs[highs.length - 1]!) <= trade.price) highs.pop()
      highs.push(added)
      while (lows.length > 0 && price(lows[lows.length - 1]!) >= trade.price) lows.pop()
      lows.push(added)
      version++
    },
    version: () => version,
    day: (now) => {
      while (window < columns.next() && columns.get(window, 0) < now - day) leave()
      const last = columns.next() > 0 ? price(columns.next() - 1) : null
      const empty = window === columns.next()
      return {
        high: empty ? null : price(highs[0]!),
        low: empty ? null : price(lows[0]!),
        volume: empty ? 0 : volume,
        reference: reference ?? (empty ? null : price(window)),
        last
      }
    },
    rows: (range) => Columns.within(columns, range, (number) => row(at(number))),
    row,
    trades: (range) => Columns.within(columns, range, at),
    lastMts: () => columns.next() > 0 ? columns.get(columns.next() - 1, 0) : 0
  }
}
