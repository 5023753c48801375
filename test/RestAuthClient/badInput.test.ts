import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Auth from "../../src/Auth.ts"
import { outcomeOf } from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"

// Mistakes of a new user, against an exchange: the error, its message, and that nothing was sent.

const accounts: FakeExchange.Options["accounts"] = [
  { key: "demo-key", secret: "demo-secret", wallets: { exchange: { USD: 1000, BTC: 1 } } },
  { key: "read-key", secret: "read-secret", permissions: { orders: { read: true } } }
]
const exchange = FakeExchange.layerMemory({ history: 10_000, step: 2000, symbols: ["tBTCUSD", "fUSD"], accounts })

const withKey = (apiKey: string, apiSecret: string) =>
  RestAuthClient.layer().pipe(
    Layer.provide(RateLimiter.layerProcess),
    Layer.provide(Auth.layer()),
    Layer.provide([
      Credentials.layer({ apiKey: Redacted.make(apiKey), apiSecret: Redacted.make(apiSecret) }),
      Nonce.layerProcess
    ])
  )

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

describe("bad credentials", () => {
  const cases: ReadonlyArray<readonly [name: string, key: string, secret: string, tag: string, words: string]> = [
    ["an empty key", "", "demo-secret", "InvalidInput", "is the environment variable set?"],
    ["an empty secret", "demo-key", "", "InvalidInput", "apiSecret"],
    ["a key with a newline", "demo-key\n", "demo-secret", "InvalidInput", "copied with its line end"],
    ["a secret with a newline", "demo-key", "demo-secret\r\n", "InvalidInput", "copied with its line end"],
    ["an unknown key", "other-key", "demo-secret", "AuthenticationFailed", "apikey: invalid"],
    ["a wrong secret", "demo-key", "other-secret", "AuthenticationFailed", "apikey: digest invalid"],
    ["a missing permission", "read-key", "read-secret", "AuthenticationFailed", "permission invalid (orders write)"]
  ]
  for (const [name, key, secret, tag, words] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const venue = yield* FakeExchange.FakeExchange
        const error = yield* Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.submitOrder(order)).pipe(
          Effect.provide(withKey(key, secret)),
          Effect.flip
        )
        assert.strictEqual(error._tag, tag)
        assert.include(error.message, words)
        // refused once, and not tried again
        assert.lengthOf(yield* venue.requests, tag === "InvalidInput" ? 0 : 1)
        for (const shown of [error.message, JSON.stringify(error), String(error)]) {
          assert.notInclude(shown, "demo-secret")
          assert.notInclude(shown, "other-secret")
        }
        assert.lengthOf((yield* venue.account("demo-key")).orders(), 0)
      }).pipe(Effect.provide(exchange)))
  }
})

describe("bad arguments are refused here, by their name, and nothing is sent", () => {
  // the casts of this table: programs in JavaScript can give anything
  const cases: ReadonlyArray<
    readonly [name: string, method: keyof RestAuthClient.Service, args: unknown, field: string, words: string]
  > = [
    ["no arguments at all", "submitOrder", undefined, "type", "required"],
    ["null for arguments", "submitOrder", null, "type", "required"],
    ["null for a cid", "submitOrder", { ...order, cid: null }, "cid", "whole number"],
    ["NaN", "submitOrder", { ...order, amount: Number.NaN }, "amount", "finite"],
    ["NaN as text", "submitOrder", { ...order, amount: "NaN" }, "amount", "finite"],
    ["Infinity", "submitOrder", { ...order, price: Number.POSITIVE_INFINITY }, "price", "finite"],
    ["9 decimals", "submitOrder", { ...order, amount: "0.123456789" }, "amount", "8 decimals"],
    ["9 decimals by an exponent", "submitOrder", { ...order, amount: "1e-9" }, "amount", "8 decimals"],
    ["the noise of a sum", "submitOrder", { ...order, amount: 0.1 + 0.2 }, "amount", "8 decimals"],
    ["6 significant digits", "submitOrder", { ...order, price: "12345.6" }, "price", "5 significant digits"],
    ["a zero amount", "submitOrder", { ...order, amount: "-0.000" }, "amount", "zero"],
    ["an unknown order type", "submitOrder", { ...order, type: "EXCHANGE_LIMIT" }, "type", "choose one of LIMIT"],
    ["a cid of 2^45", "submitOrder", { ...order, cid: 2 ** 45 }, "cid", "35184372088831"],
    ["a funding symbol for an order", "submitOrder", { ...order, symbol: "fUSD" }, "symbol", "tBTCUSD"],
    ["a bare pair", "submitOrder", { ...order, symbol: "BTCUSD" }, "symbol", "tBTCUSD"],
    [
      "a trading symbol for an offer",
      "submitFundingOffer",
      { type: "LIMIT", symbol: "tBTCUSD", amount: 50, rate: 0.1, period: 2 },
      "symbol",
      "f and"
    ],
    ["a symbol for a currency", "movements", { currency: "fUSD" }, "currency", "without prefix"],
    ["a name that is none", "submitOrder", { ...order, prise: 1 }, "prise", "there is no such parameter"],
    ["a cancellation of nothing", "cancelOrder", {}, "id", "either id, or cid and cidDate"],
    ["a cancellation without its day", "cancelOrder", { cid: 5 }, "cid", "either id, or cid and cidDate"],
    [
      "a withdrawal without address",
      "withdraw",
      { wallet: "exchange", method: "bitcoin", amount: 1 },
      "amount",
      "amount and address"
    ],
    ["a question about nothing", "resolveOrder", undefined, "cid", "required"],
    ["a question about null", "resolveOrder", null, "cid", "required"],
    ["a question with a wrong name", "resolveOrder", { cid: 5, cidDate: 0, id: 1 }, "id", "no such parameter"],
    ["a token that is no secret", "invalidateToken", { token: "pub:api:text" }, "token", "required"]
  ]
  for (const [name, method, args, field, words] of cases) {
    it.effect(`${name}: ${method}`, () =>
      Effect.gen(function*() {
        const venue = yield* FakeExchange.FakeExchange
        const rest = yield* RestAuthClient.RestAuthClient
        const call = rest[method] as (args: unknown) => Effect.Effect<unknown, Parameters<typeof outcomeOf>[0]>
        const result = yield* Effect.either(call(args))
        assert(Either.isLeft(result), "it was accepted")
        const error = result.left
        assert(error._tag === "InvalidInput", error.message)
        assert.strictEqual(error.field, field)
        assert.include(error.message, words)
        assert.isFalse(error.isRetryable)
        assert.strictEqual(outcomeOf(error), "unsent")
        assert.lengthOf(yield* venue.requests, 0)
      }).pipe(Effect.provide(withKey("demo-key", "demo-secret")), Effect.provide(exchange)))
  }

  it.effect("an exponent is valid: it is sent as a plain decimal", () =>
    Effect.gen(function*() {
      const venue = yield* FakeExchange.FakeExchange
      const rest = yield* RestAuthClient.RestAuthClient
      for (const amount of ["1e-7", 1e-7]) {
        const error = yield* Effect.flip(rest.submitOrder({ ...order, amount }))
        assert.strictEqual(error._tag, "InvalidOrder")
        assert.include(error.message, "minimum size")
      }
      for (const { body } of yield* venue.requests) assert.include(body, `"amount":"0.0000001"`)
    }).pipe(Effect.provide(withKey("demo-key", "demo-secret")), Effect.provide(exchange)))
})
