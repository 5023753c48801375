/**
 * Client order ids: one rising sequence for the whole process, so that no two orders of it share one.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as GlobalValue from "effect/GlobalValue"

/** the venue takes an int45 */
const beyond = 2 ** 45

/** September 2001, below which no clock is today but that of a test */
const least = 1e12

// of the process, not of a client: two clients of one account must not give the same id to two orders
const last = GlobalValue.globalValue("effect-bitfinex/cid", () => ({ cid: least }))

/**
 * The next id: the time in milliseconds, but always above the one before. A clock beyond what the venue takes (the year
 * 3084) is not followed, nor is one that stands in 1970.
 *
 * @internal
 */
export const next: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (now) => {
  const clock = Math.floor(now)
  last.cid = clock > last.cid && clock < beyond - 2 ** 40 ? clock : last.cid + 1
  return last.cid
})

/**
 * Whether an id can have come from a clock in milliseconds, after 2001: such an id is unique over days, where a small one
 * may be used again the next day.
 *
 * @internal
 */
export const isClock = (cid: number): boolean => cid >= least

/**
 * The UTC day of a time in milliseconds, `YYYY-MM-DD`.
 *
 * @internal
 */
export const dayOf = (mts: number): Day =>
  // the cast: what is cut off is all that follows the day
  new Date(mts).toISOString().slice(0, 10) as Day

type Day = `${number}-${number}-${number}`
