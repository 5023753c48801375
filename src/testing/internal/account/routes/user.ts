/**
 * The user: information, permissions and tokens, alerts, settings, recurring orders.
 *
 * @internal
 */
import * as Either from "effect/Either"
import {
  AccountSummary,
  AuthToken,
  ChangelogEntry,
  KeyPermission,
  LoginHistoryEntry,
  UserInfo,
  UserSetting,
  UserSettingsWriteResult
} from "../../../../protocol/records/Account.ts"
import { Alert, AlertDeleteResult } from "../../../../protocol/records/Alert.ts"
import * as References from "../../market/references.ts"
import { isObject } from "../input.ts"
import { isCap, scopes } from "../keys.ts"
import { dollarsOf } from "../positions.ts"
import type { Call, Routes } from "../route.ts"
import { days, notification, page, read, rows, sum, write } from "../route.ts"
import { invalid, refuse } from "../types.ts"
import { category } from "../wallets.ts"

const userInfo = ({ profile }: Call) =>
  Either.right(UserInfo.encode({
    id: profile.userId,
    email: profile.email,
    username: profile.nickname,
    mtsAccountCreate: profile.created,
    verified: 1,
    verificationLevel: 3,
    timezone: "UTC",
    locale: "en",
    company: "bitfinex",
    emailVerified: 1,
    subaccountType: null,
    mtsMasterAccountCreate: profile.created,
    groupId: profile.userId,
    masterAccountId: profile.userId,
    inheritMasterAccountVerification: 0,
    isGroupMaster: 1,
    groupWithdrawEnabled: 1,
    pptEnabled: null,
    merchantEnabled: 1,
    competitionEnabled: null,
    twoFaModes: ["u2f"],
    isSecuritiesMaster: 0,
    securitiesEnabled: 0,
    isSecuritiesInvestorAccredited: null,
    isSecuritiesElSalvador: null,
    allowDisableCtxswitch: 0,
    ctxswitchDisabled: 0,
    timeLastLogin: new Date(profile.created).toISOString(),
    verificationLevelSubmitted: null,
    compCountries: null,
    compCountriesResid: null,
    complAccountType: "individual",
    isMerchantEnterprise: 0
  }))

const summary = ({ account, now, venue }: Call) => {
  const { core } = venue.accounts
  const { maker, taker } = core.fees
  const recent = account.trades.filter((trade) => trade.mts >= now - days(30))
  const volumes = new Map<string, number>()
  const fees: { [currency: string]: number } = {}
  let total = 0
  let made = 0
  let feesTotal = 0
  for (const { execAmount, execPrice, fee, feeCurrency, maker, symbol } of recent) {
    const { base, quote } = References.pair(symbol)
    const dollars = Math.abs(execAmount) * execPrice * dollarsOf(core.market, quote)
    volumes.set(base, (volumes.get(base) ?? 0) + Math.abs(execAmount))
    total += dollars
    if (maker === 1) made += dollars
    if (fee === null || feeCurrency === null) continue
    fees[feeCurrency] = (fees[feeCurrency] ?? 0) - fee
    feesTotal -= fee * dollarsOf(core.market, feeCurrency)
  }
  const earned: { [currency: string]: number } = {}
  for (const entry of account.wallets.ledgers()) {
    if (entry.category !== category.funding || entry.mts < now - days(30)) continue
    earned[entry.currency] = (earned[entry.currency] ?? 0) + entry.amount
  }
  const none = { volSafe: null, volMaker: null, volBfx: null, volBfxSafe: null, volBfxMaker: null }
  return Either.right(AccountSummary.encode({
    feeInfo: {
      makerFeeInfo: { makerFee: maker, makerFeeStable: maker, makerFeeFiat: maker, derivRebate: maker },
      takerFeeInfo: { takerFeeToCrypto: taker, takerFeeToStable: taker, takerFeeToFiat: taker, derivTakerFee: taker }
    },
    tradingVolAndFee: {
      tradeVol30d: [
        ...Array.from(volumes, ([curr, vol]) => ({ curr, vol, ...none })),
        {
          curr: "Total (USD)",
          vol: total,
          volSafe: total,
          volMaker: made,
          volBfx: total,
          volBfxSafe: total,
          volBfxMaker: made
        }
      ],
      feesTrading30d: fees,
      feesTradingTotal30d: feesTotal
    },
    fundingEarnings: {
      fundingEarningsPerCurr: earned,
      fundingEarningsTotal: sum(
        Object.entries(earned).map(([currency, amount]) => amount * dollarsOf(core.market, currency))
      )
    },
    leoInfo: { leoLev: 0, leoAmountAvg: 0 }
  }))
}

