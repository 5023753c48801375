/** The balances of the wallets, and the permissions of the key. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  for (const { availableBalance, balance, currency, type } of yield* rest.wallets()) {
    yield* Console.log(`${type.padEnd(10)} ${currency.padEnd(8)} ${balance} (${availableBalance ?? "?"} available)`)
  }
  const writable = (yield* rest.keyPermissions()).filter(({ write }) => write === 1).map(({ scope }) => scope)
  yield* Console.log(`the key may write ${writable.join(", ")}; ${yield* rest.budgetRemaining("wallets")} calls left`)
})
