/**
 * Prices of five significant digits and amounts of eight decimals without binary noise.
 *
 * A price is `mantissa * 10 ** exponent` with five digits in the mantissa, an amount a whole number of lots of 1e-8.
 * Both turn into the JavaScript number nearest to the decimal, which prints as that decimal.
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

/** the venue cuts prices after eight decimals as well, so a very low price has fewer than five digits */
const lowest = -8

/** the exponent under which a positive number has five digits before the point, or the lowest one */
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

/** the nearest price that the venue knows; `mode` -1 rounds down, 1 up */
export const ticks = (value: number, mode: -1 | 0 | 1 = 0): Ticks => {
  const exponent = exponentOf(value)
  const scaled = exponent >= 0 ? value / power(exponent) : value * power(-exponent)
  const near = Math.round(scaled)
  // what is a price already must not move because the product was rounded
  const exact = decimal(near, exponent) === value
  return normal(exact || mode === 0 ? near : mode < 0 ? Math.floor(scaled) : Math.ceil(scaled), exponent)
}

/** the price that `ticks` finds, as a number */
export const price = (value: number, mode: -1 | 0 | 1 = 0): number => {
  const { exponent, mantissa } = ticks(value, mode)
  return decimal(mantissa, exponent)
}

/** the price `count` ticks above (or, negative, below) another one; the size of a tick changes with the decade */
export const nudge = (from: number, count: number): number => {
  const { exponent, mantissa } = ticks(from)
  const moved = mantissa + count
  if (moved >= 100_000) return nudge(decimal(10_000, exponent + 1), moved - 100_000)
  if (moved >= 10_000 || exponent === lowest) return decimal(Math.max(1, moved), exponent)
  return nudge(decimal(99_999, exponent - 1), moved - 9_999)
}

/** a price cut to so many significant digits, away from the middle of the book: bids down (-1), asks up (1) */
export const coarse = ({ exponent, mantissa }: Ticks, digits: number, mode: -1 | 1): number => {
  let unit = 1
  while (mantissa / unit >= power(digits)) unit *= 10
  const count = mode < 0 ? Math.floor(mantissa / unit) : Math.ceil(mantissa / unit)
  return decimal(count * unit, exponent)
}

const lot = 1e8

/** whole lots of an amount, which is rounded to eight decimals */
export const lots = (amount: number): number => Math.round(amount * lot)

/** the amount of so many lots; `+ 0` makes 0 of the -0 that nothing to sell would be */
export const amount = (count: number): number => count / lot + 0

/** the same number with at most `digits` decimals, for values that people read */
export const rounded = (value: number, digits: number): number => {
  const scaled = Math.round(value * power(digits))
  return scaled === 0 ? 0 : scaled / power(digits)
}
