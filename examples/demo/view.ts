/** The demo's screen, and its lines without a screen: text, a pure function of the state. */
import type * as Records from "effect-bitfinex/Records"
import type { SocketState } from "effect-bitfinex/SocketState"
import type { Market, State } from "./state.ts"
import * as Text from "./text.ts"

/** the part of the state that a screen shows */
export type Shown = Pick<State, "startedAt" | "accounts" | "markets" | "sockets" | "notes">

/** before there is any data */
export const empty = (symbols: ReadonlyArray<string>, startedAt: number): Shown => ({
  startedAt,
  accounts: [],
  markets: Object.fromEntries(
    symbols.map((symbol) => [symbol, { ticker: null, trades: [], candles: [], bids: [], asks: [] }])
  ),
  sockets: {},
  notes: []
})

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

const received = (state: Shown): number => state.accounts.reduce((sum, { rows }) => sum + rows, 0)

const lost = (state: Shown): number => state.accounts.reduce((sum, account) => sum + account.lost, 0)

const head = (state: Shown, { columns, millis, now, title }: Frame): ReadonlyArray<string> => {
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

const tickers = (state: Shown, columns: number): ReadonlyArray<string> => {
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

const tape = (state: Shown, lines: number, columns: number): ReadonlyArray<string> => {
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

const notes = (state: Shown, lines: number): ReadonlyArray<string> =>
  state.notes.slice(-lines).map(({ at, text }) =>
    `${Text.dim(Text.right(Text.seconds(at - state.startedAt), 8))}  ${text}`
  )

/** the words of the screen; the first ones are the ones that a small screen has room for */
const words: ReadonlyArray<readonly [word: string, meaning: string]> = [
  ["epoch", "from one connection to its loss; older data is never shown as new"],
  ["lost", "rows that the exchange has and that did not arrive"],
  ["live", "all channels have their snapshot, the whole state"],
  ["P0", "the finest precision of a book: prices of five digits"],
  ["book", "bids to the left, asks to the right, the best in the middle"],
  ["trades", "▲ a buyer took an ask, ▼ a seller took a bid"],
  ["24 h", "change of the price within a day"],
  ["ping", "time from a ping to the exchange's answer"]
]

const legend = (lines: number): ReadonlyArray<string> =>
  words.slice(0, lines).map(([word, meaning]) => Text.dim(`${Text.left(word, 7)} ${meaning}`))

/** columns of a book at which its bars still say something */
const bookWidth = 58

/** the books of as many symbols as there is room for, side by side */
const books = (state: Shown, depth: number, columns: number): ReadonlyArray<string> => {
  const symbols = Object.keys(state.markets)
  const shown = symbols.slice(0, Math.max(1, Math.min(symbols.length, Math.floor(columns / bookWidth))))
  const each = Math.floor(columns / shown.length)
  const columnsOf = shown.map((symbol) => [
    Text.dim(`BOOK ${label(symbol)}, P0`),
    ...book(state.markets[symbol]!, depth, each - 2)
  ])
  return Array.from(
    { length: depth + 1 },
    (_, at) => columnsOf.map((lines) => Text.left(lines[at] ?? "", each)).join("")
  )
}

/** the events, and beside or below them the words, as far as there is room */
const foot = (state: Shown, lines: number, columns: number): ReadonlyArray<string> => {
  const wide = columns >= 150
  // three events at least, and where there is room a line between
  const between = lines > 8 ? 1 : 0
  const explained = wide ? lines : Math.min(words.length, lines - 3 - between)
  const events = notes(state, wide ? lines : lines - explained - between)
  const meanings = legend(explained)
  if (!wide) return [...events, ...Array.from({ length: lines - explained - events.length }, () => ""), ...meanings]
  const half = Math.floor(columns / 2)
  return Array.from({ length: lines }, (_, at) => Text.left(events[at] ?? "", half) + (meanings[at] ?? ""))
}

/** the whole screen, within a number of lines and columns */
export const screen = (state: Shown, frame: Frame): ReadonlyArray<string> => {
  const { columns, rows } = frame
  const top = [...head(state, frame), "", ...tickers(state, columns), ""]
  const footLines = Math.max(4, Math.min(columns >= 150 ? 8 : 14, Math.floor(rows / 4)))
  const depth = Math.max(1, Math.min(25, rows - top.length - 2 - footLines))
  const tapeColumns = Math.min(46, Math.max(27, Math.floor(columns * 0.22)))
  const bookColumns = columns - tapeColumns - 2
  const trades = [Text.dim("TRADES"), ...tape(state, depth, tapeColumns)]
  const middle = books(state, depth, bookColumns)
    .map((line, at) => Text.left(line, bookColumns) + "  " + (trades[at] ?? ""))
  return [...top, ...middle, "", ...foot(state, footLines, columns)]
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
