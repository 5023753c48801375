/** Records ten seconds of trades and of a book in a file, and prints a summary of it. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as MarketData from "effect-bitfinex/MarketData"
import * as NodeSocket from "effect-bitfinex/NodeSocket"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as Recorder from "effect-bitfinex/Recorder"
import * as Recording from "effect-bitfinex/Recording"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const record = (file: string) =>
  Effect.gen(function*() {
    const trades = Stream.runDrain(MarketData.trades("tBTCUSD"))
    const book = Stream.runDrain(MarketData.book({ symbol: "tBTCUSD" }))
    yield* Effect.all([trades, book], { concurrency: 2 }).pipe(Effect.timeoutOption("10 seconds"))
  }).pipe(
    Effect.provide(
      MarketData.layer.pipe(
        Layer.provide([
          Recorder.layer({ file }).pipe(Layer.provide(NodeSocket.layer)),
          RateLimiter.layerProcess
        ])
      )
    )
  )

export const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const file = `${yield* fs.makeTempDirectoryScoped()}/market.ndjson`
  yield* record(file)
  const { lines, problem } = yield* Recording.read({ file })
  const received = lines.filter(({ type }) => type === "received").length
  yield* Console.log(`${lines.length} lines, ${received} frames received, ${problem?.message ?? "whole"}`)
}).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
