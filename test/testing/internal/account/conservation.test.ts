import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/testing/internal/market/random.ts"
import { open } from "../../../support/accounts.ts"

const pairs: ReadonlyArray<readonly [symbol: string, base: string, quote: string]> = [
  ["tBTCUSD", "BTC", "USD"],
  ["tETHUSD", "ETH", "USD"],
  ["tETHBTC", "ETH", "BTC"]
]

const users = ["a", "b", "c"]
const initial = { USD: 200_000, BTC: 5, ETH: 60 }
const kinds = [
  "EXCHANGE LIMIT",
  "EXCHANGE LIMIT",
  "EXCHANGE LIMIT",
  "EXCHANGE MARKET",
  "EXCHANGE IOC",
  "EXCHANGE FOK",
  "EXCHANGE STOP",
  "EXCHANGE STOP LIMIT",
  "EXCHANGE TRAILING STOP"
] as const
const flags = [0, 0, 0, 64, 4096, 16384] as const

const lots = (amount: number): number => Math.round(amount * 1e8)
const five = (price: number): string => String(Number(price.toPrecision(5)))

/** exact; the buyer keeps the fraction of a lot */
const cost = (amount: number, price: number): number => {
  const [whole = "", part = ""] = String(price).split(".")
  return Number(BigInt(amount) * BigInt(whole + part) / 10n ** BigInt(part.length))
}

type Venue = ReturnType<typeof open>

/** one random action of a user */
const act = (venue: Venue, random: Random.Random): void => {
  const key = random.pick(["a", "b", "c"])
  const orders = venue.view(key).orders()
  const some = orders[random.int(Math.max(1, orders.length))]
  const chance = random.next()
  if (chance < 0.12 && some !== undefined) {
    venue.post("v2/auth/w/order/cancel", { id: some.id }, key)
    return
  }
  if (chance < 0.24 && some !== undefined) {
    const change = random.chance(0.5)
      ? { price: five(some.price! * (1 + 0.002 * random.normal())) }
      : { delta: (some.amount * random.normal() / 2).toFixed(8) }
    venue.post("v2/auth/w/order/update", { id: some.id, ...change }, key)
    return
  }
  if (chance < 0.27) {
    const amount = (10 * random.next()).toFixed(4)
    venue.post("v2/auth/w/transfer", { from: "exchange", to: "funding", currency: "USD", amount }, key)
    return
  }
  const [symbol, base] = random.pick([pairs[0]!, pairs[1]!, pairs[2]!])
  const last = Number(venue.market.ticker(symbol)[6])
  const near = five(last * (1 + 0.003 * random.normal()))
  const size = (base === "BTC" ? 1 : 12) * random.low(2)
  const type = random.pick(kinds)
  const flag = random.pick(flags)
  venue.order({
    type,
    symbol,
    amount: ((random.chance(0.5) ? 1 : -1) * size).toFixed(8),
    price: near,
    price_aux_limit: five(last * (1 + 0.003 * random.normal())),
    price_trailing: five(last * 0.002),
    price_oco_stop: five(last * (1 + 0.003 * random.normal())),
    flags: type === "EXCHANGE LIMIT" ? flag : 0
  }, key)
}

/** invariants that hold at any time */
const check = (venue: Venue): void => {
  for (const key of users) {
    const view = venue.view(key)
    const orders = view.orders()
    for (const currency of ["USD", "BTC", "ETH"] as const) {
      const { available, total } = view.balance("exchange", currency)
      assert.isAtLeast(available, 0, `${key} ${currency}: never more held than there is`)
      assert.isAtLeast(total, available, `${key} ${currency}: never less held than nothing`)
      const isConcerned = orders.some((order) => order.symbol.includes(currency))
      if (!isConcerned) assert.strictEqual(total, available, `${key} ${currency}: nothing is held without an order`)
      // the ledger has every change
      const entries = view.ledgers().filter((entry) => entry.currency === currency && entry.wallet === "exchange")
      assert.strictEqual(lots(total), entries.reduce((sum, entry) => sum + lots(entry.amount), 0), `${key} ${currency}`)
      assert.strictEqual(entries[entries.length - 1]!.balance, total)
    }
    for (const order of orders) {
      const isInBook = venue.market.engine(order.symbol)!.orders.get(order.id)
      if (isInBook !== undefined) assert.strictEqual(lots(Math.abs(order.amount)), isInBook.lots, "the book agrees")
      else assert.match(order.orderType, /STOP$|STOP LIMIT$/, "an order outside the book waits for its price")
    }
  }
}

