import { assert, describe, it } from "@effect/vitest"
import { DecodeError } from "effect-bitfinex/BitfinexError"
import type { ChannelEvent } from "effect-bitfinex/ChannelEvent"
import type * as Records from "effect-bitfinex/Records"
import type { Connection } from "effect-bitfinex/testing/FakeExchange"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Report from "../../examples/demo/report.ts"
import * as State from "../../examples/demo/state.ts"
import * as Text from "../../examples/demo/text.ts"
import * as View from "../../examples/demo/view.ts"

const symbol = "tBTCUSD"
const start = 1_700_000_000_000

const trade = (id: number, mts = start + id): Records.PublicTrade => ({ id, mts, amount: 0.5, price: 30_000 + id })
const candle = (minute: number, close: number): Records.Candle => ({
  mts: start + minute * 60_000,
  open: close,
  close,
  high: close,
  low: close,
  volume: 1
})
const level = (price: number, amount: number, count = 1): Records.BookEntry => ({ price, count, amount })
const ticker: Records.TradingTicker = {
  bid: 29_999,
  bidSize: 10,
  ask: 30_001,
  askSize: 12,
  dailyChange: -150,
  dailyChangeRelative: -0.005,
  lastPrice: 30_000,
  volume: 1234.5,
  high: 30_500,
  low: 29_500,
  firstTrade: null
}

const snapshot = <A>(rows: ReadonlyArray<A>, epoch = 1): ChannelEvent<A> => ({
  _tag: "Snapshot",
  epoch,
  rows,
  skipped: 0,
  mts: null
})
const update = <A>(rows: ReadonlyArray<A>, type: string | null = null, epoch = 1): ChannelEvent<A> => ({
  _tag: "Update",
  epoch,
  rows,
  type,
  mts: null
})
const interrupted = { _tag: "Interrupted", epoch: 1, reason: "cut" } as const

const input = (at: number, what: Pick<State.Input, "kind" | "event">): State.Input =>
  // the cast: kind and event are of one piece where this is called
  ({ symbol, at: start + at, ...what }) as State.Input

const feed = (state: State.State, ...inputs: ReadonlyArray<State.Input>): State.State =>
  inputs.reduce(State.receive, state)

const begin = feed(
  State.initial([symbol], start),
  input(100, { kind: "ticker", event: snapshot([ticker]) }),
  input(100, { kind: "trades", event: snapshot([trade(2), trade(1)]) }),
  input(100, { kind: "candles", event: snapshot([candle(2, 30_000), candle(1, 29_900)]) }),
  input(100, { kind: "book", event: snapshot([level(29_999, 1), level(29_998, 2), level(30_001, -3)]) })
)

/** all channels interrupted at 1 s, and live again at 1.6 s; meanwhile there were the trades 3 and 4 */
const cut = feed(
  { ...begin, broken: { at: start + 990, mendedAt: null } },
  ...State.kinds.map((kind) => input(1000, { kind, event: interrupted }))
)
const mended = feed(
  cut,
  input(1600, { kind: "ticker", event: snapshot([ticker], 2) }),
  input(1600, { kind: "trades", event: snapshot([trade(4), trade(3), trade(2), trade(1)], 2) }),
  input(1600, { kind: "candles", event: snapshot([candle(2, 30_000)], 2) }),
  input(1600, { kind: "book", event: snapshot([level(29_999, 1), level(30_001, -3)], 2) })
)

const account = (state: State.State, kind: State.Kind) => state.accounts.find((each) => each.kind === kind)!

