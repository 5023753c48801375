/** Values that the venue computes on request only: null until then. */
import * as AccountState from "effect-bitfinex/AccountState"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const program = Effect.gen(function*() {
  const { wallets } = yield* AccountState.AccountState
  const trading = yield* Trading.Trading
  const available = Effect.map(
    wallets.get("exchange:USD"),
    Option.match({ onNone: () => "no such wallet", onSome: ({ availableBalance }) => String(availableBalance) })
  )
  yield* Console.log(`available in exchange:USD, from the snapshot: ${yield* available}`)

  const [usd] = yield* trading.calc(["wallet_exchange_USD"])
  yield* Console.log(`computed on request: ${usd?.availableBalance ?? "not answered"}`)
  const [margin] = yield* trading.calc(["margin_base"])
  yield* Console.log(`margin balance ${margin?.data.marginBalance ?? "not answered"}`)
  const [symbol] = yield* trading.calc(["margin_sym_tBTCUSD"])
  yield* Console.log(`tradable in tBTCUSD ${symbol?.data.tradableBalance ?? "not answered"}`)
  yield* Console.log(`the view of the wallets has it as well: ${yield* available}`)
})
