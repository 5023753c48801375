/** The samples of a run, kept outside of the heap that they measure: as objects they would grow it by half a KiB each. */
import type { Sample } from "./verdict.ts"

export interface Samples {
  readonly add: (sample: Sample) => void
  readonly all: () => ReadonlyArray<Sample>
}

/** samples that there is room for at first; a run of minutes has 120 at most */
const room = 256

/** `names`: the gauges */
export const make = (names: ReadonlyArray<string>): Samples => {
  const width = 3 + names.length
  let cells = new Float64Array(room * width)
  let count = 0
  return {
    add: ({ at, frames, losses, values }) => {
      if ((count + 1) * width > cells.length) {
        const more = new Float64Array(2 * cells.length)
        more.set(cells)
        cells = more
      }
      // a gauge that was not read is NaN
      cells.set([at, frames, losses, ...names.map((name) => values[name] ?? Number.NaN)], count++ * width)
    },
    all: () =>
      Array.from({ length: count }, (_, k) => {
        const [at = 0, frames = 0, losses = 0, ...read] = cells.slice(k * width, (k + 1) * width)
        const values = names.flatMap((name, place) => Number.isNaN(read[place]) ? [] : [[name, read[place]!] as const])
        return { at, frames, losses, values: Object.fromEntries(values) }
      })
  }
}
