import { describe, expectTypeOf, it } from "@effect/vitest"
import type * as Layer from "effect/Layer"
import * as AccountConnection from "../src/AccountConnection.ts"
import type * as AccountEvents from "../src/AccountEvents.ts"
import type * as AccountState from "../src/AccountState.ts"
import * as Mock from "../src/testing/Mock.ts"
import type * as Trading from "../src/Trading.ts"

type Needs<L> = L extends Layer.Layer<infer _A, infer _E, infer R> ? R : never

describe("a mock of the account's connection", () => {
  it("provides the connection alone: services built on its session still require the session, in their types", () => {
    const mock = Mock.layerTest(AccountConnection.AccountConnection, {})
    expectTypeOf<Layer.Layer.Success<typeof mock>>().toEqualTypeOf<AccountConnection.AccountConnection>()
    expectTypeOf<AccountConnection.AccountSession>().toMatchTypeOf<Needs<ReturnType<typeof AccountEvents.layer>>>()
    expectTypeOf<AccountConnection.AccountSession>().toMatchTypeOf<Needs<ReturnType<typeof AccountState.layer>>>()
    expectTypeOf<AccountConnection.AccountSession>().toMatchTypeOf<Needs<ReturnType<typeof Trading.layer>>>()
    expectTypeOf<Needs<ReturnType<typeof AccountEvents.layer>>>().toEqualTypeOf<AccountConnection.AccountSession>()
  })

  it("the layer of the connection provides both", () => {
    expectTypeOf<Layer.Layer.Success<ReturnType<typeof AccountConnection.layer>>>().toEqualTypeOf<
      AccountConnection.AccountConnection | AccountConnection.AccountSession
    >()
  })
})
