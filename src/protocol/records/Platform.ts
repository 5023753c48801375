/**
 * The platform: its status, the `info` frame of a socket, and error replies.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const error = Field.oneOf("error")

const errorEnvelope = Layout.make("ErrorEnvelope", (at) => ({
  /** the word `error` */ marker: at(0, error),
  /** the venue's code, such as 10020 for parameters or 10100 for the key; may be null */
  code: at(1, Field.nullable(Field.int)),
  /** text for people, which may change at any time; may be null */ message: at(2, Field.nullable(Field.str))
}))
/**
 * An error reply of REST.
 *
 * @see https://docs.bitfinex.com/docs/abbreviations-glossary
 * @since 0.1.0
 * @category records
 */
export interface ErrorEnvelope extends Layout.Type<typeof errorEnvelope> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ErrorEnvelope: Layout.Layout<ErrorEnvelope> = errorEnvelope

const rateLimit = Field.oneOf("ERR_RATE_LIMIT")

const rateLimitError = Layout.object("RateLimitError", (at) => ({
  /** the word `ERR_RATE_LIMIT` */ error: at("error", rateLimit)
}))
/**
 * The error reply to a request beyond the rate limit, with HTTP 429. `ErrorEnvelope` was also observed.
 *
 * @see https://docs.bitfinex.com/docs/requirements-and-limitations
 * @since 0.1.0
 * @category records
 */
export interface RateLimitError extends Layout.Type<typeof rateLimitError> {}
/**
 * @since 0.1.0
 * @category records
 */
export const RateLimitError: Layout.Layout<RateLimitError> = rateLimitError

const unavailableError = Layout.object("UnavailableError", (at) => ({
  /** 503 in the only known example */ code: at("code", Field.int),
  /** `temporarily_unavailable` in the only known example */ error: at("error", Field.str),
  /** text for people */ errorDescription: at("error_description", Field.str)
}))
/**
 * The error reply with HTTP 503. The manual does not show it; other clients know it.
 *
 * @see https://docs.bitfinex.com/docs/requirements-and-limitations
 * @since 0.1.0
 * @category records
 */
export interface UnavailableError extends Layout.Type<typeof unavailableError> {}
/**
 * @since 0.1.0
 * @category records
 */
export const UnavailableError: Layout.Layout<UnavailableError> = unavailableError

const infoPlatformLayout = Layout.object("InfoPlatform", (at) => ({
  /** 1 operative, 0 maintenance */ status: at("status", Field.flag)
}))
/**
 * The platform's status inside the first frame of a socket.
 *
 * @see https://docs.bitfinex.com/docs/ws-general
 * @since 0.1.0
 * @category records
 */
export interface InfoPlatform extends Layout.Type<typeof infoPlatformLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const InfoPlatform: Layout.Layout<InfoPlatform> = infoPlatformLayout

const infoPlatform = Field.nullable(Layout.field(InfoPlatform))
const info = Field.oneOf("info")

const infoFrame = Layout.object("InfoFrame", (at) => ({
  /** the word `info` */ event: at("event", info),
  /** version of the protocol, 2; first frame only */ version: at("version", Field.nullable(Field.int)),
  /** UUID of the server; first frame only */ serverId: at("serverId", Field.nullable(Field.str)),
  /** whether trading is open; first frame only */
  platform: at("platform", infoPlatform),
  /** 20051 stop, 20060 maintenance begins, 20061 it ends; later frames only */
  code: at("code", Field.nullable(Field.int)),
  /** text for people, which may change at any time; later frames only */ msg: at("msg", Field.nullable(Field.str))
}))
/**
 * Information frame of a socket. The first has version, server and platform; later ones have a code and a text, and
 * null in the other fields.
 *
 * @see https://docs.bitfinex.com/docs/ws-general
 * @since 0.1.0
 * @category records
 */
export interface InfoFrame extends Layout.Type<typeof infoFrame> {}
/**
 * @since 0.1.0
 * @category records
 */
export const InfoFrame: Layout.Layout<InfoFrame> = infoFrame

const platformStatus = Layout.make("PlatformStatus", (at) => ({
  /** 1 operative, 0 maintenance */ status: at(0, Field.int)
}))
/**
 * Status of the platform. In maintenance other calls may be refused with code 20060.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-platform-status
 * @since 0.1.0
 * @category records
 */
export interface PlatformStatus extends Layout.Type<typeof platformStatus> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PlatformStatus: Layout.Layout<PlatformStatus> = platformStatus
