/**
 * The venue's checksum of a book: CRC-32 over the texts of the best 25 rows a side, bids and asks in turn, as a signed
 * number.
 *
 * @internal
 */
import { crc32 } from "./crc32.ts"
import type { Side } from "./side.ts"

/** rows a side that it is taken of */
export const rows = 25
const parts: Array<string> = []

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

export const checksum = (bids: Side, asks: Side): number => crc32(textOf(bids, asks))
