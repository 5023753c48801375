/**
 * Reads data frames from the bytes of a socket, without the text of the frame: arrays and objects of numbers, nulls and
 * plain strings. It gives the value that `JSON.parse` gives, or leaves the frame to it, and with it every error.
 *
 * @internal
 */

/** what nothing of a frame is read as: the frame is left to `JSON.parse` */
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

// the cast: browsers have no Buffer, and `read` is then never given one
const nothing = (typeof Buffer === "undefined" ? undefined : Buffer.alloc(0)) as Buffer
let bytes = nothing
/** the next byte; after the last one `bytes[at]` is undefined, which equals no byte */
let at = 0

/** the value of a frame that is an array; undefined when the frame is left to `JSON.parse` */
export const read = (frame: Buffer): unknown => {
  if (frame[0] !== opened) return undefined
  bytes = frame
  at = 0
  const value = array(1)
  bytes = nothing
  return value === left || at !== frame.length ? undefined : value
}

const array = (depth: number): unknown => {
  if (bytes[++at] === closed) {
    at++
    return []
  }
  const values: Array<unknown> = []
  while (true) {
    const item = value(depth)
    if (item === left) return left
    values.push(item)
    const byte = bytes[at++]
    if (byte === closed) return values
    if (byte !== comma) return left
  }
}

const value = (depth: number): unknown => {
  switch (bytes[at]) {
    case opened:
      return depth < deepest ? array(depth + 1) : left
    case quote:
      return string()
    case letterN:
      return literalNull()
    case braceOpened:
      return depth < deepest ? object(depth + 1) : left
    default:
      return number()
  }
}

const literalNull = (): null | typeof left => {
  if (bytes[at + 1] !== 0x75 || bytes[at + 2] !== 0x6c || bytes[at + 3] !== 0x6c) return left
  at += 4
  return null
}

/** whether a byte is a digit; false after the last byte */
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= zero + 9

const number = (): number | typeof left => {
  // a store to a variable of the module for each byte would cost a fifth
  const source = bytes
  let k = at
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
  const from = at
  at = k
  if (digits > exactDigits || byte === 0x65 || byte === 0x45) return long(from)
  const magnitude = decimals === 0 ? mantissa : mantissa / powers[decimals]!
  return isNegative ? -magnitude : magnitude
}

/** a number of more digits, or with an exponent */
const long = (from: number): number | typeof left => {
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++
    if (bytes[at] === minus || bytes[at] === 0x2b) at++
    if (!isDigit(bytes[at])) return left
    while (isDigit(bytes[at])) at++
  }
  return Number(bytes.toString("latin1", from, at))
}

const string = (): string | typeof left => {
  const source = bytes
  const from = at + 1
  let k = from
  let byte = source[k]!
  let hash = 0
  // an escape, a control character, or a character beyond ASCII: left, as is a string without an end
  while (byte !== quote) {
    if (!(byte >= 0x20 && byte < 0x80) || byte === backslash) return left
    hash = (hash * 31 + byte) | 0
    byte = source[++k]!
  }
  at = k + 1
  if (k - from > longestWord) return source.toString("latin1", from, k)
  const place = hash & (words.length - 1)
  const word = words[place]!
  return isWord(word, from, k - from) ? word : words[place] = source.toString("latin1", from, k)
}

const isWord = (word: string, from: number, length: number): boolean => {
  if (word.length !== length) return false
  for (let k = 0; k < length; k++) if (word.charCodeAt(k) !== bytes[from + k]) return false
  return true
}

/** a name that every object inherits, such as `__proto__`, is left: an assignment to it may do something else */
const isInherited = (name: string): boolean => name in Object.prototype

const object = (depth: number): unknown => {
  const fields: { [name: string]: unknown } = {}
  if (bytes[++at] === braceClosed) {
    at++
    return fields
  }
  while (true) {
    if (bytes[at] !== quote) return left
    const name = string()
    if (name === left || bytes[at++] !== colon || isInherited(name)) return left
    const item = value(depth)
    if (item === left) return left
    fields[name] = item
    const byte = bytes[at++]
    if (byte === braceClosed) return fields
    if (byte !== comma) return left
  }
}
