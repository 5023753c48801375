import { assert } from "@effect/vitest"
import * as Either from "effect/Either"
import type { InvalidInput } from "../../src/BitfinexError.ts"
import type * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Request from "../../src/protocol/internal/request.ts"

/** The body that a call sends. */
export const bodyOf = (row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs): { readonly [name: string]: unknown } => {
  const request = Either.getOrThrowWith(Request.build(row, args), (error) => error)
  return JSON.parse(request.body!)
}

/** Why a call is refused before anything is sent. */
export const refusalOf = (row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs): InvalidInput => {
  const request = Request.build(row, args)
  assert(Either.isLeft(request), `accepted: ${JSON.stringify(Either.isRight(request) ? request.right.body : "")}`)
  assert.strictEqual(request.left._tag, "InvalidInput")
  return request.left
}

/** A call that is refused because of one parameter, and a part of the reason. */
export const refused = (row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs, field: string, text: string): void => {
  const { field: found, reason } = refusalOf(row, args)
  assert.strictEqual(found, field, reason)
  assert.include(reason, text)
}
