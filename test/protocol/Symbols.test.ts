import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Symbols from "../../src/protocol/Symbols.ts"

describe("guards", () => {
  it("know trading symbols", () => {
    for (const symbol of ["tBTCUSD", "tDOGE:USD", "tBTCF0:USTF0", "t1INCH:USD", "tTESTBTC:TESTUSD", "tGLOBAL:USD"]) {
      assert.isTrue(Symbols.isTrading(symbol), symbol)
      assert.isFalse(Symbols.isFunding(symbol), symbol)
    }
    for (
      const no of [
        "BTCUSD",
        "tbtcusd",
        "fUSD",
        "t",
        "tBTC",
        "tBTC:",
        "t:USD",
        "tA:B:C",
        "tBTC USD",
        "tBTCUSD\n",
        1,
        null
      ]
    ) {
      assert.isFalse(Symbols.isTrading(no), String(no))
    }
  })
  it("know funding symbols", () => {
    for (const symbol of ["fUSD", "fBTC", "fUST", "fTESTUSD"]) assert.isTrue(Symbols.isFunding(symbol), symbol)
    for (const no of ["USD", "fusd", "f", "fU", "tBTCUSD", "fUSD:BTC", "fUSD ", 1, undefined]) {
      assert.isFalse(Symbols.isFunding(no), String(no))
    }
  })
  it("know bare currencies", () => {
    for (const code of ["USD", "1INCH", "BTCF0"]) assert.isTrue(Symbols.isCurrency(code), code)
    for (const no of ["fUSD", "usd", "U", "", "US D", 840]) assert.isFalse(Symbols.isCurrency(no), String(no))
  })
})

describe("parse", () => {
  it("takes a symbol apart", () => {
    assert.deepStrictEqual(
      Symbols.parse("tBTCUSD"),
      Either.right({ kind: "trading" as const, symbol: "tBTCUSD" as const, base: "BTC", quote: "USD" })
    )
    assert.deepStrictEqual(
      Symbols.parse("tBTCF0:USTF0"),
      Either.right({ kind: "trading" as const, symbol: "tBTCF0:USTF0" as const, base: "BTCF0", quote: "USTF0" })
    )
    assert.deepStrictEqual(
      Symbols.parse("fUSD"),
      Either.right({ kind: "funding" as const, symbol: "fUSD" as const, currency: "USD" })
    )
  })
  it("guesses nothing: a pair without colon is two codes of three letters", () => {
    for (const symbol of ["tDOGEUSD", "tBTCUS", "BTCUSD", "", "x"]) {
      const parsed = Symbols.parse(symbol)
      assert(Either.isLeft(parsed), symbol)
      assert.deepInclude({ ...parsed.left }, { _tag: "InvalidInput", operation: "Symbols.parse", value: symbol })
    }
  })

  const code = FastCheck.stringMatching(/^[A-Z0-9]{2,6}$/)
  it("undoes trading", () => {
    FastCheck.assert(FastCheck.property(code, code, (base, quote) => {
      const symbol = Symbols.trading(base, quote)
      assert.deepStrictEqual(Symbols.parse(symbol), Either.right({ kind: "trading" as const, symbol, base, quote }))
    }))
  })
  it("undoes funding", () => {
    FastCheck.assert(FastCheck.property(code, (currency) => {
      const symbol = Symbols.funding(currency)
      assert.deepStrictEqual(Symbols.parse(symbol), Either.right({ kind: "funding" as const, symbol, currency }))
    }))
  })
  it("is the inverse of print, except for an unnecessary colon", () => {
    const symbols = FastCheck.oneof(
      FastCheck.stringMatching(/^t[A-Z0-9]{6}$/),
      FastCheck.stringMatching(/^t[A-Z0-9]{1,8}:[A-Z0-9]{1,8}$/),
      FastCheck.stringMatching(/^f[A-Z0-9]{2,6}$/)
    )
    FastCheck.assert(FastCheck.property(symbols, (symbol) => {
      const parts = Either.getOrThrow(Symbols.parse(symbol))
      const printed = parts.kind === "trading"
        ? Symbols.trading(parts.base, parts.quote)
        : Symbols.funding(parts.currency)
      assert.strictEqual(printed, /^t...:...$/.test(symbol) ? symbol.replace(":", "") : symbol)
    }))
  })
  it("never throws, and accepts only symbols", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string(), (text) => {
      if (Either.isRight(Symbols.parse(text))) assert.isTrue(Symbols.isTrading(text) || Symbols.isFunding(text))
    }))
  })
})

describe("schemas and configuration", () => {
  const env = (symbol: string) => ConfigProvider.fromMap(new Map([["SYMBOL", symbol]]))

  it.effect("read a symbol from the configuration", () =>
    Effect.gen(function*() {
      const trading = yield* Symbols.tradingConfig("SYMBOL").pipe(Effect.withConfigProvider(env("tBTCUSD")))
      const funding = yield* Symbols.fundingConfig("SYMBOL").pipe(Effect.withConfigProvider(env("fUSD")))
      const either = yield* Symbols.config("SYMBOL").pipe(Effect.withConfigProvider(env("fUSD")))
      assert.deepStrictEqual([trading, funding, either], ["tBTCUSD", "fUSD", "fUSD"])
    }))

  it.effect("refuse another symbol, and say what a symbol is", () =>
    Effect.gen(function*() {
      const error = yield* Symbols.tradingConfig("SYMBOL").pipe(
        Effect.withConfigProvider(env("BTC/USD")),
        Effect.flip
      )
      assert.include(String(error), "\"BTC/USD\": a trading symbol is t and an upper-case pair, such as tBTCUSD")
      const kind = yield* Symbols.fundingConfig("SYMBOL").pipe(Effect.withConfigProvider(env("tBTCUSD")), Effect.flip)
      assert.include(String(kind), "a funding symbol is f and an upper-case currency")
    }))

  it("generate only symbols", () => {
    for (const symbol of FastCheck.sample(Arbitrary.make(Symbols.BitfinexSymbol), 20)) {
      assert.isTrue(Symbols.isSymbol(symbol), symbol)
    }
    for (const symbol of FastCheck.sample(Arbitrary.make(Symbols.TradingSymbol), 20)) {
      assert.isTrue(Symbols.isTrading(symbol), symbol)
    }
  })
})
