/**
 * This package, through its public streams only: by chunks, by single elements, or folded.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import type { ChannelEvent } from "../src/ChannelEvent.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { consumers, delivered, fault, how, ready, sequence, sums, url, workload } from "./client.ts"
import { onCandle, onLevel, onTicker, onTrade } from "./truth.ts"
import type { Channel } from "./workloads.ts"

let awaited = workload.channels.length * consumers

/** the user's code: counts rows of updates; snapshots only say that the channel is live */
const handle = <A>(onRow: (row: A, type: string) => void) => (event: ChannelEvent<A>): void => {
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
  stream: Stream.Stream<ChannelEvent<A>, E, R>,
  onRow: (row: A, type: string) => void
): Effect.Effect<void, E, R> => {
  const onEvent = handle(onRow)
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

const run = ({ kind, len, symbol: text }: Channel, tally: typeof sums[number][number]) => {
  const symbol = text as `t${string}` // all symbols of the workloads are trading symbols
  switch (kind) {
    case "ticker":
      return consume(MarketData.ticker(symbol, options), (row) => onTicker(tally, row))
    case "trades":
      return consume(MarketData.trades(symbol, options), (row, type) => onTrade(tally, row, type))
    case "candles":
      return consume(MarketData.candles({ timeframe: "1m", symbol }, options), (row) => onCandle(tally, row))
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
    socketFlags: sequence ? { sequence: true, checksum: true } : {}
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