describe("state", () => {
  it("is live when every channel has its snapshot", () => {
    const { accounts } = begin
    assert.isTrue(State.isLive(begin))
    assert.deepStrictEqual(accounts.map(({ rows }) => rows), [1, 2, 2, 3])
    assert.deepStrictEqual(begin.notes.map(({ text }) => text), ["all 4 channels are live"])
  })

  it("keeps the book: changes, deletes, replaces", () => {
    const { markets } = feed(
      begin,
      input(200, { kind: "book", event: update([level(30_000, 4)]) }),
      input(300, { kind: "book", event: update([level(29_998, 1, 0)]) })
    )
    assert.deepStrictEqual(markets[symbol]!.bids.map(({ amount, price }) => [price, amount]), [[30_000, 4], [
      29_999,
      1
    ]])
    assert.deepStrictEqual(markets[symbol]!.asks.map(({ price }) => price), [30_001])
    assert.deepStrictEqual(mended.markets[symbol]!.bids.map(({ price }) => price), [29_999])
  })

  it("shows a trade once although it arrives twice, and the latest state of a candle", () => {
    const { markets } = feed(
      begin,
      input(200, { kind: "trades", event: update([trade(3)], "te") }),
      input(300, { kind: "trades", event: update([trade(3)], "tu") }),
      input(300, { kind: "candles", event: update([candle(2, 30_050)]) })
    )
    assert.deepStrictEqual(markets[symbol]!.trades.map(({ id }) => id), [3, 2, 1])
    assert.deepStrictEqual(markets[symbol]!.candles.map(({ close }) => close), [30_050, 29_900])
  })

  it("accounts for a disconnect: how long it took, and what the new snapshot recovered", () => {
    assert.isFalse(State.isLive(cut))
    assert.isTrue(State.isLive(mended))
    const { caughtUp, interruptions, recoveries, slowest } = account(mended, "trades")
    assert.deepStrictEqual({ caughtUp, interruptions, recoveries, slowest }, {
      caughtUp: 2,
      interruptions: 1,
      recoveries: 1,
      slowest: 600
    })
    assert.deepStrictEqual(mended.broken, { at: start + 990, mendedAt: start + 1600 })
    assert.include(mended.notes.at(-1)!.text, "610 ms after the break")
  })

  it("counts losses: as the stream reports them, and by comparison", () => {
    const gap = feed(
      begin,
      input(200, { kind: "trades", event: { _tag: "Gap", epoch: 1, cause: "sequence", lost: 3 } })
    )
    assert.strictEqual(account(gap, "trades").lost, 3)
    const all = [trade(1), trade(2), trade(3), trade(4), trade(5)]
    // trade 1 is older than the first snapshot's newest, 5 never arrived
    assert.deepStrictEqual(State.missing(mended, symbol, all).map(({ id }) => id), [5])
    const compared = State.compared(mended, symbol, all, Number.POSITIVE_INFINITY)
    assert.strictEqual(account(compared, "trades").lost, 1)
    assert.strictEqual(compared.checkedTrades, 4)
  })

  it("compares in parts without counting a trade twice or omitting one", () => {
    const until = State.settled(mended.tapes[symbol]!)
    assert.strictEqual(until, start + 4)
    const once = State.compared(mended, symbol, [trade(2), trade(3), trade(4)], until)
    assert.strictEqual(once.checkedTrades, 2)
    const twice = State.compared(once, symbol, [trade(4)], Number.POSITIVE_INFINITY)
    assert.strictEqual(twice.checkedTrades, 3)
    assert.strictEqual(account(twice, "trades").lost, 0)
  })
})

