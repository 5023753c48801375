/**
 * Exact sums, products and quotients of the decimals that numbers show: 0.1 means one tenth. Only the result is rounded, to
 * the nearest number, so that it has no binary noise.
 *
 * @internal
 */

/** `digits / 10 ** places`; `places` may be negative */
export interface Exact {
  readonly digits: bigint
  readonly places: number
}

export const zero: Exact = { digits: 0n, places: 0 }

/** a finite number, as JavaScript prints it */
export const of = (value: number): Exact => {
  const [mantissa = "", exponent = "0"] = String(value).split("e")
  const point = mantissa.indexOf(".")
  return point < 0
    ? { digits: BigInt(mantissa), places: -Number(exponent) }
    : {
      digits: BigInt(mantissa.slice(0, point) + mantissa.slice(point + 1)),
      places: mantissa.length - 1 - point - Number(exponent)
    }
}

const scaled = ({ digits, places }: Exact, to: number): bigint =>
  places === to ? digits : digits * 10n ** BigInt(to - places)

export const add = (a: Exact, b: Exact): Exact => {
  const places = Math.max(a.places, b.places)
  return { digits: scaled(a, places) + scaled(b, places), places }
}

export const subtract = (a: Exact, { digits, places }: Exact): Exact => add(a, { digits: -digits, places })

export const multiply = (a: Exact, b: Exact): Exact => ({ digits: a.digits * b.digits, places: a.places + b.places })

export const isPositive = ({ digits }: Exact): boolean => digits > 0n

export const toNumber = ({ digits, places }: Exact): number => Number(`${digits}e${-places}`)

/** significant digits of a quotient before it is rounded to a number, which holds 17 */
const precision = 25

/** `a / b` as the nearest number; `b` is not 0 */
export const ratio = (a: Exact, b: Exact): number => {
  const shift = Math.max(0, precision + b.digits.toString().length - a.digits.toString().length)
  return toNumber({ digits: a.digits * 10n ** BigInt(shift) / b.digits, places: a.places - b.places + shift })
}

/** A sum. Numbers of at most 8 decimals are counted in whole units, which takes a few nanoseconds each. */
export class Sum {
  /** in units of 1e-8 */
  #lots = 0
  /** values that cannot be computed in this way */
  #rest: Exact | undefined

  add(value: number): void {
    const lots = Math.round(value * 1e8)
    const next = this.#lots + lots
    if (lots / 1e8 === value && Number.isSafeInteger(lots) && Number.isSafeInteger(next)) this.#lots = next
    else this.#rest = add(this.#rest ?? zero, of(value))
  }

  get exact(): Exact {
    const lots = { digits: BigInt(this.#lots), places: 8 }
    return this.#rest === undefined ? lots : add(lots, this.#rest)
  }

  get value(): number {
    return this.#rest === undefined ? this.#lots / 1e8 : toNumber(this.exact)
  }
}
