/**
 * Order books: price levels, or single orders in raw books. The sign of an amount means opposite things for trading
 * and for funding.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const bookEntry = Layout.make("BookEntry", (at) => ({
  /** quote currency */ price: at(0, Field.num),
  /** orders at this price; on the socket 0 deletes the level */ count: at(1, Field.int),
  /** base currency: positive is a bid, negative an ask; on the socket 1 or -1 when the level is deleted */
  amount: at(2, Field.num)
}))
/**
 * Price level of a trading book, precisions P0 to P4.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-book
 * @since 0.1.0
 * @category records
 */
export interface BookEntry extends Layout.Type<typeof bookEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const BookEntry: Layout.Layout<BookEntry> = bookEntry

const fundingBookEntry = Layout.make("FundingBookEntry", (at) => ({
  /** fraction per day */ rate: at(0, Field.num),
  /** days; the same rate occurs with several periods */ period: at(1, Field.int),
  /** offers on this level; on the socket 0 deletes it */ count: at(2, Field.int),
  /** in the currency: negative is a bid (borrower), positive an ask (lender); 1 or -1 when the level is deleted */
  amount: at(3, Field.num)
}))
/**
 * Level of a funding book, precisions P0 to P4. Rate and period together are its key.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-book
 * @since 0.1.0
 * @category records
 */
export interface FundingBookEntry extends Layout.Type<typeof fundingBookEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingBookEntry: Layout.Layout<FundingBookEntry> = fundingBookEntry

const rawBookEntry = Layout.make("RawBookEntry", (at) => ({
  /** id of the order; a row with a known id and another price moves the order */ orderId: at(0, Field.int),
  /** quote currency; on the socket 0 deletes the order */ price: at(1, Field.num),
  /** base currency: positive is a bid, negative an ask; on the socket 1 or -1 when the order is deleted */
  amount: at(2, Field.num)
}))
/**
 * Order of a raw trading book, precision R0.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-book
 * @since 0.1.0
 * @category records
 */
export interface RawBookEntry extends Layout.Type<typeof rawBookEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const RawBookEntry: Layout.Layout<RawBookEntry> = rawBookEntry

const rawFundingBookEntry = Layout.make("RawFundingBookEntry", (at) => ({
  /** id of the offer */ offerId: at(0, Field.int),
  /** days */ period: at(1, Field.int),
  /** fraction per day; on the socket 0 deletes the offer */ rate: at(2, Field.num),
  /** in the currency: negative is a bid, positive an ask; on the socket 1 or -1 when the offer is deleted */
  amount: at(3, Field.num)
}))
/**
 * Offer of a raw funding book, precision R0. The period precedes the rate, unlike in `FundingBookEntry`.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-book
 * @since 0.1.0
 * @category records
 */
export interface RawFundingBookEntry extends Layout.Type<typeof rawFundingBookEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const RawFundingBookEntry: Layout.Layout<RawFundingBookEntry> = rawFundingBookEntry
