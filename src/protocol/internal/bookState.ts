/**
 * How rows form the state of a book: keys on the socket, deletions and order.
 *
 * @internal
 */
import * as Channel from "../Channel.ts"
import type { AnyArgs } from "../Endpoint.ts"
import type { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "../records/Book.ts"
import * as Symbols from "../Symbols.ts"

/** bids before asks, and within a side in the order of `better` */
const sides = <A extends { readonly amount: number }>(
  isBid: (row: { readonly amount: number }) => boolean,
  better: (a: A, b: A) => number
) =>
(a: A, b: A): number => {
  const bid = isBid(a)
  return bid === isBid(b) ? better(a, b) : bid ? -1 : 1
}

const buys = (row: { readonly amount: number }): boolean => row.amount > 0
/** in funding a negative amount is a bid */
const borrows = (row: { readonly amount: number }): boolean => row.amount < 0

const trading = Channel.keyed<BookEntry>({
  key: (row) => buys(row) ? row.price : -row.price,
  removes: (row) => row.count === 0,
  order: sides<BookEntry>(buys, (a, b) => buys(a) ? b.price - a.price : a.price - b.price)
})

const tradingRaw = Channel.keyed<RawBookEntry>({
  key: (row) => row.orderId,
  removes: (row) => row.price === 0,
  order: sides<RawBookEntry>(buys, (a, b) => (buys(a) ? b.price - a.price : a.price - b.price) || a.orderId - b.orderId)
})

const byRate = <A extends { readonly rate: number; readonly period: number; readonly amount: number }>(a: A, b: A) =>
  (borrows(a) ? b.rate - a.rate : a.rate - b.rate) || a.period - b.period

const level = (side: string, row: FundingBookEntry): string => `${side}:${row.rate}:${row.period}`

const funding = Channel.keyed<FundingBookEntry>({
  key: (row) => level(borrows(row) ? "bid" : "ask", row),
  // the sign of a funding deletion is ambiguous: if the indicated side lacks the level, the other side is meant
  otherKey: (row) => level(borrows(row) ? "ask" : "bid", row),
  removes: (row) => row.count === 0,
  order: sides<FundingBookEntry>(borrows, byRate)
})

const fundingRaw = Channel.keyed<RawFundingBookEntry>({
  key: (row) => row.offerId,
  removes: (row) => row.rate === 0,
  order: sides<RawFundingBookEntry>(borrows, (a, b) => byRate(a, b) || a.offerId - b.offerId)
})

export const book = ({ symbol }: AnyArgs): Channel.State<never> => Symbols.isFunding(symbol) ? funding : trading

export const rawBook = ({ symbol }: AnyArgs): Channel.State<never> =>
  Symbols.isFunding(symbol) ? fundingRaw : tradingRaw
