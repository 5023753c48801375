/**
 * The venue's checksum of a book: CRC-32 over the texts of the best 25 rows a side, bids and asks in turn, as a signed
 * number.
 *
 * @internal
 */
import Crc32 from "crc-32"
import type { Side } from "./side.ts"

/** rows a side that it is taken of */
export const rows = 25
const parts: Array<string> = []
/** more than 50 rows of two numbers can take: a number is printed in at most 25 characters */
const bytes = typeof Buffer === "undefined" ? undefined : Buffer.allocUnsafe(50 * 2 * 26)

/** The text that the checksum is taken of. */
export const textOf = (bids: Side, asks: Side): string => {
  parts.length = 0
  const depth = Math.min(rows, Math.max(bids.levels.length, asks.levels.length))
  for (let n = 0; n < depth; n++) {
    const bid = bids.text(n)
    const ask = asks.text(n)
    if (bid !== undefined) parts.push(bid)
    if (ask !== undefined) parts.push(ask)
  }
  return parts.join(":")
}

/** Through bytes, since the library reads texts character by character, which takes twice as long. */
export const crc32 = (text: string): number =>
  // the texts are of ASCII: without a Buffer, in browsers, the library gives the same number
  bytes === undefined ? Crc32.str(text) : Crc32.buf(bytes.subarray(0, bytes.write(text, "latin1")))

export const checksum = (bids: Side, asks: Side): number => crc32(textOf(bids, asks))
