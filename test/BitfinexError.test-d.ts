import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type * as AccountEvents from "../src/AccountEvents.ts"
import type * as BitfinexError from "../src/BitfinexError.ts"
import type * as MarketData from "../src/MarketData.ts"
import type * as RestAuthClient from "../src/RestAuthClient.ts"
import type * as RestClient from "../src/RestClient.ts"
import type * as Trading from "../src/Trading.ts"

type ErrorOf<F> = F extends (...args: never) => Effect.Effect<unknown, infer E, unknown> ? E
  : F extends (...args: never) => Stream.Stream<unknown, infer E, unknown> ? E
  : never
type Methods<S, Names extends keyof S> = ErrorOf<S[Names]>

declare const rest: RestClient.Service
declare const account: RestAuthClient.Service
declare const failure: <E>() => Effect.Effect<never, E>
const handled = () => Effect.succeed("handled")

/** A handler for each tag leaves no failure: `catchTags` accepts no tag that cannot occur, and lacks none that can. */
const publicTags = {
  InvalidInput: handled,
  TransportError: handled,
  RateLimited: handled,
  Maintenance: handled,
  ApiError: handled,
  DecodeError: handled
}
const readTags = { ...publicTags, AuthenticationFailed: handled, NonceTooSmall: handled }
const writeTags = { ...readTags, InsufficientBalance: handled, InvalidOrder: handled }
const orderTags = { ...writeTags, OrderNotFound: handled }
const streamTags = {
  InvalidInput: handled,
  SubscriptionRejected: handled,
  ReconnectExhausted: handled,
  ConnectionEnded: handled,
  UnsupportedVersion: handled,
  BufferOverflow: handled
}
const commandTags = {
  InvalidInput: handled,
  PermissionMissing: handled,
  ConnectionClosed: handled,
  RateLimited: handled,
  Maintenance: handled,
  AuthenticationFailed: handled,
  NonceTooSmall: handled,
  InsufficientBalance: handled,
  OrderNotFound: handled,
  InvalidOrder: handled,
  ApiError: handled,
  OutcomeUnknown: handled,
  ReconnectExhausted: handled,
  ConnectionEnded: handled,
  UnsupportedVersion: handled
}

/** the failures that a group's handlers leave, and the handlers that the group does not need */
type Left<E, H> = Exclude<E, { readonly _tag: keyof H }>
type Idle<E extends { readonly _tag: string }, H> = Exclude<keyof H, E["_tag"]>
const exact = <E extends { readonly _tag: string }, H>(
  _left: [Left<E, H>] extends [never] ? [Idle<E, H>] extends [never] ? "exact" : Idle<E, H> : Left<E, H>
) => {}

describe("catchTags with a handler for each failure", () => {
  it("of public REST calls leaves none, and none can fail with OrderNotFound or NonceTooSmall", () => {
    type E = Methods<RestClient.Service, "ticker" | "book" | "platformStatus" | "liquidations" | "candlesHistory">
    exact<E, typeof publicTags>("exact")
    const program = () => failure<E>().pipe(Effect.catchTags(publicTags))
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof program>>>().toEqualTypeOf<never>()
    // @ts-expect-error it cannot occur
    void (() => failure<E>().pipe(Effect.catchTags({ NonceTooSmall: handled })))
    // @ts-expect-error it cannot occur
    void (() => failure<E>().pipe(Effect.catchTags({ OrderNotFound: handled })))
  })

  it("of every public endpoint", () => {
    type Calls = Omit<RestClient.Service, `${string}Stream` | "budgetRemaining">
    exact<Methods<Calls, keyof Calls>, typeof publicTags>("exact")
  })

  it("of signed reads", () => {
    type E = Methods<RestAuthClient.Service, "wallets" | "activeOrders" | "positions" | "ledgers" | "userInfo">
    exact<E, typeof readTags>("exact")
    const program = () => failure<E>().pipe(Effect.catchTags(readTags))
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof program>>>().toEqualTypeOf<never>()
  })

  it("of signed writes", () => {
    type E = Methods<
      RestAuthClient.Service,
      "transferBetweenWallets" | "submitFundingOffer" | "generateToken" | "claimPosition"
    >
    exact<E, typeof writeTags>("exact")
    const program = () => failure<E>().pipe(Effect.catchTags(writeTags))
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof program>>>().toEqualTypeOf<never>()
  })

  it("of submissions, which may also have an unknown outcome", () => {
    type E = Methods<RestAuthClient.Service, "submitOrder">
    exact<E, typeof writeTags & { OutcomeUnknown: true }>("exact")
  })

  it("of changes and cancellations of orders", () => {
    type E = Methods<RestAuthClient.Service, "updateOrder" | "cancelOrder" | "cancelOrders" | "orderMultiOp">
    exact<E, typeof orderTags>("exact")
  })

  it("of histories, which may also meet a page that is too small", () => {
    const open = () => rest.tradesStream({ symbol: "tBTCUSD" })
    const signed = () => account.ledgersStream()
    exact<ErrorOf<typeof open>, typeof publicTags & { PageOverflow: true }>("exact")
    exact<ErrorOf<typeof signed>, typeof readTags & { PageOverflow: true }>("exact")
  })

  it("of streams", () => {
    exact<Methods<MarketData.Service, "ticker" | "trades" | "book">, typeof streamTags>("exact")
    type Account = typeof streamTags & { AuthenticationFailed: true; NonceTooSmall: true }
    exact<Methods<AccountEvents.Service, "orders" | "wallets">, Account>("exact")
  })

  it("of submissions on the socket, which never fail with OrderNotFound", () => {
    type E = Methods<Trading.Service, "submitOrder" | "submitOrderResolved" | "submitOrderStream">
    exact<E, Omit<typeof commandTags, "OrderNotFound">>("exact")
    // @ts-expect-error it cannot occur
    void (() => failure<E>().pipe(Effect.catchTags({ OrderNotFound: handled })))
  })

  it("of funding offers on the socket", () => {
    type E = Methods<Trading.Service, "submitFundingOffer" | "cancelFundingOffer">
    exact<E, Omit<typeof commandTags, "OrderNotFound">>("exact")
  })

  it("of computations and messages on the socket, which fail with no error of an order", () => {
    type OfOrders = "OrderNotFound" | "InsufficientBalance" | "InvalidOrder" | "PermissionMissing"
    exact<Methods<Trading.Service, "calc">, Omit<typeof commandTags, OfOrders>>("exact")
    type Answers = "RateLimited" | "ApiError" | "OutcomeUnknown"
    exact<Methods<Trading.Service, "notify">, Omit<typeof commandTags, OfOrders | Answers>>("exact")
  })

  it("of changes and cancellations of orders on the socket", () => {
    type E = Methods<Trading.Service, "cancelOrder" | "updateOrder">
    exact<E, typeof commandTags>("exact")
    const program = () => failure<E>().pipe(Effect.catchTags(commandTags))
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof program>>>().toEqualTypeOf<never>()
  })

  it("of all of them is the union of the package", () => {
    type All = BitfinexError.RestError | BitfinexError.AccountStreamError | BitfinexError.CommandError
    expectTypeOf<BitfinexError.BitfinexError>().toEqualTypeOf<All | BitfinexError.PageOverflow>()
  })
})
