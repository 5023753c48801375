/**
 * Amounts, prices and rates in the venue's format: plain decimal text, never with an exponent.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { InvalidInput } from "../BitfinexError.ts"

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
export const print = (value: unknown): Option.Option<string> => {
  // most are plain already, which is found out ten times as fast as they are parsed
  const text = typeof value === "number" ? String(value) : value
  if (typeof text === "string" && text.length <= maxScale && plain.test(text)) return Option.some(text)
  return Option.map(parse(value), (decimal) => {
    const { digits, scale } = normal(decimal)
    return textOf(digits, scale)
  })
}

/** what `print` gives */
const plain = /^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/

const textOf = (digits: bigint, scale: number): string => {
  const sign = digits < 0n ? "-" : ""
  const text = (digits < 0n ? -digits : digits).toString()
  if (scale <= 0) return sign + text + "0".repeat(-scale)
  const padded = text.padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

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

/**
 * How to round: `down` towards 0, `up` away from 0, `nearest` to the nearest value, and away from 0 from halfway.
 *
 * @since 0.1.0
 * @category models
 */
export type Rounding = "down" | "up" | "nearest"

/** divides by a power of ten, rounded; `digits` is not negative */
const shortened = (digits: bigint, drop: number, rounding: Rounding): bigint => {
  const unit = 10n ** BigInt(drop)
  const whole = digits / unit
  const rest = digits % unit
  const isUp = rounding === "up" ? rest > 0n : rounding === "nearest" && rest * 2n >= unit
  return isUp ? whole + 1n : whole
}

const rounded = (
  operation: string,
  value: Decimal,
  rounding: Rounding,
  most: { readonly digits: number; readonly places: number }
): Either.Either<string, InvalidInput> => {
  const refuse = (reason: string) =>
    Either.left(
      new InvalidInput({ operation, field: operation === "Decimal.price" ? "price" : "amount", value, reason })
    )
  const decimal = parse(value)
  if (Option.isNone(decimal)) return refuse("give a finite decimal number, as a number, text, bigint or BigDecimal")
  const { digits, scale } = normal(decimal.value)
  const size = digits < 0n ? -digits : digits
  const drop = Math.max(0, size.toString().length - most.digits, scale - most.places)
  const kept = shortened(size, drop, rounding)
  if (kept === 0n && size > 0n) return refuse(`it rounds to 0; the smallest one is 0.${"0".repeat(most.places - 1)}1`)
  return Either.right(Option.getOrThrow(print(BigDecimal.make(digits < 0n ? -kept : kept, scale - drop))))
}

/**
 * A price as the venue takes it: at most 5 significant digits and 8 decimals, rounded exactly, as decimal text. Fails if the
 * value is not a finite decimal, or rounds to 0.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Decimal from "effect-bitfinex/protocol/Decimal"
 * import * as Effect from "effect/Effect"
 *
 * // "97123", "97124" and "0.012346"
 * const prices = Effect.all([
 *   Decimal.price(97123.7, "down"),
 *   Decimal.price("97123.2", "up"),
 *   Decimal.price(0.0123456, "nearest")
 * ])
 */
export const price = (value: Decimal, rounding: Rounding): Either.Either<string, InvalidInput> =>
  rounded("Decimal.price", value, rounding, { digits: 5, places: 8 })

/**
 * An amount as the venue takes it: at most 8 decimals, rounded exactly, as decimal text; the sign stays. Fails if the value
 * is not a finite decimal, or rounds to 0.
 *
 * @since 0.1.0
 * @category combinators
 */
export const amount = (value: Decimal, rounding: Rounding): Either.Either<string, InvalidInput> =>
  rounded("Decimal.amount", value, rounding, { digits: Number.POSITIVE_INFINITY, places: 8 })

/** decimal places of a number as JavaScript prints it */
const placesOf = (value: number): number => {
  const [digits = "", exponent = "0"] = String(value).split("e")
  const point = digits.indexOf(".")
  return Math.max(0, (point < 0 ? 0 : digits.length - 1 - point) - Number(exponent))
}

/**
 * `(a + sign * b) / divisor` of the decimals that two numbers show, as the nearest number. With whole numbers below 2^53 and
 * powers of ten up to 1e22 only the last division rounds.
 */
const combined = (a: number, b: number, sign: 1 | -1, divisor: 1 | 2): number => {
  const unit = 10 ** Math.max(placesOf(a), placesOf(b))
  const sum = Math.round(a * unit) + sign * Math.round(b * unit)
  return unit <= 1e21 && Math.abs(a * unit) <= 2 ** 51 && Math.abs(b * unit) <= 2 ** 51
    ? sum / (unit * divisor)
    : (a + sign * b) / divisor
}

/**
 * `a - b` in decimals, without binary noise: `difference(0.3, 0.1)` is 0.2, where `0.3 - 0.1` is 0.19999999999999998.
 *
 * @since 0.1.0
 * @category combinators
 */
export const difference = (a: number, b: number): number => combined(a, b, -1, 1)

/**
 * The number halfway between two numbers, in decimals and without binary noise.
 *
 * @since 0.1.0
 * @category combinators
 */
export const midpoint = (a: number, b: number): number => combined(a, b, 1, 2)
