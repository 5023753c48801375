/**
 * The account itself: its owner, fees, logins, keys and settings.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const textsOrNull = Field.nullable(Field.list(Field.str))

const userInfo = Layout.make("UserInfo", (at) => ({
  /** id of the account */ id: at(0, Field.int),
  /** email address of the owner */ email: at(1, Field.str),
  /** name of the owner */ username: at(2, Field.str),
  /** ms */ mtsAccountCreate: at(3, Field.nullable(Field.mts)),
  /** 1 if the owner is verified */ verified: at(4, Field.nullable(Field.flag)),
  /** level of the verification */ verificationLevel: at(5, Field.nullable(Field.int)),
  /** time zone, set by the user */ timezone: at(7, Field.nullable(Field.str)),
  /** locale, set by the user */ locale: at(8, Field.nullable(Field.str)),
  /** `bitfinex` or `eosfinex` */ company: at(9, Field.nullable(Field.str)),
  /** 1 if the email address is verified */ emailVerified: at(10, Field.nullable(Field.flag)),
  /** meaning unknown; null in every known row */ subaccountType: at(12, Field.nullable(Field.json)),
  /** creation of the master account, ms */ mtsMasterAccountCreate: at(14, Field.nullable(Field.mts)),
  /** id of the group of the master account and its sub-accounts */ groupId: at(15, Field.nullable(Field.int)),
  /** id of the master account */ masterAccountId: at(16, Field.nullable(Field.int)),
  /** 1 if the verification of the master account applies */
  inheritMasterAccountVerification: at(17, Field.nullable(Field.flag)),
  /** 1 for a master account */ isGroupMaster: at(18, Field.nullable(Field.flag)),
  /** 1 if the group may withdraw */ groupWithdrawEnabled: at(19, Field.nullable(Field.flag)),
  /** 1 if enabled; the manual does not explain it */ pptEnabled: at(21, Field.nullable(Field.flag)),
  /** 1 for merchants */ merchantEnabled: at(22, Field.nullable(Field.flag)),
  /** 1 for competitions */ competitionEnabled: at(23, Field.nullable(Field.flag)),
  /** `u2f`, `otp` */ twoFaModes: at(26, textsOrNull),
  /** 1 for the master account of securities */ isSecuritiesMaster: at(28, Field.nullable(Field.flag)),
  /** 1 if securities may be traded */ securitiesEnabled: at(29, Field.nullable(Field.flag)),
  /** 1 for accredited investors */ isSecuritiesInvestorAccredited: at(30, Field.nullable(Field.flag)),
  /** 1 for securities under the law of El Salvador */ isSecuritiesElSalvador: at(31, Field.nullable(Field.flag)),
  /** 1 if switching between accounts may be turned off */ allowDisableCtxswitch: at(38, Field.nullable(Field.flag)),
  /** 1 if it is turned off */ ctxswitchDisabled: at(39, Field.nullable(Field.flag)),
  /** ISO 8601 text */ timeLastLogin: at(44, Field.nullable(Field.str)),
  /** requested level of the verification */ verificationLevelSubmitted: at(47, Field.nullable(Field.int)),
  /** codes of countries and regions */ compCountries: at(49, textsOrNull),
  /** codes of countries and regions of residence */ compCountriesResid: at(50, textsOrNull),
  /** `individual` or `corporate` */ complAccountType: at(51, Field.nullable(Field.str)),
  /** 1 for enterprise merchants */ isMerchantEnterprise: at(54, Field.nullable(Field.flag))
}))
/**
 * The account and its owner. Cells without a name in the manual are omitted.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-user
 * @since 0.1.0
 * @category records
 */
export interface UserInfo extends Layout.Type<typeof userInfo> {}
/**
 * @since 0.1.0
 * @category records
 */
export const UserInfo: Layout.Layout<UserInfo> = userInfo

