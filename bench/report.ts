/**
 * Results as lines and as the page RESULTS.md.
 */
import type { ImportFigures, Size } from "./imports.ts"
import type { LayoutFigures } from "./layout.ts"
import type { BlockedFigures } from "./messages.ts"
import { median } from "./turns.ts"

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
  readonly imports: { readonly figures: ReadonlyArray<ImportFigures>; readonly size: Size | null } | undefined
  readonly ceiling: ReadonlyArray<Ceiling>
  readonly streams: ReadonlyArray<Row>
  readonly books: ReadonlyArray<Row>
  readonly growth: ReadonlyArray<Row>
  readonly fanOut: ReadonlyArray<Row>
  readonly blocked: ReadonlyArray<Blocked>
}

const thousands = (value: number): string => `${Math.round(value / 1000)} k`

const spread = (ratios: ReadonlyArray<number>): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`

export const line = ({ base, label, ours, ratios }: Row): string =>
  `${label.padEnd(24)} ${spread(ratios)}  ${base.cpu.toFixed(2)} -> ${ours.cpu.toFixed(2)} µs, `
  + `${thousands(base.rate)} -> ${thousands(ours.rate)} /s, ${Math.round(base.rss)} -> ${Math.round(ours.rss)} MB`

export const blockedLine = (row: Blocked): string =>
  `${
    row.policy.padEnd(9)
  } ${row.seconds} s: sent ${row.sent}, delivered ${row.delivered}, told as lost ${row.skipped}, `
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

export const markdown = (results: Results): string =>
  `# Results

Written by \`npm run bench\`; how to read it is in README.md. Pairs: ${results.rounds} rounds of ${results.slices} slices of
${results.sliceMs} ms. Ratios are medians over the rounds, with the lowest and the highest; 1 is the floor, lower is
better. Absolute figures are those of one machine on one day.

## Streams

${pairs(results.streams)}

A workload's name alone: \`ChannelEvent.runForEachSync\`. "effects": \`ChannelEvent.runForEach\`, an Effect per element. "fold",
"chunks" and "each": \`Stream.runFold\`, \`Stream.runForEachChunk\` and \`Stream.runForEach\`. "no numbers": without the flag
\`sequence\`, which the floor never sets; by default ours parses and checks a sequence number in each frame that the floor
does not have.

## Books kept, verified and served: 250 rows a side, a checksum after 20 rows

${pairs(results.books)}

"each" is \`Stream.runForEach\`. "every state": under the policy \`sliding\`, a book of its own for each checksum instead of the
newest. "no numbers": as above.

## Growth: tickers by channels on one socket

${pairs(results.growth)}

## One channel, several consumers (per delivered message)

${pairs(results.fanOut)}

## What the server can send

${
    table(
      ["workload", "floor, messages/s", "bare TCP, messages/s", "server CPU, µs"],
      results.ceiling.map((row) => [row.label, thousands(row.floor), thousands(row.none), row.server.toFixed(2)])
    )
  }

## A blocked consumer under a full feed

${
    table(
      ["policy", "seconds", "sent", "delivered", "told as lost", "heap, MB", "ends with"],
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

## Decoding a row against JSON.parse of that row

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
      ["what", "ms", "MB", "time, ratio", "RSS, ratio"],
      (results.imports?.figures ?? []).map((row) => [
        row.name,
        Math.round(row.time).toString(),
        Math.round(row.rss).toString(),
        row.timeRatio?.toFixed(2) ?? "1",
        row.rssRatio?.toFixed(2) ?? "1"
      ])
    )
  }
${
    results.imports === undefined || results.imports.size === null
      ? ""
      : `\nPackage: ${Math.round(results.imports.size.packed)} kB packed, ${
        Math.round(results.imports.size.unpacked)
      } kB unpacked, ${results.imports.size.files} files.\n`
  }`
