import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fs from "node:fs"
import type * as Endpoint from "../../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../../src/protocol/Endpoints.ts"
import * as Request from "../../../src/protocol/internal/request.ts"
import * as Fixtures from "../../support/fixtures.ts"
import { bodyOf, refused } from "../../support/requests.ts"

const { accountEndpoints, all, positionEndpoints } = Endpoints
const { availableBalance, deleteAlert, generateToken, readUserSettings, setAlert, writeUserSettings } = accountEndpoints
const rows: { readonly [name: string]: Endpoint.AnyEndpoint } = all

describe("the tables", () => {
  it("hold each endpoint once, under its own name", () => {
    const { all: _, confKeys: __, ...others } = Endpoints
    const tables = Object.values(others) as ReadonlyArray<object>
    assert.lengthOf(tables.flatMap(Object.keys), 134)
    assert.sameMembers(tables.flatMap(Object.keys), Object.keys(all))
    for (const [name, row] of Object.entries(rows)) assert.strictEqual(row.name, name)
  })

  it("mark as deprecated, with the reason, what the manual or the venue's own client no longer has", () => {
    const folder = new URL("../../../src/protocol/endpoints/", import.meta.url)
    const source = fs.readdirSync(folder).map((file) => fs.readFileSync(new URL(file, folder), "utf8")).join("\n")
    const marked = [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}(\w+)(?:: Endpoint|,\n)/g)]
      .filter(([, comment]) => /@deprecated The (manual|venue's own client) \w/.test(comment!))
      .map(([, , name]) => name!)
    const removed = Object.values(rows).filter(({ status }) => status === "removed-from-docs-index")
    assert.lengthOf(removed, 23)
    assert.sameMembers(marked, [
      ...removed.map(({ name }) => name),
      // formerly in the manual
      "walletsHistory",
      "performance",
      // never in the manual
      "updateInvoice",
      "refundInvoice",
      "markInvoiceRefunded",
      "listInvoiceEvents",
      "listPayCurrencies",
      "listPayCurrenciesDetailed",
      "publicInvoiceCurrenciesDetailed"
    ])
  })

  it("are typed except for 29, whose replies have an unknown form", () => {
    const raw = Object.values(rows).filter((row) => {
      const chosen = row.reply.choose({})
      return Either.isRight(chosen) && chosen.right.name === "raw"
    })
    assert.sameMembers(raw.map(({ name }) => name), [
      // for 25 only the path is known; `configs` is the 26th in the facts, and typed here by its keys
      "performance",
      "invalidateToken",
      "createRecurringOrder",
      "recurringOrder",
      "updateRecurringOrder",
      "cancelRecurringOrder",
      "recurringOrders",
      "recurringOrderExecutions",
      "addCurrencyConversion",
      "removeCurrencyConversion",
      "setMerchantSetting",
      "setMerchantSettingsBatch",
      "updateInvoice",
      "refundInvoice",
      "markInvoiceRefunded",
      "listInvoiceEvents",
      "listPayCurrencies",
      "listPayCurrenciesDetailed",
      "publicInvoiceCurrenciesDetailed",
      "payInvoiceInstant",
      "uploadMerchantImage",
      "creditCardRates",
      "merchantFeedback",
      "publicInvoiceRegenerate",
      "publicInvoiceFeedback",
      // the manual lists terms, but neither keys nor nesting: a layout would be a guess
      "lnxInvoicePayments",
      "merchantDailyLimits",
      "getMerchantSetting",
      // one notification for all or one for each operation: sources disagree
      "orderMultiOp"
    ])
  })

  it("sign exactly the endpoints that need a key", () => {
    for (const { auth, method, name, path } of Object.values(rows)) {
      assert.strictEqual(auth, path.startsWith("v2/auth/"), name)
      if (auth) assert.strictEqual(method, "POST", name)
    }
  })

  it("allow no repeat of a write", () => {
    for (const row of Object.values(rows)) {
      if (row.path.includes("/w/")) assert.isFalse(Request.isRead(row), row.name)
      else if (row.auth) assert.isTrue(Request.isRead(row), row.name)
    }
    assert.isFalse(Request.isRead(all.publicInvoiceRegenerate))
  })

  it("of signed endpoints send a body, an empty object at least", () => {
    for (const row of Object.values(rows).filter(({ auth }) => auth)) {
      for (const { args } of Fixtures.rest(row.name)!.cases) assert.isObject(bodyOf(row, args))
    }
    assert.deepStrictEqual(bodyOf(all.wallets, {}), {})
  })
})

describe("a reply of the wrong form", () => {
  for (const row of Object.values(rows)) {
    for (const { args } of Fixtures.rest(row.name)!.cases.slice(0, 1)) {
      const chosen = Either.getOrThrow(row.reply.choose(args))
      if (row.group === "public" || chosen.name === "raw") continue
      it(`is an error of ${row.name}`, () => {
        const wrongs = chosen.name === "MerchantSettings"
          ? ["text", 1, null, []]
          : [{ unexpected: true }, "text", 1]
        for (const wrong of wrongs) {
          const error = row.decode(wrong, args)
          assert(Either.isLeft(error), JSON.stringify(wrong))
          assert.strictEqual(error.left._tag, "DecodeError")
        }
      })
    }
  }
})

