import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fault from "../../src/testing/Fault.ts"
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

  it.live(
    "reads the rest of what it can: markets, status, history, positions, ledger",
    () =>
      served(async (exchange) => {
        const rest = new ccxt.bitfinex(options(exchange.restUrl, exchange.socketUrl))
        const markets = await rest.loadMarkets()
        assert.isTrue(markets["BTC/USD"].spot && markets["BTC/USDT:USDT"].swap)
        assert.strictEqual((await rest.fetchStatus()).status, "ok")
        assert.include(Object.keys(await rest.fetchCurrencies()), "BTC")
        assert.isAbove((await rest.fetchTickers(["BTC/USD", "ETH/USD"]))["ETH/USD"].last, 0)
        assert.isNotEmpty(await rest.fetchTrades("BTC/USD"))
        const rate = await rest.fetchFundingRate("BTC/USDT:USDT")
        assert.isNumber(rate.fundingRate)
        assert.isNumber((await rest.fetchOpenInterest("BTC/USDT:USDT")).openInterestAmount)
        const order = await rest.createOrder("BTC/USD", "market", "buy", 0.01)
        const [trade] = await rest.fetchMyTrades("BTC/USD")
        assert.strictEqual(trade.order, order.id)
        assert.strictEqual((await rest.fetchClosedOrders("BTC/USD"))[0].status, "closed")
        assert.lengthOf(await rest.fetchOrderTrades(order.id, "BTC/USD"), 1)
        const resting = await rest.createOrder("BTC/USD", "limit", "buy", 0.01, Number(farBelow(exchange)))
        assert.strictEqual((await rest.fetchOpenOrder(resting.id)).status, "open")
        const edited = await rest.editOrder(resting.id, "BTC/USD", "limit", "buy", 0.02, Number(farBelow(exchange)))
        // its `amount` is AMOUNT_ORIG; whether the venue changes that one too is documented nowhere
        assert.strictEqual(edited.remaining, 0.02)
        await rest.cancelAllOrders()
        assert.isEmpty(await rest.fetchOpenOrders())
        assert.isNotEmpty(await rest.fetchLedger("USD"))
        assert.isArray(await rest.fetchPositions())
        assert.isArray(await rest.fetchDepositsWithdrawals())
        assert.isAbove((await rest.fetchTradingFees())["BTC/USD"].taker, 0)
        assert.strictEqual((await rest.transfer("USD", 1, "spot", "margin")).status, "ok")
      }),
    60_000
  )

  it.live(
    "watches tickers and candles, leaves them, and complains of a wrong checksum",
    () =>
      served(async (exchange) => {
        const pro = new ccxt.pro.bitfinex(options(exchange.restUrl, exchange.socketUrl))
        await pro.loadHttpProxyAgent()
        await pro.loadMarkets()
        assert.isAbove((await pro.watchTicker("BTC/USD")).last, 0)
        assert.isNotEmpty(await pro.watchOHLCV("BTC/USD", "1m"))
        await pro.unWatchTicker("BTC/USD")
        await pro.watchOrderBook("BTC/USD")
        const { inject } = exchange
        await Effect.runPromise(inject(Fault.CorruptChecksum.make({ match: "book:tBTCUSD" })))
        let error: any
        for (let k = 0; k < 400 && error === undefined; k++) {
          error = await pro.watchOrderBook("BTC/USD").then(() => undefined, (error: unknown) => error)
        }
        assert.strictEqual(error?.constructor?.name, "ChecksumError")
        await pro.close()
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
    // a defect of ccxt: it begins to listen for wallets some ticks after the answer to its login, and loses those that
    // arrived before; on a busy machine the 2 ms of the server are not enough
    served(async (exchange) => {
      const pro = new ccxt.pro.bitfinex(options(exchange.restUrl, exchange.socketUrl))
      await pro.loadHttpProxyAgent()
      await pro.loadMarkets()
      const balance = await pro.watchBalance()
      assert.isAbove(balance.total.USD, 0)
      const orders: Array<any> = []
      // the errors of its waits at the end of the socket do not matter
      void pro.watchOrders("BTC/USD").then((value: any) => orders.push(...value), () => undefined)
      await new Promise((resolve) => setTimeout(resolve, 200))
      await pro.createOrder("BTC/USD", "limit", "buy", 0.01, Number(farBelow(exchange)))
      await until("its order", () => orders.length > 0)
      await pro.close()
    }, { snapshotDelay: 500 }), 60_000)

  it.live("is refused with a wrong secret", () =>
    served(async ({ restUrl, socketUrl }) => {
      const rest = new ccxt.bitfinex({ ...options(restUrl, socketUrl), secret: "wrong" })
      const error: any = await rest.fetchBalance().then(() => undefined, (error: unknown) => error)
      assert.strictEqual(error?.constructor?.name, "AuthenticationError")
    }), 60_000)
})
