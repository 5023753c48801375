import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import type { SocketLike } from "../../../src/internal/socket/link.ts"
import * as Pool from "../../../src/internal/socket/pool.ts"
import * as Request from "../../../src/internal/socket/request.ts"
import type { Request as Wanted } from "../../../src/internal/socket/subscription.ts"
import { publicChannels } from "../../../src/protocol/Channels.ts"
import { FakeExchange } from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { connections, gather, inject, inMemory, pass, settle, start, steady, turns } from "../../support/market.ts"

const make = (options: Partial<Pool.Options> = {}) =>
  Effect.gen(function*() {
    const construct = yield* Socket.WebSocketConstructor
    return yield* Pool.make({
      name: "test",
      url: "ws://fake.exchange/ws/2",
      settings: BitfinexConfig.merge(BitfinexConfig.defaults, {
        socket: { reconnect: steady, closeTimeout: "100 millis" }
      }),
      // the cast: as in `channelStreams`
      construct: (url) => construct(url) as unknown as SocketLike,
      turn: () => Effect.void,
      pause: () => Effect.void,
      maxSockets: 10,
      ...options
    })
  })

const trades = Either.getOrThrow(
  Request.make("test", publicChannels.trades as any, { symbol: "tBTCUSD" }, { buffer: BufferPolicy.sliding() })
)
const ticker = Either.getOrThrow(Request.make("test", publicChannels.ticker as any, { symbol: "tBTCUSD" }))

const streamOf = (pool: Pool.Pool, request: Wanted) =>
  Stream.unwrapScoped(Effect.map(pool.attach(request), (consumer) => Stream.repeatEffectChunkOption(consumer.take)))

describe("pool: bugs", () => {
  it.scoped("a decoder that throws causes no uncaught exception: it is reported, and the socket is replaced", () =>
    Effect.gen(function*() {
      const pool = yield* make()
      const problems = yield* gather(pool.problems)
      let throws = false
      const layout = {
        ...trades.layout,
        read: (row: unknown) => {
          if (!throws) return trades.layout.read(row)
          throws = false
          throw new TypeError("what a pity")
        }
      }
      const one = yield* start(streamOf(pool, { ...trades, layout }))
      const other = yield* start(streamOf(pool, ticker))
      yield* pass("2 seconds")
      throws = true
      yield* pass("5 seconds")
      assert.isFalse(throws)
      assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["Defect", "Disconnected"])
      assert.include(problems[0]?._tag === "Defect" ? problems[0].reason : "", "what a pity")
      for (const { events, exit } of [one, other]) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        assert.isUndefined(exit())
      }
    }).pipe(inMemory()))

  it.scoped("a decoder that always throws does not spin", () =>
    Effect.gen(function*() {
      const pool = yield* make()
      const layout = {
        ...trades.layout,
        read: () => {
          throw new TypeError("what a pity")
        }
      }
      const one = yield* start(streamOf(pool, { ...trades, layout }))
      yield* pass("10 seconds")
      assert.isUndefined(one.exit())
      assert.isAtMost((yield* (yield* FakeExchange).counts).upgrades, 6)
    }).pipe(inMemory()))

  it.scoped("a consumer that throws ends its own stream and nothing else", () =>
    Effect.gen(function*() {
      const pool = yield* make()
      const other = yield* start(streamOf(pool, trades))
      const bad = yield* start(
        Stream.tap(streamOf(pool, trades), (event) => event._tag === "Update" ? Effect.die("what a pity") : Effect.void)
      )
      yield* pass("5 seconds")
      assert.strictEqual(bad.exit()?._tag, "Failure")
      assert.isUndefined(other.exit())
      assert.deepStrictEqual(turns(other.events), ["Snapshot 1"])
    }).pipe(inMemory()))

  it.scoped("a socket that cannot even be constructed is tried again", () =>
    Effect.gen(function*() {
      const construct = yield* Socket.WebSocketConstructor
      let failures = 2
      const pool = yield* make({
        construct: (url) => {
          if (failures-- > 0) throw new SyntaxError("no such address")
          return construct(url) as unknown as SocketLike
        }
      })
      const problems = yield* gather(pool.problems)
      const one = yield* start(streamOf(pool, ticker))
      yield* pass("3 seconds")
      assert.deepStrictEqual(turns(one.events), ["Snapshot 1"])
      assert.deepStrictEqual(problems.map((each) => each._tag === "Disconnected" && each.reason), [
        "no such address",
        "no such address"
      ])
    }).pipe(inMemory()))

  it.scoped("a wait for the limit that dies is repeated", () =>
    Effect.gen(function*() {
      let failures = 1
      const pool = yield* make({
        turn: () => Effect.suspend(() => failures-- > 0 ? Effect.die("what a pity") : Effect.void)
      })
      const one = yield* start(streamOf(pool, ticker))
      yield* pass("3 seconds")
      assert.deepStrictEqual(turns(one.events), ["Snapshot 1"])
    }).pipe(inMemory()))
})

describe("pool: nothing waits for a socket that is down", () => {
  it.scoped("subscribing, unsubscribing, resubscribing and closing return at once", () =>
    Effect.gen(function*() {
      const pool = yield* make()
      yield* inject(Fault.Refuse.make({ times: 100 }))
      const one = yield* start(streamOf(pool, ticker))
      const two = yield* start(streamOf(pool, trades))
      yield* pass("5 seconds")
      const all = yield* Effect.fork(
        Effect.zipRight(pool.resubscribe(ticker), Effect.zipRight(one.stop, pool.close({ code: 4000, reason: "" })))
      )
      yield* settle
      assert.isNotNull(all.unsafePoll())
      assert.isDefined(two.exit())
      assert.lengthOf(yield* connections, 0)
    }).pipe(inMemory()))
})
