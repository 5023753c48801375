/** Configuration by key. The results have the order of the keys, each with the type of its key. */
import * as RestClient from "effect-bitfinex/RestClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const [currencies, pairs, info] = yield* rest.configs({
    keys: ["pub:list:currency", "pub:list:pair:exchange", "pub:info:pair"]
  })
  yield* Console.log(`currencies: ${currencies?.join(" ")}`)
  yield* Console.log(`pairs: ${pairs?.join(" ")}`)
  yield* Effect.forEach(
    info ?? [],
    ({ info, pair }) => Console.log(`${pair}: orders of ${info.minOrderSize} to ${info.maxOrderSize}`)
  )
})
