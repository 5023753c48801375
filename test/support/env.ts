/**
 * A whole number above 0 from the environment: a seed, or how many. Throws for anything else, since no number would be no
 * run, and a test without a run passes.
 */
export const whole = (name: string, otherwise: number): number => {
  const text = process.env[name]
  if (text === undefined || text === "") return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`${name}=${text}: give a whole number above 0`)
}