/** wallets equal their initial balances plus the later trades and fees */
const balances = (venue: Venue): void => {
  const fees: { [currency: string]: number } = { USD: 0, BTC: 0, ETH: 0 }
  const moved: { [currency: string]: number } = { USD: 0, BTC: 0, ETH: 0 }
  let matched = 0
  const byId = new Map<number, number>()
  for (const key of users) {
    for (const trade of venue.view(key).trades()) {
      const [, base, quote] = pairs.find(([symbol]) => symbol === trade.symbol)!
      fees[trade.feeCurrency!]! -= lots(trade.fee!)
      moved[base]! += lots(trade.execAmount)
      moved[quote]! -= Math.sign(trade.execAmount) * cost(Math.abs(lots(trade.execAmount)), trade.execPrice)
      byId.set(trade.id, (byId.get(trade.id) ?? 0) + 1)
      matched++
    }
  }
  assert.isAbove(matched, 50, "there was something to see")
  assert.isTrue([...byId.values()].every((sides) => sides <= 2), "a trade has two sides at most")
  assert.isTrue([...byId.values()].some((sides) => sides === 2), "users traded with each other as well")
  for (const currency of ["USD", "BTC", "ETH"] as const) {
    const now = users.reduce((sum, key) => {
      const view = venue.view(key)
      return sum + lots(view.balance("exchange", currency).total) + lots(view.balance("funding", currency).total)
    }, 0)
    assert.isAbove(fees[currency]!, 0)
    const expected = users.length * lots(initial[currency]) + moved[currency]! - fees[currency]!
    assert.strictEqual(now - expected, 0, `${currency}: lots that are too many, or missing`)
  }
}

describe("money of the fake exchange", () => {
  for (const seed of [1, 2, 3]) {
    it(`is conserved under random actions of users (seed ${seed})`, () => {
      const venue = open({
        seed,
        symbols: pairs.map(([symbol]) => symbol),
        accounts: users.map((key, index) => ({
          key,
          secret: key,
          userId: index + 1,
          wallets: { exchange: initial }
        }))
      })
      const random = Random.make(seed, "users")
      for (let round = 0; round < 60; round++) {
        for (let count = random.int(8); count >= 0; count--) act(venue, random)
        venue.pass(250 * random.int(8))
        check(venue)
      }
      balances(venue)
      for (const key of users) venue.post("v2/auth/w/order/cancel/multi", { all: 1 }, key)
      check(venue)
      for (const key of users) {
        assert.deepStrictEqual(venue.view(key).orders(), [])
        const done = venue.view(key).ordersHistory()
        assert.strictEqual(new Set(done.map(({ id }) => id)).size, done.length, "an order ends once")
      }
      // each order is reported as new at most once, ends exactly once, and is not reported afterwards
      const histories = new Map<number, string>()
      for (const event of venue.events) {
        if (event.type !== "on" && event.type !== "ou" && event.type !== "oc") continue
        const before = histories.get(event.record.id) ?? ""
        assert.notInclude(before, "c", `${event.record.id} ${before}`)
        if (event.type === "on") assert.strictEqual(before, "")
        histories.set(event.record.id, before + event.type[1])
      }
      for (const [id, types] of histories) assert.isTrue(types.endsWith("c"), `${id} ${types}`)
    })
  }
})
