/** One program of a user sends messages to another: custom notifications between two connections. */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as NodeSocket from "effect-bitfinex/NodeSocket"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as Trading from "effect-bitfinex/Trading"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/** a second connection of the same key; in a real setup it belongs to another program */
const Other = Trading.layer().pipe(
  Layer.provideMerge(AccountConnection.layer({ filter: ["notify"] })),
  Layer.provide([NodeSocket.layer, RateLimiter.layerProcess])
)

const listener = (ready: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const account = yield* AccountConnection.AccountConnection
    const trading = yield* Trading.Trading
    const heard = yield* trading.userNotifications.pipe(
      Stream.filter(({ type }) => type === "ucm-rebalance"),
      Stream.take(1),
      Stream.runForEach(({ info, messageId }) => Console.log(`heard message ${messageId}: ${JSON.stringify(info)}`)),
      Effect.fork
    )
    yield* account.login
    yield* ready
    yield* Fiber.join(heard)
  })

export const program = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  const say = trading.notify({ type: "ucm-rebalance", info: { currency: "BTC", share: 0.4 } }).pipe(
    Effect.flatMap((messageId) => Console.log(`sent message ${messageId}`)),
    Effect.orDie
  )
  // fresh, so that it is not the connection of this program
  yield* listener(say).pipe(Effect.provide(Layer.fresh(Other)))
})
