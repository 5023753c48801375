/**
 * The parameters of a command or request, read with validation.
 *
 * @internal
 */
import * as Prices from "../market/prices.ts"

/** parameters by name; null counts as omitted */
export interface Input {
  readonly fields: { readonly [name: string]: unknown }
  readonly raw: (name: string) => unknown
  readonly has: (name: string) => boolean
  /** texts and numbers as text; undefined if omitted or of another type */
  readonly text: (name: string) => string | undefined
  /** undefined if omitted, NaN if it is not a plain decimal */
  readonly number: (name: string) => number | undefined
  /** undefined if omitted, NaN if it is not an integer of at most 53 bits */
  readonly int: (name: string) => number | undefined
  /** signed lots; undefined if omitted, NaN if it is not a decimal, or too large to be exact */
  readonly lots: (name: string) => number | undefined
  /** one or several values, as a list; empty if omitted */
  readonly list: (name: string) => ReadonlyArray<unknown>
}

/** a name that an object must not have, since it would have no effect; undefined when there is none */
export const strangeIn = (
  what: string,
  given: object | undefined,
  known: ReadonlyArray<string>
): string | undefined => {
  const strange = Object.keys(given ?? {}).find((name) => !known.includes(name))
  return strange === undefined ? undefined : `there is no ${what} ${strange}; there are ${known.join(", ")}`
}

// the venue does not accept exponents
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)$/

const numberOf = (value: unknown): number | undefined =>
  value === undefined || value === null || value === ""
    ? undefined
    : typeof value === "number"
    ? value
    : typeof value === "string" && decimal.test(value)
    ? Number(value)
    : Number.NaN

export const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const makeInput = (fields: { readonly [name: string]: unknown }): Input => {
  const raw = (name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined) ?? undefined
  const number = (name: string): number | undefined => {
    const value = numberOf(raw(name))
    return value === undefined || Number.isFinite(value) ? value : Number.NaN
  }
  return {
    fields,
    raw,
    has: (name) => raw(name) !== undefined,
    text: (name) => {
      const value = raw(name)
      return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
    },
    number,
    int: (name) => {
      const value = number(name)
      return value === undefined || Number.isSafeInteger(value) ? value : Number.NaN
    },
    lots: (name) => {
      const value = number(name)
      if (value === undefined) return undefined
      const lots = Prices.lots(value)
      return Number.isSafeInteger(lots) ? lots : Number.NaN
    },
    list: (name) => {
      const value = raw(name)
      // the cast: a list of anything
      return value === undefined ? [] : Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]
    }
  }
}

/** client ids and group ids have 45 bits */
export const int45 = 2 ** 45

/** ms of `YYYY-MM-DD HH:MM:SS`, UTC; NaN if the text has another form */
export const parseTime = (text: string): number =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : Number.NaN

/** UTC day of a time, `YYYY-MM-DD` */
export const dayOf = (mts: number): string => new Date(mts).toISOString().slice(0, 10)
