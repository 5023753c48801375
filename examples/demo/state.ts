/** The state of the demo: received data of each channel, displayed data of each symbol. A pure function of timed inputs. */
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import type * as Records from "effect-bitfinex/Records"
import type { SocketState } from "effect-bitfinex/SocketState"
import * as HashMap from "effect/HashMap"

export const kinds = ["ticker", "trades", "candles", "book"] as const

export type Kind = (typeof kinds)[number]

/** an element of one of the streams; `at` is ms on this machine's clock */
export type Input =
  & { readonly at: number; readonly symbol: string }
  & (
    | { readonly kind: "ticker"; readonly event: ChannelEvent.ChannelEvent<Records.TradingTicker> }
    | { readonly kind: "trades"; readonly event: ChannelEvent.ChannelEvent<Records.PublicTrade> }
    | { readonly kind: "candles"; readonly event: ChannelEvent.ChannelEvent<Records.Candle> }
    | { readonly kind: "book"; readonly event: ChannelEvent.ChannelEvent<Records.BookEntry> }
  )

/** the account of one channel: received and lost rows */
export interface Account {
  readonly kind: Kind
  readonly symbol: string
  /** elements of the stream */
  readonly elements: number
  readonly rows: number
  /** missing rows, reported by the stream or found by comparison */
  readonly lost: number
  readonly malformed: number
  readonly interruptions: number
  readonly recoveries: number
  /** rows from the time without a connection that a later snapshot contained */
  readonly caughtUp: number
  /** duration of the longest recovery, ms */
  readonly slowest: number
  readonly epoch: number
  /** within an epoch, after its snapshot */
  readonly live: boolean
  /** time of the current interruption, ms */
  readonly interruptedAt: number | null
}

/** displayed data of a symbol; lists newest first, sides best first */
export interface Market {
  readonly ticker: Records.TradingTicker | null
  readonly trades: ReadonlyArray<Records.PublicTrade>
  readonly candles: ReadonlyArray<Records.Candle>
  readonly bids: ReadonlyArray<Records.BookEntry>
  readonly asks: ReadonlyArray<Records.BookEntry>
}

/** trades since the first snapshot, to compare with the exchange's */
export interface Tape {
  /** time from which all trades must be present, ms; null before the first snapshot */
  readonly from: number | null
  /** time of each trade by id, ms */
  readonly seen: HashMap.HashMap<number, number>
}

export interface Note {
  readonly at: number
  readonly text: string
}

export interface State {
  readonly startedAt: number
  readonly accounts: ReadonlyArray<Account>
  readonly markets: { readonly [symbol: string]: Market }
  readonly tapes: { readonly [symbol: string]: Tape }
  readonly sockets: { readonly [name: string]: SocketState }
  /** times of the deliberate break, and of the moment when all channels were live again, ms */
  readonly broken: { readonly at: number; readonly mendedAt: number | null } | null
  /** newest last */
  readonly notes: ReadonlyArray<Note>
  /** failed streams, and failed comparisons */
  readonly failures: ReadonlyArray<string>
  /** numbers of trades compared with REST, and of equal books */
  readonly checkedTrades: number
  readonly checkedBooks: number
}

const emptyMarket: Market = { ticker: null, trades: [], candles: [], bids: [], asks: [] }

export const initial = (symbols: ReadonlyArray<string>, startedAt: number): State => ({
  startedAt,
  accounts: kinds.flatMap((kind) =>
    symbols.map((symbol): Account => ({
      kind,
      symbol,
      elements: 0,
      rows: 0,
      lost: 0,
      malformed: 0,
      interruptions: 0,
      recoveries: 0,
      caughtUp: 0,
      slowest: 0,
      epoch: 0,
      live: false,
      interruptedAt: null
    }))
  ),
  markets: Object.fromEntries(symbols.map((symbol) => [symbol, emptyMarket])),
  tapes: Object.fromEntries(symbols.map((symbol) => [symbol, { from: null, seen: HashMap.empty() }])),
  sockets: {},
  broken: null,
  notes: [],
  failures: [],
  checkedTrades: 0,
  checkedBooks: 0
})

export const isLive = (state: State): boolean => state.accounts.every(({ live }) => live)

export const note = (state: State, at: number, text: string): State => ({
  ...state,
  notes: [...state.notes, { at, text }].slice(-100)
})

// ---------------------------------------------------------------------------------------------------------------------
// inputs
// ---------------------------------------------------------------------------------------------------------------------

const count = (account: Account, { at, event }: Input, caughtUp: number): Account => {
  const next = { ...account, elements: account.elements + 1, epoch: event.epoch }
  switch (event._tag) {
    case "Snapshot": {
      const rows = account.rows + event.rows.length
      if (account.interruptedAt === null) return { ...next, rows, live: true }
      return {
        ...next,
        rows,
        live: true,
        recoveries: account.recoveries + 1,
        caughtUp: account.caughtUp + caughtUp,
        slowest: Math.max(account.slowest, at - account.interruptedAt),
        interruptedAt: null
      }
    }
    case "SnapshotMissing":
    case "Update":
      return { ...next, rows: account.rows + event.rows.length }
    case "Interrupted":
      return {
        ...next,
        live: false,
        interruptions: account.interruptions + 1,
        interruptedAt: account.interruptedAt ?? at
      }
    case "Gap":
      return { ...next, lost: account.lost + Math.abs(event.lost) }
    case "Malformed":
      return { ...next, malformed: account.malformed + 1 }
    case "Checksum":
      return next
  }
}

