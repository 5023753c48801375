import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Mock from "../../src/testing/Mock.ts"

const defect = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : ""

describe("layerTest", () => {
  it.effect("answers with the methods that the test provides", () =>
    Effect.gen(function*() {
      const rest = yield* RestClient.RestClient
      assert.deepStrictEqual(yield* rest.platformStatus(), { status: 0 })
    }).pipe(Effect.provide(Mock.layerTest(RestClient.RestClient, {
      platformStatus: () => Effect.succeed({ status: 0 as const })
    }))))

  it.effect("a missing method, Effect or Stream, ends its caller with its name", () =>
    Effect.gen(function*() {
      const call = yield* Effect.exit((yield* RestAuthClient.RestAuthClient).wallets())
      assert.include(defect(call), "effect-bitfinex/RestAuthClient: Unimplemented method \"wallets\"")
      const history = yield* Effect.exit(Stream.runDrain((yield* RestAuthClient.RestAuthClient).ledgersStream()))
      assert.include(defect(history), "\"ledgersStream\"")
      const channel = yield* Effect.exit(Stream.runDrain(MarketData.ticker("tBTCUSD")))
      assert.include(defect(channel), "effect-bitfinex/MarketData: Unimplemented method \"ticker\"")
      const events = yield* AccountEvents.AccountEvents
      assert.include(defect(yield* Effect.exit(Stream.runDrain(events.orders()))), "\"orders\"")
      const states = yield* Effect.exit(Stream.runDrain((yield* MarketData.MarketData).states))
      assert.include(defect(states), "\"states\"")
    }).pipe(
      Effect.provide(Mock.layerTest(RestAuthClient.RestAuthClient, {})),
      Effect.provide(Mock.layerTest(MarketData.MarketData, {})),
      Effect.provide(Mock.layerTest(AccountEvents.AccountEvents, {}))
    ))
})
