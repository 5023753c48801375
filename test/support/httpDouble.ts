import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A request as the double received it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  readonly body: string | undefined
  readonly headers: { readonly [name: string]: string | undefined }
  readonly at: number
  readonly signal: AbortSignal
}

/** JSON with a status, as the venue sends it. */
export const json = (body: unknown, status = 200, headers: { readonly [name: string]: string } = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

/**
 * An HttpClient that records requests with their time, and answers with a function. The function also receives the index
 * of the request (from 0), so that it can be a script of answers.
 */
export const make = (answer: (request: Seen, place: number) => Response | Effect.Effect<Response>) => {
  const seen: Array<Seen> = []
  const client = HttpClient.make((request, url, signal) =>
    Effect.gen(function*() {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined
      const at = yield* Clock.currentTimeMillis
      const one: Seen = { method: request.method, url, body, headers: request.headers, at, signal }
      const place = seen.push(one) - 1
      const response = answer(one, place)
      return HttpClientResponse.fromWeb(request, Effect.isEffect(response) ? yield* response : response)
    })
  )
  return { client, seen }
}
