import * as Effect from "effect/Effect"
import type * as Fault from "../../src/testing/Fault.ts"
import * as Account from "./account.ts"
import * as Desks from "./desks.ts"
import * as Exits from "./exits.ts"
import { breachesOf, isUnknown } from "./invariants.ts"
import * as Markets from "./markets.ts"
import type { Entry, Evidence, Plan, Scenario, WorkloadName } from "./model.ts"
import * as Rest from "./rest.ts"
import * as Scenarios from "./scenarios.ts"
import * as Workloads from "./workloads.ts"
import * as World from "./world.ts"

export const workloads: { readonly [K in WorkloadName]: World.Workload } = {
  channels: Workloads.channels,
  books: Workloads.books,
  account: Account.account,
  exits: Exits.exits,
  desks: Desks.desks,
  rest: Rest.rest
}

const channelsOf: { readonly [K in WorkloadName]: ReadonlyArray<string> } = {
  channels: Markets.channels.map(({ name }) => name),
  books: Markets.books.map(({ name }) => name),
  account: [],
  exits: [],
  desks: [],
  rest: []
}

export const scenarios: ReadonlyArray<Scenario> = Scenarios.all

export const planOf = (scenario: Scenario, workload: WorkloadName, seed: number): Plan =>
  Scenarios.planOf(scenario, { workload, channels: channelsOf[workload] }, seed)

export interface Outcome {
  readonly plan: Plan
  readonly evidence: Evidence
  readonly breaches: ReadonlyArray<string>
}

/** Outcomes of order submissions. */
export interface Endings {
  readonly submissions: number
  /** of these, commands that ended as unknown */
  readonly unknown: number
  /** of these, outcomes that stayed unknown, could not be resolved, or were not published */
  readonly unsettled: number
}

const definite = new Set(["Placed", "PartiallyFilled", "Filled", "Cancelled", "NeverPlaced"])

export const endingsOf = ({ account, calls }: Evidence): Endings => {
  const submissions = calls.filter(({ cid }) => cid !== undefined)
  const unknown = submissions.filter(isUnknown)
  const unsettled = unknown.filter(({ cid, outcome }) => {
    const last = account?.statements.findLast((one) => one.cid === cid)?.said ?? outcome
    return last === undefined || !definite.has(last)
  })
  return { submissions: submissions.length, unknown: unknown.length, unsettled: unsettled.length }
}

export const play = (plan: Plan, planted?: World.Planted): Effect.Effect<Outcome> =>
  Effect.map(World.run(plan, workloads[plan.workload], planted), (evidence) => ({
    plan,
    evidence,
    breaches: breachesOf(evidence)
  }))

const line = ({ act, after, fault }: Entry): string => `  ${after} ms: ${JSON.stringify(fault ?? act)}`

/** the text with which a failure can be reproduced */
export const describe = ({ breaches, plan }: Pick<Outcome, "plan" | "breaches">): string =>
  [
    `${plan.scenario}${plan.second === undefined ? "" : ` with ${plan.second}`}, ${plan.workload}, seed ${plan.seed},` +
    ` latency ${plan.latency} ms`,
    ...plan.script.map(line),
    ...breaches.map((breach) => `  ! ${breach}`),
    `  again: npm run test:faults -- --scenario ${plan.scenario} --workload ${plan.workload} --seed ${plan.seed}`
  ].join("\n")

/** the faults of a plan as a script of the exchange */
export const scriptOf = (plan: Plan): Fault.Script =>
  plan.script.flatMap(({ after, fault }) => fault === undefined ? [] : [{ after, fault }])
