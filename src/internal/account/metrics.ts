/**
 * The metrics of commands on the account's socket. All are tagged with `command`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

const outcomes = Metric.counter("bitfinex_command_outcomes", {
  description: "commands that ended, by outcome: accepted, refused, unknown, unsent",
  incremental: true
})
const latency = Metric.histogram(
  "bitfinex_command_latency_ms",
  MetricBoundaries.exponential({ start: 1, factor: 2, count: 15 }),
  "from sending a command to its end, in milliseconds"
)
const resolved = Metric.counter("bitfinex_command_resolutions", {
  description: "unknown outcomes that were found out, by what became of them",
  incremental: true
})

/** The metrics of one command, made once. */
export const forCommand = (command: string) => {
  const ended = Metric.tagged(outcomes, "command", command)
  const took = Metric.tagged(latency, "command", command)
  const by = {
    accepted: Metric.tagged(ended, "outcome", "accepted"),
    refused: Metric.tagged(ended, "outcome", "refused"),
    unknown: Metric.tagged(ended, "outcome", "unknown"),
    unsent: Metric.tagged(ended, "outcome", "unsent")
  }
  return {
    ended: (outcome: keyof typeof by): Effect.Effect<void> => Metric.increment(by[outcome]),
    took: (millis: number): Effect.Effect<void> => Metric.update(took, millis)
  }
}

export const resolution = (fate: string): Effect.Effect<void> => Metric.increment(Metric.tagged(resolved, "fate", fate))
