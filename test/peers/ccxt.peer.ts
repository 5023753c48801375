import { assert, describe, it } from "@effect/vitest"
import { farBelow, load, served, until } from "./support.ts"

const ccxt = load("ccxt")

const options = (restUrl: string, socketUrl: string) => ({
  apiKey: "demo-key",
  secret: "demo-secret",
  enableRateLimit: false,
  urls: {
    api: {
      v1: restUrl,
      public: restUrl,
      private: restUrl,
      ws: { public: socketUrl, private: socketUrl }
    }
  }
})

describe("ccxt", () => {
  it.live(
    "fetches tickers, books, candles and balances, and creates and cancels an order",
    () =>
      served(async (exchange) => {
        const rest = new ccxt.bitfinex(options(exchange.restUrl, exchange.socketUrl))
        await rest.loadMarkets()
        const ticker = await rest.fetchTicker("BTC/USD")
        assert.isAbove(ticker.last, 0)
        const book = await rest.fetchOrderBook("BTC/USD")
        assert.isBelow(book.bids[0][0], book.asks[0][0])
        assert.isNotEmpty(await rest.fetchOHLCV("BTC/USD", "1m"))
        const balance = await rest.fetchBalance()
        assert.isAbove(balance.total.USD, 0)
        const order = await rest.createOrder("BTC/USD", "limit", "buy", 0.01, Number(farBelow(exchange)))
        assert.isString(order.id)
        assert.lengthOf(await rest.fetchOpenOrders("BTC/USD"), 1)
        await rest.cancelOrder(order.id)
        assert.lengthOf(await rest.fetchOpenOrders("BTC/USD"), 0)
      }),
    60_000
  )

  it.live("watches books and trades, with its checksums on", () =>
    served(async ({ restUrl, socketUrl }) => {
      const pro = new ccxt.pro.bitfinex(options(restUrl, socketUrl))
      await pro.loadHttpProxyAgent()
      await pro.loadMarkets()
      let books = 0
      for (; books < 20; books++) {
        const book = await pro.watchOrderBook("BTC/USD")
        assert.isBelow(book.bids[0][0], book.asks[0][0])
      }
      assert.isNotEmpty(await pro.watchTrades("BTC/USD"))
      await pro.close()
    }), 60_000)

  it.live("watches balances and its own orders", () =>
    served(async (exchange) => {
      const pro = new ccxt.pro.bitfinex(options(exchange.restUrl, exchange.socketUrl))
      await pro.loadHttpProxyAgent()
      await pro.loadMarkets()
      const balance = await pro.watchBalance()
      assert.isAbove(balance.total.USD, 0)
      const orders: Array<any> = []
      // what it waits for when the socket ends is of no interest
      void pro.watchOrders("BTC/USD").then((value: any) => orders.push(...value), () => undefined)
      await new Promise((resolve) => setTimeout(resolve, 200))
      await pro.createOrder("BTC/USD", "limit", "buy", 0.01, Number(farBelow(exchange)))
      await until("its order", () => orders.length > 0)
      await pro.close()
    }), 60_000)

  it.live("is refused with a wrong secret", () =>
    served(async ({ restUrl, socketUrl }) => {
      const rest = new ccxt.bitfinex({ ...options(restUrl, socketUrl), secret: "wrong" })
      const error: any = await rest.fetchBalance().then(() => undefined, (error: unknown) => error)
      assert.strictEqual(error?.constructor?.name, "AuthenticationError")
    }), 60_000)
})
