/** Orders that do not outlive the program: cancelled at its start and at its end, and confirmed by the venue. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

const open = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* Console.log(`${(yield* rest.activeOrders()).length} orders are open`)
})

export const program = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  // orders of an earlier run, as after a power cut; orders of other groups stay
  const left = yield* trading.cancelOpenOrders({ gid: 77 })
  yield* Console.log(`${left.length} orders of an earlier run were cancelled`)

  yield* Effect.gen(function*() {
    // orders of these methods are cancelled with the scope, even if their answers were lost
    const mine = yield* trading.cancelOnExit()
    yield* mine.submitOrder({ ...order, gid: 77 })
    yield* mine.submitOrder({ ...order, gid: 77, price: 1100 })
    yield* open
    yield* Effect.fail("something went wrong")
  }).pipe(
    Effect.scoped,
    Effect.catchAll((reason) => Console.log(`the strategy ended: ${typeof reason === "string" ? reason : reason._tag}`))
  )
  yield* open
})
