/**
 * Bounded lists for the exchange's history, and numbers derived from its seed.
 *
 * @internal
 */

/** a bounded list that discards its oldest entries */
export interface Memory<A> {
  readonly add: (item: A) => void
  readonly list: () => ReadonlyArray<A>
  /** the number of entries ever added */
  readonly count: () => number
}

export const makeMemory = <A>(size: number): Memory<A> => {
  let items: Array<A> = []
  let count = 0
  return {
    add: (item) => {
      count++
      items.push(item)
      if (items.length > 2 * size) items = items.slice(-size)
    },
    list: () => items.slice(-size),
    count: () => count
  }
}

/** numbers that depend on seed and salt alone, equal in every run */
const scatter = (seed: number, salt: number): number => {
  let x = Math.imul(seed ^ (salt * 0x9e3779b1), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

export const serverIdOf = (seed: number): string => {
  const hex = [1, 2, 3, 4].map((salt) => scatter(seed, salt).toString(16).padStart(8, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-")
}

/** the id of a channel by its name: equal on all connections */
export const makeChanIds = (seed: number): (name: string) => number => {
  const ids = new Map<string, number>()
  return (name) => {
    const known = ids.get(name)
    if (known !== undefined) return known
    const id = 10_000 + (scatter(seed, 5) % 200_000) + ids.size * 7
    ids.set(name, id)
    return id
  }
}