const makerFeesLayout = Layout.make("MakerFees", (at) => ({
  /** fraction */ makerFee: at(0, Field.num),
  /** fraction; the manual has one name for three cells, which are named like those of the taker here */
  makerFeeStable: at(1, Field.num),
  /** fraction; named as above */ makerFeeFiat: at(2, Field.num),
  /** derivatives, fraction; sources disagree on its sign */ derivRebate: at(5, Field.nullable(Field.num))
}))
/**
 * Fees of a maker, as fractions.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface MakerFees extends Layout.Type<typeof makerFeesLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MakerFees: Layout.Layout<MakerFees> = makerFeesLayout

const takerFeesLayout = Layout.make("TakerFees", (at) => ({
  /** fraction */ takerFeeToCrypto: at(0, Field.num),
  /** fraction */ takerFeeToStable: at(1, Field.num),
  /** fraction */ takerFeeToFiat: at(2, Field.num),
  /** derivatives, fraction */ derivTakerFee: at(5, Field.nullable(Field.num))
}))
/**
 * Fees of a taker, as fractions.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface TakerFees extends Layout.Type<typeof takerFeesLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TakerFees: Layout.Layout<TakerFees> = takerFeesLayout

const takerFees = Layout.field(TakerFees)
const makerFees = Layout.field(MakerFees)

const accountFeesLayout = Layout.make("AccountFees", (at) => ({
  /** fees of a maker */ makerFeeInfo: at(0, makerFees),
  /** fees of a taker */ takerFeeInfo: at(1, takerFees)
}))
/**
 * Fees of the account.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface AccountFees extends Layout.Type<typeof accountFeesLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AccountFees: Layout.Layout<AccountFees> = accountFeesLayout

const numOrText = Field.also("text", Field.num)

const tradingVolumeEntry = Layout.object("TradingVolumeEntry", (at) => ({
  /** a currency, or `Total (USD)` */ curr: at("curr", Field.str),
  /** volume; the venue has also sent text */ vol: at("vol", numOrText),
  /** in the total only */ volSafe: at("vol_safe", Field.nullable(Field.num)),
  /** in the total only */ volMaker: at("vol_maker", Field.nullable(Field.num)),
  /** in the total only */ volBfx: at("vol_BFX", Field.nullable(Field.num)),
  /** in the total only */ volBfxSafe: at("vol_BFX_safe", Field.nullable(Field.num)),
  /** in the total only */ volBfxMaker: at("vol_BFX_maker", Field.nullable(Field.num))
}))
/**
 * Volume in one currency over 30 days, or in total.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface TradingVolumeEntry extends Layout.Type<typeof tradingVolumeEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TradingVolumeEntry: Layout.Layout<TradingVolumeEntry> = tradingVolumeEntry

const tradingVolumeEntries = Field.list(Layout.field(TradingVolumeEntry))

const tradingVolumeAndFeesLayout = Layout.make("TradingVolumeAndFees", (at) => ({
  /** by currency, and in total */ tradeVol30d: at(0, tradingVolumeEntries),
  /** fees by currency; empty if there are none */ feesTrading30d: at(1, Field.object),
  /** USD */ feesTradingTotal30d: at(2, Field.num)
}))
/**
 * Volume and fees over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface TradingVolumeAndFees extends Layout.Type<typeof tradingVolumeAndFeesLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const TradingVolumeAndFees: Layout.Layout<TradingVolumeAndFees> = tradingVolumeAndFeesLayout

const fundingEarningsLayout = Layout.make("FundingEarnings", (at) => ({
  /** earnings by currency */ fundingEarningsPerCurr: at(1, Field.object),
  /** USD */ fundingEarningsTotal: at(2, Field.num)
}))
/**
 * Earnings from funding over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface FundingEarnings extends Layout.Type<typeof fundingEarningsLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const FundingEarnings: Layout.Layout<FundingEarnings> = fundingEarningsLayout

const leoInfoLayout = Layout.object("LeoInfo", (at) => ({
  /** level of the discount */ leoLev: at("leo_lev", Field.int),
  /** average over 30 days, LEO */ leoAmountAvg: at("leo_amount_avg", Field.num)
}))
/**
 * Holdings of LEO, which lower the fees of the account.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface LeoInfo extends Layout.Type<typeof leoInfoLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const LeoInfo: Layout.Layout<LeoInfo> = leoInfoLayout

const leoInfo = Field.nullable(Layout.field(LeoInfo))
const fundingEarnings = Field.nullable(Layout.field(FundingEarnings))

const tradingVolumeAndFees = Field.nullable(Layout.field(TradingVolumeAndFees))
const accountFees = Field.nullable(Layout.field(AccountFees))

const accountSummary = Layout.make("AccountSummary", (at) => ({
  /** fees */ feeInfo: at(4, accountFees),
  /** volume and fees */ tradingVolAndFee: at(5, tradingVolumeAndFees),
  /** earnings from funding */ fundingEarnings: at(6, fundingEarnings),
  /** holdings of LEO */ leoInfo: at(9, leoInfo)
}))
/**
 * Fees, volumes and earnings of the account over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export interface AccountSummary extends Layout.Type<typeof accountSummary> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AccountSummary: Layout.Layout<AccountSummary> = accountSummary

const loginHistoryEntry = Layout.make("LoginHistoryEntry", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** ms of the login */ time: at(2, Field.mts),
  /** IP address of the user */ ip: at(4, Field.nullable(Field.str)),
  /** asn, geo and user_agent; mostly as JSON text, in places as an object */
  extraInfo: at(7, Field.nullable(Field.json))
}))
/**
 * One login.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-logins-hist
 * @since 0.1.0
 * @category records
 */
