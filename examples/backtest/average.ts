/** A moving average on a recorded market, as fast as it can be read, without dropped elements. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as BufferPolicy from "effect-bitfinex/BufferPolicy"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import type * as Records from "effect-bitfinex/Records"
import * as Replay from "effect-bitfinex/testing/Replay"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"

interface State {
  readonly average: number
  /** in base currency: 0 or 1 unit */
  readonly position: number
  /** in quote currency */
  readonly cash: number
  readonly price: number
  readonly trades: number
}

const flat: State = { average: 0, position: 0, cash: 0, price: 0, trades: 0 }

/** holds one unit while the price is above its average */
const step = (state: State, { price }: Records.PublicTrade): State => {
  const average = state.average === 0 ? price : state.average + (price - state.average) / 20
  const wanted = price > average ? 1 : 0
  const moved = wanted - state.position
  return {
    average,
    position: wanted,
    cash: state.cash - moved * price,
    price,
    trades: state.trades + Math.abs(moved)
  }
}

/** the same stream as on the live market */
const strategy = MarketData.trades("tBTCUSD", { buffer: BufferPolicy.suspend() }).pipe(
  Stream.mapConcat((event) => event._tag === "Update" && event.type === "te" ? event.rows : []),
  // not `Stream.runFold`, which recurses once per element of a chunk
  Stream.runFoldEffect(flat, (state, trade) => Effect.succeed(step(state, trade)))
)

const backtest = Effect.gen(function*() {
  const { end, ended, start } = yield* Replay.Replay
  const market = yield* MarketData.MarketData
  yield* Effect.fork(Effect.zipRight(ended, market.close(1000, "the recording is over")))
  const { cash, position, price, trades } = yield* strategy
  yield* Console.log(`${new Date(start).toISOString()} to ${new Date(end).toISOString()}`)
  yield* Console.log(`${trades} trades, result ${(cash + position * price).toFixed(2)} USD`)
})

const Recorded = MarketData.layer.pipe(
  Layer.provide(RateLimiter.layerMemory),
  Layer.provideMerge(
    Replay.layer({ file: fileURLToPath(new URL("market.ndjson", import.meta.url)), speed: "max" })
  ),
  Layer.provide(NodeContext.layer)
)

export const program = Effect.provide(backtest, Recorded)
