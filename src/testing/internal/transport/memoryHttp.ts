/**
 * An HTTP client for the exchange in memory.
 *
 * @internal
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { disconnected, type HttpFailure, unencodable } from "../../../internal/platform/failures.ts"
import type { Exchange } from "../exchange/exchange.ts"

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, HttpFailure> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(body.body))
    case "Raw":
      return Effect.succeed(String(body.body))
    default: {
      const description = "the fake exchange reads only text bodies, not forms or streams"
      return Effect.fail(unencodable(request, description))
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
        return yield* Effect.fail(disconnected(request, cause, description))
      }
      const { body, headers, status } = response
      const sent = request.method === "HEAD" ? null : body
      return HttpClientResponse.fromWeb(request, new Response(sent, { status, headers }))
    })
  )
