/**
 * Results of an independent harness for other clients in November 2026: CPU per message as a ratio to a floor of the
 * same kind as ours (`ws`, `JSON.parse`, a handwritten handler that does the whole job), the median of its rounds.
 */

export interface PeerRow {
  readonly workload: string
  readonly what: string
  /** null if it was not measured */
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
  `"Arrays" is \`transform: false\`: rows are handed on as they come, which is less than the floor does. † It delivers a
part of the elements, and conflates the rest: 94 % of the trades, 4 % of the tickers, 0.1 % of the book rows, 25 % of the
account's events. ‡ The package has neither books nor checksums: those of the floor were added to it. Mixed channels are
five books of 25 rows a side with checksums there; here their rows are delivered and no book is kept. § Its \`te\` and \`tu\`
are handed on undecoded.`
