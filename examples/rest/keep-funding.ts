/** Keeps used funding beyond its end; a second call of this kind undoes that. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  // below the market, so that it is taken at once
  yield* rest.submitFundingOffer({ type: "LIMIT", symbol: "fUSD", amount: 500, rate: "0.00001", period: 2 })
  const credits = yield* rest.fundingCredits({ symbol: "fUSD" })
  const loans = yield* rest.fundingLoans({ symbol: "fUSD" })
  yield* Console.log(`${credits.length} credits and ${loans.length} loans`)
  const [credit] = credits
  const [loan] = loans
  const kept = credit !== undefined
    ? yield* rest.keepFunding({ type: "credit", id: [credit.id] })
    : loan !== undefined
    ? yield* rest.keepFunding({ type: "loan", id: [loan.id] })
    : undefined
  yield* Console.log(kept === undefined ? "there is nothing to keep" : `${kept.type} ${kept.status}`)
})
