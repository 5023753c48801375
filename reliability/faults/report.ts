import * as Either from "effect/Either"
import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import type { Scenario, WorkloadName } from "./model.ts"

export interface Tally {
  readonly runs: number
  readonly failures: number
  /** runs in which a second scenario was played as well */
  readonly mixed: number
  /** how submissions of orders ended */
  readonly endings: Matrix.Endings
}

const none: Tally = { runs: 0, failures: 0, mixed: 0, endings: { submissions: 0, unknown: 0, unsettled: 0 } }

/** one more run */
export const add = (tally: Tally = none, { breaches, evidence, plan }: Matrix.Outcome): Tally => {
  const { submissions, unknown, unsettled } = Matrix.endingsOf(evidence)
  const { endings } = tally
  return {
    runs: tally.runs + 1,
    failures: tally.failures + (breaches.length > 0 ? 1 : 0),
    mixed: tally.mixed + (plan.second === undefined ? 0 : 1),
    endings: {
      submissions: endings.submissions + submissions,
      unknown: endings.unknown + unknown,
      unsettled: endings.unsettled + unsettled
    }
  }
}

const percent = (part: number, of: number): string => of === 0 ? "" : `${(100 * part / of).toFixed(1)} %`

/** share of submissions whose command ended as unknown, and of those that have no definite outcome, by scenario */
export const endings = (tallies: ReadonlyMap<string, Tally>): string => {
  const rows = Array.from(tallies).flatMap(([name, { endings: { submissions, unknown, unsettled } }]) =>
    submissions === 0 ? [] : [[name, submissions, percent(unknown, submissions), percent(unsettled, submissions)]]
  )
  return rows.length === 0 ? "" : table(["scenario", "orders", "unknown outcome", "without a definite outcome"], rows)
}

export interface Summary {
  readonly tallies: ReadonlyMap<string, Tally>
  readonly first: number
  readonly seeds: number
  readonly runs: number
  readonly failures: number
}

const groups: { readonly [G in Scenario["group"]]: string } = {
  connection: "Connections",
  venue: "Messages of the venue",
  frames: "Frames",
  commands: "Logins and commands",
  rest: "REST",
  process: "The process",
  impolite: "An impolite venue"
}

const workloads: { readonly [W in WorkloadName]: string } = {
  channels:
    "thirty public channels over two sockets, compared with all frames that the sockets received, and with the market",
  books: "live order books (`OrderBook`), each state compared with the books that the exchange had",
  account: "a bot that places, changes and cancels orders, while others and the market act on its account",
  exits: "a bot that places orders, and exits at a random time with `cancelOnExit`",
  desks: "two accounts in one graph of layers, with one bot each",
  rest: "public and signed calls, reads and writes"
}

const heads = [
  "scenario",
  "what happens",
  "workloads",
  "runs",
  "breaches",
  "orders with an unknown outcome",
  "of all orders, without a definite outcome",
  "again"
]

/** with columns as wide as their widest cell, as the formatter has them */
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string => {
  const all = [head, ...rows].map((cells) => cells.map(String))
  const widths = head.map((_, k) => Math.max(3, ...all.map((cells) => cells[k]!.length)))
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(" | ")} |`
  return [line(all[0]!), line(widths.map((width) => "-".repeat(width))), ...all.slice(1).map(line)].join("\n")
}

const command = (rest: string) => `\`npm run test:faults -- ${rest}\``

const begin = "<!-- written by `npm run test:faults -- --report`, down to the line that ends it: do not edit -->"
const end = "<!-- the end of what `npm run test:faults -- --report` writes -->"

/** The page with its generated part replaced and the rest unchanged; or the reason why that is impossible. */
export const replace = (page: string, part: string): Either.Either<string, string> => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  return from < 0 || to < from || page.indexOf(begin, from + 1) >= 0 || page.indexOf(end, to + 1) >= 0
    ? Either.left(`the page has no place for it: once ${begin}, and once, below it, ${end}`)
    : Either.right(`${page.slice(0, from)}${begin}\n\n${part.trim()}\n\n${page.slice(to)}`)
}

/** The part of the status page about the last run. */
export const render = ({ failures, first, runs, seeds, tallies }: Summary): string => {
  const range = `--from ${first} --seeds ${seeds}`
  const played = [...tallies.values()]
  const mixed = played.reduce((sum, tally) => sum + tally.mixed, 0)
  const parts = Object.entries(groups).map(([group, title]) => {
    const rows = Matrix.scenarios.filter((each) => each.group === group).map(({ name, what, workloads }) => {
      const tally = tallies.get(name)
      return [
        name,
        what,
        workloads.join(", "),
        tally?.runs ?? "not played",
        tally?.failures ?? "",
        tally === undefined ? "" : percent(tally.endings.unknown, tally.endings.submissions),
        tally === undefined ? "" : percent(tally.endings.unsettled, tally.endings.submissions),
        command(`--scenario ${name} ${range}`)
      ]
    })
    return `### ${title}\n\n${table(heads, rows)}`
  })
  return `## The last run of the matrix

${
    table(["", ""], [
      ["runs", runs],
      ["scenarios", tallies.size],
      ["seeds", `${seeds}, from ${first}`],
      ["runs with two scenarios at once", mixed],
      ["invariants checked in each", Object.keys(Invariants.all).length],
      ["runs in which one was broken", failures],
      ["again", command(range)]
    ])
  }

## Invariants

All invariants are checked in every run. For each, a test plants a defect in the client, and the invariant finds it.

${
    table(
      ["invariant", "what must hold", "test with a planted defect"],
      Object.entries(Invariants.all).map(([name, { says }]) => [
        name,
        says,
        `\`npx vitest run reliability/faults/invariants.test.ts -t ${name}\``
      ])
    )
  }

## Workloads

${
    table(
      ["workload", "what the client does", "again"],
      Object.entries(workloads).map(([name, what]) => [name, what, command(`--workload ${name} ${range}`)])
    )
  }

## Scenarios

${parts.join("\n\n")}
`
}
