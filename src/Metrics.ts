/**
 * What this SDK counts and measures, as Effect metrics: in `Metric.snapshot`, and in whatever exports that.
 *
 * Names, units and types are those that Prometheus asks for: counters end in `_total`, times are in seconds. Labels have
 * few values: `pool` is `public` (`MarketData`), `connection` (`WsConnection`) or `account`, whatever the number of sockets.
 *
 * Sockets count in plain numbers, and tell their metrics about once a second. A metric is there from its first update on.
 * Labels of `Effect.tagMetrics` are added to them; where sockets and books are concerned, those of whoever had the socket
 * opened.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * A metric, and what is to be known of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row<out M> {
  readonly name: string
  readonly type: "counter" | "gauge" | "histogram"
  readonly unit: string
  /** names of its labels */
  readonly labels: ReadonlyArray<string>
  readonly description: string
  /** without labels: those are added with `Metric.tagged` */
  readonly metric: M
}

interface Words {
  readonly unit: string
  readonly labels: ReadonlyArray<string>
  readonly description: string
}

const counter = (name: string, words: Words): Row<Metric.Metric.Counter<number>> => ({
  name,
  type: "counter",
  ...words,
  metric: Metric.counter(name, { description: words.description, incremental: true })
})

const gauge = (name: string, words: Words): Row<Metric.Metric.Gauge<number>> => ({
  name,
  type: "gauge",
  ...words,
  metric: Metric.gauge(name, { description: words.description })
})

/** from `start` on, each bound twice the one before */
const seconds = (
  name: string,
  words: Omit<Words, "unit"> & { readonly start: number; readonly count: number }
): Row<Metric.Metric.Histogram<number>> => {
  const { count, description, labels, start } = words
  const boundaries = MetricBoundaries.exponential({ start, factor: 2, count })
  return {
    name,
    type: "histogram",
    unit: "seconds",
    labels,
    description,
    metric: Metric.histogram(name, boundaries, description)
  }
}

const pool = ["pool"]

/**
 * All metrics.
 *
 * @since 0.1.0
 * @category constants
 * @example
 * import * as Metrics from "effect-bitfinex/Metrics"
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 *
 * const lost = Metrics.metrics.socketLosses.metric.pipe(
 *   Metric.tagged("pool", "public"),
 *   Metric.tagged("reason", "silence")
 * )
 * const program = Effect.flatMap(Metric.value(lost), ({ count }) => Effect.log(`${count} times nothing was heard`))
 */
