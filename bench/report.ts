/**
 * Results as lines and as the page RESULTS.md.
 */
import type { HistoryFigures } from "./history.ts"
import type { ImportFigures } from "./imports.ts"
import type { LayoutFigures } from "./layout.ts"
import type { BlockedFigures } from "./messages.ts"
import type { OrdersFigures } from "./orders.ts"
import * as Peers from "./peers/table.ts"
import type { Size } from "./size.ts"
import { median } from "./turns.ts"
import { wholePackage } from "./wholePackage.ts"

interface Side {
  /** microseconds per message */
  readonly cpu: number
  /** messages per second */
  readonly rate: number
  /** MB */
  readonly rss: number
}

export interface Row {
  readonly label: string
  /** of each round */
  readonly ratios: ReadonlyArray<number>
  readonly base: Side
  readonly ours: Side
}

export interface Ceiling {
  readonly label: string
  /** messages per second */
  readonly floor: number
  readonly none: number
  /** CPU of the server, microseconds per message */
  readonly server: number
}

/** one workload, this package and other clients, each in turns with the floor */
export interface PeerRow {
  readonly workload: string
  readonly what: string
  /** by the name of a client */
  readonly clients: { readonly [name: string]: PeerCell }
}

export type PeerCell =
  | {
    /** to the floor, of each slice, ascending */
    readonly ratios: ReadonlyArray<number>
    /** share of the messages that the user was given */
    readonly delivered: number
  }
  /** why there is no figure */
  | { readonly failed: string }

/** CPU of a frame as ratios to the floor */
export interface Limit {
  readonly label: string
  /** `ws`, whose frames are only counted */
  readonly socket: number
  /** `ws` and `JSON.parse` */
  readonly parse: number
  /** `ws` with the options of ours, and the reader of ours */
  readonly bytes: number
}

export interface Blocked extends BlockedFigures {
  readonly policy: string
  readonly seconds: number
  readonly sent: number
}

export interface Results {
  readonly rounds: number
  readonly slices: number
  readonly sliceMs: number
  readonly layout: ReadonlyArray<LayoutFigures>
  readonly imports: { readonly figures: ReadonlyArray<ImportFigures>; readonly size: Size } | undefined
  readonly ceiling: ReadonlyArray<Ceiling>
  readonly streams: ReadonlyArray<Row>
  readonly books: ReadonlyArray<Row>
  readonly growth: ReadonlyArray<Row>
  readonly fanOut: ReadonlyArray<Row>
  readonly peers: ReadonlyArray<PeerRow>
  readonly blocked: ReadonlyArray<Blocked>
  readonly orders: ReadonlyArray<OrdersFigures>
  readonly history: ReadonlyArray<HistoryFigures>
  readonly limits: ReadonlyArray<Limit>
}

/** the end of the labels of such rows */
export const withoutNumbers = ", floor without numbers"
/** this package among the clients */
export const ownName = "effect-bitfinex"
/** labels of rows that have a bar */
export const growthBar = "250 against 1"
export const fanOutBar = "100 against 1, per message received"

const thousands = (value: number): string => `${Math.round(value / 1000)} k`

