/**
 * Margin of an account, as a whole and by symbol.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const marginInfoBaseDataLayout = Layout.make("MarginInfoBaseData", (at) => ({
  /** profit or loss of all positions */ userPl: at(0, Field.num),
  /** funding in use; in the examples an amount, not a count */ userSwaps: at(1, Field.num),
  /** balance of the margin wallet */ marginBalance: at(2, Field.num),
  /** balance including profit and loss */ marginNet: at(3, Field.num),
  /** minimum margin of the open positions; absent before 2019 */ marginMin: at(4, Field.nullable(Field.num))
}))
/**
 * Margin of the account as a whole.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export interface MarginInfoBaseData extends Layout.Type<typeof marginInfoBaseDataLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarginInfoBaseData: Layout.Layout<MarginInfoBaseData> = marginInfoBaseDataLayout

const marginInfoBaseData = Layout.field(MarginInfoBaseData)
const base = Field.oneOf("base")

const marginInfoBase = Layout.make("MarginInfoBase", (at) => ({
  /** the word `base` */ key: at(0, base),
  /** margin of the account */ data: at(1, marginInfoBaseData)
}))
/**
 * Margin of the account as a whole, with the key that distinguishes it from the margin of a symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export interface MarginInfoBase extends Layout.Type<typeof marginInfoBase> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarginInfoBase: Layout.Layout<MarginInfoBase> = marginInfoBase

const marginInfoSymbolDataLayout = Layout.make("MarginInfoSymbolData", (at) => ({
  /** balance available for trading */ tradableBalance: at(0, Field.nullable(Field.num)),
  /** balance including the part used by positions */ grossBalance: at(1, Field.nullable(Field.num)),
  /** largest purchase at the best ask */ buy: at(2, Field.nullable(Field.num)),
  /** largest sale at the best bid */ sell: at(3, Field.nullable(Field.num))
}))
/**
 * Margin of one symbol.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export interface MarginInfoSymbolData extends Layout.Type<typeof marginInfoSymbolDataLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarginInfoSymbolData: Layout.Layout<MarginInfoSymbolData> = marginInfoSymbolDataLayout

const marginInfoSymbolData = Layout.field(MarginInfoSymbolData)
const sym = Field.oneOf("sym")

const marginInfoSymbol = Layout.make("MarginInfoSymbol", (at) => ({
  /** the word `sym` */ key: at(0, sym),
  /** trading symbol */ symbol: at(1, Field.str),
  /** margin of the symbol */ data: at(2, marginInfoSymbolData)
}))
/**
 * Margin of one symbol, with the key that distinguishes it from the margin of the account.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-margin
 * @since 0.1.0
 * @category records
 */
export interface MarginInfoSymbol extends Layout.Type<typeof marginInfoSymbol> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MarginInfoSymbol: Layout.Layout<MarginInfoSymbol> = marginInfoSymbol
