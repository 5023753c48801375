/**
 * The venue's time of day, because the clock of this machine may be wrong.
 *
 * @internal
 */

/**
 * The venue's time as its replies gave it. A notification carries the time of the trading engine, by which orders are
 * stamped too. The header `Date` is that of a web server, and may differ: it counts only until the first notification.
 * Whether the venue sends a `Date` is not documented: without either, nothing is known.
 *
 * @internal
 */
export interface VenueTime {
  /** a reply arrived, with this `Date`; `steady` in ms of a clock that never steps */
  readonly hear: (date: string | undefined, steady: number) => void
  /** a notification arrived that was made at `mts` */
  readonly stamp: (mts: number, steady: number) => void
  /** the last time that a reply gave, ms: now it is that time or later */
  readonly heard: () => number | undefined
  /**
   * The venue's time at a point of the steady clock, ms, accurate to a second and the time that a reply takes. If the
   * machine has slept since the last reply and the steady clock stood still, it is too early by the length of the
   * sleep.
   */
  readonly at: (steady: number) => number | undefined
}

/**
 * Makes one that has received no time yet.
 *
 * @internal
 */
export const make = (): VenueTime => {
  let last: { readonly date: string; readonly steady: number } | undefined
  let stamped: { readonly mts: number; readonly steady: number } | undefined

  // read when it is needed, which is seldom
  const known = (): { readonly mts: number; readonly steady: number } | undefined => {
    if (stamped !== undefined) return stamped
    const mts = last === undefined ? Number.NaN : Date.parse(last.date)
    return last !== undefined && Number.isFinite(mts) ? { mts, steady: last.steady } : undefined
  }

  return {
    hear: (date, steady) => {
      if (date !== undefined) last = { date, steady }
    },
    stamp: (mts, steady) => {
      stamped = { mts, steady }
    },
    heard: () => known()?.mts,
    at: (steady) => {
      const time = known()
      return time === undefined ? undefined : time.mts + Math.max(0, steady - time.steady)
    }
  }
}
