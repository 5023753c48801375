/**
 * Detects that this process slept: a closed lid, a migrated machine, a SIGSTOP. Its state may be out of date then, and
 * the data that the kernel kept for it is as old as the sleep.
 *
 * Either of two signs is enough. The time of day runs ahead of the steady clock, which on some systems stands still
 * during a sleep; or something that was due on the steady clock comes seconds late. A paused machine may show the
 * second alone.
 *
 * @internal
 */

/** What both clocks say at one moment, in ms. */
export interface Reading {
  readonly steady: number
  readonly wall: number
}

/** ms by which a clock may be ahead, or something late, without a sleep */
export const tolerance = 2000

/** ms for which the process slept between two readings; 0 when it did not. `due` is when the steady clock was to be read. */
export const between = (before: Reading, now: Reading, due: number): number => {
  const ahead = now.wall - before.wall - (now.steady - before.steady)
  const slept = Math.max(ahead, now.steady - due)
  return slept > tolerance ? slept : 0
}

/** Remembers the last reading. */
export class SleepDetector {
  readonly #wall: () => number
  #last: Reading
  #due = Number.POSITIVE_INFINITY

  constructor(steady: () => number, wall: () => number) {
    this.#wall = wall
    this.#last = { steady: steady(), wall: wall() }
  }

  /** the clocks are read again at this time of the steady clock, in ms, at the latest */
  expect(due: number): void {
    this.#due = due
  }

  /** ms for which the process slept since the last look; 0 when it did not. `steady` is the steady clock now. */
  look(steady: number): number {
    const now = { steady, wall: this.#wall() }
    const slept = between(this.#last, now, this.#due)
    this.#last = now
    // one sleep is reported once
    if (slept > 0) this.#due = Number.POSITIVE_INFINITY
    return slept
  }
}
