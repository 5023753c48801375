/** Creates an invoice at a point of sale, looks it up and expires it. The manual no longer lists these endpoints. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const invoice = yield* rest.submitPosInvoice({
    amount: "25.50",
    currency: "USD",
    orderId: "table-7",
    payCurrencies: ["BTC", "LNX"],
    duration: 900
  })
  yield* Console.log(`invoice ${invoice.id}: ${invoice.status}`)
  const expired = yield* rest.expireInvoice({ id: invoice.id })
  yield* Console.log(`now it is ${expired.status}`)
})
