/**
 * Makes the recording that the examples of `examples/backtest` run on: 100 seconds of a fake market, with one lost
 * connection, on a virtual clock. `npm run recording`
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as Recorder from "effect-bitfinex/Recorder"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { fileURLToPath } from "node:url"

const file = fileURLToPath(new URL("../examples/backtest/market.ndjson", import.meta.url))

const layer = MarketData.layer.pipe(
  Layer.provide([RateLimiter.layerMemory, Recorder.layer({ file })]),
  Layer.provide(FakeExchange.layerMemory({
    seed: 11,
    step: 1000,
    symbols: ["tBTCUSD"],
    script: [{ after: 45_000, fault: Fault.Drop.make({ code: 1006 }) }]
  })),
  // without jitter, so that the recording is the same whenever it is made
  Layer.provide(
    BitfinexConfig.layer({ socket: { reconnect: Schedule.exponential("500 millis"), closeTimeout: "100 millis" } })
  )
)

const streams = [
  Stream.runDrain(MarketData.trades("tBTCUSD")),
  Stream.runDrain(MarketData.book({ symbol: "tBTCUSD", len: 25 })),
  Stream.runDrain(MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }))
]

Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(file, { force: true })
  yield* TestClock.setTime(Date.UTC(2026, 0, 5, 12))
  yield* Effect.scoped(
    Effect.gen(function*() {
      yield* Effect.forkScoped(Effect.all(streams, { concurrency: "unbounded" }))
      yield* TestClock.adjust("100 seconds")
    }).pipe(Effect.provide(layer))
  )
  const { size } = yield* fs.stat(file)
  yield* Effect.log(`${file}: ${size} bytes`)
}).pipe(Effect.provide([TestContext.TestContext, NodeFileSystem.layer]), NodeRuntime.runMain)
