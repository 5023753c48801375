/**
 * The venue's time of day, as the `Date` of its replies has it: what the clock of this machine says need not be so.
 *
 * @internal
 */

/**
 * The venue's time as its replies gave it. Whether the venue sends a `Date` is not documented: without one, nothing is known.
 *
 * @internal
 */
export interface VenueTime {
  /** a reply came; `steady` in ms of a clock that never steps */
  readonly hear: (date: string | undefined, steady: number) => void
  /** the last time that a reply gave, ms: now it is that time or later */
  readonly heard: () => number | undefined
  /**
   * What the venue's time is at a point of the steady clock, ms: within a second and the time that a reply takes. Too
   * early by as long as the machine slept since the last reply, when the steady clock stands still.
   */
  readonly at: (steady: number) => number | undefined
}

/**
 * Makes one that has heard nothing.
 *
 * @internal
 */
export const make = (): VenueTime => {
  let last: { readonly date: string; readonly steady: number } | undefined

  // read when it is needed, which is seldom
  const heard = (): number | undefined => {
    const mts = last === undefined ? Number.NaN : Date.parse(last.date)
    return Number.isFinite(mts) ? mts : undefined
  }

  return {
    hear: (date, steady) => {
      if (date !== undefined) last = { date, steady }
    },
    heard,
    at: (steady) => {
      const mts = heard()
      return mts === undefined ? undefined : mts + Math.max(0, steady - last!.steady)
    }
  }
}
