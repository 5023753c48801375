/**
 * The metrics of sockets.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const frames = Metric.counter("bitfinex_socket_frames", { description: "frames received", incremental: true })
const losses = Metric.counter("bitfinex_socket_losses", {
  description: "sockets that ended before they were closed on purpose",
  incremental: true
})

/** told about once a second, since a metric costs more than a frame */
export const received = (count: number): Effect.Effect<void> =>
  count === 0 ? Effect.void : Metric.incrementBy(frames, count)

export const lost: Effect.Effect<void> = Metric.increment(losses)
