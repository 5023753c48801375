/**
 * The public channels of the fake exchange: parsing of subscriptions, and the feeds behind them.
 *
 * @internal
 */
import type { Market, Step } from "../market/model.ts"
import type { Precision, Row } from "../market/rows.ts"
import * as Book from "./book.ts"
import { checksum } from "./checksum.ts"

/** Receives the output of a feed. */
export interface Sink {
  readonly data: (payload: unknown) => void
  readonly typed: (type: string, row: Row) => void
  readonly checksum: (crc: number) => void
  /** whether the connection has set the flags for bulk book updates and for checksums */
  readonly wants: () => { readonly bulk: boolean; readonly checksum: boolean }
}

/** The messages of one subscription after its confirmation. */
export interface Feed {
  readonly snapshot: (now: number) => void
  readonly step: (step: Step) => void
  readonly tick: (now: number) => void
}

/** A subscription that can be granted. */
export interface Plan {
  readonly channel: string
  /** identifies it within a connection, such as `book:tBTCUSD:P0:F0:25` */
  readonly name: string
  /** its parameters in the order of the manual, defaults filled in, as text */
  readonly fields: { readonly [field: string]: string }
  /** fields that the reply appends: pair or currency */
  readonly tail: { readonly [field: string]: string }
  readonly feed: (sink: Sink) => Feed
}

export interface Refusal {
  readonly code: number
  readonly msg: string
}

/** a request that the venue does not answer */
export const unanswered = "unanswered"

export type Request = { readonly [field: string]: unknown }

const refuse = (code: number, msg: string): Refusal => ({ code, msg })

/** the codes are documented; of the texts only `symbol: invalid` was observed, the others are ours */
const invalid = {
  symbol: refuse(10300, "symbol: invalid"),
  key: refuse(10300, "key: invalid"),
  freq: refuse(10300, "freq: invalid"),
  prec: refuse(10011, "prec: invalid"),
  len: refuse(10012, "len: invalid"),
  channel: refuse(10302, "channel: unknown")
}

/** rows of a trades snapshot, as captured */
const tradeRows = 30
/** rows of a candles snapshot: the venue's figure is unknown */
const candleRows = 240
/** delay from a `te` to its `tu`, ms */
const updateDelay = 100
/** the update period of F1 books, ms */
const slowRound = 2000

const nothing = (): void => {}

/**
 * The next due time of a periodic task. After a late call, as when the event loop was busy, the next one is a whole period
 * away, so that two rounds do not follow each other closely; after a call that was only a little late the times do not drift.
 */
export const following = (due: number, period: number, now: number): number =>
  now - due < period / 4 ? due + period : now + period

/** Sends the row as the snapshot, and again whenever it differs from the last one sent. */
const latest = (sink: Sink, changed: (step: Step) => boolean, read: () => Row | undefined): Feed => {
  let sent = ""
  const send = () => {
    const row = read()
    const text = JSON.stringify(row)
    if (row === undefined || text === sent) return
    sent = text
    sink.data(row)
  }
  return { snapshot: send, step: (step) => (changed(step) ? send() : undefined), tick: nothing }
}

const trades = (market: Market, symbol: string) => (sink: Sink): Feed => {
  const prefix = symbol.startsWith("f") ? "f" : ""
  let pending: ReadonlyArray<readonly [due: number, row: Row]> = []
  return {
    snapshot: () => sink.data(market.trades(symbol, { limit: tradeRows })),
    step: (step) => {
      const rows = step.trades.filter((trade) => trade.symbol === symbol).map((trade) => trade.row)
      for (const row of rows) sink.typed(`${prefix}te`, row)
      if (rows.length > 0) pending = [...pending, ...rows.map((row) => [step.mts + updateDelay, row] as const)]
    },
    tick: (now) => {
      if (pending.length === 0 || pending[0]![0] > now) return
      for (const [due, row] of pending) if (due <= now) sink.typed(`${prefix}tu`, row)
      pending = pending.filter(([due]) => due > now)
    }
  }
}

const book = (market: Market, symbol: string, prec: Precision, freq: string, len: number) => (sink: Sink): Feed => {
  const shape = Book.shapeOf(symbol, prec)
  let sent: Book.Sides = { bids: [], asks: [] }
  let due = 0
  const round = () => {
    const now = market.book(symbol, prec, len)
    const rows = Book.round(shape, sent, now)
    sent = now
    if (rows.length === 0) return
    const wants = sink.wants()
    if (wants.bulk) sink.data(rows)
    else for (const row of rows) sink.data(row)
    if (wants.checksum) sink.checksum(checksum(symbol, prec, now))
  }
  return {
    // it is unknown whether the venue sends a checksum after the snapshot; this exchange does not
    snapshot: (now) => {
      sent = market.book(symbol, prec, len)
      due = now + slowRound
      sink.data([...sent.bids, ...sent.asks])
    },
    step: (step) => (freq === "F0" && step.books.has(symbol) ? round() : undefined),
    tick: (now) => {
      if (freq !== "F1" || now < due) return
      due = following(due, slowRound, now)
      round()
    }
  }
}

