/**
 * This package on public channels, through its public streams only.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as OrderBook from "../src/OrderBook.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { delivered, fault, how, onReport, sequence, sums, url, workload } from "./client.ts"
import { consume, live, run, runWith } from "./consume.ts"
import { onBook, onCandle, onLastBook, onLevel, onTicker, onTrade } from "./truth.ts"
import { type Channel, isLive } from "./workloads.ts"

interface Priced {
  readonly price: number
  readonly amount: number
}

/** a maintained and verified book; its content is counted by rows and checksums, because states are conflated */
const follow = (
  stream: Stream.Stream<OrderBook.State<Priced>, unknown, MarketData.MarketData>,
  tally: typeof sums[number][number]
) => {
  let seen = 0
  let last: OrderBook.Book<Priced> | undefined
  onReport(() => onLastBook(tally, last!.bids, last!.asks))
  const onState = (state: OrderBook.State<Priced>): void => {
    if (state._tag === "Resyncing") return fault(JSON.stringify(state))
    const { book, checksums, updates, verified } = state
    last = book
    if (checksums === 0) return live()
    if (!verified) fault("a state that was not verified")
    onBook(tally, book.bestBid!.price, book.bestAsk!.price)
    tally.count = updates + checksums
    delivered(tally.count - seen)
    seen = tally.count
  }
  return how === "inPlace" ? OrderBook.runForEachSync(onState)(stream) : runWith(stream, onState)
}

// no loss is allowed, so nothing is conflated
const options = { buffer: BufferPolicy.sliding() }

const bookOptions: OrderBook.Options = how === "fold" ? { buffer: BufferPolicy.sliding() } : {}

const one = ({ kind, len, symbol: text }: Channel, tally: typeof sums[number][number]) => {
  const symbol = text as `t${string}` // all symbols of the workloads are trading symbols
  switch (kind) {
    case "ticker":
      return consume(MarketData.ticker(symbol, options), onTicker, tally)
    case "trades":
      return consume(MarketData.trades(symbol, options), onTrade, tally)
    case "candles":
      return consume(MarketData.candles({ timeframe: "1m", symbol }, options), onCandle, tally)
    case "bookP0":
      return follow(OrderBook.live({ symbol, len }, bookOptions), tally)
    case "bookR0":
      return follow(OrderBook.live({ symbol, prec: "R0", len }, bookOptions), tally)
    case "book":
      return consume(MarketData.book({ symbol, len }, options), onLevel, tally)
    default:
      return Effect.dieMessage(`${kind} are of an account`)
  }
}

const layer = MarketData.layer.pipe(
  Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]),
  Layer.provide(BitfinexConfig.layer({
    socket: {
      url,
      // one socket for all, as in the floor
      channelsPerSocket: 1000,
      flags: { sequence, checksum: sequence || workload.channels.some(({ kind }) => isLive(kind)) }
    }
  }))
)

run(
  Effect.sync(() => sums.flatMap((tallies) => workload.channels.map((channel, k) => one(channel, tallies[k]!)))),
  layer
)
