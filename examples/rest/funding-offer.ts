/** Offers funding, and cancels the offer. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const offered = yield* rest.submitFundingOffer({
    type: "LIMIT",
    symbol: "fUSD",
    amount: 500,
    // a fraction per day, far above the market
    rate: "0.02",
    period: 2
  })
  yield* Console.log(`${offered.type} ${offered.status}: ${offered.text}`)
  const offers = yield* rest.fundingOffers({ symbol: "fUSD" })
  for (const { amount, id, rate } of offers) {
    yield* Console.log(`offer ${id}: ${amount} USD at ${rate} a day`)
    const { status, text } = yield* rest.cancelFundingOffer({ id })
    yield* Console.log(`cancelled: ${status} ${text ?? ""}`)
  }
})
