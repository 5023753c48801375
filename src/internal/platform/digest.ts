/**
 * Hashes, as lower-case hex, by `node:crypto`. For browsers, `package.json` puts `digestWeb.ts` in the place of this file.
 *
 * @internal
 */
import { createHash, createHmac } from "node:crypto"

export const hmacSha384 = (secret: string, text: string): string =>
  createHmac("sha384", secret).update(text).digest("hex")

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
