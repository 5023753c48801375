import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Cid from "../../../src/protocol/internal/cid.ts"

const module = new URL("../../../src/protocol/internal/cid.ts", import.meta.url).href

/** the ids of the first orders of a new process, with a clock that stands still */
const ofProcess = async (count: number): Promise<ReadonlyArray<number>> => {
  const program = `
    Date.now = () => 1_800_000_000_000
    const Effect = await import("effect/Effect")
    const { next } = await import(${JSON.stringify(module)})
    console.log(JSON.stringify(Array.from({ length: ${count} }, () => Effect.runSync(next))))
  `
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", program],
    { cwd: fileURLToPath(new URL("../../../", import.meta.url)), timeout: 60_000 }
  )
  return JSON.parse(stdout)
}

describe("cid", () => {
  it("the day of a time that cannot be is the first or the last one", () => {
    assert.strictEqual(Cid.dayOf(Date.parse("2024-02-29T23:59:59.999Z")), "2024-02-29")
    assert.deepStrictEqual([-1, 9e15, 1e300, Number.POSITIVE_INFINITY].map(Cid.dayOf), [
      "1970-01-01",
      "9999-12-31",
      "9999-12-31",
      "9999-12-31"
    ])
  })

  it("two processes with one clock share none of 500 ids each", { timeout: 120_000 }, async () => {
    const [one, two] = await Promise.all([ofProcess(500), ofProcess(500)])
    assert.strictEqual(new Set([...one!, ...two!]).size, 1000)
  })

  it.effect("rises, also when the clock is set back, and stays an int45 above all clocks of this century", () =>
    Effect.gen(function*() {
      const ids: Array<number> = []
      for (const mts of [1e12, 1.8e12, 1.7e12, 0]) {
        yield* TestClock.setTime(mts)
        ids.push(yield* Cid.next)
      }
      for (const [at, id] of ids.entries()) {
        assert.isTrue(Number.isSafeInteger(id) && id < 2 ** 45 && id > Date.UTC(2100, 0, 1), String(id))
        assert.isTrue(at === 0 || id > ids[at - 1]!)
      }
    }))

  it("begins anywhere in its range, with room for years of orders", () => {
    const most = 2 ** 32 - 1
    assert.strictEqual(Cid.first([0, 0]), 2 ** 42)
    assert.isBelow(Cid.first([most, most]), 2 ** 45 - 2 ** 40)
    assert.isAbove(Cid.first([most, most]), 2 ** 45 - 2 ** 40 - 10)
    assert.notStrictEqual(Cid.first([5, 0]), Cid.first([5, most]))
  })
})
