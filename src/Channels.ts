/**
 * The public channels and the account's events as data, for decoding frames without a socket.
 *
 * @since 0.1.0
 */
export { type AccountChannel, accountChannels, type Reader } from "./channels/Account.ts"
export { publicChannels, type StatusKey, type StatusRecord } from "./channels/Public.ts"
