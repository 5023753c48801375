/**
 * The programs that each runtime runs, with the package as its users install it. The settings of the exchange come from
 * outside.
 */
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as RestClient from "effect-bitfinex/RestClient"
import * as Trading from "effect-bitfinex/Trading"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"

export interface Where {
  readonly restUrl: string
  readonly socketUrl: string
}

const onExchange = ({ restUrl, socketUrl }: Where) =>
  Layer.provide(
    Bitfinex.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }),
    BitfinexConfig.layer({
      rest: { publicUrl: restUrl, authUrl: restUrl },
      socket: { url: socketUrl, reconnect: Schedule.spaced("100 millis") },
      account: { url: socketUrl, commandTimeout: "2 seconds", orderSettle: "300 millis" }
    })
  )

const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 1000 } as const

/** a public call, a signed one, a book with its checksums, an order and its cancellation */
const trade = Effect.gen(function*() {
  const { bid } = yield* Effect.flatMap(RestClient.RestClient, (rest) => rest.ticker({ symbol: "tBTCUSD" }))
  const wallets = yield* Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.wallets())
  const events = yield* Stream.runCollect(Stream.take(MarketData.book({ symbol: "tBTCUSD" }), 40))
  const trading = yield* Trading.Trading
  const { id } = yield* trading.submitOrder(resting)
  yield* trading.cancelOrder({ id })
  return {
    hasBid: bid !== null && bid > 0,
    hasWallets: wallets.length > 0,
    events: [...new Set(Array.from(events, ({ _tag }) => _tag))].sort()
  }
})

/** the epochs of a ticker over two sockets; `ready` runs once the first is live */
const reconnect = (ready: Effect.Effect<void>) =>
  MarketData.ticker("tBTCUSD").pipe(
    Stream.filter(({ _tag }) => _tag === "Snapshot" || _tag === "Interrupted"),
    Stream.tap(({ _tag, epoch }) => _tag === "Snapshot" && epoch === 1 ? ready : Effect.void),
    Stream.take(3),
    Stream.runCollect,
    Effect.map((events) => Array.from(events, ({ _tag, epoch }) => `${_tag} ${epoch}`))
  )

/** an order on a path that stalls after `ready`: its error, and what it was resolved to */
const stalled = (ready: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const trading = yield* Trading.Trading
    const { id } = yield* trading.submitOrder(resting)
    yield* trading.cancelOrder({ id })
    yield* ready
    const resolved = yield* Effect.fork(Stream.runHead(trading.resolutions))
    const error = yield* Effect.flip(trading.submitOrder(resting))
    const found = yield* resolved
    return { error: error._tag, outcome: found._tag === "Some" ? found.value.outcome._tag : null }
  })

/** an order over REST whose reply is lost, on a connection that a call before it has left: its outcome */
const lost = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* rest.wallets()
  return (yield* rest.submitOrderResolved(resting))._tag
})

/** the programs by name; each gives a value that JSON can hold */
export const run = (name: string, where: Where, ready: Effect.Effect<void> = Effect.void): Promise<unknown> => {
  const program: Effect.Effect<unknown, unknown, Bitfinex.Services> = name === "reconnect"
    ? reconnect(ready)
    : name === "stalled"
    ? stalled(ready)
    : name === "lost"
    ? lost
    : trade
  return Effect.runPromise(Effect.provide(program, onExchange(where)))
}
