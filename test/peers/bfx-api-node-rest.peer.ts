import { assert, describe, it } from "@effect/vitest"
import { farBelow, load, served } from "./support.ts"

const { RESTv2 } = load("bfx-api-node-rest")
const { Order } = load("bfx-api-node-models")

const client = (url: string, options: object = {}) =>
  new RESTv2({ url, apiKey: "demo-key", apiSecret: "demo-secret", transform: true, timeout: 15_000, ...options })

describe("bfx-api-node-rest", () => {
  it.live("reads what is public", () =>
    served(async ({ market, restUrl }) => {
      const rest = client(restUrl)
      assert.deepStrictEqual(await rest.status(), [1])
      const ticker = await rest.ticker({ symbol: "tBTCUSD" })
      assert.strictEqual(ticker.bid, market.ticker("tBTCUSD")[0])
      assert.lengthOf(await rest.tickers({ symbols: ["tBTCUSD", "tETHUSD"] }), 2)
      assert.isNotEmpty(await rest.tickersHistory({ symbols: ["tBTCUSD"] }))
      assert.isNotEmpty(await rest.candles({ timeframe: "1m", symbol: "tBTCUSD", section: "hist" }))
      assert.isNotEmpty(await rest.trades({ symbol: "tBTCUSD" }))
      assert.isNotEmpty(await rest.orderBook({ symbol: "tBTCUSD", prec: "P0" }))
      assert.isNotEmpty(await rest.stats({ key: "pos.size:1m:tBTCUSD:long", context: "hist" }))
      assert.include(await rest.symbols(), "BTCUSD")
      assert.isNotEmpty(await rest.conf({ keys: ["pub:list:currency"] }))
      assert.isNotEmpty(await rest.statusMessages({ type: "deriv", keys: ["tBTCF0:USTF0"] }))
    }), 60_000)

  it.live("reads what needs a key", () =>
    served(async ({ restUrl }) => {
      const rest = client(restUrl)
      const wallets = await rest.wallets()
      assert.isNotEmpty(wallets)
      assert.isString(wallets[0].type)
      const info = await rest.userInfo()
      assert.isDefined(info)
      for (
        const [method, params] of [
          ["activeOrders", {}],
          ["orderHistory", { symbol: "tBTCUSD" }],
          ["positions", {}],
          ["positionsHistory", {}],
          ["accountTrades", { symbol: "tBTCUSD" }],
          ["ledgers", { filters: { ccy: "USD" } }],
          ["movements", { ccy: "BTC" }],
          ["fundingOffers", { symbol: "fUSD" }],
          ["fundingOfferHistory", { symbol: "fUSD" }],
          ["fundingLoans", { symbol: "fUSD" }],
          ["fundingCredits", { symbol: "fUSD" }],
          ["fundingTrades", { symbol: "fUSD" }],
          ["marginInfo", { key: "base" }],
          ["fundingInfo", { key: "fUSD" }],
          ["performance", {}]
        ] as const
      ) {
        assert.isDefined(await rest[method](params), method)
      }
    }), 60_000)

  it.live("submits, updates and cancels an order", () =>
    served(async (exchange) => {
      const rest = client(exchange.restUrl)
      const price = farBelow(exchange)
      const order = new Order({ symbol: "tBTCUSD", amount: "0.01", price, type: "EXCHANGE LIMIT", cid: 99 })
      const submitted = await rest.submitOrder({ order })
      const id = Number((submitted.notifyInfo?.[0] ?? submitted).id)
      assert.isAbove(id, 0)
      assert.isNotEmpty(await rest.activeOrders())
      await rest.updateOrder({ id, amount: "0.02" })
      await rest.cancelOrder({ id })
      assert.deepStrictEqual(await rest.activeOrders(), [])
    }), 60_000)

  it.live("is refused with a wrong secret", () =>
    served(async ({ restUrl }) => {
      const rest = client(restUrl, { apiSecret: "wrong" })
      const error: any = await rest.wallets().then(() => undefined, (error: unknown) => error)
      assert.strictEqual(Number(error?.code), 10100)
    }), 60_000)
})
