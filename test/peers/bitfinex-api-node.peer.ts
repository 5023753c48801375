import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { farBelow, load, once, served, until } from "./support.ts"

const { WSv2 } = load("bitfinex-api-node")
const { Order } = load("bfx-api-node-models")

const open = async (url: string, options: object = {}) => {
  const ws = new WSv2({
    url,
    apiKey: "demo-key",
    apiSecret: "demo-secret",
    transform: true,
    manageOrderBooks: true,
    autoReconnect: false,
    ...options
  })
  const errors: Array<string> = []
  ws.on("error", (error: any) => errors.push(String(error?.message ?? JSON.stringify(error))))
  await ws.open()
  return { ws, errors }
}

describe("bitfinex-api-node", () => {
  it.live(
    "streams all public channels with checksums and the audit of sequence numbers on",
    () =>
      served(async ({ socketUrl }) => {
        const { errors, ws } = await open(socketUrl, { seqAudit: true })
        // its own fault: with another flag set before, this promise waits for an answer that names this flag alone
        void ws.enableFlag(WSv2.flags.CHECKSUM)
        await until("the flags", () => ws.isFlagEnabled(WSv2.flags.CHECKSUM))
        const seen = new Set<string>()
        const note = (name: string) => () => seen.add(name)
        ws.onTicker({ symbol: "tBTCUSD" }, note("ticker"))
        ws.onTrades({ symbol: "tBTCUSD" }, note("trades"))
        ws.onOrderBook({ symbol: "tBTCUSD", prec: "P0", len: "25" }, note("P0"))
        ws.onOrderBook({ symbol: "tETHUSD", prec: "R0", len: "25" }, note("R0"))
        ws.onCandle({ key: "trade:1m:tBTCUSD" }, note("candles"))
        ws.onStatus({ key: "deriv:tBTCF0:USTF0" }, note("status"))
        await ws.subscribeTicker("tBTCUSD")
        await ws.subscribeTicker("fUSD")
        await ws.subscribeTrades("tBTCUSD")
        await ws.subscribeOrderBook("tBTCUSD", "P0", "25")
        await ws.subscribeOrderBook("tETHUSD", "R0", "25")
        await ws.subscribeCandles("trade:1m:tBTCUSD")
        await ws.subscribeStatus("deriv:tBTCF0:USTF0")
        await until("all channels", () => seen.size === 6)
        // long enough for checksums of both books
        await new Promise((resolve) => setTimeout(resolve, 5000))
        assert.deepStrictEqual(errors, [])
        await ws.close()
      }),
    60_000
  )

  it.live("logs in, and submits, updates and cancels an order", () =>
    served(async (exchange) => {
      const { errors, ws } = await open(exchange.socketUrl, { seqAudit: true })
      const wallets = once(ws, "ws") // its name for the snapshot of wallets
      const states: Array<string> = []
      await ws.auth()
      await Promise.race([wallets, new Promise((resolve) => setTimeout(resolve, 1000))])
      const account = await Effect.runPromise(exchange.account("demo-key"))
      const price = farBelow(exchange)
      const order = new Order(
        { cid: 4711, symbol: "tBTCUSD", amount: "0.01", price, type: "EXCHANGE LIMIT" },
        ws
      )
      order.registerListeners()
      order.on("update", () => states.push(String(order.status)))
      await order.submit()
      await until("the order", () => account.orders().length === 1)
      assert.strictEqual(account.orders()[0]?.cid, 4711)
      await ws.updateOrder({ id: order.id, amount: "0.02" })
      await until("the update", () => account.orders()[0]?.amount === 0.02)
      await ws.cancelOrder(order.id)
      await until("the end", () => account.orders().length === 0)
      assert.match(account.ordersHistory().at(-1)!.status, /^CANCELED/)
      assert.deepStrictEqual(errors, [])
      await ws.close()
    }), 60_000)

  it.live("a market order is filled, and told", () =>
    served(async (exchange) => {
      const { errors, ws } = await open(exchange.socketUrl)
      await ws.auth()
      const trades: Array<any> = []
      ws.onAccountTradeUpdate({}, (trade: any) => trades.push(trade))
      const account = await Effect.runPromise(exchange.account("demo-key"))
      await ws.submitOrder(new Order({ symbol: "tBTCUSD", amount: "0.01", type: "EXCHANGE MARKET", cid: 4712 }))
      await until("the trade", () => trades.length > 0 && account.trades().length > 0)
      assert.deepStrictEqual(errors, [])
      await ws.close()
    }), 60_000)

  it.live("a wrong secret is refused, and said so", () =>
    served(async ({ socketUrl }) => {
      const { errors, ws } = await open(socketUrl, { apiSecret: "wrong" })
      // its promise never settles
      void ws.auth().catch(() => undefined)
      await until("the refusal", () => errors.length > 0)
      assert.match(errors[0]!, /auth failed/)
      await ws.close()
    }), 60_000)
})
