import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"
import * as Prometheus from "../src/Prometheus.ts"

/** of all metrics of this process, the text of those whose names begin so */
const printed = (prefix: string) =>
  Effect.map(
    Metric.snapshot,
    (pairs) => Prometheus.print(pairs.filter(({ metricKey }) => metricKey.name.startsWith(prefix)))
  )

describe("Prometheus", () => {
  it.effect("a counter, a gauge, and a counter that may fall", () =>
    Effect.gen(function*() {
      yield* Metric.incrementBy(
        Metric.tagged(Metric.counter("kinds_a_total", { description: "of a", incremental: true }), "pool", "public"),
        3
      )
      yield* Metric.set(Metric.gauge("kinds_b"), -1.5)
      yield* Metric.incrementBy(Metric.counter("kinds_c", { bigint: true }), 2n ** 60n)
      assert.strictEqual(
        yield* printed("kinds_"),
        [
          "# HELP kinds_a_total of a",
          "# TYPE kinds_a_total counter",
          "kinds_a_total{pool=\"public\"} 3",
          "# TYPE kinds_b gauge",
          "kinds_b -1.5",
          "# TYPE kinds_c gauge",
          "kinds_c 1152921504606846976",
          ""
        ].join("\n")
      )
    }))

  it.effect("a histogram has cumulated buckets, the last of which has everything", () =>
    Effect.gen(function*() {
      const metric = Metric.histogram("spread_seconds", MetricBoundaries.fromIterable([0.1, 0.5]), "how long")
      for (const value of [0.05, 0.1, 0.3, 7]) yield* Metric.update(metric, value)
      assert.strictEqual(
        yield* printed("spread_"),
        [
          "# HELP spread_seconds how long",
          "# TYPE spread_seconds histogram",
          "spread_seconds_bucket{le=\"0.1\"} 2",
          "spread_seconds_bucket{le=\"0.5\"} 3",
          "spread_seconds_bucket{le=\"+Inf\"} 4",
          "spread_seconds_sum 7.45",
          "spread_seconds_count 4",
          ""
        ].join("\n")
      )
    }))

  it.effect("any text in names, labels and descriptions keeps the lines intact", () =>
    Effect.gen(function*() {
      const metric = Metric.counter("odd.name-1", { description: "a \\ and a\nline", incremental: true }).pipe(
        Metric.taggedWithLabels([MetricLabel.make("the-label", "a \"quote\", a \\ and a\nline")])
      )
      yield* Metric.increment(metric)
      assert.strictEqual(
        yield* printed("odd"),
        [
          "# HELP odd_name_1 a \\\\ and a\\nline",
          "# TYPE odd_name_1 counter",
          "odd_name_1{the_label=\"a \\\"quote\\\", a \\\\ and a\\nline\"} 1",
          ""
        ].join("\n")
      )
    }))

  it.effect("all samples of a name are grouped under one header", () =>
    Effect.gen(function*() {
      for (const pool of ["x", "y"]) {
        yield* Metric.increment(Metric.tagged(Metric.counter("same_total", { incremental: true }), "pool", pool))
        yield* Metric.increment(Metric.tagged(Metric.counter("same_other_total", { incremental: true }), "pool", pool))
      }
      const lines = (yield* printed("same_")).trim().split("\n")
      assert.lengthOf(lines.filter((line) => line.startsWith("# TYPE")), 2)
      assert.strictEqual(
        Math.abs(lines.indexOf("same_total{pool=\"x\"} 1") - lines.indexOf("same_total{pool=\"y\"} 1")),
        1
      )
    }))
})