const spread = (ratios: ReadonlyArray<number>): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`

export const line = ({ base, label, ours, ratios }: Row): string =>
  `${label.padEnd(24)} ${spread(ratios)}  ${base.cpu.toFixed(2)} -> ${ours.cpu.toFixed(2)} µs, `
  + `${thousands(base.rate)} -> ${thousands(ours.rate)} /s, ${Math.round(base.rss)} -> ${Math.round(ours.rss)} MB`

export const blockedLine = (row: Blocked): string =>
  `${
    row.policy.padEnd(9)
  } ${row.seconds} s: sent ${row.sent}, delivered ${row.delivered}, reported as lost ${row.skipped}, `
  + `heap ${row.before.toFixed(1)} -> ${row.after.toFixed(1)} MB, failure ${row.failure ?? "none"}`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map((_, k) => k === 0 ? "---" : "---:"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const pairs = (rows: ReadonlyArray<Row>): string =>
  table(
    ["workload", "CPU ratio", "CPU, µs", "messages/s", "peak RSS, MB"],
    rows.map(({ base, label, ours, ratios }) => [
      label,
      spread(ratios),
      `${base.cpu.toFixed(2)} → ${ours.cpu.toFixed(2)}`,
      `${thousands(base.rate)} → ${thousands(ours.rate)}`,
      `${Math.round(base.rss)} → ${Math.round(ours.rss)}`
    ])
  )

const all = (results: Results): ReadonlyArray<Row> => [
  ...results.streams,
  ...results.books,
  ...results.growth,
  ...results.fanOut
]

const ratioOf = (results: Results, label: string): number | undefined => {
  const found = all(results).find((row) => row.label === label)
  return found === undefined ? undefined : median(found.ratios)
}

/** the bars, the figures, and whether each bar is reached; figures are compared as they are shown */
export const verdict = (results: Results): string => {
  const rows: Array<ReadonlyArray<string>> = []
  const bar = (what: string, limit: number, figure: number | undefined, more = true): void => {
    const shown = figure?.toFixed(2)
    if (shown === undefined) rows.push([what, `≤ ${limit}`, "not measured", ""])
    else rows.push([what, `≤ ${limit}`, shown, Number(shown) <= limit && more ? "reached" : "not reached"])
  }
  const limits = { trades: 0.85, ticker25: 0.85, candles: 0.85, bookP0: 1, bookR0: 1.15, mixed25: 1.15, account: 1.15 }
  for (const [name, limit] of Object.entries(limits)) {
    bar(`${name}: CPU per message, ratio to the floor, which keeps \`JSON.parse\``, limit, ratioOf(results, name))
  }
  bar("a message among 250 channels, ratio to one on a single channel", 1.1, ratioOf(results, growthBar))
  bar("a message for 100 consumers, ratio to one for 1", 3, ratioOf(results, fanOutBar))
  const [few, many] = [results.orders[0], results.orders.at(-1)]
  bar(
    "an update watched in `AccountState` among 10,000 open orders, ratio to one among 10",
    2,
    few === undefined || many === undefined ? undefined : many.update / few.update
  )
  const conflate = results.blocked.find(({ policy }) => policy === "conflate")
  const isReported = conflate !== undefined && conflate.delivered + conflate.skipped === conflate.sent
  bar(
    "a consumer blocked for 60 s under a full feed, all losses reported: growth of the heap, MB",
    20,
    conflate === undefined || conflate.seconds < 60 ? undefined : conflate.after - conflate.before,
    isReported
  )
  const whole = results.imports?.figures.find(({ name }) => name === wholePackage)
  bar(
    "importing the package, ratio to importing the modules of Effect that it uses",
    1.1,
    whole?.timeRatio ?? undefined
  )
  return table(["bar", "limit", "figure", ""], rows)
}

const digits = (value: number): string => value >= 10 ? value.toFixed(1) : value.toFixed(2)

export const peerCell = (cell: PeerCell | undefined): string => {
  if (cell === undefined) return "—"
  if ("failed" in cell) return `failed: ${cell.failed}`
  const { delivered, ratios } = cell
  const at = (share: number) => digits(ratios[Math.floor(share * (ratios.length - 1))]!)
  const lost = delivered < 0.9995 ? `, ${(100 * delivered).toPrecision(2)} % delivered` : ""
  return `${digits(median(ratios))} (${at(0.25)}–${at(0.75)})${lost}`
}

const peers = ({ peers }: Results): string => {
  const names = [ownName, ...Peers.peers.map(({ name }) => name)]
  return table(
    ["frames", ...names],
    peers.map(({ clients, what }) => [what, ...names.map((name) => peerCell(clients[name]))])
  )
}

/** the data of the plots */
export const summary = (results: Results) => ({
  streams: [...results.streams, ...results.books].map(({ label, ratios }) => ({
    label,
    ratio: median(ratios),
    low: Math.min(...ratios),
    high: Math.max(...ratios)
  })),
  peers: results.peers.flatMap(({ clients, what }) =>
    Object.entries(clients).flatMap(([client, cell]) =>
      "failed" in cell ? [] : [{ what, client, ratio: median(cell.ratios) }]
    )
  ),
  growth: results.growth.flatMap(({ label, ratios }) => {
    const [, count, kind] = /^(\d+) (channels|books)$/.exec(label) ?? []
    return count === undefined ? [] : [{ kind: kind!, count: Number(count), ratio: median(ratios) }]
  }),
  orders: results.orders
})

const size = ({ dependencies, files, packed, unpacked }: Size): string => {
  const kB = (value: number) => `${Math.round(value)} kB`
  return table(
    ["what", "packed", "on disk", "files"],
    [
      ["effect-bitfinex", kB(packed), kB(unpacked), String(files)],
      ...dependencies.map(({ name, size }) => [name, "", kB(size), ""])
    ]
  )
}

