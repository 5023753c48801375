/** Frames in the venue's format, and damage to them. One number determines everything. */
import * as fs from "node:fs"
import * as Fixtures from "../../test/support/fixtures.ts"
import { random } from "../../test/support/virtualTime.ts"

export type Random = () => number

export const pick = <A>(next: Random, from: ReadonlyArray<A>): A => from[Math.floor(next() * from.length)]!
export const below = (next: Random, limit: number): number => Math.floor(next() * limit)

/** the random numbers of one frame, independent of those of its neighbours */
export const randomOf = (seed: number, frame: number): Random => {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(frame + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  const next = random(mixed ^ (mixed >>> 13))
  next()
  return next
}

const recording = new URL("../../examples/backtest/market.ndjson", import.meta.url)

/** frames recorded from a socket of the fake exchange, with few repetitions */
const recorded = (): ReadonlyArray<string> =>
  fs.readFileSync(recording, "utf8").trim().split("\n").slice(1)
    .map((line) => JSON.parse(line) as { readonly type: string; readonly text?: string })
    .flatMap(({ text, type }) => type === "received" && text !== undefined ? [text] : [])
    .filter((_, place) => place < 40 || place % 10 === 0)

const events: ReadonlyArray<object> = [
  { event: "info", version: 2, serverId: "c1d5d6b0-1c5e-4b8a-9b0f-2d7e3a4c5b6d", platform: { status: 1 } },
  { event: "info", code: 20051, msg: "Stopping. Please try to reconnect" },
  { event: "info", code: 20060, msg: "Entering maintenance" },
  { event: "info", code: 20061, msg: "Maintenance is over" },
  { event: "conf", status: "OK", flags: 196608 },
  { event: "pong", ts: 1511545528111, cid: 1234 },
  { event: "subscribed", channel: "ticker", chanId: 224555, symbol: "tBTCUSD", pair: "BTCUSD", subId: "1" },
  { event: "subscribed", channel: "candles", chanId: 343351, key: "trade:1m:tBTCUSD" },
  { event: "unsubscribed", status: "OK", chanId: 224555 },
  { event: "error", msg: "subscribe: dup", code: 10301, channel: "ticker", symbol: "tBTCUSD" },
  { event: "error", msg: "symbol: invalid", code: 10300, channel: "trades", symbol: "tNOSUCH", subId: "7" },
  { event: "error", msg: "unsubscribe: invalid", code: 10400, chanId: 7 },
  { event: "auth", status: "OK", chanId: 0, userId: 269312, auth_id: "xx", caps: { orders: { read: 1, write: 0 } } },
  { event: "auth", status: "FAILED", chanId: 0, code: 10100, msg: "apikey: invalid" }
]

/** types of the account, with the record that each carries */
const accountTypes: ReadonlyArray<readonly [types: ReadonlyArray<string>, record: string]> = [
  [["os", "on", "ou", "oc"], "Order"],
  [["ps", "pn", "pu", "pc"], "Position"],
  [["te", "tu"], "Trade"],
  [["ws", "wu"], "Wallet"],
  [["bu"], "BalanceUpdate"],
  [["miu"], "MarginInfoBase"],
  [["miu"], "MarginInfoSymbol"],
  [["fos", "fon", "fou", "foc"], "FundingOffer"],
  [["fcs", "fcn", "fcu", "fcc"], "FundingCredit"],
  [["fls", "fln", "flu", "flc"], "FundingLoan"],
  [["fte", "ftu"], "FundingTrade"],
  [["fiu"], "FundingInfo"],
  [["n"], "Notification"]
]

/** rows by record, collected from the fixtures of REST and of frames */
const rowsByRecord = (): ReadonlyMap<string, ReadonlyArray<unknown>> => {
  const rows = new Map<string, Array<unknown>>()
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null || depth > 4) return
    for (const [name, layout] of Fixtures.layouts) {
      if (layout.shape !== (Array.isArray(value) ? "array" : "object")) continue
      const isLong = layout.shape === "object" || (value as ReadonlyArray<unknown>).length >= layout.length
      if (!isLong || layout.read(value) === undefined) continue
      const known = rows.get(name) ?? []
      if (known.length < 8) rows.set(name, [...known, value])
    }
    for (const each of Object.values(value)) look(each, depth + 1)
  }
  for (const name of Fixtures.restNames()) for (const { response } of Fixtures.rest(name)!.cases) look(response, 0)
  for (const { record, row } of Fixtures.frames) {
    rows.set(record, [...rows.get(record) ?? [], row])
    look(row, 0)
  }
  return rows
}

export interface Shape {
  /** the kind of frame, which selects its decoders */
  readonly kind: "event" | "public" | "account" | "reply" | "recorded"
  /** name of the endpoint, channel or record, and its arguments */
  readonly name: string
  readonly args: { readonly [name: string]: unknown }
  readonly text: string
}

const shape = (kind: Shape["kind"], name: string, value: unknown, args: Shape["args"] = {}): Shape => ({
  kind,
  name,
  args,
  text: JSON.stringify(value)
})

