/**
 * The metrics of commands on the account's socket.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import * as Fibers from "../time/fibers.ts"

/** The metrics of one command. They take the labels of the fiber that is measured, and are counted in passing. */
export interface OfCommand {
  readonly ended: (outcome: "accepted" | "refused" | "unknown" | "unsent", labels: Fibers.Labels) => void
  readonly took: (millis: number, labels: Fibers.Labels) => void
}

/** made once for each command */
export const forCommand = (command: string): OfCommand => {
  const own = Fibers.label("command", command)
  const ended = (outcome: string) => Fibers.under(metrics.commandOutcomes.metric, own, Fibers.label("outcome", outcome))
  const took = Fibers.under(metrics.commandLatency.metric, own)
  const by = {
    accepted: ended("accepted"),
    refused: ended("refused"),
    unknown: ended("unknown"),
    unsent: ended("unsent")
  }
  return {
    ended: (outcome, labels) => by[outcome](1, labels),
    took: (millis, labels) => took(millis / 1000, labels)
  }
}

export const resolution = (outcome: string): Effect.Effect<void> =>
  Metric.increment(Metric.tagged(metrics.commandResolutions.metric, "outcome", outcome))

/** after each command */
export const left = (commands: number, labels: Fibers.Labels): void =>
  metrics.commandBudgetRemaining.metric.unsafeUpdate(commands, labels)
