/**
 * The HTTP side of the fake exchange: requests, responses, and the faults that change them.
 *
 * @internal
 */
import type { HttpReply } from "../../Fault.ts"
import { withBadRow } from "./spoil.ts"

export interface HttpRequest {
  readonly method: string
  /** path as requested, with the `/v2` prefix and without the query */
  readonly path: string
  readonly query: string
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: string
}

export interface HttpResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** a JSON array of one string, `bytes` bytes long */
export const hugeText = (bytes: number): string => `["${"x".repeat(Math.max(0, bytes - 4))}"]`

/** headers of the venue's own responses */
export const json = { "content-type": "application/json; charset=utf-8" }

/** The response that a fault substitutes for the real one; undefined when the connection is cut. */
export const spoiled = (reply: HttpReply, path: string, answer: () => HttpResponse): HttpResponse | undefined => {
  if ("executed" in reply && reply.executed === true) answer()
  switch (reply._tag) {
    case "status429": {
      const after = reply.retryAfter === undefined ? {} : { "retry-after": String(reply.retryAfter) }
      return { status: 429, headers: { ...json, ...after }, body: `{"error":"ERR_RATE_LIMIT"}` }
    }
    case "errorArray":
      return { status: reply.status ?? 500, headers: json, body: JSON.stringify(["error", reply.code, reply.text]) }
    case "unavailable503": {
      const body = { code: 503, error: "temporarily_unavailable", error_description: "The service is unavailable." }
      return { status: 503, headers: json, body: JSON.stringify(body) }
    }
    case "html": {
      const body = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>"
      return { status: reply.status ?? 502, headers: { "content-type": "text/html; charset=UTF-8" }, body }
    }
    case "empty":
      return { status: 200, headers: json, body: "" }
    case "truncated": {
      const whole = answer()
      return { ...whole, body: whole.body.slice(0, Math.floor(whole.body.length / 2)) }
    }
    case "wrongType":
      return { status: 200, headers: { "content-type": "text/plain" }, body: `{"unexpected":true}` }
    case "huge":
      return { status: 200, headers: json, body: hugeText(reply.bytes) }
    case "unreadableRow": {
      const whole = answer()
      if (whole.status !== 200) return whole
      return {
        ...whole,
        body: JSON.stringify(withBadRow(path, JSON.parse(whole.body), reply.how, reply.which ?? "extra"))
      }
    }
    case "delay":
      return answer()
    case "hang":
    case "reset":
      return undefined
    case "loseReply":
      answer()
      return undefined
  }
}