/** one of each kind, as the venue sends them */
export const shapes: ReadonlyArray<Shape> = [
  ...events.map((event) => shape("event", "event", event)),
  ...Fixtures.channelNames().flatMap((name) =>
    Fixtures.channel(name)!.cases.flatMap(({ args, payload }) => [
      shape("public", name, [266343, payload], args),
      shape("public", name, [266343, payload, 12], args),
      ...(name === "trades" ? [shape("public", name, [266343, "tu", payload, 13], args)] : [])
    ])
  ),
  shape("public", "book", [266343, "cs", -1_234_567_890, 14], { symbol: "tBTCUSD" }),
  shape("public", "book", [266343, "hb", 15], { symbol: "tBTCUSD" }),
  ...accountTypes.flatMap(([types, record]) =>
    (rowsByRecord().get(record) ?? []).slice(0, 4).flatMap((row) =>
      types.map((type, place) =>
        shape("account", record, [0, type, place === 0 && types.length === 4 ? [row, row] : row, 5, 3])
      )
    )
  ),
  ...Fixtures.restNames().flatMap((name) =>
    Fixtures.rest(name)!.cases.map(({ args, response }) => shape("reply", name, response, args))
  ),
  shape("reply", "ticker", ["error", 10020, "symbol: invalid"], { symbol: "tBTCUSD" }),
  shape("reply", "ticker", { error: "ERR_RATE_LIMIT" }, { symbol: "tBTCUSD" }),
  ...recorded().map((text): Shape => ({ kind: "recorded", name: "recorded", args: {}, text }))
]

// ---------------------------------------------------------------------------------------------------------------------
// damage
// ---------------------------------------------------------------------------------------------------------------------

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let k = 0; k < depth; k++) value = [value]
  return value
}

const strange: ReadonlyArray<unknown> = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.5,
  1e-7,
  2 ** 53,
  -(2 ** 53) - 2,
  1e308,
  5e-324,
  1574694478808.5,
  "",
  "0",
  "1",
  "hb",
  "cs",
  "te",
  "n",
  "base",
  "sym",
  "error",
  "SUCCESS",
  "tBTCUSD",
  "fUSD",
  "NaN",
  "é",
  "\u2028",
  "\ud800",
  "__proto__",
  "constructor",
  "x".repeat(3000),
  [],
  [[]],
  [null],
  [[[]]],
  {},
  { event: "info" },
  { chanId: null },
  nested(60)
]

/** as text, because JSON.stringify cannot write them */
const strangeTexts: ReadonlyArray<string> = [
  "1e400",
  "-1e400",
  "-0",
  "9007199254740993",
  "0.1e-400",
  "123456789012345678901234567890",
  "NaN",
  "Infinity",
  "undefined",
  "\"\\ud800\"",
  "\"\\u0000\"",
  "\u0000",
  "\ufeff",
  "]",
  "[",
  "{",
  "}",
  ",",
  ":",
  "\"",
  "\\",
  "\n",
  "{\"__proto__\":1}",
  "// no",
  "'"
]

/** applies a change at a random position inside a value */
const damageValue = (next: Random, value: unknown, depth = 0): unknown => {
  if (typeof value !== "object" || value === null || next() < 0.15 * depth) return pick(next, strange)
  if (Array.isArray(value)) {
    const out: Array<unknown> = value.slice()
    const at = below(next, out.length + 1)
    const what = next()
    if (what < 0.1) out.splice(at, 1)
    else if (what < 0.2) out.splice(at, 0, pick(next, strange))
    else if (what < 0.25) out.length = at
    else if (what < 0.3) out.push(...Array.from({ length: 5 }, () => pick(next, strange)))
    else if (what < 0.35) out.splice(at, 0, out[below(next, out.length)])
    else if (what < 0.4) out.reverse()
    else if (at < out.length) out[at] = damageValue(next, out[at], depth + 1)
    return out
  }
  const keys = Object.keys(value)
  const key = keys.length === 0 || next() < 0.1
    ? pick(next, ["__proto__", "constructor", "event", "", "0"])
    : pick(next, keys)
  const out: { [key: string]: unknown } = Object.fromEntries(Object.entries(value))
  if (next() < 0.2) delete out[key]
  else {Object.defineProperty(out, key, {
      value: damageValue(next, out[key], depth + 1),
      enumerable: true,
      configurable: true,
      writable: true
    })}
  return out
}

const damageText = (next: Random, text: string): string => {
  const at = below(next, text.length + 1)
  const to = Math.min(text.length, at + 1 + below(next, 12))
  const what = next()
  if (what < 0.2) return text.slice(0, at)
  if (what < 0.3) return text.slice(at)
  if (what < 0.45) return text.slice(0, at) + text.slice(to)
  if (what < 0.6) return text.slice(0, to) + text.slice(at)
  if (what < 0.75) return text.slice(0, at) + pick(next, strangeTexts) + text.slice(to)
  if (what < 0.85) return text.slice(0, at) + pick(next, strangeTexts) + text.slice(at)
  if (what < 0.95) return text.slice(0, at) + String.fromCharCode(below(next, 0x300)) + text.slice(at + 1)
  const other = pick(next, shapes).text
  return text.slice(0, at) + other.slice(below(next, other.length))
}

export interface Frame extends Shape {
  readonly number: number
}

/** the frame of a number: undamaged, or with up to four changes */
export const frameOf = (seed: number, number: number): { readonly frame: Frame; readonly next: Random } => {
  const next = randomOf(seed, number)
  const one = pick(next, shapes)
  let { text } = one
  if (next() < 0.6) {
    let value: unknown = JSON.parse(text)
    for (let times = 1 + below(next, 3); times > 0; times--) value = damageValue(next, value)
    text = JSON.stringify(value)
  }
  if (next() < 0.3) text = damageText(next, text)
  return { frame: { ...one, text, number }, next }
}
