/**
 * CRC-32 of short texts, eight bytes a step. It is written here because loading a package for it takes a program 10 ms of
 * CPU at its start, and Node has one only since 20.15; it is as fast as `crc-32`.
 *
 * @internal
 */

/** the remainder of each byte with 0 to 7 zero bytes behind it */
const table = (before: Int32Array | undefined): Int32Array =>
  Int32Array.from({ length: 256 }, (_, byte) => {
    let value = before === undefined ? byte : before[byte]!
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    return value
  })
const t0 = table(undefined)
const t1 = table(t0)
const t2 = table(t1)
const t3 = table(t2)
const t4 = table(t3)
const t5 = table(t4)
const t6 = table(t5)
const t7 = table(t6)

const encoder = new TextEncoder()
/** more than 50 rows of two numbers take: a number is printed in at most 25 characters */
let bytes = new Uint8Array(50 * 2 * 26)

/** The CRC-32 of a text of ASCII, as a signed number. */
export const crc32 = (text: string): number => {
  if (text.length > bytes.length) bytes = new Uint8Array(text.length)
  const { written } = encoder.encodeInto(text, bytes)
  let value = -1
  let k = 0
  for (; k + 8 <= written; k += 8) {
    value ^= bytes[k]! | bytes[k + 1]! << 8 | bytes[k + 2]! << 16 | bytes[k + 3]! << 24
    value = t7[value & 255]! ^ t6[(value >>> 8) & 255]! ^ t5[(value >>> 16) & 255]! ^ t4[value >>> 24]! ^
      t3[bytes[k + 4]!]! ^ t2[bytes[k + 5]!]! ^ t1[bytes[k + 6]!]! ^ t0[bytes[k + 7]!]!
  }
  for (; k < written; k++) value = (value >>> 8) ^ t0[(value ^ bytes[k]!) & 255]!
  return ~value
}
