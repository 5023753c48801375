/** A book over REST. With `precision: "R0"` the rows, and their type, are single orders. */
import * as RestClient from "effect-bitfinex/RestClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const levels = yield* rest.book({ symbol: "tBTCUSD", precision: "P0", len: 25 })
  for (const { amount, count, price } of levels.filter(({ amount }) => amount < 0).slice(0, 5).reverse()) {
    yield* Console.log(`ask ${price}  ${-amount} BTC in ${count} orders`)
  }
  for (const { amount, count, price } of levels.filter(({ amount }) => amount > 0).slice(0, 5)) {
    yield* Console.log(`bid ${price}  ${amount} BTC in ${count} orders`)
  }
})
