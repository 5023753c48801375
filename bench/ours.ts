/**
 * This package, through its public streams only, consumed in each of several ways.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import * as ChannelEvent from "../src/ChannelEvent.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as OrderBook from "../src/OrderBook.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { consumers, delivered, fault, how, onReport, ready, sequence, sums, url, workload } from "./client.ts"
import { onBook, onCandle, onLastBook, onLevel, onTicker, onTrade } from "./truth.ts"
import { type Channel, isLive } from "./workloads.ts"

let awaited = workload.channels.length * consumers

/** the user's code: counts rows of updates; snapshots only say that the channel is live */
const handle = <A>(onRow: (row: A, type: string) => void) => (event: ChannelEvent.ChannelEvent<A>): void => {
  switch (event._tag) {
    case "Update":
      for (const row of event.rows) {
        onRow(row, event.type!)
        delivered()
      }
      return
    case "Snapshot":
      if (event.skipped > 0) fault(`${event.skipped} updates skipped`)
      if (--awaited === 0) ready()
      return
    default:
      fault(JSON.stringify(event))
  }
}

const consume = <A, E, R>(
  stream: Stream.Stream<ChannelEvent.ChannelEvent<A>, E, R>,
  onRow: (row: A, type: string) => void
): Effect.Effect<void, E, R> => {
  const onEvent = handle(onRow)
  switch (how) {
    case "inPlace":
      return ChannelEvent.runForEachSync(onEvent)(stream)
    case "effects":
      return ChannelEvent.runForEach((event: ChannelEvent.ChannelEvent<A>) => Effect.sync(() => onEvent(event)))(stream)
    default:
      return runWith(stream, onEvent)
  }
}

interface Priced {
  readonly price: number
  readonly amount: number
}

/** a book that is kept and verified; what it contains is counted by rows and checksums, since states are conflated */
const follow = (
  stream: Stream.Stream<OrderBook.State<Priced>, unknown, MarketData.MarketData>,
  tally: typeof sums[number][number]
) => {
  let seen = 0
  let last: OrderBook.Book<Priced> | undefined
  onReport(() => onLastBook(tally, last!.bids, last!.asks))
  return runWith(stream, (state) => {
    if (state._tag === "Resyncing") return fault(JSON.stringify(state))
    const { book, checksums, updates, verified } = state
    last = book
    if (checksums === 0) return --awaited === 0 ? ready() : undefined
    if (!verified) fault("a state that was not verified")
    onBook(tally, book.bestBid!.price, book.bestAsk!.price)
    tally.count = updates + checksums
    delivered(tally.count - seen)
    seen = tally.count
  })
}

const runWith = <A, E, R>(stream: Stream.Stream<A, E, R>, onEvent: (event: A) => void): Effect.Effect<void, E, R> => {
  if (how === "fold") return Effect.asVoid(Stream.runFold(stream, 0, (seen, event) => (onEvent(event), seen + 1)))
  return how === "each"
    ? Stream.runForEach(stream, (event) => Effect.sync(() => onEvent(event)))
    : Stream.runForEachChunk(stream, (chunk) =>
      Effect.sync(() => {
        for (const event of chunk) onEvent(event)
      }))
}

// nothing may be lost, so nothing is conflated
const options = { buffer: BufferPolicy.sliding() }

const bookOptions: OrderBook.Options = how === "fold" ? { buffer: BufferPolicy.sliding() } : {}

const run = ({ kind, len, symbol: text }: Channel, tally: typeof sums[number][number]) => {
  const symbol = text as `t${string}` // all symbols of the workloads are trading symbols
  switch (kind) {
    case "ticker":
      return consume(MarketData.ticker(symbol, options), (row) => onTicker(tally, row))
    case "trades":
      return consume(MarketData.trades(symbol, options), (row, type) => onTrade(tally, row, type))
    case "candles":
      return consume(MarketData.candles({ timeframe: "1m", symbol }, options), (row) => onCandle(tally, row))
    case "bookP0":
      return follow(OrderBook.live({ symbol, len }, bookOptions), tally)
    case "bookR0":
      return follow(OrderBook.live({ symbol, prec: "R0", len }, bookOptions), tally)
    case "book":
      return consume(MarketData.book({ symbol, len }, options), (row) => onLevel(tally, row))
  }
}

const layer = MarketData.layer.pipe(
  Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]),
  Layer.provide(BitfinexConfig.layer({
    socketPublicUrl: url,
    // one socket for all, as the floor has it
    channelsPerSocket: 1000,
    socketFlags: { sequence, checksum: sequence || workload.channels.some(({ kind }) => isLive(kind)) }
  }))
)

Effect.runFork(
  Effect.forEach(
    sums.flatMap((tallies) => workload.channels.map((channel, k) => run(channel, tallies[k]!))),
    (each) => each,
    { concurrency: "unbounded", discard: true }
  ).pipe(
    Effect.provide(layer),
    Effect.catchAllCause((cause) => Effect.sync(() => fault(String(cause))))
  )
)
