import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, it } from "@effect/vitest"
import * as BufferPolicy from "effect-bitfinex/BufferPolicy"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as Replay from "effect-bitfinex/testing/Replay"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const Yesterday = MarketData.layer.pipe(
  Layer.provide(RateLimiter.layerMemory),
  Layer.provideMerge(Replay.layer({ file: "examples/backtest/market.ndjson", speed: "max" })),
  Layer.provide(NodeContext.layer)
)

/** the code under test. `suspend`: the recording waits for a slow consumer, so nothing is dropped */
const strategy = Stream.runCount(MarketData.trades("tBTCUSD", { buffer: BufferPolicy.suspend() }))

it.scoped("computes the expected result from a recording", () =>
  Effect.gen(function*() {
    const replay = yield* Replay.Replay
    const market = yield* MarketData.MarketData
    // the streams end with the recording
    yield* Effect.fork(Effect.zipRight(replay.ended, market.close(1000, "over")))
    const fiber = yield* Effect.fork(strategy)
    // playing takes no time at `max`, but reconnecting after a recorded loss does
    yield* TestClock.adjust("1 minute")
    assert.isAbove(yield* Fiber.join(fiber), 100)
  }).pipe(Effect.provide(Yesterday)))
