/**
 * The public channels as data, for decoding frames without a socket.
 *
 * @since 0.1.0
 */
export { publicChannels, type StatusKey, type StatusRecord } from "./channels/Public.ts"
