/**
 * The metrics of this SDK, as Effect metrics: they appear in `Metric.snapshot` and in exporters that read it.
 *
 * Names, units and types follow the conventions of Prometheus: counters end in `_total`, times are in seconds. Labels
 * have few values: `pool` is `public` (`MarketData`), `connection` (`WsConnection`) or `account`, for any number of
 * sockets.
 *
 * Sockets count in plain numbers, and update their metrics about once a second. A metric exists only after its first
 * update. Labels of `Effect.tagMetrics` are added; for sockets and books, these are the labels of the fiber that caused
 * the socket to be opened.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * A metric with its name, type, unit, labels and description.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row<out M> {
  readonly name: string
  readonly type: "counter" | "gauge" | "histogram"
  readonly unit: string
  /** names of the labels */
  readonly labels: ReadonlyArray<string>
  readonly description: string
  /** without labels. To read it, add all of them with `Metric.tagged`; the metric without them is always 0 */
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

/** buckets begin at `start`, each bound is twice the previous one */
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
 * const silent = Metrics.metrics.socketDisconnects.metric.pipe(
 *   Metric.tagged("pool", "public"),
 *   Metric.tagged("reason", "silence")
 * )
 * const program = Effect.flatMap(Metric.value(silent), ({ count }) => Effect.log(`${count} sockets fell silent`))
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
    description: "frames sent, including pings and logins"
  }),
  socketBytesSent: counter("bitfinex_socket_bytes_sent_total", {
    unit: "bytes",
    labels: pool,
    description: "text of the frames sent, before any compression"
  }),
  socketConnections: counter("bitfinex_socket_connections_total", {
    unit: "connections",
    labels: pool,
    description: "sockets that became usable: opened, handshake made, and logged in where needed"
  }),
  socketDisconnects: counter("bitfinex_socket_disconnects_total", {
    unit: "sockets",
    labels: ["pool", "reason"],
    description: "connections lost or not established; each triggers a reconnect"
  }),
  socketProblems: counter("bitfinex_socket_problems_total", {
    unit: "problems",
    labels: ["pool", "problem"],
    description: "problems detected and recovered from, by the tag of SocketState.Problem"
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
    description: "channels that streams request"
  }),
  channelsLive: gauge("bitfinex_channels_live", {
    unit: "channels",
    labels: pool,
    description: "channels that are acknowledged and have their snapshot; books count while they are not withheld"
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
      "elements that a slow consumer did not receive, by its buffer policy; with conflate the next state includes " +
      "them, and books are not counted"
  }),
  rowsMalformed: counter("bitfinex_channel_rows_malformed_total", {
    unit: "rows",
    labels: ["layout"],
    description: "rows, or lists of rows, that do not match their layout"
  }),
  bookResyncs: counter("bitfinex_book_resyncs_total", {
    unit: "books",
    labels: ["reason"],
    description: "times that a live book was withheld until its next snapshot, by the tag of Book.Reason"
  }),
  bookChecksumFailures: counter("bitfinex_book_checksum_failures_total", {
    unit: "checksums",
    labels: [],
    description: "checksums that did not match: the resynchronizations for this reason"
  }),
  commandOutcomes: counter("bitfinex_command_outcomes_total", {
    unit: "commands",
    labels: ["command", "outcome"],
    description: "commands by outcome: accepted, refused, unknown, unsent"
  }),
  commandLatency: seconds("bitfinex_command_latency_seconds", {
    labels: ["command"],
    description: "from sending a command to its outcome",
    start: 0.001,
    count: 15
  }),
  commandResolutions: counter("bitfinex_command_resolutions_total", {
    unit: "commands",
    labels: ["outcome"],
    description: "unknown outcomes that were resolved, by the resolved outcome"
  }),
  commandBudgetRemaining: gauge("bitfinex_command_budget_remaining", {
    unit: "commands",
    labels: [],
    description: "commands that remained in the budget after the last one"
  }),
  restRequests: counter("bitfinex_rest_requests_total", {
    unit: "requests",
    labels: ["endpoint"],
    description: "requests sent, including repeats"
  }),
  restFailures: counter("bitfinex_rest_failures_total", {
    unit: "requests",
    labels: ["endpoint", "error"],
    description: "requests that failed, by the tag of the error"
  }),
  restLatency: seconds("bitfinex_rest_latency_seconds", {
    labels: ["endpoint"],
    description: "from sending a request to the end of its reply",
    start: 0.008,
    count: 12
  }),
  restBudgetRemaining: gauge("bitfinex_rest_budget_remaining", {
    unit: "requests",
    labels: ["family"],
    description: "requests that remained in the budget of an endpoint family after the last one"
  }),
  limitWaits: seconds("bitfinex_limit_wait_seconds", {
    labels: ["family"],
    start: 0.25,
    count: 12,
    description: "starts that had to wait for a limit of this SDK, or for a pause that the venue asked for: how long"
  }),
  recorderLines: counter("bitfinex_recorder_lines_total", {
    unit: "lines",
    labels: [],
    description: "lines that Recorder wrote"
  }),
  recorderDropped: counter("bitfinex_recorder_dropped_total", {
    unit: "lines",
    labels: [],
    description: "lines that Recorder lost"
  })
} as const

/**
 * The same as a list, in the order of the guide to health, metrics and logs.
 *
 * @since 0.1.0
 * @category constants
 */
export const table: ReadonlyArray<Row<unknown>> = Object.values(metrics)
