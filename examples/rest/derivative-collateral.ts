/** Changes the collateral of a derivative position. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* rest.submitOrder({ type: "MARKET", symbol: "tBTCF0:USTF0", amount: "0.01", lev: 10 })
  const limits = yield* rest.derivativeCollateralLimits({ symbol: "tBTCF0:USTF0" })
  yield* Console.log(`from ${limits.minCollateral} to ${limits.maxCollateral}`)
  const collateral = Math.ceil(limits.minCollateral) + 10
  const { status } = yield* rest.setDerivativeCollateral({ symbol: "tBTCF0:USTF0", collateral })
  yield* Console.log(status === 1 ? `the collateral is ${collateral}` : "refused")
  yield* rest.submitOrder({ type: "MARKET", symbol: "tBTCF0:USTF0", amount: "-0.01", flags: { close: true } })
})
