/** The newest trades: the type of the rows follows from the symbol, `t…` for trades and `f…` for funding. */
import * as RestClient from "effect-bitfinex/RestClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const trades = yield* rest.trades({ symbol: "tBTCUSD", limit: 5 })
  yield* Effect.forEach(trades, ({ amount, id, price }) => Console.log(`trade ${id}: ${amount} BTC at ${price} USD`))
  const funding = yield* rest.trades({ symbol: "fUSD", limit: 5 })
  yield* Effect.forEach(
    funding,
    ({ amount, id, period, rate }) =>
      Console.log(`funding ${id}: ${amount} USD for ${period} days at ${(rate * 100).toFixed(4)} % a day`)
  )
})
