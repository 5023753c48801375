/**
 * Amounts in integer lots of 1e-8, and number formats of the venue's texts.
 *
 * @internal
 */
import * as Option from "effect/Option"
import * as Decimal from "../../../protocol/Decimal.ts"
import * as Prices from "../market/prices.ts"

/** the value of lots at a book price, in lots of the quote currency; exact except for the last lot */
export const cost = (lots: number, price: number, mode: "down" | "up"): number => {
  const { exponent, mantissa } = Prices.ticks(price)
  const product = BigInt(Math.abs(lots)) * BigInt(mantissa)
  if (exponent >= 0) return Number(product * 10n ** BigInt(exponent))
  const unit = 10n ** BigInt(-exponent)
  return Number(mode === "down" ? product / unit : (product + unit - 1n) / unit)
}

/** the fee for an amount, rounded up so that rounding never makes it zero */
export const share = (lots: number, rate: number): number => Math.ceil(Math.abs(lots) * rate - 1e-9)

/** `0.5`, `50.0`, `-0.00000001`: decimals as in the venue's texts, without exponents */
export const text = (value: number): string => {
  const plain = Option.getOrElse(Decimal.print(value), () => String(value))
  return plain.includes(".") ? plain : `${plain}.0`
}

/** `0.5`, `50`: decimals as in later texts */
export const plain = (value: number): string => Option.getOrElse(Decimal.print(value), () => String(value))
