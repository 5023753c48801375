/**
 * Client order ids: one rising sequence in each process, which begins at a random place.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as GlobalValue from "effect/GlobalValue"

/** the venue takes an int45 */
const beyond = 2 ** 45

/** the year 2109 in milliseconds: below it lie the ids of clocks, those that the venue gives by its own included */
const least = 2 ** 42

/** ids that are left to a process even if it begins at the highest place: a thousand a second for 34 years */
const room = 2 ** 40

/** September 2001 in milliseconds: an id from here on is not one that a program counts up from 1 each day */
const leastUnique = 1e12

/**
 * Where a process begins, from 64 random bits.
 *
 * @internal
 */
export const first = ([high, low]: readonly [high: number, low: number]): number => {
  const share = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53
  return least + Math.floor(share * (beyond - room - least))
}

// Of the process, not of a client: two clients of one account must not give the same id to two orders. It begins with the
// first use: Workers give no random bits to a module that is being loaded.
const last = () =>
  GlobalValue.globalValue("effect-bitfinex/cid", () => {
    // not `Random`, which two programs may seed alike
    const [high, low] = globalThis.crypto.getRandomValues(new Uint32Array(2))
    const before = first([high!, low!]) - 1
    return { before, cid: before }
  })

/**
 * The next id: one more than the one before, from a random place between 2^42 and 2^45 - 2^40 (2.97e13 places). It is a
 * safe integer, and an int45 as the venue's manual wants it.
 *
 * Two processes share an id only where their runs of ids overlap: of two that submit n orders each, with a chance of
 * about 2n / 2.97e13. That is 1 in 15 billion for 1,000 orders each; among 1,000 processes of one user with 1,000 orders
 * each, 1 in 30,000 that any two of them share one. No clock gives such an id before the year 2109.
 *
 * @internal
 */
export const take = (): number => ++last().cid

/**
 * The same as an Effect.
 *
 * @internal
 */
export const next: Effect.Effect<number> = Effect.sync(take)

/**
 * Whether this process has given the id: an order that bears it is one that this process submitted.
 *
 * @internal
 */
export const isIssued = (id: number): boolean => {
  const { before, cid } = last()
  return id > before && id <= cid
}

/**
 * Whether an id is one of ours, or one that a clock in milliseconds may have given: such an id names one order, where a
 * smaller one may be used again each day.
 *
 * @internal
 */
export const isUnique = (cid: number): boolean => cid >= leastUnique

/** the last day with a year of four digits */
const lastDay = 2_932_896

/**
 * The UTC day of a time in milliseconds, `YYYY-MM-DD`. A time that cannot be, which a message of the venue may have, gives
 * the first or the last of these days.
 *
 * @internal
 */
export const dayOf = (mts: number): Day => {
  const day = Math.min(Math.max(Math.floor(mts / 86_400_000), 0), lastDay)
  if (day !== newest.day) {
    // the cast: all that follows the day is cut off
    newest.text = new Date(day * 86_400_000).toISOString().slice(0, 10) as Day
    newest.day = day
  }
  return newest.text
}

/** the last requested day: nearly always the same one */
const newest: { day: number; text: Day } = { day: 0, text: "1970-01-01" }

type Day = `${number}-${number}-${number}`
