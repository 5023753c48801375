/**
 * What can be wrong with the options of an exchange.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { Options } from "../FakeExchange.ts"
import * as Fault from "../Fault.ts"

type Rule = readonly [is: (value: number) => boolean, says: string]

const seed: Rule = [Number.isSafeInteger, "a whole number"]
const count: Rule = [(value) => value === Infinity || (Number.isSafeInteger(value) && value >= 1), "1 or more"]
const span: Rule = [(value) => Number.isFinite(value) && value >= 0, "milliseconds, 0 or more"]
const pace: Rule = [(value) => Number.isFinite(value) && value >= 1, "milliseconds, 1 or more"]
const fee: Rule = [(value) => Math.abs(value) < 1, "a fraction: 0.001 is 0.1 %"]

/** says what is wrong with options that may come from a program without types, and undefined when nothing is */
export const complaintOf = (options: Options): string | undefined => {
  const { channelCap, fees, history, latency, rateLimits, remember, script, snapshotDelay, start, step, tick } = options
  const limit = typeof rateLimits === "boolean" ? undefined : rateLimits
  const rules: ReadonlyArray<readonly [name: string, value: number | undefined, rule: Rule]> = [
    ["seed", options.seed, seed],
    ["start", start, span],
    ["step", step, pace],
    ["tick", tick, pace],
    ["history", history, span],
    ["latency", latency, span],
    ["snapshotDelay", snapshotDelay, span],
    ["channelCap", channelCap, [(value) => Number.isSafeInteger(value) && value >= 0, "a whole number from 0 on"]],
    ["rateLimits", limit, count],
    ["remember", remember, count],
    ["fees.maker", fees?.maker, fee],
    ["fees.taker", fees?.taker, fee]
  ]
  // by `typeof` as well, since a text would pass for a number now and then
  const wrong = rules.find(([, value, [is]]) => value !== undefined && !(typeof value === "number" && is(value)))
  if (wrong !== undefined) {
    const [name, value, [, says]] = wrong
    return `FakeExchange: ${name} is ${says}, not ${typeof value === "string" ? JSON.stringify(value) : String(value)}`
  }
  const checked = Fault.validateScript(script ?? [])
  return Either.isLeft(checked) ? `FakeExchange: ${checked.left.message}` : undefined
}
