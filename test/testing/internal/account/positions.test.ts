import { assert, describe, it } from "@effect/vitest"
import { open } from "../../../support/accounts.ts"

const margin = (more: object = {}) => ({
  accounts: [{
    key: "demo-key",
    secret: "demo-secret",
    wallets: { margin: { USD: 10_000, BTC: 0.5, USTF0: 10_000 } },
    ...more
  }]
})

const deriv = "tBTCF0:USTF0"
const day = 86_400_000

type Venue = ReturnType<typeof open>

const position = (venue: Venue, symbol = "tBTCUSD") => venue.view().positions().find((one) => one.symbol === symbol)

const usd = (venue: Venue) => venue.view().balance("margin", "USD").total

describe("positions of the fake exchange", () => {
  it("a margin order opens a position, others enlarge it, shrink it with profit or loss, close and turn it", () => {
    const venue = open(margin())
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
    const first = position(venue)!
    assert.deepInclude(first, { status: "ACTIVE", amount: 0.1, type: 0, collateral: 0 })
    const types = venue.takeTypes()
    assert.isBelow(types.indexOf("oc"), types.indexOf("pn"))
    const { execPrice } = venue.view().trades()[0]!
    assert.closeTo(first.basePrice, execPrice, 20)
    // fees of margin trades are taken in the quote currency
    const fees = () => venue.view().trades().reduce((sum, trade) => sum + trade.fee!, 0)
    assert.isTrue(venue.view().trades().every((trade) => trade.feeCurrency === "USD"))
    assert.closeTo(usd(venue), 10_000 + fees(), 1e-6)

    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
    assert.closeTo(position(venue)!.amount, 0.2, 1e-9)
    assert.strictEqual(position(venue)!.positionId, first.positionId)

    const base = position(venue)!.basePrice
    const before = venue.view().trades().length
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.05" })
    const sold = venue.view().trades().slice(before)
    const gain = sold.reduce((sum, trade) => sum + (trade.execPrice - base) * -trade.execAmount, 0)
    assert.closeTo(usd(venue), 10_000 + fees() + gain, 1e-5)
    assert.strictEqual(position(venue)!.basePrice, base, "what shrinks keeps its base")

    venue.takeTypes()
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.25" })
    const short = position(venue)!
    assert.closeTo(short.amount, -0.1, 1e-9)
    assert.notStrictEqual(short.positionId, first.positionId)
    assert.includeMembers([...venue.takeTypes()], ["pc", "pn"])
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "1", flags: 512 })
    assert.isUndefined(position(venue), "the flag for closing takes the size of the position")
    const [closed, again] = venue.view().positionsHistory()
    assert.deepInclude(closed, { status: "CLOSED", amount: 0, positionId: first.positionId })
    assert.deepInclude(again, { positionId: short.positionId })
    assert.strictEqual(venue.view().balance("margin", "BTC").total, 0.5, "no coins move")
    // all of it is in the ledger
    const sum = venue.view().ledgers().filter((entry) => entry.currency === "USD").reduce((s, e) => s + e.amount, 0)
    assert.closeTo(sum, usd(venue), 1e-6)
  })

  it("refuses orders beyond the margin, whether positions or open orders use it", () => {
    const venue = open(margin({ wallets: { margin: { USD: 10_000 } } }))
    const { bid } = venue.best("tBTCUSD")
    // 10,000 at 20 % correspond to 50,000, which is less than one bitcoin
    const refused = (amount: string, price = bid) =>
      venue.order({ type: "LIMIT", symbol: "tBTCUSD", amount, price: String(price) })
    assert.match(String(refused("1")), /^Invalid order: not enough tradable balance for 1.0 BTCUSD at /)
    assert.isNumber(refused("0.4", 50_000))
    assert.isNumber(refused("0.4", 50_000))
    assert.isString(refused("0.4", 50_000))
    venue.post("v2/auth/w/order/cancel/multi", { all: 1 })
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.7" })
    assert.isString(refused("0.2", 50_000))
    // closing requires nothing
    assert.isNumber(refused("-0.7", 90_000))
    const info = venue.ask("marginInfoSymbol", { symbol: "tBTCUSD" })
    assert.isBelow(info.data.tradableBalance, 10_000)
    assert.isAbove(info.data.grossBalance, info.data.tradableBalance)
    const { data } = venue.ask("marginInfoBase")
    assert.closeTo(data.marginNet, data.marginBalance + data.userPl, 1e-9)
    assert.isAbove(data.marginMin, 0)
  })

  it("reduce-only shrinks a position without any other effect", () => {
    const venue = open(margin())
    const order = (amount: string, price: number) =>
      venue.order({ type: "LIMIT", symbol: "tBTCUSD", amount, price: String(price), flags: 1024 })
    const gone = order("-0.1", 90_000)
    const status = (id: number | string) => venue.view().ordersHistory().find((one) => one.id === id)!.status
    assert.strictEqual(status(gone), "RSN_POS_NOTFOUND")
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
    assert.strictEqual(order("0.1", 20_000), "direction: invalid")
    assert.strictEqual(status(order("-0.2", 90_000)), "RSN_POS_REDUCE_FLIP")
    const id = order("-0.1", 90_000)
    assert.deepStrictEqual(venue.view().orders().map((one) => one.id), [id])
    // the position shrinks below the amount of the order
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.05" })
    assert.strictEqual(status(id), "RSN_POS_REDUCE_FLIP")
    const last = order("-0.05", 90_000)
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.05" })
    assert.strictEqual(status(last), "RSN_POS_NOTFOUND")
  })

  it("claims a part of a long position for money, and the rest", () => {
    const venue = open(margin())
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
    const { basePrice, positionId } = position(venue)!
    const before = usd(venue)
    const { body } = venue.post("v2/auth/w/position/claim", { id: positionId, amount: "0.04" })
    assert.deepStrictEqual([body[1], body[4][0], body[4][2]], ["pm-req", "tBTCUSD", 0.06])
    assert.closeTo(usd(venue), before - 0.04 * basePrice, 1e-6)
    assert.closeTo(venue.view().balance("margin", "BTC").total, 0.54, 1e-9)
    venue.post("v2/auth/w/position/claim", { id: positionId })
    assert.isUndefined(position(venue))
    assert.closeTo(venue.view().balance("margin", "BTC").total, 0.6, 1e-9)
    assert.strictEqual(venue.post("v2/auth/w/position/claim", { id: positionId }).body[2], "Position not found.")
    const { 1: type, 4: increased } =
      venue.post("v2/auth/w/position/increase", { symbol: "tBTCUSD", amount: "0.05" }).body
    assert.deepStrictEqual([type, increased[0], increased[2]], ["pmi-req", "tBTCUSD", 0.05])
    assert.strictEqual(position(venue)!.amount, 0.05)
  })

  it("a derivative has separate collateral from the wallet, by its leverage, within limits", () => {
    const venue = open(margin())
    const wallet = () => venue.view().balance("margin", "USTF0")
    const id = venue.order({ type: "LIMIT", symbol: deriv, amount: "0.1", price: "20000", lev: 10 })
    // 200 for the position and 4 for its fee
    assert.deepStrictEqual(wallet(), { total: 10_000, available: 9796 })
    assert.deepInclude(venue.view().orders()[0]!.meta!, { $F33: 10, lev: 10 })
    venue.post("v2/auth/w/order/cancel", { id })
    assert.deepStrictEqual(wallet(), { total: 10_000, available: 10_000 })

    venue.order({ type: "MARKET", symbol: deriv, amount: "0.1", lev: 10 })
    const one = position(venue, deriv)!
    assert.strictEqual(one.type, 1)
    assert.closeTo(one.collateral!, 0.1 * one.basePrice / 10, 0.01)
    const fee = venue.view().trades().reduce((sum, trade) => sum + trade.fee!, 0)
    assert.closeTo(wallet().total + one.collateral!, 10_000 + fee, 1e-6)
    assert.strictEqual(wallet().total, wallet().available)

    const [min, max] = venue.post("v2/auth/calc/deriv/collateral/limits", { symbol: deriv }).body
    assert.isBelow(min, one.collateral!)
    const set = (collateral: number) => venue.post("v2/auth/w/deriv/collateral/set", { symbol: deriv, collateral }).body
    assert.deepStrictEqual(set(2000), [[1]])
    assert.closeTo(wallet().total, 10_000 + fee - 2000, 1e-6)
    assert.deepStrictEqual(set(min / 2), ["error", 110202, "collateral: market risk"])
    assert.deepStrictEqual(set(max * 2), ["error", 110202, "collateral: market risk"])
    assert.strictEqual(position(venue, deriv)!.collateral, 2000)

    venue.order({ type: "MARKET", symbol: deriv, amount: "-0.1", flags: 1024 })
    assert.isUndefined(position(venue, deriv))
    const trades = venue.view().trades()
    const fees = trades.reduce((sum, trade) => sum + trade.fee!, 0)
    const gain = trades.reduce((sum, trade) => sum - trade.execAmount * trade.execPrice, 0)
    assert.closeTo(wallet().total, 10_000 + fees + gain, 1e-4, "collateral and result are back")
    assert.strictEqual(set(2000)[2], "Position not found.")
  })

  it("liquidates positions without sufficient margin", () => {
    const venue = open({ ...margin({ wallets: { margin: { USTF0: 1000 } } }), symbols: ["tBTCUSD", deriv], step: 5000 })
    venue.order({ type: "MARKET", symbol: deriv, amount: "0.5", lev: 100 })
    assert.isDefined(position(venue, deriv))
    for (let minutes = 0; minutes < 600 && position(venue, deriv) !== undefined; minutes++) venue.pass(60_000)
    assert.isUndefined(position(venue, deriv))
    assert.match(venue.view().ordersHistory().at(-1)!.status, /^FORCED EXECUTED @ /)
    assert.isBelow(venue.view().balance("margin", "USTF0").total, 1000)
  })

  it("lending costs a margin position by the hour; snapshots are daily, the audit has every change", () => {
    const venue = open({ ...margin(), start: Date.UTC(2026, 2, 11, 22, 59, 30) })
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "0.1" })
    const before = usd(venue)
    venue.pass(30_000)
    assert.isBelow(usd(venue), before)
    assert.isAbove(usd(venue), before - 1)
    assert.strictEqual(venue.ask("ledgers", { category: 226 }).length, 1)
    assert.deepStrictEqual(venue.ask("positionsSnapshot"), [])
    venue.accounts.pass(Date.UTC(2026, 2, 12))
    const [snapshot] = venue.ask("positionsSnapshot")
    assert.deepInclude(snapshot, { symbol: "tBTCUSD", status: "ACTIVE", mtsUpdate: Date.UTC(2026, 2, 12) })
    venue.order({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.1" })
    const audit = venue.ask("positionsAudit", { id: [snapshot.positionId] })
    assert.deepStrictEqual([audit[0].status, audit.at(-1).status], ["CLOSED", "ACTIVE"])
    assert.deepStrictEqual(venue.ask("positionsHistory", { id: 1 }), [])
  })
})

