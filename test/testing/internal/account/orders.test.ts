import { assert, describe, it } from "@effect/vitest"
import { open } from "../../../support/accounts.ts"

const own = (key: string, exchange: { readonly [currency: string]: number }, userId?: number) => ({
  key,
  secret: `${key}-secret`,
  wallets: { exchange },
  ...(userId === undefined ? {} : { userId })
})

/** five digits, as in prices */
const five = (price: number): number => Number(price.toPrecision(5))

const limit = (amount: string, price: number | string, more: object = {}) => ({
  type: "EXCHANGE LIMIT",
  symbol: "tBTCUSD",
  amount,
  price: String(price),
  ...more
})

const market = (amount: string, more: object = {}) => ({ type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount, ...more })

const rich = [own("demo-key", { USD: 1_000_000, BTC: 100 }, 1), own("b", { USD: 40_000_000, BTC: 2000 }, 2)].map(
  (one) => one.key === "demo-key" ? { ...one, secret: "demo-secret" } : one
)

const closed = (venue: ReturnType<typeof open>, id: number | string) =>
  venue.view().ordersHistory().find((order) => order.id === id)!

describe("orders of the fake exchange", () => {
  it("a limit order rests, reserves its amount, shows in the book and is cancelled", () => {
    const venue = open({ accounts: rich })
    const { body } = venue.post("v2/auth/w/order/submit", limit("0.5", "20000.5", { cid: 42, gid: 7 }))
    const [mts, type, , , [row], code, status, text] = body
    assert.deepStrictEqual([mts, type, code, status], [Math.floor(venue.now() / 1000), "on-req", null, "SUCCESS"])
    assert.strictEqual(text, "Submitting exchange limit buy order for 0.5 BTC.")
    assert.strictEqual(row.length, 32)
    // the price is cut to five digits
    assert.deepStrictEqual([row[1], row[2], row[3], row[6], row[7], row[13], row[16]], [
      7,
      42,
      "tBTCUSD",
      0.5,
      0.5,
      "ACTIVE",
      20000
    ])
    assert.deepStrictEqual(venue.takeTypes(), ["on", "wu"])
    assert.deepStrictEqual(venue.view().balance("exchange", "USD"), { total: 1_000_000, available: 990_000 })
    assert.isTrue(venue.market.engine("tBTCUSD")!.orders.has(row[0]))

    const canceled = venue.post("v2/auth/w/order/cancel", { id: row[0] }).body
    assert.deepStrictEqual([canceled[1], canceled[4][13]], ["oc-req", "ACTIVE"])
    assert.strictEqual(canceled[7], `Submitted for cancellation; waiting for confirmation (ID: ${row[0]}).`)
    assert.deepStrictEqual(venue.takeTypes(), ["oc", "wu"])
    assert.strictEqual(closed(venue, row[0]).status, "CANCELED")
    assert.deepStrictEqual(venue.view().balance("exchange", "USD"), { total: 1_000_000, available: 1_000_000 })
    assert.isFalse(venue.market.engine("tBTCUSD")!.orders.has(row[0]))
    assert.deepStrictEqual(venue.post("v2/auth/w/order/cancel", { id: row[0] }).body, [
      "error",
      10001,
      "Order not found."
    ])
  })

  it("a market order trades at once: trades, ledgers, wallets and fees agree", () => {
    const venue = open({ accounts: rich })
    const id = venue.order(market("0.3", { cid: 9 }))
    const trades = venue.view().trades()
    assert.isAbove(trades.length, 0)
    for (const trade of trades) {
      assert.deepInclude(trade!, { orderId: id, cid: 9, maker: -1, feeCurrency: "BTC", orderType: "EXCHANGE MARKET" })
      assert.closeTo(trade.fee!, -trade.execAmount * 0.002, 2e-8)
    }
    const bought = trades.reduce((sum, trade) => sum + trade.execAmount, 0)
    const paid = trades.reduce((sum, trade) => sum + trade.execAmount * trade.execPrice, 0)
    const fees = trades.reduce((sum, trade) => sum + trade.fee!, 0)
    assert.closeTo(bought, 0.3, 1e-9)
    assert.closeTo(venue.view().balance("exchange", "BTC").total, 100 + bought + fees, 1e-9)
    assert.closeTo(venue.view().balance("exchange", "USD").total, 1_000_000 - paid, 1e-6)
    const order = closed(venue, id)
    assert.match(order.status, /^EXECUTED @ [\d.]+\([\d.]+\)/)
    assert.closeTo(order.priceAvg!, paid / bought, 1e-6)
    assert.strictEqual(order.amount, 0)
    const published = venue.takeTypes()
    assert.notInclude(published, "on", "an order that never rested is published once, when it ends")
    assert.isBelow(published.indexOf("te"), published.indexOf("oc"))
    assert.isBelow(published.indexOf("oc"), published.indexOf("tu"))
    const [te] = venue.view().ledgers().slice(-1)
    assert.match(
      te!.description!,
      /^Trading fees for [\d.]+ BTC \(BTCUSD\) @ [\d.]+ on BFX \(0.2%\) on wallet exchange$/
    )
    // public trades with the same ids
    const ids = venue.market.trades("tBTCUSD", { limit: 50 }).map((row) => row[0])
    for (const trade of trades) assert.include(ids, trade.id)
  })

  it("partial fills by a second user: maker and taker, each with their fee and their events", () => {
    const venue = open({ accounts: rich })
    const { ask, bid } = venue.best("tBTCUSD")
    const price = five((ask + bid) / 2)
    const inside = price > bid && price < ask ? price : bid
    const id = venue.order(limit("-0.4", inside === bid ? ask : inside))
    const at = venue.view().orders()[0]!.price!
    venue.takeTypes()
    // simulated sellers may stand at this price before it
    const before = venue.market.book("tBTCUSD", "P0", 1).asks[0]![2] as number
    const ahead = at === ask ? Math.abs(before) - 0.4 : 0
    venue.order(limit((ahead + 0.1).toFixed(8), at), "b")
    const order = venue.view().orders()[0]!
    assert.strictEqual(order.id, id)
    assert.closeTo(order.amount, -0.3, 1e-7)
    assert.match(order.status, /^PARTIALLY FILLED @ [\d.]+\(-0\.\d+\)$/)
    const [trade] = venue.view().trades()
    assert.deepInclude(trade!, { maker: 1, feeCurrency: "USD", execPrice: at })
    assert.closeTo(trade!.fee!, -0.001 * 0.1 * at, 1e-3)
    const mine = venue.events.filter(({ userId }) => userId === 1).map(({ type }) => type)
    // the two currencies of the exchange, then the fee
    assert.deepStrictEqual(mine, ["te", "ou", "tu", "wu", "wu", "wu"])
    const taken = venue.view("b").trades().find((one) => one.id === trade!.id)!
    assert.deepInclude(taken, { maker: -1, feeCurrency: "BTC", execAmount: -trade!.execAmount })
    venue.post("v2/auth/w/order/cancel", { id })
    assert.match(closed(venue, id).status, /^CANCELED was: PARTIALLY FILLED @ /)
    assert.closeTo(closed(venue, id).amountOrig, -0.4, 1e-9)
  })

  it("price, then time: the older of two orders at a price trades first", () => {
    const venue = open({ accounts: rich })
    const price = venue.best("tBTCUSD").bid
    const ids = [venue.order(limit("0.1", price)), venue.order(limit("0.1", price), "b")]
    // enough for the orders ahead, for the first order and for half of the second
    const there = venue.market.engine("tBTCUSD")!.bids[0]!.orders.reduce((sum, order) => sum + order.lots, 0) / 1e8
    venue.order({ ...limit((0.05 - there).toFixed(8), price), type: "EXCHANGE IOC" }, "b")
    assert.match(closed(venue, ids[0]!).status, /^EXECUTED/)
    assert.match(venue.view("b").orders()[0]!.status, /^PARTIALLY FILLED @ [\d.]+\(0\.05\)$/)
  })

  it("post-only is cancelled instead of taking; the flag becomes a mark of the resting order", () => {
    const venue = open({ accounts: rich })
    const { ask } = venue.best("tBTCUSD")
    const { body } = venue.post("v2/auth/w/order/submit", limit("0.1", ask, { flags: 4096 }))
    assert.deepStrictEqual([body[6], body[4][0][12], body[4][0][13]], ["SUCCESS", 4096, "ACTIVE"])
    assert.deepStrictEqual(venue.takeTypes().filter((type) => type !== "wu"), ["oc"])
    assert.deepInclude(closed(venue, body[4][0][0]), { status: "POSTONLY CANCELED", flags: 4096 })
    assert.lengthOf(venue.view().trades(), 0)
    const id = venue.order(limit("0.1", 20000, { flags: 4096 + 64 }))
    const order = venue.view().orders()[0]!
    assert.deepInclude(order, { id, flags: 64, hidden: 1 })
    assert.deepInclude(order.meta!, { $F7: 1 })
    assert.deepStrictEqual(venue.view().balance("exchange", "USD"), { total: 1_000_000, available: 998_000 })
  })

  it("hidden orders are not in the book, but trade, at the taker's fee", () => {
    const venue = open({ accounts: rich })
    const { ask, bid } = venue.best("tBTCUSD")
    const id = venue.order(limit("-0.2", ask, { flags: 64 }))
    assert.isFalse(venue.market.book("tBTCUSD", "R0", 250).asks.some((row) => row[0] === id))
    assert.isBelow(bid, ask)
    venue.order(limit("50", ask), "b")
    const [trade] = venue.view().trades()
    assert.deepInclude(trade!, { orderId: id, maker: 1 })
    assert.closeTo(trade!.fee!, -0.002 * 0.2 * ask, 1e-6)
  })

  it("FOK is all or nothing, IOC takes the available part", () => {
    const venue = open({ accounts: rich })
    const { ask } = venue.best("tBTCUSD")
    const fok = venue.order({ ...limit("15", ask), type: "EXCHANGE FOK" })
    assert.deepInclude(closed(venue, fok), { status: "FILLORKILL CANCELED", amount: 15 })
    assert.lengthOf(venue.view().trades(), 0)
    const ioc = venue.order({ ...limit("15", ask), type: "EXCHANGE IOC" })
    assert.match(closed(venue, ioc).status, /^IOC CANCELED was: PARTIALLY FILLED @ /)
    const whole = venue.order({ ...limit("0.001", five(ask * 1.01)), type: "EXCHANGE FOK" })
    assert.match(closed(venue, whole).status, /^EXECUTED @ /)
    const { available, total } = venue.view().balance("exchange", "USD")
    assert.strictEqual(available, total, "nothing is reserved for ended orders")
  })

  it("stops trigger on the last price, stop limits then rest at their limit", () => {
    const venue = open({ accounts: rich })
    const { ask, bid } = venue.best("tBTCUSD")
    const stop = venue.order({ ...limit("-0.1", five(bid * 0.997)), type: "EXCHANGE STOP" })
    const stopLimit = venue.order({
      ...limit("-0.1", five(bid * 0.997)),
      type: "EXCHANGE STOP LIMIT",
      price_aux_limit: String(five(ask * 1.5))
    })
    assert.deepStrictEqual(venue.view().orders().map(({ id, status }) => [id, status]), [[stop, "ACTIVE"], [
      stopLimit,
      "ACTIVE"
    ]])
    assert.isFalse(venue.market.engine("tBTCUSD")!.orders.has(stop as number))
    assert.closeTo(venue.view().balance("exchange", "BTC").available, 99.8, 1e-9)
    venue.takeTypes()
    // a trader sells everything down to this price; the resulting commands are executed at once
    const { status } = venue.post(
      "v2/auth/w/order/submit",
      { ...limit("-900", five(bid * 0.996)), type: "EXCHANGE IOC" },
      "b"
    )
    assert.strictEqual(status, 200)
    assert.isAtMost(Number(venue.market.ticker("tBTCUSD")[6]), five(bid * 0.997))
    assert.deepInclude(closed(venue, stop), { orderType: "EXCHANGE MARKET", typePrev: "EXCHANGE STOP" })
    assert.match(closed(venue, stop).status, /^EXECUTED @ /)
    const rests = venue.view().orders()[0]!
    assert.deepInclude(rests, {
      id: stopLimit,
      orderType: "EXCHANGE LIMIT",
      typePrev: "EXCHANGE STOP LIMIT",
      price: five(ask * 1.5)
    })
  })

  it("a trailing stop follows the price up, not down", () => {
    const venue = open({ accounts: rich })
    const last = Number(venue.market.ticker("tBTCUSD")[6])
    const id = venue.order({ type: "EXCHANGE TRAILING STOP", symbol: "tBTCUSD", amount: "-0.1", price_trailing: "500" })
    const price = () => venue.view().orders()[0]!.price!
    assert.closeTo(price(), last - 500, 2)
    venue.order(market("20"), "b")
    const raised = price()
    assert.isAbove(raised, last - 500)
    venue.order({ ...limit("-0.5", five(raised + 1)), type: "EXCHANGE IOC" }, "b")
    assert.strictEqual(price(), raised)
    venue.order({ ...limit("-900", five(raised * 0.9995)), type: "EXCHANGE IOC" }, "b")
    assert.lengthOf(venue.view().orders(), 0)
    assert.deepInclude(closed(venue, id), { typePrev: "EXCHANGE TRAILING STOP", priceTrailing: 500 })
  })

  it("an OCO pair: two orders, one reserved amount, and the end of one ends the other", () => {
    const venue = open({ accounts: rich })
    const { ask, bid } = venue.best("tBTCUSD")
    const submit = (price: number) =>
      venue.post(
        "v2/auth/w/order/submit",
        limit("-1", price, { flags: 16384, price_oco_stop: String(five(bid * 0.997)), cid: 5 })
      ).body[4]
    const [first, second] = submit(five(ask * 1.2))
    assert.deepStrictEqual([first[8], second[8]], ["EXCHANGE LIMIT", "EXCHANGE STOP"])
    assert.deepStrictEqual([first[12], second[12]], [16384, 16384])
    assert.deepStrictEqual([first[25], second[25]], [second[0], first[0]])
    assert.strictEqual(venue.view().balance("exchange", "BTC").available, 99)
    venue.post("v2/auth/w/order/cancel", { id: first[0] })
    assert.lengthOf(venue.view().orders(), 0)
    assert.strictEqual(closed(venue, second[0]).status, "CANCELED")
    assert.strictEqual(venue.view().balance("exchange", "BTC").available, 100)

    // the limit leg trades at once
    const [taking, never] = submit(bid)
    venue.post("v2/auth/w/order/cancel/multi", { all: 1 })
    assert.match(closed(venue, taking[0]).status, /EXECUTED|PARTIALLY/)
    assert.strictEqual(closed(venue, never[0]).status, "CANCELED")

    // the stop leg is triggered
    const [resting, triggered] = submit(five(ask * 1.2))
    venue.order({ ...limit("-900", five(bid * 0.996)), type: "EXCHANGE IOC" }, "b")
    assert.lengthOf(venue.view().orders(), 0)
    assert.strictEqual(closed(venue, resting[0]).status, "CANCELED")
    assert.match(closed(venue, triggered[0]).status, /^EXECUTED @ /)
    const { available, total } = venue.view().balance("exchange", "BTC")
    assert.strictEqual(available, total)
  })

  it("time in force ends an order to the second", () => {
    const venue = open({ accounts: rich })
    const tif = new Date(venue.now() + 5000).toISOString().slice(0, 19).replace("T", " ")
    const id = venue.order(limit("0.1", 20000, { tif }))
    venue.pass(4750)
    assert.lengthOf(venue.view().orders(), 1)
    venue.pass(250)
    assert.strictEqual(closed(venue, id).status, "CANCELED")
    assert.strictEqual(venue.order(limit("0.1", 20000, { tif: "2020-01-01 00:00:00" })), "tif: invalid")
  })

  it("an update changes price and amount, by value or by difference, and the reserved amount", () => {
    const venue = open({ accounts: rich })
    const id = venue.order(limit("0.1", 20000, { cid: 12 }))
    venue.takeTypes()
    const update = (fields: object) => venue.post("v2/auth/w/order/update", fields).body
    const { 1: type, 4: row, 7: text } = update({ id, price: "21000", amount: "0.2" })
    assert.deepStrictEqual([type, row[6], row[16], row[9]], ["ou-req", 0.2, 21000, "EXCHANGE LIMIT"])
    assert.strictEqual(text, "Submitting update to exchange limit buy order for 0.2 BTC.")
    assert.deepStrictEqual(venue.takeTypes(), ["ou", "wu"])
    assert.strictEqual(venue.view().balance("exchange", "USD").available, 1_000_000 - 4200)
    const day = new Date(venue.now()).toISOString().slice(0, 10)
    assert.strictEqual(update({ cid: 12, cid_date: day, delta: "-0.05" })[6], "SUCCESS")
    assert.strictEqual(venue.view().orders()[0]!.amount, 0.15)
    assert.strictEqual(venue.view().balance("exchange", "USD").available, 1_000_000 - 3150)
    assert.deepStrictEqual(update({ id, delta: "-0.15" }), ["error", 10001, "amount: invalid"])
    assert.deepStrictEqual(update({ id, amount: "-0.1" }), ["error", 10001, "amount: invalid"])
    assert.match(
      update({ id, amount: "100" })[2],
      /^Invalid order: not enough exchange balance for 100.0 BTCUSD at 21000/
    )
    assert.deepStrictEqual(update({ id: 1, amount: "100" }), ["error", 10001, "Order not found."])
    // into the market: it trades
    assert.strictEqual(update({ id, price: String(venue.best("tBTCUSD").ask) })[6], "SUCCESS")
    assert.isAbove(venue.view().trades().length, 0)
  })

  it("cancels by id, by client id and its day, by group, and all; ended orders are not found", () => {
    const venue = open({ accounts: rich })
    const day = new Date(venue.now()).toISOString().slice(0, 10)
    const place = (more: object) => venue.order(limit("0.01", 20000, more))
    const cancel = (fields: object) => venue.post("v2/auth/w/order/cancel", fields).body
    place({ cid: 1 })
    assert.deepStrictEqual(cancel({ cid: 1 }), ["error", 10020, "cid_date: invalid"])
    assert.strictEqual(cancel({ cid: 1, cid_date: "2020-01-01" })[2], "Order not found.")
    assert.strictEqual(cancel({ cid: 1, cid_date: day })[6], "SUCCESS")
    assert.strictEqual(cancel({ cid: 1, cid_date: day })[2], "Order not found.")
    assert.deepStrictEqual(cancel({}), ["error", 10020, "id: invalid"])

    const ids = [place({ gid: 5 }), place({ gid: 5 }), place({ cid: 2 }), place({}), place({})]
    const many = (fields: object) => venue.post("v2/auth/w/order/cancel/multi", fields).body
    assert.strictEqual(many({ gid: [5] })[7], "Submitting 2 order cancellations.")
    assert.deepStrictEqual(many({ cid: [[2, day]] })[4].map((row: ReadonlyArray<unknown>) => row[0]), [ids[2]])
    assert.lengthOf(many({ id: [ids[3], 1] })[4], 1)
    assert.lengthOf(many({ all: 1 })[4], 1)
    assert.deepStrictEqual(many({ all: 1 })[4], [])
    assert.deepStrictEqual(many({}), ["error", 10020, "id: invalid"])
    assert.lengthOf(venue.view().orders(), 0)
  })

  it("a late cancellation is refused, and the order was executed", () => {
    const venue = open({ accounts: rich })
    const { ask } = venue.best("tBTCUSD")
    const id = venue.order(limit("-0.1", ask))
    venue.order(market("60"), "b")
    assert.deepStrictEqual(venue.post("v2/auth/w/order/cancel", { id }).body, ["error", 10001, "Order not found."])
    assert.match(closed(venue, id).status, /^EXECUTED/)
    const { 4: accepted } = venue.view().commands().map(({ accepted }) => accepted)
    assert.isUndefined(accepted)
    assert.deepStrictEqual(venue.view().commands().map(({ accepted, type }) => [type, accepted]), [["on", true], [
      "oc",
      false
    ]])
  })

  it("many operations at once, each with its own notification", () => {
    const venue = open({ accounts: rich })
    const id = venue.order(limit("0.1", 20000))
    const ops = [["on", limit("0.1", 21000, { cid: 3 })], ["oc", { id }], ["oc", { id }], ["oc_multi", { all: 1 }]]
    const { body } = venue.post("v2/auth/w/order/multi", { ops })
    assert.deepStrictEqual([body[1], body[6], body[7]], ["ox_multi-req", "SUCCESS", "Submitting 4 order operations."])
    assert.deepStrictEqual(body[4].map((row: ReadonlyArray<unknown>) => [row[1], row[6], row[7]]).slice(1), [
      ["oc-req", "SUCCESS", `Submitted for cancellation; waiting for confirmation (ID: ${id}).`],
      ["oc-req", "ERROR", "Order not found."],
      ["oc_multi-req", "SUCCESS", "Submitting 1 order cancellations."]
    ])
    assert.deepStrictEqual(venue.view().commands().map(({ type }) => type), ["on", "on", "oc", "oc", "oc_multi"])
    assert.strictEqual(
      venue.post("v2/auth/w/order/multi", { ops: Array.from({ length: 76 }, () => ops[0]) }).body[2],
      "ops: invalid"
    )
    assert.strictEqual(venue.post("v2/auth/w/order/multi", { ops: [["xx", {}]] }).body[2], "ops: invalid")
  })

  it("refuses invalid submissions with the venue's texts, without any effect", () => {
    const venue = open({ accounts: [own("k", { USD: 1000, BTC: 0.1 })] })
    const cases: ReadonlyArray<readonly [object, RegExp]> = [
      [limit("1", 20000), /^Invalid order: not enough exchange balance for 1.0 BTCUSD at 20000.0$/],
      [limit("-0.2", 90000), /^Invalid order: not enough exchange balance for -0.2 BTCUSD at 90000.0$/],
      [market("1"), /^Invalid order: not enough exchange balance for 1.0 BTCUSD at \d+/],
      [limit("0.01", 0), /^Invalid price.$/],
      [limit("0.01", -5), /^Invalid price.$/],
      [limit("0.01", "x"), /^price: invalid$/],
      [limit("0.01", "1e4"), /^price: invalid$/],
      [limit("0", 20000), /^amount: invalid$/],
      [limit("1e-3", 20000), /^amount: invalid$/],
      [{ ...limit("0.01", 20000), amount: undefined }, /^amount: invalid$/],
      [{ ...limit("0.01", 20000), symbol: "tXXXUSD" }, /^symbol: invalid$/],
      [{ ...limit("0.01", 20000), symbol: "fUSD" }, /^symbol: invalid$/],
      [{ ...limit("0.01", 20000), type: "EXCHANGE WHATEVER" }, /^type: invalid$/],
      [limit("0.00000001", 20000), /^Invalid order: minimum size for BTC\/USD is 0\.0000\d$/],
      [limit("0.01", 20000, { cid: 2 ** 45 }), /^cid: invalid$/],
      [limit("0.01", 20000, { gid: "x" }), /^gid: invalid$/],
      [limit("0.01", 20000, { lev: 101 }), /^lev: invalid$/],
      [limit("0.01", 20000, { flags: -1 }), /^flags: invalid$/],
      [limit("0.01", 20000, { meta: [] }), /^meta: invalid$/],
      [limit("0.01", 20000, { tif: "soon" }), /^tif: invalid$/],
      [limit("0.01", 20000, { flags: 16384 }), /^price_oco_stop: invalid$/],
      [{ type: "EXCHANGE STOP LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "1" }, /^price_aux_limit: invalid$/],
      [{ type: "EXCHANGE TRAILING STOP", symbol: "tBTCUSD", amount: "0.01" }, /^price_trailing: invalid$/],
      [{ ...limit("0.01", 20000), symbol: "tBTCF0:USTF0" }, /^type: invalid$/]
    ]
    for (const [fields, text] of cases) {
      const { body, status } = venue.post("v2/auth/w/order/submit", fields, "k")
      assert.strictEqual(status, 500, JSON.stringify(fields))
      assert.match(body[2], text)
    }
    const view = venue.view("k")
    assert.deepStrictEqual([view.orders(), view.ordersHistory(), view.trades()], [[], [], []])
    assert.deepStrictEqual(view.balance("exchange", "USD"), { total: 1000, available: 1000 })
    assert.isTrue(view.commands().every(({ accepted }) => !accepted))
    assert.deepStrictEqual([...view.counts()], [])
  })

  it("counts the orders placed under a client id, also duplicates", () => {
    const venue = open({ accounts: rich })
    for (const cid of [1, 1, 2]) venue.order(limit("0.01", 20000, { cid }))
    venue.order(limit("0.01", 0, { cid: 3 }))
    assert.deepStrictEqual([...venue.view().counts()], [[1, 2], [2, 1]])
  })

  it("histories: inclusive bounds, newest first, limits, order of ids at equal times", () => {
    const venue = open({ accounts: rich })
    const ids: Array<number> = []
    for (let count = 0; count < 30; count++) {
      ids.push(venue.order(limit("0.01", 20000)) as number)
      venue.post("v2/auth/w/order/cancel", { id: ids[count] })
      if (count % 3 === 2) venue.pass(1000)
    }
    const hist = (body: object) => venue.post("v2/auth/r/orders/hist", body).body
    const get = (body: object): ReadonlyArray<number> => hist(body).map((row: ReadonlyArray<number>) => row[0])
    assert.deepStrictEqual(get({}), [...ids].reverse().slice(0, 25))
    assert.deepStrictEqual(get({ limit: 3 }), ids.slice(-3).reverse())
    const times: ReadonlyArray<number> = hist({ limit: 2500 }).map((row: ReadonlyArray<number>) => row[4])
    const [from, to] = [times[5]!, times[2]!]
    assert.deepStrictEqual(
      get({ start: from, end: to }),
      [...ids].reverse().filter((_, at) => times[at]! >= from && times[at]! <= to)
    )
    assert.deepStrictEqual(get({ id: [ids[4]!] }), [ids[4]!])
    assert.deepStrictEqual(hist({ limit: 2501 }), ["error", 10020, "limit: invalid"])
    assert.deepStrictEqual(hist({ limit: 0 }), ["error", 10020, "limit: invalid"])
    assert.deepStrictEqual(hist({ start: "x" }), ["error", 10020, "start: invalid"])
    venue.order(market("0.01"))
    venue.pass(1000)
    venue.order(market("-0.01"))
    const trades = (sort: number) => venue.post("v2/auth/r/trades/tBTCUSD/hist", { sort }).body
    assert.deepStrictEqual(trades(1), [...trades(-1)].reverse())
    assert.isBelow(trades(1)[0][2], trades(-1)[0][2])
    assert.deepStrictEqual(venue.post("v2/auth/r/trades/tETHUSD/hist").body, [])
    const fees = venue.post("v2/auth/r/ledgers/hist", { category: 201 }).body
    assert.isAbove(fees.length, 1)
    assert.isTrue(fees.every((row: ReadonlyArray<string>) => row[8]!.startsWith("Trading fees")))
    const usd = venue.post("v2/auth/r/ledgers/USD/hist", { wallet: "exchange" }).body
    assert.isTrue(usd.every((row: ReadonlyArray<string>) => row[1] === "USD" && row[2] === "exchange"))
    assert.strictEqual(usd[0][6], venue.view().balance("exchange", "USD").total)
  })
})
