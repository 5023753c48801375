/** Random numbers of a seed: equal in every run. */
export interface Dice {
  /** at least `from`, and less than `to` */
  readonly between: (from: number, to: number) => number
  /** a whole number, from `from` to `to` */
  readonly int: (from: number, to: number) => number
  readonly pick: <A>(all: ReadonlyArray<A>) => A
  readonly chance: (probability: number) => boolean
}

const scatter = (text: string): number => {
  let hash = 2_166_136_261
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 16_777_619)
  return hash >>> 0
}

/** Different names give different sequences. */
export const make = (name: string): Dice => {
  let state = scatter(name)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + next() * (to - from)
  const int = (from: number, to: number) => Math.floor(between(from, to + 1))
  return {
    between,
    int,
    pick: (all) => all[int(0, all.length - 1)]!,
    chance: (probability) => next() < probability
  }
}
