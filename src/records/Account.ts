/**
 * The account itself: its owner, fees, logins, keys and settings.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * The account and its owner. Cells that the manual leaves without a name are left out.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-info-user
 * @since 0.1.0
 * @category records
 */
export const UserInfo = Layout.make("UserInfo", {
  /** of the account */ id: [0, Field.int],
  /** of its owner */ email: [1, Field.str],
  /** of its owner */ username: [2, Field.str],
  /** ms */ mtsAccountCreate: [3, Field.nullable(Field.mts)],
  /** 1 when its owner was verified */ verified: [4, Field.nullable(Field.flag)],
  /** level of that verification */ verificationLevel: [5, Field.nullable(Field.int)],
  /** as set by the user */ timezone: [7, Field.nullable(Field.str)],
  /** as set by the user */ locale: [8, Field.nullable(Field.str)],
  /** `bitfinex` or `eosfinex` */ company: [9, Field.nullable(Field.str)],
  /** 1 when it was */ emailVerified: [10, Field.nullable(Field.flag)],
  /** unknown; null in every row that is known */ subaccountType: [12, Field.nullable(Field.json)],
  /** ms; of the master account */ mtsMasterAccountCreate: [14, Field.nullable(Field.mts)],
  /** of the master account and its sub-accounts */ groupId: [15, Field.nullable(Field.int)],
  /** id of the master account */ masterAccountId: [16, Field.nullable(Field.int)],
  /** 1 when it does */ inheritMasterAccountVerification: [17, Field.nullable(Field.flag)],
  /** 1 for a master account */ isGroupMaster: [18, Field.nullable(Field.flag)],
  /** 1 when the group may withdraw */ groupWithdrawEnabled: [19, Field.nullable(Field.flag)],
  /** 1 when it is; the manual does not explain it */ pptEnabled: [21, Field.nullable(Field.flag)],
  /** 1 for merchants */ merchantEnabled: [22, Field.nullable(Field.flag)],
  /** 1 for competitions */ competitionEnabled: [23, Field.nullable(Field.flag)],
  /** `u2f`, `otp` */ twoFaModes: [26, Field.nullable(Field.list(Field.str))],
  /** 1 for the master account of securities */ isSecuritiesMaster: [28, Field.nullable(Field.flag)],
  /** 1 when securities may be traded */ securitiesEnabled: [29, Field.nullable(Field.flag)],
  /** 1 for accredited investors */ isSecuritiesInvestorAccredited: [30, Field.nullable(Field.flag)],
  /** 1 for securities under the law of El Salvador */ isSecuritiesElSalvador: [31, Field.nullable(Field.flag)],
  /** 1 when switching between accounts may be turned off */ allowDisableCtxswitch: [38, Field.nullable(Field.flag)],
  /** 1 when it is turned off */ ctxswitchDisabled: [39, Field.nullable(Field.flag)],
  /** ISO 8601 text */ timeLastLogin: [44, Field.nullable(Field.str)],
  /** level that was applied for */ verificationLevelSubmitted: [47, Field.nullable(Field.int)],
  /** codes of countries and regions */ compCountries: [49, Field.nullable(Field.list(Field.str))],
  /** codes of countries and regions of residence */ compCountriesResid: [50, Field.nullable(Field.list(Field.str))],
  /** `individual` or `corporate` */ complAccountType: [51, Field.nullable(Field.str)],
  /** 1 for merchants of that kind */ isMerchantEnterprise: [54, Field.nullable(Field.flag)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type UserInfo = Layout.Type<typeof UserInfo>

/**
 * What a maker pays, as fractions.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const MakerFees = Layout.make("MakerFees", {
  /** fraction */ makerFee: [0, Field.num],
  /** fraction; the manual has one name for three cells, told apart like those of the taker */
  makerFeeStable: [1, Field.num],
  /** fraction; as above */ makerFeeFiat: [2, Field.num],
  /** derivatives, fraction; sources disagree on its sign */ derivRebate: [5, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MakerFees = Layout.Type<typeof MakerFees>

/**
 * What a taker pays, as fractions.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const TakerFees = Layout.make("TakerFees", {
  /** fraction */ takerFeeToCrypto: [0, Field.num],
  /** fraction */ takerFeeToStable: [1, Field.num],
  /** fraction */ takerFeeToFiat: [2, Field.num],
  /** derivatives, fraction */ derivTakerFee: [5, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type TakerFees = Layout.Type<typeof TakerFees>

/**
 * Fees of the account.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const AccountFees = Layout.make("AccountFees", {
  /** of a maker */ makerFeeInfo: [0, Layout.field(MakerFees)],
  /** of a taker */ takerFeeInfo: [1, Layout.field(TakerFees)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AccountFees = Layout.Type<typeof AccountFees>

/**
 * Volume in one currency over 30 days, or in total.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const TradingVolumeEntry = Layout.object("TradingVolumeEntry", {
  /** a currency, or `Total (USD)` */ curr: ["curr", Field.str],
  /** volume; text was reported */ vol: ["vol", Field.also("text", Field.num)],
  /** of the total only */ volSafe: ["vol_safe", Field.nullable(Field.num)],
  /** of the total only */ volMaker: ["vol_maker", Field.nullable(Field.num)],
  /** of the total only */ volBfx: ["vol_BFX", Field.nullable(Field.num)],
  /** of the total only */ volBfxSafe: ["vol_BFX_safe", Field.nullable(Field.num)],
  /** of the total only */ volBfxMaker: ["vol_BFX_maker", Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type TradingVolumeEntry = Layout.Type<typeof TradingVolumeEntry>

/**
 * Volume and fees over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const TradingVolumeAndFees = Layout.make("TradingVolumeAndFees", {
  /** by currency, and in total */ tradeVol30d: [0, Field.list(Layout.field(TradingVolumeEntry))],
  /** fees by currency; empty when there were none */ feesTrading30d: [1, Field.object],
  /** USD */ feesTradingTotal30d: [2, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type TradingVolumeAndFees = Layout.Type<typeof TradingVolumeAndFees>

/**
 * Earnings from funding over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const FundingEarnings = Layout.make("FundingEarnings", {
  /** earnings by currency */ fundingEarningsPerCurr: [1, Field.object],
  /** USD */ fundingEarningsTotal: [2, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type FundingEarnings = Layout.Type<typeof FundingEarnings>

/**
 * What the account holds in LEO, which lowers its fees.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const LeoInfo = Layout.object("LeoInfo", {
  /** level of the discount */ leoLev: ["leo_lev", Field.int],
  /** average over 30 days, LEO */ leoAmountAvg: ["leo_amount_avg", Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type LeoInfo = Layout.Type<typeof LeoInfo>

/**
 * Fees, volumes and earnings of the account over 30 days.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-summary
 * @since 0.1.0
 * @category records
 */
export const AccountSummary = Layout.make("AccountSummary", {
  /** fees */ feeInfo: [4, Field.nullable(Layout.field(AccountFees))],
  /** volume and fees */ tradingVolAndFee: [5, Field.nullable(Layout.field(TradingVolumeAndFees))],
  /** earnings from funding */ fundingEarnings: [6, Field.nullable(Layout.field(FundingEarnings))],
  /** holdings of LEO */ leoInfo: [9, Field.nullable(Layout.field(LeoInfo))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AccountSummary = Layout.Type<typeof AccountSummary>

/**
 * One login.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-logins-hist
 * @since 0.1.0
 * @category records
 */
export const LoginHistoryEntry = Layout.make("LoginHistoryEntry", {
  /** given by the venue */ id: [0, Field.int],
  /** ms of the login */ time: [2, Field.mts],
  /** address it came from */ ip: [4, Field.nullable(Field.str)],
  /** asn, geo and user_agent; mostly as JSON text, in places as an object */ extraInfo: [7, Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type LoginHistoryEntry = Layout.Type<typeof LoginHistoryEntry>

/**
 * What the key may do within one scope.
 *
 * @see https://docs.bitfinex.com/reference/key-permissions
 * @since 0.1.0
 * @category records
 */
export const KeyPermission = Layout.make("KeyPermission", {
  /** what it is about */
  scope: [
    0,
    Field.word(
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
  ],
  /** 1 when the key may read */ read: [1, Field.flag],
  /** 1 when the key may write */ write: [2, Field.flag]
})
/**
 * @since 0.1.0
 * @category records
 */
export type KeyPermission = Layout.Type<typeof KeyPermission>

/**
 * A token that stands in for key and signature. It is a secret.
 *
 * @see https://docs.bitfinex.com/reference/generate-token
 * @since 0.1.0
 * @category records
 */
export const AuthToken = Layout.make("AuthToken", {
  /** opaque text for the header `bfx-token` */ token: [0, Field.str]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AuthToken = Layout.Type<typeof AuthToken>

/**
 * One change of the account's settings.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-audit-hist
 * @since 0.1.0
 * @category records
 */
export const ChangelogEntry = Layout.make("ChangelogEntry", {
  /** ms of the change */ mtsCreate: [0, Field.mts],
  /** text for people */ log: [2, Field.str],
  /** address it came from */ ip: [5, Field.nullable(Field.str)],
  /** text of the browser */ userAgent: [6, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type ChangelogEntry = Layout.Type<typeof ChangelogEntry>

/**
 * What is left for an order or an offer.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-calc-order-avail
 * @since 0.1.0
 * @category records
 */
export const AvailableBalance = Layout.make("AvailableBalance", {
  /** what is left; its sign for sales is not documented */ amountAvail: [0, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AvailableBalance = Layout.Type<typeof AvailableBalance>

/**
 * One setting.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-settings
 * @since 0.1.0
 * @category records
 */
export const UserSetting = Layout.make("UserSetting", {
  /** name of the setting */ key: [0, Field.str],
  /** whatever was stored */ value: [1, Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type UserSetting = Layout.Type<typeof UserSetting>

/**
 * How many settings were changed.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-settings-set
 * @since 0.1.0
 * @category records
 */
export const UserSettingsWriteResult = Layout.make("UserSettingsWriteResult", {
  /** settings that were changed; may be null */ numberOfSettings: [0, Field.nullable(Field.int)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type UserSettingsWriteResult = Layout.Type<typeof UserSettingsWriteResult>
