/**
 * Figures of other clients, measured by an independent harness in November 2026: CPU per message as a ratio to a floor of
 * the same kind as ours (`ws`, `JSON.parse`, a hand-written handler that does the same work), the median of its rounds.
 */

export interface PeerRow {
  readonly workload: string
  readonly what: string
  /** in the order of `names` */
  readonly ratios: ReadonlyArray<string>
}

export const names = [
  "bitfinex-api-node 9.1.0",
  "the same, arrays",
  "ccxt 4.5.84",
  "bitfinex-node-api 4.3.1"
]

export const rows: ReadonlyArray<PeerRow> = [
  { workload: "trades", what: "trades", ratios: ["2.56", "1.78", "11.1 †", "1.32"] },
  { workload: "ticker25", what: "tickers of 25 channels", ratios: ["4.96", "3.88", "9.52 †", "1.27"] },
  { workload: "bookP0", what: "book P0, 250 a side, checksums", ratios: ["75.3", "132", "2.88 †", "1.12 ‡"] },
  { workload: "bookR0", what: "book R0, 250 a side, checksums", ratios: ["89.4", "134", "2.36 †", "1.18 ‡"] },
  { workload: "candles", what: "candles", ratios: ["2.75", "1.91", "4.31 †", "1.42"] },
  { workload: "mixed25", what: "25 channels of all kinds", ratios: ["8.88", "23.8", "5.13 †", "1.25 ‡"] },
  { workload: "account", what: "account", ratios: ["3.49", "1.39", "16.6 †", "1.34 §"] },
  { workload: "growth250", what: "tickers of 250 channels", ratios: ["28.8", "23.1", "10.2 †", "1.31"] }
]

export const notes =
  `"Arrays" is \`transform: false\`: rows are passed on undecoded, which is less work than the floor does. † It delivers a
part of the messages and conflates the rest: 94 % of the trades, 4 % of the tickers, 0.1 % of the book rows, 25 % of the
account's events. ‡ The package has neither books nor checksums: those of the floor were added to it. In that harness mixed
channels include five books of 25 rows per side with checksums; here their rows are delivered and no book is maintained. §
Its \`te\` and \`tu\` are passed on undecoded.`
