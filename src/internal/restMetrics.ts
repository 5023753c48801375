/**
 * The metrics of REST calls. All are tagged with `endpoint`, failures with `error` as well, the budget with `family`.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type * as MetricLabel from "effect/MetricLabel"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

const requests = Metric.counter("bitfinex_rest_requests", {
  description: "requests sent, repeats included",
  incremental: true
})
const failures = Metric.counter("bitfinex_rest_failures", {
  description: "requests that failed, by error",
  incremental: true
})
const latency = Metric.histogram(
  "bitfinex_rest_latency_ms",
  MetricBoundaries.exponential({ start: 8, factor: 2, count: 12 }),
  "from sending a request to having read its reply, in milliseconds"
)
const budget = Metric.gauge("bitfinex_rest_budget_left", {
  description: "requests that the limit of an endpoint family still allowed after the last one"
})

/**
 * The metrics of one endpoint, made once. Each takes the labels of the fiber that is measured, as `Metric.update` would:
 * they are counted in passing, where an effect for each would cost more than the counting.
 *
 * @internal
 */
export const forEndpoint = (endpoint: string, family: string) => {
  const sent = Metric.tagged(requests, "endpoint", endpoint)
  const failed = Metric.tagged(failures, "endpoint", endpoint)
  const took = Metric.tagged(latency, "endpoint", endpoint)
  const left = Metric.tagged(budget, "family", family)
  return {
    sent: (labels: Labels): void => sent.unsafeUpdate(1, labels),
    failed: (error: string): Effect.Effect<void> => Metric.increment(Metric.tagged(failed, "error", error)),
    took: (millis: number, labels: Labels): void => took.unsafeUpdate(millis, labels),
    left: (requests: number, labels: Labels): void => left.unsafeUpdate(requests, labels)
  }
}
