/**
 * An HTTP client that asks the exchange in memory.
 *
 * @internal
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type { Exchange } from "../exchange/exchange.ts"

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, HttpClientError.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(body.body))
    case "Raw":
      return Effect.succeed(String(body.body))
    default: {
      const description = "the fake exchange reads texts, no forms or streams"
      return Effect.fail(new HttpClientError.RequestError({ request, reason: "Encode", description }))
    }
  }
}

export const makeHttpClient = (exchange: Exchange): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const response = yield* exchange.http({
        method: request.method,
        path: url.pathname,
        query: url.search.slice(1),
        headers: request.headers,
        body: yield* bodyOf(request)
      })
      if (response === undefined) {
        const [description, cause] = ["the connection was reset", new Error("read ECONNRESET")]
        return yield* new HttpClientError.RequestError({ request, reason: "Transport", cause, description })
      }
      const { body, headers, status } = response
      return HttpClientResponse.fromWeb(request, new Response(body, { status, headers }))
    })
  )
