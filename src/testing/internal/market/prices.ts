/**
 * Prices of five significant digits and amounts of eight decimals, without binary rounding noise.
 *
 * A price is `mantissa * 10 ** exponent` with a mantissa of five digits; an amount is an integer number of lots of
 * 1e-8. Both convert to the JavaScript number nearest to the decimal, which prints as that decimal.
 *
 * @internal
 */

const powers: ReadonlyArray<number> = [
  1,
  1e1,
  1e2,
  1e3,
  1e4,
  1e5,
  1e6,
  1e7,
  1e8,
  1e9,
  1e10,
  1e11,
  1e12,
  1e13,
  1e14,
  1e15,
  1e16,
  1e17,
  1e18,
  1e19,
  1e20,
  1e21,
  1e22
]

const power = (exponent: number): number => powers[exponent] ?? Number(`1e${exponent}`)

/** mantissa and exponent as a number, rounded once */
export const decimal = (mantissa: number, exponent: number): number =>
  exponent >= 0 ? mantissa * power(exponent) : mantissa / power(-exponent)

/** the venue also cuts prices after eight decimals, so a very low price has fewer than five digits */
const lowest = -8

/** the exponent that leaves five digits before the point of a positive number, or the lowest exponent */
const exponentOf = (value: number): number => {
  let exponent = 0
  if (value >= 1e5) {
    while (value >= power(exponent + 5)) exponent++
  } else {
    while (exponent > lowest && value * power(-exponent) < 1e4) exponent--
  }
  return exponent
}

export interface Ticks {
  readonly mantissa: number
  readonly exponent: number
}

const normal = (mantissa: number, exponent: number): Ticks => {
  if (mantissa >= 100_000) return { mantissa: Math.ceil(mantissa / 10), exponent: exponent + 1 }
  if (mantissa < 10_000 && exponent > lowest) return { mantissa: mantissa * 10, exponent: exponent - 1 }
  return { mantissa: Math.max(1, mantissa), exponent }
}

/** the nearest valid price; `mode` -1 rounds down, 1 up */
export const ticks = (value: number, mode: -1 | 0 | 1 = 0): Ticks => {
  const exponent = exponentOf(value)
  const scaled = exponent >= 0 ? value / power(exponent) : value * power(-exponent)
  const near = Math.round(scaled)
  // a value that is already a price must not change because of rounding in the product
  const exact = decimal(near, exponent) === value
  return normal(exact || mode === 0 ? near : mode < 0 ? Math.floor(scaled) : Math.ceil(scaled), exponent)
}

/** the price of `ticks` as a number */
export const price = (value: number, mode: -1 | 0 | 1 = 0): number => {
  const { exponent, mantissa } = ticks(value, mode)
  return decimal(mantissa, exponent)
}

/** the price `count` ticks above (negative: below) another one; the tick size changes with the decade */
export const nudge = (from: number, count: number): number => {
  const { exponent, mantissa } = ticks(from)
  const moved = mantissa + count
  if (moved >= 100_000) return nudge(decimal(10_000, exponent + 1), moved - 100_000)
  if (moved >= 10_000 || exponent === lowest) return decimal(Math.max(1, moved), exponent)
  return nudge(decimal(99_999, exponent - 1), moved - 9_999)
}

/** a price cut to `digits` significant digits, away from the middle of the book: bids down (-1), asks up (1) */
export const coarse = ({ exponent, mantissa }: Ticks, digits: number, mode: -1 | 1): number => {
  let unit = 1
  while (mantissa / unit >= power(digits)) unit *= 10
  const count = mode < 0 ? Math.floor(mantissa / unit) : Math.ceil(mantissa / unit)
  return decimal(count * unit, exponent)
}

const lot = 1e8

/** lots of an amount, rounded to eight decimals */
export const lots = (amount: number): number => Math.round(amount * lot)

/** the amount of a number of lots; `+ 0` turns -0, the amount of an empty sale, into 0 */
export const amount = (count: number): number => count / lot + 0

/** the same number with at most `digits` decimals, for display values */
export const rounded = (value: number, digits: number): number => {
  const scaled = Math.round(value * power(digits))
  return scaled === 0 ? 0 : scaled / power(digits)
}
