/** The demo's screen, and its lines without a screen: text, a pure function of the state. */
import type * as Records from "effect-bitfinex/Records"
import type { SocketState } from "effect-bitfinex/SocketState"
import type { Market, State } from "./state.ts"
import * as Text from "./text.ts"

export interface Frame {
  readonly title: string
  /** the time now, ms; and the total duration, or undefined */
  readonly now: number
  readonly millis: number | undefined
  readonly columns: number
  readonly rows: number
}

/** the smallest screen */
export const smallest = { columns: 72, rows: 18 }

/** symbols without their t, as usual in text */
export const label = (symbol: string): string => symbol.slice(1)

const signed = (value: number | null | undefined, text: string): string =>
  value === null || value === undefined || value === 0 ? text : value < 0 ? Text.red(text) : Text.green(text)

const socketState = (name: string, state: SocketState): string => {
  switch (state._tag) {
    case "Live": {
      const rtt = state.rtt === null ? "" : `, ping ${state.rtt} ms`
      return `${Text.green("●")} ${name} live, epoch ${state.epoch}${rtt}`
    }
    case "Connecting":
      return `${Text.yellow("●")} ${name} connecting, attempt ${state.attempt}`
    case "Queued":
      return `${Text.yellow("●")} ${name} may connect in ${state.seconds} s`
    case "Waiting":
      return `${Text.red("●")} ${name} lost: ${state.reason}`
    case "Maintenance":
      return `${Text.yellow("●")} ${name} maintenance`
    case "Closed":
      return `${Text.dim("●")} ${name} closed with ${state.code} ${state.reason}`
  }
}

const received = (state: State): number => state.accounts.reduce((sum, { rows }) => sum + rows, 0)

const lost = (state: State): number => state.accounts.reduce((sum, account) => sum + account.lost, 0)

const head = (state: State, { columns, millis, now, title }: Frame): ReadonlyArray<string> => {
  const passed = Text.seconds(now - state.startedAt)
  const clock = millis === undefined ? `${passed}, until Ctrl-C` : `${passed} of ${Text.seconds(millis)}`
  const name = `${Text.bold("effect-bitfinex")} ${title}`
  const sockets = Object.entries(state.sockets).map(([name, socket]) => socketState(name, socket))
  const count = lost(state)
  const counts = `${Text.number(received(state))} rows, ${count === 0 ? "0 lost" : Text.red(`${count} lost`)}`
  return [
    Text.left(name, columns - Text.width(clock) - 1) + " " + Text.dim(clock),
    Text.left(sockets.join("  "), columns - Text.width(counts) - 1) + " " + counts
  ]
}

const closes = ({ candles }: Market): ReadonlyArray<number> => candles.map(({ close }) => close).reverse()

const tickers = (state: State, columns: number): ReadonlyArray<string> => {
  const symbols = Object.keys(state.markets)
  const wide = Math.max(6, ...symbols.map((symbol) => label(symbol).length))
  const chart = Math.min(120, columns - wide - 4 * 10 - 2)
  const cells = (...texts: ReadonlyArray<string>) => texts.map((text) => Text.right(text, 10)).join("")
  const header = Text.left("SYMBOL", wide) + cells("LAST", "24 H", "BID", "ASK") + "  " + "CANDLES, 1 MINUTE"
  return [
    Text.dim(Text.left(header, columns)),
    ...symbols.map((symbol) => {
      const market = state.markets[symbol]!
      const { ticker } = market
      const { ask = null, bid = null, lastPrice = null } = ticker ?? {}
      const decimals = Text.decimals([ask, bid, lastPrice])
      const last = Text.bold(Text.fixed(lastPrice, decimals))
      const day = signed(ticker?.dailyChangeRelative, Text.change(ticker?.dailyChangeRelative ?? null))
      const quotes = cells(last, day, Text.fixed(bid, decimals), Text.fixed(ask, decimals))
      return Text.left(label(symbol), wide) + quotes + "  " + Text.cyan(Text.sparkline(closes(market), chart))
    })
  ]
}

