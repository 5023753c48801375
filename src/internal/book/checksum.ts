/**
 * The venue's checksum of a book: CRC-32 over the texts of the best 25 rows a side, bids and asks in turn, as a signed
 * number.
 *
 * @internal
 */
import crc from "crc/calculators/crc32"
import type { Side } from "./side.ts"

/** rows a side that it is taken of */
export const rows = 25
const parts: Array<string> = []
const encoder = new TextEncoder()
/** more than 50 rows of two numbers take: a number is printed in at most 25 characters */
const bytes = new Uint8Array(50 * 2 * 26)

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

/** The CRC-32 of a text of ASCII, of 2,600 characters at most, as a signed number. */
export const crc32 = (text: string): number => crc(bytes.subarray(0, encoder.encodeInto(text, bytes).written))

export const checksum = (bids: Side, asks: Side): number => crc32(textOf(bids, asks))
