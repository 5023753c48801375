/**
 * Symbols as the venue writes them: `t` and a pair, `f` and a currency, or a bare currency code.
 *
 * They are template literal types, so a literal in the source needs no constructor and still selects the type of a
 * result (`t…` gives trading records, `f…` funding records). The rest of the format is checked at run time, before
 * sending.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { InvalidInput, render } from "../BitfinexError.ts"

/**
 * A trading symbol: `tBTCUSD`, `tDOGE:USD`, `tBTCF0:USTF0`.
 *
 * @since 0.1.0
 * @category models
 */
export type TradingSymbol = `t${string}`

/**
 * A funding symbol: `fUSD`.
 *
 * @since 0.1.0
 * @category models
 */
export type FundingSymbol = `f${string}`

/**
 * A trading or a funding symbol.
 *
 * @since 0.1.0
 * @category models
 */
export type BitfinexSymbol = TradingSymbol | FundingSymbol

const tradingPattern = /^t(?:[A-Z0-9]{5,}|[A-Z0-9]+:[A-Z0-9]+)$/
const fundingPattern = /^f[A-Z0-9]{2,}$/
const currencyPattern = /^[A-Z0-9]{2,}$/
const symbolPattern = new RegExp(`${tradingPattern.source}|${fundingPattern.source}`)

/**
 * Whether a value is a trading symbol.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTrading = (value: unknown): value is TradingSymbol =>
  typeof value === "string" && tradingPattern.test(value)

/**
 * Whether a value is a funding symbol.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFunding = (value: unknown): value is FundingSymbol =>
  typeof value === "string" && fundingPattern.test(value)

/**
 * Whether a value is a trading or a funding symbol.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSymbol = (value: unknown): value is BitfinexSymbol => isTrading(value) || isFunding(value)

/**
 * Whether a value is a bare currency code, such as `BTC`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isCurrency = (value: unknown): value is string => typeof value === "string" && currencyPattern.test(value)

/**
 * The format of each kind of symbol, for error messages.
 *
 * @internal
 */
export const expected = {
  trading: "a trading symbol is t and an upper-case pair, such as tBTCUSD, or tDOGE:USD with a colon for longer codes",
  funding: "a funding symbol is f and an upper-case currency, such as fUSD",
  any:
    "a symbol is t and an upper-case pair (tBTCUSD, or tDOGE:USD with a colon for longer codes) or f and an upper-case currency (fUSD)",
  currency: "a currency is an upper-case code without prefix, such as BTC"
} as const

const schemaOf = <A extends string>(
  identifier: string,
  is: (value: unknown) => value is A,
  format: { readonly expected: string; readonly pattern: RegExp }
): Schema.Schema<A, string> =>
  Schema.String.pipe(
    Schema.filter((value): value is string & A => is(value), {
      identifier,
      message: (issue) => `${render(issue.actual)}: ${format.expected}`,
      jsonSchema: { pattern: format.pattern.source },
      arbitrary: () => (fc) => fc.stringMatching(format.pattern).filter(is)
    })
  )

/**
 * A trading symbol, checked.
 *
 * @since 0.1.0
 * @category models
 */
export const TradingSymbol: Schema.Schema<TradingSymbol, string> = schemaOf(
  "TradingSymbol",
  isTrading,
  { expected: expected.trading, pattern: tradingPattern }
)

/**
 * A funding symbol, checked.
 *
 * @since 0.1.0
 * @category models
 */
export const FundingSymbol: Schema.Schema<FundingSymbol, string> = schemaOf(
  "FundingSymbol",
  isFunding,
  { expected: expected.funding, pattern: fundingPattern }
)

/**
 * A trading or a funding symbol, checked: for the configuration and the messages of your program.
 *
 * @since 0.1.0
 * @category models
 * @example
 * import * as Symbols from "effect-bitfinex/protocol/Symbols"
 * import * as Schema from "effect/Schema"
 *
 * const Row = Schema.Struct({ symbol: Symbols.TradingSymbol, amount: Schema.Number })
 */
export const BitfinexSymbol: Schema.Schema<BitfinexSymbol, string> = schemaOf(
  "BitfinexSymbol",
  isSymbol,
  { expected: expected.any, pattern: symbolPattern }
)

/**
 * A trading or a funding symbol from the configuration.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config = (name: string): Config.Config<BitfinexSymbol> => Schema.Config(name, BitfinexSymbol)

/**
 * A trading symbol from the configuration, such as from an environment variable.
 *
 * @since 0.1.0
 * @category configuration
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Symbols from "effect-bitfinex/protocol/Symbols"
 * import * as Effect from "effect/Effect"
 *
 * const ticker = Effect.map(Symbols.tradingConfig("SYMBOL"), (symbol) => MarketData.ticker(symbol))
 */
export const tradingConfig = (name: string): Config.Config<TradingSymbol> => Schema.Config(name, TradingSymbol)

/**
 * A funding symbol from the configuration.
 *
 * @since 0.1.0
 * @category configuration
 */
export const fundingConfig = (name: string): Config.Config<FundingSymbol> => Schema.Config(name, FundingSymbol)

/**
 * The trading symbol of two currencies: `trading("BTC", "USD")` is `tBTCUSD`; a colon joins codes of other than three
 * letters.
 *
 * @since 0.1.0
 * @category constructors
 */
export const trading = (base: string, quote: string): TradingSymbol =>
  base.length === 3 && quote.length === 3 ? `t${base}${quote}` : `t${base}:${quote}`

/**
 * The funding symbol of a currency: `funding("USD")` is `fUSD`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const funding = (currency: string): FundingSymbol => `f${currency}`

/**
 * The parts of a symbol.
 *
 * @since 0.1.0
 * @category models
 */
export type Parts =
  | { readonly kind: "trading"; readonly symbol: TradingSymbol; readonly base: string; readonly quote: string }
  | { readonly kind: "funding"; readonly symbol: FundingSymbol; readonly currency: string }

/**
 * Splits a symbol into its parts. Without a colon, a pair must be two codes of three letters; anything else fails.
 *
 * @since 0.1.0
 * @category combinators
 */
export const parse = (symbol: string): Either.Either<Parts, InvalidInput> => {
  if (isFunding(symbol)) return Either.right({ kind: "funding", symbol, currency: symbol.slice(1) })
  const colon = symbol.indexOf(":")
  if (isTrading(symbol) && (colon > 0 || symbol.length === 7)) {
    const [base, quote] = colon > 0
      ? [symbol.slice(1, colon), symbol.slice(colon + 1)]
      : [symbol.slice(1, 4), symbol.slice(4)]
    return Either.right({ kind: "trading", symbol, base, quote })
  }
  return Either.left(
    new InvalidInput({ operation: "Symbols.parse", field: "symbol", value: symbol, reason: expected.any })
  )
}
