/**
 * Runs the benchmarks: `npm run bench -- --only trades,ticker25 --rounds 2 --slices 10`. See README.md.
 */
import * as Options from "@effect/cli/Options"
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as CommandLine from "../scripts/commandLine.ts"
import { build, root } from "./build.ts"
import type { HistoryFigures } from "./history.ts"
import { type ImportFigures, imports } from "./imports.ts"
import type { LayoutFigures } from "./layout.ts"
import type { BlockedFigures, FromServer, ToBlocked, ToServer } from "./messages.ts"
import type { OrdersFigures } from "./orders.ts"
import * as Peers from "./peers/table.ts"
import * as Report from "./report.ts"
import { packageSize, type Size } from "./size.ts"
import { Child, type Contender, type Figures, median, ratio, round } from "./turns.ts"
import { roundLength } from "./workloads.ts"

const streamNames = ["trades", "ticker25", "candles", "mixed25", "account"]
const bookNames = ["bookP0", "bookR0"]
const groups = [
  "streams",
  "books",
  "growth",
  "fanout",
  "peers",
  "orders",
  "history",
  "limit",
  "ceiling",
  "blocked",
  "layout",
  "imports"
]
const policies = ["conflate", "sliding", "dropping", "fail", "suspend"]

const values = await CommandLine.read({
  name: "npm run bench --",
  description: "Runs the benchmarks, against a client written by hand. A whole run writes bench/RESULTS.md.",
  options: Options.all({
    only: CommandLine.names("only", "these alone", [...groups, ...streamNames, ...bookNames]),
    ways: CommandLine.names("ways", "these ways to consume alone", ["inPlace", "effects", "fold", "chunks", "each"]),
    rounds: Options.withDefault(CommandLine.wholeNumber("rounds", "rounds of each pair; 2 by default"), 2),
    slices: Options.withDefault(CommandLine.wholeNumber("slices", "measured slices of a round; 10 by default"), 10),
    sliceMs: Options.withDefault(CommandLine.positiveNumber("sliceMs", "length of a slice, ms; 100 by default"), 100),
    blocked: CommandLine.orUndefined(
      CommandLine.positiveNumber(
        "blocked",
        "for how many seconds a consumer is blocked; 60 under conflate, otherwise 5"
      )
    ),
    json: CommandLine.orUndefined(
      Options.withDescription(Options.text("json"), "file to which the figures are written as JSON")
    ),
    profile: CommandLine.orUndefined(
      Options.withDescription(Options.text("profile"), "folder to which CPU profiles of the clients are written")
    )
  })
})