const byPrice = (side: 1 | -1) => (a: Records.BookEntry, b: Records.BookEntry): number => side * (a.price - b.price)

const showBook = (market: Market, event: ChannelEvent.ChannelEvent<Records.BookEntry>): Market => {
  if (!ChannelEvent.hasRows(event)) return market
  const levels = new Map(
    event._tag === "Snapshot" ? [] : [...market.bids, ...market.asks].map((level) => [level.price, level])
  )
  for (const level of event.rows) {
    if (level.count > 0) levels.set(level.price, level)
    else levels.delete(level.price)
  }
  const all = [...levels.values()]
  return {
    ...market,
    bids: all.filter(({ amount }) => amount > 0).sort(byPrice(-1)),
    asks: all.filter(({ amount }) => amount < 0).sort(byPrice(1))
  }
}

const showCandles = (market: Market, event: ChannelEvent.ChannelEvent<Records.Candle>): Market => {
  if (!ChannelEvent.hasRows(event)) return market
  const known = event._tag === "Snapshot" ? [] : market.candles
  const candles = new Map([...known, ...event.rows].map((candle) => [candle.mts, candle]))
  return { ...market, candles: [...candles.values()].sort((a, b) => b.mts - a.mts).slice(0, 240) }
}

const showTrades = (market: Market, event: ChannelEvent.ChannelEvent<Records.PublicTrade>): Market => {
  // each trade is sent again as `tu`
  if (!ChannelEvent.hasRows(event) || (event._tag === "Update" && event.type === "tu")) return market
  const known = event._tag === "Snapshot" ? [] : market.trades
  return { ...market, trades: [...event.rows, ...known].slice(0, 100) }
}

const show = (market: Market, input: Input): Market => {
  switch (input.kind) {
    case "ticker":
      return ChannelEvent.hasRows(input.event)
        ? { ...market, ticker: input.event.rows.at(-1) ?? market.ticker }
        : market
    case "trades":
      return showTrades(market, input.event)
    case "candles":
      return showCandles(market, input.event)
    case "book":
      return showBook(market, input.event)
  }
}

const record = (tape: Tape, rows: ReadonlyArray<Records.PublicTrade>, at: number): Tape => ({
  // trades before the first snapshot are not expected
  from: tape.from ?? rows.reduce((newest, { mts }) => Math.max(newest, mts), rows.length === 0 ? at : 0),
  seen: rows.reduce((seen, { id, mts }) => HashMap.set(seen, id, mts), tape.seen)
})

/** the state after an element of a stream */
export const receive = (state: State, input: Input): State => {
  const { at, kind, symbol } = input
  const tape = state.tapes[symbol]!
  const trades = kind === "trades" && ChannelEvent.hasRows(input.event) ? input.event.rows : undefined
  const unseen = trades === undefined || tape.from === null
    ? 0
    : trades.filter(({ id, mts }) => mts >= tape.from! && !HashMap.has(tape.seen, id)).length
  const next: State = {
    ...state,
    accounts: state.accounts.map((account) =>
      account.kind === kind && account.symbol === symbol ? count(account, input, unseen) : account
    ),
    markets: { ...state.markets, [symbol]: show(state.markets[symbol]!, input) },
    tapes: trades === undefined ? state.tapes : { ...state.tapes, [symbol]: record(tape, trades, at) }
  }
  if (input.event._tag !== "Snapshot" || isLive(state) || !isLive(next)) return next
  const { broken } = next
  if (broken === null || broken.mendedAt !== null || next.accounts.some(({ interruptions }) => interruptions === 0)) {
    return note(next, at, `all ${next.accounts.length} channels are live`)
  }
  return note(
    { ...next, broken: { ...broken, mendedAt: at } },
    at,
    `all ${next.accounts.length} channels are live again, ${at - broken.at} ms after the break`
  )
}

/** trades of a symbol that the exchange has and the streams have not delivered */
export const missing = (
  state: State,
  symbol: string,
  trades: ReadonlyArray<Records.PublicTrade>
): ReadonlyArray<Records.PublicTrade> => {
  const { from, seen } = state.tapes[symbol]!
  return from === null ? [] : trades.filter(({ id, mts }) => mts >= from && !HashMap.has(seen, id))
}

/** time of the newest received trade, ms: trades before it can be compared while trading continues */
export const settled = ({ from, seen }: Tape): number =>
  HashMap.reduce(seen, from ?? 0, (newest, mts) => Math.max(newest, mts))

/** the state after a comparison with all trades before `until`, which are then forgotten */
export const compared = (
  state: State,
  symbol: string,
  trades: ReadonlyArray<Records.PublicTrade>,
  until: number
): State => {
  const { from, seen } = state.tapes[symbol]!
  if (from === null) return state
  const due = trades.filter(({ mts }) => mts >= from && mts < until)
  const lost = missing(state, symbol, due).length
  return {
    ...state,
    checkedTrades: state.checkedTrades + due.length,
    accounts: state.accounts.map((account) =>
      account.kind === "trades" && account.symbol === symbol ? { ...account, lost: account.lost + lost } : account
    ),
    tapes: { ...state.tapes, [symbol]: { from: until, seen: HashMap.filter(seen, (mts) => mts >= until) } }
  }
}
