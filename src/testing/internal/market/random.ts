/**
 * Pseudo-random numbers from a seed: the simulation is a pure function of its options and needs no Effect.
 *
 * Only additions, multiplications and `Math.sqrt` are used, which every engine rounds alike.
 *
 * @internal
 */
export interface Random {
  /** at least 0 and less than 1 */
  readonly next: () => number
  /** an integer, at least 0 and less than `below` */
  readonly int: (below: number) => number
  /** approximately normally distributed with mean 0 and deviation 1, between -3.5 and 3.5 */
  readonly normal: () => number
  /** at least 0 and less than 1; a higher `power` makes values near 0 more frequent */
  readonly low: (power: number) => number
  /** a non-negative integer with the given mean, at most twice the mean */
  readonly count: (mean: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(items: readonly [A, ...Array<A>]) => A
}

/** deterministic number of a text */
export const hash = (text: string): number => {
  let state = 0x811c9dc5
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
  return (state ^ (state >>> 15)) >>> 0
}

/** deterministic number of two integers, at least 0 and less than 1 */
export const mix = (a: number, b: number): number => {
  let state = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35)
  state = Math.imul(state ^ (state >>> 16), 0x2c1b3c6d)
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
  return ((state ^ (state >>> 15)) >>> 0) / 0x100000000
}

/** deterministic number of a text, at least 0 and less than 1 */
export const fraction = (text: string): number => hash(text) / 0x100000000

/** `name` separates streams of one seed: draws from one do not affect the others */
export const make = (seed: number, name: string): Random => {
  let state = hash(`${seed}/${name}`)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
  const normal = (): number => (next() + next() + next() + next() - 2) * 1.7320508075688772
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    normal,
    low: (power) => {
      const value = next()
      let product = value
      for (let left = power - 1; left > 0; left--) product *= value
      return product
    },
    count: (mean) => {
      const wanted = mean * 2 * next()
      return Math.floor(wanted) + (next() < wanted % 1 ? 1 : 0)
    },
    chance: (probability) => next() < probability,
    // the index is within the list, which is not empty
    pick: (items) => items[int(items.length)] ?? items[0]
  }
}
