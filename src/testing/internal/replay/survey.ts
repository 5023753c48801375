/**
 * What is in a recording: its subscriptions, from when to when each can be played, and what its client had agreed on.
 *
 * @internal
 */
import type { EventFrame } from "../../../protocol/internal/frame.ts"
import type { Recording } from "../../../Recording.ts"
import { Reader } from "./reader.ts"

/** A subscription that can be played. Steps are places among the lines, -1 stands for what was open before them. */
export interface Span {
  readonly key: string
  readonly readyStep: number
  /** ms of the recording */
  readonly readyMts: number
  endStep: number
  endMts: number
  why: "unsubscribed" | "lost" | "closed" | undefined
  /** it ends with the recording, or so shortly before it that the program which was recorded was ending, too */
  isLast: boolean
}

export interface Survey {
  /** ms of the first line, and of the last one with data */
  readonly start: number
  readonly end: number
  /** by canonical request, in order */
  readonly spans: ReadonlyMap<string, ReadonlyArray<Span>>
  /** by the number of the life */
  readonly spanOf: ReadonlyMap<number, Span>
  /** flags that were in force for every subscription */
  readonly flags: number
  /** 1 for lines that nothing follows from */
  readonly silent: Uint8Array
  readonly info: EventFrame | undefined
}

/** how long before the end of the data a program may have begun to end, ms */
const farewell = 5000

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

  const take = (happenings: ReturnType<Reader["begin"]>, step: number, mts: number): void => {
    for (const each of happenings) {
      switch (each._tag) {
        case "Info":
          info ??= each.frame
          break
        case "Begin":
          flags = flags === undefined ? each.flags : flags & each.flags
          break
        case "Ready": {
          const { id, key } = each.life
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
          const span = spanOf.get(each.life.id)
          if (span !== undefined) Object.assign(span, { endStep: step, endMts: mts, why: each.why })
        }
      }
    }
  }

  take(reader.begin(header), -1, start)
  for (let step = 0; step < lines.length; step++) {
    const line = lines[step]!
    const happenings = reader.step(line)
    if (happenings.length === 0) silent[step] = 1
    else take(happenings, step, line.mts)
  }
  for (const each of spans.values()) {
    for (const [place, span] of each.entries()) {
      span.isLast = place === each.length - 1 && span.why !== "lost" && end - span.endMts < farewell
    }
  }
  return { start, end, spans, spanOf, flags: flags ?? 0, silent, info }
}
