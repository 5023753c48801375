/**
 * Decoding a row against `JSON.parse` of that row, with all layouts warm in one process; for comparison the naive loop,
 * which assigns computed keys to a literal. Run it compiled: `npm run bench -- --only layout`.
 */
import * as Field from "../src/protocol/Field.ts"
import type * as Layout from "../src/protocol/Layout.ts"
import { BookEntry } from "../src/protocol/records/Book.ts"
import { Candle } from "../src/protocol/records/Candle.ts"
import { Order } from "../src/protocol/records/Order.ts"
import { PublicTrade } from "../src/protocol/records/PublicTrade.ts"
import { DerivativesStatus } from "../src/protocol/records/Status.ts"
import { FundingTicker, TradingTicker } from "../src/protocol/records/Ticker.ts"
import { median } from "./turns.ts"
import { random } from "./workloads.ts"

const subjects: ReadonlyArray<{ readonly layout: Layout.Layout<any>; readonly length: number }> = [
  { layout: BookEntry, length: 3 },
  { layout: PublicTrade, length: 4 },
  { layout: Candle, length: 6 },
  { layout: TradingTicker, length: 10 },
  { layout: FundingTicker, length: 16 },
  { layout: DerivativesStatus, length: 23 },
  { layout: Order, length: 32 }
]

/** rows whose cells differ in kind from row to row: whole numbers, doubles, texts, nulls */
const rowsOf = (layout: Layout.Layout<any>, length: number): ReadonlyArray<string> => {
  const chance = random(length)
  const cell = (field: Field.Field<any>): unknown => {
    if (field.nullable && chance() < 0.3) return null
    if (field.kind === "str") return chance() < 0.5 ? "EXCHANGE LIMIT" : `t${Math.floor(chance() * 1e6)}`
    if (field.kind === "int") return Math.floor(chance() * (chance() < 0.5 ? 100 : 2e11))
    if (field.kind === "flag") return chance() < 0.5 ? 0 : 1
    if (field.kind === "object") return {}
    if (field.kind === "mts") return 1_700_000_000_000 + Math.floor(chance() * 1e9)
    return chance() < 0.3 ? Math.floor(chance() * 1e5) : Number((chance() * 2e4 - 1e4).toFixed(5))
  }
  return Array.from({ length: 256 }, () => {
    const row: Array<unknown> = Array.from({ length }, () => null)
    for (const [at, field] of Object.values(layout.fields)) if (Number(at) < length) row[Number(at)] = cell(field)
    return JSON.stringify(row)
  })
}

const naive = (layout: Layout.Layout<any>) => {
  const fields = Object.entries(layout.fields)
  return (row: any): unknown => {
    const out: { [name: string]: unknown } = {}
    for (const [name, [at, field]] of fields) {
      const value = row[at] ?? null
      if (value === null ? !field.nullable : field.read(value) === Field.refused) return undefined
      out[name] = value
    }
    return out
  }
}

const repeats = 12
const rounds = Number(process.argv[2] ?? 60)

let sink: unknown
const time = (run: (k: number) => unknown): number => {
  const begun = process.hrtime.bigint()
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let k = 0; k < 256; k++) sink = run(k)
  }
  return Number(process.hrtime.bigint() - begun) / (repeats * 256)
}

const cases = subjects.map(({ layout, length }) => {
  const texts = rowsOf(layout, length)
  const rows = texts.map((text) => JSON.parse(text))
  const loop = naive(layout)
  return {
    name: layout.name,
    length,
    fields: Object.keys(layout.fields).length,
    ways: {
      parse: (k: number) => JSON.parse(texts[k]!),
      read: (k: number) => layout.read(rows[k]),
      decode: (k: number) => layout.decode(rows[k]),
      naive: (k: number) => loop(rows[k])
    },
    times: {
      parse: [] as Array<number>,
      read: [] as Array<number>,
      decode: [] as Array<number>,
      naive: [] as Array<number>
    }
  }
})

const ways = ["parse", "read", "decode", "naive"] as const
const warmup = 20
for (let round = 0; round < warmup + rounds; round++) {
  for (const each of cases) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const ns = time(each.ways[way])
      if (round >= warmup) each.times[way].push(ns)
    }
  }
}

const results = cases.map(({ fields, length, name, times }) => {
  const against = (way: "read" | "decode" | "naive") => median(times[way].map((ns, k) => ns / times.parse[k]!))
  return {
    name,
    length,
    fields,
    parse: median(times.parse),
    read: against("read"),
    decode: against("decode"),
    naive: against("naive")
  }
})

export type LayoutFigures = (typeof results)[number]

if (sink === undefined) throw new Error("a row was refused")
if (process.send !== undefined) process.send({ type: "layout", results })
else {
  console.table(results)
  console.log(JSON.stringify(results))
}
