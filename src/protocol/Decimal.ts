/**
 * Amounts, prices and rates in the venue's format: plain decimal text, never with an exponent.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"

/**
 * The types accepted for an amount, a price or a rate. Use text or a `BigDecimal` if a binary number cannot represent
 * the value.
 *
 * @since 0.1.0
 * @category models
 */
export type Decimal = number | string | bigint | BigDecimal.BigDecimal

/** every JavaScript number has fewer zeros than this; with far more, plain text would exhaust the memory */
const maxScale = 400

const parse = (value: unknown): Option.Option<BigDecimal.BigDecimal> =>
  Option.filter(read(value), (decimal) => Math.abs(normal(decimal).scale) <= maxScale)

const read = (value: unknown): Option.Option<BigDecimal.BigDecimal> => {
  if (BigDecimal.isBigDecimal(value)) return Option.some(value)
  if (typeof value === "bigint") return Option.some(BigDecimal.make(value, 0))
  if (typeof value === "number") return Number.isFinite(value) ? BigDecimal.safeFromNumber(value) : Option.none()
  if (typeof value === "string" && value.trim() === value && value !== "") return BigDecimal.fromString(value)
  return Option.none()
}

/** digits without trailing zeros, and the number of digits after the point */
const normal = (value: BigDecimal.BigDecimal) => {
  const { scale, value: digits } = BigDecimal.normalize(value)
  return { digits, scale }
}

/**
 * The plain text of a decimal: `1e-7` becomes `0.0000001`. None if the value is not a finite decimal, or has more than
 * 400 zeros.
 *
 * @since 0.1.0
 * @category combinators
 */
export const print = (value: unknown): Option.Option<string> =>
  Option.map(parse(value), (decimal) => {
    const { digits, scale } = normal(decimal)
    const sign = digits < 0n ? "-" : ""
    const text = (digits < 0n ? -digits : digits).toString()
    if (scale <= 0) return sign + text + "0".repeat(-scale)
    const padded = text.padStart(scale + 1, "0")
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  })

/**
 * The number of decimal places of a value, without trailing zeros. None if it is not a finite decimal.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decimals = (value: unknown): Option.Option<number> =>
  Option.map(parse(value), (decimal) => Math.max(0, normal(decimal).scale))

/**
 * The number of significant digits of a value. None if it is not a finite decimal.
 *
 * @since 0.1.0
 * @category combinators
 */
export const significant = (value: unknown): Option.Option<number> =>
  Option.map(parse(value), (decimal) => {
    const { digits } = normal(decimal)
    return (digits < 0n ? -digits : digits).toString().length
  })