describe("funding of the fake exchange", () => {
  const lender = {
    accounts: [{
      key: "demo-key",
      secret: "demo-secret",
      wallets: { funding: { USD: 1000 }, margin: { USD: 10_000 } }
    }]
  }
  const offer = (venue: Venue, amount: number, rate: number, period = 2, type = "LIMIT") =>
    venue.post("v2/auth/w/funding/offer/submit", {
      type,
      symbol: "fUSD",
      amount: String(amount),
      rate: rate.toFixed(8),
      period
    }).body
  const wallet = (venue: Venue) => venue.view().balance("funding", "USD")

  it("an offer rests, reserves its amount and is cancelled", () => {
    const venue = open(lender)
    const { 1: type, 4: row, 7: text } = offer(venue, 500, 0.05)
    assert.deepStrictEqual([type, row[1], row[4], row[10], row[14], row[15]], [
      "fon-req",
      "fUSD",
      500,
      "ACTIVE",
      0.05,
      2
    ])
    assert.strictEqual(text, "Submitting funding offer of 500.0 USD at 5.000000 for 2 days.")
    assert.deepStrictEqual(venue.takeTypes(), ["fon", "wu"])
    assert.deepStrictEqual(wallet(venue), { total: 1000, available: 500 })
    assert.match(offer(venue, 600, 0.05)[2], /not enough funding balance for 600.0 USD$/)
    assert.match(offer(venue, 40, 0.05)[2], /^Invalid offer: incorrect amount, minimum is 50.0 dollar/)
    assert.strictEqual(offer(venue, 100, 0.05, 1)[2], "period: invalid")
    assert.strictEqual(offer(venue, 100, 0.05, 121)[2], "period: invalid")
    assert.strictEqual(offer(venue, 100, -0.01, 2, "FRRDELTAVAR")[2], "rate: invalid")
    const { 1: canceled, 4: was } = venue.post("v2/auth/w/funding/offer/cancel", { id: row[0] }).body
    assert.deepStrictEqual([canceled, was[10]], ["foc-req", "ACTIVE"])
    assert.deepStrictEqual(venue.takeTypes(), ["foc", "wu"])
    assert.deepStrictEqual(wallet(venue), { total: 1000, available: 1000 })
    assert.strictEqual(venue.post("v2/auth/w/funding/offer/cancel", { id: row[0] }).body[2], "Offer not found.")
    const none = venue.post("v2/auth/w/funding/offer/cancel/all", {}).body
    assert.deepStrictEqual([none[1], none[4], none[6], none[7]], ["foc_all-req", null, "SUCCESS", "None to cancel"])
  })

  it("lent funds earn daily interest, return at the end of their period, and are lent again if the offer says so", () => {
    const venue = open(lender)
    const { bid } = venue.best("fUSD")
    offer(venue, 500, bid / 2, 120)
    const types = venue.takeTypes()
    assert.strictEqual(types[0], "fte")
    assert.includeMembers([...types], ["ftu", "fcn", "foc"])
    assert.match(venue.view().fundingOffersHistory()[0]!.status, /^EXECUTED at [\d.]+% \([\d.]+\)/)
    const credits = venue.view().fundingCredits()
    assert.closeTo(credits.reduce((sum, credit) => sum + credit.amount, 0), 500, 1e-9)
    assert.isTrue(credits.every((credit) => credit.side === 1 && credit.positionPair === "tBTCUSD"))
    assert.deepStrictEqual(wallet(venue), { total: 1000, available: 500 })
    const { amount, rate } = venue.view().fundingTrades()[0]!
    assert.isAbove(amount * rate, 0)
    const rates = credits.reduce((sum, credit) => sum + credit.amount * credit.rate, 0)

    venue.accounts.pass(venue.now() + day / 2)
    const interest = wallet(venue).total - 1000
    assert.closeTo(interest, rates / 2 * 0.85, 1e-4)
    assert.isAbove(venue.view().ledgers().filter((e) => e.description!.startsWith("Margin Funding Payment")).length, 0)
    const shortest = Math.min(...credits.map((credit) => credit.period))
    venue.accounts.pass(venue.now() + shortest * day + 60_000)
    const left = venue.view().fundingCredits()
    assert.isBelow(left.length, credits.length)
    const free = wallet(venue)
    assert.closeTo(free.total - free.available, left.reduce((sum, credit) => sum + credit.amount, 0), 1e-9)
  })

  it("renews automatically at the configured rate, in percent, and stops", () => {
    const venue = open(lender)
    const set = (body: object) => venue.post("v2/auth/w/funding/auto", body).body
    const { 1: type, 4: row } = set({ status: 1, currency: "USD", amount: "600", rate: "5", period: 30 })
    assert.deepStrictEqual([type, row], ["fa-req", ["USD", 30, 0.05, 600]])
    assert.deepStrictEqual(
      venue.view().fundingOffers().map(({ amount, period, rate, renew }) => [amount, period, rate, renew]),
      [
        [600, 30, 0.05, 1]
      ]
    )
    assert.deepStrictEqual(venue.post("v2/auth/r/funding/auto/status", { currency: "USD" }).body, [
      "USD",
      30,
      0.05,
      600
    ])
    venue.pass(70_000)
    assert.lengthOf(venue.view().fundingOffers(), 1, "no more than wished for")
    set({ status: 0, currency: "USD" })
    assert.isNull(venue.post("v2/auth/r/funding/auto/status", { currency: "USD" }).body)
    assert.deepStrictEqual(set({ status: 1, currency: "fUSD" }), ["error", 10001, "currency: invalid"])
  })

  it("borrowed funds are a loan with interest, and can be returned", () => {
    const venue = open(lender)
    const { ask } = venue.best("fUSD")
    assert.strictEqual(offer(venue, -500, ask * 1.5)[7].slice(0, 36), "Submitting funding bid of 500.0 USD ")
    const loans = venue.view().fundingLoans()
    assert.closeTo(loans.reduce((sum, loan) => sum + loan.amount, 0), 500, 1e-9)
    const [loan] = loans
    assert.strictEqual(loan!.side, -1)
    const keep = (body: object) => venue.post("v2/auth/w/funding/keep", { type: "loan", ...body }).body
    assert.strictEqual(keep({ id: [loan!.id] })[6], "SUCCESS")
    assert.strictEqual(venue.view().fundingLoans()[0]!.noClose, 1)
    keep({ id: [loan!.id] })
    assert.strictEqual(venue.view().fundingLoans()[0]!.noClose, 0, "a second time flips it back")
    keep({ changes: { [loan!.id]: 1 } })
    keep({ changes: { [loan!.id]: 1 } })
    assert.strictEqual(venue.view().fundingLoans()[0]!.noClose, 1)
    assert.strictEqual(keep({ id: [1] })[2], "Funding not found.")
    venue.accounts.pass(venue.now() + day / 2)
    assert.isBelow(venue.view().balance("margin", "USD").total, 10_000)
    assert.strictEqual(venue.post("v2/auth/w/funding/close", { id: loan!.id }).status, 200)
    assert.isFalse(venue.view().fundingLoans().some(({ id }) => id === loan!.id))
    assert.strictEqual(venue.ask("fundingLoansHistory")[0].status, "CLOSED (reduced)")
    assert.match(offer(venue, -1_000_000, ask * 1.5)[2], /not enough tradable balance/)
  })
})
