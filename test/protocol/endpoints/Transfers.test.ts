import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import { transferEndpoints } from "../../../src/protocol/Endpoints.ts"
import { bodyOf, refused } from "../../support/requests.ts"

const { depositAddressList, generateInvoice, lnxInvoicePayments, thalexDeposit, transferBetweenWallets, withdraw } =
  transferEndpoints
const paid = { wallet: "exchange", method: "bitcoin", amount: "0.1", address: "ADDRESS" } as const

describe("a withdrawal", () => {
  it("has an amount and an address, or an invoice", () => {
    const either = "give either amount and address, or invoice"
    refused(withdraw, { ...paid, address: undefined }, "amount", either)
    refused(withdraw, { ...paid, amount: undefined }, "address", either)
    refused(withdraw, { wallet: "exchange", method: "bitcoin" }, "amount", either)
    refused(withdraw, { ...paid, invoice: "lnbc" }, "invoice", "only the method lnx pays invoices")
    refused(withdraw, { ...paid, method: "lnx", invoice: "lnbc" }, "invoice", either)
    refused(withdraw, { ...paid, address: "" }, "address", "not empty")
  })
  it("pays invoices over Lightning only, and Lightning nothing else", () => {
    refused(withdraw, { wallet: "exchange", method: "bitcoin", invoice: "lnbc" }, "invoice", "only the method lnx")
    refused(withdraw, { ...paid, method: "lnx" }, "invoice", "needs it")
    assert.deepStrictEqual(bodyOf(withdraw, { wallet: "exchange", method: "lnx", invoice: "lnbc" }), {
      wallet: "exchange",
      method: "lnx",
      invoice: "lnbc"
    })
  })
  it("is of an amount above zero", () => {
    refused(withdraw, { ...paid, amount: 0 }, "amount", "zero")
    refused(withdraw, { ...paid, amount: -1 }, "amount", "below zero")
    refused(withdraw, { ...paid, amount: "0.123456789" }, "amount", "8 decimals")
    assert.strictEqual(bodyOf(withdraw, { ...paid, amount: 1e-7 })["amount"], "0.0000001")
  })
  it("names a person by both names, or a company", () => {
    refused(withdraw, { ...paid, destFirstname: "A" }, "destLastname", "both names")
    refused(withdraw, { ...paid, destLastname: "A" }, "destFirstname", "both names")
    const names = { destFirstname: "A", destLastname: "B" }
    refused(withdraw, { ...paid, ...names, destCorpName: "C" }, "destCorpName", "one of them")
    assert.include(bodyOf(withdraw, { ...paid, ...names }), { dest_firstname: "A", dest_lastname: "B" })
  })
  it("sends booleans as the venue requires: one as a number, the others as booleans", () => {
    assert.include(bodyOf(withdraw, { ...paid, feeDeduct: false, travelRuleTos: true, beneficiarySelf: false }), {
      fee_deduct: 0,
      travel_rule_tos: true,
      beneficiary_self: false
    })
    refused(withdraw, { ...paid, feeDeduct: 1 }, "feeDeduct", "true or false")
  })
  it("that was refused is a refusal, regardless of its status", () => {
    const reply = (
      id: unknown,
      status: string
    ) => [1, "acc_wd-req", null, null, [id, null, "bitcoin", null, "exchange", 0.1, null, null, 0], null, status, "why"]
    for (const [id, status] of [[0, "SUCCESS"], [null, "SUCCESS"], [5, "ERROR"], [null, "FAILURE"], [5, "PENDING"]]) {
      const json = reply(id, status as string)
      assert.deepStrictEqual(withdraw.refusal(json), { code: null, text: "why", status: status as string })
      assert.isFalse(Either.getOrThrow(withdraw.decode(json)).accepted)
    }
    const good = Either.getOrThrow(withdraw.decode(reply(5, "SUCCESS")))
    assert.isUndefined(withdraw.refusal(reply(5, "SUCCESS")))
    assert(good.accepted)
    assert.strictEqual(good.notifyInfo.withdrawalId, 5)
  })
})

describe("a transfer", () => {
  it("is between existing wallets, of an amount above zero", () => {
    const transfer = { from: "margin", to: "exchange", currency: "USD", amount: 50 }
    refused(
      transferBetweenWallets,
      { ...transfer, from: "spot" },
      "from",
      "exchange, margin, funding, trading, deposit"
    )
    refused(transferBetweenWallets, { ...transfer, amount: -50 }, "amount", "below zero")
    refused(transferBetweenWallets, { ...transfer, currency: "fUSD" }, "currency", "without prefix")
    refused(transferBetweenWallets, { ...transfer, tfaToken: { at: Number.NaN } }, "tfaToken", "JSON")
  })
})

describe("others", () => {
  it("an invoice is of 0.000001 to 0.02 BTC", () => {
    const invoice = { wallet: "exchange", currency: "LNX" }
    for (const amount of ["0.000001", 0.02, BigDecimal.unsafeFromString("0.01")]) {
      assert.isString(bodyOf(generateInvoice, { ...invoice, amount })["amount"])
    }
    for (const amount of ["0.0000009", 0.020001, 1]) {
      refused(generateInvoice, { ...invoice, amount }, "amount", "0.000001 to 0.02")
    }
  })
  it("a Lightning payment is looked up by its hash", () => {
    refused(lnxInvoicePayments, { action: "getPaymentById", query: {} }, "query", "txid")
    refused(lnxInvoicePayments, { action: "getPaymentsByUser", query: { txid: "00" } }, "query", "txid")
    refused(lnxInvoicePayments, { action: "getPaymentsByUser" }, "query", "required")
  })
  it("pages have 20 to 100 rows, and Thalex a second factor", () => {
    for (const pageSize of [19, 101]) {
      refused(depositAddressList, { method: "bitcoin", pageSize }, "pageSize", "20 to 100")
    }
    refused(thalexDeposit, { provider: "thalex", amount: 1, ccy: "USE" }, "tfaToken", "required")
    refused(thalexDeposit, { provider: "thalex", amount: 1, ccy: "USD", tfaToken: {} }, "ccy", "USE, ETH, BTC")
  })
})
