/** Evaluation of repeatedly sampled gauges: whether they grow, and whether they return to their start in the end. */

/** One reading of all gauges, after a full garbage collection. */
export interface Sample {
  /** ms since the start */
  readonly at: number
  /** frames received so far */
  readonly frames: number
  /** connections lost so far */
  readonly losses: number
  readonly values: { readonly [gauge: string]: number }
}

/** A quantity that must not grow. */
export interface Gauge {
  readonly name: string
  readonly unit: "bytes" | "count"
  /** growth per lost connection that is attributed to chance */
  readonly perLoss: number
  /** growth over the measured time that is attributed to chance, regardless of the number of lost connections */
  readonly floor: number
  /** allowed excess at the end over the start; undefined when that comparison has no meaning */
  readonly leftover?: number
}

/** The trend of a gauge. */
export interface Trend {
  readonly gauge: Gauge
  /** medians of the first and of the last fifth of the samples */
  readonly first: number
  readonly last: number
  /** growth along the slope, over the measured time */
  readonly growth: number
  readonly allowed: number
  /** uncertainty of the growth: twice the standard error of a slope through points with this scatter */
  readonly noise: number
  readonly perHour: number
  /** NaN when no frame was received */
  readonly perMillionFrames: number
  /** NaN when no connection was lost */
  readonly perLoss: number
  /** the growth exceeds the allowance by more than chance explains */
  readonly isGrowing: boolean
  /** the scatter of the readings would hide a relevant leak */
  readonly isUnclear: boolean
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** the median of the slopes of all pairs (Theil-Sen): up to a third of the points may be outliers */
export const slope = (points: ReadonlyArray<readonly [x: number, y: number]>): number => {
  const slopes: Array<number> = []
  for (let k = 0; k < points.length; k++) {
    for (let j = k + 1; j < points.length; j++) {
      const width = points[j]![0] - points[k]![0]
      if (width > 0) slopes.push((points[j]![1] - points[k]![1]) / width)
    }
  }
  return slopes.length === 0 ? 0 : median(slopes)
}

/** the number of pairs is quadratic: more points than this are sampled evenly */
const mostPoints = 800

const thinned = <A>(all: ReadonlyArray<A>): ReadonlyArray<A> => {
  const step = Math.max(1, Math.ceil(all.length / mostPoints))
  return all.filter((_, k) => k % step === 0)
}

/** noise above this multiple of the allowance hides a leak */
const clarity = 5

/** the minimum number of samples for a verdict */
export const fewest = 10

export const trendOf = (gauge: Gauge, samples: ReadonlyArray<Sample>): Trend => {
  const known = samples.filter(({ values }) => values[gauge.name] !== undefined)
  const points = thinned(known).map(({ at, values }) => [at, values[gauge.name]!] as const)
  const [head, tail] = [known[0]!, known.at(-1)!]
  const span = tail.at - head.at
  const losses = tail.losses - head.losses
  const growth = slope(points) * span
  const allowed = Math.max(gauge.floor, gauge.perLoss * losses)
  const level = median(points.map(([, y]) => y))
  const rate = span > 0 ? growth / span : 0
  const middle = median(points.map(([x]) => x))
  // the median distance from the line, scaled to the standard deviation of a normal distribution
  const spread = 1.4826 * median(points.map(([x, y]) => Math.abs(y - level - rate * (x - middle))))
  const noise = 2 * spread * Math.sqrt(12 / points.length)
  const fifth = Math.max(1, Math.floor(known.length / 5))
  const value = ({ values }: Sample) => values[gauge.name]!
  return {
    gauge,
    first: median(known.slice(0, fifth).map(value)),
    last: median(known.slice(-fifth).map(value)),
    growth,
    allowed,
    noise,
    perHour: rate * 3_600_000,
    perMillionFrames: (growth / (tail.frames - head.frames)) * 1e6,
    perLoss: growth / losses,
    isGrowing: growth - noise > allowed,
    isUnclear: noise > clarity * allowed
  }
}

/** A gauge that did not return to its start. */
export interface Leftover {
  readonly gauge: Gauge
  readonly before: number
  readonly after: number
  readonly isLeft: boolean
}

export const leftoverOf = (gauge: Gauge, before: Sample["values"], after: Sample["values"]): Leftover | undefined => {
  const [was, is] = [before[gauge.name], after[gauge.name]]
  if (gauge.leftover === undefined || was === undefined || is === undefined) return undefined
  return { gauge, before: was, after: is, isLeft: is - was > gauge.leftover }
}

/** The verdict on a run. */
export interface Verdict {
  readonly trends: ReadonlyArray<Trend>
  readonly leftovers: ReadonlyArray<Leftover>
  /** one line each; empty when the run passed */
  readonly faults: ReadonlyArray<string>
}

const short = (value: number): string => {
  const size = Math.abs(value)
  return size >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(size >= 1 ? 1 : 3)
}

export const show = (gauge: Pick<Gauge, "unit">, value: number): string => {
  if (!Number.isFinite(value)) return ""
  if (gauge.unit === "count") return short(value)
  const size = Math.abs(value)
  if (size >= 2 ** 20) return `${short(value / 2 ** 20)} MiB`
  return size >= 1024 ? `${short(value / 1024)} KiB` : `${short(value)} B`
}

/** `broken`: lines about violated invariants */
export const judge = (evidence: {
  readonly gauges: ReadonlyArray<Gauge>
  /** the samples after the warm-up */
  readonly samples: ReadonlyArray<Sample>
  readonly before: Sample["values"]
  readonly after: Sample["values"]
  readonly broken: ReadonlyArray<string>
}): Verdict => {
  const { after, before, broken, gauges, samples } = evidence
  const faults: Array<string> = []
  const seen = gauges.filter(({ name }) => samples.some(({ values }) => values[name] !== undefined))
  const isEnough = samples.length >= fewest
  if (!isEnough) faults.push(`only ${samples.length} samples behind the warm-up, ${fewest} are the least: run longer`)
  const trends = isEnough ? seen.map((gauge) => trendOf(gauge, samples)) : []
  for (const { allowed, gauge, growth, isGrowing, isUnclear, noise, perHour, perLoss } of trends) {
    if (isUnclear) {
      faults.push(`${gauge.name} is unclear: it scatters by ${show(gauge, noise)}, so there is no verdict: run longer`)
    }
    if (!isGrowing) continue
    faults.push(
      `${gauge.name} grows: by ${show(gauge, growth)} where ${show(gauge, allowed)} is allowed,` +
        ` ${show(gauge, perHour)} an hour, ${show(gauge, perLoss)} for each lost connection`
    )
  }
  const leftovers = gauges.flatMap((gauge) => leftoverOf(gauge, before, after) ?? [])
  for (const { after, before, gauge, isLeft } of leftovers) {
    if (!isLeft) continue
    faults.push(
      `${gauge.name} not back in the end: ${show(gauge, after)}, at the start ${show(gauge, before)},` +
        ` ${show(gauge, gauge.leftover!)} more are allowed`
    )
  }
  return { trends, leftovers, faults: [...faults, ...broken] }
}
