/** Submits, moves and cancels an order, and watches its events. */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as AccountEvents from "effect-bitfinex/AccountEvents"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"

export const program = Effect.gen(function*() {
  const account = yield* AccountConnection.AccountConnection
  const events = yield* AccountEvents.AccountEvents
  const trading = yield* Trading.Trading
  yield* account.requirePermissions("orders.write")

  // until the order of this program has ended
  const watching = yield* events.orders().pipe(
    Stream.tap((event) =>
      event._tag === "Update"
        ? Effect.forEach(event.rows, ({ amount, price, status }) =>
          Console.log(`  event ${event.type}: ${amount} at ${price}, ${status}`))
        : Console.log(`  ${event._tag} of login ${event.epoch}`)
    ),
    Stream.takeUntil((event) => event._tag === "Update" && event.type === "oc"),
    Stream.runDrain,
    Effect.fork
  )

  const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const
  const { by, cid, id, text } = yield* trading.submitOrder(order).pipe(
    Effect.catchTags({
      InsufficientBalance: (refused) => Effect.zipRight(Console.log(`refused: ${refused.text}`), Effect.fail(refused)),
      // the answer was lost: `resolutions` emits the outcome, and submitOrderResolved would wait for it
      OutcomeUnknown: (lost) => Effect.zipRight(Console.log(lost.message), Effect.fail(lost))
    })
  )
  yield* Console.log(`order ${id}, cid ${cid}, accepted by ${by}: ${text}`)

  const moved = yield* trading.updateOrder({ id, price: 1100 })
  yield* Console.log(`moved to ${moved.order.price}`)
  const cancelled = yield* trading.cancelOrder({ id })
  yield* Console.log(`cancellation accepted by ${cancelled.by}`)
  yield* Fiber.join(watching)
  yield* Console.log(`${yield* trading.orderBudgetRemaining} orders left in the budget of 5 minutes`)
})
