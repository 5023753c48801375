/** Computed by the venue: the average price of an order of a given size, and the rate between two currencies. */
import * as RestClient from "effect-bitfinex/RestClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const buy = yield* rest.marketAveragePrice({ symbol: "tBTCUSD", amount: "1.5" })
  yield* Console.log(`buying ${buy.amount} BTC now would cost ${buy.priceAvg?.toFixed(2)} USD each on average`)
  const lend = yield* rest.marketAveragePrice({ symbol: "fUSD", amount: 10_000, period: 30 })
  yield* Console.log(`10,000 USD of funding for up to 30 days: ${lend.rateAvg} a day on average`)
  const { currentRate } = yield* rest.foreignExchangeRate({ ccy1: "BTC", ccy2: "USD" })
  yield* Console.log(`1 BTC is ${currentRate} USD`)
})
