/**
 * Statistics: totals of the platform, of funding, and leaderboards.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const stat = Layout.make("Stat", (at) => ({
  /** ms of the point in time */ mts: at(0, Field.mts),
  /** amount in the symbol's currency, or a price for `vwap` */ value: at(1, Field.num)
}))
/**
 * One point of a statistic. The unit of its value depends on the requested key.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-stats
 * @since 0.1.0
 * @category records
 */
export interface Stat extends Layout.Type<typeof stat> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Stat: Layout.Layout<Stat> = stat

const fundingStat = Layout.make("FundingStat", (at) => ({
  /** ms of the point in time */ mts: at(0, Field.mts),
  /** one 365th of the daily flash return rate: times 365 to compare with tickers and offers */ frr: at(3, Field.num),
  /** average period, days */ avgPeriod: at(4, Field.num),
  /** funding provided, in the currency */ fundingAmount: at(7, Field.num),
  /** funding used in positions, in the currency */ fundingAmountUsed: at(8, Field.num),
  /** sum of open offers below 0.75 percent, in the currency; may be null */
  fundingBelowThreshold: at(11, Field.nullable(Field.num))
}))
/**
 * Funding of a currency at one point in time.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-funding-stats
 * @since 0.1.0
 * @category records
 */
export interface FundingStat extends Layout.Type<typeof fundingStat> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingStat: Layout.Layout<FundingStat> = fundingStat

const leaderboardEntry = Layout.make("LeaderboardEntry", (at) => ({
  /** ms of the board; a reply mixes boards, the newest `mts` is the current one */ mts: at(0, Field.mts),
  /** null for traders who hide their names */ username: at(2, Field.nullable(Field.str)),
  /** place on the board, from 1 */ ranking: at(3, Field.int),
  /** profit or volume, depending on the requested key */ value: at(6, Field.num),
  /** null in every row of a check of August 2026 */ twitterHandle: at(9, Field.nullable(Field.str))
}))
/**
 * Place of one trader on a leaderboard. Live rows have further elements of unknown meaning, which are left out.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-rankings
 * @since 0.1.0
 * @category records
 */
export interface LeaderboardEntry extends Layout.Type<typeof leaderboardEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const LeaderboardEntry: Layout.Layout<LeaderboardEntry> = leaderboardEntry
