/**
 * The public channels, the account's events and its commands as data, for decoding and encoding frames without a
 * socket.
 *
 * @since 0.1.0
 */
export { type AccountChannel, accountChannels, type Reader } from "./channels/Account.ts"
export { accountInputs, type Args, type CalcItem, type Input, type Operation } from "./channels/Inputs.ts"
export { publicChannels, type StatusKey, type StatusRecord } from "./channels/Public.ts"
