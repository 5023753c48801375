import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as Candles from "../src/Candles.ts"
import type { Candle } from "../src/protocol/records/Candle.ts"
import * as Env from "./support/env.ts"

const candle = (mts: number, close = 100): Candle => ({ mts, open: 1, close, high: 200, low: 0.5, volume: 3 })

const run = (candles: ReadonlyArray<Candle>, options: Candles.FillOptions, chunk = 3) =>
  Stream.rechunk(Stream.fromIterable(candles), chunk).pipe(
    Candles.fill(options),
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray)
  )

const minutes = { "1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "3h": 180, "6h": 360, "12h": 720 }
const days = { "1D": 1, "7D": 7, "1W": 7, "14D": 14 }
const length: { readonly [timeframe: string]: number } = {
  ...Object.fromEntries(Object.entries(minutes).map(([name, count]) => [name, count * 60_000])),
  ...Object.fromEntries(Object.entries(days).map(([name, count]) => [name, count * 86_400_000]))
}

/** the nth candle of a series that begins on Monday, 2 January 2023, or in that month */
const timeOf = (timeframe: string, at: number): number =>
  timeframe === "1M" ? Date.UTC(2023, at) : Date.UTC(2023, 0, 2) + at * length[timeframe]!

const frames = FastCheck.constantFrom<Array<Candles.Timeframe>>(
  ...Object.keys(length) as Array<Candles.Timeframe>,
  "1M"
)
const places = FastCheck.uniqueArray(FastCheck.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 })

describe("fill", () => {
  it.effect.prop(
    "changes no candle, leaves no gap, and keeps the order strict, either way and in chunks of any size",
    [frames, places, FastCheck.constantFrom(1, -1), FastCheck.integer({ min: 1, max: 40 })],
    ([timeframe, at, sort, chunk]) =>
      Effect.gen(function*() {
        const order = [...at].sort((a, b) => sort * (a - b))
        const given = order.map((each) => candle(timeOf(timeframe, each), 100 + each))
        const filled = yield* run(given, { timeframe }, chunk)
        assert.deepStrictEqual(
          filled.filter(({ isFilled }) => !isFilled),
          given.map((each) => ({ ...each, isFilled: false }))
        )
        const [first, last] = [order[0]!, order.at(-1)!]
        const all = Array.from({ length: Math.abs(last - first) + 1 }, (_, k) => first + sort * k)
        assert.deepStrictEqual(filled.map(({ mts }) => mts), all.map((each) => timeOf(timeframe, each)))
        for (const [k, each] of filled.entries()) {
          if (!each.isFilled) continue
          // the newest candle of the venue before it in time
          const close = 100 + Math.max(...at.filter((other) => other < all[k]!))
          assert.deepStrictEqual(each, {
            mts: each.mts,
            open: close,
            close,
            high: close,
            low: close,
            volume: 0,
            isFilled: true
          })
        }
      }),
    { fastCheck: { numRuns: Env.runs(100, 300) } }
  )

  it.effect("months are those of the calendar, across a leap year", () =>
    Effect.gen(function*() {
      const filled = yield* run([candle(Date.UTC(2023, 11)), candle(Date.UTC(2024, 3))], { timeframe: "1M" })
      assert.deepStrictEqual(
        filled.map(({ isFilled, mts }) => `${new Date(mts).toISOString().slice(0, 10)}${isFilled ? " filled" : ""}`),
        ["2023-12-01", "2024-01-01 filled", "2024-02-01 filled", "2024-03-01 filled", "2024-04-01"]
      )
    }))

  it.effect("a gap of the limit is filled, and a longer one fails and names it", () =>
    Effect.gen(function*() {
      const gap = (steps: number) => [candle(0), candle(steps * 60_000)]
      assert.lengthOf(yield* run(gap(6), { timeframe: "1m", limit: 5 }), 7)
      const long = yield* Effect.flip(run(gap(7), { timeframe: "1m", limit: 5 }))
      assert.strictEqual(long.field, "limit")
      assert.include(long.message, "6 candles are missing")
      assert.include(long.message, "between 1970-01-01T00:00:00.000Z and 1970-01-01T00:07:00.000Z")
      assert.strictEqual((yield* Effect.flip(run(gap(10_002), { timeframe: "1m" }))).field, "limit")
    }))

  it.effect("candles of another time frame, out of order or repeated are refused, and nothing is invented", () =>
    Effect.gen(function*() {
      const refused = (timeframe: Candles.Timeframe, ...times: ReadonlyArray<number>) =>
        Effect.map(Effect.flip(run(times.map((mts) => candle(mts)), { timeframe })), ({ field }) => field)
      assert.strictEqual(yield* refused("5m", 0, 60_000), "timeframe")
      assert.strictEqual(yield* refused("1M", 0, 86_400_000), "timeframe")
      assert.strictEqual(yield* refused("1m", 0, 0), "mts")
      assert.strictEqual(yield* refused("1m", 0, 60_000, 0), "mts")
      assert.strictEqual(yield* refused("1m", 120_000, 60_000, 180_000), "mts")
      for (const absurd of [9e15, 1e300]) {
        assert.oneOf(yield* refused("1m", 0, absurd), ["timeframe", "limit"])
        assert.oneOf(yield* refused("1M", 0, absurd), ["timeframe", "limit"])
      }
    }))

  it.effect("options that cannot be meant are refused before anything is requested", () =>
    Effect.gen(function*() {
      const refused = (options: unknown) =>
        Effect.map(
          // the cast: input that a program without types may pass
          Effect.flip(Stream.runDrain(Candles.fill(options as Candles.FillOptions)(Stream.die("requested")))),
          ({ field }) => field
        )
      assert.strictEqual(yield* refused(undefined), "options")
      assert.strictEqual(yield* refused({ timeframe: "2m" }), "timeframe")
      assert.strictEqual(yield* refused({ timeframe: "toString" }), "timeframe")
      assert.strictEqual(yield* refused({ timeframe: "1m", limit: 0 }), "limit")
      assert.strictEqual(yield* refused({ timeframe: "1m", limit: 1.5 }), "limit")
    }))

  it.effect("each run of the stream begins for itself", () =>
    Effect.gen(function*() {
      const stream = Candles.fill({ timeframe: "1m" })(Stream.make(candle(0), candle(120_000)))
      const times = Effect.map(Stream.runCollect(stream), (all) => Chunk.toReadonlyArray(all).map(({ mts }) => mts))
      assert.deepStrictEqual(yield* times, [0, 60_000, 120_000])
      assert.deepStrictEqual(yield* times, [0, 60_000, 120_000])
    }))
})
