import { assert, describe, it } from "@effect/vitest"
import { open } from "../../../support/accounts.ts"

const accounts = [
  {
    key: "demo-key",
    secret: "demo-secret",
    userId: 1,
    wallets: { exchange: { USD: 1000, BTC: 1, UST: 500 }, margin: { USD: 50 } }
  },
  { key: "b", secret: "b", userId: 2 }
]

const symbols = ["tBTCUSD", "tUSTUSD", "tBTCF0:USTF0"]
const at = (
  venue: ReturnType<typeof open>,
  wallet: "exchange" | "margin" | "funding",
  currency: string,
  key?: string
) => venue.view(key).balance(wallet, currency)

describe("wallets of the fake exchange", () => {
  it("a transfer moves money between wallets, and derivatives have separate currencies", () => {
    const venue = open({ accounts, symbols })
    const transfer = (body: object) => venue.post("v2/auth/w/transfer", body).body
    const { 1: type, 4: row, 7: text } = transfer({ from: "exchange", to: "margin", currency: "USD", amount: "50" })
    assert.strictEqual(type, "acc_tf")
    assert.deepStrictEqual([row[1], row[2], row[4], row[5], row[7]], ["exchange", "margin", "USD", null, 50])
    assert.strictEqual(text, "50.0 US Dollar transferred from Exchange to Margin")
    assert.deepStrictEqual(at(venue, "exchange", "USD"), { total: 950, available: 950 })
    assert.deepStrictEqual(at(venue, "margin", "USD"), { total: 100, available: 100 })
    transfer({ from: "exchange", to: "trading", currency: "UST", currency_to: "USTF0", amount: "500" })
    assert.strictEqual(at(venue, "margin", "USTF0").total, 500)
    assert.strictEqual(at(venue, "exchange", "UST").total, 0)
    transfer({ from: "exchange", to: "exchange", currency: "BTC", amount: "0.4", user_id_dst: 2 })
    assert.strictEqual(at(venue, "exchange", "BTC", "b").total, 0.4)
    transfer({ from: "exchange", to: "deposit", currency: "BTC", amount: "0.1", email_dst: "user-2@example.com" })
    assert.strictEqual(at(venue, "funding", "BTC", "b").total, 0.1)

    const { length } = venue.view().ledgers()
    for (
      const [body, refused] of [
        [
          { from: "exchange", to: "margin", currency: "USD", amount: "950.00000001" },
          /^Cannot complete transfer. Exchange balance insufficient$/
        ],
        [{ from: "exchange", to: "margin", currency: "USD", amount: "-1" }, /^amount: invalid/],
        [{ from: "exchange", to: "margin", currency: "USD" }, /^amount: invalid/],
        [{ from: "exchange", to: "exchange", currency: "USD", amount: "1" }, /^to: invalid/],
        [{ from: "x", to: "margin", currency: "USD", amount: "1" }, /^from: invalid/],
        [{ from: "exchange", to: "margin", currency: "USD", currency_to: "BTC", amount: "1" }, /^currency_to: invalid/],
        [{ from: "exchange", to: "margin", currency: "USD", amount: "1", user_id_dst: 9 }, /^user_id_dst: invalid/]
      ] as const
    ) {
      assert.match(transfer(body)[2], refused)
    }
    assert.lengthOf(venue.view().ledgers(), length)
  })

  it("a withdrawal reserves its amount while it is processed, then leaves with its fee", () => {
    const venue = open({ accounts, symbols })
    const withdraw = (body: object) =>
      venue.post("v2/auth/w/withdraw", { wallet: "exchange", method: "bitcoin", address: "bc1", ...body }).body
    const { 1: type, 4: row, 6: status, 7: text } = withdraw({ amount: "0.5", note: "rent" })
    assert.deepStrictEqual([type, status, text], [
      "acc_wd-req",
      "SUCCESS",
      "Your withdrawal request has been successfully submitted."
    ])
    const fee = row[8]
    assert.isAbove(fee, 0)
    assert.deepStrictEqual([row[2], row[4], row[5]], ["bitcoin", "exchange", 0.5])
    assert.strictEqual(at(venue, "exchange", "BTC").total, 1)
    assert.closeTo(at(venue, "exchange", "BTC").available, 0.5 - fee, 1e-9)
    const movement = () => venue.ask("movements", { id: [row[0]] })[0]
    assert.deepInclude(movement(), { status: "PENDING REVIEW", amount: -0.5, transactionId: null })
    venue.pass(60_000)
    assert.closeTo(at(venue, "exchange", "BTC").total, 0.5 - fee, 1e-9)
    assert.strictEqual(at(venue, "exchange", "BTC").available, at(venue, "exchange", "BTC").total)
    assert.deepInclude(movement(), { status: "COMPLETED", fees: -fee, withdrawTransactionNote: "rent" })
    assert.deepInclude(venue.ask("movementInfo", { id: row[0] }), { movementNote: "rent", currencyMethod: "BITCOIN" })
    // the fee is deducted from the amount
    assert.closeTo(withdraw({ amount: "0.1", fee_deduct: 1 })[4][5], 0.1 - fee, 1e-9)
  })

  it("a refused withdrawal has the status SUCCESS and the id 0", () => {
    const venue = open({ accounts, symbols })
    const args = { wallet: "exchange", method: "bitcoin", amount: "5", address: "bc1" }
    const { body, status } = venue.post("v2/auth/w/withdraw", args)
    assert.deepStrictEqual([status, body[6], body[4][0]], [200, "SUCCESS", 0])
    assert.match(body[7], /available balance is only 1\.0 BTC/)
    assert.deepStrictEqual(at(venue, "exchange", "BTC"), { total: 1, available: 1 })
    assert.strictEqual(venue.post("v2/auth/w/withdraw", { ...args, address: undefined }).body[2], "address: invalid")
    assert.strictEqual(venue.post("v2/auth/w/withdraw", { ...args, method: "cash" }).body[2], "method: invalid")
  })

  it("addresses stay until renewed; Lightning needs one first", () => {
    const venue = open({ accounts, symbols })
    const address = (more: object = {}) =>
      venue.post("v2/auth/w/deposit/address", { wallet: "exchange", method: "bitcoin", ...more }).body[4]
    const first = address()
    assert.deepStrictEqual([first[1], first[2]], ["BITCOIN", "BTC"])
    assert.strictEqual(address()[4], first[4])
    const second = address({ op_renew: 1 })
    assert.notStrictEqual(second[4], first[4])
    const listed = venue.post("v2/auth/r/deposit/address/all", { method: "bitcoin" }).body
    assert.deepStrictEqual(listed, [[first[4], "exchange"], [second[4], "exchange"]])
    const invoice = () =>
      venue.post("v2/auth/w/deposit/invoice", { wallet: "exchange", currency: "LNX", amount: "0.001" })
    assert.strictEqual(invoice().status, 500)
    address({ method: "LNX" })
    const [hash, , , , amount] = invoice().body
    assert.deepStrictEqual([hash.length, amount], [64, "0.001"])
  })

  it("all tether methods of the manual give an address, whether or not the market has the currency", () => {
    const venue = open({ accounts, symbols: ["tBTCUSD"] })
    const currencyOf = (method: string) =>
      venue.post("v2/auth/w/deposit/address", { wallet: "exchange", method }).body[4]?.[2]
    for (const method of ["tetheruse", "tetherusx", "tetherusl", "tetheruso", "tetheruss", "tetherusdtsol"]) {
      assert.strictEqual(currencyOf(method), "UST", method)
    }
    const others = ["tethereue", "tethercnhte", "tetherxaute", "tethermxnte", "litecoin", "ethereum", "lnx"]
    assert.deepStrictEqual(others.map(currencyOf), ["EUT", "CNHT", "XAUT", "MXNT", "LTC", "ETH", "LNX"])
    assert.isUndefined(currencyOf("tethernope"))
  })

  it("an invoice is paid with exactly its own amount", () => {
    const rich = [{ key: "demo-key", secret: "demo-secret", wallets: { exchange: { LNX: 0.01 } } }]
    const venue = open({ accounts: rich, symbols })
    venue.ask("depositAddress", { wallet: "exchange", method: "lnx" })
    const { invoice } = venue.ask("generateInvoice", { wallet: "exchange", currency: "LNX", amount: "0.00123" })
    const pay = (invoice: string) => venue.ask("withdraw", { wallet: "exchange", method: "lnx", invoice }).notifyInfo
    assert.strictEqual(pay(invoice).amount, 0.00123)
    // 2500 micro bitcoin
    assert.strictEqual(pay("lnbc2500u1pvjluez").amount, 0.0025)
    assert.deepStrictEqual(at(venue, "exchange", "LNX"), { total: 0.01, available: 0.00627 })
    const none = venue.call("withdraw", { wallet: "exchange", method: "lnx", invoice: "lnbc1pvjluez" })
    assert.strictEqual(none.body[2], "invoice: invalid")
  })

  it("amounts that can be bought, sold and lent", () => {
    const venue = open({ accounts, symbols })
    const available = (body: object) => venue.post("v2/auth/calc/order/avail", body).body
    const spot = { symbol: "tBTCUSD", type: "EXCHANGE", rate: "50000" }
    assert.deepStrictEqual(available({ ...spot, dir: 1 }), [0.02])
    venue.order({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "50000" })
    assert.deepStrictEqual(available({ ...spot, dir: 1 }), [0.01])
    assert.deepStrictEqual(available({ ...spot, dir: -1 }), [1])
    assert.deepStrictEqual(available({ symbol: "tBTCUSD", type: "MARGIN", dir: 1, rate: "50000" }), [0.005])
    assert.strictEqual(available({ ...spot, dir: 0 })[2], "dir: invalid")
  })

  it("past wallets, from the ledger", () => {
    const venue = open({ accounts, symbols })
    const before = venue.now()
    venue.pass(1000)
    venue.post("v2/auth/w/transfer", { from: "exchange", to: "margin", currency: "USD", amount: "50" })
    const usd = (end: number) =>
      venue.post("v2/auth/r/wallets/hist", { end, currency: "USD" }).body.map((
        row: ReadonlyArray<unknown>
      ) => [row[0], row[2]])
    assert.deepStrictEqual(usd(before), [["exchange", 1000], ["margin", 50]])
    assert.deepStrictEqual(usd(venue.now()), [["exchange", 950], ["margin", 100]])
  })
})
