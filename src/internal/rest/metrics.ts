/**
 * The metrics of REST calls.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import { label, type Labels } from "../time/fibers.ts"

/**
 * Updates a metric under a label. `Metric.tagged` would join the labels, and look for the metric under them, at each
 * update; here that is done when the labels of the fiber change.
 */
const under = (metric: Pick<Metric.Metric<unknown, number, unknown>, "unsafeUpdate">, ...own: Labels) => {
  let seen: Labels = []
  let all: Labels = own
  return (value: number, labels: Labels): void => {
    if (labels !== seen) {
      seen = labels
      all = labels.length === 0 ? own : [...own, ...labels]
    }
    metric.unsafeUpdate(value, all)
  }
}

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
