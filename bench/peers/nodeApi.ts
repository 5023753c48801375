/**
 * bitfinex-node-api, on the runtime's WebSocket. It has no books: those of the floor are its user's code here.
 */
import { key, kinds, secret } from "../account.ts"
import { delivered, fault, onReport, ready, sums, url, workload } from "../client.ts"
import { FloorBook } from "../floorBook.ts"
import { onBook, onCandle, onFill, onLastBook, onOrder, onTicker, onTrade, onWallet } from "../truth.ts"
import { isAccount, isLive } from "../workloads.ts"
import { loadModule } from "./load.ts"

const { ConfFlags, WebSocketClientV2 } = await loadModule("bitfinex-node-api")

const isPrivate = workload.channels.some(({ kind }) => isAccount(kind))
const client = new WebSocketClientV2({ ws_url: url, ...(isPrivate ? { key, secret } : {}) })
// it adds a listener for each subscription that is not answered yet
client.setMaxListeners(0)
const tallies = sums[0]!
let awaited = workload.channels.length

/** by channel id */
const subs = new Map(workload.channels.map(({ chanId, kind }, index) => [chanId, {
  index,
  isLive: false,
  book: isLive(kind) ? new FloorBook(kind === "bookR0") : undefined
}]))

const rowOf = (of: any): ReadonlyArray<number> =>
  of.order_id === undefined ? [of.price, of.count, of.amount] : [of.order_id, of.price, of.amount]

const onPublic = (message: any): void => {
  const sub = subs.get(message.channel_id)!
  const tally = tallies[sub.index]!
  if (!sub.isLive) {
    sub.isLive = true
    sub.book?.start(message.book.map(rowOf))
    if (--awaited === 0) ready()
    return
  }
  switch (message.type) {
    case "ticker":
      onTicker(tally, { ...message, lastPrice: message.last_price })
      break
    case "trade_executed":
    case "trade_updated":
      onTrade(tally, message, message.type === "trade_executed" ? "te" : "tu")
      break
    case "candle_update":
      onCandle(tally, message)
      break
    case "checksum": {
      const { asks, bids } = sub.book!
      if (sub.book!.checksum() !== message.checksum) fault("a wrong checksum")
      onBook(tally, bids[0]!.price, asks[0]!.price)
      tally.count++
      break
    }
    default:
      sub.book!.apply(rowOf(message))
      tally.count++
  }
  delivered()
}

const types: { readonly [type: string]: string } = { order_new: "on", order_update: "ou", order_cancel: "oc" }

const onPrivate = (message: any): void => {
  const [orders, fills, wallets] = tallies
  switch (message.type) {
    case "order_new":
    case "order_update":
    case "order_cancel":
      onOrder(
        orders!,
        { ...message, mtsUpdate: message.mts_update, priceAvg: message.price_avg },
        types[message.type]!
      )
      break
    case "wallet_update":
      onWallet(wallets!, { ...message, lastChange: message.description })
      break
    case "auth_envelope": {
      const { mnemonic, payload } = message
      if (kinds[mnemonic] !== "fills") return
      const [id, , , orderId, execAmount, execPrice, , , , fee] = payload
      onFill(fills!, { id, orderId, execAmount, execPrice, fee }, mnemonic)
      break
    }
    case "funding_loan_snapshot":
      return ready()
    default:
      return
  }
  delivered()
}

client.on("error", (error: unknown) => fault(String(error)))
client.on("message", (message: any) => {
  if (message.channel_id === undefined) return
  if (isPrivate) onPrivate(message)
  else onPublic(message)
})
onReport(() => {
  for (const { book, index } of subs.values()) {
    if (book !== undefined) onLastBook(tallies[index]!, book.bids, book.asks)
  }
})

await client.connect()
if (isPrivate) await client.auth()
else {
  if (workload.channels.some(({ kind }) => isLive(kind))) await client.conf({ flags: ConfFlags.OB_CHECKSUM })
  await Promise.all(workload.channels.map(({ kind, len, symbol }) => {
    switch (kind) {
      case "ticker":
        return client.subscribeTicker({ symbol })
      case "trades":
        return client.subscribeTrades({ symbol })
      case "candles":
        return client.subscribeCandles({ key: `trade:1m:${symbol}` })
      case "bookR0":
        return client.subscribeRawBook({ symbol, len })
      default:
        return client.subscribeBook({ symbol, len })
    }
  }))
}
