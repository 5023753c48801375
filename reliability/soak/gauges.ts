/** The gauges read from the process, and the growth of each that is attributed to chance. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as fs from "node:fs"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import type { Tap } from "./tap.ts"
import type { Gauge, Sample } from "./verdict.ts"

const KiB = 1024
const MiB = 1024 * 1024

const count = (name: string, floor: number, leftover = 0): Gauge => ({
  name,
  unit: "count",
  perLoss: 0.05,
  floor,
  leftover
})

/**
 * For a process that runs only the client. A leaked closure takes at least 100 bytes, and retains the values it captures;
 * for counted objects, a leak of one per twenty lost connections is detected.
 */
export const real: ReadonlyArray<Gauge> = [
  // Without compiled code, which has its own gauge. What V8 keeps of functions that run for the first time is not counted as
  // code: in the first minutes it comes to some 50 KiB a minute. Books and other state of changing size scatter by 100 KiB
  { name: "heap", unit: "bytes", perLoss: 256, floor: 160 * KiB, leftover: 3 * MiB },
  // V8 keeps compiling for minutes at a decreasing rate; the number of functions is finite, and this memory contains no objects
  { name: "code", unit: "bytes", perLoss: 0, floor: 4 * MiB, leftover: 8 * MiB },
  { name: "external", unit: "bytes", perLoss: 512, floor: 256 * KiB, leftover: MiB },
  // depends on the allocator: it is reported, and fails only on runaway growth
  { name: "rss", unit: "bytes", perLoss: 32 * KiB, floor: 24 * MiB },
  count("fibers", 4),
  count("open sockets", 2),
  count("listeners on open sockets", 8),
  count("closed sockets held", 6),
  count("listeners of the process", 1),
  count("timers", 4),
  count("other handles", 4),
  count("descriptors", 4),
  // each label appears at its first use: labels of rare outcomes and codes appear late
  count("series of metrics", 30, 60)
]

/**
 * For a process that also runs the exchange: its market and accounts keep days of history, half a MiB of heap per hour, and
 * columns of numbers outside the heap that double when they are full. Counted objects have the same limits as above; only
 * the real run detects a small leak of bytes.
 */
export const simulated: ReadonlyArray<Gauge> = real.map((gauge) => {
  switch (gauge.name) {
    case "heap":
      return { ...gauge, perLoss: 12 * KiB, floor: 3 * MiB, leftover: 24 * MiB }
    case "external":
      return { ...gauge, perLoss: 24 * KiB, floor: 2 * MiB, leftover: 32 * MiB }
    case "rss":
      return { ...gauge, perLoss: 64 * KiB }
    case "closed sockets held":
      // the exchange holds a few, with the latest connections that it keeps
      return { ...gauge, leftover: 6 }
    default:
      return gauge
  }
})

/** bytes for the terms of an order that was taken not to exist, which the client keeps for a week */
const absent = 1.2 * KiB

/** The readings without the memory that the client keeps on purpose for the outcomes published so far. */
export const withoutKept = (values: Sample["values"], outcomes: ReadonlyMap<string, number>): Sample["values"] => {
  const count = (outcomes.get("NeverPlaced") ?? 0) + (outcomes.get("NotSeen") ?? 0)
  return values["heap"] === undefined ? values : { ...values, heap: values["heap"] - count * absent }
}

/** fibers that have not ended */
export const fibers = (): number => {
  let active = 0
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    // the cast: a counter
    if (metricKey.name === "effect_fiber_active") active += (metricState as unknown as { readonly count: number }).count
  }
  return active
}

const descriptors = (): number | undefined => {
  try {
    // one of them belongs to the read of this directory
    return fs.readdirSync("/proc/self/fd").length - 1
  } catch {
    return undefined
  }
}

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** the function of `node --expose-gc`, also without that option */
const gc: () => void = globalThis.gc ?? (() => {
  v8.setFlagsFromString("--expose-gc")
  // the cast: the flag adds `gc` to new contexts
  return vm.runInNewContext("gc") as () => void
})()

const collect = Effect.sync(() => gc())

/** readings after a full garbage collection, and a second one for objects that the first one released */
export const read = (tap: Tap | undefined): Effect.Effect<Sample["values"]> =>
  Effect.gen(function*() {
    yield* collect
    // weak references are kept until the end of a turn of the event loop
    yield* turn
    yield* collect
    const { external, heapUsed, rss } = process.memoryUsage()
    const compiled = v8.getHeapCodeStatistics()
    const code = compiled.code_and_metadata_size + compiled.bytecode_and_metadata_size
    const handles = process.getActiveResourcesInfo()
    const timers = handles.filter((kind) => kind === "Timeout").length
    const opened = descriptors()
    return {
      heap: heapUsed - code,
      code,
      external,
      rss,
      fibers: fibers(),
      ...(tap === undefined ? {} : {
        "open sockets": tap.open(),
        "listeners on open sockets": tap.listeners(),
        "closed sockets held": tap.held()
      }),
      "listeners of the process": process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
      timers,
      // immediates belong to the current turn of the event loop, and file requests are short-lived
      "other handles": handles.filter((kind) => !/^(Timeout|Immediate|FSReq.*|CloseReq)$/.test(kind)).length,
      ...(opened === undefined ? {} : { descriptors: opened }),
      "series of metrics": Metric.unsafeSnapshot().length
    }
  })
