import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { createHmac } from "node:crypto"

// Signed requests after the manual, without our client.

let last = 1_800_000_000_000_000

/** larger than the one before, for requests and logins alike */
export const nextNonce = (): string => String(++last)

export const signatureOf = (payload: string, secret = "demo-secret"): string =>
  createHmac("sha384", secret).update(payload).digest("hex")

/** headers of a request: `path` from `v2` on */
export const signedHeaders = (path: string, body: string, key = "demo-key", secret = "demo-secret") => {
  const nonce = nextNonce()
  return {
    "bfx-apikey": key,
    "bfx-nonce": nonce,
    "bfx-signature": signatureOf(`/api/${path}${nonce}${body}`, secret)
  }
}

/** status, headers and body of the answer */
export const post = (path: string, fields: object = {}) =>
  Effect.gen(function*() {
    const body = JSON.stringify(fields)
    const request = HttpClientRequest.post(`https://api.bitfinex.com/${path}`).pipe(
      HttpClientRequest.setHeaders(signedHeaders(path, body)),
      HttpClientRequest.bodyText(body, "application/json")
    )
    const { headers, status, text } = yield* HttpClient.execute(request)
    // the cast: rows as they travel
    return { status, headers, body: JSON.parse(yield* text) as any }
  }).pipe(Effect.scoped)
