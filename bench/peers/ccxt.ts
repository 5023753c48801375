/**
 * ccxt.pro. Its loops receive the newest state when they ask, so the elements that its user receives are counted and
 * not compared.
 */
import { key, secret } from "../account.ts"
import { fault, finished, ready, sums, url, workload } from "../client.ts"
import { onBook, type Tally } from "../truth.ts"
import { type Channel, isAccount, isLive } from "../workloads.ts"
import { load } from "./load.ts"

const ccxt = load("ccxt")

const exchange = new ccxt.pro.bitfinex({
  apiKey: key,
  secret,
  enableRateLimit: false,
  newUpdates: true,
  urls: { api: { ws: { public: url, private: url } } }
})

/** its markets are set, as there is no REST here */
const market = (id: string) => {
  const [base, quote] = [id.slice(1, 4), id.slice(4)]
  return exchange.safeMarketStructure({
    id,
    symbol: `${base}/${quote}`,
    base,
    quote,
    baseId: base,
    quoteId: quote,
    type: "spot",
    spot: true,
    active: true,
    precision: { amount: 1e-8, price: 5 }
  })
}
const isPrivate = workload.channels.some(({ kind }) => isAccount(kind))
const bases = ["BTC", "ETH", "LTC", "XRP", "EOS", "ZEC", "XMR", "DOT"]
const ids = isPrivate ? bases.map((base) => `t${base}USD`) : [...new Set(workload.channels.map(({ symbol }) => symbol))]
exchange.setMarkets(ids.map(market))

// the server's marker ends a slice; the loops have run by the next turn
exchange.handleSystemStatus = (_client: unknown, message: any) => {
  if (message.code === 29_999) setImmediate(finished)
  return message
}
const handle = exchange.handleMessage
exchange.handleMessage = function(client: unknown, message: any) {
  if (isPrivate && message[1] === "fls") ready()
  return handle.call(exchange, client, message)
}

let awaited = workload.channels.length

const loop = async (watch: () => Promise<any>, onValue: (value: any) => void): Promise<never> => {
  if (!isPrivate) {
    await watch()
    if (--awaited === 0) ready()
  }
  for (;;) onValue(await watch())
}

const count = (tally: Tally) => (rows: ReadonlyArray<unknown>): void => {
  tally.count += rows.length
}

const follow = ({ kind, len, symbol: id }: Channel, tally: Tally): Promise<never> => {
  const { symbol } = exchange.market(id)
  switch (kind) {
    case "ticker":
      return loop(() => exchange.watchTicker(symbol), () => tally.count++)
    case "trades":
      return loop(() => exchange.watchTrades(symbol), count(tally))
    case "candles":
      return loop(() => exchange.watchOHLCV(symbol, "1m"), count(tally))
    default: {
      // its own argument for the length allows 25 and 100 only
      const wanted = { prec: kind === "bookR0" ? "R0" : "P0", len: String(len) }
      return loop(() => exchange.watchOrderBook(symbol, undefined, wanted), ({ asks, bids }) => {
        onBook(tally, bids[0][0], asks[0][0])
        tally.count++
      })
    }
  }
}

const main = async (): Promise<unknown> => {
  await exchange.loadHttpProxyAgent()
  const tallies = sums[0]!
  if (workload.channels.some(({ kind }) => isLive(kind))) {
    exchange.options.watchOrderBook = { ...exchange.options.watchOrderBook, checksum: true }
  }
  if (!isPrivate) return Promise.all(workload.channels.map((channel, k) => follow(channel, tallies[k]!)))
  const [orders, fills, wallets] = tallies
  return Promise.all([
    loop(() => exchange.watchOrders(), count(orders!)),
    loop(() => exchange.watchMyTrades(), count(fills!)),
    loop(() => exchange.watchBalance({ wallet: "exchange" }), () => wallets!.count++)
  ])
}

main().catch((error: unknown) => fault(String(error)))
