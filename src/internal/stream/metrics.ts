/**
 * The counts of consumers and decoders. They know no socket, so the counts are those of the process, and the next
 * socket that reports its metrics reports these too.
 *
 * @internal
 */
import * as Metric from "effect/Metric"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import { metrics } from "../../Metrics.ts"
import * as Fibers from "../time/fibers.ts"

const dropped = { sliding: 0, dropping: 0, conflate: 0, fail: 0 }
const malformed = new Map<string, number>()

/** Adds to a count by key. */
export const add = <K>(counts: Map<K, number>, key: K, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/** An element that a consumer does not receive. */
export const drop = (policy: Exclude<BufferPolicy["policy"], "suspend">): void => {
  dropped[policy]++
}

/** Rows that cannot be read. */
export const malform = (layout: string, rows = 1): void => add(malformed, layout, rows)

/** Reports the counts and resets them. */
export const report = (): void => {
  for (const policy of ["sliding", "dropping", "conflate", "fail"] as const) {
    if (dropped[policy] === 0) continue
    Metric.tagged(metrics.elementsDropped.metric, "policy", policy).unsafeUpdate(dropped[policy], Fibers.noLabels)
    dropped[policy] = 0
  }
  for (const [layout, by] of malformed) {
    Metric.tagged(metrics.rowsMalformed.metric, "layout", layout).unsafeUpdate(by, Fibers.noLabels)
  }
  malformed.clear()
}
