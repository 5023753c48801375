/** An order far from the market, whose outcome becomes known even if no answer arrives. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

  const { cid, cidDate, notifyInfo, text } = yield* rest.submitOrder(order).pipe(
    Effect.tapErrorTag("InsufficientBalance", ({ text }) => Console.log(`not placed: ${text}`))
  )
  yield* Console.log(`${text}: order ${notifyInfo[0]?.id}, cid ${cid} of ${cidDate}`)

  // the lookup after an OutcomeUnknown; here the answer has already arrived
  const outcome = yield* rest.resolveOrder({ cid, cidDate, symbol: "tBTCUSD" })
  yield* Console.log(`it is ${outcome._tag}`)
  yield* rest.cancelOrder({ cid, cidDate })

  // both in one: submits once, and looks up the outcome if no answer arrives
  const other = yield* rest.submitOrderResolved(order, { within: "30 seconds" })
  yield* Console.log(`the other one: ${other._tag}, cid ${other.cid}`)
  yield* rest.cancelOrders({ cid: [[other.cid, other.cidDate]] })
})
