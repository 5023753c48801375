/** Opens a margin position and claims it: it is paid in full and moves to the exchange wallet. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* rest.submitOrder({ type: "MARKET", symbol: "tBTCUSD", amount: "0.01" })
  const [position] = yield* rest.positions()
  if (position === undefined || position.positionId === null) return yield* Console.log("there is no position")
  yield* Console.log(`position ${position.positionId}: ${position.amount} ${position.symbol} at ${position.basePrice}`)
  const claimed = yield* rest.claimPosition({ id: position.positionId, amount: position.amount })
  yield* Console.log(`${claimed.type} ${claimed.status}: ${claimed.text}`)
})
