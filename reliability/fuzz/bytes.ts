/** Holds the reader of bytes against `JSON.parse`: the same value, or left to it. */
import { isDeepStrictEqual } from "node:util"
import { read } from "../../src/protocol/internal/bytes.ts"
import { below, pick, type Random } from "./frames.ts"
import { hold } from "./hold.ts"

/** frames that the reader took, of all that it was given */
export const taken = { frames: 0, of: 0 }

const compare = (bytes: Buffer): void => {
  const value = read(bytes)
  taken.of++
  if (value === undefined) return
  taken.frames++
  let parsed: unknown
  try {
    parsed = JSON.parse(bytes.toString())
  } catch {
    hold(false, `the reader of bytes took what is not JSON: ${bytes.toString("latin1")}`)
  }
  // which tells -0 from 0, and compares prototypes
  hold(isDeepStrictEqual(value, parsed), `the reader of bytes gives another value: ${bytes.toString("latin1")}`)
}

const digits = (next: Random, most: number): string =>
  Array.from({ length: below(next, most + 1) }, () => below(next, 10)).join("")

/** the text of a number, or nearly so */
const numberText = (next: Random): string => {
  if (next() < 0.1) return String((next() - 0.5) * 10 ** below(next, 40))
  const whole = next() < 0.3 ? pick(next, ["0", "", "00", "1"]) : digits(next, pick(next, [1, 5, 14, 16, 30, 400]))
  const decimals = next() < 0.5 ? "" : `.${digits(next, pick(next, [0, 3, 8, 15, 25, 400]))}`
  const exponent = next() < 0.8 ? "" : pick(next, ["e", "E"]) + pick(next, ["", "+", "-", "--"]) + digits(next, 3)
  return `${pick(next, ["", "-", "-", "+", " "])}${whole}${decimals}${exponent}`
}

const brackets = (next: Random): string => {
  const depth = pick(next, [1, 3, 7, 8, 9, 100, 30_000])
  return "[".repeat(depth) + pick(next, ["", "0", "{}"]) + "]".repeat(next() < 0.9 ? depth : depth - 1)
}

const pieces: ReadonlyArray<string> = [
  "null",
  "nul",
  "true",
  "\"te\"",
  "\"\"",
  "\"a\\\"b\"",
  "\"\\\\\"",
  "\"\\u00e9\"",
  "\"é\"",
  "\"\t\"",
  "{\"a\":\"}\"}",
  "{\"a\":[{\"b\":\"\\\"}\"}]}",
  "{\"a\":[}",
  "{\"__proto__\":1}",
  "{\"a\":1,\"a\":2}",
  "[]",
  "[,]",
  "[1,]",
  " 1"
]

const made = (next: Random): string => {
  const items = Array.from({ length: below(next, 6) }, () => {
    const what = next()
    return what < 0.6 ? numberText(next) : what < 0.95 ? pick(next, pieces) : brackets(next)
  })
  return `[${items.join(",")}]${next() < 0.1 ? pick(next, [" ", "\n", "1", "]", ",[]", "\0"]) : ""}`
}

/** up to three bytes replaced, removed or doubled, by any bytes: UTF-8 too is damaged so */
const damaged = (next: Random, bytes: Buffer): Buffer => {
  let out = bytes
  for (let times = 1 + below(next, 3); times > 0; times--) {
    const at = below(next, out.length)
    const what = next()
    const put = what < 0.5 ? [below(next, 256)] : what < 0.7 ? [] : [out[at] ?? 0, below(next, 256)]
    out = Buffer.concat([out.subarray(0, at), Buffer.from(put), out.subarray(at + 1)])
  }
  return out
}

/** the text as it is, the same with damaged bytes, and a frame made of what is easily misread */
export const checkBytes = (text: string, next: Random): void => {
  const bytes = Buffer.from(text)
  compare(bytes)
  compare(damaged(next, bytes))
  compare(Buffer.from(made(next)))
}