export const metrics = {
  socketFramesReceived: counter("bitfinex_socket_frames_received_total", {
    unit: "frames",
    labels: pool,
    description: "frames received"
  }),
  socketBytesReceived: counter("bitfinex_socket_bytes_received_total", {
    unit: "bytes",
    labels: pool,
    description: "text of the frames received, after any compression"
  }),
  socketFramesSent: counter("bitfinex_socket_frames_sent_total", {
    unit: "frames",
    labels: pool,
    description: "frames sent, pings and logins included"
  }),
  socketBytesSent: counter("bitfinex_socket_bytes_sent_total", {
    unit: "bytes",
    labels: pool,
    description: "text of the frames sent, before any compression"
  }),
  socketConnections: counter("bitfinex_socket_connections_total", {
    unit: "connections",
    labels: pool,
    description: "sockets that became usable: opened, agreed on flags, and logged in where that is needed"
  }),
  socketLosses: counter("bitfinex_socket_losses_total", {
    unit: "sockets",
    labels: ["pool", "reason"],
    description: "sockets that were lost, or not made, after each of which another attempt is due"
  }),
  socketProblems: counter("bitfinex_socket_problems_total", {
    unit: "problems",
    labels: ["pool", "problem"],
    description: "what was noticed and survived, by the tag of SocketState.Problem"
  }),
  socketGaps: counter("bitfinex_socket_sequence_gaps_total", {
    unit: "gaps",
    labels: pool,
    description: "gaps in the sequence numbers of a socket"
  }),
  socketMessagesLost: counter("bitfinex_socket_messages_lost_total", {
    unit: "messages",
    labels: pool,
    description: "messages missing in these gaps"
  }),
  socketRoundTrip: seconds("bitfinex_socket_round_trip_seconds", {
    labels: pool,
    description: "from a ping to its answer",
    start: 0.001,
    count: 14
  }),
  socketsLive: gauge("bitfinex_sockets_live", {
    unit: "sockets",
    labels: pool,
    description: "sockets that are usable"
  }),
  channelsWanted: gauge("bitfinex_channels_wanted", {
    unit: "channels",
    labels: pool,
    description: "channels that streams want"
  }),
  channelsLive: gauge("bitfinex_channels_live", {
    unit: "channels",
    labels: pool,
    description: "channels that are acknowledged and have their snapshot; of books, those that are not withheld"
  }),
  consumers: gauge("bitfinex_channel_consumers", {
    unit: "consumers",
    labels: pool,
    description: "consumers of these channels"
  }),
  elementsDropped: counter("bitfinex_channel_elements_dropped_total", {
    unit: "elements",
    labels: ["policy"],
    description:
      "elements that a slow consumer was not given, by its buffer policy; under conflate the next state has them, " +
      "and of books none is counted"
  }),
  rowsMalformed: counter("bitfinex_channel_rows_malformed_total", {
    unit: "rows",
    labels: ["layout"],
    description: "rows, or lists of rows, that are not what their layout declares"
  }),
  bookResyncs: counter("bitfinex_book_resyncs_total", {
    unit: "books",
    labels: ["reason"],
    description: "live books that were withheld until their next snapshot, by the tag of Book.Reason"
  }),
  bookChecksumFailures: counter("bitfinex_book_checksum_failures_total", {
    unit: "checksums",
    labels: [],
    description: "checksums that did not match; of the resynchronisations, those for this reason"
  }),
  commandOutcomes: counter("bitfinex_command_outcomes_total", {
    unit: "commands",
    labels: ["command", "outcome"],
    description: "commands that ended, by outcome: accepted, refused, unknown, unsent"
  }),
  commandLatency: seconds("bitfinex_command_latency_seconds", {
    labels: ["command"],
    description: "from sending a command to its end",
    start: 0.001,
    count: 15
  }),
  commandResolutions: counter("bitfinex_command_resolutions_total", {
    unit: "commands",
    labels: ["outcome"],
    description: "unknown outcomes that were found out, by what became of them"
  }),
  commandBudgetRemaining: gauge("bitfinex_command_budget_remaining", {
    unit: "commands",
    labels: [],
    description: "commands that the budget still allowed after the last one"
  }),
  restRequests: counter("bitfinex_rest_requests_total", {
    unit: "requests",
    labels: ["endpoint"],
    description: "requests sent, repeats included"
  }),
  restFailures: counter("bitfinex_rest_failures_total", {
    unit: "requests",
    labels: ["endpoint", "error"],
    description: "requests that failed, by the tag of the error"
  }),
  restLatency: seconds("bitfinex_rest_latency_seconds", {
    labels: ["endpoint"],
    description: "from sending a request to having read its reply",
    start: 0.008,
    count: 12
  }),
  restBudgetRemaining: gauge("bitfinex_rest_budget_remaining", {
    unit: "requests",
    labels: ["family"],
    description: "requests that the limit of an endpoint family still allowed after the last one"
  }),
  recorderLines: counter("bitfinex_recorder_lines_total", {
    unit: "lines",
    labels: [],
    description: "lines written by Recorder"
  }),
  recorderDropped: counter("bitfinex_recorder_dropped_total", {
    unit: "lines",
    labels: [],
    description: "lines that Recorder lost"
  })
} as const

/**
 * The same as a list, in the order of the README.
 *
 * @since 0.1.0
 * @category constants
 */
export const table: ReadonlyArray<Row<unknown>> = Object.values(metrics)
