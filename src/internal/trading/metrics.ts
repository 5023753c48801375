/**
 * The metrics of commands on the account's socket.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import { type Labels } from "../time/fibers.ts"

/** The metrics of one command. They take the labels of the fiber that is measured, and are counted in passing. */
export interface OfCommand {
  readonly ended: (outcome: "accepted" | "refused" | "unknown" | "unsent", labels: Labels) => void
  readonly took: (millis: number, labels: Labels) => void
}

/** made once for each command */
export const forCommand = (command: string): OfCommand => {
  const ended = Metric.tagged(metrics.commandOutcomes.metric, "command", command)
  const took = Metric.tagged(metrics.commandLatency.metric, "command", command)
  const by = {
    accepted: Metric.tagged(ended, "outcome", "accepted"),
    refused: Metric.tagged(ended, "outcome", "refused"),
    unknown: Metric.tagged(ended, "outcome", "unknown"),
    unsent: Metric.tagged(ended, "outcome", "unsent")
  }
  return {
    ended: (outcome, labels) => by[outcome].unsafeUpdate(1, labels),
    took: (millis, labels) => took.unsafeUpdate(millis / 1000, labels)
  }
}

export const resolution = (outcome: string): Effect.Effect<void> =>
  Metric.increment(Metric.tagged(metrics.commandResolutions.metric, "outcome", outcome))

/** after each command */
export const left = (commands: number, labels: Labels): void =>
  metrics.commandBudgetRemaining.metric.unsafeUpdate(commands, labels)
