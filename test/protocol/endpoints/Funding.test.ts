import { assert, describe, it } from "@effect/vitest"
import { fundingEndpoints } from "../../../src/protocol/Endpoints.ts"
import { bodyOf, refused } from "../../support/requests.ts"

const { cancelAllFundingOffers, fundingOffers, keepFunding, setFundingAutoRenew, submitFundingOffer } = fundingEndpoints
const offer = { type: "LIMIT", symbol: "fUSD", amount: 50, rate: 0.0002, period: 2 } as const

describe("an offer", () => {
  it("is for a funding symbol", () => {
    for (const symbol of ["tBTCUSD", "USD", "fusd"]) {
      refused(submitFundingOffer, { ...offer, symbol }, "symbol", "f and")
    }
    refused(fundingOffers, { symbol: "tBTCUSD" }, "symbol", "f and")
  })
  it("has an amount, a rate and a period that the venue accepts", () => {
    refused(submitFundingOffer, { ...offer, amount: 0 }, "amount", "zero")
    refused(submitFundingOffer, { ...offer, amount: 1e-9 }, "amount", "8 decimals")
    refused(submitFundingOffer, { ...offer, rate: 0.000000001 }, "rate", "8 decimals")
    refused(submitFundingOffer, { ...offer, rate: Number.NaN }, "rate", "finite")
    for (const period of [1, 121, 2.5, "2"]) refused(submitFundingOffer, { ...offer, period }, "period", "2 to 120")
    refused(submitFundingOffer, { ...offer, type: "FRR" }, "type", "LIMIT, FRRDELTAVAR, FRRDELTAFIX")
    // rates have no limit of significant digits, unlike prices
    assert.strictEqual(bodyOf(submitFundingOffer, { ...offer, rate: "0.00123456" })["rate"], "0.00123456")
  })
  it("has a rate below zero only as a fixed distance to the flash return rate", () => {
    for (const type of ["LIMIT", "FRRDELTAVAR"]) {
      refused(submitFundingOffer, { ...offer, type, rate: -0.0001 }, "rate", `${type} offers`)
    }
    assert.strictEqual(bodyOf(submitFundingOffer, { ...offer, type: "FRRDELTAFIX", rate: -0.0001 })["rate"], "-0.0001")
    assert.strictEqual(bodyOf(submitFundingOffer, { ...offer, type: "FRRDELTAVAR", rate: 0 })["rate"], "0")
  })
  it("is hidden or not, and nothing else", () => {
    assert.strictEqual(bodyOf(submitFundingOffer, { ...offer, flags: { hidden: true } })["flags"], 64)
    refused(submitFundingOffer, { ...offer, flags: { postOnly: true } }, "flags", "hidden")
  })
})

describe("bare currencies", () => {
  it("have no prefix", () => {
    refused(cancelAllFundingOffers, { currency: "fUSD" }, "currency", "without prefix")
    refused(setFundingAutoRenew, { status: true, currency: "fUSD" }, "currency", "without prefix")
  })
})

describe("auto-renew", () => {
  it("is on or off, sent as 1 or 0", () => {
    assert.deepStrictEqual(bodyOf(setFundingAutoRenew, { status: false, currency: "USD" }), {
      status: 0,
      currency: "USD"
    })
    for (const status of [1, 0, "on"]) {
      refused(setFundingAutoRenew, { status, currency: "USD" }, "status", "true or false")
    }
    refused(setFundingAutoRenew, { status: true, currency: "USD", amount: -1 }, "amount", "below zero")
  })
})

describe("keeping", () => {
  it("either toggles or sets", () => {
    refused(keepFunding, { type: "loan" }, "id", "give either id, or changes")
    refused(keepFunding, { type: "loan", id: [1], changes: { 1: 1 } }, "changes", "given: id and changes")
    refused(keepFunding, { type: "loan", changes: { 1: 0 } }, "changes", "1: choose one of 1, 2")
    refused(keepFunding, { type: "loan", changes: { x: 1 } }, "changes", "keys are ids")
    refused(keepFunding, { type: "loan", changes: [1] }, "changes", "give an object")
    refused(keepFunding, { type: "offer", id: [1] }, "type", "credit, loan")
  })
})
