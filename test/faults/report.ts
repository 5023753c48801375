import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import type { Scenario } from "./model.ts"

export interface Tally {
  readonly runs: number
  readonly failures: number
  /** runs in which a second scenario was played as well */
  readonly mixed: number
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
  venue: "What the venue says",
  frames: "Frames",
  commands: "Logins and commands",
  rest: "REST",
  process: "The process"
}

const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")

const command = (rest: string) => `\`npm run test:faults -- ${rest}\``

/** The status page, from what was played last. */
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
        command(`--scenario ${name} ${range}`)
      ]
    })
    return `### ${title}\n\n${table(["scenario", "what happens", "workloads", "runs", "breaches", "again"], rows)}`
  })
  return `# Reliability

What this SDK promises, and how often that was tried. This page is written by ${command("--report")}; do not edit it.

Each run is a simulated exchange with its market, a client that knows nothing of being tested, and a script of faults:
a seed decides what the script does, when, to what and how often, the delay of all frames, and whether a second scenario is
mixed in. Time is simulated, so that a run of minutes takes a tenth of a second, and equal seeds give equal runs. All of it is
in memory and open to you: the faults are those of \`effect-bitfinex/testing\`.

## The last run

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

\`npm test\` plays all scenarios too, with fewer seeds. A failure prints its script and the command that plays it again, such as
${command("--scenario lost --workload books --seed 7")}.

## Invariants

All of them are checked in every run. Each is shown to fail: \`test/faults/invariants.test.ts\` plants a defect of its kind in
the client, and the invariant finds it.

${table(["invariant", "what must hold"], Object.entries(Invariants.all).map(([name, { says }]) => [name, says]))}

## Workloads

${
    table(["workload", "what the client does"], [
      [
        "channels",
        "thirty public channels over two sockets, compared with all that the sockets brought, and with the market"
      ],
      ["books", "live order books (`OrderBook`), each state compared with the books that the exchange had"],
      ["account", "a bot that places, changes and cancels orders, while others and the market act on its account"],
      ["rest", "public and signed calls, reads and writes"]
    ])
  }

## Scenarios

${parts.join("\n\n")}

## What is not shown here

- The exchange of these runs is ours. It speaks the protocol as documented and captured, and other people's clients are run
  against it (\`npm run test:peers\`), but it is not the venue.
- Frames that are lost before they get a number are found by checksums only, so they are tried with live books alone.
- A silent account on a socket that answers pings is noticed by the heartbeats of its channel. That the venue sends them was seen
  by other clients and is documented nowhere, so that before the first heartbeat a silence goes unnoticed.
- A subscription that is refused with 10305 on a socket that has none ends its stream with that error.
`
}
