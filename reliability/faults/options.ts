import * as CliOptions from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { randomInt } from "node:crypto"
import * as CommandLine from "../../scripts/commandLine.ts"
import type { Scenario, WorkloadName } from "./model.ts"

/** The settings of `npm run test:faults`. */
export interface Options {
  readonly pairs: ReadonlyArray<readonly [Scenario, WorkloadName]>
  readonly first: number
  readonly last: number
  /** maximum number of runs */
  readonly runs: number
  readonly minutes: number
  /** one run, reported in full */
  readonly isSingle: boolean
  readonly report: boolean
}

const workloads: ReadonlyArray<WorkloadName> = ["channels", "books", "account", "exits", "desks", "rest"]

/** seeds that no test plays; the ids of a run are numbers that begin with its seed */
const freshSeeds = [1_000_000, 10_000_000] as const

const refuse = (text: string) => Effect.fail(CommandLine.refuse(text))

/** The command line of `npm run test:faults`. */
export const definition = (scenarios: ReadonlyArray<Scenario>): CommandLine.Definition<Options> => ({
  name: "npm run test:faults --",
  description: "Plays each scenario of faults with each of its workloads and a range of seeds.",
  options: CliOptions.all({
    seeds: CommandLine.orUndefined(CommandLine.wholeNumber("seeds", "how many seeds; 20 by default")),
    from: CommandLine.orUndefined(CommandLine.wholeNumber("from", "the first seed; 1 by default")),
    runs: CommandLine.orUndefined(
      CommandLine.wholeNumber("runs", "ends after this number of runs, with the seeds that they need")
    ),
    fresh: CliOptions.boolean("fresh").pipe(
      CliOptions.withDescription("begins with a random seed, which is printed")
    ),
    seed: CommandLine.orUndefined(CommandLine.wholeNumber("seed", "this seed alone, each run reported in full")),
    scenario: CommandLine.names("scenario", "these scenarios alone", scenarios.map(({ name }) => name)),
    workload: CommandLine.names("workload", "these workloads alone", workloads),
    minutes: CommandLine.orUndefined(CommandLine.positiveNumber("minutes", "ends after this time")),
    report: CliOptions.boolean("report").pipe(
      CliOptions.withDescription("also writes the part of RELIABILITY.md on the matrix")
    )
  }).pipe(
    CliOptions.mapEffect(
      ({ fresh, from, minutes = Infinity, report, runs = Infinity, scenario, seed, seeds, workload }) => {
        if (seed !== undefined && (seeds !== undefined || from !== undefined)) {
          return refuse("give either --seed, or --seeds and --from")
        }
        if (fresh && (from !== undefined || seed !== undefined)) {
          return refuse("--fresh chooses the first seed: give it --seeds, --runs and --minutes only")
        }
        if (runs !== Infinity && (seeds !== undefined || seed !== undefined)) {
          return refuse("give either --runs, or a number of seeds")
        }
        // a report of some scenarios would show the others as not played
        if (report && (scenario !== undefined || workload !== undefined || seed !== undefined)) {
          return refuse("--report is about all scenarios: give it --from, --seeds and --minutes only")
        }
        const pairs = scenarios.filter(({ name }) => scenario?.includes(name) ?? true).flatMap((each) =>
          each.workloads.filter((name) => workload?.includes(name) ?? true).map((name) => [each, name] as const)
        )
        if (pairs.length === 0) {
          return refuse(
            `--workload ${workload?.join(",")}: none of the scenarios given has it; they have ${
              [...new Set(scenarios.filter(({ name }) => scenario?.includes(name)).flatMap((each) => each.workloads))]
                .join(", ")
            }`
          )
        }
        const first = seed ?? from ?? (fresh ? randomInt(...freshSeeds) : 1)
        const last = runs !== Infinity ? Infinity : seed ?? first + (seeds ?? 20) - 1
        return Effect.succeed({ pairs, first, last, runs, minutes, isSingle: seed !== undefined, report })
      }
    )
  )
})
