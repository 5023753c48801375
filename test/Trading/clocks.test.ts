import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Resolution } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { failureOf, gather, inject, pass, settle } from "../support/market.ts"
import { inMemory, live, settings } from "../support/trading.ts"

const offer = { type: "LIMIT", symbol: "fUSD", amount: 100, rate: 0.0004, period: 2 } as const

describe("Trading: the outcome of an offer whose answer was lost", () => {
  /** sends an offer that the exchange does not get, while something else happens there */
  const lose = <A, E, R>(meanwhile: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const resolutions: ReadonlyArray<Resolution> = yield* gather(trading.resolutions)
      yield* inject(Fault.HalfOpen.make({}))
      const fiber = yield* Effect.fork(Effect.exit(trading.submitFundingOffer(offer)))
      yield* settle
      yield* meanwhile
      yield* pass("1 minute")
      assert.strictEqual(failureOf(yield* fiber)?._tag, "OutcomeUnknown")
      assert.lengthOf(resolutions, 1)
      return resolutions[0]!.outcome
    })

  it.scoped("that none is shown proves nothing, since it has no id that we chose", () =>
    Effect.gen(function*() {
      const outcome = yield* lose(Effect.void)
      assert.strictEqual(outcome._tag, "Unresolvable")
      assert.deepStrictEqual(outcome._tag === "Unresolvable" && outcome.offers, [])
    }).pipe(inMemory({ settings })))

  it.scoped("another one of that side and period, with other terms than were sent, leaves it unknown", () =>
    Effect.gen(function*() {
      const { venue } = yield* live
      const outcome = yield* lose(venue.offer({ ...offer, amount: "100", rate: "0.00041" }))
      assert.strictEqual(outcome._tag, "Unresolvable")
      assert.deepStrictEqual(outcome._tag === "Unresolvable" && outcome.offers.map(({ rate }) => rate), [0.00041])
    }).pipe(inMemory({ settings })))

  it.scoped("one of another period or side is another one", () =>
    Effect.gen(function*() {
      const { venue } = yield* live
      const outcome = yield* lose(venue.offer({ ...offer, amount: "100", rate: "0.0004", period: 30 }))
      assert.strictEqual(outcome._tag, "Unresolvable")
      assert.deepStrictEqual(outcome._tag === "Unresolvable" && outcome.offers, [])
    }).pipe(inMemory({ settings })))
})