describe("the available balance", () => {
  const margin = { type: "MARGIN", symbol: "tBTCUSD", dir: 1, rate: 35000 } as const
  it("for an order needs direction and price, and for funding neither", () => {
    assert.deepStrictEqual(bodyOf(availableBalance, margin), { ...margin, rate: "35000" })
    refused(availableBalance, { ...margin, dir: undefined }, "dir", "MARGIN needs one")
    refused(availableBalance, { ...margin, rate: undefined }, "rate", "MARGIN needs one")
    refused(availableBalance, { ...margin, dir: 0 }, "dir", "1, -1")
    refused(availableBalance, { ...margin, lev: 5 }, "lev", "only DERIV")
    refused(availableBalance, { ...margin, type: "SPOT" }, "type", "EXCHANGE, MARGIN, DERIV, FUNDING")
  })
  it("has the kind of symbol that its type requires", () => {
    refused(availableBalance, { ...margin, symbol: "fUSD" }, "symbol", "t and")
    refused(availableBalance, { type: "FUNDING", symbol: "tBTCUSD" }, "symbol", "f and")
    assert.deepStrictEqual(bodyOf(availableBalance, { type: "FUNDING", symbol: "fUSD" }), {
      type: "FUNDING",
      symbol: "fUSD"
    })
  })
})

describe("tokens, alerts, settings", () => {
  it("a token that may withdraw may write", () => {
    refused(generateToken, { scope: "api", caps: ["wd"] }, "writePermission", "wd")
    refused(generateToken, { scope: "api", caps: ["x"] }, "caps", "element 0: choose one of a, o, f")
    refused(generateToken, { scope: "web" }, "scope", "api")
    refused(generateToken, { scope: "api", writePermission: 1 }, "writePermission", "true or false")
  })
  it("an alert is named by its symbol and its price as the venue prints it", () => {
    const path = (price: unknown) => {
      const request = Request.build(deleteAlert, { symbol: "tDOGE:USD", price })
      return Either.getOrThrow(request).path
    }
    assert.strictEqual(path("0.50"), "v2/auth/w/alert/price:tDOGE:USD:0.5/del")
    assert.strictEqual(path(1e-7), "v2/auth/w/alert/price:tDOGE:USD:0.0000001/del")
    refused(deleteAlert, { symbol: "tDOGE:USD" }, "price", "required")
    refused(setAlert, { type: "price", symbol: "fUSD", price: 1 }, "symbol", "t and")
  })
  it("settings begin with api:, and hold any JSON value", () => {
    for (const key of ["one", "api:a b", "pub:one", 1]) refused(readUserSettings, { keys: [key] }, "keys", "element 0")
    refused(writeUserSettings, { settings: { one: 1 } }, "settings", "the key one is invalid")
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const value of [Number.NaN, [undefined], { a: 1n }, cycle, () => 1, { deep: [Number.POSITIVE_INFINITY] }]) {
      refused(writeUserSettings, { settings: { "api:one": value } }, "settings", "JSON value")
    }
    const shared = { a: 1 }
    const twice = { settings: { "api:one": [shared, shared, null, "x", { b: undefined }] } }
    assert.deepStrictEqual(bodyOf(writeUserSettings, twice), {
      settings: { "api:one": [{ a: 1 }, { a: 1 }, null, "x", {}] }
    })
  })
})

describe("positions", () => {
  const { positionsAudit, setDerivativeCollateral, updatePositionFundingType } = positionEndpoints
  const collateral = { symbol: "tBTCF0:USTF0", collateral: 1 }
  it("collateral is the new value: above zero, and a refusal when it was not set", () => {
    refused(setDerivativeCollateral, { ...collateral, collateral: 0 }, "collateral", "zero")
    refused(setDerivativeCollateral, { ...collateral, collateral: -1 }, "collateral", "below zero")
    for (const done of [[[1]], [1]]) assert.isUndefined(setDerivativeCollateral.refusal(done))
    for (const not of [[[0]], [0], [[]], []]) {
      assert.strictEqual(setDerivativeCollateral.refusal(not)?.status, "FAILURE", JSON.stringify(not))
    }
    for (const other of [{}, null, "x", [["1"]]]) assert.isUndefined(setDerivativeCollateral.refusal(other))
  })
  it("audits name their positions, and funding is daily or term", () => {
    refused(positionsAudit, {}, "id", "required")
    refused(positionsAudit, { id: 5 }, "id", "give a list")
    refused(updatePositionFundingType, { symbol: "tBTCUSD", type: 2 }, "type", "0, 1")
  })
})
