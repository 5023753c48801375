/**
 * Amounts in whole lots of 1e-8, and the texts in which the venue writes numbers.
 *
 * @internal
 */
import * as Option from "effect/Option"
import * as Decimal from "../../../protocol/Decimal.ts"
import * as Prices from "../market/prices.ts"

/** what so many lots cost at a price of the book, in lots of the quote currency; exact but for the last lot */
export const cost = (lots: number, price: number, mode: "down" | "up"): number => {
  const { exponent, mantissa } = Prices.ticks(price)
  const product = BigInt(Math.abs(lots)) * BigInt(mantissa)
  if (exponent >= 0) return Number(product * 10n ** BigInt(exponent))
  const unit = 10n ** BigInt(-exponent)
  return Number(mode === "down" ? product / unit : (product + unit - 1n) / unit)
}

/** the share of an amount that a fee takes, rounded up so that it is never free by rounding */
export const share = (lots: number, rate: number): number => Math.ceil(Math.abs(lots) * rate - 1e-9)

/** `0.5`, `50.0`, `-0.00000001`: decimals as the venue's texts have them, without exponents */
export const text = (value: number): string => {
  const plain = Option.getOrElse(Decimal.print(value), () => String(value))
  return plain.includes(".") ? plain : `${plain}.0`
}

/** `0.5`, `50`: decimals as later texts have them */
export const plain = (value: number): string => Option.getOrElse(Decimal.print(value), () => String(value))
