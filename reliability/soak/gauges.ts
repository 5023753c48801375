/** What is read of the process, and what growth of it is put down to chance. */
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
 * Where the client has the process for itself. A closure in a list takes 100 bytes or more, and holds what it closes over;
 * of what is counted, one for every twentieth lost connection is found.
 */
export const real: ReadonlyArray<Gauge> = [
  // without what is compiled, which is a gauge of its own
  { name: "heap", unit: "bytes", perLoss: 384, floor: 96 * KiB, leftover: 3 * MiB },
  // V8 goes on compiling for minutes, ever more slowly: there are only so many functions, and no object is in here
  { name: "code", unit: "bytes", perLoss: 0, floor: 4 * MiB, leftover: 8 * MiB },
  { name: "external", unit: "bytes", perLoss: 512, floor: 256 * KiB, leftover: MiB },
  // the allocator's business: it is shown, and found when it runs away
  { name: "rss", unit: "bytes", perLoss: 32 * KiB, floor: 24 * MiB },
  count("fibers", 4),
  count("open sockets", 2),
  count("listeners on open sockets", 8),
  count("closed sockets held", 6),
  count("listeners of the process", 1),
  count("timers", 4),
  count("other handles", 4),
  count("descriptors", 4),
  // each label is there from its first use: outcomes, codes and fates that are rare come late
  count("series of metrics", 30, 60)
]

/**
 * Where the exchange is in the same process: its market and its accounts remember days, half a MiB of heap an hour, and
 * columns of numbers beside it that double when they are full. What is counted is as strict as above; a small leak of bytes
 * is for the real run to find.
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
      // a few are held by the exchange, with the last connections that it remembers
      return { ...gauge, leftover: 6 }
    default:
      return gauge
  }
})

const fibers = (): number => {
  let active = 0
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    // the cast: a counter
    if (metricKey.name === "effect_fiber_active") active += (metricState as unknown as { readonly count: number }).count
  }
  return active
}

const descriptors = (): number | undefined => {
  try {
    // one of them reads the folder
    return fs.readdirSync("/proc/self/fd").length - 1
  } catch {
    return undefined
  }
}

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** as `node --expose-gc` has it, also where nobody said so */
const gc: () => void = globalThis.gc ?? (() => {
  v8.setFlagsFromString("--expose-gc")
  // the cast: what that flag adds to new contexts
  return vm.runInNewContext("gc") as () => void
})()

const collect = Effect.sync(() => gc())

/** what is left behind a full collection, and a second one for what the first one let go */
export const read = (tap: Tap | undefined): Effect.Effect<Sample["values"]> =>
  Effect.gen(function*() {
    yield* collect
    // weak references are kept until the end of a turn
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
      // immediates are those of this very turn, and requests of files come and go
      "other handles": handles.filter((kind) => !/^(Timeout|Immediate|FSReq.*|CloseReq)$/.test(kind)).length,
      ...(opened === undefined ? {} : { descriptors: opened }),
      "series of metrics": Metric.unsafeSnapshot().length
    }
  })