export interface LoginHistoryEntry extends Layout.Type<typeof loginHistoryEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const LoginHistoryEntry: Layout.Layout<LoginHistoryEntry> = loginHistoryEntry

const scope = Field.word(
  "account",
  "history",
  "orders",
  "positions",
  "funding",
  "settings",
  "wallets",
  "withdraw",
  "ui_withdraw",
  "bfxpay"
)

const keyPermission = Layout.make("KeyPermission", (at) => ({
  /** name of the scope */
  scope: at(0, scope),
  /** 1 if the key may read */ read: at(1, Field.flag),
  /** 1 if the key may write */ write: at(2, Field.flag)
}))
/**
 * Permissions of the key within one scope.
 *
 * @see https://docs.bitfinex.com/reference/key-permissions
 * @since 0.1.0
 * @category records
 */
export interface KeyPermission extends Layout.Type<typeof keyPermission> {}
/**
 * @since 0.1.0
 * @category records
 */
export const KeyPermission: Layout.Layout<KeyPermission> = keyPermission

const authToken = Layout.make("AuthToken", (at) => ({
  /** opaque text for the header `bfx-token` */ token: at(0, Field.str)
}))
/**
 * A token that stands in for key and signature. It is a secret.
 *
 * @see https://docs.bitfinex.com/reference/generate-token
 * @since 0.1.0
 * @category records
 */
export interface AuthToken extends Layout.Type<typeof authToken> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AuthToken: Layout.Layout<AuthToken> = authToken

const changelogEntry = Layout.make("ChangelogEntry", (at) => ({
  /** ms of the change */ mtsCreate: at(0, Field.mts),
  /** text for people */ log: at(2, Field.str),
  /** IP address of the user */ ip: at(5, Field.nullable(Field.str)),
  /** user agent of the browser */ userAgent: at(6, Field.nullable(Field.str))
}))
/**
 * One change of the account's settings.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-audit-hist
 * @since 0.1.0
 * @category records
 */
export interface ChangelogEntry extends Layout.Type<typeof changelogEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ChangelogEntry: Layout.Layout<ChangelogEntry> = changelogEntry

const availableBalance = Layout.make("AvailableBalance", (at) => ({
  /** available amount; its sign for sales is not documented */ amountAvail: at(0, Field.num)
}))
/**
 * Balance available for an order or an offer.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-calc-order-avail
 * @since 0.1.0
 * @category records
 */
export interface AvailableBalance extends Layout.Type<typeof availableBalance> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AvailableBalance: Layout.Layout<AvailableBalance> = availableBalance

const userSetting = Layout.make("UserSetting", (at) => ({
  /** name of the setting */ key: at(0, Field.str),
  /** the stored value */ value: at(1, Field.nullable(Field.json))
}))
/**
 * One setting.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-settings
 * @since 0.1.0
 * @category records
 */
export interface UserSetting extends Layout.Type<typeof userSetting> {}
/**
 * @since 0.1.0
 * @category records
 */
export const UserSetting: Layout.Layout<UserSetting> = userSetting

const userSettingsWriteResult = Layout.make("UserSettingsWriteResult", (at) => ({
  /** number of changed settings; may be null */ numberOfSettings: at(0, Field.nullable(Field.int))
}))
/**
 * The number of changed settings.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-settings-set
 * @since 0.1.0
 * @category records
 */
export interface UserSettingsWriteResult extends Layout.Type<typeof userSettingsWriteResult> {}
/**
 * @since 0.1.0
 * @category records
 */
export const UserSettingsWriteResult: Layout.Layout<UserSettingsWriteResult> = userSettingsWriteResult
