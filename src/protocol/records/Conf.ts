/**
 * Configuration of the venue: currencies, pairs, methods of deposit and withdrawal, margin.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const confMapEntry = Layout.make("ConfMapEntry", (at) => ({
  /** the venue's code, mostly of a currency */ key: at(0, Field.str),
  /** symbol, name, unit, underlying or network, depending on the requested map */ value: at(1, Field.str)
}))
/**
 * One pair of a map from text to text.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfMapEntry extends Layout.Type<typeof confMapEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfMapEntry: Layout.Layout<ConfMapEntry> = confMapEntry

const texts = Field.list(Field.str)

const confMapListEntry = Layout.make("ConfMapListEntry", (at) => ({
  /** method; the manual says currency, recorded replies show a method */ key: at(0, Field.str),
  /** currencies */ values: at(1, texts)
}))
/**
 * One pair of a map from text to several texts: a method of deposit and its currencies.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfMapListEntry extends Layout.Type<typeof confMapListEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfMapListEntry: Layout.Layout<ConfMapListEntry> = confMapListEntry

const confExplorerEntry = Layout.make("ConfExplorerEntry", (at) => ({
  /** currency, or network: the network of a token is in `pub:map:currency:pool` */ key: at(0, Field.str),
  /** site, template for addresses, template for transactions; `VAL` is the variable part */
  urls: at(1, texts)
}))
/**
 * Block explorer of a currency or a network.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfExplorerEntry extends Layout.Type<typeof confExplorerEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfExplorerEntry: Layout.Layout<ConfExplorerEntry> = confExplorerEntry

const numbers = Field.list(Field.num)

const confTxFeeEntry = Layout.make("ConfTxFeeEntry", (at) => ({
  /** currency */ currency: at(0, Field.str),
  /** two numbers: the second is the withdrawal fee in the currency, the meaning of the first is unknown */
  fees: at(1, numbers)
}))
/**
 * Withdrawal fee of a currency.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfTxFeeEntry extends Layout.Type<typeof confTxFeeEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfTxFeeEntry: Layout.Layout<ConfTxFeeEntry> = confTxFeeEntry

const confPairInfoLayout = Layout.make("ConfPairInfo", (at) => ({
  /** smallest order, base currency, decimal text */ minOrderSize: at(3, Field.str),
  /** largest order, base currency, decimal text */ maxOrderSize: at(4, Field.str),
  /** initial margin as a fraction; null without margin trading */ initialMargin: at(8, Field.nullable(Field.num)),
  /** minimum margin as a fraction; null without margin trading */ minMargin: at(9, Field.nullable(Field.num))
}))
/**
 * Order sizes and margins of a pair.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfPairInfo extends Layout.Type<typeof confPairInfoLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfPairInfo: Layout.Layout<ConfPairInfo> = confPairInfoLayout

const confPairInfo = Layout.field(ConfPairInfo)

const confPairInfoEntry = Layout.make("ConfPairInfoEntry", (at) => ({
  /** pair without prefix: put t before it for a symbol */ pair: at(0, Field.str),
  /** its order sizes and margins */ info: at(1, confPairInfo)
}))
/**
 * A pair and its order sizes and margins.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfPairInfoEntry extends Layout.Type<typeof confPairInfoEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfPairInfoEntry: Layout.Layout<ConfPairInfoEntry> = confPairInfoEntry

const confTxStatus = Layout.make("ConfTxStatus", (at) => ({
  /** method, such as BITCOIN */ method: at(0, Field.str),
  /** deposits: 1 open, 0 maintenance */ depStatus: at(1, Field.flag),
  /** withdrawals: 1 open, 0 maintenance */ wdStatus: at(2, Field.flag),
  /** 1 if a deposit needs a tag or memo */ paymentIdDep: at(7, Field.flag),
  /** 1 if a withdrawal needs a tag or memo */ paymentIdWd: at(8, Field.flag),
  /** confirmations until a deposit is credited; absent from older rows */
  depositConfirmationsRequired: at(11, Field.nullable(Field.int))
}), 9)
/**
 * Whether a method of deposit and withdrawal is open.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfTxStatus extends Layout.Type<typeof confTxStatus> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfTxStatus: Layout.Layout<ConfTxStatus> = confTxStatus

const confMarginSpec = Layout.object("ConfMarginSpec", (at) => ({
  /** base settings, and haircuts as `CCY_haircut`: numbers by name */ conf: at("conf", Field.object),
  /** initial margin by pair, with `base`, `base_cap` and `PAIR_risk`: numbers by name */
  initial: at("initial", Field.object),
  /** minimum margin under the same names */ minimum: at("minimum", Field.object)
}))
/**
 * Margin settings. The manual names only the subject; the shape is taken from one recorded reply.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfMarginSpec extends Layout.Type<typeof confMarginSpec> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfMarginSpec: Layout.Layout<ConfMarginSpec> = confMarginSpec

const confDerivativesFees = Layout.object("ConfDerivativesFees", (at) => ({
  /** perpetual contracts: `correction_clamp_min`, `correction_clamp_insurance`, `correction_slope`, numbers by name */
  derivPerp: at("deriv_perp", Field.object)
}))
/**
 * Settings of derivative fees.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category records
 */
export interface ConfDerivativesFees extends Layout.Type<typeof confDerivativesFees> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ConfDerivativesFees: Layout.Layout<ConfDerivativesFees> = confDerivativesFees
