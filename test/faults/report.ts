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

/** with columns as wide as their widest cell, as the formatter has them */
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string => {
  const all = [head, ...rows].map((cells) => cells.map(String))
  const widths = head.map((_, k) => Math.max(3, ...all.map((cells) => cells[k]!.length)))
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(" | ")} |`
  return [line(all[0]!), line(widths.map((width) => "-".repeat(width))), ...all.slice(1).map(line)].join("\n")
}

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

What this SDK promises, and how often that was tried. This page is
written by ${command("--report")}; do not edit it.

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

What is known to go wrong, and is kept out of the scripts:

- With a clock of this machine that is more than an hour ahead of the venue's, and a \`cid\` of the user's own, an order of which
  nobody knows can be said to be \`NeverPlaced\` although it was placed: it is looked for by the day of that clock. The clock is
  therefore set by 20 minutes at most where orders are placed.
- When a snapshot of the account does not come, and the clock is set back right then, the view stays \`Stale\` until the clock
  has caught up: it is asked for over REST by the time of day. Seeds that mix the two can show it.
- A row of a channel that cannot be read is told to those who listen (\`Malformed\`). It is missing from then on, and one who
  comes later gets a snapshot without it and without that word; \`OrderBook\` asks for such a book anew. Channels with such a row
  are not compared with the market.
- A subscription that is refused with 10305 on a socket that has no other ends its stream with that error.

What cannot be shown:

- The exchange of these runs is ours. It speaks the protocol as documented and captured, and other people's clients are run
  against it (\`npm run test:peers\`), but it is not the venue.
- Frames that are lost before they get a number are found by checksums only, so they are tried with live books alone.
- A silent account on a socket that answers pings is noticed by the heartbeats of its channel. That the venue sends them was seen
  by other clients and is documented nowhere, so that before the first heartbeat a silence goes unnoticed.
`
}