const book = (market: Market, lines: number, columns: number): ReadonlyArray<string> => {
  // bar, amount, price, the middle, and the same mirrored
  const length = Math.max(4, Math.min(40, Math.floor((columns - 3) / 2) - 18))
  const bids = market.bids.slice(0, lines)
  const asks = market.asks.slice(0, lines)
  const largest = Math.max(...[...bids, ...asks].map(({ amount }) => Math.abs(amount)))
  const decimals = Text.decimals([...bids, ...asks].map(({ price }) => price))
  const bar = ({ amount }: Records.BookEntry, towards: "left" | "right") =>
    Text.bar(Math.abs(amount) / largest, length, towards)
  return Array.from({ length: lines }, (_, level) => {
    const [bid, ask] = [bids[level], asks[level]]
    const left = bid === undefined
      ? " ".repeat(length + 18)
      : `${Text.right(Text.green(bar(bid, "left")), length)} ${Text.right(Text.amount(bid.amount, 7), 7)} ${
        Text.right(Text.fixed(bid.price, decimals), 9)
      }`
    const right = ask === undefined
      ? " ".repeat(length + 18)
      : `${Text.left(Text.fixed(ask.price, decimals), 9)} ${Text.left(Text.amount(ask.amount, 7), 7)} ${
        Text.left(Text.red(bar(ask, "right")), length)
      }`
    return `${left} ${Text.dim("│")} ${right}`
  })
}

const tape = (state: State, lines: number, columns: number): ReadonlyArray<string> => {
  const symbols = Object.keys(state.markets)
  const wide = Math.max(...symbols.map((symbol) => label(symbol).length))
  const trades = symbols
    .flatMap((symbol) => state.markets[symbol]!.trades.slice(0, lines).map((trade) => ({ symbol, trade })))
    .sort((a, b) => b.trade.mts - a.trade.mts || b.trade.id - a.trade.id)
    .slice(0, lines)
  const timed = columns >= wide + 9 + 2 + 8 + 10
  return trades.map(({ symbol, trade }) =>
    Text.left(
      (timed ? Text.dim(Text.time(trade.mts)) + " " : "")
        + signed(trade.amount, trade.amount < 0 ? "▼ " : "▲ ")
        + Text.left(label(symbol), wide)
        + Text.right(Text.amount(trade.amount, 7), 8)
        + Text.right(Text.number(trade.price), 10),
      columns
    )
  )
}

const notes = (state: State, lines: number): ReadonlyArray<string> =>
  state.notes.slice(-lines).map(({ at, text }) =>
    `${Text.dim(Text.right(Text.seconds(at - state.startedAt), 8))}  ${text}`
  )

/** the whole screen, within a number of lines and columns */
export const screen = (state: State, frame: Frame): ReadonlyArray<string> => {
  const { columns, rows } = frame
  const top = [...head(state, frame), "", ...tickers(state, columns), ""]
  const noteLines = Math.max(3, Math.min(8, Math.floor(rows / 6)))
  const depth = Math.max(1, Math.min(25, rows - top.length - 2 - noteLines))
  const [first = ""] = Object.keys(state.markets)
  const tapeColumns = Math.min(46, Math.max(27, Math.floor(columns * 0.3)))
  const bookColumns = columns - tapeColumns - 2
  const levels = book(state.markets[first]!, depth, bookColumns)
  const trades = tape(state, depth, tapeColumns)
  const middle = levels.map((line, index) => Text.left(line, bookColumns) + "  " + (trades[index] ?? ""))
  const titles = Text.left(`BOOK ${label(first)}, P0`, bookColumns) + "  TRADES"
  return [...top, Text.dim(titles), ...middle, "", ...notes(state, noteLines)]
    .slice(0, rows)
    .map((line) => Text.left(line, columns))
}

/** one symbol in one line without colours, for logs */
export const line = (state: State, symbol: string): string => {
  const market = state.markets[symbol]!
  const { asks, bids, ticker, trades } = market
  const [trade] = trades
  return [
    `${label(symbol)} ${Text.number(ticker?.lastPrice ?? null)} (${Text.change(ticker?.dailyChangeRelative ?? null)})`,
    `book ${Text.number(bids[0]?.price ?? null)} | ${Text.number(asks[0]?.price ?? null)}, ${
      bids.length + asks.length
    } levels`,
    trade === undefined
      ? "no trade yet"
      : `${trade.amount < 0 ? "sold" : "bought"} ${Text.amount(trade.amount, 7)} at ${Text.number(trade.price)}`,
    `candles ${Text.sparkline(closes(market), 24)}`
  ].join("  ")
}

/** a note in one line without colours */
export const noteLine = (state: State, at: number, text: string): string =>
  `${Text.right(Text.seconds(at - state.startedAt), 8)}  ${text}`
