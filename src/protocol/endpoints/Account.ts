/**
 * The endpoints of the account as a table of rows: its owner, keys, alerts and settings. All endpoints need a key.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import {
  AccountSummary,
  AuthToken,
  AvailableBalance,
  ChangelogEntry,
  KeyPermission,
  LoginHistoryEntry,
  UserInfo,
  UserSetting,
  UserSettingsWriteResult
} from "../records/Account.ts"
import { Alert, AlertDeleteResult } from "../records/Alert.ts"
import { Notification } from "../records/Notification.ts"
import * as Symbols from "../Symbols.ts"

const settingPattern = /^api:[A-Za-z0-9_-]*$/

const settingKey = Param.make<`api:${string}`>({
  kind: "key of a setting",
  check: (value) =>
    typeof value === "string" && settingPattern.test(value)
      ? undefined
      : "give api: and letters, digits, underscores or hyphens"
})

const checkBalance = ({ dir, lev, rate, symbol, type }: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  const isFunding = type === "FUNDING"
  if (isFunding !== Symbols.isFunding(symbol)) {
    return { field: "symbol", reason: isFunding ? Symbols.expected.funding : Symbols.expected.trading }
  }
  if (!isFunding && dir === undefined) return { field: "dir", reason: `${type} needs one` }
  if (!isFunding && rate === undefined) return { field: "rate", reason: `${type} needs one` }
  if (type !== "DERIV" && lev !== undefined) return { field: "lev", reason: "only DERIV has it; leave it out" }
  return undefined
}

const checkToken = ({ caps, writePermission }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  Array.isArray(caps) && caps.includes("wd") && writePermission !== true
    ? { field: "writePermission", reason: "the capability wd needs it" }
    : undefined

/**
 * The account: its owner, fees, keys, alerts, settings.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const accountEndpoints = Endpoint.table("account", {
  /** The account and its owner. */
  userInfo: Endpoint.read({
    path: "v2/auth/r/info/user",
    params: {},
    result: Endpoint.always(UserInfo),
    limit: [90, 60],
    doc: "rest-auth-info-user"
  }),

  /** Fees, volumes and earnings of 30 days. */
  accountSummary: Endpoint.read({
    path: "v2/auth/r/summary",
    params: {},
    result: Endpoint.always(AccountSummary),
    limit: [90, 60],
    doc: "rest-auth-summary"
  }),

  /** Logins, newest first. */
  loginHistory: Endpoint.read({
    path: "v2/auth/r/logins/hist",
    params: {
      ...Inputs.span,
      /** 1 to 250 rows */
      limit: Param.limit(250)
    },
    result: Endpoint.always(Layout.list(LoginHistoryEntry)),
    limit: [90, 60],
    doc: "rest-auth-logins-hist"
  }),

  /** Permissions of the key: a good first call. */
  keyPermissions: Endpoint.read({
    path: "v2/auth/r/permissions",
    params: {},
    result: Endpoint.always(Layout.list(KeyPermission)),
    limit: [90, 60],
    doc: "key-permissions"
  }),

  /** Creates a token that replaces key and signature. It is a secret, and each call creates another token. */
  generateToken: Endpoint.write({
    path: "v2/auth/w/token",
    params: {
      /** the word `api` */
      scope: Param.oneOf("api"),
      /** seconds until it expires; default 120. The maximum is not documented */
      ttl: Param.optional(Inputs.count),
      /** a account, o orders, f funding, s settings, w wallets, wd withdraw, bp bfxpay */
      caps: Param.optional(Body.list(Param.oneOf("a", "o", "f", "s", "w", "wd", "bp"))),
      /** whether the token may write; needed for wd */
      writePermission: Param.optional(Param.bool),
      /** IP address of the end user */
      custIp: Param.named("_cust_ip", Param.optional(Param.text))
    },
    result: Endpoint.always(AuthToken),
    check: checkToken,
    limit: null,
    doc: "generate-token"
  }),

  /** Invalidates a token. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  invalidateToken: Endpoint.write({
    path: "v2/auth/w/token/del",
    params: {
      /** the token */
      token: Param.text
    },
    result: Endpoint.always(Layout.raw),
    idempotent: true,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Changes of the account's settings, newest first. */
  changelog: Endpoint.read({
    path: "v2/auth/r/audit/hist",
    params: {
      ...Inputs.span,
      /** 1 to 500 rows */
      limit: Param.limit(500)
    },
    result: Endpoint.always(Layout.list(ChangelogEntry)),
    limit: [90, 60],
    doc: "rest-auth-audit-hist"
  }),

  /** Price alerts. */
  alerts: Endpoint.read({
    path: "v2/auth/r/alerts",
    params: {},
    result: Endpoint.always(Layout.list(Alert)),
    limit: [45, 60],
    doc: "rest-auth-alerts"
  }),

  /** Sets a price alert. Symbol and price are its key, so a repeat sets the same alert. */
  setAlert: Endpoint.write({
    path: "v2/auth/w/alert/set",
    params: {
      /** the word `price` */
      type: Param.oneOf("price"),
      /** t pair */
      symbol: Param.trading,
      /** quote currency */
      price: Inputs.price,
      /** how often it may trigger; default 100 */
      count: Param.optional(Inputs.count)
    },
    result: Endpoint.always(Alert),
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-alert-set"
  }),

  /** Deletes a price alert. Reportedly it succeeds whether or not the alert exists. */
  deleteAlert: Endpoint.write({
    path: "v2/auth/w/alert/price:{symbol}:{price}/del",
    params: {
      /** t pair */
      symbol: Param.trading,
      /**
       * quote currency; must be written as in the alert's `info`. How the venue writes very small prices there is
       * unknown
       */
      price: Inputs.price
    },
    result: Endpoint.always(AlertDeleteResult),
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-alert-del"
  }),

  /** Balance available for an order or an offer. */
  availableBalance: Endpoint.read({
    path: "v2/auth/calc/order/avail",
    params: {
      /** t pair; f currency for FUNDING */
      symbol: Param.symbol,
      /** 1 to buy, -1 to sell; required for all types but FUNDING */
      dir: Param.optional(Param.oneOf(1, -1)),
      /** price of the order, quote currency; required for all types but FUNDING */
      rate: Param.optional(Inputs.price),
      /** wallet that pays for it */
      type: Param.oneOf("EXCHANGE", "MARGIN", "DERIV", "FUNDING"),
      /** leverage, DERIV only */
      lev: Param.optional(Param.decimal({ decimals: 8, sign: "positive" }))
    },
    result: Endpoint.always(AvailableBalance),
    check: checkBalance,
    limit: [90, 60],
    doc: "rest-auth-calc-order-avail"
  }),

  /** Settings by key. */
  readUserSettings: Endpoint.read({
    path: "v2/auth/r/settings",
    params: {
      /** keys of the form `api:` and a name */
      keys: Body.list(settingKey)
    },
    result: Endpoint.always(Layout.list(UserSetting)),
    limit: [90, 60],
    doc: "rest-auth-settings"
  }),

  /** Writes settings. */
  writeUserSettings: Endpoint.write({
    path: "v2/auth/w/settings/set",
    params: {
      /** any JSON by key; keys have the form `api:` and a name */
      settings: Body.record(Body.json, settingPattern, "api: and a name")
    },
    ...Notification.reply("acc_ss", Layout.wrapped(UserSettingsWriteResult)),
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-settings-set"
  }),

  /**
   * Deletes settings. Sources disagree on the body: this is the manual's form, a list under `settings`; the venue's
   * client sends the list under `keys`. Check `numberOfSettings` of the reply.
   */
  deleteUserSettings: Endpoint.write({
    path: "v2/auth/w/settings/del",
    params: {
      /** keys of the form `api:` and a name */
      settings: Body.list(settingKey)
    },
    ...Notification.reply("acc_sd", Layout.wrapped(UserSettingsWriteResult)),
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-settings-del"
  }),

  /** Settings of the platform by key. Not in the manual: known from the venue's own client. */
  coreSettings: Endpoint.read({
    path: "v2/auth/r/settings/core",
    params: {
      /** names of settings, which are not documented */
      keys: Body.list(Param.text)
    },
    result: Endpoint.always(Layout.list(UserSetting)),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Performance by day. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer has its page; whether the venue still supports it is unknown.
   */
  performance: Endpoint.read({
    path: "v2/auth/r/stats/perf:1D/hist",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  })
})
