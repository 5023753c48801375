/**
 * Clients that are called directly, without the pipeline of `@effect/platform`: one function call for each request, which
 * calls back with the whole reply. This file knows no Node, since calls over `fetch` run in browsers.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Either from "effect/Either"

/**
 * Headers, as names and values.
 *
 * @internal
 */
export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/**
 * A request in its final form.
 *
 * @internal
 */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** further headers, which are the same for many requests: to join the two costs more than to send them */
  readonly more: Headers
  readonly body: string | Uint8Array | undefined
  /** a longer body is not read */
  readonly maxBytes: number
}

/**
 * A reply, read to its end.
 *
 * @internal
 */
export interface Received {
  readonly status: number
  /** names in lower case */
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly body: Uint8Array
  readonly text: () => string
}

/**
 * How an exchange failed: the request cannot be made, before a reply began, while it was read, or because the reply is
 * too long.
 *
 * @internal
 */
export interface Failure {
  readonly stage: "make" | "send" | "receive" | "long"
  /** of the reply; undefined if none arrived */
  readonly status: number | undefined
  readonly cause: Error
}

/**
 * Sends a request once. `end` is called once, with its result; it may be called before `Send` returns. The function
 * that `Send` returns abandons the exchange: it destroys the connection, and `end` is no longer called. It returns
 * whether it is certain that nothing of the request was sent.
 *
 * @internal
 */
export type Send = (sent: Sent, end: (result: Either.Either<Received, Failure>) => void) => () => boolean

/**
 * The clients that are called directly.
 *
 * @internal
 */
export const known = new WeakMap<HttpClient.HttpClient, Send>()
