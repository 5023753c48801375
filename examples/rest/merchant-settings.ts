/** Reads and writes settings of a merchant. The manual no longer lists these endpoints. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* Console.log(yield* rest.listMerchantSettings({ keys: [] }))
  yield* Console.log(yield* rest.setMerchantSetting({ key: "bfx_pay_recommend_store", val: 1 }))
  yield* Console.log(yield* rest.getMerchantSetting({ key: "bfx_pay_recommend_store" }))
})
