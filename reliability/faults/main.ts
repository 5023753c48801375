/**
 * Plays the fault matrix: each scenario with each of its workloads and a range of seeds, under a clock of its own.
 *
 *   npm run test:faults -- --seeds 10000                                  seeds 1 to 10000, until they end or you stop it
 *   npm run test:faults -- --from 501 --seeds 500 --minutes 30            seeds 501 to 1000, for at most half an hour
 *   npm run test:faults -- --scenario lost --workload books --seed 7      one run again, reported in full
 *   npm run test:faults -- --workload account --runs 10000                from seed 1 on, until this number of runs
 *   npm run test:faults -- --fresh --seeds 2 --minutes 8                  two seeds that were never played, chosen at random
 *   npm run test:faults -- --report                                       also writes its part of RELIABILITY.md
 *
 * The exit code is 1 when an invariant was broken; then the script of that run is printed with the command that plays it
 * again. It is 2 when the options are refused.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fs from "node:fs"
import * as CommandLine from "../../scripts/commandLine.ts"
import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import * as Options from "./options.ts"
import * as Report from "./report.ts"

const { first, isSingle, last, minutes, pairs, report, runs } = await CommandLine.read(
  Options.definition(Matrix.scenarios)
)

const page = new URL("../../RELIABILITY.md", import.meta.url)
/** the page with this part in its place; read each time, since it may change during a long run */
const paged = (part: string) => Report.replace(fs.readFileSync(page, "utf8"), part)
const place = report ? paged("") : Either.right("")
if (Either.isLeft(place)) {
  process.stderr.write(`RELIABILITY.md: ${place.left}\n`)
  process.exit(2)
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

const main = Effect.gen(function*() {
  const began = performance.now()
  const spent = () => (performance.now() - began) / 60_000
  const tallies = new Map<string, Report.Tally>()
  let played = 0
  let failures = 0
  let seeds = 0
  print(`seeds from ${first}`)
  const isOver = () => played >= runs || spent() >= minutes
  for (let seed = first; seed <= last && !isOver(); seed++) {
    for (const [scenario, workload] of pairs) {
      if (isOver()) break
      const outcome = yield* Matrix.play(Matrix.planOf(scenario, workload, seed))
      const { breaches } = outcome
      played++
      tallies.set(scenario.name, Report.add(tallies.get(scenario.name), outcome))
      if (breaches.length > 0) failures++
      if (breaches.length > 0 || isSingle) print(Matrix.describe(outcome))
    }
    seeds++
    if (seeds % 10 === 0 || seed === last || isOver()) {
      const rest = runs === Infinity || played >= runs ? "" : `; to go on: --from ${seed + 1} --runs ${runs - played}`
      print(`seed ${seed}: ${played} runs, ${failures} with a breach, ${spent().toFixed(1)} min${rest}`)
    }
  }
  const endings = Report.endings(tallies)
  if (endings !== "") print(`\n${endings}\n`)
  print(
    `${played} runs of ${tallies.size} scenarios, ${seeds} seeds from ${first}: ${failures} with a breach of` +
      ` ${Object.keys(Invariants.all).length} invariants`
  )
  if (report) {
    const written = paged(Report.render({ tallies, first, seeds, runs: played, failures }))
    if (Either.isLeft(written)) {
      print(`RELIABILITY.md is not written: ${written.left}`)
      return failures + 1
    }
    fs.writeFileSync(page, written.right)
    print("RELIABILITY.md is written")
  }
  return failures
})

const failures = await Effect.runPromise(main)
process.exitCode = failures > 0 ? 1 : 0
