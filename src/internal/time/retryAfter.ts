/**
 * The header `Retry-After`, of replies to calls and of refusals to open a socket.
 *
 * @internal
 */

/**
 * The longest pause that a host can ask for, ms. A longer one is a mistake, or the work of a proxy: the host would be
 * shut for the whole process, cancellations of orders included.
 */
export const longestPause = 300_000

/** Date.parse makes a date of nearly anything, such as -5 */
const dateOf = (text: string | undefined): number =>
  text !== undefined && /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN

/**
 * Seconds, or a date, as milliseconds from now; null where that is no time to come, which says nothing. A date is one of
 * the other end's clock, as the `Date` of the same reply is: the clock of this machine may be wrong.
 */
export const parse = (header: string, date: string | undefined, here: number): number | null => {
  const text = header.trim()
  const there = dateOf(date)
  const now = Number.isFinite(there) ? there : here
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateOf(text) - now
  return wait > 0 && Number.isFinite(wait) ? wait : null
}
