import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { MalformedFrame, parse } from "../../src/protocol/internal/frame.ts"
import * as Env from "../../test/support/env.ts"
import { taken } from "./bytes.ts"
import { check, run } from "./decoders.ts"
import { frameOf, shapes } from "./frames.ts"

const frames = Env.whole("FUZZ_FRAMES", 100_000)
const seed = Env.whole("FUZZ_SEED", 1)

describe("fuzz: frame reader and decoders", () => {
  it("undamaged frames cover all kinds, and satisfy every contract", () => {
    const kinds = new Set(shapes.map(({ kind }) => kind))
    assert.deepStrictEqual([...kinds].sort(), ["account", "event", "public", "recorded", "reply"])
    assert.isAbove(new Set(shapes.filter(({ kind }) => kind === "account").map(({ name }) => name)).size, 11)
    for (const [number, shape] of shapes.entries()) check({ ...shape, number }, () => 0.5)
  })

  it(`${frames} damaged frames of the seed ${seed} satisfy every contract`, { timeout: 600_000 }, () => {
    const { stackTraceLimit } = Error
    // thousands of errors are created, and their stacks are not used
    Error.stackTraceLimit = 0
    const defect = run(seed, frames)
    Error.stackTraceLimit = stackTraceLimit
    if (defect !== undefined) {
      assert.fail(`npm run fuzz -- --seed ${seed} --only ${defect.number}\n${defect.text}\n${String(defect.error)}`)
    }
  })

  it("the reader of bytes takes frames itself, and does not leave all of them to JSON.parse", () => {
    const before = { ...taken }
    assert.strictEqual(run(seed, 1000), undefined)
    const share = (taken.frames - before.frames) / (taken.of - before.of)
    assert.isTrue(share > 0.2 && share < 0.8, `${share} of the frames, damaged ones included`)
  })

  it("the damage is effective: many frames become invalid and many stay valid, and seeds differ", () => {
    const texts = (of: number) => Array.from({ length: 1000 }, (_, number) => frameOf(of, number).frame.text)
    assert.deepStrictEqual(texts(1), texts(1))
    const other = new Set(texts(2))
    assert.isBelow(texts(1).filter((text) => other.has(text)).length, 400)
    const broken = texts(1).filter((text) => parse(text) instanceof MalformedFrame).length
    assert.isTrue(broken > 100 && broken < 900, `${broken} of 1000`)
  })

  const main = fileURLToPath(new URL("main.ts", import.meta.url))
  const command = (...args: ReadonlyArray<string>) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", main, ...args], { timeout: 60_000 }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stderr }) => ({ code, text: stderr as string })
    )

  it("the command prints its seed, and refuses a seed that is not a number", { timeout: 60_000 }, async () => {
    const good = await command("--frames", "200", "--seed", "7")
    assert.strictEqual(good.code, 0)
    assert.match(good.text, /^seed 7: 200 frames in .* no defect/)
    const bad = await command("--seed", "x")
    assert.strictEqual(bad.code, 2)
    assert.include(bad.text, "--seed x: give a whole number from 0 to 4294967295")
  })
})
