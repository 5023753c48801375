import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Nonce from "../src/Nonce.ts"

const apiKey = Redacted.make("one-key")
const other = Redacted.make("other-key")
const noon = Date.UTC(2026, 10, 30, 12)
const hour = 3_600_000

describe("Nonce.layerFloor", () => {
  it.effect("has the nonces of one key begin above it, and leaves those of other keys alone", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const floor = (noon + hour) * 1000
      yield* Effect.gen(function*() {
        const nonce = yield* Nonce.Nonce
        assert.strictEqual(yield* nonce.next(apiKey), floor + 1)
        assert.strictEqual(yield* nonce.next(apiKey), floor + 2)
        assert.strictEqual(yield* nonce.next(other), noon * 1000)
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(yield* nonce.next(apiKey), (noon + 2 * hour) * 1000)
      }).pipe(Effect.provide(Layer.merge(Nonce.layerProcess, Nonce.layerFloor({ apiKey, floor }))))
    }))

  it.effect("never lowers the nonces of a key", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const nonce = yield* Nonce.Nonce
      const first = yield* nonce.next(apiKey)
      yield* Layer.build(Nonce.layerFloor({ apiKey, floor: 5 }))
      assert.strictEqual(yield* nonce.next(apiKey), first + 1)
    }).pipe(Effect.provide(Nonce.layerProcess), Effect.scoped))

  for (const floor of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER]) {
    it.scoped(`refuses ${floor}, which no nonce can follow`, () =>
      Effect.gen(function*() {
        const ofLayer = yield* Effect.flip(Layer.build(Nonce.layerFloor({ apiKey, floor })))
        const ofSource = yield* Effect.flip(Nonce.makeAbove(floor))
        assert.deepStrictEqual([ofLayer.field, ofSource.field], ["floor", "floor"])
      }))
  }

  it.effect("a source in memory takes one for all of its keys", () =>
    Effect.gen(function*() {
      const nonce = yield* Nonce.makeAbove(7_000_000)
      assert.deepStrictEqual([yield* nonce.next(apiKey), yield* nonce.next(other)], [7_000_001, 7_000_001])
    }))
})

it.effect("gives synchronous code the next nonce, unless it is far ahead of the clock: then there is something to log", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(noon)
    const clock = yield* Effect.clock
    const nonces = yield* Nonce.make
    assert.strictEqual(nonces.tryNext!(clock, apiKey), noon * 1000)
    assert.strictEqual(yield* nonces.next(apiKey), noon * 1000 + 1)
    assert.strictEqual(nonces.tryNext!(clock, apiKey), noon * 1000 + 2)
    yield* TestClock.setTime(noon - hour)
    assert.isUndefined(nonces.tryNext!(clock, apiKey))
    assert.strictEqual(yield* nonces.next(apiKey), noon * 1000 + 3)
    assert.isUndefined(nonces.tryNext!(clock, apiKey))
    yield* TestClock.setTime(noon + hour)
    yield* nonces.next(apiKey)
    assert.strictEqual(nonces.tryNext!(clock, apiKey), (noon + hour) * 1000 + 1)
    // 2^53 - 1 and beyond
    yield* TestClock.setTime(Number.MAX_SAFE_INTEGER / 1000 + 1)
    assert.isUndefined(nonces.tryNext!(clock, apiKey))
  }))

it.effect("a clock that is set back by an hour is reported once, with its effect on a restart", () =>
  Effect.gen(function*() {
    const warnings: Array<string> = []
    const log = Logger.make<unknown, void>(({ message }) => {
      warnings.push(String(message))
    })
    yield* Effect.gen(function*() {
      yield* TestClock.setTime(noon + hour)
      const nonce = yield* Nonce.make
      const last = yield* nonce.next(apiKey)
      assert.lengthOf(warnings, 0)
      yield* TestClock.setTime(noon)
      yield* nonce.next(apiKey)
      yield* nonce.next(apiKey)
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "1h ahead of the clock")
      assert.include(warnings[0], `above ${last + 1}`)
      assert.include(warnings[0], "Nonce.layerFloor")
      assert.notInclude(warnings[0], "one-key")
    }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, log)))
  }))
