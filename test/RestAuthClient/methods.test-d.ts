import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as Auth from "../../src/Auth.ts"
import * as Bitfinex from "../../src/Bitfinex.ts"
import type * as BitfinexError from "../../src/BitfinexError.ts"
import type * as Credentials from "../../src/Credentials.ts"
import type * as Nonce from "../../src/Nonce.ts"
import type { Order, Trade } from "../../src/protocol/records/Order.ts"
import type * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import type * as RestClient from "../../src/RestClient.ts"

declare const rest: RestAuthClient.Service
const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 10_000 } as const

describe("RestAuthClient: types", () => {
  it("needs credentials by its type", () => {
    expectTypeOf(RestAuthClient.layer()).toEqualTypeOf<
      Layer.Layer<
        RestAuthClient.RestAuthClient,
        BitfinexError.InvalidInput,
        Auth.Auth | HttpClient.HttpClient | RateLimiter.RateLimiter
      >
    >()
    expectTypeOf(Auth.layer()).toEqualTypeOf<
      Layer.Layer<Auth.Auth, never, Credentials.Credentials | Nonce.Nonce>
    >()
    const calls = Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.wallets())
    // the public layer gives no signed client: it is still needed
    const program = Effect.provide(calls, Bitfinex.layerPublic)
    expectTypeOf<Effect.Effect.Context<typeof program>>().toEqualTypeOf<RestAuthClient.RestAuthClient>()
    // @ts-expect-error nor has the public client signed methods
    void ((rest: RestClient.Service) => rest.wallets())
  })

  it("carries arguments and results from the rows", () => {
    const orders = () => rest.activeOrders()
    expectTypeOf<Effect.Effect.Success<ReturnType<typeof orders>>>().toEqualTypeOf<ReadonlyArray<Order>>()
    const trades = () => rest.accountTradesStream()
    expectTypeOf<Stream.Stream.Success<ReturnType<typeof trades>>>().toEqualTypeOf<Trade>()
    const submitted = () => rest.submitOrder(order)
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof submitted>>>().toEqualTypeOf<
      BitfinexError.RestWriteError | BitfinexError.OrderUnknown
    >()
    // @ts-expect-error either an id, or a cid with its day
    void (() => rest.cancelOrder({}))
    // @ts-expect-error orders have trading symbols
    void (() => rest.submitOrder({ ...order, symbol: "fUSD" }))
  })
})
