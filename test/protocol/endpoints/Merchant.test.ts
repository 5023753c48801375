import { assert, describe, it } from "@effect/vitest"
import { merchantEndpoints, pulseEndpoints } from "../../../src/protocol/Endpoints.ts"
import * as Fixtures from "../../support/fixtures.ts"
import { bodyOf, refused } from "../../support/requests.ts"

const {
  completeInvoice,
  listMerchantDeposits,
  listMerchantSettings,
  listUnlinkedDeposits,
  merchantFeedback,
  setMerchantSetting,
  submitInvoice,
  submitPosInvoice
} = merchantEndpoints
const [{ args: invoice }] = Fixtures.rest("submitInvoice")!.cases as readonly [Fixtures.RestCase]
const day = 86_400_000

describe("an invoice", () => {
  it("names its customer in full", () => {
    const customer = invoice["customerInfo"] as object
    const without = (name: string) => ({ ...invoice, customerInfo: { ...customer, [name]: undefined } })
    for (
      const name of ["nationality", "residCountry", "residCity", "residZipCode", "residStreet", "fullName", "email"]
    ) {
      refused(submitInvoice, without(name), "customerInfo", `${name}: it is required`)
    }
    for (const name of ["residState", "residBuildingNo", "ip"]) {
      assert.notProperty(bodyOf(submitInvoice, without(name))["customerInfo"], name)
    }
    refused(
      submitInvoice,
      { ...invoice, customerInfo: { ...customer, phone: "1" } },
      "customerInfo",
      "there is no parameter phone"
    )
    refused(submitInvoice, { ...invoice, customerInfo: "me" }, "customerInfo", "give an object")
    refused(submitPosInvoice, invoice, "customerInfo", "no such parameter")
  })
  it("is of an amount above zero, for 5 minutes to 3 days, and may be paid in something", () => {
    refused(submitInvoice, { ...invoice, amount: 0 }, "amount", "zero")
    for (const duration of [299, 259201]) refused(submitInvoice, { ...invoice, duration }, "duration", "300 to 259200")
    refused(submitInvoice, { ...invoice, payCurrencies: [] }, "payCurrencies", "at least 1")
    refused(submitInvoice, { ...invoice, meta: { env: "live" } }, "meta", "env: choose one of production")
    refused(submitInvoice, { ...invoice, meta: { tags: ["123456"] } }, "meta", "tags: element 0: give at most 5")
    refused(submitInvoice, { ...invoice, meta: { tags: ["1", "2", "3", "4", "5", "6"] } }, "meta", "at most 5")
  })
  it("is completed by one payment", () => {
    const ids = { id: "i-1", payCcy: "BTC" }
    refused(completeInvoice, ids, "depositId", "give either depositId, or ledgerId, or depositIds")
    refused(completeInvoice, { ...ids, depositId: 1, ledgerId: 2 }, "ledgerId", "given: depositId and ledgerId")
  })
})

describe("others", () => {
  it("deposits are requested within bounds", () => {
    refused(listMerchantDeposits, { from: 2, to: 1 }, "from", "after")
    refused(listUnlinkedDeposits, { ccy: "BTC", start: 0, end: 2 * day + 1 }, "end", "two days")
    refused(listUnlinkedDeposits, { ccy: "BTC", start: 2, end: 1 }, "start", "after")
    assert.include(bodyOf(listUnlinkedDeposits, { ccy: "BTC", start: new Date(0), end: 2 * day }), { end: 2 * day })
  })
  it("settings are set to any JSON, including null, and an empty list requests all", () => {
    assert.deepStrictEqual(bodyOf(setMerchantSetting, { key: "a", val: null }), { key: "a", val: null })
    refused(setMerchantSetting, { key: "a" }, "val", "required")
    refused(setMerchantSetting, { key: "a", val: Number.NaN }, "val", "JSON")
    assert.deepStrictEqual(bodyOf(listMerchantSettings, { keys: [] }), { keys: [] })
    refused(merchantFeedback, { score: 6 }, "score", "1 to 5")
  })
  it("messages of Pulse send booleans as 1 and 0", () => {
    const { addPulse } = pulseEndpoints
    assert.deepStrictEqual(bodyOf(addPulse, { content: "x", isPin: false, isPublic: true }), {
      content: "x",
      isPin: 0,
      isPublic: 1
    })
    refused(addPulse, { title: "x" }, "content", "required")
    refused(addPulse, { content: "x", isPin: 1 }, "isPin", "true or false")
  })
})