const logins = (call: Call) => {
  const { profile } = call
  const extra = { asn: "64496, Example", geo: "Example", user_agent: { browser: "Example", is_mobile: false } }
  const entry = { id: profile.userId * 10, time: profile.created, ip: "192.0.2.1", extraInfo: JSON.stringify(extra) }
  return Either.map(
    page(call, [entry], (login) => login.time, { default: 125, max: 250 }),
    (list) => rows(LoginHistoryEntry, list)
  )
}

const defaultTtl = 120

const generateToken = ({ input, profile, session, venue }: Call) => {
  // the venue's reply to a token that requests another token is not known
  if (session.token !== undefined) return refuse(10100, "apikey: invalid")
  const [ttl, caps] = [input.number("ttl") ?? defaultTtl, input.raw("caps")]
  if (input.text("scope") !== "api") return invalid("scope")
  if (!(ttl > 0 && Number.isFinite(ttl))) return invalid("ttl")
  if (caps !== undefined && !(Array.isArray(caps) && caps.every(isCap))) return invalid("caps")
  const write = input.raw("writePermission")
  if (write !== undefined && typeof write !== "boolean" && write !== 0 && write !== 1) return invalid("writePermission")
  const token = venue.keys.addToken(session, { millis: ttl * 1000, caps, write: write === true || write === 1 })
  venue.profiles.log(profile, "settings: api token created")
  return Either.right(AuthToken.encode({ token }))
}

const alertKey = (symbol: string, price: number): string => `price:${symbol}:${price}`

const setAlert = ({ input, profile, venue }: Call) => {
  const [symbol, price, count] = [input.text("symbol") ?? "", input.number("price") ?? 0, input.int("count") ?? 100]
  if (input.text("type") !== "price") return invalid("type")
  if (!symbol.startsWith("t") || !venue.accounts.core.market.has(symbol)) return invalid("symbol")
  if (!(price > 0)) return refuse(10001, "price: invalid")
  if (!(count > 0)) return invalid("count")
  const alert = { info: alertKey(symbol, price), type: "price", pair: symbol, price, countdown: count }
  profile.alerts.set(alert.info, alert)
  return Either.right(Alert.encode(alert))
}

const settingName = /^api:[A-Za-z0-9_-]*$/

const keysOf = (value: unknown): ReadonlyArray<string> | undefined => {
  // the documentation accepts both an object from key to 1 and a list
  const keys: unknown = isObject(value) ? Object.keys(value) : value
  return Array.isArray(keys) && keys.length > 0 && keys.every((key) => settingName.test(String(key)))
    ? keys.map(String)
    : undefined
}

const readSettings = ({ input, profile }: Call) => {
  const keys = keysOf(input.raw("keys"))
  if (keys === undefined) return invalid("keys")
  return Either.right(
    rows(
      UserSetting,
      keys.flatMap((key) => profile.settings.has(key) ? [{ key, value: profile.settings.get(key) }] : [])
    )
  )
}

const writeSettings = ({ input, now, profile, venue }: Call) => {
  const settings = input.raw("settings")
  if (!isObject(settings) || keysOf(settings) === undefined) return invalid("settings")
  const entries = Object.entries(settings)
  for (const [key, value] of entries) profile.settings.set(key, value)
  venue.profiles.log(profile, `settings: ${entries.length} changed`)
  const info = UserSettingsWriteResult.encode({ numberOfSettings: entries.length })
  return Either.right(notification(now, "acc_ss", info, null))
}

