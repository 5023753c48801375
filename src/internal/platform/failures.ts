/**
 * Translates the errors of @effect/platform into the terms of this SDK.
 *
 * @internal
 */
import type { PlatformError } from "@effect/platform/Error"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"

export type HttpFailure = HttpClientError.HttpClientError

/** Why a file or a folder could not be used. */
export type FileFailure = PlatformError

/** The known facts about an HTTP exchange that failed. */
export interface HttpFacts {
  /** `Transport` when the connection failed, `EmptyBody` when there is no body, and others */
  readonly reason: string
  /** of the reply; undefined if none arrived */
  readonly status: number | undefined
  readonly cause: unknown
  readonly message: string
}

export const httpFacts = (error: HttpFailure): HttpFacts => ({
  reason: error.reason,
  status: error._tag === "ResponseError" ? error.response.status : undefined,
  cause: error.cause,
  message: error.message
})

/** A request whose body cannot be sent. */
export const unencodable = (request: HttpClientRequest, description: string): HttpFailure =>
  new HttpClientError.RequestError({ request, reason: "Encode", description })

/** A connection that failed. */
export const disconnected = (request: HttpClientRequest, cause: unknown, description: string): HttpFailure =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause, description })

/** A reply that broke off, or is too long. */
export const unreadable = (
  request: HttpClientRequest,
  response: HttpClientResponse,
  cause: unknown,
  description: string
): HttpFailure => new HttpClientError.ResponseError({ request, response, reason: "Decode", cause, description })

/** The file is not there. */
export const isMissing = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "NotFound"

/** A file of this name is there already. */
export const isTaken = (error: PlatformError): boolean =>
  error._tag === "SystemError" && error.reason === "AlreadyExists"
