/**
 * The same as `digest.ts`, without Node. Web Crypto answers with promises and only in secure contexts; these functions
 * answer at once and everywhere, so that a nonce is signed in the step that takes it.
 *
 * @internal
 */
import { hmac } from "@noble/hashes/hmac"
import { sha256 as hash256, sha384 } from "@noble/hashes/sha2"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils"

export const hmacSha384 = (secret: string, text: string): string =>
  bytesToHex(hmac(sha384, utf8ToBytes(secret), utf8ToBytes(text)))

export const sha256 = (text: string): string => bytesToHex(hash256(utf8ToBytes(text)))
