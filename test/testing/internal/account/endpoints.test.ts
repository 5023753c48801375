import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { AnyArgs } from "../../../../src/protocol/Endpoint.ts"
import { routes } from "../../../../src/testing/internal/account/rest.ts"
import { open, rows } from "../../../support/accounts.ts"
import { facts as venue } from "../../../support/facts.ts"
import * as Fixtures from "../../../support/fixtures.ts"

/** an account with objects of every kind, and matching arguments */
const prepare = () => {
  const venue = open({ start: Date.UTC(2026, 2, 11, 23, 58) })
  const { ask, order, pass, post } = venue
  const { ask: price } = venue.best("tBTCUSD")
  order({ type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.2" })
  order({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "-0.1", price: "90000", gid: 5, cid: 77 })
  order({ type: "EXCHANGE LIMIT", symbol: "tETHUSD", amount: "1", price: "1000", meta: { aff_code: "x" } })
  const canceled = order({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: "40000" })
  post("v2/auth/w/order/cancel", { id: canceled })
  order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
  order({ type: "MARKET", symbol: "tETHUSD", amount: "-2" })
  order({ type: "MARKET", symbol: "tETHUSD", amount: "2" })
  order({ type: "MARKET", symbol: "tBTCF0:USTF0", amount: "0.1", lev: 5 })
  ask("submitFundingOffer", { type: "LIMIT", symbol: "fUSD", amount: 500, rate: 0.00001, period: 120 })
  ask("submitFundingOffer", { type: "LIMIT", symbol: "fUSD", amount: -300, rate: 0.01, period: 2 })
  ask("submitFundingOffer", { type: "LIMIT", symbol: "fUSD", amount: 200, rate: 0.05, period: 30 })
  const offer = ask("submitFundingOffer", { type: "FRRDELTAVAR", symbol: "fUSD", amount: 100, rate: 0.01, period: 30 })
  ask("cancelFundingOffer", { id: offer.notifyInfo.id })
  ask("depositAddress", { wallet: "exchange", method: "lnx" })
  ask("withdraw", { wallet: "exchange", method: "bitcoin", amount: 0.01, address: "somewhere" })
  ask("setAlert", { type: "price", symbol: "tBTCUSD", price: 70000 })
  ask("writeUserSettings", { settings: { "api:a": 1, "api:b": { deep: [1] } } })
  // past midnight, with daily interest and a daily snapshot
  pass(3 * 60_000)
  const view = venue.view()
  const bill = { amount: "20", currency: "USD", orderId: "a", payCurrencies: ["BTC", "UST-ETH"] }
  const invoice = post("v2/auth/w/ext/pay/invoice/create/pos", bill).body
  const other = post("v2/auth/w/ext/pay/invoice/create/pos", bill).body
  const pulse = post("v2/auth/w/pulse/add", { title: "Nothing in particular", content: "words", isPublic: 1 }).body
  const position = view.positions().find(({ symbol }) => symbol === "tBTCUSD")!
  const trade = view.trades()[0]!
  const open_ = view.orders()
  const credit = view.fundingCredits()[0]!
  const loan = view.fundingLoans()[0]!
  const recurring = post("v2/auth/w/ext/recurring-ao/create", { _symbol: "tBTCUSD", action: "buy", amount: 1 }).body
  const algo = { algoOrderId: recurring.algoOrderId }
  const byInvoice = { id: invoice.id }
  const token = ask("generateToken", { scope: "api" }).token
  const args: { readonly [endpoint: string]: AnyArgs } = {
    activeOrders: {},
    activeOrdersBySymbol: { symbol: "tBTCUSD" },
    ordersHistory: {},
    ordersHistoryBySymbol: { symbol: "tBTCUSD" },
    orderTrades: { symbol: trade.symbol, id: trade.orderId },
    accountTrades: { sort: 1 },
    accountTradesBySymbol: { symbol: "tBTCUSD" },
    submitOrder: { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: 0.01, price: 50000, cid: 4711 },
    updateOrder: { id: open_[0]!.id, price: 91000 },
    cancelOrder: { id: open_[1]!.id },
    cancelOrders: { all: true },
    orderMultiOp: { ops: [["on", { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "50000" }]] },
    ledgers: {},
    movements: {},
    movementInfo: { id: view.movements()[0]!.id },
    marginInfoSymbol: { symbol: "tBTCUSD" },
    claimPosition: { id: position.positionId, amount: 0.01 },
    increasePosition: { symbol: "tBTCUSD", amount: 0.01 },
    increasePositionInfo: { symbol: "tBTCUSD", amount: 0.01 },
    positionsHistory: {},
    positionsSnapshot: {},
    positionsAudit: { id: [position.positionId] },
    updatePositionFundingType: { symbol: "tBTCUSD", type: 1 },
    setDerivativeCollateral: { symbol: "tBTCF0:USTF0", collateral: 2000 },
    derivativeCollateralLimits: { symbol: "tBTCF0:USTF0" },
    fundingOffers: { symbol: "fUSD" },
    submitFundingOffer: { type: "LIMIT", symbol: "fUSD", amount: 60, rate: 0.05, period: 30 },
    cancelFundingOffer: { id: view.fundingOffers()[0]!.id },
    cancelAllFundingOffers: { currency: "USD" },
    closeFunding: { id: loan.id },
    setFundingAutoRenew: { status: true, currency: "USD", amount: 60, rate: 5, period: 30 },
    keepFunding: { type: "credit", id: [credit.id] },
    fundingOffersHistory: {},
    fundingLoans: {},
    fundingLoansHistory: {},
    fundingCredits: { symbol: "fUSD" },
    fundingCreditsHistory: {},
    fundingTradesHistory: {},
    fundingInfo: { symbol: "fUSD" },
    fundingAutoRenewStatus: { currency: "USD" },
    transferBetweenWallets: { from: "exchange", to: "margin", currency: "USD", amount: 50 },
    depositAddress: { wallet: "exchange", method: "bitcoin" },
    depositAddressList: { method: "lnx" },
    generateInvoice: { wallet: "exchange", currency: "LNX", amount: 0.001 },
    withdraw: { wallet: "exchange", method: "bitcoin", amount: 0.01, address: "somewhere" },
    alerts: {},
    setAlert: { type: "price", symbol: "tBTCUSD", price: 71000 },
    deleteAlert: { symbol: "tBTCUSD", price: 70000 },
    availableBalance: { symbol: "tBTCUSD", dir: 1, rate: price, type: "EXCHANGE" },
    readUserSettings: { keys: ["api:a", "api:b"] },
    writeUserSettings: { settings: { "api:c": true } },
    deleteUserSettings: { settings: ["api:a"] },
    invalidateToken: { token },
    recurringOrder: algo,
    updateRecurringOrder: { ...algo, action: "sell" },
    cancelRecurringOrder: algo,
    createRecurringOrder: { symbol: "tBTCUSD", action: "buy" },
    loginHistory: {},
    thalexDeposit: { provider: "thalex", amount: 0.1, ccy: "BTC", tfaToken: {} },
    thalexWithdraw: { provider: "thalex", amount: 0.05, ccy: "BTC", tfaToken: {} },
    publicPulseHistory: {},
    publicPulseProfile: { nickname: `user-${view.userId}` },
    pulseHistory: {},
    addPulse: { title: "A second message of mine", content: "words", isPublic: true },
    deletePulse: { pid: pulse[0] },
    completeInvoice: { ...byInvoice, payCcy: "BTC", depositId: 4 },
    expireInvoice: { id: other.id },
    listInvoices: {},
    listInvoicesPaginated: {},
    updateInvoice: byInvoice,
    refundInvoice: { ...byInvoice, ccy: "BTC", amount: "0.1", address: { address: "x" } },
    markInvoiceRefunded: { ...byInvoice, refundId: "1" },
    payInvoiceInstant: { ...byInvoice, ccy: "BTC" },
    creditCardRates: { ...byInvoice, ccy: "USD", remoteIp: "192.0.2.1" }
  }
  return { ...venue, args }
}

type Prepared = ReturnType<typeof prepare>

/** arguments of the scenario, or the example arguments of the manual */
const argsOf = ({ args }: Prepared, name: string): AnyArgs => {
  const example = Fixtures.rest(name)?.cases[0]?.args ?? {}
  const own = args[name]
  return own ?? example
}

/** lists that stay empty in the scenario */
const empty: ReadonlyArray<string> = [
  "otcOrdersHistory",
  "fundingCreditsHistory",
  "fundingLoansHistory",
  "lnxInvoicePayments",
  "listCurrencyConversions",
  "listMerchantDeposits",
  "listUnlinkedDeposits",
  "invoiceEarningStats",
  "invoiceCountStats",
  "coreSettings"
]

const isOfAccounts = (name: string): boolean => rows[name]!.auth || ["pulse", "merchant"].includes(rows[name]!.group)

interface Answer {
  readonly status: number
  readonly json: any
  readonly args: AnyArgs
}

/** every endpoint once, on one exchange: reads first, deleting writes last */
const answers: ReadonlyMap<string, Answer> = (() => {
  const venue = prepare()
  const sweeping = ["cancelAllFundingOffers", "cancelOrders", "invalidateToken"]
  const isWrite = (name: string) => rows[name]!.path.includes("/w/")
  const all = Object.keys(rows).filter((name) => isOfAccounts(name) && !sweeping.includes(name))
  const inOrder = [...all.filter((name) => !isWrite(name)), ...all.filter(isWrite), ...sweeping]
  return new Map(inOrder.map((name) => {
    const args = argsOf(venue, name)
    const { body, status } = venue.call(name, args)
    return [name, { status, args, json: JSON.parse(JSON.stringify(body)) }]
  }))
})()

const names = Object.keys(rows).filter(isOfAccounts)

describe("endpoints of accounts", () => {
  it("there is a route for every row, and no further route", () => {
    assert.deepStrictEqual(Object.keys(routes).sort(), [...names].sort())
  })

  for (const name of names) {
    it(`${name}: the reply to the client's request is decoded by its row`, () => {
      const { args, json, status } = answers.get(name)!
      assert.strictEqual(status, 200, JSON.stringify(json))
      assert.isUndefined(rows[name]!.refusal(json))
      const decoded = rows[name]!.decode(json, args)
      assert.isTrue(Either.isRight(decoded), Either.isLeft(decoded) ? decoded.left.message : "")
      if (Array.isArray(json) && !empty.includes(name) && rows[name]!.status === "documented") {
        assert.isAbove(json.length, 0, "there is something to show")
      }
    })
  }
})

describe("pulse", () => {
  it("has messages with comments, and the profiles of their authors", () => {
    const venue = open()
    const all = venue.call("publicPulseHistory", { limit: 100 }).body
    assert.isAbove(all.length, 20)
    assert.isTrue(all.some((row: ReadonlyArray<unknown>) => row[19] === 1), "a message has a comment")
    const older = venue.call("publicPulseHistory", { end: all[4][1] }).body
    assert.deepStrictEqual(older[0], all[4])
    const nickname = all[0][18][0][3]
    const profile = venue.call("publicPulseProfile", { nickname })
    assert.deepStrictEqual([profile.status, profile.body[0], profile.body[3]], [200, all[0][3], nickname])
    assert.strictEqual(venue.call("publicPulseProfile", { nickname: "unknown" }).status, 500)
  })
})

describe("endpoints of accounts against the facts", () => {
  const facts = venue.endpoints.filter(({ group }) => group !== "public")
  const { records } = venue

  const kinds: { readonly [type: string]: (value: unknown) => boolean } = {
    int: Number.isSafeInteger,
    number: Number.isFinite,
    ms: (value) => typeof value === "number" && value > 1e12 && value < 1e13,
    string: (value) => typeof value === "string",
    flag01: (value) => value === 0 || value === 1,
    bool: (value) => typeof value === "boolean",
    object: (value) => typeof value === "object" && !Array.isArray(value),
    list: Array.isArray
  }

  const check = (name: string, row: any, path: string): ReadonlyArray<string> => {
    const { fields, length, maxSeenLength, shape } = records[name]!
    if (shape === "unknown") return []
    if (shape === "array" && !Array.isArray(row)) return [`${path}: no row`]
    const long = shape === "array" && (row.length < length! || row.length > Math.max(length!, maxSeenLength ?? 0))
    return [
      ...(long ? [`${path}: ${row.length} cells`] : []),
      ...fields.flatMap((field) => {
        if (field.i === null && field.key === undefined) return []
        const value = field.i === null ? field.key!.split(".").reduce((of, key) => of?.[key], row) : row[field.i]
        const at = `${path}.${field.name}`
        if (value === null || value === undefined) return field.nullable || field.optional ? [] : [`${at}: null`]
        if (field.record !== undefined && field.type === "record") return check(field.record, value, at)
        if (field.record !== undefined) {
          return (value as ReadonlyArray<unknown>).flatMap((each) => check(field.record!, each, at))
        }
        if (field.const !== undefined && field.const !== null && value !== field.const) return [`${at}: ${value}`]
        return (kinds[field.type] ?? (() => true))(value) ? [] : [`${at}: ${JSON.stringify(value)} is no ${field.type}`]
      })
    ]
  }

  it("the routes are exactly the known endpoints, with their paths", () => {
    assert.lengthOf(facts, 114)
    assert.deepStrictEqual(Object.keys(routes).sort(), facts.map(({ name }) => name).sort())
    for (const { method, name, path } of facts) {
      assert.deepStrictEqual([routes[name]!.method, routes[name]!.path.replace("?}", "}")], [method, path])
    }
  })

  it("permissions", () => {
    for (const { access, permission, scope, name } of facts.map((fact) => ({ ...routes[fact.name]!, ...fact }))) {
      if (permission !== null && permission !== undefined) {
        assert.deepStrictEqual([scope, access], [permission.scope, permission.access], name)
      }
    }
  })

  for (const { name, response } of facts) {
    it(`${name}: ${response.kind}`, () => {
      const { json } = answers.get(name)!
      const record = typeof response.record === "string" ? response.record : undefined
      switch (response.kind) {
        case "record":
          if (json !== null) assert.deepStrictEqual(check(record!, response.wrap ? json[0] : json, name), [])
          return
        case "list":
          assert.isArray(json)
          assert.deepStrictEqual(json.flatMap((row: unknown) => check(record!, row, name)), [])
          return
        case "notification": {
          const [mts, type, , , info, code, status] = json
          assert.lengthOf(json, 8)
          assert.deepStrictEqual([code, status], [null, "SUCCESS"])
          assert.strictEqual(mts < 1e11, type === "on-req", "seconds for on-req, milliseconds for the others")
          const known = response.notificationType!.map((each) => each.split(" ")[0])
          if (!known.includes("unknown")) assert.include(known, type)
          if (response.notifyInfoShape === "none") assert.isNull(info)
          if (response.notifyInfo === null || response.notifyInfo === undefined) return
          const found = response.notifyInfoShape === "list" ? info : [info]
          assert.isAbove(found.length, 0)
          assert.deepStrictEqual(found.flatMap((row: unknown) => check(response.notifyInfo!, row, name)), [])
          return
        }
        default:
          assert.notStrictEqual(json, undefined)
      }
    })
  }
})
