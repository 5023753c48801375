/**
 * The metrics of REST calls.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import { type Labels } from "../time/fibers.ts"

/**
 * The metrics of one endpoint, made once. Each takes the labels of the fiber that is measured, as `Metric.update` would:
 * they are counted in passing, where an effect for each would cost more than the counting.
 *
 * @internal
 */
export const forEndpoint = (endpoint: string, family: string) => {
  const sent = Metric.tagged(metrics.restRequests.metric, "endpoint", endpoint)
  const failed = Metric.tagged(metrics.restFailures.metric, "endpoint", endpoint)
  const took = Metric.tagged(metrics.restLatency.metric, "endpoint", endpoint)
  const left = Metric.tagged(metrics.restBudgetRemaining.metric, "family", family)
  return {
    sent: (labels: Labels): void => sent.unsafeUpdate(1, labels),
    failed: (error: string): Effect.Effect<void> => Metric.increment(Metric.tagged(failed, "error", error)),
    took: (millis: number, labels: Labels): void => took.unsafeUpdate(millis / 1000, labels),
    left: (requests: number, labels: Labels): void => left.unsafeUpdate(requests, labels)
  }
}

/**
 * The metrics of one endpoint.
 *
 * @internal
 */
export type OfEndpoint = ReturnType<typeof forEndpoint>
