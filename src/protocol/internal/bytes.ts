/**
 * Reads data frames from the bytes of a socket, without the text of the frame: arrays and objects of numbers, nulls and
 * plain strings. It gives the value that `JSON.parse` gives, or leaves the frame to it, and with it every error.
 *
 * @internal
 */
import { shortLived } from "./shortLived.ts"

/** the result for a frame that is not read here: it is left to `JSON.parse` */
const left = Symbol()

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const colon = 0x3a
const opened = 0x5b
const backslash = 0x5c
const closed = 0x5d
const letterN = 0x6e
const braceOpened = 0x7b
const braceClosed = 0x7d

/** deeper values are left: no frame of the venue has more than five levels, and a recursion must end before the stack */
const deepest = 8

/** numbers of as many digits are exact as integers, and their quotients by a power of ten are rounded once */
const exactDigits = 15
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** The last short string of each hash: types, symbols and states come again and again, and are made once. */
const words: Array<string> = Array.from({ length: 512 }, () => "")
const longestWord = 24

/** the frame that is read: one object a frame costs a tenth less than variables of the module */
interface Cursor {
  readonly bytes: Buffer
  /** the next byte; after the last one `bytes[at]` is undefined, which equals no byte */
  at: number
}

let isFirst = true

/** the value of a frame that is an array; undefined when the frame is left to `JSON.parse` */
export const read = (frame: Buffer): unknown => {
  if (frame[0] !== opened) return undefined
  if (isFirst) {
    isFirst = false
    const rows = Buffer.from("[[0],[0]]")
    shortLived(() => array({ bytes: rows, at: 0 }, 1))
  }
  const cursor: Cursor = { bytes: frame, at: 0 }
  const value = array(cursor, 1)
  return value === left || cursor.at !== frame.length ? undefined : value
}

const array = (cursor: Cursor, depth: number): unknown => {
  if (cursor.bytes[++cursor.at] === closed) {
    cursor.at++
    return []
  }
  const values: Array<unknown> = []
  while (true) {
    const item = value(cursor, depth)
    if (item === left) return left
    values.push(item)
    const byte = cursor.bytes[cursor.at++]
    if (byte === closed) return values
    if (byte !== comma) return left
  }
}

const value = (cursor: Cursor, depth: number): unknown => {
  switch (cursor.bytes[cursor.at]) {
    case opened:
      return depth < deepest ? array(cursor, depth + 1) : left
    case quote:
      return string(cursor)
    case letterN:
      return literalNull(cursor)
    case braceOpened:
      return depth < deepest ? object(cursor, depth + 1) : left
    default:
      return number(cursor)
  }
}

const literalNull = (cursor: Cursor): null | typeof left => {
  if (
    cursor.bytes[cursor.at + 1] !== 0x75 || cursor.bytes[cursor.at + 2] !== 0x6c || cursor.bytes[cursor.at + 3] !== 0x6c
  ) return left
  cursor.at += 4
  return null
}

/** whether a byte is a digit; false after the last byte */
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= zero + 9

const number = (cursor: Cursor): number | typeof left => {
  // a store to the cursor for each byte would cost a fifth
  const source = cursor.bytes
  let k = cursor.at
  const isNegative = source[k] === minus
  if (isNegative) k++
  const first = k
  let mantissa = 0
  let byte = source[k]!
  while (byte >= zero && byte <= zero + 9) {
    mantissa = mantissa * 10 + (byte - zero)
    byte = source[++k]!
  }
  let digits = k - first
  // no digit at all, or a zero before another digit
  if (digits === 0 || (digits > 1 && source[first] === zero)) return left
  let decimals = 0
  if (byte === dot) {
    const start = ++k
    byte = source[k]!
    while (byte >= zero && byte <= zero + 9) {
      mantissa = mantissa * 10 + (byte - zero)
      byte = source[++k]!
    }
    decimals = k - start
    if (decimals === 0) return left
    digits += decimals
  }
  const from = cursor.at
  cursor.at = k
  if (digits > exactDigits || byte === 0x65 || byte === 0x45) return long(cursor, from)
  const magnitude = decimals === 0 ? mantissa : mantissa / powers[decimals]!
  return isNegative ? -magnitude : magnitude
}

/** a number of more digits, or with an exponent */
const long = (cursor: Cursor, from: number): number | typeof left => {
  if (cursor.bytes[cursor.at] === 0x65 || cursor.bytes[cursor.at] === 0x45) {
    cursor.at++
    if (cursor.bytes[cursor.at] === minus || cursor.bytes[cursor.at] === 0x2b) cursor.at++
    if (!isDigit(cursor.bytes[cursor.at])) return left
    while (isDigit(cursor.bytes[cursor.at])) cursor.at++
  }
  return Number(cursor.bytes.toString("latin1", from, cursor.at))
}

const string = (cursor: Cursor): string | typeof left => {
  const source = cursor.bytes
  const from = cursor.at + 1
  let k = from
  let byte = source[k]!
  let hash = 0
  // an escape, a control character, or a character beyond ASCII: left, as is a string without an end
  while (byte !== quote) {
    if (!(byte >= 0x20 && byte < 0x80) || byte === backslash) return left
    hash = (hash * 31 + byte) | 0
    byte = source[++k]!
  }
  cursor.at = k + 1
  if (k - from > longestWord) return source.toString("latin1", from, k)
  const place = hash & (words.length - 1)
  const word = words[place]!
  return isWord(cursor, word, from, k - from) ? word : words[place] = source.toString("latin1", from, k)
}

const isWord = (cursor: Cursor, word: string, from: number, length: number): boolean => {
  if (word.length !== length) return false
  for (let k = 0; k < length; k++) if (word.charCodeAt(k) !== cursor.bytes[from + k]) return false
  return true
}

/** a name that every object inherits, such as `__proto__`, is left: an assignment to it may do something else */
const isInherited = (name: string): boolean => name in Object.prototype

const object = (cursor: Cursor, depth: number): unknown => {
  const fields: { [name: string]: unknown } = {}
  if (cursor.bytes[++cursor.at] === braceClosed) {
    cursor.at++
    return fields
  }
  while (true) {
    if (cursor.bytes[cursor.at] !== quote) return left
    const name = string(cursor)
    if (name === left || cursor.bytes[cursor.at++] !== colon || isInherited(name)) return left
    const item = value(cursor, depth)
    if (item === left) return left
    fields[name] = item
    const byte = cursor.bytes[cursor.at++]
    if (byte === braceClosed) return fields
    if (byte !== comma) return left
  }
}
