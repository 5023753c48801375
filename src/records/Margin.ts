/**
 * Margin of an account, as a whole and by symbol.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * Margin of the account as a whole.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export const MarginInfoBaseData = Layout.make("MarginInfoBaseData", {
  /** profit or loss of all positions */ userPl: [0, Field.num],
  /** funding in use; an amount in the examples, not a count */ userSwaps: [1, Field.num],
  /** balance of the margin wallet */ marginBalance: [2, Field.num],
  /** that balance with profit and loss */ marginNet: [3, Field.num],
  /** least margin of the open positions; absent before 2019 */ marginMin: [4, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MarginInfoBaseData = Layout.Type<typeof MarginInfoBaseData>

/**
 * Margin of the account as a whole, with the key that tells it from that of a symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export const MarginInfoBase = Layout.make("MarginInfoBase", {
  /** the word `base` */ key: [0, Field.oneOf("base")],
  /** margin of the account */ data: [1, Layout.field(MarginInfoBaseData)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MarginInfoBase = Layout.Type<typeof MarginInfoBase>

/**
 * Margin of one symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export const MarginInfoSymbolData = Layout.make("MarginInfoSymbolData", {
  /** what can still be traded */ tradableBalance: [0, Field.nullable(Field.num)],
  /** with what is tied up in positions */ grossBalance: [1, Field.nullable(Field.num)],
  /** largest purchase at the best ask */ buy: [2, Field.nullable(Field.num)],
  /** largest sale at the best bid */ sell: [3, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MarginInfoSymbolData = Layout.Type<typeof MarginInfoSymbolData>

/**
 * Margin of one symbol, with the key that tells it from that of the account.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export const MarginInfoSymbol = Layout.make("MarginInfoSymbol", {
  /** the word `sym` */ key: [0, Field.oneOf("sym")],
  /** trading symbol */ symbol: [1, Field.str],
  /** margin of the symbol */ data: [2, Layout.field(MarginInfoSymbolData)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MarginInfoSymbol = Layout.Type<typeof MarginInfoSymbol>
