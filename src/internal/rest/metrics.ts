/**
 * The metrics of REST calls.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import { label, type Labels, under } from "../time/fibers.ts"

/**
 * The metrics of one endpoint, made once. Each takes the labels of the fiber that is measured, as `Metric.update` would:
 * they are counted in passing, where an effect for each would cost more than the counting.
 *
 * @internal
 */
export const forEndpoint = (endpoint: string, family: string) => {
  const failed = Metric.tagged(metrics.restFailures.metric, "endpoint", endpoint)
  const ofEndpoint = label("endpoint", endpoint)
  const sent = under(metrics.restRequests.metric, ofEndpoint)
  return {
    sent: (labels: Labels): void => sent(1, labels),
    failed: (error: string): Effect.Effect<void> => Metric.increment(Metric.tagged(failed, "error", error)),
    /** seconds */
    took: under(metrics.restLatency.metric, ofEndpoint),
    left: under(metrics.restBudgetRemaining.metric, label("family", family))
  }
}

/**
 * The metrics of one endpoint.
 *
 * @internal
 */
export type OfEndpoint = ReturnType<typeof forEndpoint>
