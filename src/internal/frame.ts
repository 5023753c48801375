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

/** what `ws` and other sockets give as the data of a text frame */
export const toText = (data: unknown): string | MalformedFrame => {
  if (typeof data === "string") return data
  if (Buffer.isBuffer(data)) return data.toString()
  return new MalformedFrame("binary frame", "")
}

export const parse = (text: string): DataFrame | EventFrame | MalformedFrame => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return new MalformedFrame("not JSON", text)
  }
  if (Array.isArray(json)) {
    return typeof json[0] === "number" ? json : new MalformedFrame("array without a channel id", text)
  }
  if (typeof json === "object" && json !== null && "event" in json && typeof json.event === "string") {
    return json as EventFrame // `event` has just been checked
  }
  return new MalformedFrame("neither an array nor an object with an event", text)
}