export const markdown = (results: Results): string =>
  `# Results

${verdict(results)}

![CPU per message](plots/streams.svg)
![Beside other clients](plots/peers.svg)
![Growth](plots/growth.svg)

Written by \`npm run bench\`, the plots by \`npm run bench:plots\`; README.md explains how to read it. Pairs: ${results.rounds} rounds of ${results.slices} slices of
${results.sliceMs} ms, one round less for rows that only detail another row. Ratios are medians over the rounds, with the
lowest and the highest; 1 is the floor, lower is better. Absolute figures are from one machine on one day.

Ours and the floor receive the same frames under the same flags, the default flags of ours: sequence numbers and checksums.
Both check each of them. Until November 2026 the frames of the floor had no sequence numbers: compare older figures with the
rows "floor without numbers" only.

## Streams

${pairs(results.streams)}

A workload's name alone: \`ChannelEvent.runForEachSync\`. "effects": \`ChannelEvent.runForEach\`, an Effect per element. "fold",
"chunks" and "each": \`Stream.runFold\`, \`Stream.runForEachChunk\` and \`Stream.runForEach\`. "floor without numbers": ours as
in the row of the workload's name, compared with a floor whose frames have no sequence numbers and which checks none.

## Maintained books, verified and served: 250 rows per side, a checksum after 20 rows

${pairs(results.books)}

A workload's name alone: \`OrderBook.runForEachSync\`, a state for each checksum. "stream": \`Stream.runForEachChunk\`, the newest
state at each read. "every state": \`Stream.runFold\` under the policy \`sliding\`, a state for each checksum.

## Beside other clients

${peers(results)}

CPU per message as a ratio to the floor, which each client was compared with slice by slice in this run: the median of the
slices, and the quartiles. None of them requests sequence numbers, so the floor gets frames without them here; ours keeps its
default flags, and checks them. Every client's sums must equal the server's, as everywhere, but for what ccxt leaves out.
Figures of ours below 1: see "The limit".

${Peers.notes}

## The limit: what a frame costs before anything is made of it

${
    table(
      ["frames", "`ws` alone", "`ws` and `JSON.parse`", "`ws` and the reader of ours"],
      results.limits.map(({ bytes, label, parse, socket }) => [
        label,
        socket.toFixed(2),
        parse.toFixed(2),
        bytes.toFixed(2)
      ])
    )
  }

Ratios to the whole floor. Ours reads numbers, nulls, plain strings, arrays and objects of them from the bytes of the socket,
and leaves all else to \`JSON.parse\`; the floor keeps \`JSON.parse\`. That is why figures of ours are below 1.

## Growth: tickers and books by channels on one socket

${pairs(results.growth)}

## One channel, several consumers (per delivered message)

${pairs(results.fanOut)}

"${fanOutBar}" compares a message for all of 100 consumers with one for a single consumer.

## Growth: open orders

${
    table(
      ["open orders", "snapshot, ms", "an update, its state seen, µs"],
      results.orders.map((row) => [String(row.open), row.snapshot.toFixed(1), row.update.toFixed(1)])
    )
  }

CPU of an update of one order from its frame to the consumer of \`AccountState.orders.changes\`, without a network.

## Growth: a long history

${
    table(
      ["rows", "CPU of a row, µs", "`JSON.parse` of a row, µs", "growth of the heap half way, MB"],
      results.history.map((row) => [
        String(row.rows),
        row.each.toFixed(2),
        row.parse.toFixed(2),
        row.heap.toFixed(1)
      ])
    )
  }

\`RestClient.tradesStream\` over pages of 10,000 trades that are made in the same process.

## Rate of the server

${
    table(
      ["workload", "floor, messages/s", "bare TCP, messages/s", "server CPU, µs"],
      results.ceiling.map((row) => [row.label, thousands(row.floor), thousands(row.none), row.server.toFixed(2)])
    )
  }

## A blocked consumer under a full feed

${
    table(
      ["policy", "seconds", "sent", "delivered", "reported as lost", "heap, MB", "ends with"],
      results.blocked.map((row) => [
        row.policy,
        String(row.seconds),
        thousands(row.sent),
        thousands(row.delivered),
        thousands(row.skipped),
        `${row.before.toFixed(1)} → ${row.after.toFixed(1)}`,
        row.failure ?? "—"
      ])
    )
  }

## Decoding a row, ratio to JSON.parse of that row

${
    table(
      ["layout", "cells", "fields", "JSON.parse, ns", "read", "decode", "naive loop"],
      results.layout.map((row) => [
        row.name,
        String(row.length),
        String(row.fields),
        Math.round(row.parse).toString(),
        row.read.toFixed(2),
        row.decode.toFixed(2),
        row.naive.toFixed(2)
      ])
    )
  }

## Import

${
    table(
      ["what", "ms of CPU", "MB", "CPU, ratio", "RSS, ratio"],
      (results.imports?.figures ?? []).map((row) => [
        row.name,
        Math.round(row.time).toString(),
        Math.round(row.rss).toString(),
        row.timeRatio?.toFixed(2) ?? "1",
        row.rssRatio?.toFixed(2) ?? "1"
      ])
    )
  }

## Size

${results.imports === undefined ? "" : size(results.imports.size)}

The package as \`npm pack\` writes it after a fresh build, and the packages installed with it; \`effect\` and
\`@effect/platform\` are peers. Sources and source maps, for debuggers, are more than half of the size on disk.
`
