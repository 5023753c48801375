/** Changes an order, then cancels it; a second cancellation is refused. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const submitted = yield* rest.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 })
  const [order] = submitted.notifyInfo
  if (order === undefined) return yield* Console.log("the venue shows no order")

  const updated = yield* rest.updateOrder({ id: order.id, price: 1100 })
  yield* Console.log(`${updated.type} ${updated.status}: ${updated.text}`)
  const cancelled = yield* rest.cancelOrder({ id: order.id })
  yield* Console.log(`${cancelled.type} ${cancelled.status}: ${cancelled.text}`)

  const again = yield* Effect.flip(rest.cancelOrder({ id: order.id }))
  yield* Console.log(`once more: ${again._tag}: ${again.message}`)
})
