import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Env from "../../test/support/env.ts"
import * as Matrix from "./matrix.ts"
import type { Scenario, WorkloadName } from "./model.ts"

/** scenarios that `npm run test:all` plays with more seeds than the others */
const core = new Set([
  "close-1006",
  "drops-in-a-row",
  "half-open",
  "restart-20051",
  "maintenance",
  "maintenance-and-close",
  "cap-shrinks-10305",
  "subscribe-unanswered",
  "lost",
  "lost-uncounted",
  "duplicated",
  "reordered",
  "corrupt-checksum",
  "sequence-gap",
  "mute-channel",
  "command-before-send",
  "command-received",
  "command-executed",
  "command-notified",
  "command-filling",
  "command-on-the-cancel",
  "rest-lost-reply",
  "rest-timeout",
  "blocked-consumer-sliding",
  "blocked-consumer-suspend",
  "clock-back",
  "clock-and-orders"
])

/** `npm test` plays each scenario once, with one of its workloads; `FAULT_SEEDS` sets any other number */
const coreSeeds = Env.runs(1, 20, "FAULT_SEEDS")

export const seedsOf = ({ name }: Scenario): number => core.has(name) ? coreSeeds : Math.min(2, coreSeeds)

/** the seeds that a scenario is played with under a workload: they are shared out among its workloads */
const shareOf = (scenario: Scenario, workload: WorkloadName): ReadonlyArray<number> => {
  const share = scenario.workloads.indexOf(workload)
  return Array.from({ length: seedsOf(scenario) }, (_, k) => k + 1)
    .filter((seed) => seed % scenario.workloads.length === share)
}

/**
 * Plays all scenarios of a workload. The seeds of a scenario are shared out among its workloads, each seed with one of them;
 * a workload that would get none at all plays its first scenario once. `npm run test:faults` plays each with all.
 */
export const suite = (workload: WorkloadName): void => {
  describe(`faults: ${workload}`, () => {
    const scenarios = Matrix.scenarios.filter(({ pending, workloads }) =>
      pending === undefined && workloads.includes(workload)
    )
    const isLeftOut = scenarios.every((scenario) => shareOf(scenario, workload).length === 0)
    for (const [index, scenario] of scenarios.entries()) {
      const seeds = isLeftOut && index === 0 ? [1] : shareOf(scenario, workload)
      if (seeds.length === 0) continue
      it.effect(`${scenario.name}: ${scenario.what}`, () =>
        Effect.gen(function*() {
          for (const seed of seeds) {
            const outcome = yield* Matrix.play(Matrix.planOf(scenario, workload, seed))
            if (outcome.breaches.length > 0) assert.fail(Matrix.describe(outcome))
          }
        }), 120_000)
    }
  })
}