const { only, rounds, sliceMs, slices } = values
const warmup = 7
const wanted = (name: string): boolean => only?.includes(name) ?? true
const out = build()
const node = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`]

/** messages that the floor handles in the time of a slice, found in a separate run: whole rounds of a live book */
const calibrate = async (contender: Contender): Promise<number> => {
  const step = 10 * roundLength
  const messages = 24 * step
  const [floor] = await round({ build: out, contenders: [contender], warmup: 20, slices: 10, messages })
  const each = median(floor!.rate) / (contender.consumers ?? 1)
  return Math.min(300 * step, Math.max(10 * step, Math.round(each * sliceMs / 1000 / step) * step))
}

/** the same work for the floor: the same frames under the same flags, for as many consumers */
const floorOf = (of: Contender): Contender => ({ ...of, file: "floor" })

const slicesOf = new Map<string, number>()

/** messages of a slice, determined once for each workload */
const slice = async (contender: Contender): Promise<number> => {
  const { consumers = 1, sequence = false, workload } = contender
  const name = `${workload} ${sequence} ${consumers}`
  const messages = slicesOf.get(name) ?? await calibrate(floorOf(contender))
  slicesOf.set(name, messages)
  return messages
}

/** `of` against `to`, by default the floor with the same work; CPU per delivered message */
const compare = async (
  label: string,
  of: Contender,
  { scale = 1, to: base = floorOf(of), times = rounds }: {
    readonly to?: Contender
    /** factor of a ratio */
    readonly scale?: number
    readonly times?: number
  } = {}
): Promise<Report.Row> => {
  const messages = await slice(base)
  const runs: Array<readonly [Figures, Figures]> = []
  for (let k = 0; k < times; k++) {
    const [a, b] = await round({ build: out, contenders: [base, of], warmup, slices, messages, node })
    runs.push([a!, b!])
  }
  const all = (side: 0 | 1, figure: "cpu" | "rate") => median(runs.flatMap((run) => run[side][figure]))
  const row: Report.Row = {
    label,
    ratios: runs.map(([a, b]) => scale * ratio(b, a)),
    base: { cpu: all(0, "cpu"), rate: all(0, "rate"), rss: Math.max(...runs.map(([a]) => a.maxRss)) },
    ours: { cpu: all(1, "cpu"), rate: all(1, "rate"), rss: Math.max(...runs.map(([, b]) => b.maxRss)) }
  }
  console.log(Report.line(row))
  return row
}

const ours = (workload: string, more: Partial<Contender> = {}): Contender => ({
  file: workload === "account" ? "oursAccount" : "ours",
  workload,
  sequence: true,
  ...more
})

/** rounds of rows that detail one of the main rows */
const fewer = 1

/** this package with its defaults, against a floor that neither requests nor checks sequence numbers */
const withoutNumbers = (of: Contender): Promise<Report.Row> =>
  compare(`${of.workload}${Report.withoutNumbers}`, of, { to: { ...floorOf(of), sequence: false }, times: fewer })

/** ways of consuming the streams of channels; the other tables use the first */
const ways = ([
  ["", "inPlace"],
  [", effects", "effects"],
  [", fold", "fold"],
  [", chunks", "chunks"],
  [", each", "each"]
] as const).filter(([, how]) => values.ways?.includes(how) ?? true)

/** the cost of the slower ways is the same on all channels */
const allWays = new Set(["trades"])

const streams = async (): Promise<ReadonlyArray<Report.Row>> => {
  const rows: Array<Report.Row> = []
  for (const name of streamNames) {
    if (!wanted(name) && !wanted("streams")) continue
    for (const [label, how] of ways) {
      const isMain = how === "inPlace"
      if (!isMain && how !== "effects" && !allWays.has(name)) continue
      rows.push(await compare(`${name}${label}`, ours(name, { how }), { times: isMain ? rounds : fewer }))
    }
    if (allWays.has(name)) rows.push(await withoutNumbers(ours(name, { how: "inPlace" })))
  }
  return rows
}

/** books that are maintained and verified */
const books = async (): Promise<ReadonlyArray<Report.Row>> => {
  const rows: Array<Report.Row> = []
  for (const name of bookNames) {
    if (!wanted(name) && !wanted("books")) continue
    rows.push(await compare(name, ours(name, { how: "inPlace" })))
    rows.push(await compare(`${name}, stream`, ours(name, { how: "chunks" }), { times: fewer }))
    if (name === "bookP0") {
      rows.push(await compare(`${name}, every state`, ours(name, { how: "fold" }), { times: fewer }))
    }
  }
  return rows
}

const growth = async (): Promise<ReadonlyArray<Report.Row>> => {
  const rows: Array<Report.Row> = []
  for (const count of [1, 25, 250, 1000]) {
    rows.push(await compare(`${count} channels`, ours(`growth${count}`, { how: "inPlace" }), { times: fewer }))
  }
  for (const count of [1, 25, 200]) {
    rows.push(await compare(`${count} books`, ours(`books${count}`, { how: "inPlace" }), { times: fewer }))
  }
  const [many, one] = [ours("growth250", { how: "inPlace" }), ours("growth1", { how: "inPlace" })]
  rows.push(await compare(Report.growthBar, many, { to: one }))
  rows.push(await compare("the same, floor", floorOf(many), { to: floorOf(one), times: fewer }))
  return rows
}

const fanOut = async (): Promise<ReadonlyArray<Report.Row>> => {
  const rows: Array<Report.Row> = []
  for (const consumers of [10, 100]) {
    const of = ours("trades", { consumers, how: "inPlace" })
    rows.push(await compare(`${consumers} consumers`, of, { times: fewer }))
  }
  const [one, all] = [ours("trades", { how: "inPlace" }), ours("trades", { how: "inPlace", consumers: 100 })]
  rows.push(await compare(Report.fanOutBar, all, { to: one, scale: 100 }))
  rows.push(await compare("the same, floor", floorOf(all), { to: floorOf(one), scale: 100, times: fewer }))
  return rows
}

/**
 * Number of messages in a slice of a client whose speed is not known: it is raised until a slice is long enough. The
 * middle one of three slices counts, since a machine that pauses once would leave it with slices too short to measure.
 */
const paced = async (of: Contender): Promise<Contender> => {
  const step = 10 * roundLength
  let messages = step
  for (let k = 0; k < 4; k++) {
    const [figures] = await round({ build: out, contenders: [of], warmup: 2, slices: 3, messages })
    const ms = messages / median(figures!.rate) * 1000
    const wanted = Math.max(step, Math.round(messages * sliceMs / ms / step) * step)
    if (ms > sliceMs / 3 || wanted <= messages) return { ...of, messages: wanted }
    messages = Math.min(wanted, messages * 30)
  }
  return { ...of, messages }
}

const peerCell = async (of: Contender): Promise<Report.PeerCell> => {
  try {
    const contender = await paced(of)
    const floor = { ...floorOf(of), sequence: false }
    const contenders = [{ ...floor, messages: await slice(floor) }, contender]
    // they differ by factors, for which half of the slices is enough
    const [base, figures] = await round({ build: out, contenders, warmup, slices: Math.ceil(slices / 2), messages: 0 })
    const ratios = figures!.cpu.map((cpu, k) => cpu / base!.cpu[k]!).sort((a, b) => a - b)
    return { ratios, delivered: figures!.delivered }
  } catch (error) {
    return { failed: error instanceof Error ? error.message.slice(0, 200) : String(error) }
  }
}

/** this package and other clients, each in turns with a floor that gets the same frames as the other clients */
const peers = async (): Promise<ReadonlyArray<Report.PeerRow>> => {
  if (!Peers.install(root)) {
    console.log("other clients cannot be installed here")
    return []
  }
  const rows: Array<Report.PeerRow> = []
  for (const [workload, what] of Peers.workloads) {
    if (!wanted("peers") && !wanted(workload)) continue
    const clients: { [name: string]: Report.PeerCell } = {
      [Report.ownName]: await peerCell(ours(workload, { how: "inPlace" }))
    }
    for (const { file, how, name } of Peers.peers) {
      clients[name] = await peerCell({ file, workload, ...(how === undefined ? {} : { how }) })
    }
    rows.push({ workload, what, clients })
    for (const [name, cell] of Object.entries(clients)) {
      console.log(`${what}: ${name.padEnd(24)} ${Report.peerCell(cell)}`)
    }
  }
  return rows
}

/** the cost of the socket and of reading a frame, compared with the floor */
const limits = async (): Promise<ReadonlyArray<Report.Limit>> => {
  const rows: Array<Report.Limit> = []
  for (const workload of ["trades", "ticker25", "mixed25"]) {
    const floor = floorOf({ file: "floor", workload, sequence: true })
    const modes = (["socket", "parse", "bytes"] as const).map((how): Contender => ({ ...floor, file: "limit", how }))
    const [base, ...others] = await round({
      build: out,
      contenders: [floor, ...modes],
      warmup,
      slices,
      messages: await slice(floor)
    })
    const [socket, parse, bytes] = others.map((each) => ratio(each, base!))
    rows.push({ label: workload, socket: socket!, parse: parse!, bytes: bytes! })
  }
  console.table(rows)
  return rows
}

/** a process that measures by itself, and reports */
const figuresOf = async <F>(name: "orders" | "history"): Promise<ReadonlyArray<F>> => {
  const child = new Child<never, { readonly type: typeof name; readonly results: ReadonlyArray<F> }>(
    name,
    join(out, `bench/${name}.js`),
    [],
    ["--expose-gc"]
  )
  const { results } = await child.answer(name)
  await child.stop()
  console.table(results)
  return results
}

/** the capacity of the server: a client that does nothing, compared with the floor */
const ceiling = async (): Promise<ReadonlyArray<Report.Ceiling>> => {
  const rows: Array<Report.Ceiling> = []
  for (const workload of ["trades", "ticker25", "mixed25"]) {
    const contenders: ReadonlyArray<Contender> = [{ file: "floor", workload }, { file: "null", workload }]
    const messages = await slice(contenders[0]!)
    const [floor, none] = await round({ build: out, contenders, warmup, slices, messages })
    rows.push({
      label: workload,
      floor: median(floor!.rate),
      none: median(none!.rate),
      server: median(floor!.server) * 1000 / messages
    })
  }
  return rows
}

const blocked = async (): Promise<ReadonlyArray<Report.Blocked>> => {
  const rows: Array<Report.Blocked> = []
  for (const policy of policies) {
    // the bar is a minute; the other policies are bounded by their capacity, which is full within a second
    const seconds = values.blocked ?? (policy === "conflate" ? 60 : 5)
    const server = new Child<ToServer, FromServer>("server", join(out, "bench/server.js"), [])
    const name = `blocked-${policy}`
    server.send({ type: "prepare", parties: [{ name, workload: "trades", sequence: false, messages: 200_000 }] })
    const { port } = await server.answer("prepared")
    const args = [String(port), name, "trades", "false", "1", policy]
    const client = new Child<ToBlocked, { readonly type: "ready" } | BlockedFigures>(
      name,
      join(out, "bench/blocked.js"),
      args,
      ["--expose-gc"]
    )
    try {
      await client.answer("ready")
      server.send({ type: "flood", name })
      await pause(seconds * 1000)
      server.send({ type: "stop" })
      const { messages } = await server.answer("sent")
      // messages in flight arrive before the consumer wakes
      await pause(300)
      client.send({ type: "unblock" })
      await pause(2000)
      client.send({ type: "report" })
      const figures = await client.answer("blocked")
      const row = { policy, seconds, sent: messages, ...figures }
      console.log(Report.blockedLine(row))
      if (policy !== "fail" && figures.delivered + figures.skipped !== messages) {
        throw new Error(`refused: ${policy}: ${figures.delivered} + ${figures.skipped} of ${messages}`)
      }
      if (policy === "fail" && figures.failure !== "BufferOverflow") {
        throw new Error("refused: no overflow was reported")
      }
      rows.push(row)
    } finally {
      await Promise.all([server.stop(), client.stop()])
    }
  }
  return rows
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const layout = async (): Promise<ReadonlyArray<LayoutFigures>> => {
  const child = new Child<never, { readonly type: "layout"; readonly results: ReadonlyArray<LayoutFigures> }>(
    "layout",
    join(out, "bench/layout.js"),
    []
  )
  const { results } = await child.answer("layout")
  await child.stop()
  console.table(results)
  return results
}

const importing = (): { readonly figures: ReadonlyArray<ImportFigures>; readonly size: Size } => {
  const figures = imports(out, Math.max(5, rounds * 2 + 1))
  const size = packageSize()
  console.table(figures)
  console.log("package", size)
  return { figures, size }
}

const results: Report.Results = {
  rounds,
  slices,
  sliceMs,
  layout: wanted("layout") ? await layout() : [],
  imports: wanted("imports") ? importing() : undefined,
  ceiling: wanted("ceiling") ? await ceiling() : [],
  streams: await streams(),
  books: await books(),
  growth: wanted("growth") ? await growth() : [],
  fanOut: wanted("fanout") ? await fanOut() : [],
  peers: wanted("peers") ? await peers() : [],
  orders: wanted("orders") ? await figuresOf<OrdersFigures>("orders") : [],
  history: wanted("history") ? await figuresOf<HistoryFigures>("history") : [],
  limits: wanted("limit") ? await limits() : [],
  blocked: wanted("blocked") ? await blocked() : []
}

if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, undefined, 2))
const minutes = (performance.now() / 60_000).toFixed(0)
console.log(`${minutes} minutes\n`)
console.log(Report.verdict(results))
// a part of the benchmarks says nothing about the others, so only a whole run is written to the file
if (only === undefined && values.ways === undefined) {
  writeFileSync(join(root, "bench/RESULTS.md"), Report.markdown(results))
  writeFileSync(join(root, "bench/results.json"), `${JSON.stringify(Report.summary(results), undefined, 2)}\n`)
  execFileSync(join(root, "node_modules/.bin/dprint"), ["fmt", "bench/RESULTS.md"], { cwd: root, stdio: "ignore" })
}
