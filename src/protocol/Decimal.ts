/**
 * Amounts, prices and rates as the venue wants them: plain decimal text, never with an exponent.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"

/**
 * What is accepted where an amount, a price or a rate is expected. Give text or a `BigDecimal` when a binary number
 * cannot hold the value.
 *
 * @since 0.1.0
 * @category models
 */
export type Decimal = number | string | bigint | BigDecimal.BigDecimal

/** every JavaScript number has fewer zeros than this; beyond it, plain text would fill the memory */
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

/** digits without trailing zeros, and how many of them are behind the point */
const normal = (value: BigDecimal.BigDecimal) => {
  const { scale, value: digits } = BigDecimal.normalize(value)
  return { digits, scale }
}

/**
 * The plain text of a decimal, or none when the value is not a finite decimal, or one with more than 400 zeros:
 * `1e-7` becomes `0.0000001`.
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
 * How many decimals a value has behind the point, trailing zeros not counted.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decimals = (value: unknown): Option.Option<number> =>
  Option.map(parse(value), (decimal) => Math.max(0, normal(decimal).scale))

/**
 * How many significant digits a value has.
 *
 * @since 0.1.0
 * @category combinators
 */
export const significant = (value: unknown): Option.Option<number> =>
  Option.map(parse(value), (decimal) => {
    const { digits } = normal(decimal)
    return (digits < 0n ? -digits : digits).toString().length
  })
