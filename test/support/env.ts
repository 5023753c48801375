/**
 * A positive integer from the environment: a seed, or a count. Throws for anything else, because no number would mean no
 * run, and a test without a run passes.
 */
export const whole = (name: string, otherwise: number): number => {
  const text = process.env[name]
  if (text === undefined || text === "") return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`${name}=${text}: give a positive integer`)
}

/** whether all cases and seeds are requested, as with `npm run test:all`, and not only those that `npm test` has time for */
const isAll = process.env["TEST_RUNS"] === "all"

/** How many runs a test makes: the second number with `npm run test:all`; any other by the environment's variable, where one is named. */
export const runs = (few: number, many: number, name = "PROPERTY_RUNS"): number => whole(name, isAll ? many : few)
