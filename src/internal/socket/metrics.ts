/**
 * The metrics of sockets and books. A socket counts in plain numbers, since a metric costs more than a frame, and
 * publishes them at each pass of its watchdog.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { metrics } from "../../Metrics.ts"
import type { Problem } from "../../SocketState.ts"
import * as StreamMetrics from "../stream/metrics.ts"
import * as Fibers from "../time/fibers.ts"
import { type End, labelOf } from "./end.ts"

/** the channels and consumers of a socket right now */
export interface Census {
  readonly wanted: number
  readonly live: number
  readonly consumers: number
}

/** the counts of a socket since its last report */
export interface Tally {
  frames: number
  bytes: number
  framesSent: number
  bytesSent: number
  connections: number
  gaps: number
  messagesLost: number
  readonly problems: Map<Problem["_tag"], number>
  readonly losses: Map<string, number>
  roundTrips: Array<number>
}

export const tally = (): Tally => ({
  frames: 0,
  bytes: 0,
  framesSent: 0,
  bytesSent: 0,
  connections: 0,
  gaps: 0,
  messagesLost: 0,
  problems: new Map(),
  losses: new Map(),
  roundTrips: []
})

export const lost = (counts: Tally, end: End): void => StreamMetrics.add(counts.losses, labelOf(end))

/**
 * Messages that can be missing in a gap: no venue sends as many before its silence ends the socket. A number further ahead
 * is one of another count, and says nothing of messages; the sum of a counter that took it in would never show others again.
 */
export const largestGap = 1_000_000_000

/** counts a problem; a gap counts only if messages are missing, not if one arrived late or twice */
export const noted = (counts: Tally, problem: Problem): void => {
  StreamMetrics.add(counts.problems, problem._tag)
  if (problem._tag !== "SequenceGap" || problem.actual <= problem.expected) return
  counts.gaps++
  const missing = problem.actual - problem.expected
  if (Number.isSafeInteger(missing) && missing <= largestGap) counts.messagesLost += missing
}

const isZero = (census: Census): boolean => census.wanted === 0 && census.live === 0 && census.consumers === 0

/**
 * Reports the metrics of one socket; `name` is that of the socket, without whose number it is the name of the pool.
 * A gauge is the sum over the sockets of a pool, so each socket reports its change.
 */
export const make = (name: string) => {
  const tagged = <T, I, O>(metric: Metric.Metric<T, I, O>, key?: string, value?: string): Metric.Metric<T, I, O> => {
    const ofPool = Metric.tagged(metric, "pool", name.replace(/-\d+$/, ""))
    return key === undefined || value === undefined ? ofPool : Metric.tagged(ofPool, key, value)
  }
  const frames = tagged(metrics.socketFramesReceived.metric)
  const bytes = tagged(metrics.socketBytesReceived.metric)
  const framesSent = tagged(metrics.socketFramesSent.metric)
  const bytesSent = tagged(metrics.socketBytesSent.metric)
  const connections = tagged(metrics.socketConnections.metric)
  const gaps = tagged(metrics.socketGaps.metric)
  const messagesLost = tagged(metrics.socketMessagesLost.metric)
  const roundTrip = tagged(metrics.socketRoundTrip.metric)
  const sockets = tagged(metrics.socketsLive.metric)
  const wanted = tagged(metrics.channelsWanted.metric)
  const live = tagged(metrics.channelsLive.metric)
  const consumers = tagged(metrics.consumers.metric)
  const none: Census = { wanted: 0, live: 0, consumers: 0 }
  let reported: Census = none
  let wasUsable = 0

  /** reports the counts and resets them */
  const report = (counts: Tally, isUsable: boolean, census: Census): Effect.Effect<void> =>
    Fibers.withFiber((fiber) => {
      const labels = Fibers.labelsOf(fiber)
      const count = (metric: Metric.Metric.Counter<number>, by: number): void => {
        if (by > 0) metric.unsafeUpdate(by, labels)
      }
      const change = (metric: Metric.Metric.Gauge<number>, from: number, to: number): void => {
        if (from !== to) metric.unsafeModify(to - from, labels)
      }
      count(frames, counts.frames)
      count(bytes, counts.bytes)
      count(framesSent, counts.framesSent)
      count(bytesSent, counts.bytesSent)
      count(connections, counts.connections)
      count(gaps, counts.gaps)
      count(messagesLost, counts.messagesLost)
      counts.frames =
        counts.bytes =
        counts.framesSent =
        counts.bytesSent =
        counts.connections =
        counts.gaps =
        counts.messagesLost =
          0
      if (counts.problems.size > 0) {
        for (const [tag, by] of counts.problems) count(tagged(metrics.socketProblems.metric, "problem", tag), by)
        for (const [kind, by] of counts.losses) count(tagged(metrics.socketDisconnects.metric, "reason", kind), by)
        counts.problems.clear()
        counts.losses.clear()
      }
      StreamMetrics.report()
      if (counts.roundTrips.length > 0) {
        for (const millis of counts.roundTrips) roundTrip.unsafeUpdate(millis / 1000, labels)
        counts.roundTrips = []
      }
      change(sockets, wasUsable, isUsable ? 1 : 0)
      wasUsable = isUsable ? 1 : 0
      if (isZero(reported) && isZero(census)) return Effect.void
      change(wanted, reported.wanted, census.wanted)
      change(live, reported.live, census.live)
      change(consumers, reported.consumers, census.consumers)
      reported = census
      return Effect.void
    })

  return { report, over: (counts: Tally): Effect.Effect<void> => report(counts, false, none) }
}

const resyncs = new Map<string, Metric.Metric.Counter<number>>()

/** a live book is withheld until its next snapshot; seldom enough to be reported at once */
export const resynced = (reason: string): void => {
  const metric = resyncs.get(reason) ?? Metric.tagged(metrics.bookResyncs.metric, "reason", reason)
  resyncs.set(reason, metric)
  metric.unsafeUpdate(1, Fibers.noLabels)
  if (reason === "ChecksumMismatch") metrics.bookChecksumFailures.metric.unsafeUpdate(1, Fibers.noLabels)
}

/** the problem of a live book, which no socket notices */
export const withheld = (pool: string): void =>
  Metric.tagged(Metric.tagged(metrics.socketProblems.metric, "pool", pool), "problem", "BookWithheld").unsafeUpdate(
    1,
    Fibers.noLabels
  )
