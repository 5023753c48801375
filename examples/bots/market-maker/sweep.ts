/** Cancels the bot's orders, and believes it only when the venue shows none any more. */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as AccountState from "effect-bitfinex/AccountState"
import type { PageOverflow, RestError } from "effect-bitfinex/BitfinexError"
import type { Order } from "effect-bitfinex/records/Order"
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Settings } from "./quotes.ts"

export type Needs =
  | AccountConnection.AccountConnection
  | AccountState.AccountState
  | RestAuthClient.RestAuthClient
  | Trading.Trading

/** orders of the bot among others */
export const ours = ({ gid, symbol }: Settings) => (order: Order): boolean =>
  order.gid === gid && order.symbol === symbol

const open = (settings: Settings) =>
  Effect.gen(function*() {
    const rest = yield* RestAuthClient.RestAuthClient
    const { orders } = yield* AccountState.AccountState
    const listed = (yield* rest.activeOrders()).filter(ours(settings))
    const view = yield* orders.current
    // what was accepted a moment ago may be in one of the two only
    const shown = view._tag === "Synced" ? [...view.rows.values()].filter(ours(settings)) : []
    return [...new Set([...listed, ...shown].map(({ id }) => id))]
  })

/** over the socket where there is one, and over REST where there is none */
const cancel = ({ gid }: Settings) =>
  Effect.gen(function*() {
    const account = yield* AccountConnection.AccountConnection
    const rest = yield* RestAuthClient.RestAuthClient
    const trading = yield* Trading.Trading
    const { isLive } = yield* account.state
    yield* isLive ? trading.cancelOrders({ gid: [gid] }) : rest.cancelOrders({ gid: [gid] })
  }).pipe(
    // an answer that got lost is no harm: what is open decides, and cancelling again changes nothing
    Effect.catchAll((error) => Effect.logWarning(`could not cancel: ${error.message}`))
  )

/** Returns when none of the bot's orders is open. Fails with what no repetition can mend. */
export const sweep = (settings: Settings): Effect.Effect<void, RestError | PageOverflow, Needs> =>
  Effect.zipRight(cancel(settings), open(settings)).pipe(
    Effect.retry({
      while: (error) => error.isRetryable,
      schedule: Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("15 seconds")))
    }),
    Effect.tap((left) =>
      left.length === 0 ? Effect.logDebug("no order is open") : Effect.logInfo(`${left.length} orders are open still`)
    ),
    Effect.repeat({ until: (left) => left.length === 0, schedule: Schedule.spaced("1 second") }),
    Effect.asVoid,
    Effect.withSpan("MarketMaker.sweep")
  )
