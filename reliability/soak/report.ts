/** The result of a soak, as tables. */
import type { Outcome } from "./life.ts"
import { show, type Verdict } from "./verdict.ts"

export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const all = [head, ...rows]
  const widths = head.map((_, k) => Math.max(3, ...all.map((cells) => cells[k]!.length)))
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(" | ")} |`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}

const count = (value: number): string => value.toLocaleString("en")

const list = (counts: ReadonlyMap<unknown, number>): string =>
  [...counts].sort((a, b) => b[1] - a[1]).map(([what, times]) => `${what} ${count(times)}`).join(", ") || "none"

export interface Found {
  readonly outcome: Outcome
  readonly verdict: Verdict
  readonly unhandled: ReadonlyArray<string>
  /** real time, ms */
  readonly took: number
}

export const figures = ({ outcome, took, unhandled }: Found): ReadonlyArray<readonly [string, string]> => {
  const { bytes, closing, codes, ended, frames, lasted, losses, made, tally } = outcome
  return [
    ["time", `${(lasted / 60_000).toFixed(1)} min, in ${(took / 60_000).toFixed(1)} min with all that belongs to it`],
    ["frames received", `${count(frames)} (${count(Math.round(bytes / 2 ** 20))} MiB)`],
    ["elements consumed", count(tally.elements)],
    ["sockets made", count(made)],
    ["connections lost", `${count(losses)} of ${count(ended)} that the exchange ended; by code: ${list(codes)}`],
    ["short-lived consumers", count(tally.visits)],
    ["books served", count(tally.bookStates)],
    ["compared with the venue's checksums", count(tally.booksChecked)],
    ["compared with the exchange's books", count(tally.booksAudited)],
    ["wrong books", count(tally.wrongBooks)],
    ["gaps reported", `${list(tally.gaps)}; of frames: ${list(tally.lost)}`],
    ["streams ended under `fail`", count(tally.overflows)],
    ["commands", list(tally.commands)],
    ["unknown outcomes resolved", list(tally.resolutions)],
    ["orders followed to their end", list(tally.orders)],
    ["REST calls", list(tally.calls)],
    ["problems reported", list(tally.problems)],
    ["unhandled rejections, defects", count(unhandled.length)],
    ["closing took", `${count(Math.round(closing))} ms`]
  ]
}

const trends = ({ trends }: Verdict): string =>
  table(
    ["gauge", "first", "last", "an hour", "10^6 frames", "a lost connection", "growth", "allowed", "scatter", ""],
    trends.map(({ allowed, first, gauge, growth, isGrowing, isUnclear, last, noise, ...per }) => [
      gauge.name,
      ...[first, last, per.perHour, per.perMillionFrames, per.perLoss, growth, allowed, noise].map((value) =>
        show(gauge, value)
      ),
      isGrowing ? "GROWS" : isUnclear ? "UNCLEAR" : "ok"
    ])
  )

const leftovers = ({ leftovers }: Verdict): string =>
  table(
    ["gauge", "before the client", "after it", ""],
    leftovers.map(({ after, before, gauge, isLeft }) => [
      gauge.name,
      show(gauge, before),
      show(gauge, after),
      isLeft ? "NOT BACK" : "ok"
    ])
  )

export const render = (found: Found): string =>
  [
    table(["", ""], figures(found)),
    trends(found.verdict),
    leftovers(found.verdict),
    found.verdict.faults.length === 0
      ? "no gauge grows, all are back, no invariant broke"
      : found.verdict.faults.map((line) => `! ${line}`).join("\n")
  ].join("\n\n")

const record = (counts: ReadonlyMap<unknown, number>) => Object.fromEntries(counts as ReadonlyMap<string, number>)

export const toJson = ({ outcome, took, unhandled, verdict }: Found): string => {
  const { codes, tally, ...rest } = outcome
  const { commands, orders, calls, resolutions, problems, gaps, lost, ...counted } = tally
  const counts = { commands, orders, calls, resolutions, problems, gaps, lost, codes }
  return JSON.stringify(
    {
      ...rest,
      tally: counted,
      ...Object.fromEntries(Object.entries(counts).map(([name, each]) => [name, record(each)])),
      took,
      unhandled,
      verdict
    },
    undefined,
    1
  )
}
