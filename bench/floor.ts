/**
 * The floor: `ws` with its default options, JSON.parse, and a hand-written handler that does the same work.
 */
import { WebSocket } from "ws"
import { kinds } from "./account.ts"
import { consumers, delivered, fault, onReport, ready, sequence, sums, url, workload } from "./client.ts"
import { login, onAccount } from "./floorAccount.ts"
import { FloorBook } from "./floorBook.ts"
import { onBook, onCandle, onLastBook, onLevel, onTicker, onTrade } from "./truth.ts"
import { isAccount, isLive } from "./workloads.ts"

interface Sub {
  readonly index: number
  readonly kind: string
  live: boolean
  /** of a maintained book */
  readonly book: FloorBook | undefined
}

const socket = new WebSocket(url)
const subs = new Map<number, Sub>()
let awaited = workload.channels.length
let seq = 0

/** on an account, the login replaces subscriptions */
const isPrivate = workload.channels.some(({ kind }) => isAccount(kind))

const subscribe = (): void => {
  if (isPrivate) return socket.send(JSON.stringify(login()))
  for (const { fields } of workload.channels) socket.send(JSON.stringify({ event: "subscribe", ...fields }))
}

const onEvent = (frame: any): void => {
  switch (frame.event) {
    case "info":
      if (frame.code !== undefined) return
      if (!sequence) return subscribe()
      return socket.send(JSON.stringify({ event: "conf", flags: 65_536 + 131_072 }))
    case "conf":
      return subscribe()
    case "auth":
      if (frame.status !== "OK") fault(`refused: ${frame.msg}`)
      return
    case "subscribed": {
      const index = workload.channels.findIndex(({ fields }) =>
        Object.keys(fields).every((key) => fields[key] === frame[key])
      )
      const { kind } = workload.channels[index]!
      const book = isLive(kind) ? new FloorBook(kind === "bookR0") : undefined
      subs.set(frame.chanId, { index, kind, live: false, book })
      return
    }
    default:
      fault(`unexpected event ${frame.event}`)
  }
}

const onData = (frame: any): void => {
  const typed = typeof frame[1] === "string"
  if (sequence && frame[typed && frame[1] !== "hb" ? 3 : 2] !== ++seq) fault("sequence gap")
  if (frame[1] === "hb") return
  if (frame[0] === 0) return onPrivate(frame)
  const sub = subs.get(frame[0])
  if (sub === undefined) return fault(`unknown channel ${frame[0]}`)
  if (!sub.live) {
    // the snapshot
    sub.live = true
    sub.book?.start(frame[1])
    if (--awaited === 0) ready()
    return
  }
  if (sub.book !== undefined) return onBookData(sub.book, sub.index, frame)
  const row = typed ? frame[2] : frame[1]
  switch (sub.kind) {
    case "ticker": {
      const ticker = {
        bid: row[0],
        bidSize: row[1],
        ask: row[2],
        askSize: row[3],
        dailyChange: row[4],
        dailyChangeRelative: row[5],
        lastPrice: row[6],
        volume: row[7],
        high: row[8],
        low: row[9],
        firstTrade: row[10] ?? null
      }
      for (let k = 0; k < consumers; k++) {
        onTicker(sums[k]![sub.index]!, ticker)
        delivered()
      }
      return
    }
    case "trades": {
      const trade = { id: row[0], mts: row[1], amount: row[2], price: row[3] }
      for (let k = 0; k < consumers; k++) {
        onTrade(sums[k]![sub.index]!, trade, frame[1])
        delivered()
      }
      return
    }
    case "candles": {
      const candle = { mts: row[0], open: row[1], close: row[2], high: row[3], low: row[4], volume: row[5] }
      for (let k = 0; k < consumers; k++) {
        onCandle(sums[k]![sub.index]!, candle)
        delivered()
      }
      return
    }
    case "book": {
      const level = { price: row[0], count: row[1], amount: row[2] }
      for (let k = 0; k < consumers; k++) {
        onLevel(sums[k]![sub.index]!, level)
        delivered()
      }
    }
  }
}

/** an event of the account; the last snapshot means that the account is live */
const onPrivate = (frame: any): void => {
  const type = frame[1]
  if (kinds[type] === undefined) return type === "fls" ? ready() : undefined
  for (let k = 0; k < consumers; k++) {
    onAccount(sums[k]!, type, frame[2])
    delivered()
  }
}

/** maintains the book, verifies it, and delivers it */
const onBookData = (book: FloorBook, index: number, frame: any): void => {
  if (frame[1] !== "cs") book.apply(frame[1])
  else if (book.checksum() !== frame[2]) fault("a wrong checksum")
  else {
    for (let k = 0; k < consumers; k++) onBook(sums[k]![index]!, book.bids[0]!.price, book.asks[0]!.price)
  }
  for (let k = 0; k < consumers; k++) sums[k]![index]!.count++
  delivered(consumers)
}

onReport(() => {
  for (const { book, index } of subs.values()) {
    if (book === undefined) continue
    for (const each of sums) onLastBook(each[index]!, book.bids, book.asks)
  }
})

socket.on("message", (data) => {
  const frame = JSON.parse(data.toString())
  if (Array.isArray(frame)) onData(frame)
  else onEvent(frame)
})
socket.on("error", (error) => fault(String(error)))
