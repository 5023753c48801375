import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type * as BitfinexError from "../src/BitfinexError.ts"
import type * as RateLimiter from "../src/RateLimiter.ts"
import type * as Records from "../src/Records.ts"
import type * as RestClient from "../src/RestClient.ts"

declare const rest: RestClient.Service
type Ok<T> = T extends Effect.Effect<infer A, unknown, unknown> ? A
  : T extends Stream.Stream<infer A, unknown> ? A
  : never

describe("RestClient: types", () => {
  it("select the record by the symbol", () => {
    const trading = () => rest.ticker({ symbol: "tBTCUSD" })
    const funding = () => rest.ticker({ symbol: "fUSD" })
    const either = (symbol: `t${string}` | `f${string}`) => rest.ticker({ symbol })
    expectTypeOf<Ok<ReturnType<typeof trading>>>().toEqualTypeOf<Records.TradingTicker>()
    expectTypeOf<Ok<ReturnType<typeof funding>>>().toEqualTypeOf<Records.FundingTicker>()
    expectTypeOf<Ok<ReturnType<typeof either>>>().toEqualTypeOf<Records.TradingTicker | Records.FundingTicker>()
  })

  it("select the rows of a book by symbol and precision", () => {
    const raw = () => rest.book({ symbol: "tBTCUSD", precision: "R0" })
    const levels = () => rest.book({ symbol: "fUSD", precision: "P0" })
    expectTypeOf<Ok<ReturnType<typeof raw>>>().toEqualTypeOf<ReadonlyArray<Records.RawBookEntry>>()
    expectTypeOf<Ok<ReturnType<typeof levels>>>().toEqualTypeOf<ReadonlyArray<Records.FundingBookEntry>>()
  })

  it("give streams the rows of their endpoints", () => {
    const trades = () => rest.tradesStream({ symbol: "fUSD" })
    const candles = () => rest.candlesStream({ timeframe: "1m", symbol: "tBTCUSD" })
    const liquidations = () => rest.liquidationsStream()
    expectTypeOf<Ok<ReturnType<typeof trades>>>().toEqualTypeOf<Records.PublicFundingTrade>()
    expectTypeOf<Ok<ReturnType<typeof candles>>>().toEqualTypeOf<Records.Candle>()
    expectTypeOf<Ok<ReturnType<typeof liquidations>>>().toEqualTypeOf<Records.Liquidation>()
    expectTypeOf<Stream.Stream.Error<ReturnType<typeof candles>>>().toEqualTypeOf<
      BitfinexError.RestPublicError | BitfinexError.PageOverflow
    >()
  })

  it("let the argument be left out where every parameter may be", () => {
    const all = () => rest.liquidations()
    const some = () => rest.liquidations({ limit: 3, start: new Date(0) })
    const none = () => rest.platformStatus()
    expectTypeOf<Ok<ReturnType<typeof all>>>().toEqualTypeOf<ReadonlyArray<Records.Liquidation>>()
    expectTypeOf<ReturnType<typeof some>>().toEqualTypeOf<ReturnType<typeof all>>()
    expectTypeOf<Ok<ReturnType<typeof none>>>().toEqualTypeOf<Records.PlatformStatus>()
  })

  it("the layer requires an HttpClient and a limiter", () => {
    expectTypeOf<typeof RestClient.layer>().toEqualTypeOf<
      Layer.Layer<RestClient.RestClient, never, HttpClient.HttpClient | RateLimiter.RateLimiter>
    >()
  })
})
