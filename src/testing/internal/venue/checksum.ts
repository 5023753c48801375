/**
 * The checksum of a book: CRC-32 over the text of its best 25 rows per side, as in section 6 of the protocol's
 * description. Numbers are formatted as JavaScript prints them.
 *
 * @internal
 */
import crc from "crc/calculators/crc32"
import type { Precision, Row } from "../market/rows.ts"

const rows = 25
const encoder = new TextEncoder()

/** CRC-32 (IEEE) of a text of ASCII characters, as a signed number */
export const crc32 = (text: string): number => crc(encoder.encode(text))

/**
 * The input of the checksum: the first cell (price, rate or id) and the last cell (amount) of every row, with bids and
 * asks alternating while both sides have rows.
 */
export const checksumText = (bids: ReadonlyArray<Row>, asks: ReadonlyArray<Row>): string => {
  const cells: Array<unknown> = []
  for (let at = 0; at < rows; at++) {
    for (const row of [bids[at], asks[at]]) if (row !== undefined) cells.push(row[0], row[row.length - 1])
  }
  return cells.join(":")
}

/**
 * The checksum of a book's window. Symbol and precision select the layout, but in all four layouts the first and the last
 * cell enter the checksum. For funding the venue's own order of rows is not reliable.
 */
export const checksum = (
  _symbol: string,
  _precision: Precision,
  book: { readonly bids: ReadonlyArray<Row>; readonly asks: ReadonlyArray<Row> }
): number => crc32(checksumText(book.bids, book.asks))
