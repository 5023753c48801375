/**
 * Checks an address to connect to, and the code and reason of a close frame.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { InvalidInput } from "../../BitfinexError.ts"

export const checkClosing = (operation: string, code: number, reason: string): Either.Either<void, InvalidInput> => {
  const refuse = (field: string, value: unknown, why: string) =>
    Either.left(new InvalidInput({ operation, field, value, reason: why }))
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    return refuse("code", code, "give 1000, or a code of your own from 3000 to 4999")
  }
  if (new TextEncoder().encode(reason).length > 123) return refuse("reason", reason, "give at most 123 bytes of UTF-8")
  return Either.void
}

/** no number of attempts would reach it */
export const checkUrl = (operation: string, field: string, url: string): Either.Either<void, InvalidInput> => {
  const isUsable = URL.canParse(url) && ["ws:", "wss:"].includes(new URL(url).protocol) && !url.includes("#")
  const reason = "give an address such as wss://api-pub.bitfinex.com/ws/2 in BitfinexConfig"
  return isUsable ? Either.void : Either.left(new InvalidInput({ operation, field, value: url, reason }))
}