const candles = (market: Market, key: string, symbol: string) => (sink: Sink): Feed => {
  /** bars as sent, by their time: the running one and the one before */
  let sent = new Map<unknown, string>()
  const remember = (rows: ReadonlyArray<Row>) => {
    sent = new Map(rows.slice(0, 2).map((row) => [row[0], JSON.stringify(row)]))
  }
  return {
    snapshot: () => {
      const rows = market.candles(key, { limit: candleRows })
      remember(rows)
      sink.data(rows)
    },
    step: (step) => {
      if (!step.trades.some((trade) => trade.symbol === symbol)) return
      const rows = market.candles(key, { limit: 2 })
      // oldest first: one step may both change the bar that just ended and begin the next one
      for (const row of [...rows].reverse()) if (sent.get(row[0]) !== JSON.stringify(row)) sink.data(row)
      remember(rows)
    },
    tick: nothing
  }
}

const liquidations = (sink: Sink): Feed => ({
  snapshot: nothing,
  step: (step) => (step.liquidations.length > 0 ? sink.data(step.liquidations) : undefined),
  tick: nothing
})

const tailOf = (symbol: string): { readonly [field: string]: string } =>
  symbol.startsWith("f") ? { currency: symbol.slice(1) } : { pair: symbol.slice(1) }

/** the symbol of a candle key such as `1m:tBTCF0:USTF0` or `1h:fUSD:a30:p2:p30` */
const candleSymbol = (key: string): string => {
  const rest = key.slice(key.indexOf(":") + 1)
  return rest.startsWith("f") ? rest.split(":")[0]! : rest
}

const text = (value: unknown, fallback: string): string =>
  value === undefined || value === null ? fallback : String(value)

const isPrecision = (prec: string): prec is Precision => /^(P[0-4]|R0)$/.test(prec)

const keyed = (market: Market, channel: string, key: string): Plan | Refusal | typeof unanswered => {
  const colon = key.indexOf(":")
  const [kind, rest] = [key.slice(0, colon), key.slice(colon + 1)]
  const plan = (feed: (sink: Sink) => Feed): Plan => {
    return { channel, name: `${channel}:${key}`, fields: { key }, tail: {}, feed }
  }
  if (channel === "candles") {
    return kind === "trade" && market.hasCandles(rest)
      ? plan(candles(market, rest, candleSymbol(rest)))
      : invalid.key
  }
  if (key === "liq:global") return plan(liquidations)
  return kind === "deriv" && market.derivativesStatus(rest) !== undefined
    ? plan((sink) => latest(sink, (step) => step.statuses.has(rest), () => market.derivativesStatus(rest)))
    // a third party saw neither an acknowledgement nor an error
    : unanswered
}

/** The plan of a subscribe frame, or its refusal. */
export const plan = (market: Market, request: Request): Plan | Refusal | typeof unanswered => {
  const channel = text(request.channel, "")
  if (channel === "candles" || channel === "status") return keyed(market, channel, text(request.key, ""))
  if (channel !== "ticker" && channel !== "trades" && channel !== "book") return invalid.channel

  // an example on the manual's checksum page has `pair` in place of `symbol`; clients also send it without the `t`
  const pair = text(request.pair, "")
  const symbol = text(request.symbol, /^[tf]/.test(pair) ? pair : `t${pair}`)
  if (!market.has(symbol)) return invalid.symbol
  const tail = tailOf(symbol)
  if (channel === "ticker") {
    const feed = (sink: Sink) => latest(sink, (step) => step.tickers.has(symbol), () => market.ticker(symbol))
    return { channel, name: `ticker:${symbol}`, fields: { symbol }, tail, feed }
  }
  if (channel === "trades") {
    return { channel, name: `trades:${symbol}`, fields: { symbol }, tail, feed: trades(market, symbol) }
  }
  const prec = text(request.prec, "P0")
  const freq = text(request.freq, "F0")
  const len = text(request.len, "25")
  if (!isPrecision(prec)) return invalid.prec
  if (freq !== "F0" && freq !== "F1") return invalid.freq
  if (!["1", "25", "100", "250"].includes(len)) return invalid.len
  return {
    channel,
    name: `book:${symbol}:${prec}:${freq}:${len}`,
    fields: { symbol, prec, freq, len },
    tail,
    feed: book(market, symbol, prec, freq, Number(len))
  }
}
