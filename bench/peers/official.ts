/**
 * bitfinex-api-node, with its models or, `arrays`, with plain rows. It keeps and verifies its books itself.
 */
import { key, secret } from "../account.ts"
import { delivered, fault, how, onReport, ready, sums, url, workload } from "../client.ts"
import { onBook, onCandle, onFill, onLastBook, onOrder, onTicker, onTrade, onWallet, type Tally } from "../truth.ts"
import { type Channel, isAccount, isLive } from "../workloads.ts"
import { load } from "./load.ts"

const { WSv2 } = load("bitfinex-api-node")

const isModels = how !== "arrays"
const ws = new WSv2({
  url,
  apiKey: key,
  apiSecret: secret,
  transform: isModels,
  manageOrderBooks: true,
  autoReconnect: false
})
ws.on("error", (error: any) => fault(String(error?.message ?? JSON.stringify(error))))

let awaited = workload.channels.length

/** the first event of a channel is its snapshot */
const afterSnapshot = (onRow: (row: any) => void) => {
  let isSeen = false
  return (row: any): void => {
    if (isSeen) {
      onRow(row)
      return delivered()
    }
    isSeen = true
    if (--awaited === 0) ready()
  }
}

const ticker = isModels
  ? (row: any) => row
  : (row: any) => ({ bid: row[0], lastPrice: row[6], volume: row[7], low: row[9] })
const trade = isModels
  ? (row: any) => row
  : ([row]: any) => ({ id: row[0], mts: row[1], amount: row[2], price: row[3] })
// one candle comes as a list, too
const candle = isModels
  ? ([row]: any) => row
  : ([row]: any) => ({ mts: row[0], close: row[2], high: row[3], low: row[4], volume: row[5] })

const subscribeBook = ({ kind, len, symbol }: Channel, tally: Tally): Promise<unknown> => {
  const isRaw = kind === "bookR0"
  const prec = isRaw ? "R0" : "P0"
  const at = isRaw ? 1 : 0
  const filter = { symbol, prec, len: String(len) }
  let last: any
  const onUpdate = afterSnapshot((book) => {
    last = book
    tally.count++
  })
  ws.onOrderBook(filter, onUpdate)
  ws.onOrderBookChecksum(filter, () => {
    const rows: ReadonlyArray<ReadonlyArray<number>> = isModels ? [] : last
    const best = (side: 1 | -1) => rows.find((row) => row[2]! * side > 0)![at]!
    if (isModels) onBook(tally, last.topBid(), last.topAsk())
    else onBook(tally, best(1), best(-1))
    tally.count++
    delivered()
  })
  onReport(() => {
    const rows: ReadonlyArray<ReadonlyArray<number>> = ws._orderBooks[symbol]
    const side = (sign: 1 | -1) =>
      rows.filter((row) => row[2]! * sign > 0).map((row) => ({ id: row[0]!, price: row[at]!, amount: row[2]! }))
        .sort((a, b) => (b.price - a.price) * sign || a.id - b.id)
    onLastBook(tally, side(1), side(-1))
  })
  return ws.subscribeOrderBook(symbol, prec, String(len))
}

const subscribe = (channel: Channel, tally: Tally): Promise<unknown> => {
  const { kind, symbol } = channel
  switch (kind) {
    case "ticker":
      ws.onTicker({ symbol }, afterSnapshot((row) => onTicker(tally, ticker(row))))
      return ws.subscribeTicker(symbol)
    case "trades":
      ws.onTradeEntry({ symbol }, (row: any) => {
        onTrade(tally, trade(row), "te")
        delivered()
      })
      ws.onTrades({ symbol }, afterSnapshot((row) => onTrade(tally, trade(row), "tu")))
      return ws.subscribeTrades(symbol)
    case "candles":
      ws.onCandle({ key: `trade:1m:${symbol}` }, afterSnapshot((row) => onCandle(tally, candle(row))))
      return ws.subscribeCandles(`trade:1m:${symbol}`)
    default:
      return subscribeBook(channel, tally)
  }
}

const order = isModels
  ? (row: any) => row
  : (row: any) => ({
    id: row[0],
    mtsUpdate: row[5],
    amount: row[6],
    status: row[13],
    price: row[16],
    priceAvg: row[17]
  })
const fill = isModels
  ? (row: any) => ({ ...row, orderId: row.orderID })
  : (row: any) => ({ id: row[0], orderId: row[3], execAmount: row[4], execPrice: row[5], fee: row[9] })
const wallet = isModels
  ? (row: any) => ({ currency: row.currency, balance: row.balance, lastChange: row.description })
  : (row: any) => ({ currency: row[1], balance: row[2], lastChange: row[5] })

const listen = ([orders, fills, wallets]: ReadonlyArray<Tally>): Promise<unknown> => {
  for (const [name, type] of [["onOrderNew", "on"], ["onOrderUpdate", "ou"], ["onOrderClose", "oc"]] as const) {
    ws[name]({}, (row: any) => {
      onOrder(orders!, order(row), type)
      delivered()
    })
  }
  for (const [name, type] of [["onAccountTradeEntry", "te"], ["onAccountTradeUpdate", "tu"]] as const) {
    ws[name]({}, (row: any) => {
      onFill(fills!, fill(row), type)
      delivered()
    })
  }
  ws.onWalletUpdate({}, (row: any) => {
    onWallet(wallets!, wallet(row))
    delivered()
  })
  ws.onFundingLoanSnapshot({}, () => ready())
  return ws.auth()
}

const main = async (): Promise<void> => {
  const { channels } = workload
  const tallies = sums[0]!
  await ws.open()
  if (channels.some(({ kind }) => isAccount(kind))) return void await listen(tallies)
  // its own fault: this promise waits for an answer that names this flag alone
  if (channels.some(({ kind }) => isLive(kind))) void ws.enableFlag(WSv2.flags.CHECKSUM)
  await Promise.all(channels.map((channel, k) => subscribe(channel, tallies[k]!)))
}

main().catch((error: unknown) => fault(String(error)))