const deleteSettings = ({ input, now, profile }: Call) => {
  const keys = keysOf(input.raw("settings") ?? input.raw("keys"))
  if (keys === undefined) return invalid("settings")
  const deleted = keys.filter((key) => profile.settings.delete(key)).length
  return Either.right(notification(now, "acc_sd", UserSettingsWriteResult.encode({ numberOfSettings: deleted }), null))
}

const recurringFields = [
  "alias",
  "_symbol",
  "currency",
  "action",
  "amount",
  "recurrence",
  "startedAt",
  "endedAt",
  "endless"
] as const

/**
 * a recurring order, whose layout is not documented: the fields of the request with an id and a status. Nothing is stored,
 * and none executes
 */
const recurring = (status: "active" | "cancelled") => ({ input, now, path }: Call) =>
  Either.right({
    ...Object.fromEntries(recurringFields.filter(input.has).map((name) => [name, input.raw(name)])),
    algoOrderId: path("algoOrderId") ?? "00000000-0000-4000-8000-000000000001",
    status,
    createdAt: now
  })

const noRecurring = () => Either.right({ items: [], totalItems: 0 })

export const userRoutes: Routes = {
  userInfo: read("r/info/user", "account", userInfo),
  accountSummary: read("r/summary", "account", summary),
  loginHistory: read("r/logins/hist", "account", logins),
  keyPermissions: read("r/permissions", null, ({ session }) =>
    Either.right(
      rows(
        KeyPermission,
        scopes.map((scope) => {
          const { read, write } = session.permissions[scope]
          return { scope, read: read ? 1 as const : 0 as const, write: write ? 1 as const : 0 as const }
        })
      )
    )),
  generateToken: write("w/token", null, generateToken),
  // the reply is not known
  invalidateToken: write("w/token/del", null, ({ input, session, venue }) => {
    const token = input.text("token")
    if (token === undefined) return invalid("token")
    return Either.right([venue.keys.removeToken(session, token) ? 1 : 0])
  }),
  changelog: read("r/audit/hist", "account", (call) =>
    Either.map(
      page(call, call.profile.changelog, (entry) => entry.mtsCreate, { default: 125, max: 500 }),
      (list) => rows(ChangelogEntry, list)
    )),
  alerts: read("r/alerts", "settings", ({ profile }) => Either.right(rows(Alert, profile.alerts.values()))),
  setAlert: write("w/alert/set", "settings", setAlert),
  deleteAlert: write("w/alert/price:{symbol}:{price}/del", "settings", ({ path, profile }) => {
    profile.alerts.delete(`price:${path("symbol")}:${path("price")}`)
    return Either.right(AlertDeleteResult.encode({ success: true }))
  }),
  readUserSettings: read("r/settings", "settings", readSettings),
  writeUserSettings: write("w/settings/set", "settings", writeSettings),
  deleteUserSettings: write("w/settings/del", "settings", deleteSettings),
  // it is not known which settings these are
  coreSettings: read(
    "r/settings/core",
    "settings",
    ({ input }) => input.has("keys") ? Either.right([]) : invalid("keys")
  ),
  // of its rows it is only known that they are one day apart
  performance: read("r/stats/perf:1D/hist", "account", () => Either.right([])),
  createRecurringOrder: write("w/ext/recurring-ao/create", "orders", recurring("active")),
  recurringOrder: read("r/ext/recurring-ao/detail/{algoOrderId}", "orders", recurring("active")),
  updateRecurringOrder: write("w/ext/recurring-ao/update/{algoOrderId}", "orders", recurring("active")),
  cancelRecurringOrder: write("w/ext/recurring-ao/cancel/{algoOrderId}", "orders", recurring("cancelled")),
  recurringOrders: read("r/ext/recurring-ao/list", "orders", noRecurring),
  recurringOrderExecutions: read("r/ext/recurring-ao/order/list", "orders", noRecurring)
}
