/**
 * The outermost shape of what comes over a socket. Never throws, and allocates nothing beyond what `JSON.parse` does.
 *
 * @internal
 */

/** `[channel id, ...]` */
export type DataFrame = ReadonlyArray<unknown>

/** `{ event, ... }` */
export interface EventFrame {
  readonly event: string
  readonly [field: string]: unknown
}

/** neither of them */
export class MalformedFrame {
  readonly reason: string
  readonly text: string
  constructor(reason: string, text: string) {
    this.reason = reason
    // through bytes, since a slice would keep the whole text in memory
    this.text = text.length > 200 ? `${Buffer.from(text.slice(0, 197)).toString()}...` : text
  }
}

/** bytes of a message; of one that is a string its characters, which are ASCII but in what people wrote */
export const sizeOf = (data: unknown): number => typeof data === "string" || Buffer.isBuffer(data) ? data.length : 0

/** the JSON that came as the data of a message, which is a string or, with `ws`, bytes; undefined for what is none */
export const toJson = (data: unknown): unknown => {
  try {
    return JSON.parse(typeof data === "string" ? data : Buffer.isBuffer(data) ? data.toString() : "")
  } catch {
    return undefined
  }
}

export const isData = (json: unknown): json is DataFrame => Array.isArray(json) && typeof json[0] === "number"

/** a message that is no data; `data` is what `json` was read from */
export const explain = (json: unknown, data: unknown): EventFrame | MalformedFrame => {
  if (typeof data !== "string" && !Buffer.isBuffer(data)) return new MalformedFrame("binary frame", "")
  const malformed = (reason: string) => new MalformedFrame(reason, data.toString())
  if (json === undefined) return malformed("not JSON")
  if (Array.isArray(json)) return malformed("array without a channel id")
  if (typeof json === "object" && json !== null && "event" in json && typeof json.event === "string") {
    return json as EventFrame // `event` has just been checked
  }
  return malformed("neither an array nor an object with an event")
}

export const parse = (data: unknown): DataFrame | EventFrame | MalformedFrame => {
  const json = toJson(data)
  return isData(json) ? json : explain(json, data)
}
