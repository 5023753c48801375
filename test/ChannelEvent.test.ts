import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { DecodeError } from "../src/BitfinexError.ts"
import * as ChannelEvent from "../src/ChannelEvent.ts"

const events: ReadonlyArray<ChannelEvent.ChannelEvent<number>> = [
  { _tag: "Snapshot", epoch: 1, rows: [1, 2], skipped: 0, mts: null },
  { _tag: "Update", epoch: 1, rows: [3], type: null, mts: null },
  { _tag: "Gap", epoch: 1, cause: "sequence", lost: 2 },
  { _tag: "Checksum", epoch: 1, checksum: 7 },
  {
    _tag: "Malformed",
    epoch: 1,
    count: 1,
    error: new DecodeError({
      operation: "test",
      layout: "Row",
      field: "",
      index: null,
      row: null,
      expected: "row",
      actual: "nothing"
    })
  },
  { _tag: "Interrupted", epoch: 1, reason: "lost" },
  { _tag: "Snapshot", epoch: 2, rows: [4], skipped: 0, mts: null }
]

describe("ChannelEvent", () => {
  it.effect("rows gives the rows of snapshots and updates in order, and nothing else", () =>
    Effect.gen(function*() {
      const rows = yield* Stream.runCollect(ChannelEvent.rows(Stream.fromIterable(events)))
      assert.deepStrictEqual(Array.from(rows), [1, 2, 3, 4])
    }))

  it.effect("runForEachSync receives every element in order, over all chunks", () =>
    Effect.gen(function*() {
      const seen: Array<ChannelEvent.ChannelEvent<number>> = []
      yield* Stream.fromIterable(events).pipe(
        Stream.rechunk(3),
        ChannelEvent.runForEachSync((event) => {
          seen.push(event)
        })
      )
      assert.deepStrictEqual(seen, events)
    }))

  it.effect("runForEachSync fails as its stream does", () =>
    Effect.gen(function*() {
      const stream = Stream.concat(Stream.fromIterable(events), Stream.fail("why"))
      assert.deepStrictEqual(
        yield* Effect.either(ChannelEvent.runForEachSync(() => undefined)(stream)),
        Either.left("why")
      )
    }))

  const many = 100_000
  const chunk = Stream.fromChunk(
    Chunk.makeBy(many, (n): ChannelEvent.ChannelEvent<number> => ({
      _tag: "Update",
      epoch: 1,
      rows: [n],
      type: null,
      mts: null
    }))
  )
  const ways: { readonly [name: string]: (f: () => void) => Effect.Effect<void> } = {
    runForEachSync: (f) => ChannelEvent.runForEachSync(f)(chunk),
    "runForEachSync behind an operator": (f) => chunk.pipe(Stream.filter(() => true), ChannelEvent.runForEachSync(f)),
    runForEach: (f) => ChannelEvent.runForEach(() => Effect.sync(f))(chunk),
    "runForEach behind an operator": (f) =>
      chunk.pipe(Stream.filter(() => true), ChannelEvent.runForEach(() => Effect.sync(f))),
    rows: (f) => Stream.runForEach(ChannelEvent.rows(chunk), () => Effect.sync(f))
  }
  for (const [name, run] of Object.entries(ways)) {
    it.effect(`${name}: ${many} elements in one chunk do not recurse to that depth`, () =>
      Effect.gen(function*() {
        let seen = 0
        yield* run(() => {
          seen++
        })
        assert.strictEqual(seen, many)
      }))
  }

  it.effect("runForEachSync behind an operator: an exception of the function is a defect", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(
        ChannelEvent.runForEachSync(() => {
          throw new Error("a bug")
        })(chunk)
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }))
})
