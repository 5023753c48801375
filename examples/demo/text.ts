/** Text for terminals: colours, widths, bars. */

const escape = "\u001b"

const paint = (number: string) => (text: string): string => text === "" ? "" : `${escape}[${number}m${text}${escape}[0m`

export const bold = paint("1")
export const dim = paint("2")
export const red = paint("31")
export const green = paint("32")
export const yellow = paint("33")
export const cyan = paint("36")

const code = new RegExp(`(${escape}\\[[\\d;]*m)`)

/** the text and its colour codes: every second part is a code */
const parts = (text: string): ReadonlyArray<string> => text.split(code)

export const plain = (text: string): string => parts(text).filter((_, index) => index % 2 === 0).join("")

export const width = (text: string): number => [...plain(text)].length

/** the text fitted to a number of columns: padded, or cut without cutting a colour code */
export const left = (text: string, columns: number): string => {
  const missing = columns - width(text)
  if (missing >= 0) return text + " ".repeat(missing)
  let room = columns
  return parts(text).map((part, index) => {
    if (index % 2 === 1) return part
    const shown = [...part].slice(0, room)
    room -= shown.length
    return shown.join("")
  }).join("")
}

export const right = (text: string, columns: number): string => " ".repeat(Math.max(0, columns - width(text))) + text

/** with thousands separators and the decimals of the number, up to a limit */
export const number = (value: number | null, decimals = 8): string => {
  if (value === null) return "–"
  const [whole = "", rest] = Math.abs(value).toFixed(decimals).split(".")
  const digits = rest?.replace(/0+$/, "") ?? ""
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return `${value < 0 ? "-" : ""}${grouped}${digits === "" ? "" : `.${digits}`}`
}

/** with thousands separators and a fixed number of decimals */
export const fixed = (value: number | null, decimals: number): string => {
  if (value === null) return "–"
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".")
  return `${value < 0 ? "-" : ""}${number(Number(whole), 0)}${rest === undefined ? "" : `.${rest}`}`
}

/** the largest number of decimals among these numbers */
export const decimals = (values: ReadonlyArray<number | null>): number =>
  Math.max(0, ...values.map((value) => number(value).split(".")[1]?.length ?? 0))

/** an amount within a number of columns */
export const amount = (value: number, columns: number): string => {
  const size = Math.abs(value)
  const whole = String(Math.floor(size)).length
  return size.toFixed(Math.max(0, Math.min(4, columns - whole - 1))).slice(0, columns)
}

export const change = (relative: number | null): string =>
  relative === null ? "–" : `${relative < 0 ? "" : "+"}${(relative * 100).toFixed(2)} %`

/** a bar that fills a part of the columns, to half a column; it grows to the right or to the left */
export const bar = (part: number, columns: number, towards: "right" | "left"): string => {
  const halves = Math.round(Math.max(0, Math.min(1, part)) * columns * 2)
  const whole = "█".repeat(Math.floor(halves / 2))
  if (halves % 2 === 0) return whole
  return towards === "right" ? `${whole}▌` : `▐${whole}`
}

const heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

/** the last values as a sparkline, lowest to highest */
export const sparkline = (values: ReadonlyArray<number>, columns: number): string => {
  const shown = values.slice(-columns)
  const low = Math.min(...shown)
  const span = Math.max(...shown) - low
  return shown.map((value) => heights[span === 0 ? 3 : Math.round((value - low) / span * 7)]!).join("")
}

export const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

export const time = (mts: number): string => new Date(mts).toISOString().slice(11, 19)
