/**
 * The metrics of commands on the account's socket. All are tagged with `command`.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type * as MetricLabel from "effect/MetricLabel"

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

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** The metrics of one command. They take the labels of the fiber that is measured, and are counted in passing. */
export interface OfCommand {
  readonly ended: (outcome: "accepted" | "refused" | "unknown" | "unsent", labels: Labels) => void
  readonly took: (millis: number, labels: Labels) => void
}

/** made once for each command */
export const forCommand = (command: string): OfCommand => {
  const ended = Metric.tagged(outcomes, "command", command)
  const took = Metric.tagged(latency, "command", command)
  const by = {
    accepted: Metric.tagged(ended, "outcome", "accepted"),
    refused: Metric.tagged(ended, "outcome", "refused"),
    unknown: Metric.tagged(ended, "outcome", "unknown"),
    unsent: Metric.tagged(ended, "outcome", "unsent")
  }
  return {
    ended: (outcome, labels) => by[outcome].unsafeUpdate(1, labels),
    took: (millis, labels) => took.unsafeUpdate(millis, labels)
  }
}

export const resolution = (fate: string): Effect.Effect<void> => Metric.increment(Metric.tagged(resolved, "fate", fate))
