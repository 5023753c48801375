/**
 * The contents of a recording: its subscriptions, the time span of each, and the connection flags of the recorded
 * client.
 *
 * @internal
 */
import type { EventFrame } from "../../../protocol/internal/frame.ts"
import type { Recording } from "../../../Recording.ts"
import { Reader } from "./reader.ts"

/** A subscription that can be played. Steps are line indices; -1 is the state before the first line. */
export interface Span {
  readonly key: string
  readonly readyStep: number
  /** ms of the recording */
  readonly readyMts: number
  endStep: number
  endMts: number
  why: "unsubscribed" | "lost" | "closed" | undefined
  /** it ends with the recording, or shortly before its end, while the recorded program was shutting down */
  isLast: boolean
}

export interface Survey {
  /** ms of the first line, and of the last one with data */
  readonly start: number
  readonly end: number
  /** by canonical request, in order */
  readonly spans: ReadonlyMap<string, ReadonlyArray<Span>>
  /** by id of the recorded subscription */
  readonly spanOf: ReadonlyMap<number, Span>
  /** flags that were set during all subscriptions */
  readonly flags: number
  /** 1 for lines without any effect */
  readonly silent: Uint8Array
  readonly info: EventFrame | undefined
}

/** time before the end of the data within which a program may have begun to shut down, ms */
const shutdownTime = 5000

export const survey = (recording: Recording): Survey => {
  const { header, lines } = recording
  const reader = new Reader()
  const spans = new Map<string, Array<Span>>()
  const spanOf = new Map<number, Span>()
  const silent = new Uint8Array(lines.length)
  const start = lines[0]?.mts ?? header.mts
  let end = start
  let flags: number | undefined
  let info: EventFrame | undefined

  const take = (events: ReturnType<Reader["begin"]>, step: number, mts: number): void => {
    for (const each of events) {
      switch (each._tag) {
        case "Info":
          info ??= each.frame
          break
        case "Begin":
          flags = flags === undefined ? each.flags : flags & each.flags
          break
        case "Ready": {
          const { id, key } = each.subscription
          const open = { endStep: Number.POSITIVE_INFINITY, endMts: Number.POSITIVE_INFINITY, why: undefined }
          const span: Span = { key, readyStep: step, readyMts: mts, ...open, isLast: true }
          spanOf.set(id, span)
          spans.set(key, [...spans.get(key) ?? [], span])
          end = mts
          break
        }
        case "Data":
          end = mts
          break
        case "End": {
          const span = spanOf.get(each.subscription.id)
          if (span !== undefined) Object.assign(span, { endStep: step, endMts: mts, why: each.why })
        }
      }
    }
  }

  take(reader.begin(header), -1, start)
  for (let step = 0; step < lines.length; step++) {
    const line = lines[step]!
    const events = reader.step(line)
    if (events.length === 0) silent[step] = 1
    else take(events, step, line.mts)
  }
  for (const each of spans.values()) {
    for (const [place, span] of each.entries()) {
      span.isLast = place === each.length - 1 && span.why !== "lost" && end - span.endMts < shutdownTime
    }
  }
  // without any subscription no flag is lacking: what a client asks for is refused as not recorded
  return { start, end, spans, spanOf, flags: flags ?? 0x7fffffff, silent, info }
}
