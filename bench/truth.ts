/**
 * The expected data: a count and two running sums for each channel, over decoded fields.
 */
import { kinds } from "./account.ts"
import { FloorBook } from "./floorBook.ts"
import { type Channel, isLive, type Workload } from "./workloads.ts"

export interface Tally {
  count: number
  a: number
  b: number
}

export const tallies = (workload: Workload): Array<Tally> => workload.channels.map(() => ({ count: 0, a: 0, b: 0 }))

interface Ticker {
  readonly bid: number | null
  readonly lastPrice: number | null
  readonly volume: number
  readonly low: number | null
}
interface Trade {
  readonly id: number
  readonly mts: number
  readonly amount: number
  readonly price: number
}
interface Candle {
  readonly mts: number
  readonly close: number
  readonly high: number
  readonly low: number
  readonly volume: number
}
interface Level {
  readonly price: number
  readonly count: number
  readonly amount: number
}

interface Order {
  readonly id: number
  readonly mtsUpdate: number
  readonly amount: number
  readonly status: string
  readonly price: number | null
  readonly priceAvg: number | null
}
interface Fill {
  readonly id: number
  readonly orderId: number
  readonly execAmount: number
  readonly execPrice: number
  readonly fee: number | null
}
interface Wallet {
  readonly currency: string
  readonly balance: number
  readonly lastChange: string | null
}

// The user's code on the delivered data, the same for all clients. It does little: `%` of large numbers
// would cost as much as everything else for one more consumer.

export const onTicker = (tally: Tally, { bid, lastPrice, low, volume }: Ticker): void => {
  tally.count++
  tally.a += lastPrice! - low!
  tally.b += volume + bid!
}

export const onTrade = (tally: Tally, { amount, id, mts, price }: Trade, type: string): void => {
  tally.count++
  tally.a += price + (id & 1023)
  tally.b += (type === "te" ? amount : 2 * amount) + (mts & 1023)
}

export const onCandle = (tally: Tally, { close, high, low, mts, volume }: Candle): void => {
  tally.count++
  tally.a += close + (mts & 1023)
  tally.b += volume + high - low
}

export const onLevel = (tally: Tally, { amount, count, price }: Level): void => {
  tally.count++
  tally.a += price * (count + 1)
  tally.b += amount
}

export const onOrder = (tally: Tally, order: Order, type: string): void => {
  const { amount, id, mtsUpdate, price, priceAvg, status } = order
  tally.count++
  tally.a += price! + (id & 1023) + status.length
  tally.b += (type === "on" ? 1 : type === "ou" ? 2 : 3) * amount + priceAvg! + (mtsUpdate & 1023)
}

export const onFill = (tally: Tally, { execAmount, execPrice, fee, id, orderId }: Fill, type: string): void => {
  tally.count++
  tally.a += execPrice + (id & 1023)
  tally.b += (type === "te" ? execAmount : 2 * execAmount + fee!) + (orderId & 1023)
}

export const onWallet = (tally: Tally, { balance, currency, lastChange }: Wallet): void => {
  tally.count++
  tally.a += balance
  tally.b += currency.length + lastChange!.length
}

/** the fields that are read of each served book */
export const onBook = (tally: Tally, bid: number, ask: number): void => {
  tally.a = ask - bid
}

interface Placed {
  readonly price: number
  readonly amount: number
}

/** every level of a book counts, with its index */
export const onLastBook = (tally: Tally, bids: ReadonlyArray<Placed>, asks: ReadonlyArray<Placed>): void => {
  tally.a = tally.b = 0
  for (const side of [bids, asks]) {
    side.forEach(({ amount, price }, k) => {
      tally.a += price * (k + 1)
      tally.b += amount * (k + 1)
    })
  }
}

/** counts frames by their wire text, with the simplest code */
export const replay = (
  channels: ReadonlyArray<Channel>,
  snapshots: ReadonlyArray<string>,
  sums: Array<Tally>
) => {
  const indices = new Map(channels.map(({ chanId }, k) => [chanId, k]))
  const families = new Map<string, number>(channels.map(({ kind }, k) => [kind, k]))
  const books = channels.map(({ kind }, k) => {
    const book = isLive(kind) ? new FloorBook(kind === "bookR0") : undefined
    book?.start(JSON.parse(`${snapshots[k]!}]`)[1])
    return book
  })
  return (text: string): void => {
    const frame = JSON.parse(text)
    const k = frame[0] === 0 ? families.get(kinds[frame[1]]!)! : indices.get(frame[0])!
    const tally = sums[k]!
    tally.count++
    switch (channels[k]!.kind) {
      case "ticker":
        tally.a += frame[1][6] - frame[1][9]
        tally.b += frame[1][7] + frame[1][0]
        break
      case "trades":
        tally.a += frame[2][3] + (frame[2][0] & 1023)
        tally.b += (frame[1] === "te" ? frame[2][2] : 2 * frame[2][2]) + (frame[2][1] & 1023)
        break
      case "candles":
        tally.a += frame[1][2] + (frame[1][0] & 1023)
        tally.b += frame[1][5] + frame[1][3] - frame[1][4]
        break
      case "bookP0":
      case "bookR0": {
        const book = books[k]!
        if (frame[1] !== "cs") book.apply(frame[1])
        else onLastBook(tally, book.bids, book.asks)
        break
      }
      case "orders": {
        const row = frame[2]
        tally.a += row[16] + (row[0] & 1023) + row[13].length
        tally.b += (frame[1] === "on" ? 1 : frame[1] === "ou" ? 2 : 3) * row[6] + row[17] + (row[5] & 1023)
        break
      }
      case "fills": {
        const row = frame[2]
        tally.a += row[5] + (row[0] & 1023)
        tally.b += (frame[1] === "te" ? row[4] : 2 * row[4] + row[9]) + (row[3] & 1023)
        break
      }
      case "wallets":
        tally.a += frame[2][2]
        tally.b += frame[2][1].length + frame[2][5].length
        break
      case "book":
        tally.a += frame[1][0] * (frame[1][1] + 1)
        tally.b += frame[1][2]
    }
  }
}