describe("verdict", () => {
  const connection = (id: number, how: Partial<Connection>): Connection => ({
    id,
    url: "ws://127.0.0.1/ws/2",
    state: "closed",
    endedBy: "client",
    code: 1000,
    reason: "over",
    channels: [],
    login: undefined,
    frames: [],
    sent: 10,
    ...how
  })
  const cutOff = connection(1, { endedBy: "exchange", code: 1006, reason: "" })
  const good: Report.Outcome = {
    state: mended,
    reason: "over",
    signalled: false,
    connections: [cutOff, connection(2, {})]
  }
  const complaints = (changes: Partial<Report.Outcome>) => Report.judge({ ...good, ...changes })

  it("holds if nothing is lost, the connection recovered and we closed with 1000 and our reason", () => {
    assert.deepStrictEqual(Report.judge(good), { result: "held", complaints: [] })
    const text = Report.summary(good, Report.judge(good)).join("\n")
    assert.include(text, "connection 2: closed by us with 1000 \"over\"")
    assert.match(text, /trades BTCUSD +6 +0 +1 of 1, in 600 ms, 2 missed rows caught up/)
    assert.include(text, "live again 610 ms")
    assert.include(text, "The promise held")
  })

  const lost = State.compared(mended, symbol, [trade(5)], Number.POSITIVE_INFINITY)
  const error = new DecodeError({
    operation: "decode",
    layout: "Candle",
    field: "close",
    index: 2,
    row: null,
    expected: "number",
    actual: "text"
  })
  const cases: ReadonlyArray<readonly [name: string, changes: Partial<Report.Outcome>, complaint: string]> = [
    ["a lost row", { state: lost }, "trades BTCUSD: 1 lost"],
    [
      "a malformed row",
      {
        state: feed(mended, input(2000, { kind: "candles", event: { _tag: "Malformed", epoch: 2, error, count: 1 } }))
      },
      "candles BTCUSD: 1 malformed"
    ],
    ["a stream that failed", { state: { ...mended, failures: ["symbol: invalid"] } }, "symbol: invalid"],
    ["a channel that is not back", { state: cut }, "book BTCUSD: not recovered"],
    ["no data", { state: State.initial([symbol], start) }, "ticker BTCUSD: no data"],
    [
      "a disconnect that was not detected",
      { state: { ...begin, broken: { at: start + 990, mendedAt: null } } },
      "the break was not noticed by every channel"
    ],
    [
      "another code",
      { connections: [cutOff, connection(2, { code: 3000 })] },
      "connection 2 was closed by us with 3000"
    ],
    [
      "another reason",
      { connections: [cutOff, connection(2, { reason: "" })] },
      "no connection was closed by us with 1000 \"over\""
    ],
    [
      "a connection that stays",
      { connections: [cutOff, connection(2, {}), connection(3, { state: "open", endedBy: undefined })] },
      "connection 3 is still open"
    ],
    [
      "a second cut",
      { connections: [cutOff, { ...cutOff, id: 2 }, connection(3, {})] },
      "2 connections were cut, 1 on purpose"
    ]
  ]
  for (const [name, changes, complaint] of cases) {
    it(`is broken by ${name}`, () => {
      const verdict = complaints(changes)
      assert.strictEqual(verdict.result, "broken")
      assert.include(verdict.complaints, complaint)
      assert.include(Report.summary({ ...good, ...changes }, verdict).join("\n"), complaint)
    })
  }

  it("is undecided if a signal arrives during the recovery, or before any data", () => {
    assert.strictEqual(complaints({ state: cut, signalled: true, connections: [cutOff] }).result, "undecided")
    const nothing = State.initial([symbol], start)
    assert.strictEqual(complaints({ state: nothing, signalled: true, connections: [] }).result, "undecided")
    assert.strictEqual(complaints({ state: lost, signalled: true }).result, "broken")
  })
})

describe("view", () => {
  const frame = { title: "fake exchange", now: start + 2000, millis: 15_000, columns: 80, rows: 24 }
  const rendered = (size: Partial<View.Frame> = {}) => View.screen(mended, { ...frame, ...size }).map(Text.plain)

  it("shows tickers, candles, the book, trades and events", () => {
    const text = rendered().join("\n")
    assert.include(text, "2.0 s of 15.0 s")
    assert.match(text, /BTCUSD +30,000 +-0\.50 % +29,999 +30,001/)
    assert.match(text, /1\.0000 +29,999 │ 30,001 +3\.0000 +█{4,}/)
    assert.match(text, /▲ BTCUSD +0\.5000 +30,004/)
    assert.include(text, "610 ms after the break")
    assert.include(text, "0 lost")
  })

  it("explains its words, and shows more books where there is room", () => {
    const two = feed(
      State.initial([symbol, "tETHUSD"], start),
      input(100, { kind: "book", event: snapshot([level(29_999, 1), level(30_001, -3)]) })
    )
    const screen = (columns: number, rows: number) =>
      View.screen(two, { ...frame, columns, rows }).map(Text.plain).join("\n")
    assert.include(screen(80, 24), "epoch")
    assert.notInclude(screen(80, 24), "BOOK ETHUSD")
    const large = screen(200, 50)
    assert.match(large, /BOOK BTCUSD, P0 +BOOK ETHUSD, P0 +TRADES/)
    for (const word of ["epoch", "lost", "live", "P0", "book", "trades", "24 h", "ping"]) {
      assert.match(large, new RegExp(`(^| )${word} +\\S`, "m"))
    }
  })

  it("draws its first screen before it loads any package", () => {
    const read = (file: string) =>
      fs.readFileSync(fileURLToPath(new URL(`../../examples/demo/${file}.ts`, import.meta.url)), "utf8")
    for (const file of ["first", "view", "text"]) {
      const values = [...read(file).matchAll(/^import (?!type )[^\n]* from "([^"]+)"/gm)].map((found) => found[1])
      assert.deepStrictEqual(values.filter((from) => !/^\.\/(view|text)\.ts$/.test(from ?? "")), [])
    }
    assert.match(read("main"), /First\.draw\(\)\nawait import\("\.\/demo\.ts"\)/)
    const lines = View.screen(View.empty([symbol], start), frame)
    assert.match(lines.map(Text.plain).join("\n"), /SYMBOL +LAST[^]*BTCUSD[^]*BOOK BTCUSD, P0[^]*epoch/)
  })

  for (const [columns, rows] of [[72, 18], [80, 24], [120, 40], [250, 80]] as const) {
    it(`fits ${columns} columns and ${rows} rows`, () => {
      for (const state of [State.initial([symbol, "tETHUSD"], start), begin, mended]) {
        const lines = View.screen(state, { ...frame, columns, rows })
        assert.isAtMost(lines.length, rows)
        assert.deepStrictEqual(lines.filter((line) => Text.width(line) > columns), [])
      }
    })
  }

  it("prints the same in one line", () => {
    const text = View.line(mended, symbol)
    assert.strictEqual(text, Text.plain(text))
    assert.include(text, "BTCUSD 30,000 (-0.50 %)  book 29,999 | 30,001, 2 levels  bought 0.5000 at 30,004")
  })

  it("cuts text between colour codes, never within", () => {
    const text = `${Text.red("abc")}${Text.green("def")}`
    assert.strictEqual(Text.plain(Text.left(text, 4)), "abcd")
    assert.strictEqual(Text.left(text, 4).split("\u001b[0m").length, 3)
    assert.strictEqual(Text.left("ab", 4), "ab  ")
  })

  it("writes numbers by thousands, with the digits they have", () => {
    assert.deepStrictEqual([1234567.5, -0.00012, 7e-7, 30_000, null].map((value) => Text.number(value)), [
      "1,234,567.5",
      "-0.00012",
      "0.0000007",
      "30,000",
      "–"
    ])
    assert.strictEqual(Text.fixed(3107, 1), "3,107.0")
  })
})

