/**
 * Equality of amounts in binary numbers: sums of amounts carry noise in their last bits.
 *
 * @internal
 */

/** the venue's smallest amount */
const lot = 1e-8

/** some 4 to 8 units in the last place: the error of a sum of many trades, and of a rate that the venue returns */
const noise = 2 ** -50

const isWithin = (a: number, b: number, absolute: number): boolean =>
  Math.abs(a - b) <= Math.max(absolute, noise * Math.max(Math.abs(a), Math.abs(b)))

/**
 * Whether two amounts are the same: by less than a lot, or, above 10 million, by no more
 * than the noise of a sum.
 *
 * @internal
 */
export const isSameAmount = (a: number, b: number): boolean => isWithin(a, b, lot / 2)

/**
 * Whether two prices or rates are the same, but for noise. There is no smallest one.
 *
 * @internal
 */
export const isSamePrice = (a: number, b: number): boolean => isWithin(a, b, 0)

/**
 * The sum of amounts, to the lot where numbers can hold one.
 *
 * @internal
 */
export const sum = (amounts: Iterable<number>): number => {
  let total = 0
  for (const amount of amounts) total += amount
  const lots = Math.round(total / lot)
  return Number.isSafeInteger(lots) ? Number((lots * lot).toFixed(8)) : total
}
