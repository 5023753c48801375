/** Balances as a live view: the current ones, and the changes of a purchase. */
import * as AccountState from "effect-bitfinex/AccountState"
import * as AccountView from "effect-bitfinex/AccountView"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"

export const program = Effect.gen(function*() {
  const { caughtUp: settled, trades, wallets } = yield* AccountState.AccountState
  const trading = yield* Trading.Trading
  yield* settled
  const before = yield* wallets.synced
  for (const [key, { balance }] of before.rows) yield* Console.log(`${key.padEnd(14)} ${balance}`)

  const bitcoin = yield* wallets.changes.pipe(
    Stream.filter(AccountView.isSynced),
    Stream.map(({ rows }) => rows.get("exchange:BTC")?.balance ?? 0),
    Stream.changes,
    Stream.take(2),
    Stream.runForEach((balance) => Console.log(`exchange:BTC is ${balance}`)),
    Effect.fork
  )
  const bought = yield* trades().pipe(
    Stream.take(1),
    Stream.runForEach(({ trade }) => Console.log(`bought ${trade.execAmount} at ${trade.execPrice}`)),
    Effect.fork
  )
  yield* trading.submitOrder({ type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.001" })
  yield* Fiber.joinAll([bitcoin, bought])
})
