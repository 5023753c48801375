import * as Either from "effect/Either"
import { parseArgs } from "node:util"
import type { Scenario, WorkloadName } from "./model.ts"

/** What `npm run test:faults` is to play. */
export interface Options {
  readonly pairs: ReadonlyArray<readonly [Scenario, WorkloadName]>
  readonly first: number
  readonly last: number
  readonly minutes: number
  /** one run, told in full */
  readonly isSingle: boolean
  readonly report: boolean
}

const flags = {
  seeds: { type: "string" },
  from: { type: "string" },
  seed: { type: "string" },
  scenario: { type: "string", multiple: true },
  workload: { type: "string", multiple: true },
  minutes: { type: "string" },
  report: { type: "boolean" }
} as const

const workloads: ReadonlyArray<WorkloadName> = ["channels", "books", "account", "rest"]

const read = (args: ReadonlyArray<string>) =>
  Either.try({
    try: () => parseArgs({ args: [...args], options: flags, strict: true }).values,
    catch: (error) => error instanceof Error ? error.message : String(error)
  })

const whole = (name: string, text: string | undefined, otherwise: number): Either.Either<number, string> =>
  text === undefined
    ? Either.right(otherwise)
    : /^[1-9]\d{0,8}$/.test(text)
    ? Either.right(Number(text))
    : Either.left(`${name} ${text} is no whole number above 0`)

const among = <A extends string>(
  what: string,
  wanted: ReadonlyArray<string> | undefined,
  known: ReadonlyArray<A>
): Either.Either<ReadonlyArray<A>, string> => {
  const unknown = wanted?.find((name) => !known.some((each) => each === name))
  return unknown === undefined
    ? Either.right(known.filter((name) => wanted === undefined || wanted.includes(name)))
    : Either.left(`there is no ${what} ${unknown}; there are ${known.join(", ")}`)
}

/** What the arguments ask for, or why they ask for nothing that there is. */
export const parse = (
  args: ReadonlyArray<string>,
  scenarios: ReadonlyArray<Scenario>
): Either.Either<Options, string> =>
  Either.gen(function*() {
    const given = yield* read(args)
    const { report = false, scenario, seed, workload } = given
    if (seed !== undefined && (given.seeds !== undefined || given.from !== undefined)) {
      return yield* Either.left("give either --seed, or --seeds and --from")
    }
    const first = seed === undefined ? yield* whole("--from", given.from, 1) : yield* whole("--seed", seed, 1)
    const seeds = seed === undefined ? yield* whole("--seeds", given.seeds, 20) : 1
    const minutes = given.minutes === undefined ? Number.POSITIVE_INFINITY : Number(given.minutes)
    if (!(minutes > 0)) return yield* Either.left(`--minutes ${given.minutes} is no number above 0`)
    const names = yield* among("scenario", scenario, scenarios.map(({ name }) => name))
    const wanted = yield* among("workload", workload, workloads)
    const pairs = scenarios.filter(({ name }) => names.includes(name)).flatMap((each) =>
      each.workloads.filter((name) => wanted.includes(name)).map((name) => [each, name] as const)
    )
    // a page of what was played this time only would say of all the rest that nobody played it
    if (report && (scenario !== undefined || workload !== undefined || seed !== undefined)) {
      return yield* Either.left("--report tells of all scenarios: give it --from, --seeds and --minutes only")
    }
    if (pairs.length === 0) return yield* Either.left("these scenarios make no sense with these workloads")
    return { pairs, first, last: first + seeds - 1, minutes, isSingle: seed !== undefined, report }
  })
