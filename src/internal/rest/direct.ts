/**
 * Clients that are called directly, without the pipeline of `@effect/platform`: one Effect for each request, which
 * succeeds with the whole reply. This file knows no Node, since calls over `fetch` run in browsers.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"

/**
 * A request in its final form.
 *
 * @internal
 */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array | undefined
  /** a longer body is not read */
  readonly maxBytes: number
  /** is given the function that aborts the exchange, with a reason; returns what to do at its end */
  readonly onStart?: (abort: (reason: string) => void) => () => void
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
 * How an exchange failed: the request cannot be made, before a reply began, while it was read, because the reply is too
 * long, or it was aborted.
 *
 * @internal
 */
export interface Failure {
  readonly stage: "make" | "send" | "receive" | "long" | "aborted"
  /** of the reply; undefined when none came */
  readonly status: number | undefined
  readonly cause: Error
}

/**
 * Sends a request once. Interruption destroys the connection.
 *
 * @internal
 */
export type Send = (sent: Sent) => Effect.Effect<Received, Failure>

/**
 * The clients that are called directly.
 *
 * @internal
 */
export const known = new WeakMap<HttpClient.HttpClient, Send>()
