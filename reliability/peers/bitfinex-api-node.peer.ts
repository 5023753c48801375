import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fault from "../../src/testing/Fault.ts"
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

const checksumsOn = async (ws: any) => {
  // its own fault: with another flag set before, this promise waits for an answer that names this flag alone
  void ws.enableFlag(WSv2.flags.CHECKSUM)
  await until("the flags", () => ws.isFlagEnabled(WSv2.flags.CHECKSUM))
}

type Channel = readonly [
  name: string,
  listen: (ws: any, note: () => void) => void,
  subscribe: (ws: any) => Promise<unknown>,
  updates: number
]

const book = (symbol: string, prec: string, len = "25"): Channel => [
  `${prec} of ${symbol}`,
  (ws, note) => ws.onOrderBook({ symbol, prec, len }, note),
  (ws) => ws.subscribeOrderBook(symbol, prec, len),
  3
]

/** its own fault: it keeps one book of a symbol, so that a second one of another precision fails its checksums */
const channels: ReadonlyArray<Channel> = [
  ["ticker", (ws, note) => ws.onTicker({ symbol: "tBTCUSD" }, note), (ws) => ws.subscribeTicker("tBTCUSD"), 3],
  ["funding ticker", (ws, note) => ws.onTicker({ symbol: "fUSD" }, note), (ws) => ws.subscribeTicker("fUSD"), 1],
  ["trades", (ws, note) => ws.onTrades({ symbol: "tBTCUSD" }, note), (ws) => ws.subscribeTrades("tBTCUSD"), 3],
  ["funding trades", (ws, note) => ws.onTrades({ symbol: "fUSD" }, note), (ws) => ws.subscribeTrades("fUSD"), 1],
  book("tBTCUSD", "P0"),
  book("tETHUSD", "R0"),
  book("tBTCF0:USTF0", "P2", "100"),
  book("fUSD", "P0"),
  [
    "candles",
    (ws, note) => ws.onCandle({ key: "trade:1m:tBTCUSD" }, note),
    (ws) => ws.subscribeCandles("trade:1m:tBTCUSD"),
    1
  ],
  [
    "derivatives",
    (ws, note) => ws.onStatus({ key: "deriv:tBTCF0:USTF0" }, note),
    (ws) => ws.subscribeStatus("deriv:tBTCF0:USTF0"),
    1
  ],
  [
    "liquidations",
    (ws, note) => ws.onStatus({ key: "liq:global" }, note),
    (ws) => ws.subscribeStatus("liq:global"),
    // there may be none for long
    0
  ]
]

describe("bitfinex-api-node", () => {
  it.live(
    "streams all public channels with checksums and the audit of sequence numbers on",
    () =>
      served(async ({ awaitChannels, inject, market, socketUrl }) => {
        const { errors, ws } = await open(socketUrl, { seqAudit: true })
        await checksumsOn(ws)
        const seen = new Map<string, number>()
        const note = (name: string) => () => seen.set(name, (seen.get(name) ?? 0) + 1)
        for (const [name, listen, subscribe] of channels) {
          listen(ws, note(name))
          await subscribe(ws)
        }
        await Effect.runPromise(awaitChannels(channels.length))
        // long enough for checksums of all books
        await until("updates", () => channels.every(([name, , , updates]) => (seen.get(name) ?? 0) >= updates))
        await new Promise((resolve) => setTimeout(resolve, 4000))
        assert.deepStrictEqual(errors, [])
        const [bid, , ask] = market.ticker("tBTCUSD")
        const book = ws.getOB("tBTCUSD")
        assert.isBelow(Math.abs(book.topBid() - Number(bid)), 50)
        assert.isBelow(Math.abs(book.topAsk() - Number(ask)), 50)
        // what it would have reported otherwise: a checksum that does not match, a missing number
        await Effect.runPromise(inject(Fault.CorruptChecksum.make({ match: "book:tBTCUSD:P0" })))
        await until("the complaint about a checksum", () => errors.some((text) => /checksum/i.test(text)))
        await Effect.runPromise(inject(Fault.SkipSequence.make({ by: 3 })))
        await until("the complaint about a number", () => errors.some((text) => /seq/i.test(text)))
        await ws.close()
      }),
    60_000
  )

  it.live(
    "leaves a channel, and receives the notices of maintenance and of its end",
    () =>
      served(async ({ awaitChannels, connections, inject, socketUrl }) => {
        const { errors, ws } = await open(socketUrl)
        const heard: Array<string> = []
        ws.onMaintenanceStart(() => heard.push("begins"))
        ws.onMaintenanceEnd(() => heard.push("is over"))
        ws.onTicker({ symbol: "tBTCUSD" }, () => heard.push("ticker"))
        await ws.subscribeTicker("tBTCUSD")
        await Effect.runPromise(awaitChannels(1))
        await until("the ticker", () => heard.includes("ticker"))
        await Effect.runPromise(inject(Fault.Info.make({ code: 20060 })))
        await Effect.runPromise(inject(Fault.Info.make({ code: 20061 })))
        await until("the end of it", () => heard.includes("is over"))
        assert.isTrue(heard.includes("begins"))
        const channel = async () => (await Effect.runPromise(connections))[0]?.channels[0]
        await ws.unsubscribe((await channel())?.chanId)
        await until("no channel", async () => (await channel()) === undefined)
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

  it.live("a market order is filled, and its events arrive", () =>
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
