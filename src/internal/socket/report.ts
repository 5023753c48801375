/**
 * The report of a pool about its channels and books, for `Health` and for the metrics.
 *
 * @internal
 */
import type * as HealthData from "../health.ts"
import type { Census } from "./metrics.ts"
import type { Placement } from "./placement.ts"

const isServed = ({ sub }: Placement): boolean => sub.book === undefined ? sub.live : sub.book().reason === null

/** Counts the channels and consumers of one socket, and records since when a channel is down. */
export const census = (own: ReadonlyArray<Placement>, at: number): Census => {
  let live = 0
  let consumers = 0
  for (const placement of own) {
    const served = isServed(placement)
    if (served) live++
    consumers += placement.sub.consumers
    placement.downSince = served ? undefined : placement.downSince ?? at
  }
  return { wanted: own.length, live, consumers }
}

const downAge = ({ downSince }: Placement, at: number): number | null => downSince === undefined ? null : at - downSince

export const channel = (placement: Placement, at: number): HealthData.Channel => {
  const { entry, sub } = placement
  const phase = entry?.want === sub ? entry.phase : "idle"
  return {
    channel: sub.request.channel,
    request: sub.request.key,
    subId: sub.request.subId ?? null,
    state: phase === "idle" ? "wanted" : phase === "acked" ? (sub.live ? "live" : "subscribed") : phase,
    downAge: downAge(placement, at),
    frameAge: entry === undefined || phase === "idle" || phase === "subscribing" ? null : at - entry.last,
    consumers: sub.consumers
  }
}

export const book = (placement: Placement, at: number): ReadonlyArray<HealthData.Book> => {
  const { member, sub } = placement
  const book = sub.book?.()
  if (book === undefined) return []
  return [{
    request: sub.request.key,
    symbol: book.symbol,
    socket: member?.connection.name ?? null,
    state: book.reason === null ? "synced" : "resyncing",
    downAge: downAge(placement, at),
    reason: book.reason,
    verified: book.verified,
    resyncs: book.resyncs
  }]
}
