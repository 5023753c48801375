/**
 * Plays the fault matrix: each scenario with each of its workloads and many seeds, under a clock of its own.
 *
 *   npm run test:faults -- --seeds 10000                                  seeds 1 to 10000, until it is stopped or they end
 *   npm run test:faults -- --from 501 --seeds 500 --minutes 30            seeds 501 to 1000, for at most half an hour
 *   npm run test:faults -- --scenario lost --workload books --seed 7      one run again, told in full
 *   npm run test:faults -- --report                                       also writes RELIABILITY.md
 *
 * Ends with 1 when an invariant was broken, and prints the script of that run and the command that plays it again; with 2
 * when it was asked for something that there is not.
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { parseArgs } from "node:util"
import * as Invariants from "../test/faults/invariants.ts"
import * as Matrix from "../test/faults/matrix.ts"
import type { Scenario, WorkloadName } from "../test/faults/model.ts"
import * as Report from "../test/faults/report.ts"

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const options = {
  seeds: { type: "string" },
  from: { type: "string" },
  seed: { type: "string" },
  scenario: { type: "string", multiple: true },
  workload: { type: "string", multiple: true },
  minutes: { type: "string" },
  report: { type: "boolean" }
} as const

const read = () => {
  try {
    return parseArgs({ options, strict: true }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const given = read()

const whole = (name: "seeds" | "from" | "seed", otherwise: number): number => {
  const text = given[name]
  if (text === undefined) return otherwise
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : fail(`--${name} ${text} is no whole number above 0`)
}

const minutes = given.minutes === undefined ? Infinity : Number(given.minutes)
if (!(minutes > 0)) fail(`--minutes ${given.minutes} is no number above 0`)
if (given.seed !== undefined && (given.seeds !== undefined || given.from !== undefined)) {
  fail("give either --seed, or --seeds and --from")
}

const among = <A extends string>(what: string, wanted: ReadonlyArray<string> | undefined, known: ReadonlyArray<A>) => {
  const unknown = wanted?.find((name) => !known.some((each) => each === name))
  if (unknown !== undefined) fail(`there is no ${what} ${unknown}; there are ${known.join(", ")}`)
  return known.filter((name) => wanted === undefined || wanted.includes(name))
}

const names = among("scenario", given.scenario, Matrix.scenarios.map(({ name }) => name))
const workloads = among<WorkloadName>("workload", given.workload, ["channels", "books", "account", "rest"])
const [first, last] = given.seed !== undefined
  ? [whole("seed", 1), whole("seed", 1)]
  : [whole("from", 1), whole("from", 1) + whole("seeds", 20) - 1]

const pairs: ReadonlyArray<readonly [Scenario, WorkloadName]> = Matrix.scenarios
  .filter(({ name }) => names.includes(name))
  .flatMap((scenario) =>
    scenario.workloads.filter((name) => workloads.includes(name)).map((name) => [scenario, name] as const)
  )
if (pairs.length === 0) fail("these scenarios make no sense with these workloads")

const print = (text: string) => void process.stdout.write(`${text}\n`)

const main = Effect.gen(function*() {
  const began = performance.now()
  const spent = () => (performance.now() - began) / 60_000
  const tallies = new Map<string, Report.Tally>()
  let runs = 0
  let failures = 0
  let seeds = 0
  for (let seed = first; seed <= last && spent() < minutes; seed++) {
    for (const [scenario, workload] of pairs) {
      if (spent() >= minutes) break
      const { breaches, plan } = yield* Matrix.play(Matrix.planOf(scenario, workload, seed))
      runs++
      const tally = tallies.get(scenario.name) ?? { runs: 0, failures: 0, mixed: 0 }
      tallies.set(scenario.name, {
        runs: tally.runs + 1,
        failures: tally.failures + (breaches.length > 0 ? 1 : 0),
        mixed: tally.mixed + (plan.second === undefined ? 0 : 1)
      })
      if (breaches.length > 0) failures++
      if (breaches.length > 0 || given.seed !== undefined) print(Matrix.describe({ plan, breaches }))
    }
    seeds++
    if (seeds % 10 === 0 || seed === last) {
      print(`seed ${seed}: ${runs} runs, ${failures} with a breach, ${spent().toFixed(1)} min`)
    }
  }
  print(
    `${runs} runs of ${tallies.size} scenarios, ${seeds} seeds from ${first}: ${failures} with a breach of` +
      ` ${Object.keys(Invariants.all).length} invariants`
  )
  if (given.report === true) {
    const file = new URL("../RELIABILITY.md", import.meta.url)
    fs.writeFileSync(file, Report.render({ tallies, first, seeds, runs, failures }))
    print("RELIABILITY.md is written")
  }
  return failures
})

const failures = await Effect.runPromise(main)
process.exitCode = failures > 0 ? 1 : 0
