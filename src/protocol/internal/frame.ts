/**
 * Parses the outermost shape of the frames of a socket. Never throws, and allocates nothing beyond `JSON.parse`.
 *
 * @internal
 */

/** `[channel id, ...]` */
export type DataFrame = readonly [chanId: number, ...cells: ReadonlyArray<unknown>]

/** `{ event, ... }` */
export interface EventFrame {
  readonly event: string
  readonly [field: string]: unknown
}

const copyOf = (text: string): string => new TextDecoder().decode(new TextEncoder().encode(text))

/** a frame of neither form */
export class MalformedFrame {
  readonly reason: string
  readonly text: string
  constructor(reason: string, text: string) {
    this.reason = reason
    // copied through bytes, because a slice would keep the whole text in memory
    this.text = text.length > 200 ? `${copyOf(text.slice(0, 197))}...` : text
  }
}

/** whether a message is a Buffer, which `ws` gives and browsers do not have */
export const isBuffer: (data: unknown) => data is Buffer = typeof Buffer === "undefined"
  ? (_data): _data is Buffer => false
  : Buffer.isBuffer

/** the text of a message, which is a string or, with `ws`, a Buffer; undefined for a binary message */
export const toText = (data: unknown): string | undefined =>
  typeof data === "string" ? data : isBuffer(data) ? data.toString() : undefined

const attempt = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** No frame of the venue has more than ten levels; functions that recurse, such as `JSON.stringify`, end at some thousands. */
const deepest = 100

const isDeeper = (json: unknown, levels: number): boolean => {
  if (typeof json !== "object" || json === null) return false
  if (levels === 0) return true
  for (const inner of Array.isArray(json) ? json : Object.values(json)) if (isDeeper(inner, levels - 1)) return true
  return false
}

/** the parsed JSON, or undefined if the text is not JSON or is nested too deep */
export const toJson = (text: string): unknown => {
  const json = attempt(text)
  // each level takes two characters
  return text.length > 2 * deepest && isDeeper(json, deepest) ? undefined : json
}

export const isData = (json: unknown): json is DataFrame => Array.isArray(json) && typeof json[0] === "number"

/** classifies a message that is not a data frame; `json` is the result of parsing `text` */
export const explain = (json: unknown, text: string): EventFrame | MalformedFrame => {
  if (json === undefined) {
    return new MalformedFrame(attempt(text) === undefined ? "not JSON" : `nested deeper than ${deepest} levels`, text)
  }
  if (Array.isArray(json)) return new MalformedFrame("array without a channel id", text)
  if (typeof json === "object" && json !== null && "event" in json && typeof json.event === "string") {
    return json as EventFrame // the cast: `event` has just been checked
  }
  return new MalformedFrame("neither an array nor an object with an event", text)
}

export const parse = (text: string): DataFrame | EventFrame | MalformedFrame => {
  const json = toJson(text)
  return isData(json) ? json : explain(json, text)
}