describe("process", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url))

  /** runs the demo without a terminal; `signal` is sent once the market is live */
  const run = (args: ReadonlyArray<string>, signal?: "SIGINT" | "SIGTERM") =>
    new Promise<{ readonly code: number | null; readonly out: string }>((resolve) => {
      const child = spawn(process.execPath, ["--import", "tsx", "examples/demo/main.ts", ...args], {
        cwd: root,
        timeout: 45_000,
        killSignal: "SIGKILL"
      })
      let out = ""
      let wanted = signal
      const read = (chunk: Buffer) => {
        out += chunk.toString()
        if (wanted === undefined || !out.includes("channels are live")) return
        child.kill(wanted)
        wanted = undefined
      }
      child.stdout.on("data", read)
      child.stderr.on("data", read)
      child.on("close", (code) => resolve({ code, out }))
    })

  it("disconnects, recovers, loses nothing and reports that", { timeout: 60_000 }, async () => {
    const { code, out } = await run(["--for", "4s", "--symbols", "tBTCUSD,tETHUSD"])
    assert.strictEqual(code, 0, out)
    assert.include(out, "breaking the connection on purpose")
    assert.match(out, /all 8 channels are live again, \d+ ms after the break/)
    assert.include(out, "connection 1: cut by the exchange (1006)")
    assert.include(out, "connection 2: closed by us with 1000 \"the demo is over\"")
    assert.match(out, /trades BTCUSD +[\d,]+ +0 +1 of 1/)
    assert.include(out, "The promise held")
    assert.strictEqual(out, Text.plain(out))
  })

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`exits cleanly on ${signal}`, { timeout: 60_000 }, async () => {
      const { code, out } = await run(["--for", "ever", "--symbols", "tBTCUSD"], signal)
      assert.strictEqual(code, 0, out)
      assert.include(out, `connection 1: closed by us with 1000 "stopped by ${signal}"`)
      assert.include(out, "The promise held")
    })
  }

  it("refuses invalid arguments", { timeout: 60_000 }, async () => {
    const [time, symbols] = await Promise.all([run(["--for", "5x"]), run(["--symbols", "BTCUSD"])])
    assert.strictEqual(time.code, 1)
    assert.include(time.out, "--for 5x: give a time such as 30s, 1m or 2h, or ever")
    assert.strictEqual(symbols.code, 1)
    assert.include(symbols.out, "--symbols BTCUSD: give 1 to 6 trading symbols")
  })
})
