import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Journal from "../../../src/internal/recorder/journal.ts"
import type { Line } from "../../../src/Recording.ts"

const received = (connection: number, length: number): Line => ({
  mts: 0,
  type: "received",
  connection,
  text: "x".repeat(length)
})

/** files that accept one batch per permit, and everything that was written */
const slowDisk = Effect.gen(function*() {
  const permits = yield* Queue.unbounded<void>()
  const files = new Map<string, string>()
  const decoder = new TextDecoder()
  const open = (path: string) => {
    // the cast: nothing else of a file is used
    const file = {
      writeAll: (bytes: Uint8Array) =>
        Effect.map(Queue.take(permits), () => {
          files.set(path, (files.get(path) ?? "") + decoder.decode(bytes))
        })
    } as unknown as FileSystem.File
    return Effect.sync(() => {
      files.set(path, "")
      return file
    })
  }
  const layer = FileSystem.layerNoop({ open, readDirectory: () => Effect.sync(() => Array.from(files.keys())) })
  return {
    files,
    layer,
    allow: (times: number) => Queue.offerAll(permits, Array.from({ length: times }, () => undefined))
  }
})

const settle = Effect.yieldNow().pipe(Effect.repeatN(50))

const kib = 1024

describe("the journal of a recording", () => {
  it.scoped("lines that report lost lines count in the buffer as well", () =>
    Effect.gen(function*() {
      const disk = yield* slowDisk
      yield* disk.allow(1)
      const journal = yield* Effect.provide(
        Journal.make({ file: "market.ndjson", rotateBytes: 1e9, files: 16, deletesEarlier: false, buffer: 1024 * kib }),
        disk.layer
      )
      yield* Effect.addFinalizer(() => disk.allow(1000))
      // the first one is written at once
      journal.write(received(1, 64 * kib))
      yield* settle
      for (let n = 0; n < 20; n++) journal.write(received(1, 64 * kib))
      // each line belongs to another connection, and each is lost
      for (let n = 0; n < 1500; n++) journal.write(received(2 + n, 64 * kib))
      const { dropped, waiting } = journal.status()
      assert.isAtLeast(dropped, 1500)
      // room for four lines, of which the `dropped` lines of 1500 connections take more than two
      yield* disk.allow(1)
      yield* settle
      assert.isBelow(journal.status().waiting, waiting)
      for (let n = 0; n < 4; n++) journal.write(received(1, 60 * kib))
      assert.isAtLeast(journal.status().dropped, dropped + 2)
    }))

  it.scoped("a connection whose close line was lost is not open in the next file", () =>
    Effect.gen(function*() {
      const disk = yield* slowDisk
      yield* disk.allow(3)
      const journal = yield* Effect.provide(
        Journal.make({
          file: "market.ndjson",
          rotateBytes: 4 * kib,
          files: 16,
          deletesEarlier: false,
          buffer: 8 * kib
        }),
        disk.layer
      )
      yield* Effect.addFinalizer(() => disk.allow(1000))
      for (const connection of [1, 2]) journal.write({ mts: 0, type: "connect", connection, url: "ws://a" })
      yield* settle
      // one is being written, the other one fills the buffer
      journal.write(received(1, kib))
      yield* settle
      journal.write(received(1, kib))
      yield* settle
      journal.write(received(1, 8 * kib - 150))
      journal.write({ mts: 0, type: "close", connection: 2, by: "venue", code: 1006, reason: "" })
      assert.strictEqual(journal.status().dropped, 1)
      yield* disk.allow(100)
      yield* settle
      const header = JSON.parse(disk.files.get("market.2.ndjson")!.split("\n")[0]!) as {
        readonly open: ReadonlyArray<{ readonly connection: number }>
      }
      assert.deepStrictEqual(header.open.map(({ connection }) => connection), [1])
    }))
})
